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
)

// chaosSize is the amount of load and disruption.
type chaosSize struct {
	organizations, devices, companies int
	// alerts in total, triggered in so many rounds with a pause after each.
	alerts, rounds int
	pause          time.Duration
	// kills with SIGKILL, of workers, the starter, PostgreSQL and Temporal. Clean restarts and freezes come on top.
	kills, restarts, freezes int
	// ended workflows, terminated or cancelled while they run; acts of people; growth is how many devices NinjaOne gets meanwhile.
	ended, acts, growth int
	// share of the calls and of the webhooks that each kind of fault affects.
	share   float64
	timeout time.Duration
	// reconcileInterval is the interval of scheduled reconciliations. If zero, only those run that the test starts.
	reconcileInterval time.Duration
}

// reconcileOften is short enough for reconciliations to run during the workload.
const reconcileOften = 30 * time.Second

// The sizes of `make test` and `make chaos`.
var (
	chaosShort = chaosSize{
		organizations: 8, devices: 60, companies: 8, alerts: 60, rounds: 10, pause: 1500 * time.Millisecond,
		kills: 4, restarts: 1, freezes: 1, ended: 6, acts: 40, growth: 8, share: 0.05, timeout: 8 * time.Minute, reconcileInterval: reconcileOften,
	}
	chaosFull = chaosSize{
		organizations: 60, devices: 1000, companies: 60, alerts: 520, rounds: 40, pause: 4 * time.Second,
		kills: 20, restarts: 3, freezes: 3, ended: 80, acts: 320, growth: 60, share: 0.05, timeout: 40 * time.Minute, reconcileInterval: reconcileOften,
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
			if os.Getenv("CHAOS_SHRINK") != "" {
				shrinkChaos(t, size, scale, seed)
				return
			}
			t.Cleanup(func() {
				if t.Failed() {
					t.Logf("run it again with: make chaos CHAOS=%s SEED=%d, or shrink it with SHRINK=1", scale, seed)
				}
			})
			began := time.Now()
			c := newChaosRun(t, size, seed)
			c.runWorkload()
			c.settle()
			runs := c.reconcileUntilStable()
			found := c.verify()
			c.printSummary(began, runs, found)
			for _, finding := range found.all() {
				fmt.Println(findingPrefix + finding)
			}
			require.Empty(t, found.all(), "the oracle's findings")
			c.requireStable()
		})
	}
}

// findingPrefix begins the lines that say what the oracle found.
const findingPrefix = "chaos: finding: "

// printSummary prints what happened in one line.
func (c *chaosRun) printSummary(began time.Time, reconciles int, v *findings) {
	total := 0
	for _, hits := range c.injected {
		total += hits
	}
	fmt.Printf("chaos: seed %d: %d events, %d devices, %d alerts, %d faults injected (%s), %d kills (%s), %d restarts, %d freezes, %d exited, "+
		"%d workflows ended (%d terminated), %d acts of people (%s), %s, reconciliations %d, approved %d, %d without a trace, "+
		"lost %d, duplicated %d, wrong %d, settled after %.0f s, %.0f s in total\n",
		c.seed, c.ledger.events, len(c.ledger.devices), len(c.ledger.alerts), total, counted(c.injected), c.disruptor.killCount(), c.disruptor.killSummary(),
		c.disruptor.done[restartPostgres], c.disruptor.done[freezeWorker], c.disruptor.exited,
		c.done[stepTerminate]+c.done[stepCancel], c.done[stepTerminate], c.actCount(), counted(c.done), c.storage, reconciles, c.approved, v.untraced,
		len(v.lost), len(v.duplicated), len(v.wrong), c.settled.Seconds(), time.Since(began).Seconds())
}

// counted lists how often each kind occurred.
func counted(kinds map[string]int) string {
	var texts []string
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		texts = append(texts, fmt.Sprintf("%s %d", kind, kinds[kind]))
	}
	return strings.Join(texts, ", ")
}
