package lab_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/lab"
)

func TestAdministrativeAPI(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, method, path, body string
		status                   int
		contains                 string
	}{
		{"state", "GET", "/_lab/state", "", 200, `"things": 3`},
		{"action", "POST", "/_lab/paint", `{"color":"red","id":"4"}`, 200, `"id": 4`},
		{"action with a bad number", "POST", "/_lab/paint", `{"color":"red","id":"four"}`, 400, "id must be a whole number"},
		{"action without its field", "POST", "/_lab/paint", `{}`, 400, "color is required"},
		{"action on a missing thing", "POST", "/_lab/paint", `{"color":"red","id":99}`, 404, "not found"},
		{"action with garbage", "POST", "/_lab/paint", `{`, 400, "must be JSON"},
		{"unknown action", "POST", "/_lab/fly", `{}`, 404, ""},
		{"add fault", "POST", "/_lab/faults", `{"kind":"status","rate":0.5}`, 200, `"id": "f1"`},
		{"misspelled fault", "POST", "/_lab/faults", `{"kind":"status","rates":0.5}`, 400, "rates"},
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
			require.Zero(t, v.calls(), "administrative calls must not reach the vendor")
		})
	}
}

// A page of another site can't change the simulator through a user's browser.
func TestAdministrativeAPIRejectsCrossSiteCalls(t *testing.T) {
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

// Every page of the console renders completely, escapes its data and loads nothing from other hosts.
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

// Serve prints its address, serves calls and stops when its context ends.
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

func TestServeReportsAnAddressItCannotUse(t *testing.T) {
	t.Parallel()
	require.ErrorContains(t, lab.Serve(t.Context(), "256.0.0.1:1", &vendor{}, io.Discard), "-listen")
}
