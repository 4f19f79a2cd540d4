package importer

import (
	"context"
	"fmt"
	"strconv"

	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/event"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// ReadAlerts stages the alerts that are active now. Alerts that we know already, or that open no request, count as unchanged. In a
// plan, the others count as created.
func (i *Importer) ReadAlerts(ctx context.Context, connection, importID string) error {
	c, err := i.Tenants.Ready(ctx, connection)
	if err != nil {
		return err
	}
	run, err := i.Store.Import(ctx, importID)
	if err != nil {
		return err
	}
	alerts, err := c.NinjaOne.Alerts(ctx)
	if err != nil {
		return fmt.Errorf("read NinjaOne's alerts: %w", err)
	}
	uids := make([]string, len(alerts))
	for at, alert := range alerts {
		uids[at] = alert.UID
	}
	known, err := i.Store.KnownAlerts(ctx, connection, uids)
	if err != nil {
		return err
	}
	records, outcomes := make([]store.Record, 0, len(alerts)), []store.RecordOutcome{}
	for _, alert := range alerts {
		active, err := i.activeAlert(ctx, importID, alert)
		if err != nil {
			return err
		}
		data, err := encode(store.AlertRecord, alert.UID, active)
		if err != nil {
			return err
		}
		records = append(records, store.Record{ID: alert.UID, ParentID: int64(active.OrganizationID), Data: data})
		switch {
		case known[alert.UID], rules.BelowSeverity(active.Severity, i.Alerts.MinSeverity) != "":
			outcomes = append(outcomes, store.RecordOutcome{ID: alert.UID, Outcome: rules.Unchanged})
		case run.Plan:
			outcomes = append(outcomes, store.RecordOutcome{ID: alert.UID, Outcome: rules.Created})
		}
	}
	if err := i.Store.StageRecords(ctx, importID, store.AlertRecord, records); err != nil {
		return err
	}
	return i.Store.SetOutcomes(ctx, importID, store.AlertRecord, outcomes)
}

// activeAlert describes an alert as its webhook would have. The list does not describe the device (ninjaone.md 5.2), so that comes
// from the staged devices.
func (i *Importer) activeAlert(ctx context.Context, importID string, alert ninjaone.Alert) (rules.Alert, error) {
	active := event.ActiveAlert(alert)
	staged, err := i.Store.RecordsByID(ctx, importID, store.DeviceRecord, strconv.Itoa(alert.DeviceID))
	if err != nil || len(staged) == 0 {
		return active, err
	}
	device, err := decode[rules.Device](store.DeviceRecord, staged[0])
	active.DeviceName, active.NodeClass, active.OrganizationID = device.Title(), device.NodeClass, device.OrganizationID
	return active, err
}

// NextAlerts returns the next alerts after a UID that have no outcome yet.
func (i *Importer) NextAlerts(ctx context.Context, importID, after string, limit int) ([]rules.Alert, error) {
	records, err := i.Store.NextAlerts(ctx, importID, after, limit)
	if err != nil {
		return nil, err
	}
	return decodeAll[rules.Alert](store.AlertRecord, records)
}

// AlertRules returns the rules for imported alerts. They have been active for a while, so none waits for the hold-down.
func (i *Importer) AlertRules() flow.AlertRules {
	return flow.AlertRules{MinSeverity: i.Alerts.MinSeverity}
}

// RecordAlerts records the outcomes of alerts, and adds the vendor calls that they took to the run.
func (i *Importer) RecordAlerts(ctx context.Context, importID string, outcomes []store.RecordOutcome, calls flow.APICalls) error {
	if err := i.Store.SetOutcomes(ctx, importID, store.AlertRecord, outcomes); err != nil {
		return err
	}
	return i.Store.AddCalls(ctx, importID, store.Calls{
		NinjaoneCalls: calls.Ninjaone, AcceloCalls: calls.Accelo, AcceloWrites: calls.AcceloWrites,
	})
}
