package event_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/event"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
)

const alertUID = "e6b0b0bd-5753-445d-9e4a-71c08983cbd5"

func TestKindOf(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		activityType, statusCode string
		want                     event.Kind
	}{
		{"CONDITION", "TRIGGERED", event.Triggered},
		{"CONDITION", "RESET", event.Reset},
		{"CONDITION", "RESET_BY_PSA_TICKET_CALLBACK", event.Reset},
		{"CONDITION", "ACKNOWLEDGED", event.None},
		{"CONDITION", "triggered", event.None},
		{"CONDITION", "", event.None},
		{"HELP_REQUEST", "TRIGGERED", event.None},
		{"condition", "RESET", event.None},
		{"", "TRIGGERED", event.None},
	} {
		activity := ninjaone.Activity{ActivityType: test.activityType, StatusCode: test.statusCode}
		require.Equal(t, test.want, event.KindOf(activity), "%s %s", test.activityType, test.statusCode)
	}
}

// Only the plain form of a UUID is a UID: the other forms that parsers accept would name a second workflow for one alert.
func TestCheckUID(t *testing.T) {
	t.Parallel()
	require.NoError(t, event.CheckUID(ninjaone.Activity{SeriesUID: alertUID}))
	for _, uid := range []string{
		"", "../../evil", "{" + alertUID + "}", "urn:uuid:" + alertUID, strings.ReplaceAll(alertUID, "-", ""), alertUID + "0",
		strings.Repeat("z", len(alertUID)),
	} {
		require.ErrorContains(t, event.CheckUID(ninjaone.Activity{ID: 7, SeriesUID: uid}), "activity 7", uid)
	}
}

func TestAlert(t *testing.T) {
	t.Parallel()
	at := time.Date(2025, 3, 19, 13, 41, 15, 556_000_000, time.UTC)
	activity := ninjaone.Activity{
		ID: 177210, ActivityTime: ninjaone.Timestamp(at), SeriesUID: alertUID, ActivityType: "CONDITION", StatusCode: "TRIGGERED",
		SourceConfigUID: "condition", Subject: "C:", Message: "Disk\nfull", Severity: "MAJOR", Priority: "HIGH", DeviceID: 7,
		Device: device(t, `{"id":7,"nodeClass":"WINDOWS_SERVER","organizationId":2,"systemName":"SRV-01",
			"references":{"organization":{"id":2,"name":"Example Org"}}}`),
	}
	require.Equal(t, rules.Alert{
		UID: alertUID, ActivityID: 177210, DeviceID: 7, DeviceName: "SRV-01", NodeClass: "WINDOWS_SERVER", OrganizationID: 2,
		OrganizationName: "Example Org", Condition: "condition", Subject: "C:", Message: "Disk\nfull", Severity: "MAJOR", Priority: "HIGH",
		TriggeredAt: at,
	}, event.Alert(activity))
	require.Equal(t, flow.AlertResetInput{
		Connection: "msp", UID: alertUID, ActivityID: 177210, DeviceID: 7, OrganizationID: 2, Message: "Disk\nfull",
	}, event.ResetOf("msp", activity))
}

// Any part of the device may be missing. The first name that is set wins, and the organization may be in either place.
func TestAlertDevice(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		deviceID int
		device   string
		want     rules.Alert
	}{
		{"no device", 7, `null`, rules.Alert{DeviceID: 7}},
		{"id only in the device", 0, `{"id":8}`, rules.Alert{DeviceID: 8}},
		{"both ids", 7, `{"id":8}`, rules.Alert{DeviceID: 7}},
		{"system name", 7, `{"systemName":"s","displayName":"d","dnsName":"n"}`, rules.Alert{DeviceID: 7, DeviceName: "s"}},
		{"display name", 7, `{"systemName":" ","displayName":"d","dnsName":"n"}`, rules.Alert{DeviceID: 7, DeviceName: "d"}},
		{"DNS name", 7, `{"dnsName":"n"}`, rules.Alert{DeviceID: 7, DeviceName: "n"}},
		{"organization of the device", 7, `{"organizationId":2,"references":{}}`, rules.Alert{DeviceID: 7, OrganizationID: 2}},
		{
			"organization in the references", 7, `{"references":{"organization":{"id":3,"name":" Org "}}}`,
			rules.Alert{DeviceID: 7, OrganizationID: 3, OrganizationName: "Org"},
		},
		{"negative ids", -7, `{"id":-1,"organizationId":-2,"references":{"organization":{"id":-3}}}`, rules.Alert{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, event.Alert(ninjaone.Activity{DeviceID: test.deviceID, Device: device(t, test.device)}))
		})
	}
}

// An alert from the list of active alerts reads like its activity, but without an activity and the device's details.
func TestActiveAlert(t *testing.T) {
	t.Parallel()
	at := time.Date(2025, 3, 19, 13, 41, 15, 0, time.UTC)
	require.Equal(t, rules.Alert{
		UID: alertUID, DeviceID: 7, Condition: "condition", Subject: "C:", Message: "Disk\nfull", Severity: "MAJOR", Priority: "HIGH", TriggeredAt: at,
	}, event.ActiveAlert(ninjaone.Alert{
		UID: alertUID, DeviceID: 7, SourceConfigUID: " condition", Subject: "C:", Message: "Disk\nfull", Severity: "MAJOR", Priority: "HIGH",
		CreateTime: ninjaone.Timestamp(at),
	}))
	require.Zero(t, event.ActiveAlert(ninjaone.Alert{DeviceID: -1}).DeviceID)
}

// Whatever a text holds, it ends up as rules.Alert promises: valid UTF-8 without control characters, bounded, and on one line
// unless it is the message.
func TestTextsAreCleaned(t *testing.T) {
	t.Parallel()
	hostile := "a\x00b\r\nc\x1b[31m\xff\xfe\t" + strings.Repeat("ä", 70_000)
	line := "ab c[31m " + strings.Repeat("ä", 246)
	message := "ab\r\nc[31m\t" + strings.Repeat("ä", 59_990)
	hostileDevice := device(t, `{}`)
	hostileDevice.SystemName, hostileDevice.NodeClass = hostile, hostile
	alert := event.Alert(ninjaone.Activity{
		SourceConfigUID: hostile, Subject: hostile, Message: hostile, Severity: hostile, Priority: hostile, Device: hostileDevice,
	})
	active := event.ActiveAlert(ninjaone.Alert{
		SourceConfigUID: hostile, Subject: hostile, Message: hostile, Severity: hostile, Priority: hostile,
	})
	for _, text := range []string{
		alert.Condition, alert.Subject, alert.Severity, alert.Priority, alert.DeviceName, alert.NodeClass,
		active.Condition, active.Subject, active.Severity, active.Priority,
	} {
		require.Equal(t, line, text)
		require.Equal(t, rules.MaxName, utf8.RuneCountInString(text))
	}
	for _, text := range []string{alert.Message, active.Message} {
		require.Equal(t, message, text)
		require.Equal(t, rules.MaxMessage, utf8.RuneCountInString(text))
	}
}

func device(t *testing.T, encoded string) *ninjaone.Device {
	t.Helper()
	var d *ninjaone.Device
	require.NoError(t, json.Unmarshal([]byte(encoded), &d))
	return d
}
