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
}

// Overdue returns failed records that are due for another attempt, or all of them with now, and creates that were started and never
// finished. Each belongs to a sync that can safely be started again.
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
	return overdue, r.addUnfinished(ctx, connection, at, &overdue)
}

func (o *Overdue) addFailure(failure store.Failure) error {
	switch {
	case failure.Kind != store.Alerts:
		o.addOrganization(failure.Connection, failure.OrganizationID)
	case failure.EventType == store.ResetEvent:
		var reset flow.AlertResetInput
		if err := json.Unmarshal(failure.Event, &reset); err != nil {
			return fmt.Errorf("stored reset of alert %s: %w", failure.NinjaID, err)
		}
		if len(o.Resets) < maxOverduePerRun {
			o.Resets = append(o.Resets, reset)
		}
	default:
		var alert rules.Alert
		if err := json.Unmarshal(failure.Event, &alert); err != nil {
			return fmt.Errorf("stored event of alert %s: %w", failure.NinjaID, err)
		}
		o.addAlert(alert)
	}
	return nil
}

// addUnfinished adds what was started and never finished, for example because someone terminated a workflow in Temporal's UI.
func (r *Reconciler) addUnfinished(ctx context.Context, connection string, at time.Time, overdue *Overdue) error {
	organizations, err := r.Store.OrganizationsWithOpenClaims(ctx, connection, at.Add(-openClaimAge))
	if err != nil {
		return err
	}
	for _, id := range organizations {
		overdue.addOrganization(connection, id)
	}
	incidents, err := r.Store.OverdueIncidents(ctx, connection, maxOverduePerRun)
	if err != nil {
		return err
	}
	for _, incident := range incidents {
		overdue.addAlert(rules.Alert{UID: incident.LeaderUID, DeviceID: incident.DeviceID, OrganizationID: incident.OrganizationID})
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
	if !known && len(o.Alerts) < maxOverduePerRun {
		o.Alerts = append(o.Alerts, alert)
	}
}

// retryDelay returns how long after its last attempt a record with this many attempts is retried.
func retryDelay(attempts int) time.Duration {
	const maxDoublings = 10 // enough to reach lastRetry
	return min(firstRetry<<min(max(attempts-1, 0), maxDoublings), lastRetry)
}
