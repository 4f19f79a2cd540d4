package accelo

import "context"

const (
	contactFields     = "firstname,surname,default_affiliation"
	affiliationFields = "standing,company(),contact()"
)

// Contact is a person (accelo.md 6.1).
type Contact struct {
	ID        ID     `json:"id"`
	FirstName string `json:"firstname"`
	Surname   string `json:"surname"`
	// DefaultAffiliation is what requests and assets refer to.
	DefaultAffiliation ID `json:"default_affiliation"`
}

// NewContact describes a contact to create. All fields are required (accelo.md 6.1).
type NewContact struct {
	FirstName, Surname string
	CompanyID          ID
}

func (c Contact) key() ID { return c.ID }

// Affiliation is a contact's membership in a company, which requests and assets refer to (accelo.md 6.2).
type Affiliation struct {
	ID       ID           `json:"id"`
	Standing string       `json:"standing"`
	Company  Ref[Company] `json:"company"`
	Contact  Ref[Contact] `json:"contact"`
}

func (a Affiliation) key() ID { return a.ID }

// CreateContact creates a contact and its affiliation with the company, which the result holds as DefaultAffiliation.
func (c *Client) CreateContact(ctx context.Context, contact NewContact) (Contact, error) {
	const operation = "CreateContact"
	if contact.FirstName == "" || contact.Surname == "" || contact.CompanyID <= 0 {
		return Contact{}, invalid(operation, "contact: it needs a first name, a surname and a company")
	}
	return create[Contact](ctx, c, operation, "/contacts", form{
		"firstname": contact.FirstName, "surname": contact.Surname, "company_id": contact.CompanyID.String(), "_fields": contactFields,
	})
}

// Affiliation returns one affiliation.
func (c *Client) Affiliation(ctx context.Context, id ID) (Affiliation, error) {
	return readObject[Affiliation](ctx, c, "Affiliation", "/affiliations/"+id.String(), query{fields: affiliationFields})
}

// FindAffiliation returns an affiliation, nil if there is none.
func (c *Client) FindAffiliation(ctx context.Context, id ID) (*Affiliation, error) {
	return find(ctx, id, c.AffiliationsByID, c.Affiliation)
}

// AffiliationsByID returns the affiliations with these IDs that exist, in no particular order. After a merge, each has the
// company that its contact belongs to now (accelo.md 5.6).
func (c *Client) AffiliationsByID(ctx context.Context, ids []ID) ([]Affiliation, error) {
	var all []Affiliation
	for _, chunk := range chunkIDs(ids) {
		// Accelo does not order affiliations by ID (accelo.md 6.2).
		found, err := readChunk(chunk, func(ids []ID) ([]Affiliation, error) {
			q := query{fields: affiliationFields, limit: pageSize, filters: where().ids("id", ids...)}
			return readList[Affiliation](ctx, c, "AffiliationsByID", "/affiliations", q)
		})
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// AffiliationsOfCompany returns a company's affiliations of every standing.
func (c *Client) AffiliationsOfCompany(ctx context.Context, companyID ID) ([]Affiliation, error) {
	q := query{fields: affiliationFields, filters: where().ids("company", companyID)}
	return numberedPages[Affiliation](ctx, c, "AffiliationsOfCompany", "/affiliations", q)
}
