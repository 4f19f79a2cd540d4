package reconcile

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// endFailures ends the failures of records that NinjaOne no longer has or no longer manages: no import meets these again, so nothing
// else would. It asks for each record by id, because only that says so, and only for those whose retry was due and did not meet them.
// A device that moved is retried with its organization from then on. It returns why some could not be checked, "" if all were.
func (r *Reconciler) endFailures(ctx context.Context, c tenant.Connection, check Check) (doubt string, err error) {
	failures, err := r.Store.Failures(ctx, c.Name)
	if err != nil {
		return "", err
	}
	unmet := slices.DeleteFunc(failures, func(f store.Failure) bool {
		return f.NinjaID == store.Unreadable || !check.Now && check.At.Before(f.UpdatedAt.Add(retryDelay(f.Attempts)))
	})
	asked := failedRecords{reconciler: r, connection: c, devices: map[int]deviceAnswer{}}
	undecided := 0
	var cause error
	for _, failure := range unmet[:min(len(unmet), maxLooks)] {
		if err := asked.settle(ctx, failure); ctx.Err() != nil {
			return "", ctx.Err()
		} else if err != nil {
			undecided++
			cause = err
		}
		if cause != nil && (ninjaone.IsTransient(cause) || undecided == maxRefusals) {
			break
		}
	}
	if cause == nil {
		return "", nil
	}
	return rules.Count(undecided, "failed record") + " could not be checked: " + cause.Error(), nil
}

// failedRecords looks at records that failed.
type failedRecords struct {
	reconciler *Reconciler
	connection tenant.Connection
	devices    map[int]deviceAnswer
	// active are the alerts that NinjaOne lists, nil until they are needed.
	active map[string]bool
}

// deviceAnswer is what NinjaOne says about one device.
type deviceAnswer struct {
	device ninjaone.Device
	err    error
}

// settle ends a failure, or corrects where it is retried. The error means that NinjaOne could not say.
func (f *failedRecords) settle(ctx context.Context, failure store.Failure) error {
	ended, reason := false, "it no longer exists in NinjaOne"
	var err error
	switch failure.Kind {
	case store.Organizations:
		ended, err = f.organizationEnded(ctx, failure)
	case store.Devices:
		ended, reason, err = f.deviceEnded(ctx, failure)
	case store.Alerts:
		reason = "its device no longer exists in NinjaOne"
		ended, err = f.alertEnded(ctx, failure)
	}
	if err != nil || !ended {
		return err
	}
	tenant.LoggerFrom(ctx).Info("a failure ends", "kind", failure.Kind, "ninja_id", failure.NinjaID, "reason", reason)
	return f.reconciler.Store.ClearFailures(ctx, f.connection.Name, failure.Kind, failure.NinjaID)
}

func (f *failedRecords) organizationEnded(ctx context.Context, failure store.Failure) (bool, error) {
	id, err := strconv.Atoi(failure.NinjaID)
	if err != nil {
		return false, fmt.Errorf("stored organization %q: %w", failure.NinjaID, err)
	}
	return notFound(organizationSource.get(ctx, f.connection.NinjaOne, id))
}

func (f *failedRecords) deviceEnded(ctx context.Context, failure store.Failure) (ended bool, reason string, err error) {
	id, err := strconv.Atoi(failure.NinjaID)
	if err != nil {
		return false, "", fmt.Errorf("stored device %q: %w", failure.NinjaID, err)
	}
	device, ended, err := f.device(ctx, id)
	switch {
	case err != nil:
		return false, "", err
	case ended:
		return true, "it no longer exists in NinjaOne", nil
	case !device.Approved():
		return true, "NinjaOne doesn't manage it: " + device.ApprovalStatus, nil
	case device.OrganizationID != 0 && device.OrganizationID != failure.OrganizationID:
		return false, "", f.reconciler.Store.MoveFailure(ctx, f.connection.Name, store.Devices, failure.NinjaID, device.OrganizationID,
			flow.ImportOrganizationID(f.connection.Name, device.OrganizationID))
	}
	return false, "", nil
}

// alertEnded reports whether an alert that never got a request has ended with its device. What NinjaOne lists, or we know as active,
// ends with its reset.
func (f *failedRecords) alertEnded(ctx context.Context, failure store.Failure) (bool, error) {
	if failure.EventType != store.TriggeredEvent {
		return false, nil
	}
	var alert rules.Alert
	if err := json.Unmarshal(failure.Event, &alert); err != nil || alert.DeviceID == 0 {
		return false, err
	}
	_, ended, err := f.device(ctx, alert.DeviceID)
	if err != nil || !ended {
		return false, err
	}
	states, err := f.reconciler.Store.AlertStates(ctx, f.connection.Name, []string{failure.NinjaID})
	if err != nil {
		return false, err
	}
	if state := states[failure.NinjaID]; state.Active && state.DeviceID != 0 { // it has an incident, not only this failure
		return false, nil
	}
	if f.active == nil {
		listed, err := f.connection.NinjaOne.Alerts(ctx)
		if err != nil || listed.Unreadable > 0 { // any alert may be one of those
			return false, err
		}
		f.active = map[string]bool{}
		for _, each := range listed.Alerts {
			f.active[each.UID] = true
		}
	}
	return !f.active[failure.NinjaID], nil
}

// device reads a device once. Ended means that NinjaOne doesn't have it.
func (f *failedRecords) device(ctx context.Context, id int) (device ninjaone.Device, ended bool, err error) {
	answer, asked := f.devices[id]
	if !asked {
		answer.device, answer.err = f.connection.NinjaOne.Device(ctx, id)
		f.devices[id] = answer
	}
	ended, err = notFound(answer.err)
	return answer.device, ended, err
}

// notFound separates NinjaOne's word that it doesn't know a record from every other error.
func notFound(err error) (bool, error) {
	if ninjaone.IsNotFound(err) {
		return true, nil
	}
	return false, err
}
