package workflows

import (
	"errors"
	"strconv"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
)

// healWindow is how many flows a reconcile has under way at a time.
const healWindow = 16

// heal starts the flows of what was missed, a window at a time. Of one alert the trigger goes first, so that one that fired and
// was reset leaves its trace. Flows that are slow go on by themselves: from their start on they are durable.
func (r *reconcile) heal(ctx workflow.Context, missed []activities.MissedAlert, rules flow.AlertRules) error {
	return r.each(ctx, len(missed), func(ctx workflow.Context, i int) {
		alert := missed[i]
		if alert.Trigger != nil && r.trigger(ctx, *alert.Trigger, remaining(rules, *alert.Trigger, workflow.Now(ctx))) {
			r.result.Healed.Triggers++
		}
		if alert.Reset != nil && r.reset(ctx, *alert.Reset) {
			r.result.Healed.Resets++
		}
	})
}

// remaining are the rules with what is left of the hold-down.
func remaining(rules flow.AlertRules, alert rules.Alert, now time.Time) flow.AlertRules {
	rules.HoldDown = max(rules.HoldDown-now.Sub(alert.TriggeredAt), 0)
	return rules
}

func (r *reconcile) trigger(ctx workflow.Context, alert rules.Alert, rules flow.AlertRules) bool {
	in := flow.AlertTriggeredInput{Connection: r.in.Connection, Alert: alert, Rules: rules}
	return r.await(ctx, "alert", alert.UID,
		workflow.ExecuteChildWorkflow(childAlert(ctx, in, flow.PriorityReconcile, r.in.Searchable), flow.AlertTriggered, in))
}

func (r *reconcile) reset(ctx workflow.Context, in flow.AlertResetInput) bool {
	return r.await(ctx, "alert", in.UID, workflow.ExecuteChildWorkflow(childReset(ctx, in, r.in.Searchable), flow.AlertReset, in))
}

// follow starts the flows of requests that changed.
func (r *reconcile) follow(ctx workflow.Context, requestIDs []int64) error {
	return r.each(ctx, len(requestIDs), func(ctx workflow.Context, i int) {
		in := flow.RequestClosedInput{Connection: r.in.Connection, RequestID: requestIDs[i], Compared: true}
		for told := false; !told && ctx.Err() == nil; {
			child := workflow.ExecuteChildWorkflow(childRequest(ctx, in, r.in.Searchable), flow.RequestClosed, in)
			if r.await(ctx, "request", strconv.FormatInt(in.RequestID, 10), child) {
				r.result.Healed.Requests++
				return
			}
			told = tell(ctx, in)
		}
	})
}

// tell tells a flow that runs that its request has changed: it may have read the request before. False where it has ended by now.
func tell(ctx workflow.Context, in flow.RequestClosedInput) bool {
	id := flow.RequestClosedID(in.Connection, in.RequestID)
	err := workflow.SignalExternalWorkflow(ctx, id, "", flow.ChangedSignal, flow.RequestChange{Compared: in.Compared}).Get(ctx, nil)
	var ended *temporal.UnknownExternalWorkflowExecutionError
	return !errors.As(err, &ended)
}

// retryOverdue starts again what is parked and due, and what was begun and never ended.
func (r *reconcile) retryOverdue(ctx workflow.Context, _ bool) error {
	var overdue activities.ReconcileOverdueResult
	err := workflow.ExecuteLocalActivity(ownDatabase(ctx, "what is parked"), steps.ReconcileOverdue,
		activities.ReconcileOverdueInput{Connection: r.in.Connection, Now: r.in.Everything}).Get(ctx, &overdue)
	if err != nil {
		return err
	}
	err = r.each(ctx, len(overdue.Alerts), func(ctx workflow.Context, i int) {
		if r.trigger(ctx, overdue.Alerts[i], overdue.Rules) {
			r.result.Retried++
		}
	})
	if err != nil {
		return err
	}
	err = r.each(ctx, len(overdue.Resets), func(ctx workflow.Context, i int) {
		if r.reset(ctx, overdue.Resets[i]) {
			r.result.Retried++
		}
	})
	if err != nil {
		return err
	}
	return r.each(ctx, len(overdue.Organizations), func(ctx workflow.Context, i int) {
		in := overdue.Organizations[i]
		child := workflow.ExecuteChildWorkflow(organizationAlone(ctx, in, r.in.Searchable), flow.ImportOrganization, in)
		if r.await(ctx, "organization", OrganizationName(in), child) {
			r.result.Retried++
		}
	})
}

// each does a number of things, a window of them at a time, and waits for all.
func (r *reconcile) each(ctx workflow.Context, count int, do func(ctx workflow.Context, i int)) error {
	running := 0
	for i := range count {
		if err := workflow.Await(ctx, func() bool { return running < healWindow }); err != nil {
			return err
		}
		running++
		workflow.Go(ctx, func(ctx workflow.Context) {
			defer func() { running-- }()
			do(ctx, i)
		})
	}
	return workflow.Await(ctx, func() bool { return running == 0 })
}

// await waits until a flow has ended, though no longer than an interval, and tells whether it was ours to start: one that runs
// already, or has been done, was not missed.
func (r *reconcile) await(ctx workflow.Context, kind, id string, child workflow.ChildWorkflowFuture) bool {
	err := child.GetChildWorkflowExecution().Get(ctx, nil)
	if temporal.IsWorkflowExecutionAlreadyStartedError(err) {
		return false
	}
	if err == nil {
		var ended bool
		if ended, err = workflow.AwaitWithTimeout(ctx, r.in.Interval, child.IsReady); err != nil || !ended {
			return true
		}
		var result struct {
			APICalls flow.APICalls `json:"api_calls"`
		}
		err = child.Get(ctx, &result)
		r.spend(result.APICalls)
	}
	if err != nil && ctx.Err() == nil {
		r.result.Failures = append(r.result.Failures, flow.ImportFailure{Kind: kind, NinjaID: id, Error: failureText(err)})
	}
	return true
}

// childReset is for resets that were missed.
func childReset(ctx workflow.Context, in flow.AlertResetInput, searchable bool) workflow.Context {
	options := missedFlow(flow.AlertResetID(in.Connection, in.UID), "Reset of alert "+in.UID)
	options.WorkflowIDReusePolicy = enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY
	if searchable {
		options.TypedSearchAttributes = AlertAttributes(in.Connection, in.UID, in.DeviceID, in.OrganizationID)
	}
	return workflow.WithChildOptions(ctx, options)
}

// childRequest is for changes of requests that were missed.
func childRequest(ctx workflow.Context, in flow.RequestClosedInput, searchable bool) workflow.Context {
	options := missedFlow(flow.RequestClosedID(in.Connection, in.RequestID), RequestSummary(in))
	options.WorkflowIDReusePolicy = enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE
	if searchable {
		options.TypedSearchAttributes = RequestAttributes(in)
	}
	return workflow.WithChildOptions(ctx, options)
}

// missedFlow is what flows share that a reconcile starts: they outlive it.
func missedFlow(id, summary string) workflow.ChildWorkflowOptions {
	return workflow.ChildWorkflowOptions{
		WorkflowID: id, ParentClosePolicy: enumspb.PARENT_CLOSE_POLICY_ABANDON,
		Priority: temporal.Priority{PriorityKey: flow.PriorityReconcile}, StaticSummary: summary,
	}
}
