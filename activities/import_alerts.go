package activities

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/event"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// NinjaReadAlerts copies the alerts that are active now into the import's working set. One that a webhook brought before has
// nothing to be done; in a plan, every other one counts as created.
func (a *Activities) NinjaReadAlerts(ctx context.Context, in ReadInput) error {
	return a.readAlerts(ctx, in)
}

func (a *Activities) readAlerts(ctx context.Context, in ReadInput) error {
	c, err := a.tenants.Ready(ctx, in.Connection)
	if err != nil {
		return err
	}
	run, err := a.store.Import(ctx, in.ImportID)
	if err != nil {
		return err
	}
	alerts, err := c.NinjaOne.Alerts(ctx)
	if err != nil {
		return fmt.Errorf("read NinjaOne's alerts: %w", err)
	}
	uids := make([]string, len(alerts))
	for i, alert := range alerts {
		uids[i] = alert.UID
	}
	known, err := a.store.KnownAlerts(ctx, in.Connection, uids)
	if err != nil {
		return err
	}
	records, outcomes := make([]store.Record, 0, len(alerts)), []store.RecordOutcome{}
	for _, alert := range alerts {
		active, err := a.activeAlert(ctx, in.ImportID, alert)
		if err != nil {
			return err
		}
		data, err := json.Marshal(active)
		if err != nil {
			return fmt.Errorf("encode alert %s: %w", alert.UID, err)
		}
		records = append(records, store.Record{ID: alert.UID, ParentID: int64(active.OrganizationID), Data: data})
		switch {
		case known[alert.UID], rules.BelowSeverity(active.Severity, a.options.Alerts.MinSeverity) != "":
			outcomes = append(outcomes, store.RecordOutcome{ID: alert.UID, Outcome: rules.Unchanged})
		case run.Plan:
			outcomes = append(outcomes, store.RecordOutcome{ID: alert.UID, Outcome: rules.Created})
		}
	}
	if err := a.store.StageRecords(ctx, in.ImportID, store.AlertRecord, records); err != nil {
		return err
	}
	return a.store.SetOutcomes(ctx, in.ImportID, store.AlertRecord, outcomes)
}

// activeAlert describes an alert as its webhook would have; the list does not tell the device (contract ninjaone 5.2).
func (a *Activities) activeAlert(ctx context.Context, importID string, alert ninjaone.Alert) (rules.Alert, error) {
	active := event.ActiveAlert(alert)
	staged, err := a.store.RecordsByID(ctx, importID, store.DeviceRecord, strconv.Itoa(alert.DeviceID))
	if err != nil || len(staged) == 0 {
		return active, err
	}
	device, err := decodeStaged[rules.Device](store.DeviceRecord, staged[0])
	active.DeviceName, active.NodeClass, active.OrganizationID = device.Title(), device.NodeClass, device.OrganizationID
	return active, err
}

// ImportNextAlertsInput asks for alerts of a run that have no outcome yet.
type ImportNextAlertsInput struct {
	ImportID string `json:"import_id"`
	After    string `json:"after,omitempty"`
	Limit    int    `json:"limit"`
}

// ImportNextAlertsResult are the next ones, by uid; none when all have been handed out.
type ImportNextAlertsResult struct {
	Alerts []rules.Alert `json:"alerts"`
	// Rules decide which of them open a request. An alert that is imported has been active for a while: nothing holds it back.
	Rules flow.AlertRules `json:"rules,omitzero"`
}

// ImportNextAlerts returns the next alerts to bring in. It is a local activity.
func (a *Activities) ImportNextAlerts(ctx context.Context, in ImportNextAlertsInput) (ImportNextAlertsResult, error) {
	result := ImportNextAlertsResult{Alerts: []rules.Alert{}, Rules: flow.AlertRules{MinSeverity: a.options.Alerts.MinSeverity}}
	records, err := a.store.NextAlerts(ctx, in.ImportID, in.After, in.Limit)
	if err == nil {
		result.Alerts, err = decodeAll[rules.Alert](store.AlertRecord, records)
	}
	return result, err
}

// ImportAlertDoneInput records what became of alerts of a run.
type ImportAlertDoneInput struct {
	ImportID string            `json:"import_id"`
	Outcomes map[string]string `json:"outcomes"`
	Errors   map[string]string `json:"errors,omitempty"`
	// APICalls is what they cost.
	APICalls flow.APICalls `json:"api_calls,omitzero"`
}

// ImportAlertDone records what became of alerts of a run. It is a local activity.
func (a *Activities) ImportAlertDone(ctx context.Context, in ImportAlertDoneInput) error {
	outcomes := make([]store.RecordOutcome, 0, len(in.Outcomes))
	for uid, outcome := range in.Outcomes {
		outcomes = append(outcomes, store.RecordOutcome{ID: uid, Outcome: rules.Outcome(outcome), Error: in.Errors[uid]})
	}
	if err := a.store.SetOutcomes(ctx, in.ImportID, store.AlertRecord, outcomes); err != nil {
		return err
	}
	return a.store.AddCalls(ctx, in.ImportID, store.Calls{
		NinjaoneCalls: in.APICalls.Ninjaone, AcceloCalls: in.APICalls.Accelo, AcceloWrites: in.APICalls.AcceloWrites,
	})
}
