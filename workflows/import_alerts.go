package workflows

import (
	"slices"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
)

// alertWindow is how many alerts are imported at a time. It is small because alerts may use Accelo's reserve.
const alertWindow = 4

// importAlerts imports the active alerts, each with the same workflow as a live one. An alert whose workflow is running or has
// completed is left to that, unless it only recorded that the alert's organization was switched off.
func (r *fullImport) importAlerts(ctx workflow.Context) error {
	for !r.alertsDone && !workflow.GetInfo(ctx).GetContinueAsNewSuggested() && !isLong(ctx) {
		var next activities.ImportNextAlertsResult
		err := workflow.ExecuteLocalActivity(databaseCall(ctx, "Get next alerts"), steps.ImportNextAlerts,
			activities.ImportNextAlertsInput{ImportID: r.state.ImportID, After: r.state.AfterAlert, Limit: pageSize}).Get(ctx, &next)
		if err != nil {
			return err
		}
		if r.alertsDone = len(next.Alerts) == 0; r.alertsDone {
			return nil
		}
		if err := r.importAlertPage(ctx, next); err != nil {
			return err
		}
	}
	return nil
}

// importAlertPage imports a page of alerts and records their outcomes.
func (r *fullImport) importAlertPage(ctx workflow.Context, page activities.ImportNextAlertsResult) error {
	done := activities.ImportAlertDoneInput{ImportID: r.state.ImportID, Outcomes: map[string]string{}, Errors: map[string]string{}}
	running := 0
	// Cancelling the import must not cancel a request that is being opened.
	disconnected, _ := workflow.NewDisconnectedContext(ctx)
	var stopped error
	for _, alert := range page.Alerts {
		stopped = workflow.Await(ctx, func() bool { return !r.state.Paused && running < alertWindow })
		if stopped != nil {
			break
		}
		r.state.AfterAlert = alert.UID
		in := flow.AlertTriggeredInput{Connection: r.in.Connection, Alert: alert, Rules: page.Rules}
		start := startDetached
		if slices.Contains(page.Again, alert.UID) {
			start = startAgain
		}
		child := start(disconnected, in, flow.PriorityImport, r.in.Searchable)
		running++
		workflow.Go(disconnected, func(ctx workflow.Context) {
			var result flow.AlertResult
			err := child.Get(ctx, &result)
			outcome := recordOutcome(result, err)
			done.Outcomes[alert.UID] = string(outcome)
			done.APICalls = done.APICalls.Plus(result.APICalls)
			if outcome == rules.Failed {
				done.Errors[alert.UID] = failureText(err)
			}
			running--
		})
	}
	if err := workflow.Await(disconnected, func() bool { return running == 0 }); err != nil {
		return err
	}
	err := workflow.ExecuteLocalActivity(databaseCall(disconnected, "Save alert outcomes"), steps.ImportAlertDone, done).Get(disconnected, nil)
	if stopped != nil {
		return stopped
	}
	return err
}

// recordOutcome translates the outcome of an alert's workflow into the outcome of a record in an import.
func recordOutcome(result flow.AlertResult, err error) rules.Outcome {
	switch {
	case temporal.IsWorkflowExecutionAlreadyStartedError(err):
		return rules.Unchanged
	case err != nil:
		return rules.Failed
	}
	switch result.Outcome {
	case flow.Opened:
		return rules.Created
	case flow.Joined:
		return rules.Matched
	case flow.Reopened:
		return rules.Updated
	case flow.SwitchedOff:
		return rules.SwitchedOff
	}
	return rules.Unchanged
}
