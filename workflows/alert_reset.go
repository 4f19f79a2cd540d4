package workflows

import (
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
)

// AlertReset closes the request of an alert that NinjaOne has reset, or notes it there, as ON_RESET says. A reset that comes
// before its trigger is remembered.
func runAlertReset(ctx workflow.Context, in flow.AlertResetInput) (flow.AlertResult, error) {
	closed, err := closeRequest(ctx, in)
	if err != nil {
		return flow.AlertResult{}, err
	}
	if err := showRequest(ctx, closed.RequestID); err != nil {
		return flow.AlertResult{}, err
	}
	return conclusion(ctx, flow.AlertResult{Outcome: closed.Outcome, RequestID: closed.RequestID, Text: closed.Text})
}

func closeRequest(ctx workflow.Context, in flow.AlertResetInput) (activities.AcceloCloseRequestResult, error) {
	var result activities.AcceloCloseRequestResult
	err := workflow.ExecuteActivity(urgentCall(ctx, "end in Accelo what was opened for alert "+in.UID), steps.AcceloCloseRequest,
		activities.AcceloCloseRequestInput{Connection: in.Connection, UID: in.UID, ActivityID: in.ActivityID, Message: in.Message}).Get(ctx, &result)
	return result, err
}
