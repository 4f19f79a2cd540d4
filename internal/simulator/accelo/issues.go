package accelo

import "slices"

// workSchema is an issue, a job or a prospect, with the fields that conversions and links need (accelo.md 7.8).
func workSchema(kind string) *schema[Work] {
	s := &schema[Work]{
		rows: func(w *world) *table[Work] { return w.work(kind) },
		fields: []field[Work]{
			num("id", byDefault, func(r *Work) int64 { return r.ID }),
			str("title", byDefault, func(r *Work) string { return r.Title }),
			str("description", optional, func(r *Work) string { return r.Description }),
			str("standing", optional, func(r *Work) string { return r.Standing }),
			link("status", func(r *Work) int64 { return r.StatusID }, statusSchema, statuses),
			num(kind+"_type", optional, func(r *Work) int64 { return r.TypeID }),
			str("against_type", optional, func(r *Work) string { return r.AgainstType }),
			num("against_id", optional, func(r *Work) int64 { return r.AgainstID }),
			{name: "against", need: optional, value: func(_ *view, r *Work) any { return slashed(r.AgainstType, r.AgainstID) }},
			link("affiliation", func(r *Work) int64 { return r.AffiliationID }, affiliationSchema, affiliations),
			link("assignee", func(r *Work) int64 { return r.AssigneeID }, staffSchema, staffTable),
			day("date_created", optional, func(r *Work) int64 { return r.DateCreated }),
			day("date_modified", optional, func(r *Work) int64 { return r.DateModified }),
			{name: "breadcrumbs", need: named, value: func(v *view, r *Work) any { return v.world.breadcrumbs(kind, r.ID) }},
		},
		basic: map[string]attr[Work]{
			"id":           byNumber(func(r *Work) int64 { return r.ID }),
			"standing":     byText(func(r *Work) string { return r.Standing }),
			"against_type": byText(func(r *Work) string { return r.AgainstType }),
			"against_id":   byNumber(func(r *Work) int64 { return r.AgainstID }),
			"status":       byNumber(func(r *Work) int64 { return r.StatusID }),
			"affiliation":  byNumber(func(r *Work) int64 { return r.AffiliationID }),
			"assignee":     byNumber(func(r *Work) int64 { return r.AssigneeID }),
		},
		dates: map[string]func(*Work) int64{
			"date_modified": func(r *Work) int64 { return r.DateModified },
		},
		orders: map[string]attr[Work]{
			"id":            byNumber(func(r *Work) int64 { return r.ID }),
			"date_modified": byNumber(func(r *Work) int64 { return r.DateModified }),
		},
		ranges: map[string]attr[Work]{"id": byNumber(func(r *Work) int64 { return r.ID })},
		objects: map[string]func(*Work) (string, int64){
			"against": func(r *Work) (string, int64) { return r.AgainstType, r.AgainstID },
		},
		search: []func(*Work) string{func(r *Work) string { return r.Title }},
	}
	s.basic[kind+"_type"] = byNumber(func(r *Work) int64 { return r.TypeID })
	return s
}

func workRoutes() []route {
	var routes []route
	for kind, plural := range map[string]string{"issue": "issues", "job": "jobs", "prospect": "prospects"} {
		s := workSchema(kind)
		routes = append(routes,
			get(plural, many(s, nil)),
			get(plural+"/count", counted(s, nil)),
			get(plural+"/{id}", one(s)),
		)
		if kind == "issue" {
			routes = append(routes, post("issues", postIssue(s)))
		}
		routes = append(routes, statusRoutes(plural, kind, s, func(r *Work) int64 { return r.StatusID })...)
	}
	return routes
}

var issueStandings = []string{"submitted", "open", "resolved", "closed", "inactive"}

// postIssue creates an issue (a ticket in the UI), which integrations do instead of converting a request (accelo.md 7.7).
func postIssue(s *schema[Work]) handler {
	return func(c *call) (any, error) {
		c.accepts("title", "type_id", "against_type", "against_id", "standing", "status_id", "affiliation_id", "date_started",
			"date_due", "description", "class_id", "assignee", "priority_id")
		row := Work{Description: c.p.get("description"), Standing: "open"}
		var err error
		if row.Title, err = c.p.required("title"); err != nil {
			return nil, err
		}
		if row.TypeID, err = c.p.requiredNumber("type_id"); err != nil {
			return nil, err
		}
		if row.AgainstType, err = c.p.required("against_type"); err != nil {
			return nil, err
		}
		if row.AgainstID, err = c.p.requiredNumber("against_id"); err != nil {
			return nil, err
		}
		if !slices.Contains([]string{"company", "job", "prospect"}, row.AgainstType) || !c.world.exists(row.AgainstType, row.AgainstID) {
			return nil, invalid("The object %s %d does not exist.", row.AgainstType, row.AgainstID)
		}
		if row.AffiliationID, err = c.p.number("affiliation_id"); err != nil {
			return nil, err
		}
		if c.p.has("standing") {
			row.Standing = c.p.get("standing")
		}
		if !slices.Contains(issueStandings, row.Standing) {
			return nil, invalid("The standing %q is not valid for an issue.", row.Standing)
		}
		return show(c, s, c.addWork("issue", row)), nil
	}
}

// addWork stores an issue, a job or a prospect and fires its event.
func (v *view) addWork(kind string, row Work) *Work {
	row.DateCreated, row.DateModified = v.now(), v.now()
	if status, err := v.world.statusFor(kind, 0, row.Standing, ""); err == nil {
		row.StatusID = status.ID
	}
	stored := v.world.work(kind).add(&row)
	switch kind {
	case "issue":
		v.world.fire("create_issue", "issues", stored.ID)
	case "prospect":
		v.world.fire("create_sale", "prospects", stored.ID)
	}
	return stored
}
