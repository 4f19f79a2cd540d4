package launch

import (
	"context"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/temporalx"
)

const (
	// catchupWindow limits how late a scheduled run may start. After an outage one run finds everything, so there is no need to
	// make up for the others.
	catchupWindow = time.Minute
	// maxJitter limits how far apart the runs of different connections start, so that they don't all start at once.
	maxJitter = 30 * time.Second
	// reconcileScheduleVersion has to be increased if the schedule changes in anything but its interval, jitter, task queue or
	// search attributes, so that existing schedules are updated.
	reconcileScheduleVersion = 1
)

// Reconcile starts a reconciliation of everything now. It returns a *RunningError if one that a user started is still running.
func (l *Launcher) Reconcile(ctx context.Context, connection string, interval time.Duration) (client.WorkflowRun, error) {
	return l.start(ctx, flow.ReconcileInput{Connection: connection, Searchable: l.searchable, Everything: true, Interval: interval})
}

// Approve approves the mass change that a Reconcile is holding: what was shown to the user by a time, and nothing else. It returns an
// *EndedError if the Reconcile has ended.
func (l *Launcher) Approve(ctx context.Context, workflowID, runID string, shownAt time.Time) error {
	return ended(workflowID, "approve", l.temporal.SignalWorkflow(ctx, workflowID, runID, flow.ApproveSignal, flow.Approval{ShownAt: shownAt}))
}

// ScheduleReconcile ensures that a connection has its schedule: one run per interval, never two at a time.
func (l *Launcher) ScheduleReconcile(ctx context.Context, connection string, interval time.Duration) (temporalx.ScheduleChange, error) {
	in := flow.ReconcileInput{Connection: connection, Searchable: l.searchable, Interval: interval}
	return l.schedule(ctx, in, interval, catchupWindow, reconcileScheduleVersion)
}

// schedule ensures that a schedule starts a workflow once per interval, never two at a time, and at most the catch-up window late.
func (l *Launcher) schedule(
	ctx context.Context, in workflowInput, interval, catchup time.Duration, version int,
) (temporalx.ScheduleChange, error) {
	execution := in.Execution()
	action := &client.ScheduleWorkflowAction{
		ID: execution.ID, Workflow: execution.Workflow, TaskQueue: l.taskQueue, Args: []any{in},
		StaticSummary: execution.Summary, Priority: temporal.Priority{PriorityKey: execution.Priority},
	}
	options := client.ScheduleOptions{
		ID: execution.ID, Action: action, Overlap: enumspb.SCHEDULE_OVERLAP_POLICY_SKIP, CatchupWindow: catchup,
		Spec: client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: interval}}, Jitter: min(interval/10, maxJitter)},
	}
	if l.searchable {
		action.TypedSearchAttributes = execution.Attributes
		options.TypedSearchAttributes = execution.Attributes
	}
	return temporalx.ApplySchedule(carryPair(ctx), l.temporal, options, version)
}
