package test

import (
	"net/http"
	"strconv"
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

// Alerts that an import brings leave the reserve alone, too: it is for those that fire now.
func TestImportedAlertsKeepBudgetReserve(t *testing.T) {
	t.Parallel()
	const (
		alerts  = 50
		reserve = 20
		window  = 4 * time.Second
	)
	e := newConnectedEnv(t, scenario{organizations: 2, devices: 10, accelo: []string{"-rate-limit", "100", "-rate-window", window.String()}})
	e.importAll()
	device := e.ninjaOne.state().Devices[0]
	for i := range alerts {
		e.ninjaOne.act("trigger", map[string]any{"device_id": device.ID, "severity": "MAJOR", "source_config_uid": "condition-" + strconv.Itoa(i)})
	}
	least := 100
	running := e.starterInBackground(e.ctx, "import", "--json")
	e.waitUntil("nearly all alerts are open", func() bool {
		least = min(least, e.accelo.state().Rate.Remaining)
		return e.accelo.count(http.MethodPost, "/requests") >= alerts-2
	})
	result := running()
	require.Equal(t, 0, result.Code, result.Stderr)
	require.GreaterOrEqual(t, least, reserve, "the alerts used the reserve")
	require.Equal(t, counts{Created: alerts}, decodeStrict[importReport](t, result.Stdout).Alerts)
}
