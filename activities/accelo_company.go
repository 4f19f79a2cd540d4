package activities

import (
	"cmp"
	"context"
	"strconv"

	"go.temporal.io/sdk/activity"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/company"
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
	link, err := a.companies.Ensure(ctx, c, in.ImportID, view.State)
	if err != nil {
		return AcceloSyncCompanyResult{}, err
	}
	if err := a.unparkOrganization(ctx, in, link, cmp.Or(link.Remark, company.Ambiguity(c, view.Decision))); err != nil {
		return AcceloSyncCompanyResult{}, err
	}
	result := AcceloSyncCompanyResult{CompanyID: link.AcceloID, Outcome: link.OutcomeIn(in.ImportID)}
	for _, device := range view.devices {
		if device.Outcome == "" {
			result.Devices++
		}
	}
	return result, nil
}

// unparkOrganization records that an organization is in order, with a remark where there is something to say.
func (a *Activities) unparkOrganization(ctx context.Context, in AcceloSyncCompanyInput, link company.Synced, remark string) error {
	id := strconv.Itoa(in.OrganizationID)
	outcome := store.RecordOutcome{ID: id, Outcome: link.OutcomeIn(in.ImportID), Error: remark}
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
