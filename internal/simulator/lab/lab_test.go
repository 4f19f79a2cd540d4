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

// vendor is a handler that counts the work it does.
type vendor struct {
	mu   sync.Mutex
	work int
}

func (v *vendor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	v.work++
	v.mu.Unlock()
	if r.URL.Query().Has("bogus") {
		lab.Violate(r.Context(), "bogus is no parameter")
	}
	w.WriteHeader(http.StatusCreated)
	_, _ = io.WriteString(w, "done")
}

func (v *vendor) done() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.work
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
			Name: "paint", Title: "Paint", Group: "Things", Fields: []lab.Field{{Name: "colour", Required: true}, {Name: "id"}},
			Do: func(_ context.Context, in *lab.Input) (any, error) {
				if in.Int("id") == 99 {
					return nil, lab.ErrNotFound
				}
				return map[string]any{"colour": in.Text("colour"), "id": in.Int("id")}, in.Err()
			},
		}},
		Tables: []lab.Table{{Name: "things", Title: "Things", Columns: []string{"Name"}, Rows: func(string, int, int) ([]lab.Row, int) {
			return []lab.Row{{Cells: lab.Cells("<script>alert(1)</script>"), Buttons: []lab.Button{{Label: "Paint", Action: "paint", Input: map[string]string{"colour": `"red"`}}}}}, 1
		}}},
	})
	server := httptest.NewServer(l.Handler(v))
	t.Cleanup(func() { server.Close(); l.Close() })
	return l, v, server.URL
}

// call makes a request and returns the status and body; a connection that was cut gives an error.
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

// What each neutral fault answers, and whether the vendor did the work.
func TestNeutralFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		fault  lab.Fault
		status int
		body   string
		work   int
	}{
		{"none", lab.Fault{Kind: lab.FaultDelay}, 201, "done", 1},
		{"status", lab.Fault{Kind: lab.FaultStatus}, 500, "vendor", 0},
		{"other status", lab.Fault{Kind: lab.FaultStatus, Status: 503}, 503, "vendor", 0},
		{"too many", lab.Fault{Kind: lab.FaultTooMany, RetryAfter: "7"}, 429, "vendor", 0},
		{"html 502", lab.Fault{Kind: lab.FaultHTML502}, 502, "<html>", 0},
		{"html 404", lab.Fault{Kind: lab.FaultHTML404}, 404, "<html>", 0},
		{"throttle page", lab.Fault{Kind: lab.FaultThrottlePage}, 200, "Rate limit exceeded", 0},
		{"slow", lab.Fault{Kind: lab.FaultSlow, DelayMillis: 1}, 201, "done", 1},
		{"cut before", lab.Fault{Kind: lab.FaultDropBefore}, 0, "", 0},
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
			require.Equal(t, test.work, v.done())
			until(t, func() bool { return len(l.Calls.Calls(0)) == 1 })
			logged := l.Calls.Calls(0)[0]
			require.Equal(t, test.status, logged.Status)
			require.Equal(t, test.fault.Kind, logged.Fault)
		})
	}
}

// The counters must group by endpoint, tell reads from writes and leave administration out.
func TestCallLogAndCounters(t *testing.T) {
	t.Parallel()
	l, _, url := newLab(t)
	for _, path := range []string{"/v2/things/5", "/v2/things/6", "/v2/things/6?bogus=1&access_token=hush", "/v2/alert/50edcf11-de92-4ecb-955b-c8066488b6cc"} {
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
		require.NotContains(t, logged.Query, "hush")
	}
	require.Equal(t, "bogus is no parameter", l.Calls.Violations()[0].Detail)

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

func TestAdministration(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, method, path, body string
		status                   int
		contains                 string
	}{
		{"state", "GET", "/_lab/state", "", 200, `"things": 3`},
		{"action", "POST", "/_lab/paint", `{"colour":"red","id":"4"}`, 200, `"id": 4`},
		{"action with a bad number", "POST", "/_lab/paint", `{"colour":"red","id":"four"}`, 400, "id must be a whole number"},
		{"action without its field", "POST", "/_lab/paint", `{}`, 400, "colour is required"},
		{"action on nothing", "POST", "/_lab/paint", `{"colour":"red","id":99}`, 404, "not found"},
		{"action with garbage", "POST", "/_lab/paint", `{`, 400, "must be JSON"},
		{"unknown action", "POST", "/_lab/fly", `{}`, 404, ""},
		{"add fault", "POST", "/_lab/faults", `{"kind":"status","rate":0.5}`, 200, `"id": "f1"`},
		{"misspelt fault", "POST", "/_lab/faults", `{"kind":"status","rates":0.5}`, 400, "rates"},
		{"unknown fault", "POST", "/_lab/faults", `{"kind":"flood"}`, 400, "unknown fault kind"},
		{"set faults", "POST", "/_lab/faults", `[{"kind":"status","id":"mine"}]`, 200, `"mine"`},
		{"remove unknown fault", "DELETE", "/_lab/faults/nope", "", 404, "not found"},
		{"clear faults", "DELETE", "/_lab/faults", "", 200, "{}"},
		{"latency", "POST", "/_lab/latency", `{"millis":1,"jitter_millis":2}`, 200, `"jitter_millis": 2`},
		{"counters", "GET", "/_lab/counters", "", 200, "by_endpoint"},
		{"reset", "POST", "/_lab/counters/reset", "", 200, "{}"},
		{"deliveries", "GET", "/_lab/deliveries", "", 200, "[]"},
		{"drain", "POST", "/_lab/deliveries/drain", "", 200, "{}"},
		{"kinds", "GET", "/_lab/faults/kinds", "", 200, "lose-reply"},
		{"actions", "GET", "/_lab/actions", "", 200, "paint"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, v, url := newLab(t)
			status, body, err := call(t, test.method, url+test.path, test.body)
			require.NoError(t, err)
			require.Equal(t, test.status, status, body)
			require.Contains(t, body, test.contains)
			require.Zero(t, v.done(), "administration must not reach the vendor")
		})
	}
}

// A page of another site must not be able to change the simulator through a visitor's browser.
func TestAdministrationRefusesOtherSites(t *testing.T) {
	t.Parallel()
	l, _, url := newLab(t)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/_lab/faults", bytes.NewBufferString(`{"kind":"status"}`))
	require.NoError(t, err)
	request.Header.Set("Sec-Fetch-Site", "cross-site")
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusForbidden, response.StatusCode)
	require.Empty(t, l.Faults.List())
}

// Every page of the console renders, escapes what it shows and loads nothing from elsewhere.
func TestConsolePages(t *testing.T) {
	t.Parallel()
	_, _, url := newLab(t)
	for _, path := range []string{"/", "/_lab/console", "/_lab/console/tables/things?q=%22%3E", "/_lab/console/actions", "/_lab/console/faults", "/_lab/console/deliveries"} {
		status, body, err := call(t, http.MethodGet, url+path, "")
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, status)
		require.Contains(t, body, "&lt;Test&gt; simulator", path)
		require.Contains(t, body, "</html>", "%s must be complete", path)
		require.NotContains(t, body, "<script>alert", path)
		require.NotContains(t, body, "https://", path)
	}
	for path, want := range map[string]int{"/_lab/assets/console.css": 200, "/_lab/assets/console.js": 200, "/_lab/assets/layout.html": 404, "/_lab/console/tables/none": 404} {
		status, _, err := call(t, http.MethodGet, url+path, "")
		require.NoError(t, err)
		require.Equal(t, want, status, path)
	}
}

// Serve announces its address, serves, and stops when its context ends.
func TestServe(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	reader, writer := io.Pipe()
	stopped := make(chan error, 1)
	go func() { stopped <- lab.Serve(ctx, "127.0.0.1:0", &vendor{}, writer) }()
	line := make([]byte, 100)
	n, err := reader.Read(line)
	require.NoError(t, err)
	require.Regexp(t, `^listening on http://127\.0\.0\.1:\d+\n$`, string(line[:n]))
	status, _, err := call(t, http.MethodGet, string(bytes.TrimSpace(line[len("listening on "):n]))+"/x", "")
	require.NoError(t, err)
	require.Equal(t, http.StatusCreated, status)
	cancel()
	require.NoError(t, <-stopped)
}

func TestServeSaysWhenItCannotListen(t *testing.T) {
	t.Parallel()
	require.ErrorContains(t, lab.Serve(t.Context(), "256.0.0.1:1", &vendor{}, io.Discard), "-listen")
}

// until polls a condition until the test's deadline.
func until(t *testing.T, condition func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for !condition() {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			require.NoError(t, errors.New("the condition never came true"))
		}
	}
}
