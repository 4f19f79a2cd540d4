package accelo

func companies(w *world) *table[Company] { return &w.companies }

// companySchema is the company object and its list filters (accelo.md 5.1 and 5.2).
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

// getCompany serves GET of one company. If the switch is set, the ID of a merged company returns the survivor.
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

// companyContact returns the contact of the default affiliation. A company without one has no data to return
// (accelo.md 5.4).
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

// contactsOfCompany narrows a list of contacts to those of the company in the path.
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
