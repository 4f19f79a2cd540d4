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

// gate stands between the vendors and `starter serve`: it keeps every delivery, and can hold them back.
type gate struct {
	url string
	//nolint:containedctx // it ends with the test, and with it what is still being handed over
	ctx context.Context

	mu         sync.Mutex
	target     string
	closed     bool
	insistent  bool
	onTheirWay int
	deliveries []delivery
}

// delivery is a webhook as a vendor sent it, and what it was answered.
type delivery struct {
	path   string
	header http.Header
	body   []byte
	status int
	at     time.Time
}

func newGate(t testing.TB) *gate {
	t.Helper()
	g := &gate{ctx: t.Context()}
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	g.url = server.URL
	return g
}

// ServeHTTP implements http.Handler.
func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	sent := delivery{path: r.URL.Path, header: r.Header.Clone(), body: body, at: time.Now()}
	g.mu.Lock()
	target, closed, insistent := g.target, g.closed, g.insistent
	g.mu.Unlock()
	if insistent {
		g.count(1)
		go g.keepPosting(sent)
		sent.status = http.StatusNoContent
	} else if closed {
		sent.status = http.StatusNoContent
	} else if sent.status, err = sent.post(r, target); err != nil {
		sent.status = http.StatusBadGateway
	}
	g.mu.Lock()
	g.deliveries = append(g.deliveries, sent)
	g.mu.Unlock()
	w.WriteHeader(sent.status)
}

func (g *gate) lead(target string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.target = target
}

// insist makes the gate answer for `starter serve` and hand it every delivery until it takes it, so that none is lost.
func (g *gate) insist() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.insistent = true
}

// empty tells whether no delivery is being handed over.
func (g *gate) empty() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.onTheirWay == 0
}

func (g *gate) keepPosting(sent delivery) {
	defer g.count(-1)
	request, err := http.NewRequestWithContext(g.ctx, http.MethodPost, g.url, nil)
	for err == nil && g.ctx.Err() == nil {
		g.mu.Lock()
		target := g.target
		g.mu.Unlock()
		if status, err := sent.post(request, target); err == nil && status < http.StatusInternalServerError {
			return
		}
		pauseFor(g.ctx, 200*time.Millisecond)
	}
}

func (g *gate) count(by int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.onTheirWay += by
}

// close keeps deliveries from now on, open lets them through.
func (g *gate) close() { g.shut(true) }
func (g *gate) open()  { g.shut(false) }

func (g *gate) shut(closed bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = closed
}

// since are the deliveries from the n-th on.
func (g *gate) since(n int) []delivery {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.deliveries[n:])
}

// find is the delivery of an alert's event.
func (g *gate) find(t testing.TB, uid, code string) delivery {
	t.Helper()
	for _, sent := range g.since(0) {
		if event := sent.event(); event.SeriesUID == uid && event.StatusCode == code {
			return sent
		}
	}
	require.Fail(t, "there is no such delivery", "%s of alert %s", code, uid)
	return delivery{}
}

// event are the members of both vendors' webhooks that tell what happened to which object.
type event struct {
	SeriesUID  string      `json:"seriesUid"`
	StatusCode string      `json:"statusCode"`
	ID         json.Number `json:"id"`
}

func (d delivery) event() event {
	var read event
	_ = json.Unmarshal(d.body, &read) // what is not JSON is no event
	return read
}

// workflow is the execution that works on a delivery (interface section 4).
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
