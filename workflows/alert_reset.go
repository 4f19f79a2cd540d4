package workflows

import (
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
)

// runAlertReset implements the AlertReset workflow: it closes the request of an alert that was reset in NinjaOne, or notes the
// reset on it, as ON_RESET says. A reset that arrives before its alert is remembered, so that the alert opens no request.
func runAlertReset(ctx workflow.Context, in flow.AlertResetInput) (flow.AlertResult, error) {
	closed, err := closeRequest(ctx, in)
	if err != nil {
		return flow.AlertResult{}, err
	}
	if err := setRequestAttribute(ctx, closed.RequestID); err != nil {
		return flow.AlertResult{}, err
	}
	return finishAlert(ctx, flow.AlertResult{Outcome: closed.Outcome, RequestID: closed.RequestID, Text: closed.Text})
}

func closeRequest(ctx workflow.Context, in flow.AlertResetInput) (activities.AcceloCloseRequestResult, error) {
	var result activities.AcceloCloseRequestResult
	err := workflow.ExecuteActivity(urgentCall(ctx, "Close alert "+in.UID+" in Accelo"), steps.AcceloCloseRequest,
		activities.AcceloCloseRequestInput{Connection: in.Connection, UID: in.UID, ActivityID: in.ActivityID, Message: in.Message}).Get(ctx, &result)
	return result, err
}
