package test

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"ninjaone-accelo/internal/simulator/accelo"
)

// The receiver answers each delivery with its documented status, never 410. A delivery that isn't an event starts nothing.
func TestWebhookResponses(t *testing.T) {
	t.Parallel()
	e := newImportedAlertEnv(t, scenario{organizations: 2, devices: 6, ninjaOne: []string{"-alerts", "0"}})
	device, _ := e.device(0)
	uid, request := e.openRequest(device.ID, 1)
	good := e.webhooks.find(t, uid, "TRIGGERED")
	e.accelo.act("close-request", map[string]any{"id": request.ID})
	e.waitUntilIdle()
	sent := e.webhooks.recorded(0)
	at := slices.IndexFunc(sent, func(d delivery) bool { return strings.HasPrefix(d.path, "/webhooks/accelo/") })
	require.GreaterOrEqual(t, at, 0)
	event := sent[at]
	e.resetCalls()

	with := func(original delivery, change func(*delivery)) delivery {
		original.header, original.body = original.header.Clone(), bytes.Clone(original.body)
		change(&original)
		return original
	}
	header := func(name, value string) func(*delivery) { return func(d *delivery) { d.header.Set(name, value) } }
	body := func(text string) func(*delivery) { return func(d *delivery) { d.body = []byte(text) } }
	replaced := func(old, fresh string) func(*delivery) {
		return func(d *delivery) { d.body = bytes.ReplaceAll(d.body, []byte(old), []byte(fresh)) }
	}
	for _, test := range []struct {
		name   string
		sent   delivery
		status int
	}{
		{name: "NinjaOne: wrong secret", sent: with(good, header("Authorization", "Bearer wrong")), status: http.StatusUnauthorized},
		{name: "NinjaOne: no secret", sent: with(good, func(d *delivery) { d.header.Del("Authorization") }), status: http.StatusUnauthorized},
		{name: "NinjaOne: unknown connection", sent: with(good, func(d *delivery) { d.path += "-other" }), status: http.StatusUnauthorized},
		{name: "NinjaOne: not JSON", sent: with(good, body("<html>")), status: http.StatusBadRequest},
		{name: "NinjaOne: empty", sent: with(good, body("")), status: http.StatusBadRequest},
		{name: "NinjaOne: a list", sent: with(good, body("[1]")), status: http.StatusBadRequest},
		{
			name: "NinjaOne: too large", sent: with(good, body(`{"message":"`+strings.Repeat("x", 1<<20)+`"}`)),
			status: http.StatusRequestEntityTooLarge,
		},
		{name: "NinjaOne: another activity", sent: with(good, replaced(`"TRIGGERED"`, `"ACKNOWLEDGED"`)), status: http.StatusAccepted},
		{name: "NinjaOne: another type", sent: with(good, replaced(`"CONDITION"`, `"ACTIONSET"`)), status: http.StatusAccepted},
		{name: "NinjaOne: the same again", sent: good, status: http.StatusAccepted},
		{name: "Accelo: wrong token", sent: with(event, func(d *delivery) { d.path += "x" }), status: http.StatusUnauthorized},
		{
			name: "Accelo: wrong signature", sent: with(event, header("X-Hub-Signature", strings.Repeat("0", 40))),
			status: http.StatusUnauthorized,
		},
		{
			name: "Accelo: no signature", sent: with(event, func(d *delivery) { d.header.Del("X-Hub-Signature") }),
			status: http.StatusUnauthorized,
		},
		{name: "Accelo: another body", sent: with(event, body(`{"id":"1"}`)), status: http.StatusUnauthorized},
		{name: "Accelo: another event", sent: with(event, header("X-Accelo-Event", "update_company")), status: http.StatusAccepted},
		{
			name: "unknown path", sent: delivery{path: "/webhooks/unknown", body: good.body, header: http.Header{}},
			status: http.StatusUnauthorized,
		},
	} {
		require.Equal(t, test.status, e.deliver(test.sent), test.name)
	}
	e.waitUntilIdle()
	require.Empty(t, e.calls(), "a delivery that isn't an event caused a call")
	require.Len(t, e.requestsOf(uid), 1)
	e.testSecretRotation(uid)
	e.testSingleSubscription()
	e.requireIdle()
}

// testSecretRotation proves that deliveries sent with the previous secrets are still accepted, and that new ones use the new secrets.
func (e *alertEnv) testSecretRotation(earlier string) {
	t := e.t
	t.Helper()
	device, _ := e.device(1)
	opened, request := e.openRequest(device.ID, 30)
	e.webhooks.intercept()
	inFlight := e.trigger(device.ID, condition(31))
	e.ninjaOne.act("deliveries/drain", nil)
	old := e.webhooks.find(t, inFlight, "TRIGGERED")
	n := len(e.webhooks.recorded(0))
	e.accelo.act("close-request", map[string]any{"id": request.ID})
	e.accelo.act("deliveries/drain", nil)
	oldClose := e.webhooks.recorded(n)
	require.Len(t, oldClose, 1)
	require.Equal(t, 0, e.starter("connect", "--rotate-secrets").Code)
	e.webhooks.passThrough()
	e.deliverAll(old, oldClose[0])
	e.waitForWorkflows(alertTriggered(inFlight), requestClosed(itoa(request.ID)))
	require.Len(t, e.requestsOf(inFlight), 1)
	require.False(t, e.isActive(opened))
	fresh, _ := e.openRequest(device.ID, 32)
	require.NotEqual(t, old.header.Get("Authorization"), e.webhooks.find(t, fresh, "TRIGGERED").header.Get("Authorization"))

	require.Equal(t, 0, e.starter("connect", "--rotate-secrets").Code)
	require.Equal(t, http.StatusUnauthorized, e.deliver(e.webhooks.find(t, earlier, "TRIGGERED")), "accepted two rotations later")
}

// testSingleSubscription proves that Accelo has exactly one subscription of ours, however often `starter connect` runs and wherever
// its webhooks led before. Those of others stay.
func (e *alertEnv) testSingleSubscription() {
	t := e.t
	t.Helper()
	e.accelo.act("set-switches", map[string]any{"form_credentials": true})
	config := clientcredentials.Config{
		AuthStyle: oauth2.AuthStyleInParams,
		ClientID:  accelo.DefaultClientID, ClientSecret: accelo.DefaultClientSecret, TokenURL: e.accelo.url + "/oauth2/v0/token",
		EndpointParams: url.Values{"scope": {"write(all)"}},
	}
	const others = "https://elsewhere.example.com/webhooks/of-another-tool"
	form := url.Values{"trigger_url": {others}, "event_id": {"update_request_status"}, "content_type": {"application/json"}}
	request, err := http.NewRequestWithContext(e.ctx, http.MethodPost, e.accelo.url+"/api/v0/webhooks/subscriptions", strings.NewReader(form.Encode()))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := config.Client(e.ctx).Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Less(t, response.StatusCode, 300)

	require.Equal(t, 0, e.starterWith([]string{"PUBLIC_URL=https://before.example.com/sync"}, "connect").Code)
	for range 3 {
		require.Equal(t, 0, e.starter("connect").Code)
	}
	var urls []string
	for _, subscription := range e.accelo.state().Subscriptions {
		urls = append(urls, subscription.TriggerURL)
	}
	require.Len(t, urls, 2)
	require.Contains(t, urls, others)
	require.True(t, slices.ContainsFunc(urls, func(u string) bool { return strings.HasPrefix(u, e.webhooks.url+"/webhooks/accelo/") }))
	require.Equal(t, e.webhooks.url+"/webhooks/ninjaone/"+connection, e.ninjaOne.state().Webhook.URL)
	e.accelo.act("delete-subscription", map[string]any{"id": e.accelo.state().Subscriptions[slices.Index(urls, others)].ID})
}

// While Temporal is unreachable, webhooks are answered 503. When it is back they are accepted again.
func TestWebhookWithoutTemporal(t *testing.T) {
	t.Parallel()
	e := newImportedAlertEnv(t, scenario{organizations: 2, devices: 6, ninjaOne: []string{"-alerts", "0"}})
	at := slices.IndexFunc(e.options.Environment, func(s string) bool { return strings.HasPrefix(s, "TEMPORAL_ADDRESS=") })
	proxy := newTCPProxy(t, strings.TrimPrefix(e.options.Environment[at], "TEMPORAL_ADDRESS="))
	e.stack.Set("TEMPORAL_ADDRESS=" + proxy.address)
	e.startServe()
	device, _ := e.device(0)
	e.openRequest(device.ID, 1)
	e.webhooks.intercept()
	uid := e.trigger(device.ID, condition(2))
	e.ninjaOne.act("deliveries/drain", nil)
	proxy.cut()
	require.Equal(t, http.StatusServiceUnavailable, e.deliver(e.webhooks.find(t, uid, "TRIGGERED")))
	proxy.restore()
	e.waitUntil("serve reaches Temporal again", func() bool {
		return e.deliver(e.webhooks.find(t, uid, "TRIGGERED")) == http.StatusAccepted
	})
	e.waitForWorkflows(alertTriggered(uid))
	require.Len(t, e.requestsOf(uid), 1)
	e.webhooks.passThrough()
	e.requireIdle()
}
