package accelo

import "strings"

// sender is the affiliation data of a new request, from form parameters or JSON (accelo.md 7.5).
type sender struct {
	email, phone, firstname, surname string
	companyName, companyPhone        string
	contactID, companyID             int64
}

// postRequest creates a pending request and its first activity.
func postRequest(c *call) (any, error) {
	c.accepts("title", "body", "type_id", "affiliation_id", "lead_id", "priority_id", "source", "affiliation",
		"affiliation_email", "affiliation_phone", "affiliation_contact_id", "affiliation_contact_firstname",
		"affiliation_contact_surname", "affiliation_company_id", "affiliation_company_name", "affiliation_company_phone")
	title, err := c.p.required("title")
	if err != nil {
		return nil, err
	}
	if c.p.get("body") == "" {
		return nil, invalid("The required parameter %q is missing.", "body")
	}
	if _, err := c.p.requiredNumber("type_id"); err != nil {
		return nil, err
	}
	row := Request{Title: title, Body: c.p.get("body"), PriorityID: 1}
	if err := c.readRequestLinks(&row); err != nil {
		return nil, err
	}
	if row.AffiliationID == 0 && row.LeadID == 0 {
		affiliation, err := c.resolveSender()
		if err != nil {
			return nil, err
		}
		row.AffiliationID = affiliation.ID
	}
	return show(c, requestSchema, c.addRequest(row)), nil
}

// addRequest stores a request and the activity that starts its thread, and fires its event.
func (v *view) addRequest(row Request) *Request {
	row.Standing, row.DateCreated, row.DateModified = "pending", v.now(), v.now()
	stored := v.world.requests.add(&row)
	subject := "Request via Accelo: " + row.Title
	if kind := v.world.requestTypes.get(row.TypeID); kind != nil {
		subject = kind.Title + " " + subject
	}
	details := ""
	if affiliation := v.world.affiliations.get(row.AffiliationID); affiliation != nil && affiliation.Email != "" {
		details = "Sent by " + affiliation.Email
	}
	first := v.addActivity(Activity{
		Subject: subject, Body: row.Body, Details: details, Medium: "email", Visibility: "all", OwnerType: "staff", OwnerID: v.staff,
		AgainstType: "request", AgainstID: stored.ID,
	})
	stored.ThreadID = first.ThreadID
	v.lagRequest(stored.ID, nil)
	v.world.fire("create_request", "requests", stored.ID)
	return stored
}

// resolveSender returns the affiliation that matches the sender exactly, or silently creates what is missing.
func (c *call) resolveSender() (*Affiliation, error) {
	from, err := c.readSender()
	if err != nil {
		return nil, err
	}
	hasName := from.firstname != "" && from.surname != ""
	hasCompany := from.firstname != "" && (from.companyName != "" || from.companyID != 0)
	if !hasName && !hasCompany && from.email == "" && from.contactID == 0 {
		return nil, invalid("One of affiliation_id, lead_id or the data of an affiliation is required.")
	}
	for _, row := range c.world.affiliations.rows {
		if c.world.isFrom(row, from) {
			return row, nil
		}
	}
	c.violate("the sender matches no affiliation, so a company and a contact were created silently")
	return c.createSender(from), nil
}

func (c *call) readSender() (sender, error) {
	tree, _ := c.p.tree["affiliation"].(map[string]any)
	contact, _ := tree["contact"].(map[string]any)
	company, _ := tree["company"].(map[string]any)
	read := func(key string, inner map[string]any, name string) string {
		if text, ok := scalar(inner[name]); ok && text != "" {
			return text
		}
		return c.p.get(key)
	}
	from := sender{
		email:        read("affiliation_email", tree, "email"),
		phone:        read("affiliation_phone", tree, "phone"),
		firstname:    read("affiliation_contact_firstname", contact, "firstname"),
		surname:      read("affiliation_contact_surname", contact, "surname"),
		companyName:  read("affiliation_company_name", company, "name"),
		companyPhone: read("affiliation_company_phone", company, "phone"),
	}
	var err error
	if from.contactID, err = c.p.number("affiliation_contact_id"); err != nil {
		return from, err
	}
	if from.companyID, err = c.p.number("affiliation_company_id"); err != nil {
		return from, err
	}
	if from.contactID != 0 && c.world.contacts.get(from.contactID) == nil {
		return from, invalid("The affiliation_contact_id %d does not exist.", from.contactID)
	}
	if from.companyID != 0 && c.world.companies.get(from.companyID) == nil {
		return from, invalid("The affiliation_company_id %d does not exist.", from.companyID)
	}
	return from, nil
}

// isFrom reports whether an affiliation matches all data of a sender.
func (w *world) isFrom(row *Affiliation, from sender) bool {
	contact, company := w.contacts.get(row.ContactID), w.companies.get(row.CompanyID)
	if contact == nil || company == nil {
		return false
	}
	return (from.email == "" || strings.EqualFold(row.Email, from.email)) &&
		(from.firstname == "" || contact.Firstname == from.firstname) &&
		(from.surname == "" || contact.Surname == from.surname) &&
		(from.contactID == 0 || contact.ID == from.contactID) &&
		(from.companyName == "" || company.Name == from.companyName) &&
		(from.companyID == 0 || company.ID == from.companyID)
}

// createSender creates an affiliation and, if they don't exist, its company and contact.
func (c *call) createSender(from sender) *Affiliation {
	firstname, surname := from.firstname, from.surname
	if firstname == "" {
		firstname, _, _ = strings.Cut(from.email, "@")
	}
	company := c.world.companies.get(from.companyID)
	if company == nil {
		name := from.companyName
		if name == "" && from.firstname != "" && from.surname != "" {
			name = from.firstname + " " + from.surname
		}
		if name == "" {
			name = from.email
		}
		if contact := c.world.contacts.get(from.contactID); name == "" && contact != nil {
			name = contact.Firstname + " " + contact.Surname
		}
		company = c.companyByExactName(name)
		if from.companyPhone != "" {
			company.Phone = from.companyPhone
		}
	}
	contact := c.world.contacts.get(from.contactID)
	if contact == nil {
		contact = c.addContact(firstname, surname)
	}
	row := c.addAffiliation(company, contact)
	row.Email, row.Phone = from.email, from.phone
	c.world.mirrorAffiliation(row)
	return row
}

// companyByExactName returns the company with exactly this name, or creates it.
func (c *call) companyByExactName(name string) *Company {
	for _, row := range c.world.companies.rows {
		if row.Name == name {
			return row
		}
	}
	status, err := c.world.statusFor("company", 0, "active", "")
	if err != nil {
		status = &Status{Standing: "active"}
	}
	return c.addCompany(name, status)
}
