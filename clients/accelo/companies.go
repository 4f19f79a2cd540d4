package accelo

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"net/http"
	"slices"

	"ninjaone-accelo/internal/rules"
)

const (
	companyFields = "name,standing,comments,default_affiliation"

	// StandingActive is the standing of companies, assets and types in use.
	StandingActive = "active"
)

// Company is a client of the MSP (contract accelo 5.1).
type Company struct {
	ID   ID     `json:"id"`
	Name string `json:"name"`
	// Standing is "active", "inactive" or another of the deployment's own.
	Standing string `json:"standing"`
	Comments string `json:"comments"`
	// DefaultAffiliation is the affiliation of the main contact, 0 when there is none.
	DefaultAffiliation ID `json:"default_affiliation"`
}

func (c Company) key() ID { return c.ID }

// CompanyQuery selects companies.
type CompanyQuery struct {
	// AfterID leaves out companies up to this id: where an earlier walk stopped.
	AfterID ID
}

// NewCompany is what a company is made of. It is made active: without a standing it may end up inactive
// (contract accelo 5.3).
type NewCompany struct{ Name, Comments string }

// CompanyChange holds what to change; nil stays as it is. Nothing else of a company can be set (contract accelo 5.3).
type CompanyChange struct{ Name, Comments *string }

// Companies walks all companies in order of id, in pages of 100. After an error the walk is over.
func (c *Client) Companies(ctx context.Context, q CompanyQuery) iter.Seq2[[]Company, error] {
	return ascendingPages[Company](ctx, c, "Companies", "/companies", query{fields: companyFields}, q.AfterID)
}

// Company reads one company. One that is gone answers IsInvalidRequest, as a wrong call would: CompaniesByID tells.
func (c *Client) Company(ctx context.Context, id ID) (Company, error) {
	return readObject[Company](ctx, c, "Company", "/companies/"+id.String(), query{fields: companyFields})
}

// CompaniesByID reads those of the companies that exist, in order of id: what is missing is gone (contract accelo 5.6).
func (c *Client) CompaniesByID(ctx context.Context, ids []ID) ([]Company, error) {
	return listByID[Company](ctx, c, "CompaniesByID", "/companies", companyFields, ids)
}

// FindCompaniesByName finds the companies of exactly this name as rules.SameName compares, best first: active ones, then
// the lowest id. Accelo has no name filter, so this searches and compares (contract accelo 4.8), as far as we write names at
// all: the first rules.MaxName characters. An empty name finds none.
func (c *Client) FindCompaniesByName(ctx context.Context, name string) ([]Company, error) {
	found, err := searchByName(ctx, c, "FindCompaniesByName", "/companies", query{fields: companyFields}, asWritten(name),
		func(c Company) string { return asWritten(c.Name) })
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

// asWritten is as much of a name as we write.
func asWritten(name string) string { return rules.Truncate(rules.CleanName(name), rules.MaxName) }

// CreateCompany makes an active company. It has no contact yet.
func (c *Client) CreateCompany(ctx context.Context, company NewCompany) (Company, error) {
	if company.Name == "" {
		return Company{}, fmt.Errorf("accelo: CreateCompany: no name: %w", ErrInvalid)
	}
	f := form{"name": company.Name, "standing": StandingActive, "_fields": companyFields}
	if company.Comments != "" {
		f["comments"] = company.Comments
	}
	return create[Company](ctx, c, "CreateCompany", "/companies", f)
}

// UpdateCompany changes a company and returns it as Accelo has it afterwards.
func (c *Client) UpdateCompany(ctx context.Context, id ID, change CompanyChange) (Company, error) {
	f := form{"_fields": companyFields}
	f.set("name", change.Name)
	f.set("comments", change.Comments)
	if len(f) == 1 {
		return Company{}, fmt.Errorf("accelo: UpdateCompany: nothing to change: %w", ErrInvalid)
	}
	return write[Company](ctx, c, "UpdateCompany", http.MethodPut, "/companies/"+id.String(), f)
}
