package accelo

import (
	"fmt"
	"slices"
	"strings"

	"ninjaone-accelo/internal/simulator/lab"
)

// inUI changes the world as a staff member who uses Accelo's web interface.
func (s *Simulator) inUI(do func(v *view) error) error {
	return s.change(0, func(v *view) error {
		v.staff = v.world.staff.rows[1].ID
		return do(v)
	})
}

// company changes a company in the web interface.
func (s *Simulator) company(id int64, do func(v *view, row *Company) error) error {
	return s.inUI(func(v *view) error {
		row := v.world.companies.get(id)
		if row == nil {
			return lab.NotFound("company", id)
		}
		return do(v, row)
	})
}

// AddCompany adds a company. An empty standing means active.
func (s *Simulator) AddCompany(name, standing string) (Company, error) {
	var added Company
	err := s.inUI(func(v *view) error {
		status, err := v.world.statusFor("company", 0, standing, "active")
		if err != nil {
			return err
		}
		added = *v.addCompany(v.switches.store(name), status)
		return nil
	})
	return added, err
}

// RenameCompany changes the name of a company.
func (s *Simulator) RenameCompany(id int64, name string) error {
	return s.company(id, func(v *view, row *Company) error {
		if strings.TrimSpace(name) == "" {
			return fmt.Errorf("company %d: the name must not be blank", id)
		}
		v.changeCompany(row, func() { row.Name = v.switches.store(name) })
		return nil
	})
}

// EditCompanyComments replaces a company's comments.
func (s *Simulator) EditCompanyComments(id int64, comments string) error {
	return s.company(id, func(v *view, row *Company) error {
		v.changeCompany(row, func() { row.Comments = v.switches.store(comments) })
		return nil
	})
}

// SetCompanyStanding changes a company's standing to active, inactive, interested or potential.
func (s *Simulator) SetCompanyStanding(id int64, standing string) error {
	return s.company(id, func(v *view, row *Company) error {
		status, err := v.world.statusFor("company", 0, standing, "")
		if err != nil {
			return err
		}
		v.changeCompany(row, func() { row.StatusID, row.Standing = status.ID, status.Standing })
		return nil
	})
}

// DeleteCompany deletes a company and its affiliations.
func (s *Simulator) DeleteCompany(id int64) error {
	return s.company(id, func(v *view, row *Company) error {
		v.world.dropCompany(row.ID)
		return nil
	})
}

// MergeCompanies merges one company into another. Its affiliations, assets, issues, jobs, prospects and activities move to
// the survivor, and the merged company is deleted (accelo.md 5.6 and 14).
func (s *Simulator) MergeCompanies(from, into int64) error {
	return s.company(into, func(v *view, survivor *Company) error {
		merged := v.world.companies.get(from)
		if merged == nil || from == into {
			return lab.NotFound("company to merge", from)
		}
		v.world.moveCompany(from, into)
		v.world.companies.remove(from)
		for old, survivorID := range v.world.survivors {
			if survivorID == from {
				v.world.survivors[old] = into
			}
		}
		v.world.survivors[from] = into
		v.changeCompany(survivor, func() {
			if survivor.DefaultAffiliationID == 0 {
				survivor.DefaultAffiliationID = merged.DefaultAffiliationID
			}
		})
		return nil
	})
}

// moveCompany moves everything that belongs to one company to another.
func (w *world) moveCompany(from, into int64) {
	for _, row := range w.affiliations.rows {
		if row.CompanyID == from {
			row.CompanyID = into
		}
	}
	for _, row := range w.assets.rows {
		if row.AgainstType == "company" && row.AgainstID == from {
			row.AgainstID = into
		}
	}
	for _, kind := range []string{"issue", "job", "prospect"} {
		for _, row := range w.work(kind).rows {
			if row.AgainstType == "company" && row.AgainstID == from {
				row.AgainstID = into
			}
		}
	}
	for _, row := range w.activities.rows {
		if row.AgainstType == "company" && row.AgainstID == from {
			row.AgainstID = into
		}
	}
}

// ContactEdit is a manual change of a contact. Nil leaves a property unchanged.
type ContactEdit struct{ Firstname, Surname, Email *string }

// EditContact changes a contact.
func (s *Simulator) EditContact(id int64, edit ContactEdit) error {
	return s.inUI(func(v *view) error {
		row := v.world.contacts.get(id)
		if row == nil {
			return lab.NotFound("contact", id)
		}
		v.changeContact(row, func() {
			assign(edit.Firstname, &row.Firstname)
			assign(edit.Surname, &row.Surname)
			if affiliation := v.world.affiliations.get(row.DefaultAffiliationID); affiliation != nil {
				assign(edit.Email, &affiliation.Email)
				v.world.mirrorAffiliation(affiliation)
			}
		})
		return nil
	})
}

// DeleteContact deletes a contact with its affiliations.
func (s *Simulator) DeleteContact(id int64) error {
	return s.inUI(func(v *view) error {
		if v.world.contacts.get(id) == nil {
			return lab.NotFound("contact", id)
		}
		for _, affiliation := range slices.Clone(v.world.affiliations.rows) {
			if affiliation.ContactID == id {
				v.world.dropAffiliation(affiliation.ID)
			}
		}
		v.world.contacts.remove(id)
		return nil
	})
}

func assign[T any](value, field *T) {
	if value != nil {
		*field = *value
	}
}

// AddContact adds an active contact to a company.
func (s *Simulator) AddContact(companyID int64, firstname, surname, email string) (Contact, Affiliation, error) {
	var contact Contact
	var affiliation Affiliation
	err := s.company(companyID, func(v *view, company *Company) error {
		newContact := v.addContact(firstname, surname)
		newAffiliation := v.addAffiliation(company, newContact)
		newAffiliation.Email = email
		v.world.mirrorAffiliation(newAffiliation)
		contact, affiliation = *newContact, *newAffiliation
		return nil
	})
	return contact, affiliation, err
}
