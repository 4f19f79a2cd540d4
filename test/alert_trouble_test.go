package test

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/lab"
)

// An alert needs no import before it: its company and its asset are made on the way. A device that is not approved, or that is
// gone, has a request all the same.
func TestAlertOfTheUnknown(t *testing.T) {
	t.Parallel()
	w := connectedAlerts(t, scenario{organizations: 3, devices: 9, ninjaOne: []string{"-alerts", "0"}})
	device, organization := w.device(0)
	_, request := w.opens(device.ID, 1)
	o := &oracle{world: w.world, accelo: w.accelo.state()}
	require.Equal(t, o.companyOf(organization).DefaultAffiliationID, request.AffiliationID)
	require.NotZero(t, w.assetOf(device))
	require.Equal(t, []int64{w.assetOf(device)}, w.linked("request", request.ID))

	pending := int(w.ninjaOne.id("devices", map[string]any{"organization_id": organization.ID, "system_name": "fresh", "pending": true}))
	_, request = w.opens(pending, 2)
	require.Empty(t, w.linked("request", request.ID))
	require.Len(t, w.notes("request", request.ID), 1)
	require.Contains(t, request.Body, "\nDevice: fresh\n")

	w.deletedDevices()
	w.deletedAsset()
	w.standStill()
}

// deletedDevices: the organization is enough for a request; without it the alert is parked with the reason.
func (w *alertWorld) deletedDevices() {
	t := w.t
	t.Helper()
	_, organization := w.device(1)
	named := int(w.ninjaOne.id("devices", map[string]any{"organization_id": organization.ID, "system_name": "short-lived"}))
	nameless := int(w.ninjaOne.id("devices", map[string]any{"organization_id": organization.ID, "system_name": "nameless"}))
	w.gate.close()
	known := w.trigger(named, condition(10))
	w.ninjaOne.act("switches", map[string]any{"webhook_without_device": true})
	unknown := w.trigger(nameless, condition(11))
	w.ninjaOne.act("switches", map[string]any{"webhook_without_device": false})
	w.ninjaOne.act("deliveries/drain", nil)
	w.ninjaOne.act("devices/delete", map[string]any{"id": named})
	w.ninjaOne.act("devices/delete", map[string]any{"id": nameless})
	w.deliverAll(w.gate.find(t, known, "TRIGGERED"), w.gate.find(t, unknown, "TRIGGERED"))
	w.gate.open()
	w.ended(alertTriggered(known), alertTriggered(unknown))
	require.Contains(t, w.request(known).Body, "short-lived")
	require.Empty(t, w.requests(unknown))
	require.Equal(t, []string{unknown}, w.parked("no longer exists"))
}

// deletedAsset: an asset that somebody deleted in Accelo does not keep others from being linked.
func (w *alertWorld) deletedAsset() {
	t := w.t
	t.Helper()
	first, _ := w.device(3)
	second, _ := w.device(4)
	w.opens(first.ID, 20)
	w.accelo.act("delete-asset", map[string]any{"id": w.assetOf(first)})
	w.opens(first.ID, 21)
	_, request := w.opens(second.ID, 22)
	require.Equal(t, []int64{w.assetOf(second)}, w.linked("request", request.ID))
}

// parked are the alerts that status shows as failed with a text in their reason.
func (w *alertWorld) parked(reason string) []string {
	w.t.Helper()
	uids := []string{}
	for _, failure := range decodeStrict[statusReport](w.t, w.run("status", "--json").Stdout).Connections[0].Failures {
		if failure.Kind == "alert" && strings.Contains(failure.Error, reason) {
			require.Equal(w.t, alertTriggered(failure.NinjaID), failure.WorkflowID)
			uids = append(uids, failure.NinjaID)
		}
	}
	slices.Sort(uids)
	return uids
}

// Without its request type an alert is parked, which status shows; `connect` starts it again once the type is there. What
// Accelo has refused is started again by `retry`.
func TestAlertsParked(t *testing.T) {
	t.Parallel()
	w := startAlerts(t, scenario{
		organizations: 2, devices: 6, ninjaOne: []string{"-alerts", "0"}, settings: []string{"ACCELO_REQUEST_TYPE=Alarms"},
	})
	require.Equal(t, 3, w.run("connect").Code)
	device, _ := w.device(0)
	first, second := w.trigger(device.ID, condition(1)), w.trigger(device.ID, condition(2))
	w.quiet()
	uids := []string{first, second}
	slices.Sort(uids)
	require.Equal(t, uids, w.parked("request type"))
	w.reset(second) // meanwhile it is over
	w.quiet()

	w.accelo.act("add-request-type", map[string]any{"title": "Alarms"})
	require.Equal(t, 0, w.run("connect").Code)
	w.ended(alertTriggered(first), alertTriggered(second))
	require.Empty(t, w.parked(""))
	require.Equal(t, "pending", w.request(first).Standing)
	require.Empty(t, w.requests(second), "a request for an alert that is over")

	w.accelo.fail(lab.Fault{Kind: lab.FaultStatus, Status: http.StatusBadRequest, Method: http.MethodPost, Path: "/requests$"})
	refused := w.trigger(device.ID, condition(3))
	w.quiet()
	require.Equal(t, []string{refused}, w.parked(""))
	w.accelo.fail()
	for _, arguments := range [][]string{{"retry", "--alert", first}, {"retry", "--organization", "4711"}} {
		require.Equal(t, 0, w.run(arguments...).Code)
		require.Equal(t, []string{refused}, w.parked(""), "what was not asked for was started")
	}
	retried := w.run("retry", "--json", "--alert", refused)
	require.Equal(t, 0, retried.Code)
	require.True(t, json.Valid([]byte(retried.Stdout)))
	w.ended(alertTriggered(refused))
	require.Empty(t, w.parked(""))
	require.Len(t, w.requests(refused), 1)
	w.standStill()
}

// What the webhooks' receiver answers to whom; nothing is started by what is no event, and nothing answers 410.
func TestWebhookSurface(t *testing.T) {
	t.Parallel()
	w := importedAlerts(t, scenario{organizations: 2, devices: 6, ninjaOne: []string{"-alerts", "0"}})
	device, _ := w.device(0)
	uid, request := w.opens(device.ID, 1)
	good := w.gate.find(t, uid, "TRIGGERED")
	w.accelo.act("close-request", map[string]any{"id": request.ID})
	w.quiet()
	sent := w.gate.since(0)
	at := slices.IndexFunc(sent, func(d delivery) bool { return strings.HasPrefix(d.path, "/webhooks/accelo/") })
	require.GreaterOrEqual(t, at, 0)
	event := sent[at]
	w.forgetCalls()

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
		{"NinjaOne: wrong secret", with(good, header("Authorization", "Bearer wrong")), http.StatusUnauthorized},
		{"NinjaOne: no secret", with(good, func(d *delivery) { d.header.Del("Authorization") }), http.StatusUnauthorized},
		{"NinjaOne: no such connection", with(good, func(d *delivery) { d.path += "-other" }), http.StatusUnauthorized},
		{"NinjaOne: no JSON", with(good, body("<html>")), http.StatusBadRequest},
		{"NinjaOne: empty", with(good, body("")), http.StatusBadRequest},
		{"NinjaOne: a list", with(good, body("[1]")), http.StatusBadRequest},
		{"NinjaOne: too large", with(good, body(`{"message":"`+strings.Repeat("x", 1<<20)+`"}`)), http.StatusRequestEntityTooLarge},
		{"NinjaOne: another activity", with(good, replaced(`"TRIGGERED"`, `"ACKNOWLEDGED"`)), http.StatusAccepted},
		{"NinjaOne: another type", with(good, replaced(`"CONDITION"`, `"ACTIONSET"`)), http.StatusAccepted},
		{"NinjaOne: the same again", good, http.StatusAccepted},
		{"Accelo: wrong token", with(event, func(d *delivery) { d.path += "x" }), http.StatusUnauthorized},
		{"Accelo: wrong signature", with(event, header("X-Hub-Signature", strings.Repeat("0", 40))), http.StatusUnauthorized},
		{"Accelo: no signature", with(event, func(d *delivery) { d.header.Del("X-Hub-Signature") }), http.StatusUnauthorized},
		{"Accelo: another body", with(event, body(`{"id":"1"}`)), http.StatusUnauthorized},
		{"Accelo: another event", with(event, header("X-Accelo-Event", "update_company")), http.StatusAccepted},
		{"nowhere", delivery{path: "/webhooks/unknown", body: good.body, header: http.Header{}}, http.StatusUnauthorized},
	} {
		require.Equal(t, test.status, w.deliver(test.sent), test.name)
	}
	w.quiet()
	require.Empty(t, w.calls(), "a vendor was asked about what is no event")
	require.Len(t, w.requests(uid), 1)
	w.rotation(uid)
	w.oneSubscription()
	w.standStill()
}

// rotation: deliveries that were sent with the secrets of before still count, and new ones have the new secrets.
func (w *alertWorld) rotation(earlier string) {
	t := w.t
	t.Helper()
	device, _ := w.device(1)
	opened, request := w.opens(device.ID, 30)
	w.gate.close()
	onItsWay := w.trigger(device.ID, condition(31))
	w.ninjaOne.act("deliveries/drain", nil)
	old := w.gate.find(t, onItsWay, "TRIGGERED")
	n := len(w.gate.since(0))
	w.accelo.act("close-request", map[string]any{"id": request.ID})
	w.accelo.act("deliveries/drain", nil)
	oldClose := w.gate.since(n)
	require.Len(t, oldClose, 1)
	require.Equal(t, 0, w.run("connect", "--rotate-secrets").Code)
	w.gate.open()
	w.deliverAll(old, oldClose[0])
	w.ended(alertTriggered(onItsWay), requestClosed(itoa(request.ID)))
	require.Len(t, w.requests(onItsWay), 1)
	require.False(t, w.active(opened))
	fresh, _ := w.opens(device.ID, 32)
	require.NotEqual(t, old.header.Get("Authorization"), w.gate.find(t, fresh, "TRIGGERED").header.Get("Authorization"))

	require.Equal(t, 0, w.run("connect", "--rotate-secrets").Code)
	require.Equal(t, http.StatusUnauthorized, w.deliver(w.gate.find(t, earlier, "TRIGGERED")), "two rotations later")
}

// oneSubscription: however often `connect` runs and wherever its webhooks led before, Accelo has one subscription of ours; those of
// others stay.
func (w *alertWorld) oneSubscription() {
	t := w.t
	t.Helper()
	w.accelo.act("set-switches", map[string]any{"form_credentials": true})
	config := clientcredentials.Config{
		AuthStyle: oauth2.AuthStyleInParams,
		ClientID:  accelo.DefaultClientID, ClientSecret: accelo.DefaultClientSecret, TokenURL: w.accelo.url + "/oauth2/v0/token",
		EndpointParams: url.Values{"scope": {"write(all)"}},
	}
	const others = "https://elsewhere.example.com/webhooks/of-somebody-else"
	form := url.Values{"trigger_url": {others}, "event_id": {"update_request_status"}, "content_type": {"application/json"}}
	request, err := http.NewRequestWithContext(w.ctx, http.MethodPost, w.accelo.url+"/api/v0/webhooks/subscriptions", strings.NewReader(form.Encode()))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := config.Client(w.ctx).Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Less(t, response.StatusCode, 300)

	require.Equal(t, 0, w.runWith([]string{"PUBLIC_URL=https://before.example.com/sync"}, "connect").Code)
	for range 3 {
		require.Equal(t, 0, w.run("connect").Code)
	}
	var urls []string
	for _, subscription := range w.accelo.state().Subscriptions {
		urls = append(urls, subscription.TriggerURL)
	}
	require.Len(t, urls, 2)
	require.Contains(t, urls, others)
	require.True(t, slices.ContainsFunc(urls, func(u string) bool { return strings.HasPrefix(u, w.gate.url+"/webhooks/accelo/") }))
	require.Equal(t, w.gate.url+"/webhooks/ninjaone/"+connection, w.ninjaOne.state().Webhook.URL)
	w.accelo.act("delete-subscription", map[string]any{"id": w.accelo.state().Subscriptions[slices.Index(urls, others)].ID})
}

// While Temporal is away nothing is accepted, so that the vendor sends it again; afterwards everything is as before.
func TestWebhookWithoutTemporal(t *testing.T) {
	t.Parallel()
	w := importedAlerts(t, scenario{organizations: 2, devices: 6, ninjaOne: []string{"-alerts", "0"}})
	at := slices.IndexFunc(w.options.Environment, func(s string) bool { return strings.HasPrefix(s, "TEMPORAL_ADDRESS=") })
	way := newWay(t, strings.TrimPrefix(w.options.Environment[at], "TEMPORAL_ADDRESS="))
	w.stack.Set("TEMPORAL_ADDRESS=" + way.address)
	w.serve()
	device, _ := w.device(0)
	w.opens(device.ID, 1)
	w.gate.close()
	uid := w.trigger(device.ID, condition(2))
	w.ninjaOne.act("deliveries/drain", nil)
	way.cut()
	require.Equal(t, http.StatusServiceUnavailable, w.deliver(w.gate.find(t, uid, "TRIGGERED")))
	way.mend()
	w.until("serve reaches Temporal again", func() bool {
		return w.deliver(w.gate.find(t, uid, "TRIGGERED")) == http.StatusAccepted
	})
	w.ended(alertTriggered(uid))
	require.Len(t, w.requests(uid), 1)
	w.gate.open()
	w.standStill()
}

// way leads connections to a server, and can be cut.
type way struct {
	address string

	mu    sync.Mutex
	isCut bool
	open  map[net.Conn]bool
}

func newWay(t testing.TB, target string) *way {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	w := &way{address: listener.Addr().String(), open: map[net.Conn]bool{}}
	t.Cleanup(func() {
		_ = listener.Close()
		w.cut()
	})
	go func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return
			}
			to, err := net.Dial("tcp", target) // it ends with the way
			if err != nil || !w.admit(from, to) {
				_ = from.Close()
				continue
			}
			go pipe(from, to)
			go pipe(to, from)
		}
	}()
	return w
}

// admit keeps a pair of connections, unless the way is cut.
func (w *way) admit(pair ...net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, connection := range pair {
		if w.isCut {
			_ = connection.Close()
			continue
		}
		w.open[connection] = true
	}
	return !w.isCut
}

func pipe(from, to net.Conn) {
	_, _ = io.Copy(to, from)
	_ = to.Close()
	_ = from.Close()
}

// cut ends all connections and lets no new one through until mend.
func (w *way) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.isCut = true
	for connection := range w.open {
		_ = connection.Close()
	}
	clear(w.open)
}

func (w *way) mend() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.isCut = false
}
