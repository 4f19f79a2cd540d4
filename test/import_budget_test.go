package test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// An import stops at the reserve of Accelo's budget, waits for the next window and continues automatically.
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
	require.GreaterOrEqual(t, least, reserve, "the import used the reserve")
	calls := e.accelo.counters()
	require.LessOrEqual(t, calls.ByStatus[http.StatusTooManyRequests], 1)
	require.Greater(t, calls.Total, 2*limit, "too few calls to use up the budget")
	o := e.requireInSync()
	require.Equal(t, counts{Created: o.approvedCount()}, decodeStrict[importReport](t, result.Stdout).Devices)
}
