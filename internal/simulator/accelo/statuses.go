package accelo

func statuses(w *world) *table[Status] { return &w.statuses }

// statusSchema is a status with its list filters (accelo.md 5.3).
var statusSchema = &schema[Status]{
	rows: statuses,
	fields: []field[Status]{
		num("id", byDefault, func(r *Status) int64 { return r.ID }),
		str("title", byDefault, func(r *Status) string { return r.Title }),
		str("standing", byDefault, func(r *Status) string { return r.Standing }),
		str("color", optional, func(r *Status) string { return r.Color }),
		str("start", optional, func(r *Status) string { return map[bool]string{true: "yes", false: "no"}[r.Start] }),
		num("ordering", optional, func(r *Status) int64 { return r.Ordering }),
	},
	basic: map[string]attr[Status]{
		"id":       byNumber(func(r *Status) int64 { return r.ID }),
		"title":    byText(func(r *Status) string { return r.Title }),
		"standing": byText(func(r *Status) string { return r.Standing }),
		"color":    byText(func(r *Status) string { return r.Color }),
	},
	orders: map[string]attr[Status]{
		"id":       byNumber(func(r *Status) int64 { return r.ID }),
		"title":    byText(func(r *Status) string { return r.Title }),
		"standing": byText(func(r *Status) string { return r.Standing }),
		"color":    byText(func(r *Status) string { return r.Color }),
		"ordering": byNumber(func(r *Status) int64 { return r.Ordering }),
	},
	search: []func(*Status) string{func(r *Status) string { return r.Title }},
}

// statusRoutes returns the status endpoints of a type of object.
func statusRoutes[T any](plural, kind string, s *schema[T], statusOf func(*T) int64) []route {
	ofKind := func(*call) (condition[Status], error) {
		return func(row *Status) bool { return row.Object == kind }, nil
	}
	return []route{
		get(plural+"/statuses", many(statusSchema, ofKind)),
		get(plural+"/statuses/count", counted(statusSchema, ofKind)),
		get(plural+"/statuses/{id}", func(c *call) (any, error) {
			row := c.world.statuses.get(c.pathID("id"))
			if row == nil || row.Object != kind {
				return nil, missing()
			}
			return show(c, statusSchema, row), nil
		}),
		get(plural+"/{id}/status", func(c *call) (any, error) {
			row, err := s.find(c, c.pathID("id"))
			if err != nil {
				return nil, err
			}
			status := c.world.statuses.get(statusOf(row))
			if status == nil {
				return nil, missing()
			}
			return show(c, statusSchema, status), nil
		}),
	}
}

// companyProgressions returns the statuses that a company can change to (accelo.md 5.5).
func companyProgressions(c *call) (any, error) {
	row, err := companySchema.find(c, c.pathID("id"))
	if err != nil {
		return nil, err
	}
	progressions := list{}
	for _, status := range c.world.statuses.rows {
		if status.Object == "company" && status.ID != row.StatusID {
			progressions = append(progressions, show(c, statusSchema, status))
		}
	}
	return progressions, nil
}

// progressCompany runs a progression: the only documented way to change a company's status.
func progressCompany(c *call) (any, error) {
	row, status := c.world.companies.get(c.pathID("id")), c.world.statuses.get(c.pathID("status"))
	if row == nil || status == nil || status.Object != "company" {
		return nil, missing()
	}
	c.changeCompany(row, func() { row.StatusID, row.Standing = status.ID, status.Standing })
	return show(c, companySchema, row), nil
}
