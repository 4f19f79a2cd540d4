package accelo

import (
	"slices"
	"strings"
)

// postCompany creates a company (accelo.md 5.3). Without a status or standing it is inactive (accelo.md 14).
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

// companyNamed returns the first company with a name, ignoring case, or nil.
func (w *world) companyNamed(name string) *Company {
	for _, row := range w.companies.rows {
		if strings.EqualFold(row.Name, name) {
			return row
		}
	}
	return nil
}

// putCompany changes a company. Accelo silently ignores standing and status.
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

// lagCompany hides a change from readers for as long as the switch says.
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

// dropCompany deletes a company and its affiliations, but not its contacts, requests and assets.
func (w *world) dropCompany(id int64) {
	for _, affiliation := range slices.Clone(w.affiliations.rows) {
		if affiliation.CompanyID == id {
			w.dropAffiliation(affiliation.ID)
		}
	}
	w.companies.remove(id)
}
