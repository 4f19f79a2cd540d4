package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/internal/flow"
)

// Activity options by kind of work. Activities retry until they succeed, because an outage of a vendor only delays work; a user
// can cancel the workflow. An activity that cannot succeed returns a non-retryable error.

const (
	// heartbeatTimeout is how long a worker can be silent before another one takes over its activity.
	heartbeatTimeout = 12 * time.Second
	// callsTimeout is enough for six calls of at most 30 seconds each.
	callsTimeout = 3 * time.Minute
	// scanTimeout is more than the longest listing of a reconciliation takes.
	scanTimeout = 10 * time.Minute
	// bulkTimeout is far more than the largest organization takes, including waits for Accelo's hourly budget.
	bulkTimeout = 24 * time.Hour
	// databaseTimeout is enough for short statements on our own PostgreSQL.
	databaseTimeout = 10 * time.Second
)

// urgentCall is for an activity of a few calls that a technician is waiting for, unless an import brought the alert.
func urgentCall(ctx workflow.Context, summary string) workflow.Context {
	if isImported(ctx) {
		return workflow.WithActivityOptions(ctx, bulkOptions(ctx, summary, flow.PriorityImport))
	}
	return workflow.WithActivityOptions(ctx, callOptions(summary, flow.PriorityAlert))
}

// isImported reports whether an import started this workflow: then it shares what imports may use of the vendors and of the workers.
func isImported(ctx workflow.Context) bool {
	return workflow.GetInfo(ctx).Priority.PriorityKey == flow.PriorityImport
}

// localAttempt is for the first attempt of an urgent call (see executeLocalFirst).
func localAttempt(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		StartToCloseTimeout: callsTimeout,
		RetryPolicy:         &temporal.RetryPolicy{MaximumAttempts: 1},
		Summary:             summary,
	})
}

// briefAttempts is for a question of one call that an alert can do without: a few attempts within half a minute.
func briefAttempts(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		StartToCloseTimeout:    10 * time.Second,
		ScheduleToCloseTimeout: 30 * time.Second,
		RetryPolicy:            &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumAttempts: 3},
		Summary:                summary,
	})
}

// bulkCall is for an activity of a few calls that nobody is waiting for.
func bulkCall(ctx workflow.Context, summary string) workflow.Context {
	options := bulkOptions(ctx, summary, flow.PriorityImport)
	options.WaitForCancellation = true
	return workflow.WithActivityOptions(ctx, options)
}

// bulkScan is for an activity that goes through many records: reading a listing, syncing an organization's devices.
func bulkScan(ctx workflow.Context, summary string) workflow.Context {
	options := bulkOptions(ctx, summary, flow.PriorityImport)
	options.StartToCloseTimeout, options.WaitForCancellation = bulkTimeout, true
	return workflow.WithActivityOptions(ctx, options)
}

// reconcileScan is for a reconciliation's reads from NinjaOne. Without them a run has little to do, so it waits for them as long as they may
// take. Then it leaves them to the next run: a question that NinjaOne refuses must not keep the run from ending.
func reconcileScan(ctx workflow.Context, interval time.Duration, summary string) workflow.Context {
	return reconcileScanWithin(ctx, max(interval, scanTimeout), summary)
}

// reconcileScanWithin is for a reconciliation's calls to Accelo. It gives up after one interval, so a used-up Accelo budget does
// not delay NinjaOne events; the next run tries again.
func reconcileScanWithin(ctx workflow.Context, interval time.Duration, summary string) workflow.Context {
	options := scanOptions(summary)
	options.ScheduleToCloseTimeout = interval
	return workflow.WithActivityOptions(ctx, options)
}

// databaseCall is for local activities that only use our own database.
func databaseCall(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		StartToCloseTimeout: databaseTimeout,
		RetryPolicy:         retryForever(),
		Summary:             summary,
	})
}

// scanOptions are those of a reconciliation's activities. They take minutes, and must not queue behind imports, which take hours.
func scanOptions(summary string) workflow.ActivityOptions {
	options := callOptions(summary, flow.PriorityReconcile)
	options.StartToCloseTimeout, options.WaitForCancellation = scanTimeout, true
	return options
}

// bulkOptions are those of an activity on the queue for bulk work.
func bulkOptions(ctx workflow.Context, summary string, priority int) workflow.ActivityOptions {
	options := callOptions(summary, priority)
	options.TaskQueue = flow.BulkQueue(workflow.GetInfo(ctx).TaskQueueName)
	return options
}

// callOptions returns the options that all activities share. Even short ones heartbeat, so that another worker takes over at
// once if theirs is killed.
func callOptions(summary string, priority int) workflow.ActivityOptions {
	return workflow.ActivityOptions{
		StartToCloseTimeout: callsTimeout,
		HeartbeatTimeout:    heartbeatTimeout,
		RetryPolicy:         retryForever(),
		Priority:            temporal.Priority{PriorityKey: priority},
		Summary:             summary,
	}
}

// maxHistory is how many events a run may have before it continues as new. Temporal suggests that later, and what is under way then makes the
// history longer still.
const maxHistory = 2500

// isLong reports whether a run's history is so long that it should continue as new, although Temporal doesn't suggest that yet.
func isLong(ctx workflow.Context) bool {
	return workflow.GetInfo(ctx).GetCurrentHistoryLength() > maxHistory &&
		workflow.GetVersion(ctx, "short-histories", workflow.DefaultVersion, 1) != workflow.DefaultVersion
}

// retryForever retries indefinitely, backing off from one second to one minute. Rate limits and budgets set their own delay.
func retryForever() *temporal.RetryPolicy {
	return &temporal.RetryPolicy{
		InitialInterval:    time.Second,
		BackoffCoefficient: 2,
		MaximumInterval:    time.Minute,
	}
}
