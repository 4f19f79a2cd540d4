package company

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// maxEvidence is how many related records of each kind we check to find where a merged company went.
const maxEvidence = 20

// Current returns the company that stands for a linked organization now: the linked one, or the one it was merged into. A deleted
// company is a Refusal that says what a user can do (accelo.md 5.6).
func (s *Service) Current(ctx context.Context, c tenant.Connection, link store.Link) (rules.Company, error) {
	company, err := s.Survivor(ctx, c, link)
	if err != nil {
		return rules.Company{}, fmt.Errorf("look for %s %d: %w", c.Labels().Company.Singular(), link.AcceloID, err)
	}
	if company != nil {
		return Record(*company), nil
	}
	stored, err := s.store.Link(ctx, link.Key())
	switch {
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return rules.Company{}, err
	case err == nil && stored.AcceloID != link.AcceloID && stored.AcceloID != 0: // another worker has followed it, with all evidence
		return s.Current(ctx, c, stored)
	}
	if err := tenant.RequireSettled(c, link); err != nil {
		return rules.Company{}, err
	}
	return rules.Company{}, deleted(c, link)
}

// Survivor returns the company that a linked one is now: itself, or the one it was merged into. If Accelo shows no such company any more, it
// looks at where the contact, the assets and the requests of the organization are now. It returns nil if none of them leads to another
// company: then the company was deleted.
func (s *Service) Survivor(ctx context.Context, c tenant.Connection, link store.Link) (*accelo.Company, error) {
	old := accelo.ID(link.AcceloID)
	found, err := c.Accelo.FindCompany(ctx, old)
	if err != nil || found != nil {
		return found, err
	}
	evidence, err := s.store.CompanyEvidence(ctx, link.Connection, link.OrganizationID, link.AcceloID, maxEvidence)
	if err != nil {
		return nil, err
	}
	for _, find := range []func() (accelo.ID, error){
		func() (accelo.ID, error) { return companyOfAffiliations(ctx, c, old, idsOf(evidence.Affiliations)) },
		func() (accelo.ID, error) { return companyOfAssets(ctx, c, old, idsOf(evidence.Assets)) },
		func() (accelo.ID, error) { return companyOfRequests(ctx, c, old, idsOf(evidence.Requests)) },
	} {
		id, err := find()
		if err != nil {
			return nil, err
		}
		if id == 0 || id == old {
			continue
		}
		company, err := c.Accelo.FindCompany(ctx, id)
		if err != nil || company != nil {
			return company, err
		}
	}
	return nil, nil
}

func deleted(c tenant.Connection, link store.Link) error {
	label := c.Labels().Company
	return tenant.Refusef(tenant.Refused, "%s %d (organization %s) was deleted in Accelo and won't be recreated automatically. "+
		"Link the organization to another %s with `%s`, or recreate it with `%s`", label.SingularTitle, link.AcceloID, link.NinjaID, label.Singular(),
		c.Command("relink organization %s ID", link.NinjaID), c.Command("recreate organization %s", link.NinjaID))
}

func companyOfAffiliations(ctx context.Context, c tenant.Connection, old accelo.ID, ids []accelo.ID) (accelo.ID, error) {
	affiliations, err := c.Accelo.AffiliationsByID(ctx, ids)
	companies := make([]accelo.ID, 0, len(affiliations))
	for _, affiliation := range affiliations {
		companies = append(companies, affiliation.Company.ID)
	}
	return unanimous(old, companies), err
}

func companyOfAssets(ctx context.Context, c tenant.Connection, old accelo.ID, ids []accelo.ID) (accelo.ID, error) {
	assets, err := c.Accelo.AssetsByID(ctx, ids)
	companies := make([]accelo.ID, 0, len(assets))
	for _, asset := range assets {
		companies = append(companies, asset.CompanyID())
	}
	return unanimous(old, companies), err
}

func companyOfRequests(ctx context.Context, c tenant.Connection, old accelo.ID, ids []accelo.ID) (accelo.ID, error) {
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
	return companyOfAffiliations(ctx, c, old, affiliations)
}

// unanimous returns the one company that all records are in now, or 0. If one of them is still in the old company, or they are
// in different companies, someone moved single records: a merge moves everything.
func unanimous(old accelo.ID, companies []accelo.ID) accelo.ID {
	slices.Sort(companies)
	companies = slices.Compact(companies)
	if len(companies) != 1 || companies[0] == old {
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
