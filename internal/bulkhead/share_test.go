package bulkhead_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"ninjaone-accelo/internal/bulkhead"
)

// fixture is a share with a clock that the test moves.
type fixture struct {
	*bulkhead.Share
	t       testing.TB
	now     time.Time
	reports []bool
}

func newFixture(t testing.TB) *fixture {
	f := &fixture{t: t, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	f.Share = bulkhead.NewShare(func() time.Time { return f.now }, func(hangs bool) { f.reports = append(f.reports, hangs) })
	return f
}

func (f *fixture) enter() (leave func(bulkhead.End)) {
	f.t.Helper()
	leave, err := f.Enter()
	require.NoError(f.t, err)
	return leave
}

func (f *fixture) refused() *bulkhead.BusyError {
	f.t.Helper()
	_, err := f.Enter()
	var busy *bulkhead.BusyError
	require.ErrorAs(f.t, err, &busy)
	require.True(f.t, busy.Until.After(f.now), "a call that is refused has to be told when to come back")
	return busy
}

// call makes a call that ends after a while.
func (f *fixture) call(took time.Duration, end bulkhead.End) {
	f.t.Helper()
	leave := f.enter()
	f.now = f.now.Add(took)
	leave(end)
}

// A full share refuses the next call at once, and admits it when another one has ended.
func TestFullShare(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	leave := f.enter()
	for range bulkhead.Size - 1 {
		f.enter()
	}
	busy := f.refused()
	require.False(t, busy.Hangs)
	require.Equal(t, "not called, because 64 calls are running already; trying again at 12:00:01Z", busy.Error())
	leave(bulkhead.Answered)
	f.enter()
	require.False(t, f.refused().Hangs)
}

// Calls that run for long, of which none ends, are those of a vendor that hangs: it gets no more of them, long before they time out. Few calls can
// be slow for reasons of their own.
func TestStuckShare(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var leave func(bulkhead.End)
	for range 7 {
		leave = f.enter()
	}
	f.now = f.now.Add(time.Minute)
	f.enter()
	busy := f.refused()
	require.True(t, busy.Hangs)
	require.Equal(t, "not called, because earlier calls were left without an answer; trying again at 12:01:05Z", busy.Error())
	leave(bulkhead.Answered)
	f.enter()
}

// Calls that hung one after another open the breaker. One call on trial at a time finds out when the vendor is back, after longer and longer
// pauses.
func TestBreaker(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for range 3 {
		f.call(30*time.Second, bulkhead.Unanswered)
	}
	require.Equal(t, []bool{true}, f.reports)
	for _, seconds := range []int{5, 10, 20, 30, 30} {
		pause := time.Duration(seconds) * time.Second
		require.Equal(t, f.now.Add(pause), f.refused().Until)
		f.now = f.now.Add(pause)
		leave := f.enter()
		require.True(t, f.refused().Hangs, "one call is on trial")
		f.now = f.now.Add(30 * time.Second)
		leave(bulkhead.Unanswered)
	}
	f.now = f.now.Add(30 * time.Second)
	f.call(time.Second, bulkhead.Abandoned)
	require.Len(t, f.reports, 1, "a call that nobody waited for tells nothing")
	f.call(time.Second, bulkhead.Answered)
	require.Equal(t, []bool{true, false}, f.reports)
	f.enter()
	f.enter()
}

// Only calls in a row that hang open the breaker: what fails at once holds nothing up.
func TestBreakerStaysClosed(t *testing.T) {
	t.Parallel()
	for name, calls := range map[string]func(*fixture){
		"answered in between": func(f *fixture) {
			f.call(30*time.Second, bulkhead.Unanswered)
			f.call(30*time.Second, bulkhead.Unanswered)
			f.call(time.Second, bulkhead.Answered)
		},
		"refused at once": func(f *fixture) { f.call(time.Millisecond, bulkhead.Unanswered) },
		"slow answers":    func(f *fixture) { f.call(29*time.Second, bulkhead.Answered) },
		"given up by us":  func(f *fixture) { f.call(30*time.Second, bulkhead.Abandoned) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			for range 10 {
				calls(f)
			}
			require.Empty(t, f.reports)
		})
	}
}

// Whatever happens, a share never runs more calls than it has places for, and admits one again once all have ended and the time is over that it
// asked for.
func TestShareComesBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		f := newFixture(t)
		var running []func(bulkhead.End)
		for range rapid.IntRange(0, 300).Draw(r, "steps") {
			f.now = f.now.Add(time.Duration(rapid.IntRange(0, 40).Draw(r, "seconds")) * time.Second)
			if len(running) > 0 && rapid.Bool().Draw(r, "ends") {
				running[0](bulkhead.End(rapid.IntRange(0, 2).Draw(r, "end")))
				running = running[1:]
				continue
			}
			leave, err := f.Enter()
			var busy *bulkhead.BusyError
			if err != nil {
				require.ErrorAs(r, err, &busy)
				continue
			}
			running = append(running, leave)
			require.LessOrEqual(r, len(running), bulkhead.Size)
		}
		for _, leave := range running {
			leave(bulkhead.Unanswered)
		}
		if _, err := f.Enter(); err != nil {
			var busy *bulkhead.BusyError
			require.ErrorAs(r, err, &busy)
			f.now = busy.Until
			_, err = f.Enter()
			require.NoError(r, err)
		}
	})
}
