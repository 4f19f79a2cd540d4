package test

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// shrinkTries is how often a candidate runs before it counts as passing: real processes are not deterministic.
const shrinkTries = 3

// shrinker looks for the shortest schedule of a seed that breaks the same promise.
type shrinker struct {
	all  []step
	want []string
	// run runs a schedule without some steps and returns the promises that it breaks.
	run   func(out leftOut) []string
	log   func(format string, values ...any)
	tries int
}

// shrink returns the shortest schedule that it finds, or nil if the whole one passes. It leaves out kinds of steps first, then steps.
func (s *shrinker) shrink() []step {
	if s.want = s.breaks(s.all, nil); len(s.want) == 0 {
		return nil
	}
	s.log("the whole schedule of %d steps breaks: %s", len(s.all), strings.Join(s.want, "; "))
	var kinds []string
	for _, one := range s.all {
		if !slices.Contains(kinds, one.kind) {
			kinds = append(kinds, one.kind)
		}
	}
	slices.Sort(kinds)
	kinds = minimal(kinds, func(kept []string) bool { return s.fails(ofKinds(s.all, kept)) })
	return minimal(ofKinds(s.all, kinds), s.fails)
}

func ofKinds(steps []step, kinds []string) []step {
	return slices.DeleteFunc(slices.Clone(steps), func(one step) bool { return !slices.Contains(kinds, one.kind) })
}

func (s *shrinker) fails(kept []step) bool { return len(s.breaks(kept, s.want)) > 0 }

// breaks runs a schedule until it breaks one of the wanted promises, or any if none is given.
func (s *shrinker) breaks(kept []step, want []string) []string {
	for range shrinkTries {
		s.tries++
		broken := slices.DeleteFunc(s.run(without(s.all, kept)), func(one string) bool { return want != nil && !slices.Contains(want, one) })
		if len(broken) > 0 {
			s.log("run %d: %d steps fail", s.tries, len(kept))
			return broken
		}
	}
	s.log("run %d: %d steps pass", s.tries, len(kept))
	return nil
}

// minimal leaves out as many items as it can while the others fail: halves first, then smaller parts, single ones at the end.
func minimal[T any](items []T, fails func(kept []T) bool) []T {
	for size := max(len(items)/2, 1); len(items) > 0; size = max(size/2, 1) {
		smaller := false
		for from := 0; from < len(items); {
			kept := slices.Concat(items[:from], items[min(from+size, len(items)):])
			if fails(kept) {
				items, smaller = kept, true // what followed has moved here
				continue
			}
			from += size
		}
		if size == 1 && !smaller {
			break
		}
	}
	return items
}

// without says which steps to leave out so that only the kept ones remain.
func without(all, kept []step) leftOut {
	keep := map[int]bool{}
	for _, one := range kept {
		keep[one.number] = true
	}
	var out leftOut
	for from := 0; from < len(all); from++ {
		if keep[from] {
			continue
		}
		to := from
		for to+1 < len(all) && !keep[to+1] {
			to++
		}
		out = append(out, fmt.Sprintf("%d-%d", from, to))
		from = to
	}
	return out
}

var particulars = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|"[^"]*"|[0-9]+`)

// promisesIn returns the promises that a run broke according to its output, without numbers and names: what the oracle found, or why it
// failed otherwise.
func promisesIn(output string) []string {
	var found, others []string
	for line := range strings.Lines(output) {
		line = strings.TrimSpace(line)
		if text, is := strings.CutPrefix(line, findingPrefix); is {
			found = append(found, particulars.ReplaceAllString(text, "#"))
		} else if strings.HasPrefix(line, "Error:") || strings.HasPrefix(line, "Messages:") {
			others = append(others, particulars.ReplaceAllString(line, "#"))
		}
	}
	if len(found) == 0 {
		found = others
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// runElsewhere runs the schedule of a seed, without some steps, in a process of its own.
func runElsewhere(t *testing.T, seed uint64, out leftOut) []string {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestChaos$", "-test.v", "-test.count=1", "-test.timeout=0")
	command.Env = append(os.Environ(), "CHAOS_SHRINK=", "CHAOS_SEEDS=1", programsVariable+"="+binaries(t), fmt.Sprintf("CHAOS_SEED=%d", seed), withoutVariable+"="+strings.Join(out, ","))
	output, err := command.CombinedOutput()
	if err == nil {
		return nil
	}
	if broken := promisesIn(string(output)); len(broken) > 0 {
		return broken
	}
	return []string{"it fails without a reason"}
}

// shrinkChaos prints the shortest schedule of a seed that fails as the whole one does.
func shrinkChaos(t *testing.T, size chaosSize, scale string, seed uint64) {
	t.Helper()
	s := &shrinker{
		all: scheduleOf(size, seed), run: func(out leftOut) []string { return runElsewhere(t, seed, out) },
		log: func(format string, values ...any) {
			fmt.Printf("chaos: shrinking seed "+strconv.FormatUint(seed, 10)+": "+format+"\n", values...)
		},
	}
	kept := s.shrink()
	if kept == nil {
		fmt.Printf("chaos: seed %d passes, %d times in a row\n", seed, shrinkTries)
		return
	}
	fmt.Printf("chaos: the shortest schedule of seed %d that was found, in %d runs:\n", seed, s.tries)
	for _, one := range kept {
		fmt.Println(one)
	}
	fmt.Printf("run it again with: make chaos CHAOS=%s SEED=%d WITHOUT=%s\n", scale, seed, strings.Join(without(newSchedule(size, seed), kept), ","))
	require.Empty(t, kept, "seed %d fails: %s", seed, strings.Join(s.want, "; "))
}

// A failing schedule is reduced to the steps that it takes, even if it doesn't fail each time.
func TestShrinkSchedule(t *testing.T) {
	t.Parallel()
	all := newSchedule(chaosShort, 3)
	needed := []step{}
	for _, kind := range []string{stepFire, killWorker, stepRenameAsset, groupCalls + ":lose-reply"} {
		needed = append(needed, all[slices.IndexFunc(all, func(s step) bool { return s.kind == kind })])
	}
	slices.SortFunc(needed, func(a, b step) int { return a.number - b.number })
	runs := 0
	s := &shrinker{all: all, log: func(string, ...any) {}, run: func(out leftOut) []string {
		if runs++; runs%2 == 0 || slices.ContainsFunc(needed, out.has) {
			return nil
		}
		return []string{"lost"}
	}}
	require.Equal(t, needed, s.shrink())
	require.Equal(t, []string{"duplicated: asset # was created for device #", "lost: alert # is active"}, promisesIn(
		"x\n"+findingPrefix+"lost: alert 00000000-0000-4000-8000-000000000001 is active\n"+findingPrefix+"duplicated: asset 4 was created for device 5\nError: no\n"))
	require.Equal(t, leftOut{"0-1", "3-4"}, without(make([]step, 5), []step{{number: 2}}))
}
