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

// knownBudget returns a budget with these numbers from a response, and calls in flight.
func knownBudget(now *time.Time, reserve float64, limit, remaining, inFlight int) *Budget {
	b := NewBudget(reserve, func() time.Time { return *now })
	b.observe(rateHeader(limit, remaining, noon.Add(time.Hour)))
	b.state.InFlight = inFlight
	return b
}

// The Bulk lane stops at the reserve, the Urgent lane when nothing is left. Calls in flight count as used.
func TestBudgetLanes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name                       string
		reserve                    float64
		limit, remaining, inFlight int
		bulk, urgent               bool
	}{
		{name: "full", reserve: 0.2, limit: 5000, remaining: 5000, inFlight: 0, bulk: true, urgent: true},
		{name: "one above the reserve", reserve: 0.2, limit: 5000, remaining: 1001, inFlight: 0, bulk: true, urgent: true},
		{name: "at the reserve", reserve: 0.2, limit: 5000, remaining: 1000, inFlight: 0, bulk: false, urgent: true},
		{name: "at the reserve, with the calls in flight", reserve: 0.2, limit: 5000, remaining: 1003, inFlight: 3, bulk: false, urgent: true},
		{name: "reserve rounded up", reserve: 0.2, limit: 7, remaining: 2, inFlight: 0, bulk: false, urgent: true},
		{name: "last call", reserve: 0.2, limit: 5000, remaining: 1, inFlight: 0, bulk: false, urgent: true},
		{name: "last call in flight", reserve: 0.2, limit: 5000, remaining: 1, inFlight: 1, bulk: false, urgent: false},
		{name: "nothing left", reserve: 0.2, limit: 5000, remaining: 0, inFlight: 0, bulk: false, urgent: false},
		{name: "more in flight than left", reserve: 0.2, limit: 5000, remaining: 2, inFlight: 5, bulk: false, urgent: false},
		{name: "no reserve", reserve: 0, limit: 5000, remaining: 1, inFlight: 0, bulk: true, urgent: true},
		{name: "everything reserved", reserve: 1, limit: 5000, remaining: 5000, inFlight: 0, bulk: false, urgent: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			now := noon
			require.Equal(t, test.bulk, knownBudget(&now, test.reserve, test.limit, test.remaining, test.inFlight).admit(Bulk) == nil)
			require.Equal(t, test.urgent, knownBudget(&now, test.reserve, test.limit, test.remaining, test.inFlight).admit(Urgent) == nil)
		})
	}
}

// The error says how many calls are left and how long to wait.
func TestBudgetErrorMessage(t *testing.T) {
	t.Parallel()
	now := noon
	err := knownBudget(&now, 0.2, 5000, 1000, 0).admit(Bulk)
	require.EqualError(t, err, "Accelo's hourly budget is down to the reserve (1000 of 5000 calls left); waiting until 13:00:00Z")
	var budget *BudgetError
	require.ErrorAs(t, err, &budget)
	require.Equal(t, Bulk, budget.Lane)
	require.True(t, noon.Add(time.Hour).Equal(budget.Until))
	require.EqualError(t, knownBudget(&now, 0.2, 5000, 0, 0).admit(Urgent), "Accelo's hourly budget is used up (0 of 5000 calls left); waiting until 13:00:00Z")
	require.True(t, IsRateLimited(err))
	require.True(t, IsTransient(err))
	require.False(t, InDoubt(err))
}

// Every call is admitted before the first response.
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
	require.False(t, b.State().Known, "incomplete and absurd headers are ignored")
	require.Equal(t, 6, b.State().InFlight)
}

// Responses may arrive out of order: in one window the smallest number is the latest, and an older window is over.
func TestBudgetResponsesOutOfOrder(t *testing.T) {
	t.Parallel()
	now := noon
	b := knownBudget(&now, 0.2, 5000, 4000, 0)
	b.observe(rateHeader(5000, 3998, noon.Add(time.Hour)))
	b.observe(rateHeader(5000, 3999, noon.Add(time.Hour)))
	require.Equal(t, 3998, b.State().Remaining)

	now = noon.Add(time.Hour)
	b.observe(rateHeader(5000, 4999, noon.Add(2*time.Hour)))
	require.Equal(t, 4999, b.State().Remaining)
	b.observe(rateHeader(5000, 3997, noon.Add(time.Hour)))
	require.Equal(t, 4999, b.State().Remaining, "a late response of the old window")
	b.observe(rateHeader(5000, 9999, noon.Add(2*time.Hour)))
	b.observe(rateHeader(5000, -3, noon.Add(3*time.Hour)))
	require.Equal(t, 0, b.State().Remaining)
}

// A window that ends earlier than the known one, but has not ended yet, replaces it. Waiting for the old reset could take an
// hour for nothing.
func TestBudgetWindowsChange(t *testing.T) {
	t.Parallel()
	now := noon
	b := knownBudget(&now, 0.2, 5000, 4000, 0)
	b.observe(rateHeader(50, 0, noon.Add(10*time.Second)))
	require.Error(t, b.admit(Urgent))
	now = noon.Add(10 * time.Second)
	require.NoError(t, b.admit(Bulk))
	b.settle(rateHeader(50, 49, noon.Add(20*time.Second)))
	require.Equal(t, BudgetState{Known: true, Limit: 50, Remaining: 49, Reset: noon.Add(20 * time.Second), Window: 10 * time.Second, Reserve: 10}, b.State())
}

// After the reset, the whole limit is available until a response says otherwise.
func TestBudgetAfterReset(t *testing.T) {
	t.Parallel()
	now := noon
	b := knownBudget(&now, 0.2, 5000, 0, 0)
	require.Error(t, b.admit(Urgent))
	now = noon.Add(time.Hour - time.Second)
	require.Error(t, b.admit(Urgent))
	now = noon.Add(time.Hour)
	require.NoError(t, b.admit(Bulk))
	require.Equal(t, 5000, b.State().Remaining)
	b.settle(rateHeader(5000, 700, noon.Add(2*time.Hour)))
	require.Error(t, b.admit(Bulk), "other integrations have used it up")
	require.NoError(t, b.admit(Urgent))
}

// If our clock is ahead of Accelo's, the client waits a moment after a response from the old window instead of sending call after
// call.
func TestBudgetWithClockAhead(t *testing.T) {
	t.Parallel()
	now := noon
	b := knownBudget(&now, 0.2, 5000, 0, 0)
	now = noon.Add(time.Hour + time.Minute)
	require.NoError(t, b.admit(Urgent))
	b.settle(rateHeader(5000, 0, noon.Add(time.Hour)))
	err := b.admit(Urgent)
	require.Error(t, err)
	require.Equal(t, now.Add(clockGrace), RetryAt(err))
	now = now.Add(clockGrace)
	require.NoError(t, b.admit(Urgent))
}

// The length of a window is learned from two resets, also across idle windows and if the reset moves along with the clock.
func TestBudgetWindow(t *testing.T) {
	t.Parallel()
	now := noon
	b := NewBudget(0, func() time.Time { return now })
	require.Equal(t, time.Hour, b.State().Window)
	for i, step := range []struct {
		reset time.Duration
		want  time.Duration
	}{
		{reset: 10 * time.Second, want: time.Hour},
		{reset: 10 * time.Second, want: time.Hour},
		{reset: 60 * time.Second, want: 50 * time.Second},
		{reset: 70 * time.Second, want: 10 * time.Second},
		{reset: 100 * time.Second, want: 10 * time.Second},
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

// A stored state is adopted until its reset, unless a newer one is known.
func TestBudgetSeed(t *testing.T) {
	t.Parallel()
	stored := BudgetState{Known: true, Limit: 5000, Remaining: 900, InFlight: 7, Reset: noon.Add(time.Hour), Window: 10 * time.Minute}
	tests := []struct {
		name   string
		change func(BudgetState) BudgetState
		bulk   bool
	}{
		{name: "as stored", change: func(s BudgetState) BudgetState { return s }, bulk: false},
		{name: "unknown", change: func(s BudgetState) BudgetState { s.Known = false; return s }, bulk: true},
		{name: "reset has passed", change: func(s BudgetState) BudgetState { s.Reset = noon; return s }, bulk: true},
		{name: "reset too far away", change: func(s BudgetState) BudgetState { s.Reset = noon.Add(48 * time.Hour); return s }, bulk: true},
		{name: "no limit", change: func(s BudgetState) BudgetState { s.Limit = 0; return s }, bulk: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := NewBudget(0.2, func() time.Time { return noon })
			b.Seed(test.change(stored))
			require.Equal(t, test.bulk, b.admit(Bulk) == nil)
			require.Equal(t, 10*time.Minute, b.State().Window)
			require.LessOrEqual(t, b.State().InFlight, 1)
		})
	}
	now := noon
	b := knownBudget(&now, 0.2, 5000, 4000, 0)
	stored.Reset = noon.Add(time.Minute)
	b.Seed(stored)
	require.Equal(t, 4000, b.State().Remaining, "the state from a response is newer")
}

// Retry-After pauses the Bulk lane but not the Urgent one.
func TestBudgetPause(t *testing.T) {
	t.Parallel()
	now := noon
	b := NewBudget(0.2, func() time.Time { return now })
	b.pauseBulk(noon.Add(time.Minute))
	b.pauseBulk(noon.Add(time.Second))
	require.EqualError(t, b.admit(Bulk), "Accelo asked us to wait; waiting until 12:01:00Z")
	require.NoError(t, b.admit(Urgent))
	now = noon.Add(time.Minute)
	require.NoError(t, b.admit(Bulk))
}

// However many calls run concurrently, the Bulk lane never uses the reserve.
func TestBudgetConcurrency(t *testing.T) {
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
					var budget *BudgetError
					if !errors.As(err, &budget) {
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
	require.LessOrEqual(t, left, 120, "it stops early by at most the calls in flight")
	require.Zero(t, b.State().InFlight)
}
