package accelo_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
)

// delivery is a request that a subscriber received.
type delivery struct {
	header http.Header
	body   string
}

// subscriber receives webhooks and replies with a status; 0 makes it hang.
type subscriber struct {
	url      string
	status   atomic.Int32
	received chan delivery
	hang     chan struct{}
}

func subscribe(t *testing.T) *subscriber {
	t.Helper()
	s := &subscriber{received: make(chan delivery, 100), hang: make(chan struct{})}
	s.status.Store(http.StatusOK)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.received <- delivery{header: r.Header, body: string(body)}
		if s.status.Load() == 0 {
			select {
			case <-s.hang:
			case <-r.Context().Done():
			}
			return
		}
		w.WriteHeader(int(s.status.Load()))
	}))
	s.url = server.URL + "/hook?token=x"
	t.Cleanup(func() {
		close(s.hang)
		server.Close()
	})
	return s
}

func (s *subscriber) next(t *testing.T) delivery {
	t.Helper()
	select {
	case got := <-s.received:
		return got
	case <-time.After(10 * time.Second):
		require.Fail(t, "no delivery arrived")
		return delivery{}
	}
}

// drain waits until every delivery has been sent and recorded.
func (d *deployment) drain() {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), 10*time.Second)
	defer cancel()
	require.NoError(d.t, d.sim.Lab().Webhooks.Drain(ctx))
}

// subscription creates a subscription and returns its ID.
func (d *deployment) subscription(pairs ...string) string {
	d.t.Helper()
	r := d.post("/webhooks/subscriptions", form(pairs...))
	require.Equal(d.t, http.StatusCreated, r.Status, "%s", r.Raw)
	require.Equal(d.t, "ok_created", r.Meta.Status)
	for _, row := range d.sim.Snapshot().Subscriptions {
		if row.TriggerURL == pairs[1] {
			return row.ID
		}
	}
	require.Fail(d.t, "the subscription does not exist")
	return ""
}

// A subscription belongs to the caller, has an ID of 24 hex digits and never returns its secret (accelo.md 10.1 and 10.2).
func TestSubscriptions(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{})
	types, _ := d.get("/webhooks/subscriptions/types").object()["types"].([]any)
	require.Len(t, types, 20)
	require.Contains(t, types, any(map[string]any{
		"event_id": "update_request_status", "event_title": "Request status changed", "trigger_table": "request", "trigger_type": "update",
	}))
	for _, bad := range [][]string{
		{"event_id", "create_request"},
		{"trigger_url", "https://x.example"},
		{"trigger_url", "https://x.example", "event_id", "update_request"},
		{"trigger_url", "x.example/hook", "event_id", "create_request"},
		{"trigger_url", "https://x.example", "event_id", "create_request", "content_type", "text/xml"},
	} {
		d.post("/webhooks/subscriptions", form(bad...)).refused(400, "invalid_request")
	}
	id := d.subscription("trigger_url", "https://x.example", "event_id", "create_request", "secret", "s3cret")
	require.Regexp(t, "^[0-9a-f]{24}$", id)
	listed := d.get("/webhooks/subscriptions")
	require.NotContains(t, listed.Raw, "s3cret")
	rows, _ := listed.object()["subscriptions"].([]any)
	require.Len(t, rows, 1)
	row, _ := rows[0].(map[string]any)
	require.Equal(t, id, row["subscription_id"])
	require.InDelta(t, 14, row["user_id"], 0)
	require.Equal(t, "application/x-www-form-urlencoded", row["content_type"])
	require.NotContains(t, d.del("/webhooks/subscriptions/"+id).Keys, "response")
	d.del("/webhooks/subscriptions/" + id).invalid("")

	require.NoError(t, d.sim.SetSwitches(accelo.Switches{SubscriptionOK: true}))
	d.post("/webhooks/subscriptions", form("trigger_url", "https://y.example", "event_id", "create_request")).ok()
}

// dispatch delivers while the caller waits and returns the subscriber's status; trigger queues a delivery (accelo.md 10.1).
func TestDispatchAndTrigger(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{})
	s := subscribe(t)
	id := d.subscription("trigger_url", s.url, "event_id", "update_request_status", "content_type", "application/json")
	s.status.Store(http.StatusTeapot)
	require.InDelta(t, 418, d.post("/webhooks/subscriptions/"+id+"/dispatch", form("object_id", "77")).object()["status"], 0)
	require.Contains(t, s.next(t).body, `/requests/77"`)
	d.post("/webhooks/subscriptions/"+id+"/dispatch", nil).invalid("object_id")
	d.post("/webhooks/subscriptions/0123456789abcdef01234567/dispatch", form("object_id", "77")).invalid("")

	r := d.post("/webhooks/subscriptions/"+id+"/trigger", form("object_id", "78")).ok()
	require.NotContains(t, r.Keys, "response")
	require.Contains(t, s.next(t).body, `/requests/78"`)
	s.status.Store(http.StatusGone)
	d.post("/webhooks/subscriptions/"+id+"/dispatch", form("object_id", "77")).ok()
	require.Empty(t, d.sim.Snapshot().Subscriptions)
}
