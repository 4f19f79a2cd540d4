package test

import (
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/local"
	"ninjaone-accelo/internal/simulator/lab"
)

// slow makes an import take long enough for something to happen in the middle of it.
const slow = 60 * time.Millisecond

// A worker that is killed takes nothing with it: another goes on, nothing is doubled and nothing is lost.
func TestWorkerKilled(t *testing.T) {
	t.Parallel()
	e := newTestEnv(t, scenario{organizations: 12, devices: 80, companies: 10, latency: slow})
	require.Equal(t, 0, e.starter("connect").Code)
	worker := e.startWorker()
	running := e.starterInBackground(e.ctx, "import", "--json")
	for _, kill := range []struct {
		path  string
		calls int
	}{{"/companies", 2}, {"/assets", 8}, {"/assets", 30}} {
		e.waitUntil("the import is in full swing", func() bool { return e.accelo.count(http.MethodPost, kill.path) >= kill.calls })
		worker.Kill()
		worker = e.startWorker()
	}
	e.accelo.setLatency(0)
	result := running()
	report := decodeStrict[importReport](t, result.Stdout)
	require.Equal(t, 0, result.Code, report.Failures)
	o := e.requireInSync()
	require.Equal(t, len(o.ninja.Organizations), report.Organizations.total())
	require.Equal(t, counts{Created: o.approvedCount()}, report.Devices)
}

// A worker that is told to stop finishes the record in hand, ends with exit code 0, and leaves the rest to the next.
func TestWorkerStops(t *testing.T) {
	t.Parallel()
	e := newTestEnv(t, scenario{organizations: 6, devices: 60, latency: slow})
	require.Equal(t, 0, e.starter("connect").Code)
	e.accelo.resetCounters()
	worker := e.startWorker()
	running := e.starterInBackground(e.ctx, "import", "--json")
	e.waitUntil("some devices are done", func() bool { return e.accelo.count(http.MethodPost, "/assets") >= 5 })
	require.NoError(t, worker.Signal(syscall.SIGTERM))
	select {
	case <-worker.Done():
		require.NoError(t, worker.Err())
	case <-e.ctx.Done():
		require.Fail(t, "the worker does not stop")
	}
	calls, assets := e.accelo.counters(), e.accelo.count(http.MethodPost, "/assets")
	require.Zero(t, calls.InFlight)
	require.Zero(t, calls.ByStatus[0], "calls were cut off")
	e.startWorker()
	report := decodeStrict[importReport](t, running().Stdout)
	o := e.requireInSync()
	require.Equal(t, counts{Created: o.approvedCount()}, report.Devices)
	require.Less(t, assets, o.approvedCount(), "the worker has finished everything instead of the record in hand")
	require.Equal(t, o.approvedCount(), e.accelo.count(http.MethodPost, "/assets"), "an asset was tried twice")
}

// A vendor that goes away in the middle delays the import and does not fail it.
func TestVendorDown(t *testing.T) {
	t.Parallel()
	down := lab.Fault{Kind: lab.FaultDropBefore, Method: http.MethodGet}
	for _, test := range []struct {
		name string
		// begin breaks a vendor; broken tells that the import has met it.
		begin  func(e *testEnv)
		broken func(e *testEnv) bool
	}{
		{
			"NinjaOne", func(e *testEnv) { e.ninjaOne.setFaults(down) },
			func(e *testEnv) bool { return e.ninjaOne.counters().ByFault[lab.FaultDropBefore] >= 2 },
		},
		{
			"Accelo, while it is read", func(e *testEnv) { e.accelo.setFaults(down) },
			func(e *testEnv) bool { return e.accelo.counters().ByFault[lab.FaultDropBefore] >= 2 },
		},
		{
			"Accelo, while it is written", func(e *testEnv) {
				e.accelo.setFaults(lab.Fault{Kind: lab.FaultStatus, Status: http.StatusServiceUnavailable, Path: "/(assets|contacts)$", Method: http.MethodPost})
			},
			func(e *testEnv) bool { return e.accelo.counters().ByFault[lab.FaultStatus] >= 5 },
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			e := newConnectedEnv(t, scenario{organizations: 6, devices: 30, companies: 4})
			test.begin(e)
			running := e.starterInBackground(e.ctx, "import", "--json")
			e.waitUntil("the import has met the outage", func() bool { return test.broken(e) })
			e.ninjaOne.setFaults()
			e.accelo.setFaults()
			result := running()
			require.Equal(t, 0, result.Code, result.Stderr)
			o := e.requireInSync()
			require.Equal(t, counts{Created: o.approvedCount()}, decodeStrict[importReport](t, result.Stdout).Devices)
		})
	}
}

// A vendor whose process stands still answers nobody; when it wakes up, what it was asked before counts once.
func TestVendorFrozen(t *testing.T) {
	t.Parallel()
	e := newConnectedEnv(t, scenario{organizations: 6, devices: 40, latency: slow})
	running := e.starterInBackground(e.ctx, "import", "--json")
	e.waitUntil("some devices are done", func() bool { return e.accelo.count(http.MethodPost, "/assets") >= 5 })
	e.accelo.setFaults(lab.Fault{Kind: lab.FaultSlow, DelayMillis: 31_000, Method: http.MethodPost, Count: 4})
	e.waitUntil("calls hang", func() bool { return e.accelo.faultsLeft() == 0 })
	result := running()
	require.Equal(t, 0, result.Code, result.Stderr)
	o := e.requireInSync()
	require.Equal(t, counts{Created: o.approvedCount()}, decodeStrict[importReport](t, result.Stdout).Devices)
}

// A Temporal server that stands still for longer than a worker may be silent makes the worker try again, not give records up.
func TestTemporalFrozen(t *testing.T) {
	t.Parallel()
	temporal, err := local.StartTemporal(t.Context(), local.TemporalOptions{Headless: true, SearchAttributes: flow.SearchAttributes()})
	require.NoError(t, err)
	t.Cleanup(temporal.Kill)
	e := newConnectedEnv(t, scenario{organizations: 6, devices: 60, latency: 10 * slow, temporal: temporal})
	running := e.starterInBackground(e.ctx, "import", "--json")
	e.waitUntil("some devices are done", func() bool { return e.accelo.count(http.MethodPost, "/assets") >= 5 })
	require.NoError(t, temporal.Program().Signal(syscall.SIGSTOP))
	e.waitUntil("heartbeats are lost", func() bool { return e.logs.contain("worker", "RecordActivityHeartbeat with error") })
	e.accelo.setLatency(0)
	require.NoError(t, temporal.Program().Signal(syscall.SIGCONT))
	result := running()
	require.Equal(t, 0, result.Code, result.Stderr)
	o := e.requireInSync()
	require.Equal(t, counts{Created: o.approvedCount()}, decodeStrict[importReport](t, result.Stdout).Devices)
}

// Accelo has no idempotency keys: an object whose creation was never answered is found and adopted, not made again.
func TestLostReplies(t *testing.T) {
	t.Parallel()
	e := newConnectedEnv(t, scenario{organizations: 10, devices: 60, companies: 6})
	lost := func(path string, count int) lab.Fault {
		return lab.Fault{Kind: lab.FaultLoseReply, Method: http.MethodPost, Path: path + "$", Count: count}
	}
	e.accelo.setFaults(lost("/companies", 2), lost("/contacts", 2), lost("/assets", 6))
	report := e.runImport()
	require.Equal(t, 10, e.accelo.counters().ByFault[lab.FaultLoseReply])
	require.Empty(t, report.Failures)
	o := e.requireInSync()
	require.Equal(t, counts{Created: o.approvedCount()}, report.Devices)
	made, _ := o.newCompanies()
	require.Equal(t, made, report.Organizations.Created)
}

// One call in five goes wrong, in four ways: the import ends all the same, with nothing lost and nothing doubled.
func TestFlakyVendors(t *testing.T) {
	t.Parallel()
	e := newConnectedEnv(t, scenario{organizations: 10, devices: 60, companies: 10})
	const share = 0.05
	e.ninjaOne.setFaults(
		lab.Fault{Kind: lab.FaultStatus, Status: http.StatusInternalServerError, Rate: share},
		lab.Fault{Kind: lab.FaultHTML502, Rate: share},
		lab.Fault{Kind: lab.FaultTooMany, Rate: share, RetryAfter: "1"},
		lab.Fault{Kind: lab.FaultThrottlePage, Rate: share, RetryAfter: "1"},
	)
	e.accelo.setFaults(
		lab.Fault{Kind: lab.FaultStatus, Status: http.StatusInternalServerError, Rate: share},
		lab.Fault{Kind: lab.FaultHTML502, Rate: share, Method: http.MethodGet},
		// A create that a proxy did not answer may still happen, which takes a minute to rule out: not for too many of them.
		lab.Fault{Kind: lab.FaultHTML502, Rate: share, Method: http.MethodPost, Path: "/assets$", Count: 2},
		lab.Fault{Kind: lab.FaultTooMany, Rate: share, RetryAfter: "1"},
		lab.Fault{Kind: lab.FaultLoseReply, Rate: share},
	)
	report := e.runImport()
	require.Empty(t, report.Failures)
	e.ninjaOne.setFaults()
	e.accelo.setFaults()
	o := e.requireInSync()
	require.Equal(t, counts{Created: o.approvedCount()}, report.Devices)
	require.Positive(t, e.accelo.counters().ByFault[lab.FaultHTML502])
}
