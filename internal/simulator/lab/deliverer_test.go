package lab_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/lab"
)

// receiver records the bodies it gets, in order of arrival.
type receiver struct {
	mu     sync.Mutex
	bodies []string
	status func(body string) int
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, _ := io.ReadAll(request.Body)
	r.mu.Lock()
	r.bodies = append(r.bodies, string(body))
	r.mu.Unlock()
	if r.status != nil {
		w.WriteHeader(r.status(string(body)))
	}
}

func (r *receiver) received() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.bodies...)
}

// deliver sends count webhooks and returns the bodies that arrived.
func deliver(t *testing.T, options lab.DeliveryOptions, status func(string) int, faults []lab.Fault, count int) (*lab.Deliverer, []string) {
	t.Helper()
	target := &receiver{status: status}
	server := httptest.NewServer(target)
	t.Cleanup(server.Close)
	options.Workers, options.Faults = 1, lab.NewFaults(1)
	require.NoError(t, options.Faults.Set(faults...))
	deliverer := lab.NewDeliverer(options)
	t.Cleanup(deliverer.Close)
	for i := range count {
		id := strconv.Itoa(i)
		deliverer.Enqueue(lab.Delivery{ID: id, Event: "CONDITION/TRIGGERED", URL: server.URL, Body: []byte(id)})
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	require.NoError(t, deliverer.Drain(ctx))
	return deliverer, target.received()
}

func TestWebhookFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		fault lab.Fault
		want  []string
	}{
		{"none", lab.Fault{Kind: lab.FaultDelay}, []string{"0", "1", "2"}},
		{"drop", lab.Fault{Kind: lab.FaultWebhookDrop, Count: 1}, []string{"1", "2"}},
		{"duplicate", lab.Fault{Kind: lab.FaultWebhookDuplicate, Count: 1}, []string{"0", "0", "1", "2"}},
		{"reorder", lab.Fault{Kind: lab.FaultWebhookReorder, Count: 1, DelayMillis: 60000}, []string{"1", "0", "2"}},
		{"fail", lab.Fault{Kind: lab.FaultWebhookFail, Count: 1}, []string{"1", "2"}},
		{"other event", lab.Fault{Kind: lab.FaultWebhookDrop, Path: "RESET$"}, []string{"0", "1", "2"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, got := deliver(t, lab.DeliveryOptions{}, nil, []lab.Fault{test.fault}, 3)
			require.Equal(t, test.want, got)
		})
	}
}

// A delayed webhook arrives eventually, and the log names the fault.
func TestDelayedWebhookArrives(t *testing.T) {
	t.Parallel()
	deliverer, got := deliver(t, lab.DeliveryOptions{}, nil, []lab.Fault{{Kind: lab.FaultWebhookDelay, Count: 1, DelayMillis: 20}}, 3)
	require.ElementsMatch(t, []string{"0", "1", "2"}, got)
	for _, result := range deliverer.Log(0) {
		require.Equal(t, result.ID == "0", result.Fault == lab.FaultWebhookDelay)
	}
}

// Drain also sends the last webhook, although no other one overtakes it.
func TestDrainSendsReorderedLastWebhook(t *testing.T) {
	t.Parallel()
	_, got := deliver(t, lab.DeliveryOptions{}, nil, []lab.Fault{{Kind: lab.FaultWebhookReorder, DelayMillis: 60000}}, 1)
	require.Equal(t, []string{"0"}, got)
}

// A retry sends the same body again, and every attempt is logged.
func TestWebhookRetries(t *testing.T) {
	t.Parallel()
	attempts := 0
	deliverer, got := deliver(t, lab.DeliveryOptions{
		Retry: func(r lab.DeliveryResult) (time.Duration, bool) { return time.Millisecond, r.Attempt < 3 },
	}, func(string) int { attempts++; return 500 }, nil, 1)
	require.Equal(t, []string{"0", "0", "0"}, got)
	log := deliverer.Log(0)
	require.Len(t, log, 3)
	require.Equal(t, 3, log[0].Attempt)
	require.False(t, log[0].OK())
}

// Close does not wait for a receiver that never replies.
func TestCloseCancelsDeliveries(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{})
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(arrived)
		<-release
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(release) })
	deliverer := lab.NewDeliverer(lab.DeliveryOptions{})
	deliverer.Enqueue(lab.Delivery{ID: "1", Event: "e", URL: server.URL})
	<-arrived
	deliverer.Close()
	require.NotEmpty(t, deliverer.Log(0)[0].Error)
	deliverer.Enqueue(lab.Delivery{ID: "2", Event: "e", URL: server.URL})
	require.Len(t, deliverer.Log(0), 1, "a closed queue accepts nothing")
}
