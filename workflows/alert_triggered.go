package workflows

import (
	"strconv"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
)

// maxPrepareAttempts bounds how often we create the company and device an alert needs before giving up. A second attempt is
// needed if the device moves to another new organization in the meantime.
const maxPrepareAttempts = 3

// runAlertTriggered implements the AlertTriggered workflow: it opens an Accelo request for a NinjaOne alert. The request comes
// first, from the event and stored data alone; then the device's asset is updated and linked to it. An alert below the minimum
// severity opens no request, nor does one that is reset during the hold-down, or whose organization is switched off.
func runAlertTriggered(ctx workflow.Context, in flow.AlertTriggeredInput) (flow.AlertResult, error) {
	calls, err := findSeverity(ctx, &in)
	if err != nil {
		return flow.AlertResult{}, err
	}
	if reason := rules.BelowSeverity(in.Alert.Severity, in.Rules.MinSeverity); reason != "" {
		return finishAlert(ctx, flow.AlertResult{Outcome: flow.Skipped, Text: reason, APICalls: calls})
	}
	if err := holdDown(ctx, in); err != nil {
		return flow.AlertResult{}, err
	}
	opened, err := openRequest(ctx, in)
	if err != nil {
		return flow.AlertResult{}, err
	}
	result := flow.AlertResult{Outcome: opened.Outcome, RequestID: opened.RequestID, Text: opened.Text, APICalls: calls.Plus(opened.APICalls)}
	if opened.Outcome == flow.AlreadyReset || opened.Outcome == flow.SwitchedOff {
		return finishAlert(ctx, result)
	}
	if err := setRequestAttribute(ctx, opened.RequestID); err != nil {
		return result, err
	}
	if err := catchUp(ctx, in, opened, &result); err != nil {
		return result, err
	}
	if opened.Outcome != flow.Joined && !hasNoDevice(in.Alert) {
		device, err := syncDevice(ctx, in, opened.IncidentID)
		if err != nil {
			return result, err
		}
		result.Text += "; " + device.Text
		result.APICalls = result.APICalls.Plus(device.APICalls)
	}
	return finishAlert(ctx, result)
}

// findSeverity looks up the severity of an alert that came without one, if that decides whether it opens a request. An alert whose
// severity nobody knows opens one: it could be the worst.
func findSeverity(ctx workflow.Context, in *flow.AlertTriggeredInput) (flow.APICalls, error) {
	if !in.Alert.NeedsSeverity(in.Rules.MinSeverity) {
		return flow.APICalls{}, nil
	}
	if workflow.GetVersion(ctx, findSeverityChange, workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		in.Alert.Severity = "NONE" // what executions of earlier versions took it for
		return flow.APICalls{}, nil
	}
	var found activities.NinjaFindSeverityResult
	err := workflow.ExecuteLocalActivity(briefAttempts(ctx, "Find severity"), steps.NinjaFindSeverity,
		activities.NinjaFindSeverityInput{Connection: in.Connection, UID: in.Alert.UID, TriggeredAt: in.Alert.TriggeredAt}).Get(ctx, &found)
	if temporal.IsCanceledError(err) {
		return found.APICalls, err
	}
	in.Alert.Severity = found.Severity
	if in.Alert.Priority == "" {
		in.Alert.Priority = found.Priority
	}
	return found.APICalls, nil
}

// findSeverityChange is the id of the change with which AlertTriggered began to look severities up.
const findSeverityChange = "find-severity"

// holdDown waits, because the alert may clear on its own. A reset in the meantime leaves a tombstone that openRequest finds.
func holdDown(ctx workflow.Context, in flow.AlertTriggeredInput) error {
	if in.Rules.HoldDown <= 0 {
		return nil
	}
	workflow.SetCurrentDetails(ctx, "Holding for "+rules.Duration(in.Rules.HoldDown)+" in case the alert clears on its own.")
	return workflow.NewTimerWithOptions(ctx, in.Rules.HoldDown, workflow.TimerOptions{Summary: "Hold down"}).Get(ctx, nil)
}

// openRequest opens the alert's request. If its organization was never synced, it first syncs the organization's company, and
// the device too if that is new.
func openRequest(ctx workflow.Context, in flow.AlertTriggeredInput) (activities.AcceloOpenRequestResult, error) {
	for range maxPrepareAttempts {
		var result activities.AcceloOpenRequestResult
		err := executeLocalFirst(ctx, "Raise alert in Accelo for device "+strconv.Itoa(in.Alert.DeviceID), steps.AcceloOpenRequest,
			activities.AcceloOpenRequestInput{Connection: in.Connection, Alert: in.Alert}, &result)
		if err != nil || result.Outcome != flow.OrganizationUnknown {
			return result, err
		}
		if err := syncCompany(ctx, in, result.OrganizationID); err != nil {
			return result, err
		}
		if !result.DeviceKnown {
			if _, err := syncDevice(ctx, in, 0); err != nil {
				return result, err
			}
		}
	}
	// The workflow has to fail: a reconciliation or `starter retry` can start a failed one again, but not a completed one.
	return activities.AcceloOpenRequestResult{}, temporal.NewNonRetryableApplicationError(
		"the alert's organization is still not in Accelo after it was synced", activities.Refused, nil)
}

func syncCompany(ctx workflow.Context, in flow.AlertTriggeredInput, organizationID int) error {
	return workflow.ExecuteActivity(urgentCall(ctx, "Sync organization "+strconv.Itoa(organizationID)), steps.AcceloSyncAlertCompany,
		activities.AcceloSyncAlertCompanyInput{Connection: in.Connection, OrganizationID: organizationID, Alert: in.Alert}).Get(ctx, nil)
}

// syncDevice updates the device's asset and links it to the incident's request. An incidentID of 0 means that there is no
// request yet.
func syncDevice(ctx workflow.Context, in flow.AlertTriggeredInput, incidentID int64) (activities.AcceloSyncAlertDeviceResult, error) {
	var result activities.AcceloSyncAlertDeviceResult
	err := executeLocalFirst(ctx, "Update device "+strconv.Itoa(in.Alert.DeviceID)+" in Accelo", steps.AcceloSyncAlertDevice,
		activities.AcceloSyncAlertDeviceInput{Connection: in.Connection, Alert: in.Alert, IncidentID: incidentID}, &result)
	return result, err
}

// hasNoDevice is true for a test alert of an organization without devices. Every alert of NinjaOne's has a device.
func hasNoDevice(alert rules.Alert) bool {
	return alert.DeviceID == 0 && rules.IsTestAlert(alert.UID)
}

// catchUp handles what happened to the request before it was known to be ours: the workflows of those events found nothing.
func catchUp(ctx workflow.Context, in flow.AlertTriggeredInput, opened activities.AcceloOpenRequestResult, result *flow.AlertResult) error {
	switch {
	case opened.ResetMeanwhile: // the AlertReset left closing it to us
		closed, err := closeRequest(ctx, flow.AlertResetInput{Connection: in.Connection, UID: in.Alert.UID})
		if err != nil {
			return err
		}
		result.Text += "; " + closed.Text
	case opened.Found: // an earlier attempt created it, so someone may have closed or converted it already
		followed := flow.AlertResult{}
		request := flow.RequestClosedInput{Connection: in.Connection, RequestID: opened.RequestID, Compared: true}
		if err := followRequest(ctx, request, 1, &followed); err != nil {
			return err
		}
		result.Text, result.Reset = result.Text+"; "+followed.Text, followed.Reset
	}
	return nil
}

// setRequestAttribute makes the execution searchable by its request, if it was started with search attributes at all.
func setRequestAttribute(ctx workflow.Context, requestID int64) error {
	if requestID == 0 || workflow.GetTypedSearchAttributes(ctx).Size() == 0 {
		return nil
	}
	return workflow.UpsertTypedSearchAttributes(ctx, flow.RequestAttribute.ValueSet(strconv.FormatInt(requestID, 10)))
}

// finishAlert shows the result in Temporal's UI.
func finishAlert(ctx workflow.Context, result flow.AlertResult) (flow.AlertResult, error) {
	workflow.SetCurrentDetails(ctx, result.Text)
	return result, nil
}
