package importer

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/event"
	"ninjaone-accelo/internal/evidence"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// alertPage is how many alerts are planned at a time.
const alertPage = 500

// ReadAlerts stages the alerts that are active now. If the severities that the list leaves out can't be found yet, it stages nothing and
// returns an error; another attempt asks only for those.
func (i *Importer) ReadAlerts(ctx context.Context, connection, importID string) error {
	c, err := i.Tenants.Ready(ctx, connection)
	if err != nil {
		return err
	}
	list, err := c.NinjaOne.Alerts(ctx)
	if err != nil {
		return fmt.Errorf("read NinjaOne's alerts: %w", err)
	}
	if err := i.recordSkipped(ctx, ReadRequest{Connection: connection}, store.Alerts, list.Unreadable); err != nil {
		return err
	}
	listed := list.Alerts
	active := make([]*rules.Alert, len(listed))
	for at, alert := range listed {
		if active[at], err = i.activeAlert(ctx, importID, alert); err != nil {
			return err
		}
	}
	pending, err := i.Severities.Find(ctx, c, active, 0)
	if err != nil {
		return err
	}
	if pending.Cause != nil && decides(string(c.Options.AlertMinSeverity), pending, active) {
		return fmt.Errorf("find the severities of %s: %w", rules.Count(len(pending.UIDs), "alert"), pending.Cause)
	}
	records := make([]store.Record, 0, len(active))
	for _, alert := range active {
		data, err := encode(store.AlertRecord, alert.UID, *alert)
		if err != nil {
			return err
		}
		records = append(records, store.Record{ID: alert.UID, ParentID: int64(alert.OrganizationID), Data: data})
	}
	return i.Store.StageRecords(ctx, importID, store.AlertRecord, records)
}

// decides reports whether a severity that is still to be found decides about a request.
func decides(least string, pending evidence.Pending, alerts []*rules.Alert) bool {
	return slices.ContainsFunc(alerts, func(alert *rules.Alert) bool {
		return pending.UIDs[alert.UID] && alert.NeedsSeverity(least)
	})
}

// activeAlert describes an alert as its webhook would have. The list does not describe the device (ninjaone.md 5.2), so that comes
// from the staged devices.
func (i *Importer) activeAlert(ctx context.Context, importID string, alert ninjaone.Alert) (*rules.Alert, error) {
	active := event.ActiveAlert(alert)
	staged, err := i.Store.RecordsByID(ctx, importID, store.DeviceRecord, strconv.Itoa(alert.DeviceID))
	if err != nil || len(staged) == 0 {
		return &active, err
	}
	device, err := decode[rules.Device](store.DeviceRecord, staged[0])
	active.DeviceName, active.NodeClass, active.OrganizationID = device.Title(), device.NodeClass, device.OrganizationID
	return &active, err
}

// NextAlerts returns the next alerts of a run after a UID that have no outcome yet, as many as one payload can carry, and the rules for them. They
// have been active for a while, so none waits for the hold-down.
func (i *Importer) NextAlerts(ctx context.Context, importID, after string, limit int) (NextAlerts, error) {
	run, err := i.Store.Import(ctx, importID)
	if err != nil {
		return NextAlerts{}, err
	}
	options, err := i.Tenants.Options(ctx, run.Connection)
	if err != nil {
		return NextAlerts{}, err
	}
	records, err := i.Store.NextAlerts(ctx, importID, after, limit)
	if err != nil {
		return NextAlerts{}, err
	}
	next := NextAlerts{Rules: flow.AlertRules{MinSeverity: string(options.AlertMinSeverity)}}
	if next.Alerts, err = decodeAll[rules.Alert](store.AlertRecord, records); err != nil {
		return NextAlerts{}, err
	}
	var room flow.Room
	uids := make([]string, 0, len(next.Alerts))
	for _, alert := range next.Alerts {
		if !room.Take(alert) {
			break
		}
		uids = append(uids, alert.UID)
	}
	next.Alerts = next.Alerts[:len(uids)]
	held, err := i.Store.WereHeld(ctx, run.Connection, uids)
	next.Again = slices.DeleteFunc(uids, func(uid string) bool { return !held[uid] })
	return next, err
}

// NextAlerts are alerts of an import that have no outcome yet.
type NextAlerts struct {
	Alerts []rules.Alert
	// Rules decide which of them open a request.
	Rules flow.AlertRules
	// Again lists the UIDs of those that were recorded while their organization was switched off.
	Again []string
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

// alerts plans the active alerts. Those that we know already, or that open no request, stay as they are.
func (p *planner) alerts(ctx context.Context) error {
	opened := map[string]bool{} // the recurrence keys of the alerts that open a request
	for after := ""; ; {
		records, err := p.importer.Store.Alerts(ctx, p.run.ID, after, alertPage)
		if err != nil || len(records) == 0 {
			return err
		}
		if err := p.alertPage(ctx, records, opened); err != nil {
			return err
		}
		after = records[len(records)-1].ID
	}
}

func (p *planner) alertPage(ctx context.Context, records []store.Record, opened map[string]bool) error {
	alerts, err := decodeAll[rules.Alert](store.AlertRecord, records)
	if err != nil {
		return err
	}
	uids, keys := make([]string, len(alerts)), make([]string, len(alerts))
	for at, alert := range alerts {
		uids[at], keys[at] = alert.UID, alert.RecurrenceKey()
	}
	known, err := p.importer.Store.KnownAlerts(ctx, p.connection.Name, uids)
	if err != nil {
		return err
	}
	open, err := p.importer.Store.OpenRecurrences(ctx, p.connection.Name, keys)
	if err != nil {
		return err
	}
	for at, alert := range alerts {
		if !p.run.Has(rules.AlertRecords) || !p.run.HasOrganization(alert.OrganizationID) {
			p.leaveOut(store.AlertRecord, alert.UID)
			continue
		}
		if p.isOff(alert.OrganizationID) {
			p.skip(store.AlertRecord, alert.UID, flow.Share{})
			continue
		}
		var change *rules.Change
		if !known[alert.UID] && rules.BelowSeverity(alert.Severity, string(p.connection.Options.AlertMinSeverity)) == "" {
			change = p.alert(alert, open[keys[at]] || opened[keys[at]])
			opened[keys[at]] = keys[at] != ""
		}
		p.add(store.AlertRecord, alert.UID, change, "", flow.Share{})
	}
	return p.flush(ctx)
}

// alert plans a new alert. Its device is read and linked to the request, or noted there.
func (p *planner) alert(alert rules.Alert, repeats bool) *rules.Change {
	label, title := p.connection.Labels().Request, alert.RequestTitle()
	change := &rules.Change{
		Kind: rules.AlertChange, NinjaID: alert.UID, OrganizationID: alert.OrganizationID, Organization: p.names[alert.OrganizationID], Name: title,
		Action: rules.Create, Fields: []rules.FieldChange{fieldChange(rules.TitleField, "", title)},
		Cost: rules.AcceloCalls(0, 2).Plus(rules.APICalls{Ninjaone: 1}), Why: fmt.Sprintf("The alert is active and has no %s", label.Singular()),
	}
	if repeats {
		change.Action, change.Fields = rules.Match, nil
		change.Why = fmt.Sprintf("It joins the %s of another alert with the same device, condition and subject", label.Singular())
	}
	return change
}
