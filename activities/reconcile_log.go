package activities

import (
	"cmp"
	"context"
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

const (
	// overlap is how far behind its mark a walk through the activity log goes on: what NinjaOne wrote down late is still found.
	overlap = 2 * time.Minute
	// missedAtOnce and missedBytes bound what one look hands to a workflow.
	missedAtOnce = 200
	missedBytes  = 512 << 10
)

// MissedAlert is an alert of which something was not heard; the trigger goes before the reset.
type MissedAlert struct {
	UID     string                `json:"uid"`
	Trigger *rules.Alert          `json:"trigger,omitempty"`
	Reset   *flow.AlertResetInput `json:"reset,omitempty"`
}

// NinjaReadMissedInput asks for events of the activity log that never reached us.
type NinjaReadMissedInput struct {
	Connection string `json:"connection"`
}

// NinjaReadMissedResult are the oldest of them.
type NinjaReadMissedResult struct {
	Missed []MissedAlert `json:"missed"`
	// Rules decide which of them open a request, and when.
	Rules flow.AlertRules `json:"rules,omitzero"`
	// Mark is the activity up to which nothing is missing once these are durable, and MarkedTime when it happened.
	Mark       int64     `json:"mark"`
	MarkedTime time.Time `json:"marked_time,omitzero"`
	// More tells that there are more of them, above the mark.
	More     bool          `json:"more,omitempty"`
	APICalls flow.APICalls `json:"api_calls,omitzero"`
}

// NinjaReadMissed walks NinjaOne's activity log backwards from the newest entry to the mark and a little beyond, which misses
// nothing (contract ninjaone 6.4), and tells which CONDITION events have left no trace with us. Without a mark it only sets
// one: what happened before we knew the tenant is for the import.
func (a *Activities) NinjaReadMissed(ctx context.Context, in NinjaReadMissedInput) (NinjaReadMissedResult, error) {
	result, err := a.readMissed(ctx, in)
	result.APICalls = apiCalls(ctx)
	return result, err
}

func (a *Activities) readMissed(ctx context.Context, in NinjaReadMissedInput) (NinjaReadMissedResult, error) {
	result := NinjaReadMissedResult{Missed: []MissedAlert{}, Rules: a.options.Alerts}
	c, err := a.tenants.Ready(ctx, in.Connection)
	if err != nil {
		return result, err
	}
	state, err := a.store.ReconcileState(ctx, in.Connection)
	if err != nil {
		return result, err
	}
	if state.Cursor == 0 {
		if result.Mark, err = newestActivity(ctx, c.NinjaOne); err != nil {
			return result, err
		}
		return result, a.store.InitCursor(ctx, in.Connection, result.Mark, time.Now())
	}
	logged, err := walkLog(ctx, c.NinjaOne, state)
	if err != nil {
		return result, err
	}
	result.Mark = state.Cursor
	if len(logged) > 0 && logged[len(logged)-1].ID > state.Cursor {
		newest := logged[len(logged)-1]
		result.Mark, result.MarkedTime = newest.ID, newest.ActivityTime.Time()
	}
	missed, err := a.missedOf(ctx, in.Connection, logged)
	if err != nil {
		return result, err
	}
	result.take(missed)
	return result, a.describeDevices(ctx, in.Connection, result.Missed)
}

func newestActivity(ctx context.Context, client *ninjaone.Client) (int64, error) {
	page, err := client.Activities(ctx, ninjaone.ActivityQuery{PageSize: 10})
	if err != nil {
		return 0, fmt.Errorf("read NinjaOne's newest activity: %w", err)
	}
	return max(page.NewestID(), 1), nil
}

// walkLog returns the alert events above the mark and the overlap below it, the oldest first.
func walkLog(ctx context.Context, client *ninjaone.Client, state store.ReconcileState) ([]ninjaone.Activity, error) {
	enough := func(activity ninjaone.Activity) bool {
		older := state.CursorTime == nil || activity.ActivityTime.Time().Before(state.CursorTime.Add(-overlap))
		return activity.ID <= state.StartCursor || activity.ID <= state.Cursor && older
	}
	var events []ninjaone.Activity
	for older := int64(0); ; {
		page, err := client.Activities(ctx, ninjaone.ActivityQuery{Type: "CONDITION", OlderThan: older})
		if err != nil {
			return nil, fmt.Errorf("walk through NinjaOne's activity log: %w", err)
		}
		done := len(page.Activities) == 0
		for _, activity := range page.Activities {
			if done = enough(activity); done {
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
		if older != 0 && page.OldestID() >= older { // a server that ignores olderThan would lead in circles
			return nil, errors.New("NinjaOne's activity log does not go back when asked for older entries")
		}
		older = page.OldestID()
	}
}

// missedAlert is a MissedAlert with the first activity that tells of it.
type missedAlert struct {
	MissedAlert
	first                int64
	firstTime, resetTime time.Time
}

// missedOf leaves, in the order of the log, the alerts of which we have not taken note of everything.
func (a *Activities) missedOf(ctx context.Context, connection string, logged []ninjaone.Activity) ([]missedAlert, error) {
	byUID := map[string]*missedAlert{}
	var order []*missedAlert
	for _, activity := range logged {
		alert := byUID[activity.SeriesUID]
		if alert == nil {
			alert = &missedAlert{MissedAlert: MissedAlert{UID: activity.SeriesUID}, first: activity.ID, firstTime: activity.ActivityTime.Time()}
			byUID[activity.SeriesUID] = alert
			order = append(order, alert)
		}
		if event.KindOf(activity) == event.Triggered {
			described := event.Alert(activity)
			alert.Trigger = &described
		} else {
			reset := event.ResetOf(connection, activity)
			alert.Reset, alert.resetTime = &reset, activity.ActivityTime.Time()
		}
	}
	standings, err := a.standingsOf(ctx, connection, order)
	if err != nil {
		return nil, err
	}
	var missed []missedAlert
	for _, alert := range order {
		if a.reduce(alert, standings); alert.Trigger != nil || alert.Reset != nil {
			missed = append(missed, *alert)
		}
	}
	return missed, nil
}

// reduce leaves of an alert what we have not taken note of.
func (a *Activities) reduce(alert *missedAlert, standings map[string]store.AlertState) {
	standing, known := standings[alert.UID]
	if known || alert.Trigger != nil && rules.BelowSeverity(alert.Trigger.Severity, a.options.Alerts.MinSeverity) != "" {
		alert.Trigger = nil
	}
	switch {
	case known && !standing.Active, !known && alert.Trigger == nil: // reset already, or never any business of ours
		alert.Reset = nil
	case alert.Trigger != nil && alert.Reset != nil && alert.resetTime.Sub(alert.Trigger.TriggeredAt) < a.options.Alerts.HoldDown:
		alert.Trigger = nil // it passed by itself within the hold-down: the reset alone is remembered
	}
}

func (a *Activities) standingsOf(ctx context.Context, connection string, alerts []*missedAlert) (map[string]store.AlertState, error) {
	uids := make([]string, len(alerts))
	for i, alert := range alerts {
		uids[i] = alert.UID
	}
	return a.store.AlertStates(ctx, connection, uids)
}

// take hands out as much as a workflow should carry, and lowers the mark to just before the first that is left.
func (r *NinjaReadMissedResult) take(missed []missedAlert) {
	size := 0
	for _, alert := range missed {
		size += alert.size()
		if len(r.Missed) > 0 && (len(r.Missed) == missedAtOnce || size > missedBytes) {
			r.More, r.Mark, r.MarkedTime = true, alert.first-1, alert.firstTime
			return
		}
		r.Missed = append(r.Missed, alert.MissedAlert)
	}
}

// size is about what the alert takes in a history.
func (m MissedAlert) size() int {
	const rest = 600
	size := rest
	if m.Trigger != nil {
		size += len(m.Trigger.Message)
	}
	if m.Reset != nil {
		size += len(m.Reset.Message)
	}
	return size
}

// ReconcileRaiseInput tells up to where everything is durable now.
type ReconcileRaiseInput struct {
	Connection string    `json:"connection"`
	Mark       int64     `json:"mark"`
	MarkedTime time.Time `json:"marked_time,omitzero"`
	// Whole tells that nothing above the mark is missing either, as far as the log went when it was read.
	Whole bool `json:"whole,omitempty"`
}

// ReconcileRaise moves the mark. It is a local activity.
func (a *Activities) ReconcileRaise(ctx context.Context, in ReconcileRaiseInput) error {
	known := time.Time{}
	if in.Whole {
		known = time.Now()
	}
	return a.store.AdvanceCursor(ctx, in.Connection, in.Mark, in.MarkedTime, known)
}
