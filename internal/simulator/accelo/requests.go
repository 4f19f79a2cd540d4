package accelo

import (
	"slices"
	"strings"
)

func requests(w *world) *table[Request]         { return &w.requests }
func requestTypes(w *world) *table[RequestType] { return &w.requestTypes }
func priorities(w *world) *table[Priority]      { return &w.priorities }

// requestSchema is the request object and its list filters (accelo.md 7.1 and 7.3).
var requestSchema = &schema[Request]{
	rows: requests,
	fields: []field[Request]{
		num("id", byDefault, func(r *Request) int64 { return r.ID }),
		str("title", byDefault, func(r *Request) string { return r.Title }),
		str("body", optional, func(r *Request) string { return r.Body }),
		str("standing", optional, func(r *Request) string { return r.Standing }),
		strOrNull("source", optional, func(r *Request) string { return r.Source }),
		num("lead_id", optional, func(r *Request) int64 { return r.LeadID }),
		num("thread_id", optional, func(r *Request) int64 { return r.ThreadID }),
		day("date_created", optional, func(r *Request) int64 { return r.DateCreated }),
		day("date_modified", optional, func(r *Request) int64 { return r.DateModified }),
		num("type_id", optional, func(r *Request) int64 { return r.TypeID }),
		link("type", func(r *Request) int64 { return r.TypeID }, requestTypeSchema, requestTypes),
		num("priority_id", optional, func(r *Request) int64 { return r.PriorityID }),
		link("request_priority", func(r *Request) int64 { return r.PriorityID }, prioritySchema, priorities),
		num("claimer_id", optional, func(r *Request) int64 { return r.ClaimerID }),
		link("claimer", func(r *Request) int64 { return r.ClaimerID }, staffSchema, staffTable),
		num("affiliation_id", optional, func(r *Request) int64 { return r.AffiliationID }),
		link("affiliation", func(r *Request) int64 { return r.AffiliationID }, affiliationSchema, affiliations),
		{name: "conversion_type", need: optional, value: conversionType},
		{name: "conversion_id", need: optional, value: conversionID},
		{name: "breadcrumbs", need: named, value: func(v *view, r *Request) any { return v.world.breadcrumbs("request", r.ID) }},
	},
	basic: map[string]attr[Request]{
		"id":               byNumber(func(r *Request) int64 { return r.ID }),
		"standing":         byText(func(r *Request) string { return r.Standing }),
		"affiliation":      byNumber(func(r *Request) int64 { return r.AffiliationID }),
		"type":             byNumber(func(r *Request) int64 { return r.TypeID }),
		"request_priority": byNumber(func(r *Request) int64 { return r.PriorityID }),
		"priority":         byNumber(func(r *Request) int64 { return r.PriorityID }),
		"lead":             byNumber(func(r *Request) int64 { return r.LeadID }),
		"claimer_id":       byNumber(func(r *Request) int64 { return r.ClaimerID }),
	},
	dates: map[string]func(*Request) int64{
		"date_created":  func(r *Request) int64 { return r.DateCreated },
		"date_modified": func(r *Request) int64 { return r.DateModified },
	},
	orders: map[string]attr[Request]{
		"id":            byNumber(func(r *Request) int64 { return r.ID }),
		"date_created":  byNumber(func(r *Request) int64 { return r.DateCreated }),
		"date_modified": byNumber(func(r *Request) int64 { return r.DateModified }),
	},
	ranges: map[string]attr[Request]{
		"id":               byNumber(func(r *Request) int64 { return r.ID }),
		"type":             byNumber(func(r *Request) int64 { return r.TypeID }),
		"progressed_by":    byNumber(func(r *Request) int64 { return r.ClaimerID }),
		"lead":             byNumber(func(r *Request) int64 { return r.LeadID }),
		"affiliation":      byNumber(func(r *Request) int64 { return r.AffiliationID }),
		"request_priority": byNumber(func(r *Request) int64 { return r.PriorityID }),
	},
	search: []func(*Request) string{func(r *Request) string { return r.Title }},
}

// conversionType returns the type in the spelling that the switch selects (accelo.md 16).
func conversionType(v *view, row *Request) any {
	if row.ConversionType == "" {
		return v.unconverted()
	}
	switch v.switches.ConversionSpelling {
	case "plural":
		return row.ConversionType + "s"
	case "title":
		return strings.ToUpper(row.ConversionType[:1]) + row.ConversionType[1:]
	default:
		return row.ConversionType
	}
}

func conversionID(v *view, row *Request) any {
	if row.ConversionID == 0 {
		return v.unconverted()
	}
	return number(row.ConversionID)
}

func (v *view) unconverted() any {
	switch v.switches.UnconvertedValue {
	case "empty":
		return ""
	case "zero":
		return "0"
	default:
		return nil
	}
}

// requestRoutes returns the calls of requests, which have no DELETE, progressions, priorities, links or custom fields
// (accelo.md 7.2).
func requestRoutes() []route {
	return []route{
		get("requests", many(requestSchema, nil)),
		get("requests/count", counted(requestSchema, nil)),
		get("requests/types", listRequestTypes),
		get("requests/threads", listThreads),
		get("requests/{id}", one(requestSchema)),
		post("requests", postRequest),
		put("requests/{id}", putRequest),
	}
}

var requestStandings = []string{"pending", "open", "converted", "closed"}

// putRequest changes a request. Any standing may follow any other (accelo.md 7.6).
func putRequest(c *call) (any, error) {
	c.accepts("title", "body", "type_id", "lead_id", "affiliation_id", "priority_id", "source", "standing", "claimer_id")
	row := c.world.requests.get(c.pathID("id"))
	if row == nil {
		return nil, missing()
	}
	next := *row
	if c.p.has("title") {
		if _, err := c.p.required("title"); err != nil {
			return nil, err
		}
	}
	c.p.set("title", &next.Title)
	c.p.set("body", &next.Body)
	if c.p.has("standing") {
		next.Standing = c.p.get("standing")
		if !slices.Contains(requestStandings, next.Standing) {
			return nil, invalid("The standing %q is not one of pending, open, converted, closed.", next.Standing)
		}
		if next.Standing == "converted" {
			c.violate("standing=converted does not convert the request; only the web interface can")
		}
	}
	if err := c.readRequestLinks(&next); err != nil {
		return nil, err
	}
	if c.p.has("claimer_id") {
		claimer, err := c.p.number("claimer_id")
		if err != nil {
			return nil, err
		}
		if staff := c.world.staff.get(claimer); claimer != 0 && (staff == nil || staff.Standing != "active") {
			return nil, invalid("The claimer_id %d does not exist or is not active.", claimer)
		}
		next.ClaimerID = claimer
		c.openIfClaimed(&next, row.Standing)
	}
	c.changeRequest(row, func() { *row = next })
	return show(c, requestSchema, row), nil
}

// openIfClaimed opens a pending request that has been claimed, if the switch is set.
func (v *view) openIfClaimed(next *Request, standing string) {
	if v.switches.ClaimOpens && next.ClaimerID != 0 && standing == "pending" && next.Standing == "pending" {
		next.Standing = "open"
	}
}

// readRequestLinks reads the given IDs into a request. Each must exist.
func (c *call) readRequestLinks(row *Request) error {
	for _, link := range []struct {
		name   string
		field  *int64
		exists func(id int64) bool
	}{
		{"type_id", &row.TypeID, func(id int64) bool { return c.world.requestTypes.get(id) != nil }},
		{"priority_id", &row.PriorityID, func(id int64) bool { return c.world.priorities.get(id) != nil }},
		{"affiliation_id", &row.AffiliationID, func(id int64) bool { return c.world.affiliations.get(id) != nil }},
		{"lead_id", &row.LeadID, func(int64) bool { return true }},
	} {
		if !c.p.has(link.name) {
			continue
		}
		id, err := c.p.number(link.name)
		if err != nil {
			return err
		}
		if !link.exists(id) {
			return invalid("The %s %d does not exist.", link.name, id)
		}
		*link.field = id
	}
	if c.p.has("source") {
		source := c.p.get("source")
		if source == "null" {
			source = ""
		}
		if source != "" && source != "email" {
			return invalid("The source must be email or null.")
		}
		row.Source = source
	}
	return nil
}

// changeRequest applies a change. Only a change of standing fires an event (accelo.md 10.3).
func (v *view) changeRequest(row *Request, change func()) {
	before := *row
	change()
	row.DateModified = v.now()
	if row.Standing != before.Standing {
		v.lagRequest(row.ID, &before)
		v.world.fire("update_request_status", "requests", row.ID)
	}
}

func (v *view) lagRequest(id int64, before *Request) {
	v.world.requests.lag(id, before, v.nowMillis, v.nowMillis+int64(v.switches.StaleReadMillis))
}
