package workflows

import (
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/internal/flow"
)

// The option sets of our activities, by the kind of work. Retries never run out by count: an outage of a vendor delays
// work, and whoever wants it ended cancels the workflow. What cannot succeed is a non-retryable error of the activity.

// HeartbeatTimeout is how long a worker may be silent before its long activity goes to another one.
const HeartbeatTimeout = 12 * time.Second

// callsTimeout is enough for six calls of at most 30 seconds each.
const callsTimeout = 3 * time.Minute

// bulkWork is for activities that go through many records and heartbeat: reading a listing, syncing an organization. A day is
// far more than the largest organization takes, waits for Accelo's hourly budget included.
func bulkWork(ctx workflow.Context, summary string) workflow.Context {
	options := calls(summary, flow.PriorityImport)
	options.StartToCloseTimeout, options.HeartbeatTimeout, options.WaitForCancellation = 24*time.Hour, HeartbeatTimeout, true
	return workflow.WithActivityOptions(ctx, options)
}

// bulkCall is for an activity of a few calls that nobody is waiting for. It heartbeats, so that it goes to another worker at
// once when its own is killed.
func bulkCall(ctx workflow.Context, summary string) workflow.Context {
	options := calls(summary, flow.PriorityImport)
	options.HeartbeatTimeout, options.WaitForCancellation = HeartbeatTimeout, true
	return workflow.WithActivityOptions(ctx, options)
}

// patientLook is for a reconcile's look at NinjaOne, without which there is nothing to be done: it waits out an outage.
func patientLook(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, look(summary))
}

// hastyLook is for a reconcile's look at Accelo: when it cannot be had within an interval, because the hour's budget is used
// up for instance, the next run looks, and what NinjaOne tells is not kept waiting.
func hastyLook(ctx workflow.Context, interval time.Duration, summary string) workflow.Context {
	options := look(summary)
	options.ScheduleToCloseTimeout = interval
	return workflow.WithActivityOptions(ctx, options)
}

func look(summary string) workflow.ActivityOptions {
	options := calls(summary, flow.PriorityReconcile)
	options.StartToCloseTimeout, options.HeartbeatTimeout, options.WaitForCancellation = 10*time.Minute, HeartbeatTimeout, true
	return options
}

// urgentCall is for an activity of a few calls that a technician is waiting for. It heartbeats, so that it goes to another
// worker at once when its own is killed.
func urgentCall(ctx workflow.Context, summary string) workflow.Context {
	options := calls(summary, flow.PriorityAlert)
	options.HeartbeatTimeout = HeartbeatTimeout
	return workflow.WithActivityOptions(ctx, options)
}

// atOnce is for the first attempt of an urgent call (see executeAtOnce).
func atOnce(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		StartToCloseTimeout: callsTimeout,
		RetryPolicy:         &temporal.RetryPolicy{MaximumAttempts: 1},
		Summary:             summary,
	})
}

// calls is what activities share that make a few calls.
func calls(summary string, priority int) workflow.ActivityOptions {
	return workflow.ActivityOptions{
		StartToCloseTimeout: callsTimeout,
		RetryPolicy:         patientRetry(),
		Priority:            temporal.Priority{PriorityKey: priority},
		Summary:             summary,
	}
}

// ownDatabase is for local activities: short statements on our own PostgreSQL.
func ownDatabase(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		StartToCloseTimeout: 10 * time.Second,
		RetryPolicy:         patientRetry(),
		Summary:             summary,
	})
}

// patientRetry goes on for ever, from one second to one minute apart. Rate limits and budgets name their own delay.
func patientRetry() *temporal.RetryPolicy {
	return &temporal.RetryPolicy{
		InitialInterval:    time.Second,
		BackoffCoefficient: 2,
		MaximumInterval:    time.Minute,
	}
}

// childOrganization is for the ImportOrganization children of a full import.
func childOrganization(ctx workflow.Context, in flow.ImportOrganizationInput, searchable bool) workflow.Context {
	return workflow.WithChildOptions(ctx, organizationOptions(in, searchable))
}

// organizationAlone is for organizations that a reconcile tries again; they go on when it ends.
func organizationAlone(ctx workflow.Context, in flow.ImportOrganizationInput, searchable bool) workflow.Context {
	options := organizationOptions(in, searchable)
	options.ParentClosePolicy = enumspb.PARENT_CLOSE_POLICY_ABANDON
	return workflow.WithChildOptions(ctx, options)
}

func organizationOptions(in flow.ImportOrganizationInput, searchable bool) workflow.ChildWorkflowOptions {
	options := workflow.ChildWorkflowOptions{
		WorkflowID:            flow.ImportOrganizationID(in.Connection, in.OrganizationID),
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		ParentClosePolicy:     enumspb.PARENT_CLOSE_POLICY_REQUEST_CANCEL,
		WaitForCancellation:   true,
		Priority:              temporal.Priority{PriorityKey: flow.PriorityImport},
		StaticSummary:         OrganizationSummary(in),
	}
	if searchable {
		options.TypedSearchAttributes = OrganizationAttributes(in)
	}
	return options
}
