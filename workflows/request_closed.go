package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
)

// staleRead is how long Accelo may go on showing a request as it was before the change it has just told us of
// (contract accelo 10.4); a request that we are just opening gets the same time to become known.
const staleRead = 2 * time.Second

// RequestClosed follows what people do with a request in Accelo: closing or converting it resets its alerts in NinjaOne.
// Every further change of status while it runs is followed as well, so that the last one always counts.
func runRequestClosed(ctx workflow.Context, in flow.RequestClosedInput) (flow.AlertResult, error) {
	changed := workflow.GetSignalChannel(ctx, flow.ChangedSignal)
	result := flow.AlertResult{RequestID: in.RequestID}
	for {
		changes := 0
		for change := (flow.RequestChange{}); changed.ReceiveAsync(&change); { // what has come so far is all seen by the same reading
			changes++
			in.Compared = in.Compared || change.Compared
		}
		if err := followRequest(ctx, in, changes, &result); err != nil {
			return result, err
		}
		if changed.Len() == 0 {
			return conclusion(ctx, result)
		}
	}
}

// followRequest reads where the request stands and resets its alerts where that is called for. What looks unchanged is read
// once more a little later.
func followRequest(ctx workflow.Context, in flow.RequestClosedInput, changes int, result *flow.AlertResult) error {
	followed, err := readRequest(ctx, in, changes)
	if err != nil {
		return err
	}
	if followed.Outcome == activities.RequestUnchanged || followed.Outcome == activities.RequestNotOurs {
		if err := workflow.NewTimerWithOptions(ctx, staleRead, workflow.TimerOptions{Summary: "look again"}).Get(ctx, nil); err != nil {
			return err
		}
		if followed, err = readRequest(ctx, in, changes); err != nil {
			return err
		}
	}
	result.Outcome, result.Text = followed.Outcome, followed.Text
	if err := showAlert(ctx, in.Connection, followed); err != nil {
		return err
	}
	if len(followed.Reset) == 0 {
		return nil
	}
	var reset activities.NinjaResetAlertsResult
	err = workflow.ExecuteActivity(urgentCall(ctx, fmt.Sprintf("reset %d alerts in NinjaOne", len(followed.Reset))), steps.NinjaResetAlerts,
		activities.NinjaResetAlertsInput{Connection: in.Connection, UIDs: followed.Reset}).Get(ctx, &reset)
	if err != nil {
		return err
	}
	result.Reset = append(result.Reset, followed.Reset...)
	result.Text += fmt.Sprintf("; %d alerts reset, %d were gone already", reset.Reset, reset.AlreadyGone)
	return nil
}

// showAlert makes the execution findable by what its request was opened for, once that is known.
func showAlert(ctx workflow.Context, connection string, followed activities.AcceloFollowRequestResult) error {
	known := workflow.GetTypedSearchAttributes(ctx)
	if followed.AlertUID == "" || known.Size() == 0 || known.ContainsKey(flow.AlertAttribute) {
		return nil
	}
	attributes := AlertAttributes(connection, followed.AlertUID, followed.DeviceID, followed.OrganizationID)
	return workflow.UpsertTypedSearchAttributes(ctx, attributes.Copy())
}

func readRequest(ctx workflow.Context, in flow.RequestClosedInput, changes int) (activities.AcceloFollowRequestResult, error) {
	var result activities.AcceloFollowRequestResult
	err := workflow.ExecuteActivity(urgentCall(ctx, fmt.Sprintf("look at %d in Accelo", in.RequestID)), steps.AcceloFollowRequest,
		activities.AcceloFollowRequestInput{Connection: in.Connection, RequestID: in.RequestID, Changes: changes, Compared: in.Compared}).Get(ctx, &result)
	return result, err
}
