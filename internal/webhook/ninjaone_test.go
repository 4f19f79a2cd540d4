package webhook_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/webhook"
)

const alertUID = "e6b0b0bd-5753-445d-9e4a-71c08983cbd5"

// The recorded delivery of ninjaone.md 7.2 becomes the alert that it describes.
func TestNinjaOneTriggered(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	response := f.ninjaOne(t, recorded(t, "ninjaone_triggered.json"))
	require.Equal(t, http.StatusAccepted, response.Code)
	require.Empty(t, response.Body.String())
	require.Equal(t, []flow.AlertTriggeredInput{{
		Connection: "msp", Rules: flow.AlertRules{MinSeverity: "MAJOR"},
		Alert: rules.Alert{
			UID: alertUID, ActivityID: 177210, DeviceID: 7, DeviceName: "esxi03.example.local", NodeClass: "VMWARE_VM_HOST",
			OrganizationID: 2, OrganizationName: "Example Org", Condition: "205b85b2-8a12-4123-834f-164be08b3314",
			Message:     "Memory Utilization is greater than or equal to 80% for 5 minutes",
			TriggeredAt: time.Date(2025, 3, 19, 13, 41, 15, 556_000_000, time.UTC),
		},
	}}, f.flows.triggered)
	require.Equal(t, []string{"ninjaone accepted"}, f.outcomes.all)
}

// A reset is recognized by its status code, whether NinjaOne or a ticket caused it (ninjaone.md 7.2).
func TestNinjaOneReset(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"RESET", "RESET_BY_PSA_TICKET_CALLBACK"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			body := bytes.Replace(recorded(t, "ninjaone_reset.json"), []byte(`"RESET"`), []byte(`"`+code+`"`), 1)
			require.Equal(t, http.StatusAccepted, f.ninjaOne(t, body).Code)
			require.Equal(t, []flow.AlertResetInput{{
				Connection: "msp", UID: alertUID, ActivityID: 177245, DeviceID: 7, OrganizationID: 2, Message: "Memory Utilization is less than 80%",
			}}, f.flows.resets)
			require.Empty(t, f.flows.triggered)
		})
	}
}

// The previous secret stays valid for deliveries in flight.
func TestNinjaOnePreviousSecret(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	request := post(t, webhook.NinjaOneURL(publicURL, "msp"), recorded(t, "ninjaone_triggered.json"))
	request.Header.Set("Authorization", "Bearer "+oldNinjaSecret)
	require.Equal(t, http.StatusAccepted, f.send(request).Code)
}

// A body is an event, an activity that we ignore, or not an activity at all.
func TestNinjaOneOutcomes(t *testing.T) {
	t.Parallel()
	condition := func(code, more string) string {
		return `{"id":5,"activityType":"CONDITION","statusCode":"` + code + `","deviceId":7,"seriesUid":"` + alertUID + `"` + more + `}`
	}
	for _, test := range []struct {
		name, body string
		want       int
		outcome    string
		started    int
	}{
		{"without a device", condition("TRIGGERED", ""), http.StatusAccepted, "accepted", 1},
		{"unknown values", condition("TRIGGERED", `,"severity":"ABSURD","priority":"?","new":{"a":[1]}`), http.StatusAccepted, "accepted", 1},
		{"wrapper", `{"activity":` + condition("RESET", "") + `}`, http.StatusAccepted, "accepted", 1},
		{"list in a wrapper", `{"activities":[` + condition("TRIGGERED", "") + `,` + condition("RESET", "") + `]}`, http.StatusAccepted, "accepted", 2},
		{"bare list", `[` + condition("TRIGGERED", "") + `,` + condition("DISABLED", "") + `]`, http.StatusAccepted, "accepted", 1},
		{"acknowledged", condition("ACKNOWLEDGED", ""), http.StatusAccepted, "ignored", 0},
		{"unknown status code", condition("TRIGGERED_TWICE", ""), http.StatusAccepted, "ignored", 0},
		{"display text instead of a code", condition("", `,"status":"TRIGGERED"`), http.StatusAccepted, "ignored", 0},
		{"other type", `{"id":5,"activityType":"SYSTEM","statusCode":"TRIGGERED"}`, http.StatusAccepted, "ignored", 0},
		{"ticket created with the agent", `{"id":5,"activityType":"HELP_REQUEST","statusCode":"STARTED","deviceId":7}`, http.StatusAccepted, "ignored", 0},
		{"deleted device", `{"id":5,"activityType":"SYSTEM","statusCode":"NODE_DELETED","deviceId":7}`, http.StatusAccepted, "ignored", 0},
		{"unknown type", `{"id":5,"activityType":"DREAM","statusCode":"VIVID"}`, http.StatusAccepted, "ignored", 0},

		{"no series", `{"id":5,"activityType":"CONDITION","statusCode":"TRIGGERED"}`, http.StatusBadRequest, "invalid", 0},
		{"series is not a UUID", strings.Replace(condition("RESET", ""), alertUID, "../../evil", 1), http.StatusBadRequest, "invalid", 0},
		{"series in braces", strings.Replace(condition("RESET", ""), alertUID, "{"+alertUID+"}", 1), http.StatusBadRequest, "invalid", 0},
		{"one invalid series in a list", `[` + condition("TRIGGERED", "") + `,{"id":6,"activityType":"CONDITION","statusCode":"RESET"}]`, http.StatusBadRequest, "invalid", 0},
		{"NUL in a name", condition("TRIGGERED", ",\"message\":\"a\x00b\""), http.StatusBadRequest, "invalid", 0},
		{"empty", "", http.StatusBadRequest, "invalid", 0},
		{"garbage", "\xff\xfe\x00garbage", http.StatusBadRequest, "invalid", 0},
		{"other JSON", `{"hello":"world"}`, http.StatusBadRequest, "invalid", 0},
		{"form", "id=31&resource_url=x", http.StatusBadRequest, "invalid", 0},
		{"truncated", condition("TRIGGERED", "")[:40], http.StatusBadRequest, "invalid", 0},
		{"deeply nested", strings.Repeat("[", 100_000), http.StatusBadRequest, "invalid", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			require.Equal(t, test.want, f.ninjaOne(t, []byte(test.body)).Code)
			require.Equal(t, []string{"ninjaone " + test.outcome}, f.outcomes.all)
			require.Len(t, f.flows.order, test.started)
		})
	}
}

// Any part of the device may be missing. The first name that is set wins, and the organization may be in either place.
func TestNinjaOneDevice(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, members string
		want          rules.Alert
	}{
		{"none", `"deviceId":7`, rules.Alert{DeviceID: 7}},
		{"null", `"deviceId":7,"device":null`, rules.Alert{DeviceID: 7}},
		{"id only in the device", `"device":{"id":8,"dnsName":"d"}`, rules.Alert{DeviceID: 8, DeviceName: "d"}},
		{"display name", `"deviceId":7,"device":{"systemName":" ","displayName":"Till 4","dnsName":"d"}`, rules.Alert{DeviceID: 7, DeviceName: "Till 4"}},
		{
			"organization only in the references", `"deviceId":7,"device":{"references":{"organization":{"id":3,"name":" Org "}}}`,
			rules.Alert{DeviceID: 7, OrganizationID: 3, OrganizationName: "Org"},
		},
		{"references without an organization", `"deviceId":7,"device":{"organizationId":2,"references":{}}`, rules.Alert{DeviceID: 7, OrganizationID: 2}},
		{"negative ids", `"deviceId":-7,"device":{"id":-1,"organizationId":-2}`, rules.Alert{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			body := `{"id":5,"activityType":"CONDITION","statusCode":"TRIGGERED","seriesUid":"` + alertUID + `",` + test.members + `}`
			require.Equal(t, http.StatusAccepted, f.ninjaOne(t, []byte(body)).Code)
			test.want.UID, test.want.ActivityID = alertUID, 5
			require.Equal(t, test.want, f.flows.triggered[0].Alert)
		})
	}
}

// Texts of any length and content reach Temporal clean and bounded.
func TestNinjaOneTexts(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ä", 300)
	activity := map[string]any{
		"id": 5, "activityType": "CONDITION", "statusCode": "TRIGGERED", "seriesUid": alertUID, "activityTime": 1742391675.556,
		"message": "a\x00b\nc\x1b[31m" + strings.Repeat("ä", 70_000), "subject": long, "severity": long, "priority": long, "sourceConfigUid": long,
		"device": map[string]any{
			"systemName": long, "nodeClass": long,
			"references": map[string]any{"organization": map[string]any{"name": "\x00" + long}},
		},
	}
	body, err := json.Marshal(activity)
	require.NoError(t, err)
	// These bytes are not UTF-8.
	body = bytes.Replace(body, []byte("[31m"), []byte("\xff\xfe"), 1)

	f := newFixture(t)
	require.Equal(t, http.StatusAccepted, f.ninjaOne(t, body).Code)
	got := f.flows.triggered[0].Alert
	require.True(t, strings.HasPrefix(got.Message, "ab\nc"))
	require.Equal(t, 60_000, utf8.RuneCountInString(got.Message))
	for _, text := range []string{got.Subject, got.Severity, got.Priority, got.Condition, got.DeviceName, got.NodeClass, got.OrganizationName} {
		require.Equal(t, strings.Repeat("ä", 255), text)
	}
	payload, err := json.Marshal(f.flows.triggered[0])
	require.NoError(t, err)
	require.True(t, utf8.Valid(payload))
}

// Activities in one delivery are handed on in the order of their ids, and one failure fails the delivery.
func TestNinjaOneListInOrder(t *testing.T) {
	t.Parallel()
	var parts []string
	for _, id := range []int{9, 3, 7, 3} {
		code := map[bool]string{true: "RESET", false: "TRIGGERED"}[id == 7]
		parts = append(parts, fmt.Sprintf(`{"id":%d,"activityType":"CONDITION","statusCode":%q,"seriesUid":%q}`, id, code, alertUID))
	}
	body := []byte(`{"activities":[` + strings.Join(parts, ",") + `]}`)

	f := newFixture(t)
	require.Equal(t, http.StatusAccepted, f.ninjaOne(t, body).Code)
	require.Equal(t, []int64{3, 3, 7, 9}, f.flows.order)

	calls := 0
	f.flows.intercept = func(context.Context) error {
		if calls++; calls == 3 {
			return errors.New("Temporal is unavailable")
		}
		return nil
	}
	require.Equal(t, http.StatusServiceUnavailable, f.ninjaOne(t, body).Code, "one of four calls to Temporal failed")
}

// Twenty concurrent copies of a delivery are all accepted and start the same workflow id.
func TestNinjaOneConcurrentCopies(t *testing.T) {
	t.Parallel()
	const copies = 20
	f := newFixture(t)
	var inFlight sync.WaitGroup
	inFlight.Add(copies)
	f.flows.intercept = func(context.Context) error {
		inFlight.Done()
		inFlight.Wait() // until all copies are in flight
		return nil
	}
	body := recorded(t, "ninjaone_triggered.json")
	codes := make(chan int, copies)
	for range copies {
		go func() { codes <- f.ninjaOne(t, body).Code }()
	}
	for range copies {
		require.Equal(t, http.StatusAccepted, <-codes)
	}
	ids := map[string]bool{}
	for _, in := range f.flows.triggered {
		require.Equal(t, f.flows.triggered[0], in)
		ids[flow.AlertTriggeredID(in.Connection, in.Alert.UID)] = true
	}
	require.Len(t, f.flows.triggered, copies)
	require.Len(t, ids, 1)
}
