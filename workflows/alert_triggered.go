package workflows

import (
	"strconv"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
)

// AlertTriggered brings an alert of NinjaOne to Accelo as a request. The request comes first, from what the webhook said and
// what is stored; then the device is brought up to date and its asset linked. An alert below the least severity opens none,
// and neither does one that is reset during the hold-down.
func runAlertTriggered(ctx workflow.Context, in flow.AlertTriggeredInput) (flow.AlertResult, error) {
	if reason := rules.BelowSeverity(in.Alert.Severity, in.Rules.MinSeverity); reason != "" {
		return conclusion(ctx, flow.AlertResult{Outcome: "skipped", Text: reason})
	}
	if err := holdDown(ctx, in); err != nil {
		return flow.AlertResult{}, err
	}
	opened, err := openRequest(ctx, in)
	if err != nil {
		return flow.AlertResult{}, err
	}
	result := flow.AlertResult{Outcome: opened.Outcome, RequestID: opened.RequestID, Text: opened.Text, APICalls: opened.APICalls}
	if opened.Outcome == activities.AlertAlreadyReset {
		return conclusion(ctx, result)
	}
	if err := showRequest(ctx, opened.RequestID); err != nil {
		return result, err
	}
	if err := catchUp(ctx, in, opened, &result); err != nil {
		return result, err
	}
	if opened.Outcome != activities.RequestJoined {
		device, err := syncAlertDevice(ctx, in, opened.IncidentID)
		if err != nil {
			return result, err
		}
		result.Text += "; " + device.Text
		result.APICalls = result.APICalls.Plus(device.APICalls)
	}
	return conclusion(ctx, result)
}

// catchUp follows what happened to the request while it was being opened, and whoever heard of it could do nothing yet.
func catchUp(ctx workflow.Context, in flow.AlertTriggeredInput, opened activities.AcceloOpenRequestResult, result *flow.AlertResult) error {
	switch {
	case opened.ResetMeanwhile: // the reset left the closing to us
		closed, err := closeRequest(ctx, flow.AlertResetInput{Connection: in.Connection, UID: in.Alert.UID})
		if err != nil {
			return err
		}
		result.Text += "; " + closed.Text
	case opened.Found: // the webhooks of what people did with it may have come before it was known to be ours
		followed := flow.AlertResult{}
		request := flow.RequestClosedInput{Connection: in.Connection, RequestID: opened.RequestID, Compared: true}
		if err := followRequest(ctx, request, 1, &followed); err != nil {
			return err
		}
		result.Text, result.Reset = result.Text+"; "+followed.Text, followed.Reset
	}
	return nil
}

// holdDown waits for a fault that may pass by itself. A reset meanwhile leaves a tombstone, which opening the request finds.
func holdDown(ctx workflow.Context, in flow.AlertTriggeredInput) error {
	if in.Rules.HoldDown <= 0 {
		return nil
	}
	workflow.SetCurrentDetails(ctx, "Waiting "+in.Rules.HoldDown.String()+" whether the alert is reset by itself.")
	return workflow.NewTimerWithOptions(ctx, in.Rules.HoldDown, workflow.TimerOptions{Summary: "hold-down"}).Get(ctx, nil)
}

// placings is how often the company and the device of an alert are brought about before it is opened; a second time means that
// the device has moved to an unknown organization in between.
const placings = 3

// openRequest opens the request; where the organization or the device was never synced, that comes first.
func openRequest(ctx workflow.Context, in flow.AlertTriggeredInput) (activities.AcceloOpenRequestResult, error) {
	for range placings {
		var result activities.AcceloOpenRequestResult
		err := executeAtOnce(ctx, "open in Accelo for device "+strconv.Itoa(in.Alert.DeviceID), steps.AcceloOpenRequest,
			activities.AcceloOpenRequestInput{Connection: in.Connection, Alert: in.Alert}, &result)
		if err != nil || result.Outcome != activities.OrganizationUnknown {
			return result, err
		}
		err = workflow.ExecuteActivity(urgentCall(ctx, "organization "+strconv.Itoa(result.OrganizationID)), steps.AcceloSyncAlertCompany,
			activities.AcceloSyncAlertCompanyInput{Connection: in.Connection, OrganizationID: result.OrganizationID, Alert: in.Alert}).Get(ctx, nil)
		if err != nil {
			return result, err
		}
		if !result.DeviceKnown {
			if _, err := syncAlertDevice(ctx, in, 0); err != nil {
				return result, err
			}
		}
	}
	// A workflow that failed may be started again, by a reconcile or by `starter retry`; one that ended well may not.
	return activities.AcceloOpenRequestResult{}, temporal.NewNonRetryableApplicationError(
		"the alert's organization stays unknown although it was synced", activities.Refused, nil)
}

// syncAlertDevice refreshes the device's asset and links it to the incident's request, where there is one yet.
func syncAlertDevice(ctx workflow.Context, in flow.AlertTriggeredInput, incidentID int64) (activities.AcceloSyncAlertDeviceResult, error) {
	var result activities.AcceloSyncAlertDeviceResult
	err := executeAtOnce(ctx, "device "+strconv.Itoa(in.Alert.DeviceID), steps.AcceloSyncAlertDevice,
		activities.AcceloSyncAlertDeviceInput{Connection: in.Connection, Alert: in.Alert, IncidentID: incidentID}, &result)
	return result, err
}

// showRequest makes the execution findable by its request.
func showRequest(ctx workflow.Context, requestID int64) error {
	if requestID == 0 || workflow.GetTypedSearchAttributes(ctx).Size() == 0 { // the namespace has none of our attributes
		return nil
	}
	return workflow.UpsertTypedSearchAttributes(ctx, flow.RequestAttribute.ValueSet(strconv.FormatInt(requestID, 10)))
}

// conclusion says in words, for people, what came of it.
func conclusion(ctx workflow.Context, result flow.AlertResult) (flow.AlertResult, error) {
	workflow.SetCurrentDetails(ctx, result.Text)
	return result, nil
}

// AlertAttributes makes an execution findable by connection, alert, device and organization.
func AlertAttributes(connection, uid string, deviceID, organizationID int) temporal.SearchAttributes {
	updates := []temporal.SearchAttributeUpdate{flow.ConnectionAttribute.ValueSet(connection), flow.AlertAttribute.ValueSet(uid)}
	if deviceID != 0 {
		updates = append(updates, flow.DeviceAttribute.ValueSet(strconv.Itoa(deviceID)))
	}
	if organizationID != 0 {
		updates = append(updates, flow.OrganizationAttribute.ValueSet(strconv.Itoa(organizationID)))
	}
	return temporal.NewSearchAttributes(updates...)
}
