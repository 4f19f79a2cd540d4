package activities

import (
	"context"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// NinjaReadAlerts stages the alerts that are active now.
func (a *Activities) NinjaReadAlerts(ctx context.Context, in ReadInput) error {
	return a.importer.ReadAlerts(ctx, in.Connection, in.ImportID)
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
}

// ImportNextAlerts returns the next alerts to import. It is a local activity.
func (a *Activities) ImportNextAlerts(ctx context.Context, in ImportNextAlertsInput) (ImportNextAlertsResult, error) {
	alerts, err := a.importer.NextAlerts(ctx, in.ImportID, in.After, in.Limit)
	return ImportNextAlertsResult{Alerts: alerts, Rules: a.importer.AlertRules()}, err
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
