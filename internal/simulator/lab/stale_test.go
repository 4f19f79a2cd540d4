package lab_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/lab"
)

// A stale reply repeats the last one to the same address, unless that is too old or there was none.
func TestStaleReply(t *testing.T) {
	t.Parallel()
	l := lab.New(lab.Options{Name: "Test", FaultReply: func(http.ResponseWriter, *http.Request, lab.Fault) {}})
	served := 0
	server := httptest.NewServer(l.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		served++
		_, _ = fmt.Fprintf(w, "state %d", served)
	})))
	t.Cleanup(func() { server.Close(); l.Close() })
	read := func(path string) string {
		t.Helper()
		status, body, err := call(t, http.MethodGet, server.URL+path, "")
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, status)
		return body
	}
	require.NoError(t, l.Faults.Set(lab.Fault{Kind: lab.FaultStaleReply, DelayMillis: 60_000, Path: "^/list$"}))
	require.Equal(t, []string{"state 1", "state 1", "state 2"}, []string{read("/list"), read("/list"), read("/list?page=2")})
	require.Equal(t, []string{"state 3", "state 4"}, []string{read("/other"), read("/other")})
	require.Equal(t, map[string]int{lab.FaultStaleReply: 1}, l.Faults.Totals())
	require.NoError(t, l.Faults.Set(lab.Fault{Kind: lab.FaultStaleReply, Path: "^/list$"}))
	require.Equal(t, "state 5", read("/list"), "what was kept is too old")
	require.NoError(t, l.Faults.Set())
	require.Equal(t, "state 6", read("/list"))
}
