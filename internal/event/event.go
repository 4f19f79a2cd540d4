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

// Kind says what an activity means for an alert.
type Kind int

// The kinds of activities. None is any activity that does not concern an alert.
const (
	None Kind = iota
	Triggered
	Reset
)

// KindOf returns the kind of an activity. It goes by codes, never by display texts, and ignores unknown codes because NinjaOne
// adds new ones (ninjaone.md 6.3).
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

// CheckUID returns an error unless the activity's seriesUid is an alert's UID (ninjaone.md 5.4).
func CheckUID(activity ninjaone.Activity) error {
	if len(activity.SeriesUID) != len(uuid.UUID{}.String()) || uuid.Validate(activity.SeriesUID) != nil {
		return fmt.Errorf("activity %d: %w", activity.ID, errInvalidUID)
	}
	return nil
}

var errInvalidUID = errors.New("seriesUid is not a UUID")

// Alert returns the alert that an activity describes. If the activity comes without its device, only the device's id is known
// (ninjaone.md 7.1).
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

// ResetOf returns the input of the flow that handles a reset.
func ResetOf(connection string, activity ninjaone.Activity) flow.AlertResetInput {
	alert := Alert(activity)
	return flow.AlertResetInput{
		Connection: connection, UID: alert.UID, ActivityID: alert.ActivityID, DeviceID: alert.DeviceID, OrganizationID: alert.OrganizationID,
		Message: alert.Message,
	}
}

// ActiveAlert returns an alert from NinjaOne's list of active alerts as its activity would have described it. The list gives
// only the device's id (ninjaone.md 5.2).
func ActiveAlert(alert ninjaone.Alert) rules.Alert {
	return rules.Alert{
		UID: alert.UID, DeviceID: max(alert.DeviceID, 0), Condition: cleanLine(alert.SourceConfigUID), Subject: cleanLine(alert.Subject),
		Message:  cleanMessage(alert.Message),
		Severity: cleanLine(alert.Severity), Priority: cleanLine(alert.Priority),
		TriggeredAt: alert.CreateTime.Time().UTC(),
	}
}

// cleanLine cleans a short text as rules.Alert requires: one line of at most rules.MaxName characters.
func cleanLine(text string) string {
	return strings.TrimSpace(rules.Truncate(rules.CleanName(text), rules.MaxName))
}

// cleanMessage cleans a message as rules.Alert requires: at most rules.MaxMessage characters, with its line breaks.
func cleanMessage(text string) string {
	return rules.Truncate(rules.CleanText(text), rules.MaxMessage)
}
