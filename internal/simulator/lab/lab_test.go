package lab_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/lab"
)

// vendor is a handler that counts the calls it serves.
type vendor struct {
	mu     sync.Mutex
	served int
}

func (v *vendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	v.served++
	v.mu.Unlock()
	if r.URL.Query().Has("bogus") {
		lab.RecordViolation(r.Context(), "unknown parameter bogus")
	}
	w.WriteHeader(http.StatusCreated)
	_, _ = io.WriteString(w, "done")
}

func (v *vendor) calls() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.served
}

func newLab(t *testing.T) (*lab.Lab, *vendor, string) {
	t.Helper()
	v := &vendor{}
	l := lab.New(lab.Options{
		Name: "<Test> simulator",
		FaultReply: func(w http.ResponseWriter, _ *http.Request, fault lab.Fault) {
			w.WriteHeader(fault.Status)
			_, _ = io.WriteString(w, `{"vendor":"error"}`)
		},
		State: func() any { return map[string]int{"things": 3} },
		Actions: []lab.Action{{
			Name: "paint", Title: "Paint", Group: "Things", Fields: []lab.Field{lab.Required("color"), lab.OptionalInt("id")},
			Do: func(in *lab.Input) (any, error) {
				if in.Int("id") == 99 {
					return nil, lab.NotFound("thing", 99)
				}
				return map[string]any{"color": in.Text("color"), "id": in.Int("id")}, nil
			},
		}},
		Tables: []lab.Table{{Name: "things", Title: "Things", Columns: []string{"Name"}, Rows: func(string, int, int) ([]lab.Row, int) {
			return []lab.Row{{Cells: lab.Cells("<script>alert(1)</script>"), Buttons: []lab.Button{{Label: "Paint", Action: "paint", Input: map[string]string{"color": `"red"`}}}}}, 1
		}}},
	})
	server := httptest.NewServer(l.Handler(v))
	t.Cleanup(func() { server.Close(); l.Close() })
	return l, v, server.URL
}

// call sends a request and returns the status and body. A dropped connection is an error.
func call(t *testing.T, method, url, body string) (int, string, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewBufferString(body))
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	return response.StatusCode, string(content), err
}

// Each built-in fault returns its reply, and only those that serve the call reach the vendor.
func TestBuiltInFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		fault  lab.Fault
		status int
		body   string
		served int
	}{
		{"none", lab.Fault{Kind: lab.FaultDelay}, 201, "done", 1},
		{"status", lab.Fault{Kind: lab.FaultStatus}, 500, "vendor", 0},
		{"other status", lab.Fault{Kind: lab.FaultStatus, Status: 503}, 503, "vendor", 0},
		{"too many", lab.Fault{Kind: lab.FaultTooMany, RetryAfter: "7"}, 429, "vendor", 0},
		{"html 502", lab.Fault{Kind: lab.FaultHTML502}, 502, "<html>", 0},
		{"html 404", lab.Fault{Kind: lab.FaultHTML404}, 404, "<html>", 0},
		{"throttle page", lab.Fault{Kind: lab.FaultThrottlePage}, 200, "Rate limit exceeded", 0},
		{"slow", lab.Fault{Kind: lab.FaultSlow, DelayMillis: 1}, 201, "done", 1},
		{"dropped connection", lab.Fault{Kind: lab.FaultDropBefore}, 0, "", 0},
		{"lost reply", lab.Fault{Kind: lab.FaultLoseReply}, 0, "", 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l, v, url := newLab(t)
			require.NoError(t, l.Faults.Set(test.fault))
			status, body, err := call(t, http.MethodPost, url+"/v2/things/5", "x")
			if test.status == 0 {
				require.Error(t, err)
			} else {
				require.NoError(t, err)
				require.Equal(t, test.status, status)
				require.Contains(t, body, test.body)
			}
			require.Equal(t, test.served, v.calls())
			waitFor(t, func() bool { return len(l.Calls.Calls(0)) == 1 })
			logged := l.Calls.Calls(0)[0]
			require.Equal(t, test.status, logged.Status)
			require.Equal(t, test.fault.Kind, logged.Fault)
		})
	}
}

// A call that is never answered ends when the caller gives up, or with the lab.
func TestNeverAnswered(t *testing.T) {
	t.Parallel()
	l, v, _ := newLab(t)
	require.NoError(t, l.Faults.Set(lab.Fault{Kind: lab.FaultNever}))
	ctx, giveUp := context.WithCancel(t.Context())
	giveUp()
	ask := func(ctx context.Context) {
		l.Handler(v).ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, "/v2/things", nil))
	}
	require.PanicsWithValue(t, http.ErrAbortHandler, func() { ask(ctx) })
	l.Close()
	require.PanicsWithValue(t, http.ErrAbortHandler, func() { ask(t.Context()) })
	require.Zero(t, v.calls())
}

// The counters group calls by endpoint, distinguish reads from writes and ignore administrative calls.
func TestCallLogAndCounters(t *testing.T) {
	t.Parallel()
	l, _, url := newLab(t)
	for _, path := range []string{"/v2/things/5", "/v2/things/6", "/v2/things/6?bogus=1&access_token=secret1", "/v2/alert/50edcf11-de92-4ecb-955b-c8066488b6cc"} {
		_, _, err := call(t, http.MethodGet, url+path, "")
		require.NoError(t, err)
	}
	_, _, err := call(t, http.MethodDelete, url+"/v2/things/5", "")
	require.NoError(t, err)
	_, _, err = call(t, http.MethodGet, url+"/_lab/state", "")
	require.NoError(t, err)

	counters := l.Counters()
	require.Equal(t, 5, counters.Total)
	require.Equal(t, 4, counters.Reads)
	require.Equal(t, 1, counters.Writes)
	require.Equal(t, 1, counters.Violations)
	require.Equal(t, map[string]int{"GET /v2/things/{id}": 3, "GET /v2/alert/{id}": 1, "DELETE /v2/things/{id}": 1}, counters.ByEndpoint)
	require.Equal(t, map[int]int{201: 5}, counters.ByStatus)
	for _, logged := range l.Calls.Calls(0) {
		require.NotContains(t, logged.Query, "secret1")
	}
	require.Equal(t, "unknown parameter bogus", l.Calls.Violations()[0].Detail)

	l.ResetCounters()
	require.Zero(t, l.Counters().Total)
	require.Empty(t, l.Calls.Calls(0))
}

// The log is bounded and keeps the newest calls.
func TestCallLogIsBounded(t *testing.T) {
	t.Parallel()
	l := lab.New(lab.Options{Name: "n"})
	t.Cleanup(l.Close)
	handler := l.Handler(&vendor{})
	for range 4500 {
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v2/a", http.NoBody))
	}
	calls := l.Calls.Calls(0)
	require.Len(t, calls, 2000)
	require.EqualValues(t, 4500, calls[0].Seq)
	require.Equal(t, 4500, l.Counters().Total)
}

// waitFor polls a condition until a deadline.
func waitFor(t *testing.T, condition func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for !condition() {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			require.NoError(t, errors.New("the condition was not met in time"))
		}
	}
}
