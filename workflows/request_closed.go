package workflows

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
)

// staleRead is how long Accelo may return a request as it was before the change that its webhook reports (accelo.md 10.4). A
// request that we are just opening becomes known as ours within the same time.
const staleRead = 2 * time.Second

// runRequestClosed implements the RequestClosed workflow: it follows what someone in Accelo does with a request. Closing or
// converting a request resets its alerts in NinjaOne. Changes that arrive while it runs are followed too, so the last one always
// counts.
func runRequestClosed(ctx workflow.Context, in flow.RequestClosedInput) (flow.AlertResult, error) {
	changed := workflow.GetSignalChannel(ctx, flow.ChangedSignal)
	result := flow.AlertResult{RequestID: in.RequestID}
	for {
		changes := 0
		for change := (flow.RequestChange{}); changed.ReceiveAsync(&change); { // one read sees all changes so far
			changes++
			in.Compared = in.Compared || change.Compared
		}
		if err := followRequest(ctx, in, changes, &result); err != nil {
			return result, err
		}
		if changed.Len() == 0 {
			return finishAlert(ctx, result)
		}
	}
}

// followRequest reads a request and resets its alerts if that is called for. A request that looks unchanged is read again a
// little later.
func followRequest(ctx workflow.Context, in flow.RequestClosedInput, changes int, result *flow.AlertResult) error {
	followed, err := readRequest(ctx, in, changes)
	if err != nil {
		return err
	}
	if followed.Outcome == flow.Unchanged || followed.Outcome == flow.NotOurs {
		timer := workflow.NewTimerWithOptions(ctx, staleRead, workflow.TimerOptions{Summary: "Wait for Accelo to show the change"})
		if err := timer.Get(ctx, nil); err != nil {
			return err
		}
		if followed, err = readRequest(ctx, in, changes); err != nil {
			return err
		}
	}
	result.Outcome, result.Text = followed.Outcome, followed.Text
	if err := setAlertAttributes(ctx, in.Connection, followed); err != nil {
		return err
	}
	if len(followed.Reset) == 0 {
		return nil
	}
	var reset activities.NinjaResetAlertsResult
	for len(followed.Reset) > 0 && !reset.Withdrawn {
		if err := resetAlerts(ctx, in, followed, &reset); err != nil {
			return err
		}
		result.Reset = append(result.Reset, followed.Reset...)
		result.Reset = result.Reset[:min(len(result.Reset), maxNamedResets)]
		if !followed.More {
			break
		}
		if followed, err = readRequest(ctx, in, 0); err != nil {
			return err
		}
	}
	result.Text += "; " + resetText(reset)
	return nil
}

const (
	// resetBatch is how many alerts one activity resets. What it has done is durable, so each attempt of it has less to do.
	resetBatch = 50
	// maxNamedResets bounds how many of them the result names.
	maxNamedResets = 500
)

// resetAlerts resets the alerts of a request in batches, and adds what became of them. If someone opens the request again, it leaves the others.
func resetAlerts(
	ctx workflow.Context, in flow.RequestClosedInput, followed activities.AcceloFollowRequestResult, total *activities.NinjaResetAlertsResult,
) error {
	size := len(followed.Reset)
	if size > resetBatch && workflow.GetVersion(ctx, "reset-batches", workflow.DefaultVersion, 1) != workflow.DefaultVersion {
		size = resetBatch
	}
	for uids := range slices.Chunk(followed.Reset, size) {
		var reset activities.NinjaResetAlertsResult
		err := workflow.ExecuteActivity(urgentCall(ctx, "Reset "+rules.Count(len(uids), "alert")+" in NinjaOne"), steps.NinjaResetAlerts,
			activities.NinjaResetAlertsInput{
				Connection: in.Connection, UIDs: uids, RequestID: in.RequestID, DecidedAt: followed.ReadAt,
			}).Get(ctx, &reset)
		if err != nil {
			return err
		}
		total.Reset += reset.Reset
		total.AlreadyGone += reset.AlreadyGone
		if total.Withdrawn = reset.Withdrawn; reset.Withdrawn {
			return nil
		}
	}
	return nil
}

func readRequest(ctx workflow.Context, in flow.RequestClosedInput, changes int) (activities.AcceloFollowRequestResult, error) {
	var result activities.AcceloFollowRequestResult
	err := workflow.ExecuteActivity(urgentCall(ctx, "Check #"+strconv.FormatInt(in.RequestID, 10)+" in Accelo"), steps.AcceloFollowRequest,
		activities.AcceloFollowRequestInput{Connection: in.Connection, RequestID: in.RequestID, Changes: changes, Compared: in.Compared}).Get(ctx, &result)
	return result, err
}

// setAlertAttributes makes the execution searchable by the alert of its request, once, if it was started with search attributes
// at all.
func setAlertAttributes(ctx workflow.Context, connection string, followed activities.AcceloFollowRequestResult) error {
	current := workflow.GetTypedSearchAttributes(ctx)
	if followed.AlertUID == "" || current.Size() == 0 || current.ContainsKey(flow.AlertAttribute) {
		return nil
	}
	attributes := flow.AlertAttributes(connection, followed.AlertUID, followed.DeviceID, followed.OrganizationID)
	return workflow.UpsertTypedSearchAttributes(ctx, attributes.Copy())
}

func resetText(reset activities.NinjaResetAlertsResult) string {
	text := rules.Count(reset.Reset, "alert") + " reset in NinjaOne"
	switch reset.AlreadyGone {
	case 0:
	case 1:
		text += ", 1 was already reset"
	default:
		text += fmt.Sprintf(", %d were already reset", reset.AlreadyGone)
	}
	if reset.Withdrawn {
		text += "; then someone opened the request again, so the others stay active"
	}
	return text
}
