package test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Accelo's budget is never overrun: at the reserve the import waits for the next window, and goes on by itself.
func TestImportKeepsBudgetReserve(t *testing.T) {
	t.Parallel()
	const (
		limit   = 100
		reserve = 20
		window  = 4 * time.Second
	)
	e := newConnectedEnv(t, scenario{
		organizations: 8, devices: 250, accelo: []string{"-rate-limit", "100", "-rate-window", window.String()},
	})
	e.accelo.resetCounters()
	least := limit
	running := e.starterInBackground(e.ctx, "import", "--json")
	e.waitUntil("nearly all is done", func() bool {
		least = min(least, e.accelo.state().Rate.Remaining)
		return e.accelo.count(http.MethodPost, "/assets") >= 245
	})
	result := running()
	require.Equal(t, 0, result.Code, result.Stderr)
	require.GreaterOrEqual(t, least, reserve, "the reserve was touched")
	calls := e.accelo.counters()
	require.LessOrEqual(t, calls.ByStatus[http.StatusTooManyRequests], 1)
	require.Greater(t, calls.Total, 2*limit, "there was too little to do for a wait")
	o := e.requireInSync()
	require.Equal(t, counts{Created: o.approvedCount()}, decodeStrict[importReport](t, result.Stdout).Devices)
}
