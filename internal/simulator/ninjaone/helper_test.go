package ninjaone_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/ninjaone"
)

// clock only advances when a test says so.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(by)
}

// tenant is a simulator behind an HTTP server, with a token.
type tenant struct {
	*ninjaone.Simulator
	t     *testing.T
	url   string
	clock *clock
	token string
}

// reply is the reply to one request.
type reply struct {
	status int
	header http.Header
	body   string
}

// newTenant starts a tenant at a fixed time.
func newTenant(t *testing.T, options ninjaone.Options) *tenant {
	t.Helper()
	clock := &clock{now: time.Date(2026, 11, 21, 10, 0, 0, 123456000, time.UTC)}
	if options.Now == nil {
		options.Now = clock.Now
	}
	simulator := ninjaone.New(options)
	server := httptest.NewServer(simulator)
	t.Cleanup(func() { server.Close(); simulator.Close() })
	tenant := &tenant{Simulator: simulator, t: t, url: server.URL, clock: clock}
	return tenant
}

// smallTenant starts a tenant with some of everything and a token.
func smallTenant(t *testing.T) *tenant {
	t.Helper()
	tenant := newTenant(t, ninjaone.Options{Seed: 1, Organizations: 12, Devices: 240, ActiveAlerts: 8})
	tenant.logIn("")
	return tenant
}

// logIn gets a token with a scope.
func (n *tenant) logIn(scope string) {
	n.t.Helper()
	got := n.form("/ws/oauth/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {"demo-client"}, "client_secret": {"demo-secret"}, "scope": {scope},
	})
	require.Equal(n.t, http.StatusOK, got.status, got.body)
	var token struct {
		AccessToken string `json:"access_token"`
	}
	require.NoError(n.t, json.Unmarshal([]byte(got.body), &token))
	n.token = token.AccessToken
}

func (n *tenant) form(path string, form url.Values) reply {
	n.t.Helper()
	return n.do(http.MethodPost, path, form.Encode(), http.Header{"Content-Type": {"application/x-www-form-urlencoded"}})
}

// do sends a request with the given headers only.
func (n *tenant) do(method, path, body string, header http.Header) reply {
	n.t.Helper()
	got, err := n.try(method, path, body, header)
	require.NoError(n.t, err)
	return got
}

func (n *tenant) try(method, path, body string, header http.Header) (reply, error) {
	request, err := http.NewRequestWithContext(n.t.Context(), method, n.url+path, strings.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	for name, values := range header {
		request.Header[http.CanonicalHeaderKey(name)] = values
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	response, err := client.Do(request)
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	return reply{response.StatusCode, response.Header, string(content)}, err
}

// call sends a request with the tenant's token.
func (n *tenant) call(method, path, body string) reply {
	n.t.Helper()
	return n.do(method, path, body, http.Header{"Authorization": {"Bearer " + n.token}, "Content-Type": {"application/json"}})
}

// get requires status 200 and decodes the reply.
func (n *tenant) get(path string, into any) reply {
	n.t.Helper()
	got := n.call(http.MethodGet, path, "")
	require.Equal(n.t, http.StatusOK, got.status, "%s: %s", path, got.body)
	require.NoError(n.t, json.Unmarshal([]byte(got.body), into), got.body)
	return got
}

// rows returns a list of objects.
func (n *tenant) rows(path string) []map[string]any {
	n.t.Helper()
	var list []map[string]any
	n.get(path, &list)
	return list
}

// act runs an action of the administrative API and requires status 200.
func (n *tenant) act(action, body string) map[string]any {
	n.t.Helper()
	got := n.do(http.MethodPost, "/_lab/"+action, body, nil)
	require.Equal(n.t, http.StatusOK, got.status, got.body)
	var out map[string]any
	require.NoError(n.t, json.Unmarshal([]byte(got.body), &out))
	return out
}

// approvedDevice returns the first approved device.
func (n *tenant) approvedDevice() ninjaone.Device {
	n.t.Helper()
	for _, device := range n.Snapshot().Devices {
		if device.ApprovalStatus == "APPROVED" {
			return device
		}
	}
	require.Fail(n.t, "no approved device")
	return ninjaone.Device{}
}

// ids returns the IDs of rows.
func ids(rows []map[string]any) []int {
	list := make([]int, 0, len(rows))
	for _, row := range rows {
		list = append(list, int(row["id"].(float64)))
	}
	return list
}

// receiver receives webhooks.
type receiver struct {
	url string

	mu      sync.Mutex
	bodies  []map[string]any
	raw     []string
	headers []http.Header
	status  func() int
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	h := &receiver{status: func() int { return http.StatusAccepted }}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		content, _ := io.ReadAll(r.Body)
		var body map[string]any
		_ = json.Unmarshal(content, &body)
		h.mu.Lock()
		h.bodies, h.raw, h.headers = append(h.bodies, body), append(h.raw, string(content)), append(h.headers, r.Header)
		status := h.status()
		h.mu.Unlock()
		w.WriteHeader(status)
	}))
	t.Cleanup(server.Close)
	h.url = server.URL + "/ninja"
	return h
}

// register registers the receiver as the tenant's webhook, with more JSON members.
func (h *receiver) register(n *tenant, members string) {
	n.t.Helper()
	got := n.call(http.MethodPut, "/v2/webhook", `{"url":"`+h.url+`"`+members+`}`)
	require.Equal(n.t, http.StatusNoContent, got.status, got.body)
	require.Empty(n.t, got.body)
}

// received waits until every webhook has been sent and returns the bodies that arrived.
func (h *receiver) received(n *tenant) []map[string]any {
	n.t.Helper()
	ctx, cancel := context.WithTimeout(n.t.Context(), 20*time.Second)
	defer cancel()
	require.NoError(n.t, n.Lab.Webhooks.Drain(ctx))
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]map[string]any(nil), h.bodies...)
}

// number returns a number from a JSON object as it is written.
func number(t *testing.T, body, member string) string {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader([]byte(body)))
	decoder.UseNumber()
	var object map[string]any
	require.NoError(t, decoder.Decode(&object))
	value, ok := object[member].(json.Number)
	require.True(t, ok, "%s is not a number", member)
	return value.String()
}
