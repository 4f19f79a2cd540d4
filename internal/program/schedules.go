package program

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ninjaone-accelo/internal/connect"
	"ninjaone-accelo/internal/launch"
	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/temporalx"
)

// maxScheduleCheck is the longest time between two checks of the schedules.
const maxScheduleCheck = 5 * time.Minute

// KeepSchedules ensures until the context ends that every connection has its schedule: someone may delete one in Temporal's UI, and a
// Temporal server that lost its data has none. Everything that is owed waits for the next reconciliation, so there has to be one.
func (p *Program) KeepSchedules(ctx context.Context, launcher *launch.Launcher) {
	ticker := time.NewTicker(min(p.Config.Options.Options().ReconcileInterval, maxScheduleCheck))
	defer ticker.Stop()
	for {
		if err := p.scheduleReconciles(ctx, launcher); err != nil && ctx.Err() == nil {
			p.Logger.WarnContext(ctx, "reconciliation could not be scheduled; it is tried again", "error", err)
		}
		if err := p.endRetired(ctx, launcher); err != nil && ctx.Err() == nil {
			p.Logger.WarnContext(ctx, "a removed connection could not be ended; it is tried again", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// endRetired ends what removed connections have left: schedules, executions, and webhooks in their former accounts.
func (p *Program) endRetired(ctx context.Context, launcher *launch.Launcher) error {
	retired, err := p.Store.RetiredConnections(ctx)
	if err != nil {
		return err
	}
	var failed error
	for _, connection := range retired {
		doubts, err := operate.EndRetired(ctx, p.Store, launcher, p.Connector(connect.Choices{}), connection)
		for _, doubt := range doubts {
			p.Logger.WarnContext(ctx, "a removed connection has left something behind", "connection", connection.Name, "reason", doubt)
		}
		failed = errors.Join(failed, err)
	}
	return failed
}

// scheduleReconciles creates or updates the schedule of every connection that is set up. One that fails doesn't keep the others from theirs.
func (p *Program) scheduleReconciles(ctx context.Context, launcher *launch.Launcher) error {
	connections, err := p.Store.Connections(ctx)
	if err != nil {
		return err
	}
	var failed error
	for _, connection := range connections {
		if !connection.Settings.Connected {
			continue
		}
		change, err := p.ScheduleReconcile(ctx, launcher, connection)
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("connection %s: %w", connection.Name, err))
			continue
		}
		if change != temporalx.ScheduleUnchanged {
			p.Logger.InfoContext(ctx, "reconciliation scheduled", "connection", connection.Name,
				"change", string(change))
		}
	}
	return failed
}

// ScheduleReconcile creates or updates the schedule of one connection, and ends what still runs for accounts that it had before.
func (p *Program) ScheduleReconcile(
	ctx context.Context, launcher *launch.Launcher, connection store.Connection,
) (temporalx.ScheduleChange, error) {
	options, err := p.Tenants.Options(ctx, connection.Name)
	if err != nil {
		return temporalx.ScheduleUnchanged, err
	}
	pair := connection.Pair()
	change, err := launcher.ScheduleReconcile(store.WithPair(ctx, pair), connection.Name, options.ReconcileInterval)
	if err != nil {
		return change, err
	}
	ended, err := launcher.EndFormer(ctx, pair)
	if ended > 0 {
		p.Logger.InfoContext(ctx, "ended executions of former accounts", "connection", connection.Name, "executions", ended)
	}
	return change, err
}
