package activities

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"go.temporal.io/sdk/activity"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// AcceloSyncCompanyInput asks to sync the company of one organization.
type AcceloSyncCompanyInput struct {
	Connection     string `json:"connection"`
	ImportID       string `json:"import_id"`
	OrganizationID int    `json:"organization_id"`
}

// AcceloSyncCompanyResult is what became of it.
type AcceloSyncCompanyResult struct {
	CompanyID int64         `json:"company_id,omitempty"`
	Outcome   rules.Outcome `json:"outcome"`
	// Devices is how many devices of the organization are left to sync now.
	Devices int `json:"devices"`
}

// AcceloSyncCompany makes sure that an organization has its company with a primary contact: the linked one, one of the same
// name, or a new one. What Accelo finally refuses is parked, and the organization's devices with it.
func (a *Activities) AcceloSyncCompany(ctx context.Context, in AcceloSyncCompanyInput) (AcceloSyncCompanyResult, error) {
	result, err := a.syncCompany(accelo.WithLane(ctx, accelo.Bulk), in)
	if err != nil && tenant.IsRecordError(err) {
		return a.parkOrganization(ctx, in, err)
	}
	return result, err
}

func (a *Activities) syncCompany(ctx context.Context, in AcceloSyncCompanyInput) (AcceloSyncCompanyResult, error) {
	c, err := a.tenants.Ready(ctx, in.Connection)
	if err != nil {
		return AcceloSyncCompanyResult{}, err
	}
	organization, err := a.stagedOrganization(ctx, in.ImportID, in.OrganizationID)
	if err != nil {
		return AcceloSyncCompanyResult{}, err
	}
	views, err := a.views(ctx, in.Connection, in.ImportID, []rules.Organization{organization})
	if err != nil {
		return AcceloSyncCompanyResult{}, err
	}
	view := views[0]
	link, err := a.ensureCompany(ctx, c, in.ImportID, view)
	if err != nil {
		return AcceloSyncCompanyResult{}, err
	}
	if err := a.unparkOrganization(ctx, in, link, cmp.Or(link.remark, ambiguity(c, view.decision))); err != nil {
		return AcceloSyncCompanyResult{}, err
	}
	result := AcceloSyncCompanyResult{CompanyID: link.AcceloID, Outcome: link.outcomeIn(in.ImportID)}
	for _, device := range view.devices {
		if device.outcome == "" {
			result.Devices++
		}
	}
	return result, nil
}

// ensureCompany links, creates or updates the company, and gives it a primary contact where it has none.
func (a *Activities) ensureCompany(ctx context.Context, c tenant.Connection, importID string, view organizationView) (syncedLink, error) {
	link, made, err := a.store.Ensure(ctx, a.companyCreation(c, importID, view))
	if err != nil {
		return syncedLink{}, err
	}
	remark := ""
	if !made {
		if link, remark, err = a.updateCompany(ctx, c, importID, view, link); err != nil {
			return syncedLink{}, err
		}
	}
	link, err = a.ensureContact(ctx, c, importID, view.organization, link)
	return syncedLink{link, remark}, err
}

func (a *Activities) companyCreation(c tenant.Connection, importID string, view organizationView) store.Creation {
	organization := view.organization
	key := rules.NameKey(organization.CompanyName())
	linkTo := func(company rules.Company, decision rules.CompanyDecision) *store.Link {
		now := time.Now()
		return &store.Link{
			OrganizationID: organization.ID, MatchKey: key, AcceloID: company.ID, CompanyID: company.ID,
			AffiliationID: company.PrimaryAffiliation, ImportID: importID, Outcome: decision.Action.Outcome(), WrittenAt: &now,
			Baseline: rules.CompanyBaseline(organization, nil, company, decision), Facts: organizationFacts(organization),
		}
	}
	return store.Creation{
		Key: store.KeyOf(c.Name, store.Organizations, organization.ID), OrganizationID: organization.ID, MatchKey: key,
		Classify: tenant.CreateOutcome,
		Find: func(ctx context.Context, doubt bool) (*store.Link, error) {
			if twin, err := a.twinCompany(ctx, c.Name, key, organization); err != nil || twin != nil {
				return linkOrNil(twin, linkTo), err
			}
			decision := view.decision
			if doubt || view.link != nil {
				var err error
				if decision, err = findCompany(ctx, c, organization); err != nil {
					return nil, err
				}
			}
			if decision.Action != rules.Match {
				return nil, nil
			}
			if doubt { // most likely our own, of which nobody saw the reply
				decision.Action = rules.Create
			}
			return linkTo(decision.Company, decision), nil
		},
		Create: func(ctx context.Context, deadline time.Time) (*store.Link, error) {
			company, decision, err := createCompany(accelo.WithDeadlineGuard(ctx, deadline), c, organization)
			if err != nil {
				return nil, err
			}
			return linkTo(company, decision), nil
		},
	}
}

// organizationFacts are what alerts need of an organization without asking.
func organizationFacts(organization rules.Organization) store.Facts {
	return store.Facts{Name: organization.Name, TeamViewer: organization.TeamViewer}
}

// twinCompany is the company of another organization of the same name.
func (a *Activities) twinCompany(ctx context.Context, connection, key string, organization rules.Organization) (*rules.Company, error) {
	twin, err := a.store.LinkedByMatchKey(ctx, connection, store.Organizations, key, strconv.Itoa(organization.ID))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &rules.Company{
		ID: twin.AcceloID, Name: twin.Baseline[rules.NameKeyField].Accelo, Comments: twin.Baseline[rules.CommentsField].Accelo,
		PrimaryAffiliation: twin.AffiliationID,
	}, nil
}

func linkOrNil(company *rules.Company, linkTo func(rules.Company, rules.CompanyDecision) *store.Link) *store.Link {
	if company == nil {
		return nil
	}
	return linkTo(*company, rules.CompanyDecision{Action: rules.Match})
}

// findCompany asks Accelo itself for the company of an organization that is not linked yet.
func findCompany(ctx context.Context, c tenant.Connection, organization rules.Organization) (rules.CompanyDecision, error) {
	companies, err := c.Accelo.FindCompaniesByName(ctx, organization.CompanyName())
	if err != nil {
		return rules.CompanyDecision{}, fmt.Errorf("look for %s %q: %w", c.Labels().Company.Singular(), organization.CompanyName(), err)
	}
	return rules.DecideCompany(organization, nil, companyRecords(companies)), nil
}

// createCompany creates the company, or matches the one that Accelo says is there already (contract accelo 3.3, duplicate).
func createCompany(ctx context.Context, c tenant.Connection, organization rules.Organization) (rules.Company, rules.CompanyDecision, error) {
	company, err := c.Accelo.CreateCompany(ctx, accelo.NewCompany{Name: organization.CompanyName(), Comments: organization.Description})
	if accelo.IsDuplicate(err) {
		if decision, findErr := findCompany(ctx, c, organization); findErr == nil && decision.Action == rules.Match {
			return decision.Company, decision, nil
		}
	}
	if err != nil {
		return rules.Company{}, rules.CompanyDecision{}, fmt.Errorf("create %s %q: %w", c.Labels().Company.Singular(), organization.CompanyName(), err)
	}
	return companyRecord(company), rules.CompanyDecision{Action: rules.Create}, nil
}

func companyRecords(companies []accelo.Company) []rules.Company {
	records := make([]rules.Company, 0, len(companies))
	for _, company := range companies {
		records = append(records, companyRecord(company))
	}
	return records
}

// syncedLink is a link as a sync left it, with a remark where there is something to say.
type syncedLink struct {
	store.Link
	remark string
}

// outcomeIn is what the import did with the record, however many attempts it took.
func (l syncedLink) outcomeIn(importID string) rules.Outcome {
	if l.ImportID == importID && l.Outcome != "" {
		return l.Outcome
	}
	return rules.Unchanged
}

// unparkOrganization records that an organization is in order, with a remark where there is something to say.
func (a *Activities) unparkOrganization(ctx context.Context, in AcceloSyncCompanyInput, link syncedLink, remark string) error {
	id := strconv.Itoa(in.OrganizationID)
	outcome := store.RecordOutcome{ID: id, Outcome: link.outcomeIn(in.ImportID), Error: remark}
	if err := a.store.SetOutcomes(ctx, in.ImportID, store.OrganizationRecord, []store.RecordOutcome{outcome}); err != nil {
		return err
	}
	return a.store.ClearFailures(ctx, in.Connection, store.Organizations, id)
}

// parkOrganization records that an organization has no company, so that none of its devices can have an asset.
func (a *Activities) parkOrganization(ctx context.Context, in AcceloSyncCompanyInput, cause error) (AcceloSyncCompanyResult, error) {
	activity.GetLogger(ctx).Warn("organization parked", "organization_id", in.OrganizationID, "error", cause)
	result := AcceloSyncCompanyResult{Outcome: rules.Failed}
	organization, err := a.stagedOrganization(ctx, in.ImportID, in.OrganizationID)
	if err != nil {
		return result, cause
	}
	err = a.store.RecordFailure(ctx, store.Failure{
		Connection: in.Connection, Kind: store.Organizations, NinjaID: strconv.Itoa(in.OrganizationID),
		OrganizationID: in.OrganizationID, Name: organization.CompanyName(),
		WorkflowID: activity.GetInfo(ctx).WorkflowExecution.ID, Error: cause.Error(),
	})
	if err != nil {
		return result, err
	}
	err = a.store.FailOrganization(ctx, in.ImportID, in.OrganizationID, cause.Error())
	return result, err
}
