package test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/lab"
)

// chaosSize is the amount of load and disruption.
type chaosSize struct {
	organizations, devices, companies int
	// alerts in total, triggered in so many rounds with a pause after each.
	alerts, rounds int
	pause          time.Duration
	// kills with SIGKILL, of workers, the starter, PostgreSQL and Temporal. Clean restarts and freezes come on top.
	kills, restarts, freezes int
	// ended workflows, terminated or cancelled while they run, and edits of records by people. Requests are acted on besides.
	ended, edits int
	// share of the calls and of the webhooks that each kind of fault affects.
	share   float64
	timeout time.Duration
	// reconcileInterval is the interval of scheduled reconciliations. If zero, only those run that the test starts.
	reconcileInterval time.Duration
}

// reconcileOften is short enough for reconciliations to run during the workload.
const reconcileOften = 30 * time.Second

// The sizes of `make test` and `make chaos`. Only the latter ends workflows and lets people edit: it still finds requests whose asset is named
// in a note instead of linked.
var (
	chaosShort = chaosSize{
		organizations: 8, devices: 60, companies: 8, alerts: 60, rounds: 10, pause: 1500 * time.Millisecond,
		kills: 4, restarts: 1, freezes: 1, share: 0.05, timeout: 8 * time.Minute, reconcileInterval: reconcileOften,
	}
	chaosFull = chaosSize{
		organizations: 60, devices: 1000, companies: 60, alerts: 520, rounds: 40, pause: 4 * time.Second,
		kills: 20, restarts: 3, freezes: 3, ended: 80, edits: 120, share: 0.05, timeout: 40 * time.Minute, reconcileInterval: reconcileOften,
	}
)

// fullSize reports whether the tests run in full size, as in `make chaos`.
func fullSize() bool { return os.Getenv("CHAOS") == "whole" }

// envNumber returns a number from an environment variable, or otherwise if it is not set.
func envNumber(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	if os.Getenv(name) == "" {
		return otherwise
	}
	number, err := strconv.ParseUint(os.Getenv(name), 10, 64)
	require.NoError(t, err, name)
	return number
}

// TestChaos breaks everything at once, by a seeded plan: calls fail and replies are lost, webhooks are dropped, duplicated, delayed and
// reordered, and every program except the simulators is killed, restarted or frozen. After the faults have stopped and a reconciliation
// has run, nothing is lost and nothing exists twice.
func TestChaos(t *testing.T) {
	size, scale := chaosShort, "short"
	if fullSize() { // needs the machine to itself
		size, scale = chaosFull, "whole"
	} else {
		t.Parallel()
	}
	first := envNumber(t, "CHAOS_SEED", 1)
	for seed := first; seed < first+envNumber(t, "CHAOS_SEEDS", 1); seed++ {
		t.Run(fmt.Sprintf("seed-%d", seed), func(t *testing.T) {
			t.Cleanup(func() {
				if t.Failed() {
					t.Logf("run it again with: make chaos CHAOS=%s SEED=%d", scale, seed)
				}
			})
			began := time.Now()
			c := newChaosRun(t, size, seed)
			c.runWorkload()
			c.settle()
			runs := c.reconcileUntilStable()
			found := c.verify()
			c.printSummary(began, runs, found)
			require.Empty(t, found.all(), "the oracle's findings")
			c.requireStable()
		})
	}
}

// printSummary prints what happened in one line.
func (c *chaosRun) printSummary(began time.Time, reconciles int, v *findings) {
	total := 0
	var kinds []string
	for _, kind := range slices.Sorted(maps.Keys(c.injected)) {
		total += c.injected[kind]
		kinds = append(kinds, fmt.Sprintf("%s %d", kind, c.injected[kind]))
	}
	fmt.Printf("chaos: seed %d: %d events, %d faults injected (%s), %d kills (%s), %d restarts, %d freezes, %d exited, ended %d workflows (%d terminated), %d acts of people, reconciliations %d, "+
		"approved %d, %d alerts, %d without a trace, lost %d, duplicated %d, wrong %d, settled after %.0f s, %.0f s in total\n",
		c.seed, c.ledger.events, total, strings.Join(kinds, ", "), c.disruptor.killCount(), c.disruptor.killSummary(), c.disruptor.done[restartPostgres],
		c.disruptor.done[freezeWorker], c.disruptor.exited,
		c.ended["terminated"]+c.ended["cancelled"], c.ended["terminated"], len(c.ledger.acts)+c.edits.count(), reconciles, c.approved, len(c.ledger.alerts), v.untraced, len(v.lost), len(v.duplicated), len(v.wrong),
		c.settled.Seconds(), time.Since(began).Seconds())
}

// startFaults makes calls and webhooks fail, each kind of fault at the same rate.
func (c *chaosRun) startFaults() {
	share := c.size.share
	calls := []lab.Fault{
		{Kind: lab.FaultStatus, Status: 500, Rate: share},
		{Kind: lab.FaultHTML502, Rate: share},
		{Kind: lab.FaultTooMany, Rate: share, RetryAfter: "1"},
		{Kind: lab.FaultThrottlePage, Rate: share, RetryAfter: "1"},
		{Kind: lab.FaultLoseReply, Rate: share},
		{Kind: lab.FaultDropBefore, Rate: share},
		{Kind: lab.FaultDelay, Rate: share, DelayMillis: 700},
	}
	webhooks := []lab.Fault{
		{Kind: lab.FaultWebhookDuplicate, Rate: share},
		{Kind: lab.FaultWebhookReorder, Rate: share},
		{Kind: lab.FaultWebhookDelay, Rate: share, DelayMillis: 3000},
	}
	if !c.noWebhookLoss {
		webhooks = append(webhooks, lab.Fault{Kind: lab.FaultWebhookDrop, Rate: share})
	}
	c.ninjaOne.setFaults(slices.Concat(calls, webhooks, []lab.Fault{{Kind: "token-expired", Rate: share}})...)
	// More than a hundred refused tokens in five minutes would lock out all callers (see accelo.md 2.10).
	c.accelo.setFaults(slices.Concat(calls, webhooks, []lab.Fault{{Kind: "revoke-token", Rate: share, Count: 40}})...)
}

// stopFaults ends all faults and adds up how often each kind occurred.
func (c *chaosRun) stopFaults() {
	c.ninjaOne.setFaults()
	c.accelo.setFaults()
	for _, counted := range []lab.Counters{c.ninjaOne.counters(), c.accelo.counters()} {
		for kind, hits := range counted.ByFault {
			c.injected[kind] += hits
		}
	}
}
