package reconcile

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

const (
	// maxOverduePerRun is how many overdue syncs of each kind one run retries.
	maxOverduePerRun = 50
	// firstRetry is how long after its first attempt a failed record is retried. The delay doubles up to lastRetry.
	firstRetry, lastRetry = 5 * time.Minute, 24 * time.Hour
	// openClaimAge is how long after a create started we can assume that its worker is gone: far beyond lease and settling time.
	openClaimAge = 10 * time.Minute
)

// Overdue are syncs to start again.
type Overdue struct {
	Alerts        []rules.Alert
	Organizations []flow.ImportOrganizationInput
	Resets        []flow.AlertResetInput
	// Requests were changed by a person, and nothing has followed that.
	Requests []int64
	// Notes are incidents whose last note counts too few alerts.
	Notes []int64

	alertRoom, resetRoom flow.Room
}

// Overdue returns failed records that are due for another attempt, or all of them with now, and what is owed without a workflow that
// does it, for example because someone terminated that in Temporal's UI. Each belongs to a sync that can safely be started again.
func (r *Reconciler) Overdue(ctx context.Context, connection string, now bool) (Overdue, error) {
	at := time.Now()
	overdue := Overdue{Alerts: []rules.Alert{}, Organizations: []flow.ImportOrganizationInput{}}
	failures, err := r.Store.Failures(ctx, connection)
	if err != nil {
		return overdue, err
	}
	for _, failure := range failures {
		if !now && at.Before(failure.UpdatedAt.Add(retryDelay(failure.Attempts))) {
			continue
		}
		if err := overdue.addFailure(failure); err != nil {
			return overdue, err
		}
	}
	owedBefore := at.Add(-store.OverdueAfter)
	if now { // an execution that is at work keeps another one from starting
		owedBefore = at
	}
	return overdue, r.addOwed(ctx, connection, at, owedBefore, &overdue)
}

func (o *Overdue) addFailure(failure store.Failure) error {
	switch {
	case failure.NinjaID == store.Unreadable: // the next import reads the lists again
	case failure.Kind != store.Alerts:
		o.addOrganization(failure.Connection, failure.OrganizationID)
	case failure.EventType == store.ResetEvent:
		var reset flow.AlertResetInput
		if err := json.Unmarshal(failure.Event, &reset); err != nil {
			return fmt.Errorf("stored reset of alert %s: %w", failure.NinjaID, err)
		}
		o.addReset(reset)
	case rules.IsTestAlert(failure.NinjaID): // its test has ended long ago: a request now would only surprise
		o.addReset(flow.AlertResetInput{Connection: failure.Connection, UID: failure.NinjaID})
	default:
		var alert rules.Alert
		if err := json.Unmarshal(failure.Event, &alert); err != nil {
			return fmt.Errorf("stored event of alert %s: %w", failure.NinjaID, err)
		}
		o.addAlert(alert)
	}
	return nil
}

// addOwed adds what was started and never finished.
func (r *Reconciler) addOwed(ctx context.Context, connection string, at, owedBefore time.Time, overdue *Overdue) error {
	organizations, err := r.Store.OrganizationsWithOpenClaims(ctx, connection, at.Add(-openClaimAge))
	if err != nil {
		return err
	}
	for _, id := range organizations {
		overdue.addOrganization(connection, id)
	}
	openings, err := r.Store.OverdueOpenings(ctx, connection, owedBefore, maxOverduePerRun)
	if err != nil {
		return err
	}
	for _, owed := range openings {
		alert := rules.Alert{DeviceID: owed.DeviceID, OrganizationID: owed.OrganizationID}
		if err := json.Unmarshal(owed.Event, &alert); err != nil {
			return fmt.Errorf("stored event of alert %s: %w", owed.UID, err)
		}
		alert.UID = owed.UID
		overdue.addAlert(alert)
	}
	events, err := r.Store.OverdueAlerts(ctx, connection, owedBefore, maxOverduePerRun)
	if err != nil {
		return err
	}
	for _, event := range events {
		var alert rules.Alert
		if err := json.Unmarshal(event, &alert); err != nil {
			return fmt.Errorf("stored event of an alert without an incident: %w", err)
		}
		overdue.addAlert(alert)
	}
	return r.addOwedEndings(ctx, connection, at, owedBefore, overdue)
}

// addOwedEndings adds what is owed to Accelo after a reset, to NinjaOne after a close, and to the people who read the notes.
func (r *Reconciler) addOwedEndings(ctx context.Context, connection string, at, owedBefore time.Time, overdue *Overdue) error {
	closes, err := r.Store.OverdueCloses(ctx, connection, owedBefore, maxOverduePerRun)
	if err != nil {
		return err
	}
	for _, owed := range closes {
		reset := flow.AlertResetInput{DeviceID: owed.DeviceID, OrganizationID: owed.OrganizationID}
		if err := json.Unmarshal(owed.Event, &reset); err != nil {
			return fmt.Errorf("stored reset of alert %s: %w", owed.UID, err)
		}
		reset.Connection, reset.UID = connection, owed.UID
		overdue.addReset(reset)
	}
	options, err := r.Tenants.Options(ctx, connection)
	if err != nil {
		return err
	}
	resets, err := r.Store.OverdueFollows(ctx, connection, options.OnConvert == rules.OnConvertKeep, owedBefore, maxOverduePerRun)
	if err != nil {
		return err
	}
	for _, owed := range resets {
		overdue.Requests = append(overdue.Requests, owed.RequestID)
	}
	notes, err := r.Store.OverdueNotes(ctx, connection, at.Add(-rules.RepeatNoteInterval), maxOverduePerRun)
	if err != nil {
		return err
	}
	for _, owed := range notes {
		overdue.Notes = append(overdue.Notes, owed.IncidentID)
	}
	return nil
}

func (o *Overdue) addOrganization(connection string, id int) {
	known := slices.ContainsFunc(o.Organizations, func(in flow.ImportOrganizationInput) bool { return in.OrganizationID == id })
	if id != 0 && !known && len(o.Organizations) < maxOverduePerRun {
		o.Organizations = append(o.Organizations, flow.ImportOrganizationInput{Connection: connection, OrganizationID: id})
	}
}

func (o *Overdue) addAlert(alert rules.Alert) {
	known := slices.ContainsFunc(o.Alerts, func(other rules.Alert) bool { return other.UID == alert.UID })
	if !known && len(o.Alerts) < maxOverduePerRun && o.alertRoom.Take(alert) {
		o.Alerts = append(o.Alerts, alert)
	}
}

// addReset adds a reset. What has no room is still due in the next run.
func (o *Overdue) addReset(reset flow.AlertResetInput) {
	if len(o.Resets) < 2*maxOverduePerRun && o.resetRoom.Take(reset) {
		o.Resets = append(o.Resets, reset)
	}
}

// retryDelay returns how long after its last attempt a record with this many attempts is retried.
func retryDelay(attempts int) time.Duration {
	const maxDoublings = 10 // enough to reach lastRetry
	return min(firstRetry<<min(max(attempts-1, 0), maxDoublings), lastRetry)
}
