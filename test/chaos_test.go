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

// chaosSize says how much is done to a world.
type chaosSize struct {
	organizations, devices, companies int
	// alerts that fire, in so many rounds, this far apart.
	alerts, rounds int
	pause          time.Duration
	// kills with SIGKILL: of workers, the starter, PostgreSQL and Temporal. Restarts in good order and freezes come on top.
	kills, restarts, freezes int
	// share of the calls, and of the webhooks, that each kind of fault hits.
	share    float64
	patience time.Duration
	// reconciles is how far apart scheduled reconciles are; zero where only those run that the test starts.
	reconciles time.Duration
}

// often is so often that reconciles run in the midst of it all.
const often = 30 * time.Second

// What `make test` runs, and what `make chaos` does.
var (
	chaosShort = chaosSize{
		organizations: 8, devices: 60, companies: 8, alerts: 60, rounds: 10, pause: 1500 * time.Millisecond,
		kills: 4, restarts: 1, freezes: 1, share: 0.05, patience: 8 * time.Minute, reconciles: often,
	}
	chaosWhole = chaosSize{
		organizations: 60, devices: 1000, companies: 60, alerts: 520, rounds: 40, pause: 4 * time.Second,
		kills: 20, restarts: 3, freezes: 3, share: 0.05, patience: 40 * time.Minute, reconciles: often,
	}
)

// whole tells whether the tests were asked for in full size, as `make chaos` does.
func whole() bool { return os.Getenv("CHAOS") == "whole" }

// chaosNumber is a number of the environment.
func chaosNumber(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	if os.Getenv(name) == "" {
		return otherwise
	}
	number, err := strconv.ParseUint(os.Getenv(name), 10, 64)
	require.NoError(t, err, name)
	return number
}

// TestChaos lets everything go wrong that can, at once and by a seeded plan: calls fail and replies are lost, webhooks are dropped,
// doubled, delayed and out of order, and every program but the vendors' is killed, restarted or frozen. When the dust has settled
// and one reconcile has run, nothing is lost and nothing is doubled.
func TestChaos(t *testing.T) {
	size, scale := chaosShort, "short"
	if whole() { // with the machine to itself
		size, scale = chaosWhole, "whole"
	} else {
		t.Parallel()
	}
	first := chaosNumber(t, "CHAOS_SEED", 1)
	for seed := first; seed < first+chaosNumber(t, "CHAOS_SEEDS", 1); seed++ {
		t.Run(fmt.Sprintf("seed-%d", seed), func(t *testing.T) {
			t.Cleanup(func() {
				if t.Failed() {
					t.Logf("run it again with: make chaos CHAOS=%s SEED=%d", scale, seed)
				}
			})
			began := time.Now()
			c := startChaos(t, size, seed)
			c.storm()
			c.calm()
			runs := c.reconciled()
			verdict := c.judge()
			c.print(began, runs, verdict)
			require.Empty(t, verdict.all(), "what the oracle says")
			c.idle()
		})
	}
}

// print shows what happened in one line.
func (c *chaos) print(began time.Time, reconciles int, v *verdict) {
	total := 0
	var kinds []string
	for _, kind := range slices.Sorted(maps.Keys(c.injected)) {
		total += c.injected[kind]
		kinds = append(kinds, fmt.Sprintf("%s %d", kind, c.injected[kind]))
	}
	fmt.Printf("chaos: seed %d: %d events, %d faults injected (%s), %d kills (%s), %d restarts, %d freezes, %d gave up, %d reconciles, %d of them approved, "+
		"%d alerts, %d without a trace, lost %d, doubled %d, wrong %d, calm after %.0f s, %.0f s in all\n",
		c.seed, c.ledger.events, total, strings.Join(kinds, ", "), c.deeds.kills(), c.deeds.killed(), c.deeds.done[deedRestart],
		c.deeds.done[deedFreeze], c.deeds.gaveUp, reconciles, c.approved, len(c.ledger.alerts), v.traceless, len(v.lost), len(v.doubled), len(v.wrong),
		c.settled.Seconds(), time.Since(began).Seconds())
}

// begin makes calls and webhooks fail, each kind of fault at the same share.
func (c *chaos) begin() {
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
	if !c.insists {
		webhooks = append(webhooks, lab.Fault{Kind: lab.FaultWebhookDrop, Rate: share})
	}
	c.ninjaOne.fail(slices.Concat(calls, webhooks, []lab.Fault{{Kind: "token-expired", Rate: share}})...)
	// More than a hundred refused tokens in five minutes would lock everybody out (contract accelo 2.10).
	c.accelo.fail(slices.Concat(calls, webhooks, []lab.Fault{{Kind: "revoke-token", Rate: share, Count: 40}})...)
}

// end lets the vendors be, and keeps count of what was done to them.
func (c *chaos) end() {
	c.ninjaOne.fail()
	c.accelo.fail()
	for _, counted := range []lab.Counters{c.ninjaOne.counters(), c.accelo.counters()} {
		for kind, hits := range counted.ByFault {
			c.injected[kind] += hits
		}
	}
}
