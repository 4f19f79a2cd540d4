package simulation

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/worker"

	"ninjaone-accelo/internal/local/localtest"
	"ninjaone-accelo/internal/tenant"
)

func TestMain(m *testing.M) {
	tenant.Spread = func(n int64) int64 { return n / 2 }
	worker.SetStickyWorkflowCacheSize(0) // every workflow task replays its whole history
	debug.SetGCPercent(400)              // a life leaves little behind
	os.Exit(localtest.Run(m))
}

// The environment variables of `make simulate`.
const (
	minutesVariable = "SIMULATE_MINUTES"
	seedVariable    = "SIMULATE_SEED"
	fromVariable    = "SIMULATE_FROM"
	// withVariable only lives lives whose settings, faults and script contain these words, which are separated by semicolons.
	withVariable = "SIMULATE_WITH"
	// briefVariable only lives the life of one seed, and prints no trace.
	briefVariable = "SIMULATE_BRIEF"
	// manyVariable goes on after a failure, to find several.
	manyVariable = "SIMULATE_MANY"
)

// lanes is how many lives run at a time, each with its own database.
const lanes = 2

// Lives of consecutive seeds keep all promises, for as long as SIMULATE_MINUTES says.
func TestLives(t *testing.T) {
	t.Parallel()
	minutes, _ := strconv.ParseFloat(os.Getenv(minutesVariable), 64)
	if seed := os.Getenv(seedVariable); seed != "" {
		replay(t, seed)
		return
	}
	until := time.Now().Add(time.Duration(minutes * float64(time.Minute)))
	var next atomic.Uint64
	from, _ := strconv.ParseUint(os.Getenv(fromVariable), 10, 64)
	next.Store(from)
	var lived, steps atomic.Int64
	var mu sync.Mutex
	known := map[string]int{}
	started := time.Now()
	t.Run("lives", func(t *testing.T) {
		for range lanes {
			t.Run("lane", func(t *testing.T) {
				t.Parallel()
				d := newDatabase(t)
				for time.Now().Before(until) && (os.Getenv(manyVariable) != "" || !t.Failed()) {
					seed := next.Add(1)
					if !mentions(seed, os.Getenv(withVariable)) {
						continue
					}
					o := lifeOf(t, d, seed, nil, nil)
					lived.Add(1)
					steps.Add(int64(o.steps))
					if len(o.problems) == 0 {
						continue
					}
					mu.Lock()
					known[o.problems[0]]++
					times := known[o.problems[0]]
					mu.Unlock()
					if times > 4 {
						continue
					}
					o = shrink(o, func(keep map[string]bool) outcome { return lifeOf(t, d, seed, keep, nil) })
					t.Errorf("\n%s", story(seed, o))
				}
			})
		}
	})
	fmt.Printf("%d lives, %d steps in %s\n", lived.Load(), steps.Load(), time.Since(started).Round(time.Second))
	for problem, times := range known {
		fmt.Printf("%5d × %s\n", times, problem)
	}
}

// replay lives one life twice, with its trace, and shrinks it.
func replay(t *testing.T, text string) {
	seed, err := strconv.ParseUint(text, 10, 64)
	require.NoError(t, err)
	d := newDatabase(t)
	if os.Getenv(briefVariable) != "" {
		if o := lifeOf(t, d, seed, nil, nil); len(o.problems) > 0 {
			t.Errorf("\n%s", story(seed, o))
		}
		return
	}
	o := lifeOf(t, d, seed, nil, func(line string) { fmt.Println(shorten(line)) })
	if len(o.problems) == 0 {
		return
	}
	o = shrink(o, func(keep map[string]bool) outcome { return lifeOf(t, d, seed, keep, nil) })
	keep := map[string]bool{}
	for _, h := range o.happened {
		keep[h.id] = true
	}
	fmt.Println("\nThe shortest story in full:")
	lifeOf(t, d, seed, keep, func(line string) { fmt.Println(shorten(line)) })
	t.Errorf("\n%s", story(seed, o))
}

func newDatabase(t *testing.T) *database {
	t.Helper()
	d, err := openDatabase(context.WithoutCancel(t.Context()), localtest.Database(t))
	require.NoError(t, err)
	t.Cleanup(func() { d.close(context.WithoutCancel(t.Context())) })
	return d
}

// lifeOf lives one life.
func lifeOf(t *testing.T, d *database, seed uint64, keep map[string]bool, trace func(string)) (o outcome) {
	t.Helper()
	require.NoError(t, d.reset(context.WithoutCancel(t.Context())))
	synctest.Test(t, func(*testing.T) { o = live(d, seed, keep, trace) })
	return o
}

// A life is the same each time.
func TestReplay(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	for seed := uint64(1); seed <= 5; seed++ {
		var first, second []string
		lifeOf(t, d, seed, nil, func(line string) { first = append(first, line) })
		lifeOf(t, d, seed, nil, func(line string) { second = append(second, line) })
		require.Equal(t, first, second, "seed %d", seed)
	}
}
