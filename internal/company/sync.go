package company

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// Synced is the link of an organization after Ensure.
type Synced struct {
	store.Link
	// Remark says what a user should know, such as a merge. It is usually empty.
	Remark string
}

// Ensure links, creates or updates the company of an organization, and gives it a primary contact if it has none. The state only
// nominates what to do: what Accelo shows right before a write decides. The import ID is empty outside imports. It returns
// store.ErrSwitchedOff if users have switched the organization off, even if they do so meanwhile.
func (s *Service) Ensure(ctx context.Context, c tenant.Connection, importID string, state State) (Synced, error) {
	var err error
	if state.Choice, err = s.store.OrganizationChoice(ctx, c.Name, state.Organization.ID); err != nil {
		return Synced{}, err
	}
	if !state.Choice.Sync {
		return Synced{}, store.ErrSwitchedOff
	}
	link, created, err := s.store.Ensure(ctx, s.creation(c, importID, state))
	if err != nil {
		return Synced{}, err
	}
	link.ChosenAffiliation = state.Choice.AffiliationID
	remark := ""
	if !created {
		if link, remark, err = s.update(ctx, c, importID, state, link); err != nil {
			return Synced{}, err
		}
	}
	link, err = s.ensureContact(ctx, c, importID, state.Organization, link)
	return Synced{Link: link, Remark: remark}, err
}

func (s *Service) creation(c tenant.Connection, importID string, state State) store.Creation {
	organization := state.Organization
	key := rules.NameKey(organization.CompanyName())
	var renamed []int64 // the companies of organizations that had this name until NinjaOne renamed them
	linkTo := func(company rules.Company, decision rules.CompanyDecision, writtenAt time.Time) *store.Link {
		return &store.Link{
			OrganizationID: organization.ID, MatchKey: key, AcceloID: company.ID, CompanyID: company.ID,
			AffiliationID: company.PrimaryAffiliation, ImportID: importID, Outcome: decision.Action.Outcome(), WrittenAt: &writtenAt, ReadAt: &state.ReadAt,
			Baseline: rules.CompanyBaseline(organization, nil, company, decision), Facts: factsOf(organization, nil),
		}
	}
	return store.Creation{
		Key: store.KeyOf(c.Name, store.Organizations, organization.ID), OrganizationID: organization.ID, MatchKey: key,
		Classify: tenant.CreateOutcome,
		Sent:     rules.CompanyBaseline(organization, nil, rules.Company{}.Unseen(), rules.CompanyDecision{Action: rules.Create}),
		Find: func(ctx context.Context, doubt *store.Doubtful) (*store.Link, error) {
			if link, err := s.linkToChosen(ctx, c, &state, linkTo); err != nil || link != nil {
				return link, err
			}
			namesake, formerly, err := s.linkedNamesake(ctx, c, key, state)
			if renamed = formerly; err != nil {
				return nil, err
			}
			if namesake != nil {
				return linkTo(*namesake, rules.CompanyDecision{Action: rules.Match}, time.Now()), nil
			}
			company, recent, err := s.doubtful(ctx, c, organization, doubt)
			if err != nil {
				return nil, err
			}
			if company != nil {
				// Created then and not now: by now people may have added to it, and NinjaOne may have changed.
				return doubt.AsSent(linkTo(*company, rules.CompanyDecision{Action: rules.Create}, doubt.Since)), nil
			}
			decision, err := s.find(ctx, c, state, renamed)
			if err == nil && decision.Action != rules.Match {
				err = s.requireNoneVanished(ctx, c, organization, recent)
			}
			if err != nil || decision.Action != rules.Match {
				return nil, err
			}
			return linkTo(decision.Company, decision, time.Now()), nil
		},
		Create: func(ctx context.Context, deadline time.Time) (*store.Link, error) {
			if err := s.store.RequireSync(ctx, c.Name, organization.ID); err != nil {
				return nil, err
			}
			company, decision, err := s.create(accelo.WithDeadlineGuard(ctx, deadline), c, organization, renamed)
			if err != nil {
				return nil, err
			}
			return linkTo(company, decision, time.Now()), nil
		},
	}
}

// linkToChosen returns a link to the company that users chose, nil if they chose none: their word comes before every rule. The choice is read
// again, now that the claim keeps anyone from choosing.
func (s *Service) linkToChosen(
	ctx context.Context, c tenant.Connection, state *State, linkTo func(rules.Company, rules.CompanyDecision, time.Time) *store.Link,
) (*store.Link, error) {
	var err error
	state.Choice, err = s.store.OrganizationChoice(ctx, c.Name, state.Organization.ID)
	if err != nil || state.Choice.CompanyID == 0 {
		return nil, err
	}
	company, err := s.chosen(ctx, c, state.Organization, state.Choice.CompanyID)
	if err != nil {
		return nil, err
	}
	link := linkTo(company, rules.CompanyDecision{Action: rules.Match}, time.Now())
	link.Baseline = rules.BaselineAfterRelink(link.Baseline, map[string]string{
		rules.NameKeyField: company.Name, rules.CommentsField: company.Comments,
	})
	return link, nil
}

// chosen reads the company that users chose for an organization.
func (s *Service) chosen(ctx context.Context, c tenant.Connection, organization rules.Organization, id int64) (rules.Company, error) {
	company, err := c.Accelo.FindCompany(ctx, accelo.ID(id))
	switch {
	case err != nil:
		return rules.Company{}, err
	case company != nil:
		return Record(*company), nil
	}
	word := c.Labels().Company.Singular()
	return rules.Company{}, tenant.Refusef(tenant.Refused, "%s %d, which was chosen for organization %d, no longer exists in Accelo: choose another %s "+
		"on the tab Organizations", word, id, organization.ID, word)
}

// linkedNamesake returns the company of another organization with the same name, nil if there is none. An organization
// that NinjaOne has renamed since its last sync is no namesake: its company keeps this name only until the next one, and is among the renamed.
func (s *Service) linkedNamesake(
	ctx context.Context, c tenant.Connection, key string, state State,
) (namesake *rules.Company, renamed []int64, err error) {
	links, err := s.store.LinkedByMatchKey(ctx, c.Name, store.Organizations, key, strconv.Itoa(state.Organization.ID))
	if err != nil {
		return nil, nil, err
	}
	for _, link := range links {
		if link.ReadAt == nil || link.ReadAt.Before(state.ReadAt) {
			other, err := c.NinjaOne.Organization(ctx, link.OrganizationID)
			if ninjaone.IsTransient(err) || ctx.Err() != nil {
				return nil, nil, fmt.Errorf("read organization %d, which had the same name: %w", link.OrganizationID, err)
			}
			if now := rules.NameKey(Organization(other).CompanyName()); err == nil && now != "" && now != key {
				renamed = append(renamed, link.AcceloID)
				continue
			}
		}
		return &rules.Company{
			ID: link.AcceloID, Name: link.Baseline[rules.NameKeyField].Accelo, Comments: link.Baseline[rules.CommentsField].Accelo,
			PrimaryAffiliation: link.AffiliationID,
		}, nil, nil
	}
	return nil, renamed, nil
}

// find looks in Accelo for the company of an organization that is not linked yet, right before it is linked or created. The company that a
// comparison matched by name is read, and used if it still has that name; otherwise the name is searched for. Renamed companies are another
// organization's.
func (s *Service) find(ctx context.Context, c tenant.Connection, state State, renamed []int64) (rules.CompanyDecision, error) {
	if matched := state.Decision; matched.Action == rules.Match && !slices.Contains(renamed, matched.Company.ID) {
		current, err := c.Accelo.FindCompany(ctx, accelo.ID(matched.Company.ID))
		if err != nil {
			return rules.CompanyDecision{}, err
		}
		if current != nil {
			if decision := rules.DecideCompany(state.Organization, nil, []rules.Company{Record(*current)}); decision.Action == rules.Match {
				decision.Ambiguous = matched.Ambiguous
				return decision, nil
			}
		}
	}
	decision, err := s.search(ctx, c, state.Organization, renamed)
	if err != nil || decision.Action == rules.Match || state.Decision.Action != "" {
		return decision, err
	}
	// Outside an import no listing lacks the company too, and one answer alone may come back empty by mistake.
	return s.search(ctx, c, state.Organization, renamed)
}

// search searches for the company of an organization by name. One that is linked to no organization is found also if someone entered the
// name and Accelo stored another form of it. Renamed companies are left out.
func (s *Service) search(
	ctx context.Context, c tenant.Connection, organization rules.Organization, renamed []int64,
) (rules.CompanyDecision, error) {
	companies, err := c.Accelo.FindCompaniesByName(ctx, organization.CompanyName())
	if err != nil {
		return rules.CompanyDecision{}, fmt.Errorf("look for %s %q: %w", c.Labels().Company.Singular(), organization.CompanyName(), err)
	}
	records := make([]rules.Company, 0, len(companies))
	for _, company := range companies {
		if !slices.Contains(renamed, int64(company.ID)) {
			records = append(records, Record(company))
		}
	}
	decision := rules.DecideCompany(organization, nil, records)
	if decision.Action == rules.Match || len(records) == 0 {
		return decision, nil
	}
	if records, err = s.unlinked(ctx, c, records); err != nil || len(records) == 0 {
		return decision, err
	}
	others, listed, err := otherNames(ctx, c, organization)
	if err != nil || !listed {
		return decision, err
	}
	if decision = rules.StoredNamesake(organization, others, records); decision.Action == rules.Match {
		return decision, nil
	}
	return decision, requireOtherName(c, organization, others, records)
}

// requireOtherName refuses to create the company of an organization if Accelo has one of its name without what that has in angle brackets: where
// tags are taken out of texts, that is how someone who entered the name finds it stored. The name of another organization is that one's.
func requireOtherName(c tenant.Connection, organization rules.Organization, others []string, companies []rules.Company) error {
	for _, company := range companies {
		if !rules.NameMayLack(organization.CompanyName(), company.Name) ||
			slices.ContainsFunc(others, func(name string) bool { return rules.SameName(name, company.Name) }) {
			continue
		}
		return tenant.Refusef(tenant.Refused, "Accelo has %[1]s %[2]d (%[3]s), which may be that of organization %[4]d, %[5]q: some deployments drop "+
			"what is in angle brackets. If it is, run `%[6]s`. Otherwise create the right %[1]s in Accelo, under any name, and link that",
			c.Labels().Company.Singular(), company.ID, rules.CleanName(company.Name), organization.ID, organization.CompanyName(),
			c.Command("relink organization %d %d", organization.ID, company.ID))
	}
	return nil
}

// otherNames returns the names of all other organizations. If NinjaOne doesn't list this one, its list may lack others too.
func otherNames(ctx context.Context, c tenant.Connection, organization rules.Organization) (names []string, listed bool, err error) {
	for page, err := range c.NinjaOne.Organizations(ctx, ninjaone.OrganizationQuery{}) {
		if err != nil {
			return nil, false, fmt.Errorf("read the names of NinjaOne's organizations: %w", err)
		}
		for _, other := range page {
			if other.ID == organization.ID {
				listed = true
				continue
			}
			names = append(names, Organization(other).CompanyName())
		}
	}
	return names, listed, nil
}

// create creates the company. If Accelo reports a duplicate, it matches the existing one instead (accelo.md 3.3).
func (s *Service) create(
	ctx context.Context, c tenant.Connection, organization rules.Organization, renamed []int64,
) (rules.Company, rules.CompanyDecision, error) {
	company, err := c.Accelo.CreateCompany(ctx, accelo.NewCompany{Name: organization.CompanyName(), Comments: organization.Description})
	if accelo.IsDuplicate(err) {
		if decision, findErr := s.search(ctx, c, organization, renamed); findErr == nil && decision.Action == rules.Match {
			return decision.Company, decision, nil
		}
	}
	if err != nil {
		return rules.Company{}, rules.CompanyDecision{}, fmt.Errorf("create %s %q: %w", c.Labels().Company.Singular(), organization.CompanyName(), err)
	}
	return Record(company), rules.CompanyDecision{Action: rules.Create}, nil
}
