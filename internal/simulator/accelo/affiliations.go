package accelo

func affiliations(w *world) *table[Affiliation] { return &w.affiliations }

// affiliationSchema is the affiliation object and its list filters (accelo.md 6.2).
var affiliationSchema = &schema[Affiliation]{
	rows: affiliations,
	fields: []field[Affiliation]{
		num("id", byDefault, func(r *Affiliation) int64 { return r.ID }),
		str("mobile", byDefault, func(r *Affiliation) string { return r.Mobile }),
		str("email", byDefault, func(r *Affiliation) string { return r.Email }),
		strOrNull("fax", optional, func(r *Affiliation) string { return r.Fax }),
		str("position", optional, func(r *Affiliation) string { return r.Position }),
		str("phone", optional, func(r *Affiliation) string { return r.Phone }),
		constant[Affiliation]("postal_address", "0"),
		constant[Affiliation]("physical_address", "0"),
		link("company", func(r *Affiliation) int64 { return r.CompanyID }, companySchema, companies),
		link("contact", func(r *Affiliation) int64 { return r.ContactID }, contactSchema, contacts),
		link("affiliation_status", func(r *Affiliation) int64 { return r.StatusID }, statusSchema, statuses),
		str("standing", optional, func(r *Affiliation) string { return r.Standing }),
		day("date_modified", optional, func(r *Affiliation) int64 { return r.DateModified }),
		day("date_last_interacted", optional, func(r *Affiliation) int64 { return r.DateLastInteracted }),
		constant[Affiliation]("staff_bookmarked", "0"),
		constant[Affiliation]("portal_access", "0"),
		yes("communication", optional, func(r *Affiliation) bool { return r.Communication }),
		str("invoice_method", optional, func(r *Affiliation) string { return r.InvoiceMethod }),
	},
	basic: map[string]attr[Affiliation]{
		"id":               byNumber(func(r *Affiliation) int64 { return r.ID }),
		"email":            byText(func(r *Affiliation) string { return r.Email }),
		"standing":         byText(func(r *Affiliation) string { return r.Standing }),
		"status":           byNumber(func(r *Affiliation) int64 { return r.StatusID }),
		"postal_address":   byNumber(func(*Affiliation) int64 { return 0 }),
		"physical_address": byNumber(func(*Affiliation) int64 { return 0 }),
		"company":          byNumber(func(r *Affiliation) int64 { return r.CompanyID }),
		"contact":          byNumber(func(r *Affiliation) int64 { return r.ContactID }),
		"contact_number":   byText(func(r *Affiliation) string { return r.Phone }),
		"invoice_method":   byText(func(r *Affiliation) string { return r.InvoiceMethod }),
		"portal_access":    byNumber(func(*Affiliation) int64 { return 0 }),
		"communication":    byFlag(func(r *Affiliation) bool { return r.Communication }),
	},
	dates: map[string]func(*Affiliation) int64{
		"date_created":         func(r *Affiliation) int64 { return r.DateCreated },
		"date_last_interacted": func(r *Affiliation) int64 { return r.DateLastInteracted },
		"date_modified":        func(r *Affiliation) int64 { return r.DateModified },
	},
	orders: map[string]attr[Affiliation]{
		"status":               byNumber(func(r *Affiliation) int64 { return r.StatusID }),
		"standing":             byText(func(r *Affiliation) string { return r.Standing }),
		"date_modified":        byNumber(func(r *Affiliation) int64 { return r.DateModified }),
		"date_created":         byNumber(func(r *Affiliation) int64 { return r.DateCreated }),
		"date_last_interacted": byNumber(func(r *Affiliation) int64 { return r.DateLastInteracted }),
		"fullname":             byText(func(r *Affiliation) string { return r.FullName }),
	},
	ranges: map[string]attr[Affiliation]{
		"id":               byNumber(func(r *Affiliation) int64 { return r.ID }),
		"country":          byNumber(func(*Affiliation) int64 { return 0 }),
		"physical_address": byNumber(func(*Affiliation) int64 { return 0 }),
		"postal_address":   byNumber(func(*Affiliation) int64 { return 0 }),
		"contact":          byNumber(func(r *Affiliation) int64 { return r.ContactID }),
		"status":           byNumber(func(r *Affiliation) int64 { return r.StatusID }),
	},
	search: []func(*Affiliation) string{
		func(r *Affiliation) string { return r.FullName },
		func(r *Affiliation) string { return r.Fax },
		func(r *Affiliation) string { return r.Phone },
		func(r *Affiliation) string { return r.Mobile },
		func(r *Affiliation) string { return r.Email },
	},
}

func affiliationRoutes() []route {
	routes := []route{
		get("affiliations", many(affiliationSchema, nil)),
		get("affiliations/count", counted(affiliationSchema, nil)),
		get("affiliations/{id}", one(affiliationSchema)),
		post("affiliations", postAffiliation),
		put("affiliations/{id}", putAffiliation),
		del("affiliations/{id}", deleteAffiliation),
	}
	return append(routes, statusRoutes("affiliations", "affiliation", affiliationSchema,
		func(r *Affiliation) int64 { return r.StatusID })...)
}

// affiliationKeys returns the optional keys of a write and more.
func affiliationKeys(more ...string) []string {
	return append(more, "country_id", "physical_address_id", "postal_address_id", "phone", "fax", "mobile", "email", "position",
		"status_id", "standing", "communication", "invoice_method")
}

func postAffiliation(c *call) (any, error) {
	c.accepts(affiliationKeys("company_id", "contact_id")...)
	company, err := c.requiredCompany()
	if err != nil {
		return nil, err
	}
	contactID, err := c.p.requiredNumber("contact_id")
	if err != nil {
		return nil, err
	}
	contact := c.world.contacts.get(contactID)
	if contact == nil {
		return nil, invalid("The contact_id %d does not exist.", contactID)
	}
	status, err := c.affiliationStatus("active")
	if err != nil {
		return nil, err
	}
	row := c.addAffiliation(company, contact)
	row.StatusID, row.Standing = status.ID, status.Standing
	c.setAffiliation(row)
	return show(c, affiliationSchema, row), nil
}

func (c *call) affiliationStatus(fallback string) (*Status, error) {
	id, err := c.p.number("status_id")
	if err != nil {
		return nil, err
	}
	return c.world.statusFor("affiliation", id, c.p.get("standing"), fallback)
}

// addAffiliation links a contact to a company. It becomes the default affiliation of each that has none (accelo.md 14).
func (v *view) addAffiliation(company *Company, contact *Contact) *Affiliation {
	status, err := v.world.statusFor("affiliation", 0, "active", "")
	if err != nil {
		status = &Status{Standing: "active"}
	}
	row := v.world.affiliations.add(&Affiliation{
		CompanyID: company.ID, ContactID: contact.ID, StatusID: status.ID, Standing: status.Standing,
		DateCreated: v.now(), DateModified: v.now(), FullName: contact.Firstname + " " + contact.Surname,
	})
	if v.world.affiliations.get(company.DefaultAffiliationID) == nil && !v.switches.NoDefaultAffiliation {
		company.DefaultAffiliationID = row.ID
	}
	if v.world.affiliations.get(contact.DefaultAffiliationID) == nil {
		contact.DefaultAffiliationID = row.ID
	}
	return row
}

// setAffiliation applies the optional keys of a write.
func (c *call) setAffiliation(row *Affiliation) {
	c.p.set("phone", &row.Phone)
	c.p.set("fax", &row.Fax)
	c.p.set("mobile", &row.Mobile)
	c.p.set("email", &row.Email)
	c.p.set("position", &row.Position)
	c.p.set("invoice_method", &row.InvoiceMethod)
	if c.p.has("communication") {
		row.Communication = c.p.on("communication")
	}
	c.world.mirrorAffiliation(row)
}

// mirrorAffiliation copies the default affiliation to the contact's deprecated fields.
func (w *world) mirrorAffiliation(row *Affiliation) {
	if contact := w.contacts.get(row.ContactID); contact != nil && contact.DefaultAffiliationID == row.ID {
		contact.Email, contact.Mobile, contact.Phone = row.Email, row.Mobile, row.Phone
	}
}

func putAffiliation(c *call) (any, error) {
	c.accepts(affiliationKeys()...)
	row := c.world.affiliations.get(c.pathID("id"))
	if row == nil {
		return nil, missing()
	}
	status, err := c.affiliationStatus(row.Standing)
	if err != nil {
		return nil, err
	}
	row.StatusID, row.Standing, row.DateModified = status.ID, status.Standing, c.now()
	c.setAffiliation(row)
	return show(c, affiliationSchema, row), nil
}

func deleteAffiliation(c *call) (any, error) {
	if c.world.affiliations.get(c.pathID("id")) == nil {
		return nil, missing()
	}
	c.world.dropAffiliation(c.pathID("id"))
	return nothing{}, nil
}

// dropAffiliation deletes an affiliation and clears the defaults that refer to it.
func (w *world) dropAffiliation(id int64) {
	row := w.affiliations.get(id)
	if company := w.companies.get(row.CompanyID); company != nil && company.DefaultAffiliationID == id {
		company.DefaultAffiliationID = 0
	}
	if contact := w.contacts.get(row.ContactID); contact != nil && contact.DefaultAffiliationID == id {
		contact.DefaultAffiliationID = 0
	}
	w.affiliations.remove(id)
}
