package reconcile

import (
	"cmp"
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

const (
	// alertListLag is how old a change of an alert must be before we expect NinjaOne's list to show it.
	alertListLag = time.Minute
	// maxSeverityLooks bounds how many alerts without a severity one page asks the activity log about, one by one.
	maxSeverityLooks = 100
	// maxEndings bounds the resets and revivals of a page, so that missed alerts have room on it.
	maxEndings = maxMissedPerBatch / 2
)

// ActiveDifferences are the differences between NinjaOne's list of active alerts and ours.
type ActiveDifferences struct {
	Alerts []flow.MissedAlert
	// Rules decide which of them open a request, and when.
	Rules flow.AlertRules
	// Requests were closed or converted by a person, but their alerts are still active.
	Requests []int64
	// More means that there are further missed alerts after the uid After.
	More  bool
	After string
	// NeedsApproval is why resets among the differences were left out; "" if none were.
	NeedsApproval string
	// Doubts say in which respect NinjaOne's answers can't be trusted or are incomplete.
	Doubts []string
}

// CompareActive compares NinjaOne's list of active alerts with ours. A listed alert that we don't know was missed; before the first
// import it is left to the import. For everything else the list only nominates: an alert that it lacks counts as reset, and one that it
// has although it was reset counts as active, only if the alert itself says so too. Resets of too many alerts in a day need approval.
// Missed alerts up to the uid after were handed out before and are left out.
func (r *Reconciler) CompareActive(ctx context.Context, check Check, after string) (ActiveDifferences, error) {
	found := ActiveDifferences{Alerts: []flow.MissedAlert{}}
	c, err := r.Tenants.Ready(ctx, check.Connection)
	if err != nil {
		return found, err
	}
	active, err := r.Store.ActiveAlertStates(ctx, check.Connection) // before the list is read, so that it can't be newer
	if err != nil {
		return found, err
	}
	lost := takeTestAlerts(check.Connection, active)
	list, err := c.NinjaOne.Alerts(ctx)
	if err != nil {
		return found, fmt.Errorf("read NinjaOne's alerts: %w", err)
	}
	listed := list.Alerts
	if list.Unreadable > 0 {
		found.Doubts = append(found.Doubts, fmt.Sprintf("%s in NinjaOne's list can't be read: it has no uid", rules.Count(list.Unreadable, "alert")))
	}
	known, err := r.Store.AlertStates(ctx, check.Connection, uidsOf(listed))
	if err != nil {
		return found, err
	}
	if after == "" {
		if err := r.Store.NameAlerts(ctx, check.Connection, store.AlertList, uidsOf(listed)); err != nil {
			return found, err
		}
		found.Alerts = append(found.Alerts, lost...)
		if err := r.settleAlerts(ctx, c, check, nominate(active, known, listed), len(active), &found); err != nil {
			return found, err
		}
	}
	found.Rules = alertRules(c)
	imported, err := r.Store.WasImported(ctx, check.Connection, flow.FullImportID(check.Connection))
	if err != nil {
		return found, err
	}
	if imported {
		missed, err := r.missedTriggers(ctx, c, listed, known, &found)
		if err != nil {
			return found, err
		}
		found.addBatch(missed, after)
	}
	return found, r.describeDevices(ctx, check.Connection, found.Alerts)
}

func uidsOf(alerts []ninjaone.Alert) []string {
	uids := make([]string, len(alerts))
	for i, alert := range alerts {
		uids[i] = alert.UID
	}
	return uids
}

// listedAlert is an alert that a list and our rows disagree about.
type listedAlert struct {
	what  store.DifferenceWhat
	state store.AlertState
	// trigger is nil if NinjaOne doesn't list the alert.
	trigger *rules.Alert
}

// nominate returns the alerts that the list and our rows disagree about, by uid. Active are ours from before the list was read, known
// those that it names. A change that is so recent that the list may lag is no disagreement.
func nominate(active, known map[string]store.AlertState, listed []ninjaone.Alert) map[string]listedAlert {
	nominated, has := map[string]listedAlert{}, map[string]bool{}
	recent := time.Now().Add(-alertListLag)
	for _, alert := range listed {
		has[strings.ToLower(alert.UID)] = true
		state, isKnown := known[alert.UID]
		_, wasActive := active[alert.UID]
		if !isKnown || state.Active || wasActive { // or it was reset since the list was read
			continue
		}
		concluded := state.ResetActivity == 0 && !state.ResetByUs
		if trigger := event.ActiveAlert(alert); concluded || state.ChangedAt.Before(recent) {
			nominated[alert.UID] = listedAlert{what: store.Listed, state: state, trigger: &trigger}
		}
	}
	for uid, state := range active {
		if !has[strings.ToLower(uid)] && state.CreatedAt.Before(recent) {
			nominated[uid] = listedAlert{what: store.Missing, state: state}
		}
	}
	return nominated
}

// missedTriggers returns the listed alerts that we don't know, in order of uid. Those whose severity can't be found out yet are left for
// the next check.
func (r *Reconciler) missedTriggers(
	ctx context.Context, c tenant.Connection, listed []ninjaone.Alert, known map[string]store.AlertState, found *ActiveDifferences,
) ([]flow.MissedAlert, error) {
	var unknown []*rules.Alert
	for _, alert := range listed {
		if _, isKnown := known[alert.UID]; !isKnown {
			trigger := event.ActiveAlert(alert)
			unknown = append(unknown, &trigger)
		}
	}
	slices.SortFunc(unknown, func(a, b *rules.Alert) int { return cmp.Compare(a.UID, b.UID) })
	unknown = slices.CompactFunc(unknown, func(a, b *rules.Alert) bool { return a.UID == b.UID })
	pending, err := r.Severities.Find(ctx, c, unknown, maxSeverityLooks)
	if err != nil {
		return nil, err
	}
	if err := r.Store.ForgetAlertSeverities(ctx, c.Name, uidsOf(listed)); err != nil {
		return nil, err
	}
	waiting := 0
	var missed []flow.MissedAlert
	for _, alert := range unknown {
		switch {
		case pending.UIDs[alert.UID] && alert.NeedsSeverity(found.Rules.MinSeverity):
			waiting++
		case rules.BelowSeverity(alert.Severity, found.Rules.MinSeverity) == "":
			missed = append(missed, flow.MissedAlert{UID: alert.UID, Trigger: alert, Again: true})
		}
	}
	if waiting > 0 {
		found.doubt(rules.Count(waiting, "new alert")+" came without a severity, which the activity log doesn't say yet", pending.Cause)
	}
	return missed, nil
}

// addBatch adds as many missed alerts as a workflow should carry. They are in order of uid.
func (d *ActiveDifferences) addBatch(missed []flow.MissedAlert, after string) {
	var room flow.Room
	for _, alert := range d.Alerts {
		room.Take(alert)
	}
	for _, alert := range missed {
		if alert.UID <= after {
			continue
		}
		// One is added in any case, so that the next page gets further.
		if hasRoom := room.Take(alert); d.After != "" && (len(d.Alerts) >= maxMissedPerBatch || !hasRoom) {
			d.More = true
			return
		}
		d.Alerts, d.After = append(d.Alerts, alert), alert.UID
	}
}

// doubt adds a reason not to trust what was read, with its cause if there is one.
func (d *ActiveDifferences) doubt(text string, cause error) {
	if cause != nil {
		text += ": " + cause.Error()
	}
	d.Doubts = append(d.Doubts, text)
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
