package workflows

import (
	"errors"
	"strconv"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
)

// reconcileWindow is how many workflows a reconciliation runs at a time.
const reconcileWindow = 16

// startMissed starts the workflows of missed alerts, a window at a time. An alert's trigger goes before its reset, so one that
// fired and was reset leaves a record.
func (r *reconciliation) startMissed(ctx workflow.Context, missed []flow.MissedAlert, alertRules flow.AlertRules) error {
	return forEach(ctx, len(missed), func(ctx workflow.Context, i int) {
		alert := missed[i]
		run := r.run
		if alert.Again {
			run = r.runAgain
		}
		if alert.Trigger != nil {
			in := flow.AlertTriggeredInput{Connection: r.in.Connection, Alert: *alert.Trigger, Rules: alertRules}
			in.Rules.HoldDown = remaining(alertRules.HoldDown, alert.Trigger.TriggeredAt, workflow.Now(ctx))
			count := &r.result.Healed.Triggers
			if alert.Revived { // what decides about a request was decided when the alert fired
				in.Rules, count = flow.AlertRules{}, &r.result.Healed.Revived
			}
			if run(ctx, in, alertRecord(alert.UID)) {
				*count++
			}
		}
		if alert.Reset != nil && run(ctx, *alert.Reset, alertRecord(alert.UID)) {
			r.result.Healed.Resets++
		}
	})
}

// remaining returns what is left of a hold-down.
func remaining(holdDown time.Duration, since, now time.Time) time.Duration {
	return max(holdDown-now.Sub(since), 0)
}

// startRequests starts the workflows of changed requests. One that is already running may have read the request before the
// change, so it is notified.
func (r *reconciliation) startRequests(ctx workflow.Context, requestIDs []int64) error {
	return forEach(ctx, len(requestIDs), func(ctx workflow.Context, i int) {
		in := flow.RequestClosedInput{Connection: r.in.Connection, RequestID: requestIDs[i], Compared: true}
		record := flow.ImportFailure{Kind: "request", NinjaID: strconv.FormatInt(in.RequestID, 10)}
		for notified := false; !notified && ctx.Err() == nil; {
			if r.run(ctx, in, record) {
				r.result.Healed.Requests++
				return
			}
			notified = notify(ctx, in)
		}
	})
}

// notify signals a running RequestClosed that its request changed; it reports false if the workflow has ended.
func notify(ctx workflow.Context, in flow.RequestClosedInput) bool {
	id := flow.RequestClosedID(in.Connection, in.RequestID)
	err := workflow.SignalExternalWorkflow(ctx, id, "", flow.ChangedSignal, flow.RequestChange{Compared: in.Compared}).Get(ctx, nil)
	var ended *temporal.UnknownExternalWorkflowExecutionError
	return !errors.As(err, &ended)
}

// retryFailed starts the syncs again that failed and are due, or that were interrupted.
func (r *reconciliation) retryFailed(ctx workflow.Context) error {
	var due activities.ReconcileOverdueResult
	err := r.inDatabase(ctx, "Retry failed syncs", steps.ReconcileOverdue,
		activities.ReconcileOverdueInput{Connection: r.in.Connection, Now: r.in.Everything && !r.in.Unfinished}, &due)
	if err != nil {
		return err
	}
	err = forEach(ctx, len(due.Alerts), func(ctx workflow.Context, i int) {
		in := flow.AlertTriggeredInput{Connection: r.in.Connection, Alert: due.Alerts[i], Rules: due.Rules}
		r.countRetry(r.runAgain(ctx, in, alertRecord(in.Alert.UID)))
	})
	if err != nil {
		return err
	}
	err = forEach(ctx, len(due.Resets), func(ctx workflow.Context, i int) {
		r.countRetry(r.runAgain(ctx, due.Resets[i], alertRecord(due.Resets[i].UID)))
	})
	if err != nil {
		return err
	}
	if err := r.carryOutRest(ctx, due); err != nil {
		return err
	}
	return forEach(ctx, len(due.Organizations), func(ctx workflow.Context, i int) {
		in := due.Organizations[i]
		record := flow.ImportFailure{Kind: "organization", NinjaID: strconv.Itoa(in.OrganizationID), Name: in.Name}
		r.countRetry(r.await(ctx, retryOrganization(ctx, in, r.in.Searchable), record))
	})
}

// carryOutRest resets the alerts of requests that were closed long ago, and completes notes.
func (r *reconciliation) carryOutRest(ctx workflow.Context, due activities.ReconcileOverdueResult) error {
	err := forEach(ctx, len(due.Requests), func(ctx workflow.Context, i int) {
		in := flow.RequestClosedInput{Connection: r.in.Connection, RequestID: due.Requests[i], Compared: true}
		r.countRetry(r.run(ctx, in, flow.ImportFailure{Kind: "request", NinjaID: strconv.FormatInt(in.RequestID, 10)}))
	})
	if err != nil || len(due.Notes) == 0 {
		return err
	}
	var noted activities.AcceloNoteRepeatsResult
	summary := "Note the repeats of " + rules.Count(len(due.Notes), "alert")
	err = workflow.ExecuteActivity(reconcileScanWithin(ctx, r.in.Interval, summary), steps.AcceloNoteRepeats,
		activities.AcceloNoteRepeatsInput{Connection: r.in.Connection, Incidents: due.Notes}).Get(ctx, &noted)
	r.addCalls(noted.APICalls)
	return err
}

func (r *reconciliation) countRetry(started bool) {
	if started {
		r.result.Retried++
	}
}

// run starts a workflow and waits for it, as await does.
func (r *reconciliation) run(ctx workflow.Context, in workflowInput, record flow.ImportFailure) bool {
	return r.await(ctx, startDetached(ctx, in, flow.PriorityReconcile, r.in.Searchable), record)
}

// runAgain is run for work that is owed: an execution that completed earlier under the same id doesn't stop it.
func (r *reconciliation) runAgain(ctx workflow.Context, in workflowInput, record flow.ImportFailure) bool {
	return r.await(ctx, startAgain(ctx, in, flow.PriorityReconcile, r.in.Searchable), record)
}

// await waits for a child to end, but no longer than one interval: once started, it continues without us. A failure is recorded
// with the result. It reports whether the child was started: one that is running or has completed was not missed, nor was an alert of an
// organization that is switched off.
func (r *reconciliation) await(ctx workflow.Context, child workflow.ChildWorkflowFuture, record flow.ImportFailure) bool {
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
			Outcome  flow.Outcome  `json:"outcome"`
			APICalls flow.APICalls `json:"api_calls"`
		}
		err = child.Get(ctx, &result)
		r.addCalls(result.APICalls)
		if result.Outcome == flow.SwitchedOff {
			return false
		}
	}
	if err != nil && ctx.Err() == nil && len(r.result.Failures) < maxCarried {
		record.Error = failureText(err)
		r.result.Failures = append(r.result.Failures, record)
	}
	return true
}

// alertRecord names an alert in the failures of a result.
func alertRecord(uid string) flow.ImportFailure {
	return flow.ImportFailure{Kind: "alert", NinjaID: uid}
}

// forEach runs do for each index, a window of them at a time, and waits for all.
func forEach(ctx workflow.Context, count int, do func(ctx workflow.Context, i int)) error {
	running := 0
	for i := range count {
		if err := workflow.Await(ctx, func() bool { return running < reconcileWindow }); err != nil {
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
