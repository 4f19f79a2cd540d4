package company

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// doubtful returns the company that an earlier create of an organization's has made although its reply was lost; nil if it made none. Accelo
// may have stored another form of its name. A person may have renamed it since; then it is known by the description that was created with
// it. A company without one, which could be any new customer's, is for a user to judge.
func (s *Service) doubtful(
	ctx context.Context, c tenant.Connection, organization rules.Organization, since time.Time,
) (*rules.Company, error) {
	recent, err := s.createdSince(ctx, c, since)
	if err != nil || len(recent) == 0 {
		return nil, err
	}
	unfinished, err := s.store.UnfinishedMatchKeys(ctx, store.KeyOf(c.Name, store.Organizations, organization.ID))
	if err != nil {
		return nil, err
	}
	if recent, err = s.unlinked(ctx, c, recent); err != nil { // those that are no longer unfinished are linked by now
		return nil, err
	}
	named, err := madeFor(ctx, c, organization, unfinished, recent)
	if err != nil || named != nil {
		return named, err
	}
	var suspects []rules.Company
	for _, company := range recent {
		if !unfinished[rules.NameKey(company.Name)] && rules.TextField.Same(company.Comments, organization.Description) {
			suspects = append(suspects, company)
		}
	}
	if len(suspects) == 1 && organization.Description != "" {
		unseen := suspects[0].Unseen()
		return &unseen, nil
	}
	return nil, requireNone(c, organization, suspects)
}

// madeFor returns the company that has an organization's name, or a form of it as Accelo may have stored it, nil if there is none. The name of
// another organization is no such form: cut after ten characters, "Location 10" would be "Location 1".
func madeFor(
	ctx context.Context, c tenant.Connection, organization rules.Organization, unfinished map[string]bool, recent []rules.Company,
) (*rules.Company, error) {
	var stored []rules.Company
	for _, company := range recent {
		switch {
		case rules.SameName(company.Name, organization.CompanyName()):
			unseen := company.Unseen()
			return &unseen, nil
		case !unfinished[rules.NameKey(company.Name)] && rules.TextField.MayBecome(organization.CompanyName(), company.Name):
			stored = append(stored, company)
		}
	}
	if len(stored) == 0 {
		return nil, nil
	}
	others, _, err := otherNames(ctx, c, organization)
	if err != nil {
		return nil, err
	}
	for _, company := range stored {
		if !slices.ContainsFunc(others, func(name string) bool { return rules.SameName(name, company.Name) }) {
			unseen := company.Unseen()
			return &unseen, nil
		}
	}
	return nil, nil
}

// createdSince returns the companies that were created since a time.
func (s *Service) createdSince(ctx context.Context, c tenant.Connection, since time.Time) ([]rules.Company, error) {
	var records []rules.Company
	for page, err := range c.Accelo.Companies(ctx, accelo.CompanyQuery{CreatedAfter: since.Add(-tenant.ClockTolerance)}) {
		if err != nil {
			return nil, fmt.Errorf("look for recent %s: %w", c.Labels().Company.Plural(), err)
		}
		for _, company := range page {
			records = append(records, Record(company))
		}
	}
	return records, nil
}

// unlinked returns the companies that are linked to no organization.
func (s *Service) unlinked(ctx context.Context, c tenant.Connection, companies []rules.Company) ([]rules.Company, error) {
	ids := make([]int64, len(companies))
	for i, company := range companies {
		ids[i] = company.ID
	}
	linked, err := s.store.LinkedAcceloIDs(ctx, c.Name, store.Organizations, ids)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(companies, func(company rules.Company) bool { return linked[company.ID] }), nil
}

// requireNone refuses to create the company of an organization if one of these may already be it.
func requireNone(c tenant.Connection, organization rules.Organization, companies []rules.Company) error {
	if len(companies) == 0 {
		return nil
	}
	suspects := make([]string, len(companies))
	for i, company := range companies {
		suspects[i] = fmt.Sprintf("%d (%s)", company.ID, company.Name)
	}
	return tenant.Refusef(tenant.Refused, "Accelo did not confirm the new %[1]s of organization %[2]d, and someone may have renamed it since. If it is "+
		"one of these, run `starter relink organization %[2]d ID`, otherwise `starter recreate organization %[2]d`: %[3]s",
		c.Labels().Company.Singular(), organization.ID, strings.Join(suspects, ", "))
}
