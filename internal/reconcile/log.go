package reconcile

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/event"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// MissedEvents are alert events of NinjaOne's log that never reached us, the oldest first.
type MissedEvents struct {
	Alerts []flow.MissedAlert
	// Rules decide which of them open a request, and when.
	Rules flow.AlertRules
	// Cursor is the activity up to which nothing is missing once these alerts are durable, and CursorTime when it happened.
	Cursor     int64
	CursorTime time.Time
	// More means that further events are missing above the cursor.
	More bool
	// Silence counts the newest events of the log that never reached us. Heard means that the one before them did.
	Silence int
	Heard   bool
}

// MissedEvents reads NinjaOne's activity log from the newest entry back to the cursor and a little beyond, which misses nothing
// (ninjaone.md 6.4), and returns the CONDITION events that we don't know. If there is no cursor yet it only sets one: what happened
// before we knew the tenant is left to the import.
func (r *Reconciler) MissedEvents(ctx context.Context, connection string) (MissedEvents, error) {
	missed := MissedEvents{Alerts: []flow.MissedAlert{}}
	c, err := r.Tenants.Ready(ctx, connection)
	if err != nil {
		return missed, err
	}
	state, err := r.Store.ReconcileState(ctx, connection)
	if err != nil {
		return missed, err
	}
	if state.Cursor == 0 {
		if missed.Cursor, err = newestActivity(ctx, c.NinjaOne); err != nil {
			return missed, err
		}
		return missed, r.Store.InitCursor(ctx, connection, missed.Cursor, time.Now())
	}
	logged, err := readLog(ctx, c.NinjaOne, state)
	if err != nil {
		return missed, err
	}
	missed.Cursor = state.Cursor
	if len(logged) > 0 && logged[len(logged)-1].ID > state.Cursor {
		newest := logged[len(logged)-1]
		missed.Cursor, missed.CursorTime = newest.ID, newest.ActivityTime.Time()
	}
	missed.Rules = alertRules(c)
	alerts, states, err := r.unknownEvents(ctx, connection, missed.Rules, logged)
	if err != nil {
		return missed, err
	}
	missed.Silence, missed.Heard = silence(logged, state.Cursor, alerts, states)
	missed.addBatch(alerts)
	if err := r.describeDevices(ctx, connection, missed.Alerts); err != nil {
		return missed, err
	}
	return missed, r.owe(ctx, connection, missed)
}

// owe records the alerts that are handed out, because the cursor passes them: their workflows may be lost before they record anything. Whether an
// alert needs a request has to be decided, and one that was reset needs none.
func (r *Reconciler) owe(ctx context.Context, connection string, missed MissedEvents) error {
	for _, alert := range missed.Alerts {
		if alert.Trigger == nil || alert.Reset != nil || alert.Trigger.NeedsSeverity(missed.Rules.MinSeverity) {
			continue
		}
		event, err := json.Marshal(alert.Trigger)
		if err != nil {
			return fmt.Errorf("encode alert %s: %w", alert.UID, err)
		}
		if _, err := r.Store.OweAlert(ctx, connection, alert.UID, alert.Trigger.ActivityID, event); err != nil {
			return err
		}
	}
	return nil
}

func newestActivity(ctx context.Context, client *ninjaone.Client) (int64, error) {
	page, err := client.Activities(ctx, ninjaone.ActivityQuery{PageSize: 10})
	if err != nil {
		return 0, fmt.Errorf("read NinjaOne's newest activity: %w", err)
	}
	return max(page.NewestID(), 1), nil
}

// readLog returns the alert events above the cursor and in the overlap below it, the oldest first.
func readLog(ctx context.Context, client *ninjaone.Client, state store.ReconcileState) ([]ninjaone.Activity, error) {
	known := func(activity ninjaone.Activity) bool {
		belowOverlap := state.CursorTime == nil || activity.ActivityTime.Time().Before(state.CursorTime.Add(-logOverlap))
		return activity.ID <= state.StartCursor || activity.ID <= state.Cursor && belowOverlap
	}
	var events []ninjaone.Activity
	for olderThan := int64(0); ; {
		page, err := client.Activities(ctx, ninjaone.ActivityQuery{Type: "CONDITION", OlderThan: olderThan})
		if err != nil {
			return nil, fmt.Errorf("read NinjaOne's activity log: %w", err)
		}
		done := len(page.Activities) == 0
		for _, activity := range page.Activities {
			if done = known(activity); done {
				break
			}
			if event.KindOf(activity) != event.None && event.CheckUID(activity) == nil {
				events = append(events, activity)
			}
		}
		if done {
			slices.SortFunc(events, func(x, y ninjaone.Activity) int { return cmp.Compare(x.ID, y.ID) })
			return events, nil
		}
		if olderThan != 0 && page.OldestID() >= olderThan { // a server that ignores olderThan would never end this loop
			return nil, errors.New("NinjaOne's activity log returns the same entries when asked for older ones")
		}
		olderThan = page.OldestID()
	}
}

// loggedAlert is a missed alert with the first activity that mentions it.
type loggedAlert struct {
	flow.MissedAlert
	firstID              int64
	firstTime, resetTime time.Time
}

// unknownEvents returns the alerts of which we don't know every event, in the order of the log, and what we know.
func (r *Reconciler) unknownEvents(
	ctx context.Context, connection string, decisive flow.AlertRules, logged []ninjaone.Activity,
) ([]loggedAlert, map[string]store.AlertState, error) {
	alerts := groupByAlert(connection, logged)
	uids := make([]string, len(alerts))
	for i, alert := range alerts {
		uids[i] = alert.UID
	}
	states, err := r.Store.AlertStates(ctx, connection, uids)
	if err != nil {
		return nil, nil, err
	}
	if err := r.Store.NameAlerts(ctx, connection, store.AlertLog, uids); err != nil {
		return nil, nil, err
	}
	if err := r.recallSeverities(ctx, connection, alerts); err != nil {
		return nil, nil, err
	}
	var unknown []loggedAlert
	for _, alert := range alerts {
		if alert.dropKnown(states, decisive); alert.Trigger != nil || alert.Reset != nil {
			unknown = append(unknown, *alert)
		}
	}
	return unknown, states, nil
}

// recallSeverities fills in severities that the log once told and doesn't now.
func (r *Reconciler) recallSeverities(ctx context.Context, connection string, alerts []*loggedAlert) error {
	var triggers []*rules.Alert
	for _, alert := range alerts {
		if alert.Trigger != nil {
			triggers = append(triggers, alert.Trigger)
		}
	}
	return r.Severities.Recall(ctx, connection, triggers)
}

func groupByAlert(connection string, logged []ninjaone.Activity) []*loggedAlert {
	byUID := map[string]*loggedAlert{}
	var order []*loggedAlert
	for _, activity := range logged {
		alert := byUID[activity.SeriesUID]
		if alert == nil {
			alert = &loggedAlert{
				MissedAlert: flow.MissedAlert{UID: activity.SeriesUID}, firstID: activity.ID, firstTime: activity.ActivityTime.Time(),
			}
			byUID[activity.SeriesUID] = alert
			order = append(order, alert)
		}
		if event.KindOf(activity) == event.Triggered {
			trigger := event.Alert(activity)
			alert.Trigger = &trigger
		} else {
			reset := event.ResetOf(connection, activity)
			alert.Reset, alert.resetTime = &reset, activity.ActivityTime.Time()
		}
	}
	return order
}

// dropKnown removes the events that we know, or that need no request.
func (a *loggedAlert) dropKnown(states map[string]store.AlertState, decisive flow.AlertRules) {
	state, known := states[a.UID]
	if known || a.Trigger != nil && rules.BelowSeverity(a.Trigger.Severity, decisive.MinSeverity) != "" {
		a.Trigger = nil
	}
	switch {
	case known && !state.Active, !known && a.Trigger == nil: // already reset, or never opened a request
		a.Reset = nil
	case a.Trigger != nil && a.Reset != nil && a.resetTime.Sub(a.Trigger.TriggeredAt) < decisive.HoldDown:
		a.Trigger = nil // it cleared within the hold-down: only the reset is recorded
	}
}

// addBatch adds as many alerts as a workflow should carry. If some are left, the cursor stays just below the first of them.
func (m *MissedEvents) addBatch(alerts []loggedAlert) {
	var room flow.Room
	for _, alert := range alerts {
		if len(m.Alerts) == maxMissedPerBatch || !room.Take(alert.MissedAlert) {
			m.More, m.Cursor, m.CursorTime = true, alert.firstID-1, alert.firstTime
			return
		}
		m.Alerts = append(m.Alerts, alert.MissedAlert)
	}
}
