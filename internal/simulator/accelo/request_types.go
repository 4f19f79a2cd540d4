package accelo

// requestTypeSchema is the request type as a linked object of a request (accelo.md 7.1).
var requestTypeSchema = &schema[RequestType]{
	rows: requestTypes,
	fields: []field[RequestType]{
		num("id", byDefault, func(r *RequestType) int64 { return r.ID }),
		str("title", byDefault, func(r *RequestType) string { return r.Title }),
		str("standing", optional, func(r *RequestType) string { return r.Standing }),
	},
}

// prioritySchema is the request priority, which is only available through a request.
var prioritySchema = &schema[Priority]{
	rows: priorities,
	fields: []field[Priority]{
		num("id", byDefault, func(r *Priority) int64 { return r.ID }),
		str("title", byDefault, func(r *Priority) string { return r.Title }),
		str("color", optional, func(r *Priority) string { return r.Color }),
		num("factor", optional, func(r *Priority) int64 { return r.Factor }),
	},
}

// listRequestTypes returns the wrapped list of request types, which rejects fields, paging, filters and search
// (accelo.md 7.4 and 13).
func listRequestTypes(c *call) (any, error) {
	for _, name := range []string{"_fields", "_filters", "_search", "_limit", "_page", "_offset"} {
		if c.p.has(name) {
			return nil, invalid("The parameter %s is not supported by this resource.", name)
		}
	}
	unresolved := map[int64]int{}
	for _, request := range c.world.requests.rows {
		if request.Standing == "pending" || request.Standing == "open" {
			unresolved[request.TypeID]++
		}
	}
	types := list{}
	for _, row := range c.world.requestTypes.rows {
		if c.p.on("show_active_only") && row.Standing != "active" {
			continue
		}
		types = append(types, object{
			{"id", number(row.ID)},
			{"title", row.Title},
			{"status", row.Standing},
			{"unresolved_count", number(int64(unresolved[row.ID]))},
			{"subscribed", 0},
		})
	}
	return object{{"request_types", types}}, nil
}
