package accelo

import (
	"cmp"
	"context"
	"iter"
	"net/http"
	"slices"
	"time"

	"ninjaone-accelo/clients/lenient"
)

const (
	companyFields = "name,standing,comments,default_affiliation"

	// StandingActive is the standing of companies and assets in use.
	StandingActive = "active"
)

// Company is a client of the MSP (accelo.md 5.1).
type Company struct {
	ID   ID     `json:"id"`
	Name string `json:"name"`
	// Standing is "active", "inactive" or another one of the deployment.
	Standing string `json:"standing"`
	Comments string `json:"comments"`
	// DefaultAffiliation is the affiliation of the main contact, or 0 if there is none.
	DefaultAffiliation ID `json:"default_affiliation"`
	// WithoutComments is set if the answer did not contain comments: they are empty or unknown.
	WithoutComments bool `json:"-"`
}

func (c Company) key() ID { return c.ID }

// UnmarshalJSON notes whether the answer contained the comments.
func (c *Company) UnmarshalJSON(data []byte) error {
	type plain Company
	if err := lenient.Unmarshal(data, (*plain)(c)); err != nil {
		return err
	}
	c.WithoutComments = len(absent(data, "comments")) > 0
	return nil
}

// CompanyQuery selects companies.
type CompanyQuery struct {
	// AfterID skips the companies up to this ID.
	AfterID ID
	// CreatedAfter selects companies created in a later second.
	CreatedAfter time.Time
}

// NewCompany describes a company to create.
type NewCompany struct{ Name, Comments string }

// CompanyChange holds the fields to change; nil leaves a field unchanged. No other fields can be changed (accelo.md 5.3).
type CompanyChange struct{ Name, Comments *string }

// Companies yields the companies page by page in order of ID. It stops after the first error.
func (c *Client) Companies(ctx context.Context, q CompanyQuery) iter.Seq2[[]Company, error] {
	f := where()
	if !q.CreatedAfter.IsZero() {
		f.after("date_created", q.CreatedAfter)
	}
	return keysetPages[Company](ctx, c, "Companies", "/companies", query{fields: companyFields, filters: f}, q.AfterID)
}

// Company returns one company. IsInvalidRequest is true for a deleted company, but for an invalid call too: CompaniesByID can
// tell them apart.
func (c *Client) Company(ctx context.Context, id ID) (Company, error) {
	return readObject[Company](ctx, c, "Company", "/companies/"+id.String(), query{fields: companyFields})
}

// FindCompany returns a company, nil if there is none. Some deployments answer for a merged company with the one that it is part of now
// (accelo.md 5.6).
func (c *Client) FindCompany(ctx context.Context, id ID) (*Company, error) {
	return find(ctx, id, c.CompaniesByID, c.Company)
}

// CompaniesByID returns the companies with these IDs that exist, in order of ID. The others were probably deleted or merged (accelo.md
// 5.6), which FindCompany can prove.
func (c *Client) CompaniesByID(ctx context.Context, ids []ID) ([]Company, error) {
	return readByID[Company](ctx, c, "CompaniesByID", "/companies", companyFields, ids)
}

// FindCompaniesByName returns the companies with exactly this name, as rules.SameName compares names: active ones first, then
// in order of ID. If there is none, it returns those whose name may be a stored form of it (rules.NameMayBecome, rules.NameMayLack), as far as
// Accelo's search finds them. An empty name finds none.
//
// Accelo has no filter for names, so this searches and compares (accelo.md 4.8).
func (c *Client) FindCompaniesByName(ctx context.Context, name string) ([]Company, error) {
	found, like, err := searchByName(ctx, c, "FindCompaniesByName", "/companies", query{fields: companyFields}, name,
		func(c Company) string { return c.Name })
	found = append(found, like...)
	slices.SortStableFunc(found, func(a, b Company) int {
		if aActive, bActive := a.Standing == StandingActive, b.Standing == StandingActive; aActive != bActive {
			if aActive {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.ID, b.ID)
	})
	return found, err
}

// CreateCompany creates an active company without a contact. The standing is set explicitly, because Accelo may otherwise
// create the company inactive (accelo.md 5.3).
func (c *Client) CreateCompany(ctx context.Context, company NewCompany) (Company, error) {
	const operation = "CreateCompany"
	if company.Name == "" {
		return Company{}, invalid(operation, "company: it needs a name")
	}
	f := form{"name": company.Name, "standing": StandingActive, "_fields": companyFields}
	if company.Comments != "" {
		f["comments"] = company.Comments
	}
	return create[Company](ctx, c, operation, "/companies", f)
}

// UpdateCompany changes a company and returns its new state.
func (c *Client) UpdateCompany(ctx context.Context, id ID, change CompanyChange) (Company, error) {
	const operation = "UpdateCompany"
	f := form{"_fields": companyFields}
	f.setText("name", change.Name)
	f.setText("comments", change.Comments)
	if len(f) == 1 {
		return Company{}, invalid(operation, "change: it is empty")
	}
	return write[Company](ctx, c, operation, http.MethodPut, "/companies/"+id.String(), f)
}
