package activities

import (
	"context"
	"errors"

	"go.temporal.io/sdk/activity"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/importer"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// AcceloSyncCompanyInput asks to sync the company of one organization.
type AcceloSyncCompanyInput struct {
	Connection     string `json:"connection"`
	ImportID       string `json:"import_id"`
	OrganizationID int    `json:"organization_id"`
}

// AcceloSyncCompanyResult is the result of AcceloSyncCompany.
type AcceloSyncCompanyResult struct {
	CompanyID int64         `json:"company_id,omitempty"`
	Outcome   rules.Outcome `json:"outcome"`
	// Devices counts the devices of the organization that are left to sync.
	Devices int `json:"devices"`
}

// AcceloSyncCompany links, creates or updates the company of an organization and gives it a primary contact.
func (a *Activities) AcceloSyncCompany(ctx context.Context, in AcceloSyncCompanyInput) (AcceloSyncCompanyResult, error) {
	result, err := a.importer.SyncCompany(accelo.WithLane(ctx, accelo.Bulk), importer.SyncRequest{
		Connection: in.Connection, ImportID: in.ImportID, OrganizationID: in.OrganizationID, WorkflowID: activity.GetInfo(ctx).WorkflowExecution.ID,
	})
	return AcceloSyncCompanyResult(result), err
}

// AcceloSyncDevicesInput asks to sync the devices of one organization that have no outcome yet.
type AcceloSyncDevicesInput struct {
	Connection     string `json:"connection"`
	ImportID       string `json:"import_id"`
	OrganizationID int    `json:"organization_id"`
}

// AcceloSyncDevicesResult is the result of AcceloSyncDevices.
type AcceloSyncDevicesResult struct {
	Devices flow.Counts `json:"devices"`
	// Stopped means that the import was cancelled before all devices were done.
	Stopped bool `json:"stopped,omitempty"`
}

// DevicesCursor is the heartbeat of AcceloSyncDevices.
type DevicesCursor = importer.DeviceProgress

// AcceloSyncDevices syncs an organization's devices. If it is cancelled, or its worker stops, it finishes the devices it has started.
func (a *Activities) AcceloSyncDevices(ctx context.Context, in AcceloSyncDevicesInput) (AcceloSyncDevicesResult, error) {
	info := activity.GetInfo(ctx)
	err := a.importer.SyncDevices(accelo.WithLane(ctx, accelo.Bulk), importer.SyncRequest{
		Connection: in.Connection, ImportID: in.ImportID, OrganizationID: in.OrganizationID, WorkflowID: info.WorkflowExecution.ID,
	}, importer.Attempt{
		Number:      int(info.Attempt),
		Report:      func(progress DevicesCursor) { reportProgress(ctx, progress) },
		Interrupted: func() error { return interrupted(ctx) },
	})
	stopped := errors.Is(err, context.Canceled) && cancelled(ctx)
	if err != nil && !stopped {
		return AcceloSyncDevicesResult{}, err
	}
	counts, err := a.importer.DeviceCounts(context.WithoutCancel(ctx), in.ImportID, in.OrganizationID)
	return AcceloSyncDevicesResult{Devices: counts, Stopped: stopped}, err
}

// ImportNextAlertsInput asks for alerts of a run that have no outcome yet.
type ImportNextAlertsInput struct {
	ImportID string `json:"import_id"`
	After    string `json:"after,omitempty"`
	Limit    int    `json:"limit"`
}

// ImportNextAlertsResult are the next ones, in order of UID. It is empty once all have been handed out.
type ImportNextAlertsResult struct {
	Alerts []rules.Alert `json:"alerts"`
	// Rules decide which of them open a request.
	Rules flow.AlertRules `json:"rules,omitzero"`
	// Again lists the UIDs of those that were recorded while their organization was switched off: that execution may have completed.
	Again []string `json:"again,omitempty"`
}

// ImportNextAlerts returns the next alerts to import. It is a local activity.
func (a *Activities) ImportNextAlerts(ctx context.Context, in ImportNextAlertsInput) (ImportNextAlertsResult, error) {
	next, err := a.importer.NextAlerts(ctx, in.ImportID, in.After, in.Limit)
	return ImportNextAlertsResult{Alerts: next.Alerts, Rules: next.Rules, Again: next.Again}, err
}

// ImportAlertDoneInput are the outcomes of alerts of a run, by UID.
type ImportAlertDoneInput struct {
	ImportID string            `json:"import_id"`
	Outcomes map[string]string `json:"outcomes"`
	Errors   map[string]string `json:"errors,omitempty"`
	// APICalls are the vendor calls that they took.
	APICalls flow.APICalls `json:"api_calls,omitzero"`
}

// ImportAlertDone records the outcomes of alerts. It is a local activity.
func (a *Activities) ImportAlertDone(ctx context.Context, in ImportAlertDoneInput) error {
	outcomes := make([]store.RecordOutcome, 0, len(in.Outcomes))
	for uid, outcome := range in.Outcomes {
		outcomes = append(outcomes, store.RecordOutcome{ID: uid, Outcome: rules.Outcome(outcome), Error: in.Errors[uid]})
	}
	return a.importer.RecordAlerts(ctx, in.ImportID, outcomes, in.APICalls)
}
