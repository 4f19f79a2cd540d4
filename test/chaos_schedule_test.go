package test

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// step is one thing that a chaos run does. What it concerns is drawn from the seed and the step alone, so a run that leaves out other steps
// does the same.
type step struct {
	number int
	// round is when it is done; throughout means that it is a condition of the whole run.
	round int
	kind  string
	// nth counts the steps of this kind, and order is drawn to order the steps of a round.
	nth   int
	order uint64
}

const throughout = -1

// String shows a step as a line of a story.
func (s step) String() string {
	if s.round == throughout {
		return fmt.Sprintf("%4d  throughout  %s", s.number, s.kind)
	}
	return fmt.Sprintf("%4d  round %4d  %s", s.number, s.round, s.kind)
}

// random returns the step's own source.
func (s step) random(seed uint64) *rand.Rand {
	return sourceOf(seed, fmt.Sprintf("%s %d", s.kind, s.nth))
}

// sourceOf returns the source of what has a name. Different names have independent ones.
func sourceOf(seed uint64, name string) *rand.Rand {
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(name))
	return rand.New(rand.NewPCG(seed, hash.Sum64()))
}

// newSchedule draws the steps of a run from its seed: the conditions first, then the steps of each round in random order.
func newSchedule(size chaosSize, seed uint64) []step {
	var steps []step
	for i, kind := range conditions(size, seed) {
		steps = append(steps, step{round: throughout, kind: kind, order: uint64(i)})
	}
	for kind, times := range timesOf(size, seed) {
		source := sourceOf(seed, kind)
		for nth := range times {
			round := source.IntN(size.rounds)
			if kind == stepFire {
				round = nth % size.rounds
			}
			steps = append(steps, step{round: round, kind: kind, nth: nth, order: source.Uint64()})
		}
	}
	slices.SortFunc(steps, func(a, b step) int { return cmp.Or(cmp.Compare(a.round, b.round), cmp.Compare(a.order, b.order)) })
	for i := range steps {
		steps[i].number = i
	}
	return steps
}

// timesOf returns how many steps of each kind a run has.
func timesOf(size chaosSize, seed uint64) map[string]int {
	times := map[string]int{
		stepFire: size.alerts, stepClear: size.alerts / 2, stepNewDevice: size.growth, stepNewOrganization: size.growth / 8,
		stepDeleteCompany: size.acts / 100, stepCancel: size.ended / 3, stepTerminate: size.ended - size.ended/3,
		restartPostgres: size.restarts, freezeWorker: size.freezes,
	}
	acts := sourceOf(seed, "acts")
	for range size.acts {
		times[actsOfPeople[acts.IntN(len(actsOfPeople))]]++
	}
	kills := sourceOf(seed, "kills")
	for i := range size.kills { // workers most often, and everything at least once
		kinds := []string{killWorker, killStarter, killTemporal, killPostgres}
		if i >= len(kinds) && kills.IntN(2) == 0 {
			i = 0
		}
		times[kinds[i%len(kinds)]]++
	}
	if size.rounds > 0 {
		times[stepReplaceWebhook], times[stepDropSubscription] = 1, 1
	}
	return times
}

// leftOut are the steps that a run leaves out, by kind (with wildcards), number or range of numbers: "kill-*,calls:delay,17,20-44".
type leftOut []string

func leftOutOf(list string) leftOut {
	return slices.DeleteFunc(strings.Split(list, ","), func(one string) bool { return one == "" })
}

func (l leftOut) has(s step) bool {
	return slices.ContainsFunc(l, func(one string) bool {
		from, to, _ := strings.Cut(one, "-")
		if first, err := strconv.Atoi(from); err == nil {
			last, err := strconv.Atoi(to)
			return s.number == first || err == nil && first <= s.number && s.number <= last
		}
		matched, err := path.Match(one, s.kind)
		return err == nil && matched
	})
}

// withoutVariable leaves steps out of a run.
const withoutVariable = "CHAOS_WITHOUT"

// scheduleOf returns the steps of a run without those that CHAOS_WITHOUT leaves out.
func scheduleOf(size chaosSize, seed uint64) []step {
	out := leftOutOf(os.Getenv(withoutVariable))
	return slices.DeleteFunc(newSchedule(size, seed), out.has)
}

// A seed always draws the same schedule, and leaving steps out changes no other step.
func TestChaosSchedule(t *testing.T) {
	t.Parallel()
	all := newSchedule(chaosShort, 7)
	require.Equal(t, all, newSchedule(chaosShort, 7))
	require.NotEqual(t, all, newSchedule(chaosShort, 8))
	fired := 0
	for i, s := range all {
		require.Equal(t, i, s.number)
		if s.kind == stepFire {
			fired++
		}
	}
	require.Equal(t, chaosShort.alerts, fired)
	out := leftOutOf("kill-*,3,10-12," + stepFire)
	left := slices.DeleteFunc(slices.Clone(all), out.has)
	for _, s := range left {
		require.Equal(t, all[s.number], s)
		require.NotContains(t, []int{3, 10, 11, 12}, s.number)
		require.NotEqual(t, stepFire, s.kind)
		require.False(t, strings.HasPrefix(s.kind, "kill-"))
	}
}
