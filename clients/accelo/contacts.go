package accelo

import (
	"context"
	"fmt"
)

const (
	contactFields     = "firstname,surname,email,standing,default_affiliation"
	affiliationFields = "standing,email,phone,mobile,position,company(),contact()"
)

// Contact is a person (contract accelo 6.1).
type Contact struct {
	ID        ID     `json:"id"`
	FirstName string `json:"firstname"`
	Surname   string `json:"surname"`
	Email     string `json:"email"`
	Standing  string `json:"standing"`
	// DefaultAffiliation is how requests and assets refer to the person.
	DefaultAffiliation ID `json:"default_affiliation"`
}

func (c Contact) key() ID { return c.ID }

// NewContact is what a contact of a company is made of; all three are required (contract accelo 6.1).
type NewContact struct {
	FirstName, Surname string
	CompanyID          ID
}

// Affiliation is a contact in a company: what requests and assets refer to (contract accelo 6.2).
type Affiliation struct {
	ID       ID           `json:"id"`
	Standing string       `json:"standing"`
	Email    string       `json:"email"`
	Phone    string       `json:"phone"`
	Mobile   string       `json:"mobile"`
	Position string       `json:"position"`
	Company  Ref[Company] `json:"company"`
	Contact  Ref[Contact] `json:"contact"`
}

func (a Affiliation) key() ID { return a.ID }

// CompanyContact reads a company's main contact. A company without one probably answers IsInvalidRequest
// (contract accelo 5.4).
func (c *Client) CompanyContact(ctx context.Context, companyID ID) (Contact, error) {
	return readObject[Contact](ctx, c, "CompanyContact", "/companies/"+companyID.String()+"/contact", query{fields: contactFields})
}

// CompanyContacts lists a company's contacts.
func (c *Client) CompanyContacts(ctx context.Context, companyID ID) ([]Contact, error) {
	return numberedPages[Contact](ctx, c, "CompanyContacts", "/companies/"+companyID.String()+"/contacts", query{fields: contactFields})
}

// CreateContact makes a contact and its affiliation with the company, which the reply tells as DefaultAffiliation.
func (c *Client) CreateContact(ctx context.Context, contact NewContact) (Contact, error) {
	if contact.FirstName == "" || contact.Surname == "" || contact.CompanyID <= 0 {
		return Contact{}, fmt.Errorf("accelo: CreateContact: first name, surname and company are required: %w", ErrInvalid)
	}
	return create[Contact](ctx, c, "CreateContact", "/contacts", form{
		"firstname": contact.FirstName, "surname": contact.Surname, "company_id": contact.CompanyID.String(), "_fields": contactFields,
	})
}

// Contact reads one contact.
func (c *Client) Contact(ctx context.Context, id ID) (Contact, error) {
	return readObject[Contact](ctx, c, "Contact", "/contacts/"+id.String(), query{fields: contactFields})
}

// Affiliation reads one affiliation with its company and contact: after a merge, the company that the contact belongs to
// now (contract accelo 5.6).
func (c *Client) Affiliation(ctx context.Context, id ID) (Affiliation, error) {
	return readObject[Affiliation](ctx, c, "Affiliation", "/affiliations/"+id.String(), query{fields: affiliationFields})
}

// AffiliationsOfCompany lists a company's affiliations of every standing.
func (c *Client) AffiliationsOfCompany(ctx context.Context, companyID ID) ([]Affiliation, error) {
	q := query{fields: affiliationFields, filters: where().ids("company", companyID)}
	return numberedPages[Affiliation](ctx, c, "AffiliationsOfCompany", "/affiliations", q)
}
