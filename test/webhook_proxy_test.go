package test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// webhookProxy stands between the vendors and `starter serve`. It records every webhook and can intercept them.
type webhookProxy struct {
	url string
	//nolint:containedctx // retries end with the test
	ctx context.Context

	mu           sync.Mutex
	target       string
	intercepting bool
	retrying     bool
	inFlight     int
	deliveries   []delivery
}

// delivery is a webhook as a vendor sent it, and the status of the answer.
type delivery struct {
	path   string
	header http.Header
	body   []byte
	status int
	at     time.Time
}

func newWebhookProxy(t testing.TB) *webhookProxy {
	t.Helper()
	p := &webhookProxy{ctx: t.Context()}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	p.url = server.URL
	return p
}

// ServeHTTP implements http.Handler.
func (p *webhookProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	sent := delivery{path: r.URL.Path, header: r.Header.Clone(), body: body, at: time.Now()}
	p.mu.Lock()
	target, intercepting, retrying := p.target, p.intercepting, p.retrying
	p.mu.Unlock()
	if retrying {
		p.addInFlight(1)
		go p.sendUntilAccepted(sent)
		sent.status = http.StatusNoContent
	} else if intercepting {
		sent.status = http.StatusNoContent
	} else if sent.status, err = sent.post(r, target); err != nil {
		sent.status = http.StatusBadGateway
	}
	p.mu.Lock()
	p.deliveries = append(p.deliveries, sent)
	p.mu.Unlock()
	w.WriteHeader(sent.status)
}

func (p *webhookProxy) setTarget(target string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target = target
}

// retryUntilAccepted makes the proxy answer in place of `starter serve` and resend every webhook until it is accepted, so that none
// is lost.
func (p *webhookProxy) retryUntilAccepted() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.retrying = true
}

// idle reports whether no webhook is being resent.
func (p *webhookProxy) idle() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.inFlight == 0
}

func (p *webhookProxy) sendUntilAccepted(sent delivery) {
	defer p.addInFlight(-1)
	request, err := http.NewRequestWithContext(p.ctx, http.MethodPost, p.url, nil)
	for err == nil && p.ctx.Err() == nil {
		p.mu.Lock()
		target := p.target
		p.mu.Unlock()
		if status, err := sent.post(request, target); err == nil && status < http.StatusInternalServerError {
			return
		}
		pauseFor(p.ctx, 200*time.Millisecond)
	}
}

func (p *webhookProxy) addInFlight(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.inFlight += n
}

// intercept records webhooks from now on without passing them on.
func (p *webhookProxy) intercept() { p.setIntercepting(true) }

// passThrough passes webhooks on from now on.
func (p *webhookProxy) passThrough() { p.setIntercepting(false) }

func (p *webhookProxy) setIntercepting(intercepting bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.intercepting = intercepting
}

// recorded returns the deliveries from the n-th on.
func (p *webhookProxy) recorded(n int) []delivery {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.deliveries[n:])
}

// find returns the delivery of an alert's event.
func (p *webhookProxy) find(t testing.TB, uid, code string) delivery {
	t.Helper()
	for _, sent := range p.recorded(0) {
		if event := sent.event(); event.SeriesUID == uid && event.StatusCode == code {
			return sent
		}
	}
	require.Fail(t, "no such delivery", "%s of alert %s", code, uid)
	return delivery{}
}

// event holds the members of both vendors' webhooks that say what happened to which object.
type event struct {
	SeriesUID  string      `json:"seriesUid"`
	StatusCode string      `json:"statusCode"`
	ID         json.Number `json:"id"`
}

func (d delivery) event() event {
	var read event
	_ = json.Unmarshal(d.body, &read) // a body that isn't JSON is not an event
	return read
}

// workflow returns the ID of the workflow that a delivery starts (see interface.md 4).
func (d delivery) workflow() string {
	event := d.event()
	switch {
	case strings.HasPrefix(d.path, "/webhooks/accelo/"):
		return requestClosed(event.ID.String())
	case event.StatusCode == "TRIGGERED":
		return alertTriggered(event.SeriesUID)
	case event.StatusCode == "RESET":
		return alertReset(event.SeriesUID)
	}
	return ""
}

func alertTriggered(uid string) string { return "alert-triggered/" + connection + "/" + uid }
func alertReset(uid string) string     { return "alert-reset/" + connection + "/" + uid }
func requestClosed(id string) string   { return "request-closed/" + connection + "/" + id }

// post sends a delivery to a server and returns the HTTP status.
func (d delivery) post(r *http.Request, target string) (int, error) {
	request, err := http.NewRequestWithContext(r.Context(), http.MethodPost, target+d.path, bytes.NewReader(d.body))
	if err != nil {
		return 0, err
	}
	request.Header = d.header
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer func() { _ = response.Body.Close() }()
	_, err = io.Copy(io.Discard, response.Body)
	return response.StatusCode, err
}
