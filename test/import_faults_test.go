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

// slow is a latency with which an import takes long enough to disturb it.
const slow = 60 * time.Millisecond

// After a worker is killed, another one continues: nothing is lost and nothing exists twice.
func TestWorkerKilled(t *testing.T) {
	t.Parallel()
	e := newTestEnv(t, scenario{organizations: 12, devices: 80, companies: 10, latency: slow})
	require.Equal(t, 0, e.starter("connect").Code)
	worker := e.startWorker()
	running := e.starterInBackground(e.ctx, "import", "--json")
	for _, kill := range []struct {
		path  string
		calls int
	}{{path: "/companies", calls: 2}, {path: "/assets", calls: 8}, {path: "/assets", calls: 30}} {
		e.waitUntil("the import has created enough", func() bool { return e.accelo.count(http.MethodPost, kill.path) >= kill.calls })
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

// A worker that gets SIGTERM finishes its current records, exits with code 0, and leaves the rest to the next one.
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
		require.Fail(t, "the worker did not stop")
	}
	calls, assets := e.accelo.counters(), e.accelo.count(http.MethodPost, "/assets")
	require.Zero(t, calls.InFlight)
	require.Zero(t, calls.ByStatus[0], "calls were cut off")
	e.startWorker()
	report := decodeStrict[importReport](t, running().Stdout)
	o := e.requireInSync()
	require.Equal(t, counts{Created: o.approvedCount()}, report.Devices)
	require.Less(t, assets, o.approvedCount(), "the worker finished everything instead of its current records")
	require.Equal(t, o.approvedCount(), e.accelo.count(http.MethodPost, "/assets"), "an asset was created twice")
}

// A vendor's outage in the middle of an import delays it and fails no record.
func TestVendorDown(t *testing.T) {
	t.Parallel()
	down := lab.Fault{Kind: lab.FaultDropBefore, Method: http.MethodGet}
	for _, test := range []struct {
		name string
		// inject starts the outage; noticed reports whether the import has run into it.
		inject  func(e *testEnv)
		noticed func(e *testEnv) bool
	}{
		{
			name: "NinjaOne", inject: func(e *testEnv) { e.ninjaOne.setFaults(down) },
			noticed: func(e *testEnv) bool { return e.ninjaOne.counters().ByFault[lab.FaultDropBefore] >= 2 },
		},
		{
			name: "Accelo, on reads", inject: func(e *testEnv) { e.accelo.setFaults(down) },
			noticed: func(e *testEnv) bool { return e.accelo.counters().ByFault[lab.FaultDropBefore] >= 2 },
		},
		{
			name: "Accelo, on writes", inject: func(e *testEnv) {
				e.accelo.setFaults(lab.Fault{Kind: lab.FaultStatus, Status: http.StatusServiceUnavailable, Path: "/(assets|contacts)$", Method: http.MethodPost})
			},
			noticed: func(e *testEnv) bool { return e.accelo.counters().ByFault[lab.FaultStatus] >= 5 },
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			e := newConnectedEnv(t, scenario{organizations: 6, devices: 30, companies: 4})
			test.inject(e)
			running := e.starterInBackground(e.ctx, "import", "--json")
			e.waitUntil("the import has run into the outage", func() bool { return test.noticed(e) })
			e.ninjaOne.setFaults()
			e.accelo.setFaults()
			result := running()
			require.Equal(t, 0, result.Code, result.Stderr)
			o := e.requireInSync()
			require.Equal(t, counts{Created: o.approvedCount()}, decodeStrict[importReport](t, result.Stdout).Devices)
		})
	}
}

// A vendor stops answering for a while. When it answers again, its earlier calls count exactly once.
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

// If the Temporal server freezes for longer than the heartbeat timeout, the worker retries its activities and no record fails.
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

// Accelo has no idempotency keys: an object whose create got no reply is found and adopted, not created again.
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
	created, _ := o.newCompanies()
	require.Equal(t, created, report.Organizations.Created)
}

// Of all calls one in five fails, in several ways. The import still completes, with nothing lost and nothing duplicated.
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
		// After a create without an answer it takes a minute to rule out that it still arrives, so only two of them.
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
