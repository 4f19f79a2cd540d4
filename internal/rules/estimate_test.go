package rules_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"ninjaone-accelo/internal/rules"
)

func TestEstimate(t *testing.T) {
	t.Parallel()
	hourly := rules.Budget{
		Known: true, Limit: 5000, Remaining: 3000, Reserve: 1000, UntilReset: 20 * time.Minute, Window: time.Hour,
	}
	with := func(change func(*rules.Budget)) rules.Budget {
		changed := hourly
		change(&changed)
		return changed
	}
	const pace = 100 * time.Millisecond
	for _, test := range []struct {
		name   string
		calls  int
		budget rules.Budget
		want   time.Duration
	}{
		{"nothing to do", 0, hourly, 0},
		{"no budget known", 7000, rules.Budget{}, 700 * time.Second},
		{"within the window", 1500, hourly, 150 * time.Second},
		{"to the last call above the reserve", 2000, hourly, 200 * time.Second},
		{"one more call waits for the reset", 2001, hourly, 20*time.Minute + pace},
		{"through one full window", 6000, hourly, 20*time.Minute + 400*time.Second},
		{"across windows", 6001, hourly, 80*time.Minute + pace},
		{"across three windows", 2000 + 2*4000 + 10, hourly, 140*time.Minute + 10*pace},
		{"already below the reserve", 10, with(func(b *rules.Budget) { b.Remaining = 900 }), 20*time.Minute + 10*pace},
		{"the reset is overdue", 10, with(func(b *rules.Budget) { b.Remaining, b.UntilReset = 0, -time.Minute }), 10 * pace},
		{"slower than the budget", 2000 + 4000, with(func(b *rules.Budget) { b.UntilReset = time.Second }), 600 * time.Second},
		{"slower than the budget, across windows", 6001, with(func(b *rules.Budget) { b.UntilReset = time.Second }), 200*time.Second + time.Hour + pace},
		{"no reserve", 3000, with(func(b *rules.Budget) { b.Reserve = 0 }), 300 * time.Second},
		{"everything is reserved", 2001, with(func(b *rules.Budget) { b.Reserve = 5000 }), math.MaxInt64},
		{"everything is reserved, nothing to do", 0, with(func(b *rules.Budget) { b.Reserve = 5000 }), 0},
		{"unknown window", 2001, with(func(b *rules.Budget) { b.Window = 0 }), math.MaxInt64},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, rules.Estimate(test.calls, pace, test.budget))
		})
	}
}

// More calls never take less time, and no estimate is shorter than the calls themselves or the windows they need.
func TestEstimateGrows(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		budget := rules.Budget{
			Known: true, Limit: rapid.IntRange(1, 500).Draw(t, "limit"), Window: time.Hour,
			UntilReset: time.Duration(rapid.IntRange(-60, 3600).Draw(t, "until")) * time.Second,
		}
		budget.Remaining = rapid.IntRange(0, budget.Limit).Draw(t, "remaining")
		budget.Reserve = rapid.IntRange(0, budget.Limit-1).Draw(t, "reserve")
		pace := time.Duration(rapid.IntRange(0, 2000).Draw(t, "pace")) * time.Millisecond
		calls := rapid.IntRange(0, 2000).Draw(t, "calls")
		took := rules.Estimate(calls, pace, budget)
		require.GreaterOrEqual(t, rules.Estimate(calls+1, pace, budget), took)
		require.GreaterOrEqual(t, took, time.Duration(calls)*pace)
		perWindow := budget.Limit - budget.Reserve
		resets := max(calls-max(budget.Remaining-budget.Reserve, 0)+perWindow-1, 0) / perWindow
		if resets > 0 {
			require.GreaterOrEqual(t, took, max(budget.UntilReset, 0)+time.Duration(resets-1)*budget.Window)
		}
	})
}
