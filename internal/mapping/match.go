package mapping

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/company"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// Matched sums up what matching found.
type Matched struct {
	// Proposed counts the organizations with a proposal, Unmatched those without one: the next import creates their company.
	Proposed, Unmatched int
}

// Match reads both sides and proposes a company for each organization that has none, by the rules of the import. It stores the proposals, which
// decide nothing until someone confirms them.
func (m *Mapper) Match(ctx context.Context, connection string) (Matched, error) {
	c, err := m.connect(ctx, connection)
	if err != nil {
		return Matched{}, err
	}
	organizations, err := readOrganizations(ctx, c)
	if err != nil {
		return Matched{}, err
	}
	byKey, err := readCompanies(ctx, c)
	if err != nil {
		return Matched{}, err
	}
	listed, err := m.store.ListOrganizations(ctx, connection, store.OrganizationQuery{})
	if err != nil {
		return Matched{}, err
	}
	matcher := matcher{connection: c, byKey: byKey, known: map[string]store.ListedOrganization{}, linked: map[string]store.ListedOrganization{}}
	for _, organization := range listed {
		matcher.known[organization.NinjaID] = organization
	}
	for _, organization := range organizations {
		if known := matcher.known[strconv.Itoa(organization.ID)]; known.Linked() {
			matcher.linked[rules.NameKey(organization.CompanyName())] = known
		}
	}
	var found Matched
	proposals := make([]store.Proposal, len(organizations))
	for i, organization := range organizations {
		proposals[i] = matcher.propose(organization)
		switch {
		case proposals[i].CompanyID != 0:
			found.Proposed++
		case proposals[i].Why != "":
			found.Unmatched++
		}
	}
	return found, m.store.SaveProposals(ctx, connection, proposals)
}

func readOrganizations(ctx context.Context, c tenant.Connection) ([]rules.Organization, error) {
	var organizations []rules.Organization
	for page, err := range c.NinjaOne.Organizations(ctx, ninjaone.OrganizationQuery{}) {
		if err != nil {
			return nil, fmt.Errorf("read NinjaOne's organizations: %w", err)
		}
		for _, organization := range page {
			organizations = append(organizations, company.Organization(organization))
		}
	}
	return organizations, nil
}

// readCompanies returns Accelo's companies by the key of their names.
func readCompanies(ctx context.Context, c tenant.Connection) (map[string][]rules.Company, error) {
	byKey := map[string][]rules.Company{}
	for page, err := range c.Accelo.Companies(ctx, accelo.CompanyQuery{}) {
		if err != nil {
			return nil, fmt.Errorf("read Accelo's %s: %w", c.Labels().Company.Plural(), err)
		}
		for _, each := range page {
			record := company.Record(each)
			byKey[rules.NameKey(record.Name)] = append(byKey[rules.NameKey(record.Name)], record)
		}
	}
	return byKey, nil
}

// matcher proposes companies.
type matcher struct {
	connection tenant.Connection
	byKey      map[string][]rules.Company
	// known are the organizations by id, and linked the linked ones by the key of their name.
	known, linked map[string]store.ListedOrganization
}

// propose proposes a company for an organization. There is nothing to propose for one that has a company, or that is switched off.
func (m matcher) propose(organization rules.Organization) store.Proposal {
	id, key, label := strconv.Itoa(organization.ID), rules.NameKey(organization.CompanyName()), m.connection.Labels().Company
	proposal := store.Proposal{NinjaID: id, Name: organization.CompanyName()}
	known, isKnown := m.known[id]
	if isKnown && (known.Linked() || !known.Sync || known.ChosenID != 0) {
		return proposal
	}
	if namesake, exists := m.linked[key]; exists {
		proposal.CompanyID, proposal.Company = namesake.CompanyID, namesake.Company
		proposal.Why = fmt.Sprintf("Organization %s has the same name", namesake.NinjaID)
		return proposal
	}
	state := company.Compare(organization, nil, store.OrganizationChoice{Sync: true}, m.byKey[key], nil)
	if state.Decision.Action != rules.Match {
		proposal.Why = fmt.Sprintf("No %s has this name: the next import creates it", label.Singular())
		return proposal
	}
	proposal.CompanyID, proposal.Company, proposal.Why = state.CompanyID(), state.Decision.Company.Name, "Same name"
	if len(state.Decision.Ambiguous) > 0 {
		proposal.Why = fmt.Sprintf("Several %s have this name: %v", label.Plural(), state.Decision.Ambiguous)
	}
	return proposal
}

// ErrProposalsChanged means that matching has proposed something else since the user saw it.
var ErrProposalsChanged = fmt.Errorf("what is proposed has changed meanwhile: %w", store.ErrChoiceChanged)

// Confirm chooses the proposed companies, as they were shown: asOf is when those were made. It returns how many there were. A zero asOf
// confirms whatever is proposed now.
func (m *Mapper) Confirm(ctx context.Context, connection string, asOf time.Time) (int, error) {
	at, _, err := m.store.ProposedAt(ctx, connection)
	if err != nil {
		return 0, err
	}
	if !asOf.IsZero() && !at.Equal(asOf) {
		return 0, ErrProposalsChanged
	}
	proposed, err := m.store.ListOrganizations(ctx, connection, store.OrganizationQuery{Only: "proposed"})
	if err != nil {
		return 0, err
	}
	changes := make([]store.OrganizationChange, len(proposed))
	for i, organization := range proposed {
		after := organization.Choice()
		after.CompanyID = organization.ProposedID
		changes[i] = store.OrganizationChange{
			NinjaID: organization.NinjaID, Before: organization.Choice(), After: after, Company: organization.Proposed,
			Why: organization.ProposedWhy, By: m.actor,
		}
	}
	return len(changes), m.store.ChangeOrganizations(ctx, connection, changes)
}
