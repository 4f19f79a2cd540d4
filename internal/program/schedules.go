package program

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ninjaone-accelo/internal/launch"
	"ninjaone-accelo/internal/operate"
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
		if err := p.scheduleReconciles(ctx, p.Operator(launcher)); err != nil && ctx.Err() == nil {
			p.Logger.WarnContext(ctx, "reconciliation could not be scheduled; it is tried again", "error", err)
		}
		p.endRemoved(ctx, p.Operator(launcher))
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// endRemoved ends what removed connections have left in Temporal, and removes our webhooks from accounts that no reconciliation serves.
func (p *Program) endRemoved(ctx context.Context, operator *operate.Operator) {
	if err := operator.EndRetired(ctx); err != nil && ctx.Err() == nil {
		p.Logger.WarnContext(ctx, "a removed connection could not be ended; it is tried again", "error", err)
	}
	left, err := operator.LeaveFormer(ctx)
	if err != nil && ctx.Err() == nil {
		p.Logger.WarnContext(ctx, "former accounts could not be left; it is tried again", "error", err)
	}
	for connection, doubts := range left {
		p.Logger.WarnContext(ctx, "former accounts still hold something of ours", "connection", connection, "reasons", doubts)
	}
}

// scheduleReconciles creates or updates the schedule of every connection that is set up. One that fails doesn't keep the others from theirs.
func (p *Program) scheduleReconciles(ctx context.Context, operator *operate.Operator) error {
	connections, err := p.Store.Connections(ctx)
	if err != nil {
		return err
	}
	var failed error
	for _, connection := range connections {
		if !connection.Settings.Connected {
			continue
		}
		scheduled, err := operator.Schedule(ctx, connection.Name)
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("connection %s: %w", connection.Name, err))
			continue
		}
		if scheduled.Change != string(temporalx.ScheduleUnchanged) {
			p.Logger.InfoContext(ctx, "reconciliation scheduled", "connection", connection.Name,
				"every", scheduled.Every.String(), "change", scheduled.Change)
		}
		if scheduled.ImportEvery > 0 && scheduled.ImportChange != string(temporalx.ScheduleUnchanged) {
			p.Logger.InfoContext(ctx, "import scheduled", "connection", connection.Name,
				"every", scheduled.ImportEvery.String(), "change", scheduled.ImportChange)
		}
		if scheduled.Ended > 0 {
			p.Logger.InfoContext(ctx, "ended executions of former accounts", "connection", connection.Name, "executions", scheduled.Ended)
		}
	}
	return failed
}
