package accelo

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var noon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

func rateHeader(limit, remaining any, reset time.Time) http.Header {
	header := http.Header{}
	header.Set("X-RateLimit-Limit", fmt.Sprint(limit))
	header.Set("X-RateLimit-Remaining", fmt.Sprint(remaining))
	header.Set("X-RateLimit-Reset", fmt.Sprint(reset.Unix()))
	return header
}

// budgetAt is a budget of which a reply has told the figures, with calls in flight.
func budgetAt(now *time.Time, reserve float64, limit, remaining, inFlight int) *Budget {
	b := NewBudget(reserve, func() time.Time { return *now })
	b.observe(rateHeader(limit, remaining, noon.Add(time.Hour)))
	b.state.InFlight = inFlight
	return b
}

// The Bulk lane stops at the reserve, the Urgent lane when nothing is left; calls in flight count as spent.
func TestBudgetLanes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name                       string
		reserve                    float64
		limit, remaining, inFlight int
		bulk, urgent               bool
	}{
		{"full", 0.2, 5000, 5000, 0, true, true},
		{"one above the reserve", 0.2, 5000, 1001, 0, true, true},
		{"at the reserve", 0.2, 5000, 1000, 0, false, true},
		{"at the reserve with those in flight", 0.2, 5000, 1003, 3, false, true},
		{"the reserve is rounded up", 0.2, 7, 2, 0, false, true},
		{"the last call", 0.2, 5000, 1, 0, false, true},
		{"the last call is under way", 0.2, 5000, 1, 1, false, false},
		{"nothing left", 0.2, 5000, 0, 0, false, false},
		{"more in flight than left", 0.2, 5000, 2, 5, false, false},
		{"no reserve", 0, 5000, 1, 0, true, true},
		{"all is reserve", 1, 5000, 5000, 0, false, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			now := noon
			require.Equal(t, test.bulk, budgetAt(&now, test.reserve, test.limit, test.remaining, test.inFlight).admit(Bulk) == nil)
			require.Equal(t, test.urgent, budgetAt(&now, test.reserve, test.limit, test.remaining, test.inFlight).admit(Urgent) == nil)
		})
	}
}

// A refusal says how much is left and until when to wait.
func TestBudgetErrorMessage(t *testing.T) {
	t.Parallel()
	now := noon
	err := budgetAt(&now, 0.2, 5000, 1000, 0).admit(Bulk)
	require.EqualError(t, err, "Accelo's hourly budget is down to its reserve (1000 of 5000 left); waiting until 13:00:00Z")
	var refused *BudgetError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, Bulk, refused.Lane)
	require.True(t, noon.Add(time.Hour).Equal(refused.Until))
	require.EqualError(t, budgetAt(&now, 0.2, 5000, 0, 0).admit(Urgent), "Accelo's hourly budget is used up (0 of 5000 left); waiting until 13:00:00Z")
	require.True(t, IsRateLimited(err))
	require.True(t, IsTransient(err))
	require.False(t, InDoubt(err))
}

// Nothing is refused before the first reply.
func TestBudgetUnknown(t *testing.T) {
	t.Parallel()
	b := NewBudget(0.2, func() time.Time { return noon })
	for range 10 {
		require.NoError(t, b.admit(Bulk))
	}
	require.Equal(t, BudgetState{InFlight: 10, Window: time.Hour}, b.State())
	b.settle(nil)
	b.settle(rateHeader("many", 5, noon))
	b.settle(rateHeader(0, 0, noon))
	b.settle(rateHeader(5000, 5, time.Unix(0, 0)))
	require.False(t, b.State().Known, "incomplete or absurd headers say nothing")
	require.Equal(t, 6, b.State().InFlight)
}

// Replies overtake each other: within a window the smallest figure is true, an older window is past.
func TestBudgetRepliesOutOfOrder(t *testing.T) {
	t.Parallel()
	now := noon
	b := budgetAt(&now, 0.2, 5000, 4000, 0)
	b.observe(rateHeader(5000, 3998, noon.Add(time.Hour)))
	b.observe(rateHeader(5000, 3999, noon.Add(time.Hour)))
	require.Equal(t, 3998, b.State().Remaining)

	now = noon.Add(time.Hour)
	b.observe(rateHeader(5000, 4999, noon.Add(2*time.Hour)))
	require.Equal(t, 4999, b.State().Remaining)
	b.observe(rateHeader(5000, 3997, noon.Add(time.Hour)))
	require.Equal(t, 4999, b.State().Remaining, "a late reply of the old window")
	b.observe(rateHeader(5000, 9999, noon.Add(2*time.Hour)))
	b.observe(rateHeader(5000, -3, noon.Add(3*time.Hour)))
	require.Equal(t, 0, b.State().Remaining)
}

// A window that ends earlier than the one known, and is not over, is a new arrangement: waiting for the old reset could
// take an hour for nothing.
func TestBudgetWindowsBegunAnew(t *testing.T) {
	t.Parallel()
	now := noon
	b := budgetAt(&now, 0.2, 5000, 4000, 0)
	b.observe(rateHeader(50, 0, noon.Add(10*time.Second)))
	require.Error(t, b.admit(Urgent))
	now = noon.Add(10 * time.Second)
	require.NoError(t, b.admit(Bulk))
	b.settle(rateHeader(50, 49, noon.Add(20*time.Second)))
	require.Equal(t, BudgetState{Known: true, Limit: 50, Remaining: 49, Reset: noon.Add(20 * time.Second), Window: 10 * time.Second, Reserve: 10}, b.State())
}

// After the reset the whole limit counts as left until a reply says otherwise.
func TestBudgetAfterTheReset(t *testing.T) {
	t.Parallel()
	now := noon
	b := budgetAt(&now, 0.2, 5000, 0, 0)
	require.Error(t, b.admit(Urgent))
	now = noon.Add(time.Hour - time.Second)
	require.Error(t, b.admit(Urgent))
	now = noon.Add(time.Hour)
	require.NoError(t, b.admit(Bulk))
	require.Equal(t, 5000, b.State().Remaining)
	b.settle(rateHeader(5000, 700, noon.Add(2*time.Hour)))
	require.Error(t, b.admit(Bulk), "others have used it up already")
	require.NoError(t, b.admit(Urgent))
}

// A clock ahead of Accelo's: a reply that says the window goes on is believed for a moment instead of asking on and on.
func TestBudgetWithAClockAhead(t *testing.T) {
	t.Parallel()
	now := noon
	b := budgetAt(&now, 0.2, 5000, 0, 0)
	now = noon.Add(time.Hour + time.Minute)
	require.NoError(t, b.admit(Urgent))
	b.settle(rateHeader(5000, 0, noon.Add(time.Hour)))
	err := b.admit(Urgent)
	require.Error(t, err)
	require.Equal(t, now.Add(clockGrace), RetryAt(err))
	now = now.Add(clockGrace)
	require.NoError(t, b.admit(Urgent))
}

// The window's length is learned from two resets, also across idle windows, and where the reset slides with the clock.
func TestBudgetWindow(t *testing.T) {
	t.Parallel()
	now := noon
	b := NewBudget(0, func() time.Time { return now })
	require.Equal(t, time.Hour, b.State().Window)
	for i, step := range []struct {
		reset time.Duration
		want  time.Duration
	}{
		{10 * time.Second, time.Hour},
		{10 * time.Second, time.Hour},
		{60 * time.Second, 50 * time.Second},
		{70 * time.Second, 10 * time.Second},
		{100 * time.Second, 10 * time.Second},
	} {
		now = noon.Add(step.reset - 9*time.Second)
		b.observe(rateHeader(100, 50, noon.Add(step.reset)))
		require.Equal(t, step.want, b.State().Window, i)
	}

	sliding := NewBudget(0, func() time.Time { return now })
	for range 3 {
		now = now.Add(time.Second)
		sliding.observe(rateHeader(100, 50, now.Add(time.Hour)))
	}
	require.Equal(t, time.Hour, sliding.State().Window)
}

// A stored state counts until its reset, and only if it is news.
func TestBudgetSeed(t *testing.T) {
	t.Parallel()
	stored := BudgetState{Known: true, Limit: 5000, Remaining: 900, InFlight: 7, Reset: noon.Add(time.Hour), Window: 10 * time.Minute}
	tests := []struct {
		name string
		give func(BudgetState) BudgetState
		bulk bool
	}{
		{"as stored", func(s BudgetState) BudgetState { return s }, false},
		{"unknown", func(s BudgetState) BudgetState { s.Known = false; return s }, true},
		{"past", func(s BudgetState) BudgetState { s.Reset = noon; return s }, true},
		{"absurdly ahead", func(s BudgetState) BudgetState { s.Reset = noon.Add(48 * time.Hour); return s }, true},
		{"no limit", func(s BudgetState) BudgetState { s.Limit = 0; return s }, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := NewBudget(0.2, func() time.Time { return noon })
			b.Seed(test.give(stored))
			require.Equal(t, test.bulk, b.admit(Bulk) == nil)
			require.Equal(t, 10*time.Minute, b.State().Window)
			require.LessOrEqual(t, b.State().InFlight, 1)
		})
	}
	now := noon
	b := budgetAt(&now, 0.2, 5000, 4000, 0)
	stored.Reset = noon.Add(time.Minute)
	b.Seed(stored)
	require.Equal(t, 4000, b.State().Remaining, "what a reply said is newer")
}

// Retry-After keeps the Bulk lane back; alerts go on, each at its own risk.
func TestBudgetHold(t *testing.T) {
	t.Parallel()
	now := noon
	b := NewBudget(0.2, func() time.Time { return now })
	b.hold(noon.Add(time.Minute))
	b.hold(noon.Add(time.Second))
	require.EqualError(t, b.admit(Bulk), "Accelo asked to wait; waiting until 12:01:00Z")
	require.NoError(t, b.admit(Urgent))
	now = noon.Add(time.Minute)
	require.NoError(t, b.admit(Bulk))
}

// Many callers at once, each spending what the vendor counts down: the Bulk lane never takes a call out of the reserve.
func TestBudgetIsNeverOverrunByMany(t *testing.T) {
	t.Parallel()
	const limit = 500
	b := NewBudget(0.2, func() time.Time { return noon })
	b.Seed(BudgetState{Known: true, Limit: limit, Remaining: limit, Reset: noon.Add(time.Hour)})
	var mu sync.Mutex
	left := limit
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			for {
				if err := b.admit(Bulk); err != nil {
					var refused *BudgetError
					if !errors.As(err, &refused) {
						panic(err)
					}
					return
				}
				mu.Lock()
				left--
				header := rateHeader(limit, left, noon.Add(time.Hour))
				mu.Unlock()
				b.settle(header)
				_ = b.State()
			}
		})
	}
	group.Wait()
	require.GreaterOrEqual(t, left, 100)
	require.LessOrEqual(t, left, 120, "it stops early by no more than what was in flight")
	require.Zero(t, b.State().InFlight)
}
