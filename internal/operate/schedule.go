package operate

import (
	"context"
	"errors"
	"time"

	"ninjaone-accelo/internal/connect"
	"ninjaone-accelo/internal/store"
)

// Scheduled are the schedules of a connection.
type Scheduled struct {
	// Change is what was done about it, in the words of the launcher; empty if there is none.
	Change string
	// Every is the time between two reconciliations.
	Every time.Duration
	// ImportEvery is the time between two full imports, 0 if none starts automatically. ImportChange is what was done about it.
	ImportEvery  time.Duration
	ImportChange string
	// Ended is how many executions were ended that still ran for accounts which the connection had before.
	Ended int
}

// Schedule ensures that a connection that is set up has its schedules, and ends what still runs for accounts that it had before.
func (o *Operator) Schedule(ctx context.Context, name string) (Scheduled, error) {
	scheduled := Scheduled{}
	launcher, err := o.launcher()
	if err != nil {
		return scheduled, err
	}
	stored, err := o.store.Connection(ctx, name)
	if err != nil || !stored.Settings.Connected {
		return scheduled, err
	}
	options, err := o.options.Tenants.Options(ctx, name)
	if err != nil {
		return scheduled, err
	}
	scheduled.Every, scheduled.ImportEvery = options.ReconcileInterval, options.ImportInterval
	bound := store.WithPair(ctx, stored.Pair())
	change, err := launcher.ScheduleReconcile(bound, name, scheduled.Every)
	if err != nil {
		return scheduled, temporalError(err)
	}
	importChange, err := launcher.ScheduleImport(bound, name, scheduled.ImportEvery)
	if err != nil {
		return scheduled, temporalError(err)
	}
	scheduled.Change, scheduled.ImportChange = string(change), string(importChange)
	scheduled.Ended, err = launcher.EndFormer(ctx, stored.Pair())
	return scheduled, temporalError(err)
}

// EndRetired ends what removed connections have left in Temporal: schedules, and what still runs. One that fails doesn't keep the others
// from theirs. It may be called until nothing is left.
func (o *Operator) EndRetired(ctx context.Context) error {
	retired, err := o.store.RetiredConnections(ctx)
	if err != nil || len(retired) == 0 {
		return err
	}
	launcher, err := o.launcher()
	if err != nil {
		return err
	}
	var failed error
	for _, connection := range retired {
		if _, err := launcher.Retire(ctx, connection.Name); err != nil {
			failed = errors.Join(failed, temporalError(err))
			continue
		}
		failed = errors.Join(failed, o.store.MarkRetired(ctx, connection))
	}
	return failed
}

// LeaveFormer removes our webhooks from the accounts of connections that no reconciliation serves any more: those that were removed, or
// that aren't set up. The doubts say, by connection, what could not be removed yet.
func (o *Operator) LeaveFormer(ctx context.Context) (doubts map[string][]string, err error) {
	names, err := o.store.FormerConnections(ctx)
	doubts = map[string][]string{}
	for _, name := range names {
		left, leaveErr := o.options.Connector(connect.Choices{}).LeaveFormer(ctx, name)
		err = errors.Join(err, leaveErr)
		if len(left) > 0 {
			doubts[name] = left
		}
	}
	return doubts, err
}
