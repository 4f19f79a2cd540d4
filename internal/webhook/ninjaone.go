package webhook

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
)

// maxMessage is how many characters of an alert's message are handed on: no request could hold more (contract accelo 12).
const maxMessage = 60_000

// ninjaOne takes a delivery of NinjaOne's: one activity, or several in a wrapper (contract ninjaone 7.2).
func (r *Receiver) ninjaOne(ctx context.Context, d *delivery) (outcome, error) {
	secrets, err := r.secrets(ctx, d.connection)
	if err != nil {
		return unavailable, err
	}
	sent, _ := strings.CutPrefix(d.request.Header.Get(NinjaOneHeader), "Bearer ")
	if !recognized(sent, secrets.NinjaOne) {
		return unauthorized, errors.New("unknown connection, or wrong or missing secret in the header " + NinjaOneHeader)
	}
	body, result, err := d.body()
	if result != "" {
		return result, err
	}
	activities, err := ninjaone.ParseActivities(body)
	if err != nil {
		return invalid, err
	}
	slices.SortStableFunc(activities, func(a, b ninjaone.Activity) int { return cmp.Compare(a.ID, b.ID) })
	d.note("activity_id", activities[0].ID)
	d.note("activities", len(activities))

	events := slices.DeleteFunc(activities, func(a ninjaone.Activity) bool { return eventOf(a) == noEvent })
	for _, activity := range events {
		if len(activity.SeriesUID) != len(uuid.UUID{}.String()) || uuid.Validate(activity.SeriesUID) != nil {
			return invalid, fmt.Errorf("the seriesUid of activity %d is not a UUID", activity.ID)
		}
	}
	if len(events) == 0 {
		return ignored, nil
	}
	d.note("alert_uid", events[0].SeriesUID)
	ctx, cancel := context.WithTimeout(ctx, flowsTime)
	defer cancel()
	for _, activity := range events {
		if err := r.startAlert(ctx, d.connection, activity); err != nil {
			return unavailable, fmt.Errorf("activity %d could not be made durable: %w", activity.ID, err)
		}
	}
	return accepted, nil
}

// event is what an activity means to alerts.
type event int

const (
	noEvent event = iota
	triggered
	reset
)

// eventOf goes by codes, never by display texts (contract ninjaone 6.3). Codes that are not known are no event: they grow.
func eventOf(activity ninjaone.Activity) event {
	if activity.ActivityType != "CONDITION" {
		return noEvent
	}
	switch activity.StatusCode {
	case "TRIGGERED":
		return triggered
	case "RESET", "RESET_BY_PSA_TICKET_CALLBACK":
		return reset
	}
	return noEvent
}

func (r *Receiver) startAlert(ctx context.Context, connection string, activity ninjaone.Activity) error {
	alert := alertOf(activity)
	if eventOf(activity) == triggered {
		return r.flows.AlertTriggered(ctx, flow.AlertTriggeredInput{Connection: connection, Alert: alert, Rules: r.rules})
	}
	return r.flows.AlertReset(ctx, flow.AlertResetInput{
		Connection: connection, UID: alert.UID, ActivityID: alert.ActivityID, DeviceID: alert.DeviceID, Message: alert.Message,
	})
}

// alertOf is what an activity tells about its alert. The device may be missing (contract ninjaone 7.1): then its id is all
// that is known of it.
func alertOf(activity ninjaone.Activity) flow.Alert {
	alert := flow.Alert{
		UID: activity.SeriesUID, ActivityID: activity.ID, DeviceID: max(activity.DeviceID, 0),
		Condition: clean(activity.SourceConfigUID), Subject: clean(activity.Subject),
		Message:  rules.Truncate(rules.CleanText(activity.Message), maxMessage),
		Severity: clean(activity.Severity), Priority: clean(activity.Priority),
		TriggeredAt: activity.ActivityTime.Time(),
	}
	device := activity.Device
	if device == nil {
		return alert
	}
	alert.DeviceID = cmp.Or(alert.DeviceID, max(device.ID, 0))
	alert.DeviceName = cmp.Or(clean(device.SystemName), clean(device.DisplayName), clean(device.DNSName))
	alert.NodeClass = clean(device.NodeClass)
	alert.OrganizationID = max(device.OrganizationID, 0)
	if device.References != nil && device.References.Organization != nil {
		organization := device.References.Organization
		alert.OrganizationID = cmp.Or(alert.OrganizationID, max(organization.ID, 0))
		alert.OrganizationName = clean(organization.Name)
	}
	return alert
}

// clean makes a short text fit to be shown, stored and sent.
func clean(text string) string {
	return strings.TrimSpace(rules.Truncate(rules.CleanText(text), maxText))
}
