package company

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// doubtful returns the company that an earlier create of an organization's has made although its reply was lost; nil if it made none, or if
// there is no doubt. Accelo may have stored another form of its name. A person may have renamed it since; then it is known by the description
// that was created with it. A company without one, which could be any new customer's, is for a user to judge. It also returns all companies
// that were created since.
func (s *Service) doubtful(
	ctx context.Context, c tenant.Connection, organization rules.Organization, doubt *store.Doubtful,
) (made *rules.Company, recent []rules.Company, err error) {
	if doubt == nil {
		return nil, nil, nil
	}
	if recent, err = s.createdSince(ctx, c, doubt.Since); err != nil || len(recent) == 0 {
		return nil, nil, err
	}
	made, err = s.madeBefore(ctx, c, organization, recent)
	return made, recent, err
}

func (s *Service) madeBefore(
	ctx context.Context, c tenant.Connection, organization rules.Organization, recent []rules.Company,
) (*rules.Company, error) {
	unfinished, err := s.store.UnfinishedMatchKeys(ctx, store.KeyOf(c.Name, store.Organizations, organization.ID))
	if err != nil {
		return nil, err
	}
	free, err := s.unlinked(ctx, c, recent) // those that are no longer unfinished are linked by now
	if err != nil {
		return nil, err
	}
	named, err := madeFor(ctx, c, organization, unfinished, free)
	if err != nil || named != nil {
		return named, err
	}
	var suspects []rules.Company
	for _, company := range free {
		if !unfinished[rules.NameKey(company.Name)] && rules.TextField.Same(company.Comments, organization.Description) {
			suspects = append(suspects, company)
		}
	}
	if len(suspects) == 1 && organization.Description != "" {
		unseen := suspects[0].Unseen()
		return &unseen, nil
	}
	return nil, s.requireNone(ctx, c, organization, suspects, recent)
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
	return slices.DeleteFunc(slices.Clone(companies), func(company rules.Company) bool { return linked[company.ID] }), nil
}

// requireNoneVanished refuses to create the company of an organization if an earlier create of it may have made one that someone merged or
// deleted before we saw it.
func (s *Service) requireNoneVanished(ctx context.Context, c tenant.Connection, organization rules.Organization, recent []rules.Company) error {
	vanished, err := s.vanished(ctx, c, recent)
	if err != nil || len(vanished) == 0 {
		return err
	}
	return tenant.Refusef(tenant.Refused, "Accelo did not confirm the new %[1]s of organization %[2]d, and someone may have merged or deleted it "+
		"since. If it was merged, run `%[3]s` with the ID of the %[1]s that it was merged into, otherwise `%[4]s`. No longer in Accelo: %[5]s",
		c.Labels().Company.Singular(), organization.ID, c.Command("relink organization %d ID", organization.ID),
		c.Command("recreate organization %d", organization.ID), strings.Join(vanished, ", "))
}

// vanished returns the IDs that are missing among those of recent companies and that we never knew: of companies that someone merged or deleted
// right after their creation.
func (s *Service) vanished(ctx context.Context, c tenant.Connection, recent []rules.Company) ([]string, error) {
	ids := make([]int64, len(recent))
	for i, company := range recent {
		ids[i] = company.ID
	}
	missing := missingBetween(ids)
	if len(missing) == 0 {
		return nil, nil
	}
	known, err := s.store.KnownAcceloIDs(ctx, c.Name, store.Organizations, missing)
	if err != nil {
		return nil, err
	}
	var vanished []string
	for _, id := range missing {
		if !known[id] {
			vanished = append(vanished, strconv.FormatInt(id, 10))
		}
	}
	return vanished, nil
}

// missingBetween returns the IDs that are missing between the lowest and the highest. If that is most of them, Accelo doesn't number companies
// one by one, and a missing one says nothing: it returns nil.
func missingBetween(ids []int64) []int64 {
	slices.Sort(ids)
	if len(ids) == 0 || ids[len(ids)-1]-ids[0] >= int64(2*len(ids)) {
		return nil
	}
	var missing []int64
	for i, id := range ids[1:] {
		for between := ids[i] + 1; between < id; between++ {
			missing = append(missing, between)
		}
	}
	return missing
}

// requireNone refuses to create the company of an organization if one of these may already be it. It names those that vanished, too.
func (s *Service) requireNone(
	ctx context.Context, c tenant.Connection, organization rules.Organization, companies, recent []rules.Company,
) error {
	if len(companies) == 0 {
		return nil
	}
	suspects := make([]string, len(companies))
	for i, company := range companies {
		suspects[i] = fmt.Sprintf("%d (%s)", company.ID, rules.CleanName(company.Name))
	}
	vanished, err := s.vanished(ctx, c, recent)
	if err != nil {
		return err
	}
	listed := strings.Join(suspects, ", ")
	if len(vanished) > 0 {
		listed += ". It may also have been one of those that are no longer in Accelo; if that was merged, link what it was merged into: " +
			strings.Join(vanished, ", ")
	}
	return tenant.Refusef(tenant.Refused, "Accelo did not confirm the new %s of organization %d, and someone may have renamed it since. If it is "+
		"one of these, run `%s`, otherwise `%s`: %s", c.Labels().Company.Singular(), organization.ID,
		c.Command("relink organization %d ID", organization.ID), c.Command("recreate organization %d", organization.ID), listed)
}
