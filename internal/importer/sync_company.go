package importer

import (
	"cmp"
	"context"
	"errors"
	"strconv"

	"ninjaone-accelo/internal/company"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// SyncRequest asks to sync one organization of an import.
type SyncRequest struct {
	Connection, ImportID string
	OrganizationID       int
	// WorkflowID is stored with failures.
	WorkflowID string
}

// CompanyResult is the result of SyncCompany.
type CompanyResult struct {
	CompanyID int64
	Outcome   rules.Outcome
	// Devices counts the devices of the organization that are left to sync.
	Devices int
}

// SyncCompany links, creates or updates the company of an organization and gives it a primary contact. If Accelo rejects it, the
// organization and its unfinished devices are recorded as failed; if users have switched it off meanwhile, as switched off.
func (i *Importer) SyncCompany(ctx context.Context, request SyncRequest) (CompanyResult, error) {
	result, err := i.syncCompany(ctx, request)
	if errors.Is(err, store.ErrSwitchedOff) {
		return CompanyResult{Outcome: rules.SwitchedOff}, i.leaveOff(ctx, request)
	}
	if err != nil && tenant.IsRecordError(err) {
		return CompanyResult{Outcome: rules.Failed}, i.failOrganization(ctx, request, err)
	}
	return result, err
}

func (i *Importer) syncCompany(ctx context.Context, request SyncRequest) (CompanyResult, error) {
	c, err := i.Tenants.Ready(ctx, request.Connection)
	if err != nil {
		return CompanyResult{}, err
	}
	organization, err := i.stagedOrganization(ctx, request.ImportID, request.OrganizationID)
	if err != nil {
		return CompanyResult{}, err
	}
	states, err := i.joinCompanies(ctx, request.Connection, request.ImportID, []rules.Organization{organization})
	if err != nil {
		return CompanyResult{}, err
	}
	run, err := i.Store.Import(ctx, request.ImportID)
	if err != nil {
		return CompanyResult{}, err
	}
	state := states[0].State
	if !run.Has(rules.OrganizationRecords) {
		return i.keepCompany(ctx, c, request, state)
	}
	synced, err := i.Companies.Ensure(ctx, c, request.ImportID, state)
	if err != nil {
		return CompanyResult{}, err
	}
	id, outcome := strconv.Itoa(request.OrganizationID), synced.OutcomeIn(request.ImportID)
	remark := cmp.Or(synced.Remark, company.Ambiguity(c, state.Decision))
	err = i.Store.SetOutcomes(ctx, request.ImportID, store.OrganizationRecord, []store.RecordOutcome{{ID: id, Outcome: outcome, Error: remark}})
	if err != nil {
		return CompanyResult{}, err
	}
	if err := i.Store.ClearFailures(ctx, request.Connection, store.Organizations, id); err != nil {
		return CompanyResult{}, err
	}
	devices, err := i.unfinishedDevices(ctx, request)
	return CompanyResult{CompanyID: synced.AcceloID, Outcome: outcome, Devices: devices}, err
}

func (i *Importer) unfinishedDevices(ctx context.Context, request SyncRequest) (int, error) {
	tallies, err := i.Store.OutcomesByParent(ctx, request.ImportID, store.DeviceRecord, int64(request.OrganizationID))
	unfinished := 0
	for _, tally := range tallies {
		if tally.Outcome == "" {
			unfinished += tally.Count
		}
	}
	return unfinished, err
}

// failOrganization records that an organization has no company, so that none of its devices can have an asset.
func (i *Importer) failOrganization(ctx context.Context, request SyncRequest, cause error) error {
	tenant.LoggerFrom(ctx).Warn("organization failed", "organization_id", request.OrganizationID, "error", cause)
	organization, err := i.stagedOrganization(ctx, request.ImportID, request.OrganizationID)
	if err != nil {
		return cause
	}
	err = i.Store.RecordFailure(ctx, store.Failure{
		Connection: request.Connection, Kind: store.Organizations, NinjaID: strconv.Itoa(request.OrganizationID),
		OrganizationID: request.OrganizationID, Name: organization.CompanyName(), WorkflowID: request.WorkflowID, Error: cause.Error(),
	})
	if err != nil {
		return err
	}
	return i.Store.FailOrganization(ctx, request.ImportID, request.OrganizationID, cause.Error())
}
