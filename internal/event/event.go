package event

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
)

// Kind is what an activity means to alerts.
type Kind int

// The kinds of events. None is every activity that concerns no alert.
const (
	None Kind = iota
	Triggered
	Reset
)

// KindOf goes by codes, never by display texts (contract ninjaone 6.3). Codes that are not known are no event: they grow.
func KindOf(activity ninjaone.Activity) Kind {
	if activity.ActivityType != "CONDITION" {
		return None
	}
	switch activity.StatusCode {
	case "TRIGGERED":
		return Triggered
	case "RESET", "RESET_BY_PSA_TICKET_CALLBACK":
		return Reset
	}
	return None
}

// CheckUID is an error unless the activity's series is the uid of an alert (contract ninjaone 5.4).
func CheckUID(activity ninjaone.Activity) error {
	if len(activity.SeriesUID) != len(uuid.UUID{}.String()) || uuid.Validate(activity.SeriesUID) != nil {
		return fmt.Errorf("activity %d: %w", activity.ID, errNoUID)
	}
	return nil
}

var errNoUID = errors.New("its seriesUid is not a UUID")

// Alert is what an activity tells about its alert. The device may be missing (contract ninjaone 7.1): then its id is all that
// is known of it.
func Alert(activity ninjaone.Activity) rules.Alert {
	alert := rules.Alert{
		UID: activity.SeriesUID, ActivityID: activity.ID, DeviceID: max(activity.DeviceID, 0),
		Condition: cleanLine(activity.SourceConfigUID), Subject: cleanLine(activity.Subject),
		Message:  cleanMessage(activity.Message),
		Severity: cleanLine(activity.Severity), Priority: cleanLine(activity.Priority),
		TriggeredAt: activity.ActivityTime.Time(),
	}
	device := activity.Device
	if device == nil {
		return alert
	}
	alert.DeviceID = cmp.Or(alert.DeviceID, max(device.ID, 0))
	alert.DeviceName = cmp.Or(cleanLine(device.SystemName), cleanLine(device.DisplayName), cleanLine(device.DNSName))
	alert.NodeClass = cleanLine(device.NodeClass)
	alert.OrganizationID = max(device.OrganizationID, 0)
	if device.References != nil && device.References.Organization != nil {
		organization := device.References.Organization
		alert.OrganizationID = cmp.Or(alert.OrganizationID, max(organization.ID, 0))
		alert.OrganizationName = cleanLine(organization.Name)
	}
	return alert
}

// ResetOf is the start of the flow that follows a reset.
func ResetOf(connection string, activity ninjaone.Activity) flow.AlertResetInput {
	alert := Alert(activity)
	return flow.AlertResetInput{
		Connection: connection, UID: alert.UID, ActivityID: alert.ActivityID, DeviceID: alert.DeviceID, OrganizationID: alert.OrganizationID,
		Message: alert.Message,
	}
}

// ActiveAlert describes an alert of the list of active ones as its webhook would have; the list does not tell the device
// (contract ninjaone 5.2).
func ActiveAlert(alert ninjaone.Alert) rules.Alert {
	return rules.Alert{
		UID: alert.UID, DeviceID: max(alert.DeviceID, 0), Condition: cleanLine(alert.SourceConfigUID), Subject: cleanLine(alert.Subject),
		Message:  cleanMessage(alert.Message),
		Severity: cleanLine(alert.Severity), Priority: cleanLine(alert.Priority),
		TriggeredAt: alert.CreateTime.Time().UTC(),
	}
}

// cleanLine returns a short text on one line, as rules.Alert requires it.
func cleanLine(text string) string {
	return strings.TrimSpace(rules.Truncate(rules.CleanName(text), rules.MaxName))
}

// cleanMessage returns an alert's message as rules.Alert requires it; line breaks stay.
func cleanMessage(text string) string {
	return rules.Truncate(rules.CleanText(text), rules.MaxMessage)
}
