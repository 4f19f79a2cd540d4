package activities

import (
	"context"
	"fmt"
	"slices"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// clues is how many objects of a kind are asked where the company went that they belonged to.
const clues = 20

// currentCompany is the company that stands for a linked organization now: the linked one, or the one that people merged it
// into. Where it was deleted outright nothing is made again: the error says what a person can choose (contract accelo 5.6).
func (a *Activities) currentCompany(ctx context.Context, c tenant.Connection, link store.Link) (rules.Company, error) {
	known, err := existingCompany(ctx, c, link.AcceloID)
	if err != nil || known != nil {
		return orNone(known), err
	}
	survivor, err := a.survivor(ctx, c, link)
	if err != nil {
		return rules.Company{}, fmt.Errorf("follow %s %d: %w", c.Labels().Company.Singular(), link.AcceloID, err)
	}
	if survivor == nil {
		return rules.Company{}, tenant.Refusef(tenant.Refused, "%s %d of organization %s is no longer in Accelo, and nothing that belonged to it tells where it "+
			"went: it was deleted. It is not made again by itself: lead the organization to another one with `starter relink organization %s ID`, "+
			"or have a new one made with `starter recreate organization %s`", c.Labels().Company.Singular(), link.AcceloID, link.NinjaID, link.NinjaID, link.NinjaID)
	}
	return *survivor, nil
}

// linkedCompany reads the company of a linked organization, or the one that it was merged into; none where it was deleted.
func (a *Activities) linkedCompany(ctx context.Context, c tenant.Connection, link store.Link) ([]accelo.Company, error) {
	companies, err := c.Accelo.CompaniesByID(ctx, []accelo.ID{accelo.ID(link.AcceloID)})
	if err != nil || len(companies) > 0 {
		return companies, err
	}
	survivor, err := a.survivor(ctx, c, link)
	if err != nil || survivor == nil {
		return nil, err
	}
	return c.Accelo.CompaniesByID(ctx, []accelo.ID{accelo.ID(survivor.ID)})
}

// existingCompany reads a company, nil where it is surely gone: a list without it says so, and no error ever does.
func existingCompany(ctx context.Context, c tenant.Connection, id int64) (*rules.Company, error) {
	found, err := c.Accelo.CompaniesByID(ctx, []accelo.ID{accelo.ID(id)})
	if err != nil {
		return nil, fmt.Errorf("look for %s %d: %w", c.Labels().Company.Singular(), id, err)
	}
	if len(found) == 0 {
		return nil, nil
	}
	company := companyRecord(found[0])
	return &company, nil
}

// survivor follows what belonged to a company that is gone: the old id itself, where a deployment redirects it, then the
// contact, the assets of the devices, and the requests of the alerts. Nil where none of them leads anywhere.
func (a *Activities) survivor(ctx context.Context, c tenant.Connection, link store.Link) (*rules.Company, error) {
	gone := accelo.ID(link.AcceloID)
	traces, err := a.store.CompanyEvidence(ctx, link.Connection, link.OrganizationID, link.AcceloID, clues)
	if err != nil {
		return nil, err
	}
	for _, trail := range []func() (accelo.ID, error){
		func() (accelo.ID, error) { return redirected(ctx, c, gone) },
		func() (accelo.ID, error) { return companyOfAffiliations(ctx, c, gone, idsOf(traces.Affiliations)) },
		func() (accelo.ID, error) { return companyOfAssets(ctx, c, gone, idsOf(traces.Assets)) },
		func() (accelo.ID, error) { return companyOfRequests(ctx, c, gone, idsOf(traces.Requests)) },
	} {
		id, err := trail()
		if err != nil {
			return nil, err
		}
		if id == 0 || id == gone {
			continue
		}
		company, err := existingCompany(ctx, c, int64(id))
		if err != nil || company != nil {
			return company, err
		}
	}
	return nil, nil
}

// redirected asks for the old id itself: some deployments may answer with the survivor.
func redirected(ctx context.Context, c tenant.Connection, gone accelo.ID) (accelo.ID, error) {
	company, err := c.Accelo.Company(ctx, gone)
	if accelo.IsInvalidRequest(err) { // a list without it has said so before
		return 0, nil
	}
	return company.ID, err
}

func companyOfAffiliations(ctx context.Context, c tenant.Connection, gone accelo.ID, ids []accelo.ID) (accelo.ID, error) {
	affiliations, err := c.Accelo.AffiliationsByID(ctx, ids)
	companies := make([]accelo.ID, 0, len(affiliations))
	for _, affiliation := range affiliations {
		companies = append(companies, affiliation.Company.ID)
	}
	return unanimous(gone, companies), err
}

func companyOfAssets(ctx context.Context, c tenant.Connection, gone accelo.ID, ids []accelo.ID) (accelo.ID, error) {
	assets, err := c.Accelo.AssetsByID(ctx, ids)
	companies := make([]accelo.ID, 0, len(assets))
	for _, asset := range assets {
		companies = append(companies, asset.CompanyID())
	}
	return unanimous(gone, companies), err
}

func companyOfRequests(ctx context.Context, c tenant.Connection, gone accelo.ID, ids []accelo.ID) (accelo.ID, error) {
	if len(ids) == 0 {
		return 0, nil
	}
	var affiliations []accelo.ID
	for page, err := range c.Accelo.Requests(ctx, accelo.RequestQuery{IDs: ids, WithoutBody: true}) {
		if err != nil {
			return 0, err
		}
		for _, request := range page {
			affiliations = append(affiliations, request.AffiliationID)
		}
	}
	return companyOfAffiliations(ctx, c, gone, affiliations)
}

// unanimous is the one company that all are in. Where one is still where it was, or they have gone different ways, people have
// moved single objects by hand, and that says nothing about the company: a merger takes everything along.
func unanimous(gone accelo.ID, companies []accelo.ID) accelo.ID {
	slices.Sort(companies)
	companies = slices.Compact(companies)
	if len(companies) != 1 || companies[0] == gone {
		return 0
	}
	return companies[0]
}

func idsOf(numbers []int64) []accelo.ID {
	ids := make([]accelo.ID, 0, len(numbers))
	for _, number := range numbers {
		if number != 0 {
			ids = append(ids, accelo.ID(number))
		}
	}
	return ids
}

func orNone(company *rules.Company) rules.Company {
	if company == nil {
		return rules.Company{}
	}
	return *company
}
