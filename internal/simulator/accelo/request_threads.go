package accelo

// threadSchema is the list of request threads, which renders requests differently (accelo.md 7.9).
var threadSchema = &schema[Request]{
	rows: requests,
	basic: map[string]attr[Request]{
		"standing":        byText(func(r *Request) string { return r.Standing }),
		"request_type_id": byNumber(func(r *Request) int64 { return r.TypeID }),
		"request_is_claimed": byFlag(func(r *Request) bool {
			return r.ClaimerID != 0
		}),
	},
	dates: map[string]func(*Request) int64{
		"date_created": func(r *Request) int64 { return r.DateCreated },
	},
}

// listThreads returns requests with their conversations. In this list IDs are numbers.
func listThreads(c *call) (any, error) {
	rows, err := listed(c, threadSchema, nil)
	if err != nil {
		return nil, err
	}
	threads, linked := list{}, list{}
	for _, row := range rows {
		threads = append(threads, c.thread(row))
		if affiliation := c.world.affiliations.get(row.AffiliationID); affiliation != nil {
			linked = append(linked, object{{"id", affiliation.ID}, {"type", "affiliation"}, {"email", affiliation.Email}})
		}
	}
	reply := object{{"requests", threads}, {"linked_objects", linked}}
	if c.p.on("_include_unresponded_counts") {
		reply = append(reply, member{"unresponded_counts", object{{"pending", 0}, {"open", 0}}})
	}
	return reply, nil
}

func (v *view) thread(row *Request) object {
	count, last := 0, row.DateCreated
	for _, activity := range v.world.activities.rows {
		if activity.AgainstType == "request" && activity.AgainstID == row.ID {
			count++
			last = max(last, activity.DateCreated)
		}
	}
	var from any
	senders := list{}
	if affiliation := v.world.affiliations.get(row.AffiliationID); affiliation != nil {
		from = object{
			{"type", "affiliation"},
			{"id", affiliation.ID},
			{"contact", object{{"id", affiliation.ContactID}, {"type", "contact"}}},
			{"company", object{{"id", affiliation.CompanyID}, {"type", "company"}}},
		}
		senders = append(senders, object{{"id", affiliation.ID}, {"type", "affiliation"}})
	}
	var claimer any
	if row.ClaimerID != 0 {
		claimer = object{{"type", "staff"}, {"id", row.ClaimerID}}
	}
	return object{
		{"id", row.ID},
		{"thread_id", row.ThreadID},
		{"title", row.Title},
		{"body", row.Body},
		{"standing", row.Standing},
		{"number_of_activities", count},
		{"date_created", number(row.DateCreated)},
		{"date_last_responded", last},
		{"date_latest_external_interaction", row.DateCreated},
		{"senders", senders},
		{"claimer", claimer},
		{"type", object{{"id", row.TypeID}, {"type", "request_type"}}},
		{"affiliation", from},
	}
}
