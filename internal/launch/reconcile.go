package launch

import (
	"context"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/temporalx"
	"ninjaone-accelo/workflows"
)

// catchupWindow is how late a run may still be started: after an outage one run sees everything, so none is made up for.
const catchupWindow = time.Minute

// maxJitter is how far apart the connections of a large installation look at most, so that they do not all at once.
const maxJitter = 30 * time.Second

// reconcileScheduleVersion is to be increased when the schedule changes in anything but its interval, jitter, task queue or
// search attributes: existing schedules are updated then.
const reconcileScheduleVersion = 1

// Reconcile starts a reconcile of everything now; a *RunningError says that one that a person started runs already.
func (l *Launcher) Reconcile(ctx context.Context, connection string, interval time.Duration) (client.WorkflowRun, error) {
	in := flow.ReconcileInput{Connection: connection, Searchable: l.searchable, Everything: true, Interval: interval}
	options := l.options(flow.ReconcileID(connection), workflows.ReconcileSummary(connection), flow.PriorityReconcile,
		workflows.ConnectionAttributes(connection))
	return l.start(ctx, options, flow.Reconcile, in)
}

// Approve lets a mass change through that an execution of Reconcile holds back.
func (l *Launcher) Approve(ctx context.Context, workflowID, runID string) error {
	return l.temporal.SignalWorkflow(ctx, workflowID, runID, flow.ApproveSignal, nil)
}

// ScheduleReconcile makes sure of a connection's schedule: a run every interval, never two at a time.
func (l *Launcher) ScheduleReconcile(ctx context.Context, connection string, interval time.Duration) (temporalx.ScheduleChange, error) {
	action := &client.ScheduleWorkflowAction{
		ID: flow.ReconcileID(connection), Workflow: flow.Reconcile, TaskQueue: l.taskQueue,
		Args:          []any{flow.ReconcileInput{Connection: connection, Searchable: l.searchable, Interval: interval}},
		StaticSummary: workflows.ReconcileSummary(connection),
		Priority:      temporal.Priority{PriorityKey: flow.PriorityReconcile},
	}
	options := client.ScheduleOptions{
		ID: flow.ReconcileID(connection), Action: action, Overlap: enumspb.SCHEDULE_OVERLAP_POLICY_SKIP, CatchupWindow: catchupWindow,
		Spec: client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: interval}}, Jitter: min(interval/10, maxJitter)},
	}
	if l.searchable {
		action.TypedSearchAttributes = workflows.ConnectionAttributes(connection)
		options.TypedSearchAttributes = action.TypedSearchAttributes
	}
	return temporalx.ApplySchedule(ctx, l.temporal, options, reconcileScheduleVersion)
}
