package company

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// Service syncs companies. It is safe for concurrent use.
type Service struct {
	store *store.Store
}

// New returns a Service that stores links in a database.
func New(database *store.Store) *Service {
	return &Service{store: database}
}

// State is an organization and what a comparison found out about its company.
type State struct {
	Organization rules.Organization
	// Link is the stored link, nil if the organization is not linked.
	Link *store.Link
	// Decision is the result of the comparison.
	Decision rules.CompanyDecision
	// Choice is what users have chosen, as it was when both sides were compared.
	Choice store.OrganizationChoice
	// ReadAt is when NinjaOne was asked for the organization.
	ReadAt time.Time
}

// Unlisted reports whether the organization is linked to a company that Accelo did not list: someone merged or deleted it.
func (s State) Unlisted() bool { return s.Link != nil && s.Decision.Company.ID == 0 }

// Compare returns what an organization, its link and the companies of a listing say about its company. Named are the companies with the
// organization's name, and byID those that the organization is linked to or that users chose. A link comes before a choice, and a choice
// before a name.
func Compare(
	organization rules.Organization, link *store.Link, choice store.OrganizationChoice, named []rules.Company, byID map[int64][]rules.Company,
) State {
	state := State{Organization: organization, Link: link, Choice: choice}
	switch {
	case link != nil:
		state.Decision = rules.DecideCompany(organization, link.Baseline.Clone(), byID[link.AcceloID])
	case choice.CompanyID != 0:
		state.Decision = rules.CompanyDecision{Action: rules.Match, Company: rules.Company{ID: choice.CompanyID}}
		if listed := byID[choice.CompanyID]; len(listed) > 0 {
			state.Decision.Company = listed[0]
		}
	default:
		state.Decision = rules.DecideCompany(organization, nil, named)
	}
	return state
}

// Contact returns the contact that the organization's requests and assets will belong to, 0 if it has to be created first.
func (s State) Contact() int64 {
	if s.Link != nil {
		return s.Link.Contact()
	}
	return cmp.Or(s.Choice.AffiliationID, s.Decision.Company.PrimaryAffiliation)
}

// CompanyID returns the company that the organization is or will be linked to, 0 if it has to be created first.
func (s State) CompanyID() int64 {
	if s.Link != nil {
		return s.Link.AcceloID
	}
	return s.Decision.Company.ID
}

// Settled reports whether the link of an organization that needs no write in Accelo is complete: it records the manual changes,
// the contact and the facts that alerts need.
func (s State) Settled() bool {
	if s.Link == nil || s.Unlisted() {
		return s.Link == nil
	}
	facts := factsOf(s.Organization, s.Link)
	return !changes(*s.Link, s.Decision) && facts.Name == s.Link.Facts.Name && facts.TeamViewer.Same(s.Link.Facts.TeamViewer)
}

// Ambiguity returns a remark that names the companies that matched and the one that was chosen. It is empty if at most one
// matched.
func Ambiguity(c tenant.Connection, decision rules.CompanyDecision) string {
	if len(decision.Ambiguous) == 0 {
		return ""
	}
	return fmt.Sprintf("several %s have this name: %v; using %d", c.Labels().Company.Plural(), decision.Ambiguous, decision.Company.ID)
}

// Organization converts an organization of a listing. An organization without settings says nothing about them.
func Organization(organization ninjaone.Organization) rules.Organization {
	record := rules.Organization{
		ID: organization.ID, Name: rules.CleanText(organization.Name), Description: rules.CleanText(organization.Description),
	}
	if rules.CleanName(record.Name) == "" {
		record.Unknown = append(record.Unknown, rules.NameKeyField)
	}
	settings := organization.Settings
	record.TeamViewer.Unknown = settings == nil
	if settings != nil && settings.TeamViewer != nil {
		record.TeamViewer = rules.TeamViewer{Enabled: settings.TeamViewer.Enabled, Targets: settings.TeamViewer.Targets}
	}
	return record
}

// SingleOrganization converts an organization that was read alone. What is missing there may be in the listing, so it is unknown.
func SingleOrganization(organization ninjaone.Organization) rules.Organization {
	record := Organization(organization)
	if record.Description == "" {
		record.Unknown = append(record.Unknown, rules.CommentsField)
	}
	return record
}

// Record converts a company of Accelo.
func Record(company accelo.Company) rules.Company {
	record := rules.Company{
		ID: int64(company.ID), Name: rules.CleanText(company.Name), Comments: rules.CleanText(company.Comments),
		Standing: company.Standing, PrimaryAffiliation: int64(company.DefaultAffiliation),
	}
	if company.WithoutComments {
		record.Missing = []string{rules.CommentsField}
	}
	return record
}

// factsOf returns what alerts need to know about an organization without a call. What this reading does not contain stays as it is known.
func factsOf(organization rules.Organization, known *store.Link) store.Facts {
	facts := store.Facts{Name: organization.Name, TeamViewer: organization.TeamViewer}
	if known != nil && slices.Contains(organization.Unknown, rules.NameKeyField) {
		facts.Name = known.Facts.Name
	}
	if facts.TeamViewer.Unknown {
		facts.TeamViewer = rules.TeamViewer{}
		if known != nil {
			facts.TeamViewer = known.Facts.TeamViewer
		}
	}
	return facts
}
