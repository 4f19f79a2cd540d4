package reconcile

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/event"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// alertListLag is how old an alert must be before its absence from NinjaOne's list means that it was reset.
const alertListLag = time.Minute

// ActiveDifferences are the differences between NinjaOne's list of active alerts and ours, in order of uid.
type ActiveDifferences struct {
	Alerts []flow.MissedAlert
	// More means that there are further differences after the last of these.
	More bool
	// NeedsApproval is why the resets among the differences were left out; "" if none were.
	NeedsApproval string
}

// CompareActive compares NinjaOne's list of active alerts with ours: a listed alert that we don't know was missed, and one that is
// no longer listed was reset. Before the first import, unknown alerts are left to the import. Resets of too many alerts at once need
// approval. Alerts up to the uid after were handed out before and are left out.
func (r *Reconciler) CompareActive(ctx context.Context, connection string, approved bool, after string) (ActiveDifferences, error) {
	found := ActiveDifferences{Alerts: []flow.MissedAlert{}}
	c, err := r.Tenants.Ready(ctx, connection)
	if err != nil {
		return found, err
	}
	active, err := r.Store.ActiveAlertStates(ctx, connection) // before the list is read, so that it can't be newer
	if err != nil {
		return found, err
	}
	listed, err := c.NinjaOne.Alerts(ctx)
	if err != nil {
		return found, fmt.Errorf("read NinjaOne's alerts: %w", err)
	}
	imported, err := r.Store.WasImported(ctx, connection, flow.FullImportID(connection))
	if err != nil {
		return found, err
	}
	var missed []flow.MissedAlert
	if imported {
		if missed, err = r.missedTriggers(ctx, c, listed); err != nil {
			return found, err
		}
	}
	missing := notListed(active, listed)
	found.NeedsApproval = needsApproval(len(missing), len(active), "open alerts are no longer listed by NinjaOne")
	switch {
	case approved:
		found.NeedsApproval = ""
		missed = append(missed, resetsOf(connection, missing, time.Now())...)
	case found.NeedsApproval == "":
		missed = append(missed, resetsOf(connection, missing, time.Now().Add(-alertListLag))...)
	}
	found.addBatch(missed, after)
	return found, r.describeDevices(ctx, connection, found.Alerts)
}

// addBatch adds as many alerts as a workflow should carry, in order of uid.
func (d *ActiveDifferences) addBatch(missed []flow.MissedAlert, after string) {
	slices.SortFunc(missed, func(x, y flow.MissedAlert) int { return strings.Compare(x.UID, y.UID) })
	size := 0
	for _, alert := range missed {
		if alert.UID <= after {
			continue
		}
		size += missedSize(alert)
		if len(d.Alerts) > 0 && (len(d.Alerts) == maxMissedPerBatch || size > maxMissedBytes) {
			d.More = true
			return
		}
		d.Alerts = append(d.Alerts, alert)
	}
}

// missedTriggers returns the listed alerts that we don't know, or whose request is overdue.
func (r *Reconciler) missedTriggers(ctx context.Context, c tenant.Connection, listed []ninjaone.Alert) ([]flow.MissedAlert, error) {
	uids := make([]string, len(listed))
	for i, alert := range listed {
		uids[i] = alert.UID
	}
	states, err := r.Store.AlertStates(ctx, c.Name, uids)
	if err != nil {
		return nil, err
	}
	var missed []flow.MissedAlert
	for _, alert := range listed {
		_, known := states[alert.UID]
		trigger := event.ActiveAlert(alert)
		if known || rules.BelowSeverity(trigger.Severity, r.Alerts.MinSeverity) != "" {
			continue
		}
		missed = append(missed, flow.MissedAlert{UID: alert.UID, Trigger: &trigger})
	}
	return missed, nil
}

// describeDevices adds what is stored of their devices to missed alerts. A device without a link is read when the request is opened.
func (r *Reconciler) describeDevices(ctx context.Context, connection string, missed []flow.MissedAlert) error {
	var ids []string
	for _, alert := range missed {
		if alert.Trigger != nil {
			ids = append(ids, strconv.Itoa(alert.Trigger.DeviceID))
		}
	}
	links, err := r.Store.LinksByID(ctx, connection, store.Devices, ids)
	if err != nil {
		return err
	}
	for _, alert := range missed {
		if alert.Trigger == nil {
			continue
		}
		if link, known := links[strconv.Itoa(alert.Trigger.DeviceID)]; known && link.State == store.Linked {
			link.DescribeDevice(alert.Trigger)
		}
	}
	return nil
}

// notListed returns the alerts that we think are active and NinjaOne doesn't list.
func notListed(active map[string]store.AlertState, listed []ninjaone.Alert) []store.AlertState {
	uids := make(map[string]bool, len(listed))
	for _, alert := range listed {
		uids[alert.UID] = true
	}
	var missing []store.AlertState
	for uid, state := range active {
		if !uids[uid] {
			missing = append(missing, state)
		}
	}
	return missing
}

// resetsOf returns the resets of the alerts that we have known since before a time.
func resetsOf(connection string, missing []store.AlertState, before time.Time) []flow.MissedAlert {
	var missed []flow.MissedAlert
	for _, state := range missing {
		if state.CreatedAt.After(before) {
			continue
		}
		missed = append(missed, flow.MissedAlert{UID: state.UID, Reset: &flow.AlertResetInput{
			Connection: connection, UID: state.UID, DeviceID: state.DeviceID, Message: "NinjaOne no longer lists the alert as active.",
		}})
	}
	return missed
}
