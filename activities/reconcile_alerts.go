package activities

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

const (
	// freshAlert is how old an alert has to be before its absence from NinjaOne's list means that it was reset: lists may lag.
	freshAlert = time.Minute
	// brakeCount and brakeShare are when a mass change waits for a person: past both (design rule 9).
	brakeCount, brakeShare = 10, 0.2
)

// NinjaCompareAlertsInput asks to compare the alerts that are active in NinjaOne with those that we take for active.
type NinjaCompareAlertsInput struct {
	Connection string `json:"connection"`
	// Approved lets a mass change through.
	Approved bool `json:"approved,omitempty"`
	// After leaves out alerts up to this uid, which were handed out before.
	After string `json:"after,omitempty"`
}

// NinjaCompareAlertsResult are the differences.
type NinjaCompareAlertsResult struct {
	Missed []MissedAlert   `json:"missed"`
	Rules  flow.AlertRules `json:"rules,omitzero"`
	// More tells that there are more differences after the last of these.
	More bool `json:"more,omitempty"`
	// Held is why the resets among the differences were left out.
	Held     string        `json:"held,omitempty"`
	APICalls flow.APICalls `json:"api_calls,omitzero"`
}

// NinjaCompareAlerts compares NinjaOne's list of active alerts with ours: one that is listed and unknown was missed, one that is
// not listed any more was reset. Before the first import, alerts that nobody told us of are the import's business. A list that
// would close too much at once closes nothing until a person approves.
func (a *Activities) NinjaCompareAlerts(ctx context.Context, in NinjaCompareAlertsInput) (NinjaCompareAlertsResult, error) {
	result, err := a.compareAlerts(ctx, in)
	result.APICalls = apiCalls(ctx)
	return result, err
}

func (a *Activities) compareAlerts(ctx context.Context, in NinjaCompareAlertsInput) (NinjaCompareAlertsResult, error) {
	result := NinjaCompareAlertsResult{Missed: []MissedAlert{}, Rules: a.options.Alerts}
	c, err := a.tenants.Ready(ctx, in.Connection)
	if err != nil {
		return result, err
	}
	active, err := a.store.ActiveAlertStates(ctx, in.Connection) // before the list is read, so that it cannot be newer
	if err != nil {
		return result, err
	}
	listed, err := c.NinjaOne.Alerts(ctx)
	if err != nil {
		return result, fmt.Errorf("read NinjaOne's alerts: %w", err)
	}
	imported, err := a.store.WasImported(ctx, in.Connection, flow.FullImportID(in.Connection))
	if err != nil {
		return result, err
	}
	var missed []MissedAlert
	if imported {
		if missed, err = a.missedTriggers(ctx, c, listed); err != nil {
			return result, err
		}
	}
	missing := notListed(active, listed)
	result.Held = heldBack(len(missing), len(active), "open alerts are no longer listed by NinjaOne")
	switch {
	case in.Approved:
		result.Held = ""
		missed = append(missed, resetsOf(in.Connection, missing, time.Now())...)
	case result.Held == "":
		missed = append(missed, resetsOf(in.Connection, missing, time.Now().Add(-freshAlert))...)
	}
	result.take(missed, in.After)
	return result, a.describeDevices(ctx, in.Connection, result.Missed)
}

// take hands out as much as a workflow should carry, in order of uid.
func (r *NinjaCompareAlertsResult) take(missed []MissedAlert, after string) {
	slices.SortFunc(missed, func(x, y MissedAlert) int { return strings.Compare(x.UID, y.UID) })
	size := 0
	for _, alert := range missed {
		if alert.UID <= after {
			continue
		}
		size += alert.size()
		if len(r.Missed) > 0 && (len(r.Missed) == missedAtOnce || size > missedBytes) {
			r.More = true
			return
		}
		r.Missed = append(r.Missed, alert)
	}
}

// heldBack is why a change of this size waits for a person, and empty for one that does not.
func heldBack(count, of int, what string) string {
	if count <= brakeCount || float64(count) <= brakeShare*float64(of) {
		return ""
	}
	return fmt.Sprintf("%d of %d %s", count, of, what)
}

// missedTriggers are the listed alerts that we have not heard of, or whose request has been on its way for too long.
func (a *Activities) missedTriggers(ctx context.Context, c tenant.Connection, listed []ninjaone.Alert) ([]MissedAlert, error) {
	uids := make([]string, len(listed))
	for i, alert := range listed {
		uids[i] = alert.UID
	}
	standings, err := a.store.AlertStates(ctx, c.Name, uids)
	if err != nil {
		return nil, err
	}
	var missed []MissedAlert
	for _, alert := range listed {
		standing, known := standings[alert.UID]
		described := event.ActiveAlert(alert)
		if known && !standing.Overdue || rules.BelowSeverity(described.Severity, a.options.Alerts.MinSeverity) != "" {
			continue
		}
		missed = append(missed, MissedAlert{UID: alert.UID, Trigger: &described})
	}
	return missed, nil
}

// describeDevices adds to alerts what is stored of their devices. One that is not linked is read when its request is opened.
func (a *Activities) describeDevices(ctx context.Context, connection string, missed []MissedAlert) error {
	var ids []string
	for _, alert := range missed {
		if alert.Trigger != nil {
			ids = append(ids, strconv.Itoa(alert.Trigger.DeviceID))
		}
	}
	links, err := a.store.LinksByID(ctx, connection, store.Devices, ids)
	if err != nil {
		return err
	}
	for _, alert := range missed {
		if alert.Trigger == nil {
			continue
		}
		if link, known := links[strconv.Itoa(alert.Trigger.DeviceID)]; known && link.State == store.Linked {
			describeFrom(link, alert.Trigger)
		}
	}
	return nil
}

// notListed are the alerts that we take for active and NinjaOne does not list.
func notListed(active map[string]store.AlertState, listed []ninjaone.Alert) []store.AlertState {
	still := make(map[string]bool, len(listed))
	for _, alert := range listed {
		still[alert.UID] = true
	}
	var missing []store.AlertState
	for uid, standing := range active {
		if !still[uid] {
			missing = append(missing, standing)
		}
	}
	return missing
}

// resetsOf are the resets of those that we have known since before.
func resetsOf(connection string, missing []store.AlertState, before time.Time) []MissedAlert {
	var missed []MissedAlert
	for _, standing := range missing {
		if standing.CreatedAt.After(before) {
			continue
		}
		missed = append(missed, MissedAlert{UID: standing.UID, Reset: &flow.AlertResetInput{
			Connection: connection, UID: standing.UID, DeviceID: standing.DeviceID, Message: "NinjaOne no longer lists the alert as active.",
		}})
	}
	return missed
}
