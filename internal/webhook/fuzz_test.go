package webhook_test

import (
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/webhook"
)

// On any input the receiver does not panic, responds with a documented status, and starts nothing without the secret. Alerts that
// it hands on have a valid UID and texts that Temporal and PostgreSQL accept.
func FuzzNinjaOne(f *testing.F) {
	f.Add(recorded(f, "ninjaone_triggered.json"), "", true)
	f.Add(recorded(f, "ninjaone_reset.json"), "", true)
	f.Add([]byte(`{"activities":[{"id":1,"activityType":"CONDITION","statusCode":"RESET","seriesUid":"`+alertUID+`"}]}`), "", true)
	f.Add([]byte(`[{"id":1,"activityType":"CONDITION","statusCode":"TRIGGERED","seriesUid":"x","device":{}}]`), "", true)
	f.Add([]byte("{\"id\":1,\"activityType\":\"SYSTEM\",\"message\":\"\\u0000\xff\"}"), "", true)
	f.Add([]byte(`{}`), "Bearer wrong", false)
	f.Fuzz(func(t *testing.T, body []byte, header string, authentic bool) {
		fixture := newFixture(t)
		request := post(t, webhook.NinjaOneURL(publicURL, "msp"), body)
		request.Header.Set(webhook.NinjaOneHeader, header)
		if authentic {
			request.Header.Set(webhook.NinjaOneHeader, "Bearer "+oldNinjaSecret)
		}
		response := fixture.send(request)
		require.Len(t, fixture.outcomes.all, 1)
		if !authentic && !strings.HasPrefix(header, "Bearer ") {
			require.Equal(t, http.StatusUnauthorized, response.Code)
		}
		requireDocumented(t, fixture, response.Code)
		for _, in := range fixture.flows.triggered {
			require.NoError(t, uuid.Validate(in.Alert.UID))
			require.Positive(t, in.Alert.ActivityID)
			for _, text := range []string{in.Alert.Message, in.Alert.Subject, in.Alert.DeviceName, in.Alert.OrganizationName, in.Alert.Condition} {
				require.True(t, utf8.ValidString(text))
				require.NotContains(t, text, "\x00")
				require.LessOrEqual(t, utf8.RuneCountInString(text), 60_000)
			}
		}
		for _, in := range fixture.flows.resets {
			require.NoError(t, uuid.Validate(in.UID))
		}
	})
}

// The same for Accelo: only a delivery with the right signature starts something, and its request has a positive id.
func FuzzAccelo(f *testing.F) {
	const event = "update_request_status"
	f.Add(requestBody, event, "", "application/json", true)
	f.Add([]byte("id=31&resource_url=https%3A%2F%2Fx%2Frequests%2F31"), "", "", "application/x-www-form-urlencoded", true)
	f.Add([]byte(`{"id":31,"resource_url":"https://x/requests/31"}`), "", "", "", true)
	f.Add(requestBody, event, "sha1="+strings.Repeat("0", 40), "text/plain", false)
	f.Add(requestBody, event, sign(sha1New, "wrong", requestBody), "", false)
	f.Add([]byte("%zz\x00\xff"), "create_request", "md5=", "multipart/form-data", true)
	f.Fuzz(func(t *testing.T, body []byte, event, signature, contentType string, authentic bool) {
		fixture := newFixture(t)
		request := acceloRequest(t, body)
		request.Header.Set("Content-Type", contentType)
		request.Header.Set("X-Accelo-Event", event)
		if !authentic {
			request.Header.Set("X-Hub-Signature", signature)
		}
		response := fixture.send(request)
		requireDocumented(t, fixture, response.Code)
		for _, in := range fixture.flows.changed {
			require.Positive(t, in.RequestID)
		}
	})
}

// requireDocumented checks the status against interface.md 3: 202 if something started, and nothing outside the table.
func requireDocumented(t *testing.T, f *fixture, code int) {
	t.Helper()
	if len(f.flows.order) > 0 {
		require.Equal(t, http.StatusAccepted, code)
	}
	require.Contains(t, []int{
		http.StatusAccepted, http.StatusBadRequest, http.StatusUnauthorized, http.StatusRequestEntityTooLarge,
	}, code)
	require.Len(t, f.outcomes.all, 1)
}
