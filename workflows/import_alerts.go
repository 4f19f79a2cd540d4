package workflows

import (
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
)

// alertWindow is how many alerts an import brings in at a time: few, since they do not wait for Accelo's reserve.
const alertWindow = 4

// importAlerts brings in the alerts that are active now, each through the same flow as one that fires. One whose flow runs
// already, or has been done, is left to that.
func (r *fullImport) importAlerts(ctx workflow.Context) error {
	for !r.alertsTaken && !workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
		var next activities.ImportNextAlertsResult
		err := workflow.ExecuteLocalActivity(ownDatabase(ctx, "next alerts"), steps.ImportNextAlerts,
			activities.ImportNextAlertsInput{ImportID: r.state.ImportID, After: r.state.AfterAlert, Limit: workAhead}).Get(ctx, &next)
		if err != nil {
			return err
		}
		if r.alertsTaken = len(next.Alerts) == 0; r.alertsTaken {
			return nil
		}
		if err := r.importSome(ctx, next); err != nil {
			return err
		}
	}
	return nil
}

// importSome brings in a handful of alerts and records what became of them.
func (r *fullImport) importSome(ctx workflow.Context, next activities.ImportNextAlertsResult) error {
	done := activities.ImportAlertDoneInput{ImportID: r.state.ImportID, Outcomes: map[string]string{}, Errors: map[string]string{}}
	running := 0
	// Cancelling the import must not cancel a request that is being opened.
	disconnected, _ := workflow.NewDisconnectedContext(ctx)
	var stopped error
	for _, alert := range next.Alerts {
		stopped = workflow.Await(ctx, func() bool { return !r.state.Paused && running < alertWindow })
		if stopped != nil {
			break
		}
		r.state.AfterAlert = alert.UID
		in := flow.AlertTriggeredInput{Connection: r.in.Connection, Alert: alert, Rules: next.Rules}
		child := workflow.ExecuteChildWorkflow(childAlert(disconnected, in, flow.PriorityImport, r.in.Searchable), flow.AlertTriggered, in)
		running++
		workflow.Go(disconnected, func(ctx workflow.Context) {
			var result flow.AlertResult
			err := child.Get(ctx, &result)
			done.Outcomes[alert.UID] = alertOutcome(result, err)
			done.APICalls = done.APICalls.Plus(result.APICalls)
			if done.Outcomes[alert.UID] == string(rules.Failed) {
				done.Errors[alert.UID] = failureText(err)
			}
			running--
		})
	}
	if err := workflow.Await(disconnected, func() bool { return running == 0 }); err != nil {
		return err
	}
	err := workflow.ExecuteLocalActivity(ownDatabase(disconnected, "alerts done"), steps.ImportAlertDone, done).Get(disconnected, nil)
	if stopped != nil {
		return stopped
	}
	return err
}

// alertOutcome counts what an alert's flow did as an import counts records.
func alertOutcome(result flow.AlertResult, err error) string {
	switch {
	case temporal.IsWorkflowExecutionAlreadyStartedError(err):
		return string(rules.Unchanged)
	case err != nil:
		return string(rules.Failed)
	}
	switch result.Outcome {
	case activities.RequestOpened:
		return string(rules.Created)
	case activities.RequestJoined:
		return string(rules.Matched)
	case activities.RequestReopened:
		return string(rules.Updated)
	}
	return string(rules.Unchanged)
}

// childAlert is for the alerts that an import or a reconcile brings in. They go on when that is cancelled: a request that is
// being opened is not to be left behind half done.
func childAlert(ctx workflow.Context, in flow.AlertTriggeredInput, priority int, searchable bool) workflow.Context {
	options := workflow.ChildWorkflowOptions{
		WorkflowID:            flow.AlertTriggeredID(in.Connection, in.Alert.UID),
		WorkflowIDReusePolicy: enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY,
		ParentClosePolicy:     enumspb.PARENT_CLOSE_POLICY_ABANDON,
		Priority:              temporal.Priority{PriorityKey: priority},
		StaticSummary:         AlertSummary(in),
	}
	if searchable {
		options.TypedSearchAttributes = AlertAttributes(in.Connection, in.Alert.UID, in.Alert.DeviceID, in.Alert.OrganizationID)
	}
	return workflow.WithChildOptions(ctx, options)
}
