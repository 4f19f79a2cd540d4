package accelo

import (
	"slices"
	"strings"
)

func companies(w *world) *table[Company] { return &w.companies }

// companySchema is the company object and its list filters (contract accelo 5.1 and 5.2).
var companySchema = &schema[Company]{
	rows: companies,
	fields: []field[Company]{
		num("id", byDefault, func(r *Company) int64 { return r.ID }),
		str("name", byDefault, func(r *Company) string { return r.Name }),
		str("custom_id", optional, func(r *Company) string { return r.CustomID }),
		strOrNull("website", optional, func(r *Company) string { return r.Website }),
		strOrNull("phone", optional, func(r *Company) string { return r.Phone }),
		strOrNull("fax", optional, func(r *Company) string { return r.Fax }),
		str("comments", optional, func(r *Company) string { return r.Comments }),
		str("standing", optional, func(r *Company) string { return r.Standing }),
		link("status", func(r *Company) int64 { return r.StatusID }, statusSchema, statuses),
		num("default_affiliation", optional, func(r *Company) int64 { return r.DefaultAffiliationID }),
		constant[Company]("postal_address", "0"),
		constant[Company]("staff_bookmarked", "0"),
		day("date_created", optional, func(r *Company) int64 { return r.DateCreated }),
		day("date_modified", optional, func(r *Company) int64 { return r.DateModified }),
		day("date_last_interacted", optional, func(r *Company) int64 { return r.DateLastInteracted }),
	},
	basic: map[string]attr[Company]{
		"id":                  byNumber(func(r *Company) int64 { return r.ID }),
		"status":              byNumber(func(r *Company) int64 { return r.StatusID }),
		"standing":            byText(func(r *Company) string { return r.Standing }),
		"default_affiliation": byNumber(func(r *Company) int64 { return r.DefaultAffiliationID }),
		"postal_address":      byNumber(func(*Company) int64 { return 0 }),
		"manager_id":          byNumber(func(r *Company) int64 { return r.ManagerID }),
		"contact_number":      byText(func(r *Company) string { return r.Phone + r.Fax }),
		"custom_id":           byText(func(r *Company) string { return r.CustomID }),
		"website":             byText(func(r *Company) string { return r.Website }),
	},
	dates: map[string]func(*Company) int64{
		"date_created":  func(r *Company) int64 { return r.DateCreated },
		"date_modified": func(r *Company) int64 { return r.DateModified },
	},
	orders: map[string]attr[Company]{
		"id":                   byNumber(func(r *Company) int64 { return r.ID }),
		"date_created":         byNumber(func(r *Company) int64 { return r.DateCreated }),
		"date_modified":        byNumber(func(r *Company) int64 { return r.DateModified }),
		"date_last_interacted": byNumber(func(r *Company) int64 { return r.DateLastInteracted }),
		"name":                 byText(func(r *Company) string { return r.Name }),
		"standing":             byText(func(r *Company) string { return r.Standing }),
		"status":               byNumber(func(r *Company) int64 { return r.StatusID }),
		"custom_id":            byText(func(r *Company) string { return r.CustomID }),
	},
	ranges: map[string]attr[Company]{
		"id":          byNumber(func(r *Company) int64 { return r.ID }),
		"affiliation": byNumber(func(r *Company) int64 { return r.DefaultAffiliationID }),
		"standing":    byText(func(r *Company) string { return r.Standing }),
		"status":      byNumber(func(r *Company) int64 { return r.StatusID }),
		"custom_id":   byText(func(r *Company) string { return r.CustomID }),
		"country":     byNumber(func(*Company) int64 { return 0 }),
	},
	search: []func(*Company) string{
		func(r *Company) string { return r.Website },
		func(r *Company) string { return r.Name },
		func(r *Company) string { return r.Phone },
		func(r *Company) string { return r.Fax },
	},
}

func companyRoutes() []route {
	newestCreated := func(x, y *Company) int { return compareNumbers(y.DateCreated, x.DateCreated) }
	newestModified := func(x, y *Company) int { return compareNumbers(y.DateModified, x.DateModified) }
	routes := []route{
		get("companies", many(companySchema, nil)),
		get("companies/count", counted(companySchema, nil)),
		get("companies/recent", many(companySchema, nil, newestCreated)),
		get("companies/newest", many(companySchema, nil, newestModified)),
		get("companies/{id}", getCompany),
		post("companies", postCompany),
		put("companies/{id}", putCompany),
		del("companies/{id}", deleteCompany),
		get("companies/{id}/contact", companyContact),
		get("companies/{id}/contacts", many(contactSchema, contactsOfCompany)),
		get("companies/{id}/contacts/count", counted(contactSchema, contactsOfCompany)),
		get("companies/{id}/managers", companyManagers),
		get("companies/{id}/progressions", companyProgressions),
		post("companies/{id}/progressions/{status}/auto", progressCompany),
		put("companies/{id}/progressions/{status}/auto", progressCompany),
	}
	return append(routes, statusRoutes("companies", "company", companySchema, func(r *Company) int64 { return r.StatusID })...)
}

// getCompany answers GET of one company; where the switch says so, a merged one's old id answers with its survivor.
func getCompany(c *call) (any, error) {
	id := c.pathID("id")
	if into, merged := c.world.survivors[id]; merged && c.switches.MergeAnswersSurvivor {
		id = into
	}
	row, err := companySchema.find(c, id)
	if err != nil {
		return nil, err
	}
	return show(c, companySchema, row), nil
}

// postCompany makes a company (contract 5.3); without status and standing it is inactive (contract 14).
func postCompany(c *call) (any, error) {
	c.accepts("name", "parent_id", "status_id", "standing", "website", "phone", "fax", "comments", "custom_id")
	name, err := c.p.required("name")
	if err != nil {
		return nil, err
	}
	statusID, err := c.p.number("status_id")
	if err != nil {
		return nil, err
	}
	status, err := c.world.statusFor("company", statusID, c.p.get("standing"), "inactive")
	if err != nil {
		return nil, err
	}
	parentID, err := c.p.number("parent_id")
	if err != nil {
		return nil, err
	}
	if parentID > 0 && c.world.companies.get(parentID) == nil {
		return nil, invalid("The parent_id %d does not exist.", parentID)
	}
	if c.switches.DuplicateNames && c.world.companyNamed(name) != nil {
		return nil, duplicate("name")
	}
	values, err := c.customValues(profiles, "company", 0, "profile.")
	if err != nil {
		return nil, err
	}
	row := c.addCompany(name, status)
	c.p.set("website", &row.Website)
	c.p.set("phone", &row.Phone)
	c.p.set("fax", &row.Fax)
	c.p.set("comments", &row.Comments)
	c.p.set("custom_id", &row.CustomID)
	for _, value := range values {
		c.setValue(value.field, row.ID, value.text, "")
	}
	return show(c, companySchema, row), nil
}

// addCompany stores a company and fires its event.
func (v *view) addCompany(name string, status *Status) *Company {
	row := v.world.companies.add(&Company{
		Name: name, StatusID: status.ID, Standing: status.Standing, DateCreated: v.now(), DateModified: v.now(),
	})
	v.lagCompany(row.ID, nil)
	v.world.fire("create_company", "companies", row.ID)
	return row
}

// companyNamed finds the first company of a name, without regard to case.
func (w *world) companyNamed(name string) *Company {
	for _, row := range w.companies.rows {
		if strings.EqualFold(row.Name, name) {
			return row
		}
	}
	return nil
}

// putCompany changes what may be changed; standing and status are not among it, and Accelo ignores them without a word.
func putCompany(c *call) (any, error) {
	c.accepts("website", "phone", "fax", "comments", "name")
	row := c.world.companies.get(c.pathID("id"))
	if row == nil {
		return nil, missing()
	}
	if c.p.has("name") {
		name, err := c.p.required("name")
		if err != nil {
			return nil, err
		}
		if other := c.world.companyNamed(name); c.switches.DuplicateNames && other != nil && other != row {
			return nil, duplicate("name")
		}
	}
	c.changeCompany(row, func() {
		c.p.set("name", &row.Name)
		c.p.set("website", &row.Website)
		c.p.set("phone", &row.Phone)
		c.p.set("fax", &row.Fax)
		c.p.set("comments", &row.Comments)
	})
	return show(c, companySchema, row), nil
}

// changeCompany applies a change and fires its event.
func (v *view) changeCompany(row *Company, change func()) {
	before := *row
	change()
	row.DateModified = v.now()
	v.lagCompany(row.ID, &before)
	v.world.fire("update_company", "companies", row.ID)
}

// lagCompany keeps readers behind a change for as long as the switch says.
func (v *view) lagCompany(id int64, before *Company) {
	v.world.companies.lag(id, before, v.nowMillis, v.nowMillis+int64(v.switches.StaleReadMillis))
}

func deleteCompany(c *call) (any, error) {
	if c.world.companies.get(c.pathID("id")) == nil {
		return nil, missing()
	}
	c.world.dropCompany(c.pathID("id"))
	return nothing{}, nil
}

// dropCompany removes a company with its affiliations. Contacts, requests and assets stay behind.
func (w *world) dropCompany(id int64) {
	for _, affiliation := range slices.Clone(w.affiliations.rows) {
		if affiliation.CompanyID == id {
			w.dropAffiliation(affiliation.ID)
		}
	}
	w.companies.remove(id)
}

// companyContact is the contact of the default affiliation; a company without one has no data to return (contract 5.4).
func companyContact(c *call) (any, error) {
	row, err := companySchema.find(c, c.pathID("id"))
	if err != nil {
		return nil, err
	}
	affiliation := c.world.affiliations.get(row.DefaultAffiliationID)
	if affiliation == nil {
		return nil, missing()
	}
	contact, err := contactSchema.find(c, affiliation.ContactID)
	if err != nil {
		return nil, err
	}
	return show(c, contactSchema, contact), nil
}

// contactsOfCompany narrows a list of contacts to those affiliated with the company in the path.
func contactsOfCompany(c *call) (condition[Contact], error) {
	if _, err := companySchema.find(c, c.pathID("id")); err != nil {
		return nil, err
	}
	inCompany, id := map[int64]bool{}, c.pathID("id")
	for _, affiliation := range c.world.affiliations.rows {
		if affiliation.CompanyID == id {
			inCompany[affiliation.ContactID] = true
		}
	}
	return func(row *Contact) bool { return inCompany[row.ID] }, nil
}

func companyManagers(c *call) (any, error) {
	row, err := companySchema.find(c, c.pathID("id"))
	if err != nil {
		return nil, err
	}
	managers := list{}
	if manager := c.world.staff.get(row.ManagerID); manager != nil {
		managers = append(managers, append(show(c, staffSchema, manager), member{"relationship_id", number(row.ID)}))
	}
	return managers, nil
}
