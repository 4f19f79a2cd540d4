package accelo

import "slices"

func staffTable(w *world) *table[Staff] { return &w.staff }

// staffSchema is the staff object and its list filters (accelo.md 11).
var staffSchema = &schema[Staff]{
	rows: staffTable,
	fields: []field[Staff]{
		num("id", byDefault, func(r *Staff) int64 { return r.ID }),
		str("firstname", byDefault, func(r *Staff) string { return r.Firstname }),
		str("surname", byDefault, func(r *Staff) string { return r.Surname }),
		str("standing", optional, func(r *Staff) string { return r.Standing }),
		constant[Staff]("financial_level", "all"),
		strOrNull("title", optional, func(r *Staff) string { return r.Title }),
		str("email", optional, func(r *Staff) string { return r.Email }),
		constant[Staff]("mobile", nil),
		str("phone", optional, func(r *Staff) string { return r.Phone }),
		constant[Staff]("fax", ""),
		str("position", optional, func(r *Staff) string { return r.Position }),
		str("username", optional, func(r *Staff) string { return r.Username }),
		constant[Staff]("timezone", "UTC"),
	},
	basic: map[string]attr[Staff]{
		"id":       byNumber(func(r *Staff) int64 { return r.ID }),
		"email":    byText(func(r *Staff) string { return r.Email }),
		"standing": byText(func(r *Staff) string { return r.Standing }),
		"username": byText(func(r *Staff) string { return r.Username }),
	},
	orders: map[string]attr[Staff]{"id": byNumber(func(r *Staff) int64 { return r.ID })},
	ranges: map[string]attr[Staff]{"id": byNumber(func(r *Staff) int64 { return r.ID })},
}

// userRoutes returns the calls about the caller and the staff.
func userRoutes() []route {
	return []route{
		get("tokeninfo", tokenInfo),
		get("user", getUser),
		get("staff", many(staffSchema, nil)),
		get("staff/count", counted(staffSchema, nil)),
		get("staff/whoami", whoAmI),
		get("staff/{id}", one(staffSchema)),
	}
}

// tokenInfo describes the token of the call (accelo.md 2.11).
func tokenInfo(c *call) (any, error) {
	me := c.world.staff.get(c.staff)
	return object{
		{"email", me.Email},
		{"expiry_date", number(c.caller.expires.Unix())},
		{"firstname", me.Firstname},
		{"surname", me.Surname},
		{"deployment", c.sim.options.Deployment},
		{"locale", locale()},
		{"staff_id", number(me.ID)},
	}, nil
}

func whoAmI(c *call) (any, error) {
	return show(c, staffSchema, c.world.staff.get(c.staff)), nil
}

// getUser returns the caller and, if `_fields` asks for them, the deployment's object titles and the caller's rights.
func getUser(c *call) (any, error) {
	c.fieldsChecked = true
	user := show(c, staffSchema, c.world.staff.get(c.staff))
	extras := object{{"user_titles", titlesObject(c.world.titles)}, {"user_access", userAccess(*c.world.staff.get(c.staff))}, {"locale", locale()}}
	for _, extra := range extras {
		if slices.ContainsFunc(c.asks, func(a ask) bool { return a.name == extra.name || a.name == "_ALL" }) {
			user = append(user, extra)
		}
	}
	return user, nil
}

// Titles are the deployment's names for a type of object.
type Titles struct {
	Singular string `json:"singular"`
	Plural   string `json:"plural"`
}

func defaultTitles() map[string]Titles {
	return map[string]Titles{
		"company":          {"Company", "Companies"},
		"contact":          {"Contact", "Contacts"},
		"affiliation":      {"Contact", "Contacts"},
		"request":          {"Request", "Requests"},
		"issue":            {"Ticket", "Tickets"},
		"job":              {"Project", "Projects"},
		"prospect":         {"Sale", "Sales"},
		"contract":         {"Retainer", "Retainers"},
		"asset":            {"Asset", "Assets"},
		"task":             {"Task", "Tasks"},
		"segmentation":     {"Category", "Categories"},
		"account_invoice":  {"Invoice", "Invoices"},
		"account_purchase": {"Purchase", "Purchases"},
	}
}

// titledObjects returns the types of object that have titles, sorted.
func titledObjects() []string {
	var names []string
	for name := range defaultTitles() {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func titlesObject(titles map[string]Titles) object {
	var o object
	for _, name := range titledObjects() {
		o = append(o, member{name, object{{"singular", titles[name].Singular}, {"plural", titles[name].Plural}}})
	}
	return o
}

func (s *Simulator) userTitles() object {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return titlesObject(s.world.titles)
}
