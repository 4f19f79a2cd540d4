package accelo

import "strings"

func contacts(w *world) *table[Contact] { return &w.contacts }

// contactSchema is the contact object and its list filters (accelo.md 6.1).
var contactSchema = &schema[Contact]{
	rows: contacts,
	fields: []field[Contact]{
		num("id", byDefault, func(r *Contact) int64 { return r.ID }),
		str("firstname", byDefault, func(r *Contact) string { return r.Firstname }),
		str("surname", byDefault, func(r *Contact) string { return r.Surname }),
		str("mobile", byDefault, func(r *Contact) string { return r.Mobile }),
		str("email", byDefault, func(r *Contact) string { return r.Email }),
		strOrNull("username", optional, func(r *Contact) string { return r.Username }),
		str("middlename", optional, func(r *Contact) string { return r.Middlename }),
		str("title", optional, func(r *Contact) string { return r.Title }),
		constant[Contact]("timezone", nil),
		day("date_created", optional, func(r *Contact) int64 { return r.DateCreated }),
		day("date_modified", optional, func(r *Contact) int64 { return r.DateModified }),
		day("date_last_interacted", optional, func(r *Contact) int64 { return r.DateLastInteracted }),
		str("comments", optional, func(r *Contact) string { return r.Comments }),
		num("default_affiliation", optional, func(r *Contact) int64 { return r.DefaultAffiliationID }),
		link("contact_status", func(r *Contact) int64 { return r.StatusID }, statusSchema, statuses),
		str("standing", optional, func(r *Contact) string { return r.Standing }),
	},
	basic: map[string]attr[Contact]{
		"id":             byNumber(func(r *Contact) int64 { return r.ID }),
		"email":          byText(func(r *Contact) string { return r.Email }),
		"title":          byText(func(r *Contact) string { return r.Title }),
		"standing":       byText(func(r *Contact) string { return r.Standing }),
		"affiliation":    byNumber(func(r *Contact) int64 { return r.DefaultAffiliationID }),
		"status":         byNumber(func(r *Contact) int64 { return r.StatusID }),
		"username":       byText(func(r *Contact) string { return r.Username }),
		"contact_number": byText(func(r *Contact) string { return r.Phone }),
	},
	dates: map[string]func(*Contact) int64{
		"date_created":         func(r *Contact) int64 { return r.DateCreated },
		"date_modified":        func(r *Contact) int64 { return r.DateModified },
		"date_last_interacted": func(r *Contact) int64 { return r.DateLastInteracted },
	},
	orders: map[string]attr[Contact]{
		"id":                   byNumber(func(r *Contact) int64 { return r.ID }),
		"fullname":             byText(func(r *Contact) string { return r.Firstname + " " + r.Surname }),
		"firstname":            byText(func(r *Contact) string { return r.Firstname }),
		"username":             byText(func(r *Contact) string { return r.Username }),
		"surname":              byText(func(r *Contact) string { return r.Surname }),
		"title":                byText(func(r *Contact) string { return r.Title }),
		"contact_status_id":    byNumber(func(r *Contact) int64 { return r.StatusID }),
		"standing":             byText(func(r *Contact) string { return r.Standing }),
		"date_modified":        byNumber(func(r *Contact) int64 { return r.DateModified }),
		"date_created":         byNumber(func(r *Contact) int64 { return r.DateCreated }),
		"date_last_interacted": byNumber(func(r *Contact) int64 { return r.DateLastInteracted }),
	},
	ranges: map[string]attr[Contact]{
		"id":      byNumber(func(r *Contact) int64 { return r.ID }),
		"status":  byNumber(func(r *Contact) int64 { return r.StatusID }),
		"country": byNumber(func(*Contact) int64 { return 0 }),
	},
	search: []func(*Contact) string{
		func(r *Contact) string { return r.Firstname },
		func(r *Contact) string { return r.Surname },
		func(r *Contact) string { return r.Email },
	},
}

func contactRoutes() []route {
	newestCreated := func(x, y *Contact) int { return compareNumbers(y.DateCreated, x.DateCreated) }
	newestModified := func(x, y *Contact) int { return compareNumbers(y.DateModified, x.DateModified) }
	routes := []route{
		get("contacts", many(contactSchema, nil)),
		get("contacts/count", counted(contactSchema, nil)),
		get("contacts/recent", many(contactSchema, nil, newestCreated)),
		get("contacts/newest", many(contactSchema, nil, newestModified)),
		get("contacts/{id}", one(contactSchema)),
		post("contacts", postContact),
		put("contacts/{id}", putContact),
		del("contacts/{id}", deleteContact),
	}
	return append(routes, statusRoutes("contacts", "contact", contactSchema, func(r *Contact) int64 { return r.StatusID })...)
}

// postContact creates a contact and its affiliation (accelo.md 6.1).
func postContact(c *call) (any, error) {
	c.accepts("firstname", "surname", "company_id", "middlename", "username", "password", "title", "comments", "status", "standing",
		"country_id", "physical_address_id", "postal_address_id", "phone", "fax", "email", "position", "communication", "invoice_method")
	firstname, err := c.p.required("firstname")
	if err != nil {
		return nil, err
	}
	surname, err := c.p.required("surname")
	if err != nil {
		return nil, err
	}
	company, err := c.requiredCompany()
	if err != nil {
		return nil, err
	}
	statusID, err := c.p.number("status")
	if err != nil {
		return nil, err
	}
	status, err := c.world.statusFor("contact", statusID, c.p.get("standing"), "active")
	if err != nil {
		return nil, err
	}
	if err := c.world.freeUsername(c.p.get("username"), nil); err != nil {
		return nil, err
	}
	contact := c.addContact(firstname, surname)
	contact.StatusID, contact.Standing = status.ID, status.Standing
	c.p.set("middlename", &contact.Middlename)
	c.p.set("username", &contact.Username)
	c.p.set("title", &contact.Title)
	c.p.set("comments", &contact.Comments)
	c.setAffiliation(c.addAffiliation(company, contact))
	return show(c, contactSchema, contact), nil
}

// requiredCompany returns the company of the parameter company_id.
func (c *call) requiredCompany() (*Company, error) {
	id, err := c.p.requiredNumber("company_id")
	if err != nil {
		return nil, err
	}
	company := c.world.companies.get(id)
	if company == nil {
		return nil, invalid("The company_id %d does not exist.", id)
	}
	return company, nil
}

// freeUsername rejects a user name that another contact has.
func (w *world) freeUsername(username string, self *Contact) error {
	if username == "" {
		return nil
	}
	for _, row := range w.contacts.rows {
		if row != self && strings.EqualFold(row.Username, username) {
			return duplicate("username")
		}
	}
	return nil
}

// addContact stores an active contact and fires its event.
func (v *view) addContact(firstname, surname string) *Contact {
	status, err := v.world.statusFor("contact", 0, "active", "")
	if err != nil {
		status = &Status{Standing: "active"}
	}
	row := v.world.contacts.add(&Contact{
		Firstname: firstname, Surname: surname, StatusID: status.ID, Standing: status.Standing,
		DateCreated: v.now(), DateModified: v.now(),
	})
	v.lagContact(row.ID, nil)
	v.world.fire("create_contact", "contacts", row.ID)
	return row
}

// putContact changes a contact. Its phone and email belong to the affiliation.
func putContact(c *call) (any, error) {
	c.accepts("firstname", "middlename", "surname", "username", "password", "title", "comments", "status", "standing")
	row := c.world.contacts.get(c.pathID("id"))
	if row == nil {
		return nil, missing()
	}
	for _, name := range []string{"firstname", "surname"} {
		if c.p.has(name) {
			if _, err := c.p.required(name); err != nil {
				return nil, err
			}
		}
	}
	statusID, err := c.p.number("status")
	if err != nil {
		return nil, err
	}
	status, err := c.world.statusFor("contact", statusID, c.p.get("standing"), row.Standing)
	if err != nil {
		return nil, err
	}
	if err := c.world.freeUsername(c.p.get("username"), row); err != nil {
		return nil, err
	}
	c.changeContact(row, func() {
		c.p.set("firstname", &row.Firstname)
		c.p.set("middlename", &row.Middlename)
		c.p.set("surname", &row.Surname)
		c.p.set("username", &row.Username)
		c.p.set("title", &row.Title)
		c.p.set("comments", &row.Comments)
		row.StatusID, row.Standing = status.ID, status.Standing
	})
	return show(c, contactSchema, row), nil
}

// changeContact applies a change and fires its event.
func (v *view) changeContact(row *Contact, change func()) {
	before := *row
	change()
	for _, affiliation := range v.world.affiliations.rows {
		if affiliation.ContactID == row.ID {
			affiliation.FullName = row.Firstname + " " + row.Surname
		}
	}
	row.DateModified = v.now()
	v.lagContact(row.ID, &before)
	v.world.fire("update_contact", "contacts", row.ID)
}

func (v *view) lagContact(id int64, before *Contact) {
	v.world.contacts.lag(id, before, v.nowMillis, v.nowMillis+int64(v.switches.StaleReadMillis))
}

// deleteContact makes the contact inactive instead of deleting it.
func deleteContact(c *call) (any, error) {
	row := c.world.contacts.get(c.pathID("id"))
	if row == nil {
		return nil, missing()
	}
	status, err := c.world.statusFor("contact", 0, "inactive", "")
	if err != nil {
		return nil, err
	}
	c.changeContact(row, func() { row.StatusID, row.Standing = status.ID, status.Standing })
	return nothing{}, nil
}
