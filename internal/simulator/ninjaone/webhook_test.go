package ninjaone_test

import (
	"fmt"
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/lab"
	"ninjaone-accelo/internal/simulator/ninjaone"
)

// conditionsOnly subscribes to alerts, with references and a header.
const conditionsOnly = `,"activities":{"CONDITION":["TRIGGERED","RESET"]},"expand":["device","organization","location","policy"],"headers":[{"name":"Authorization","value":"Bearer shared"}]`

// Each activity is one POST with the configured headers, the basic node and its expanded references (ninjaone.md 7.2).
func TestDelivery(t *testing.T) {
	t.Parallel()
	n, h := smallTenant(t), newReceiver(t)
	h.register(n, conditionsOnly)
	device := n.approvedDevice()
	triggered, err := n.TriggerAlert(device.ID, ninjaone.AlertSpec{Severity: "MAJOR", Priority: "HIGH", Message: "<b>hot</b>"})
	require.NoError(t, err)
	require.Len(t, h.received(n), 1)
	require.Equal(t, 204, n.call(http.MethodDelete, "/v2/alert/"+triggered.UID, "").status)
	got := h.received(n)
	require.Len(t, got, 2)

	trigger, reset := got[0], got[1]
	require.EqualValues(t, triggered.ActivityID, trigger["id"])
	require.Equal(t, triggered.UID, trigger["seriesUid"])
	require.Equal(t, "CONDITION", trigger["activityType"])
	require.Equal(t, "TRIGGERED", trigger["statusCode"])
	require.Equal(t, "Triggered", trigger["status"])
	require.Equal(t, "MAJOR", trigger["severity"])
	require.Equal(t, "<b>hot</b>", trigger["message"])
	node := trigger["device"].(map[string]any)
	require.EqualValues(t, device.ID, node["id"])
	require.NotContains(t, node, "os", "it is the basic node")
	references := node["references"].(map[string]any)
	require.EqualValues(t, device.OrganizationID, references["organization"].(map[string]any)["id"])
	require.Contains(t, references, "location")
	require.NotContains(t, trigger, "organizationId", "the root has no organization")

	require.Equal(t, "RESET", reset["statusCode"])
	require.Equal(t, triggered.UID, reset["seriesUid"])
	require.Greater(t, reset["id"], trigger["id"])

	three := regexp.MustCompile(`^\d{10}\.\d{3}$`)
	require.Regexp(t, three, number(t, h.raw[0], "activityTime"))
	require.Equal(t, "Bearer shared", h.headers[0].Get("Authorization"))
	require.Equal(t, "application/json", h.headers[0].Get("Content-Type"))
	require.NotContains(t, h.headers[0], "X-Ninja-Signature")
}

// The registration selects the activities to deliver (ninjaone.md 7.1).
func TestSubscription(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, rest string
		want       []string
	}{
		{"one code", `,"activities":{"CONDITION":["RESET"]}`, []string{"RESET"}},
		{"star", `,"activities":{"SYSTEM":["*"]}`, []string{"NODE_UPDATED", "CLIENT_UPDATED", "NODE_DELETED"}},
		{"nothing", `,"activities":{}`, nil},
		{"omitted means everything", ``, []string{"TRIGGERED", "RESET", "NODE_UPDATED", "CLIENT_UPDATED", "NODE_DELETED"}},
		{"other organizations only", `,"organizationIds":[999]`, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			n, h := smallTenant(t), newReceiver(t)
			h.register(n, test.rest)
			device := n.approvedDevice()
			triggered, err := n.TriggerAlert(device.ID, ninjaone.AlertSpec{})
			require.NoError(t, err)
			_, err = n.ResetAlert(triggered.UID)
			require.NoError(t, err)
			require.NoError(t, n.SetDevicePending(device.ID))
			require.NoError(t, n.RenameOrganization(device.OrganizationID, "Other"))
			require.NoError(t, n.DeleteDevice(device.ID))
			var codes []string
			for _, body := range h.received(n) {
				codes = append(codes, body["statusCode"].(string))
				if body["statusCode"] == "NODE_DELETED" {
					require.NotContains(t, body, "device", "the payload omits a deleted device")
					require.EqualValues(t, device.ID, body["deviceId"])
				}
			}
			require.ElementsMatch(t, test.want, codes)
		})
	}
}

// PUT and DELETE check and change the one registration; other methods are not supported (ninjaone.md 7.1).
func TestRegistration(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, method, body string
		status             int
	}{
		{"valid", http.MethodPut, `{"url":"https://hooks.example.com/n","activities":{"CONDITION":["*"]}}`, 204},
		{"no url", http.MethodPut, `{"activities":{"CONDITION":["*"]}}`, 400},
		{"relative url", http.MethodPut, `{"url":"/ninja"}`, 400},
		{"other scheme", http.MethodPut, `{"url":"ftp://x/y"}`, 400},
		{"unknown activity type", http.MethodPut, `{"url":"https://x/y","activities":{"CONDITIONS":["*"]}}`, 400},
		{"headers that aren't objects", http.MethodPut, `{"url":"https://x/y","headers":["a: b"]}`, 400},
		{"headers as a map", http.MethodPut, `{"url":"https://x/y","headers":{"a":"b"}}`, 400},
		{"duplicate organizations", http.MethodPut, `{"url":"https://x/y","organizationIds":[1,1]}`, 400},
		{"garbage", http.MethodPut, `{`, 400},
		{"delete", http.MethodDelete, ``, 204},
		{"get", http.MethodGet, ``, 405},
		{"post", http.MethodPost, `{}`, 405},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			n := smallTenant(t)
			got := n.call(test.method, "/v2/webhook", test.body)
			require.Equal(t, test.status, got.status, got.body)
			require.Equal(t, test.name == "valid", n.Snapshot().Webhook != nil)
		})
	}
}

func TestReplaceRemoveAndForbidRegistration(t *testing.T) {
	t.Parallel()
	n, first, second := smallTenant(t), newReceiver(t), newReceiver(t)
	first.register(n, conditionsOnly)
	second.register(n, conditionsOnly)
	id := n.approvedDevice().ID
	_, err := n.TriggerAlert(id, ninjaone.AlertSpec{})
	require.NoError(t, err)
	require.Len(t, second.received(n), 1)
	require.Empty(t, first.received(n), "PUT replaces")
	require.Equal(t, 204, n.call(http.MethodDelete, "/v2/webhook", "").status)
	_, err = n.TriggerAlert(id, ninjaone.AlertSpec{})
	require.NoError(t, err)
	require.Len(t, second.received(n), 1)

	n.act("switches", `{"forbid_webhook":true}`)
	got := n.call(http.MethodPut, "/v2/webhook", `{"url":"https://x/y"}`)
	require.Equal(t, 403, got.status)
	require.Contains(t, got.body, "Only system administrators")
}

// Mistakes in a registration that the vendor would silently accept are recorded as violations.
func TestRegistrationViolations(t *testing.T) {
	t.Parallel()
	n := smallTenant(t)
	n.call(http.MethodPut, "/v2/webhook", `{"url":"http://hooks.example.com/n","activities":{"CONDITION":["TRIGERRED"]}}`)
	n.call(http.MethodPut, "/v2/webhook", `{"url":"https://hooks.example.com/n"}`)
	details := fmt.Sprint(n.Lab.Calls.Violations())
	require.Contains(t, details, "TRIGERRED")
	require.Contains(t, details, "must be https")
	require.Contains(t, details, "activities are missing")
}

// A duplicate has the same ID, and a lost webhook's activity is in the log (ninjaone.md 10).
func TestDeliveryFaults(t *testing.T) {
	t.Parallel()
	n, h := smallTenant(t), newReceiver(t)
	h.register(n, conditionsOnly)
	id := n.approvedDevice().ID
	require.NoError(t, n.Lab.Faults.Set(lab.Fault{Kind: lab.FaultWebhookDuplicate, Path: "TRIGGERED$", Count: 1}))
	_, err := n.TriggerAlert(id, ninjaone.AlertSpec{})
	require.NoError(t, err)
	got := h.received(n)
	require.Len(t, got, 2)
	require.Equal(t, got[0]["id"], got[1]["id"])

	require.NoError(t, n.Lab.Faults.Set(lab.Fault{Kind: lab.FaultWebhookDrop, Count: 1}))
	lost, err := n.TriggerAlert(id, ninjaone.AlertSpec{})
	require.NoError(t, err)
	require.Len(t, h.received(n), 2)
	var log activities
	n.get("/v2/activities?pageSize=10", &log)
	require.EqualValues(t, lost.ActivityID, log.ids()[0])
}

func TestFailingReceiver(t *testing.T) {
	t.Parallel()
	n, h := smallTenant(t), newReceiver(t)
	h.register(n, conditionsOnly)
	h.status = func() int { return http.StatusInternalServerError }
	trigger := func() {
		_, err := n.TriggerAlert(n.approvedDevice().ID, ninjaone.AlertSpec{})
		require.NoError(t, err)
	}
	trigger()
	require.Len(t, h.received(n), 1, "by default there is no retry")
	n.act("switches", `{"webhook_attempts":2}`)
	trigger()
	got := h.received(n)
	require.Len(t, got, 3)
	require.Equal(t, got[1], got[2], "a retry sends the same activity")
	n.act("switches", `{"webhook_attempts":1,"webhook_disable_after":4}`)
	trigger()
	require.Len(t, h.received(n), 4)
	require.True(t, n.Snapshot().WebhookDisabled)
	trigger()
	require.Len(t, h.received(n), 4, "a disabled webhook delivers nothing")
	h.register(n, conditionsOnly)
	trigger()
	require.Len(t, h.received(n), 5, "registering again enables it")
}

// A switch omits the device; without expand there are no references.
func TestDeliveryWithoutDeviceOrExpand(t *testing.T) {
	t.Parallel()
	n, h := smallTenant(t), newReceiver(t)
	h.register(n, `,"activities":{"CONDITION":["*"]},"expand":["statusCode","nonsense"]`)
	id := n.approvedDevice().ID
	_, err := n.TriggerAlert(id, ninjaone.AlertSpec{})
	require.NoError(t, err)
	require.NotContains(t, h.received(n)[0]["device"], "references")
	n.act("switches", `{"webhook_without_device":true}`)
	_, err = n.TriggerAlert(id, ninjaone.AlertSpec{})
	require.NoError(t, err)
	require.NotContains(t, h.received(n)[1], "device")
}

// A slow receiver does not delay the API.
func TestSlowReceiverDoesNotBlockTheAPI(t *testing.T) {
	t.Parallel()
	n, h := smallTenant(t), newReceiver(t)
	release := make(chan struct{})
	h.status = func() int {
		select {
		case <-release:
		case <-time.After(30 * time.Second):
		}
		return http.StatusOK
	}
	h.register(n, conditionsOnly)
	for range 20 {
		_, err := n.TriggerAlert(n.approvedDevice().ID, ninjaone.AlertSpec{})
		require.NoError(t, err)
	}
	require.Len(t, n.rows("/v2/alerts"), 28)
	close(release)
	require.Len(t, h.received(n), 20)
}
