package rules

import (
	"math"
	"time"
)

// Budget is the state of Accelo's hourly budget of calls when an estimate begins.
type Budget struct {
	// Known is false before Accelo's first response. The estimate then assumes no limit.
	Known            bool
	Limit, Remaining int
	// Reserve is how many calls bulk work leaves for alerts.
	Reserve int
	// UntilReset is the rest of the current window, Window the length of each later one.
	UntilReset, Window time.Duration
}

// Estimate returns how long bulk work of so many calls takes, including its waits for the budget: when only the reserve is left, it waits
// for the next window. If the budget never allows bulk work, it returns the largest Duration.
func Estimate(calls int, perCall time.Duration, budget Budget) time.Duration {
	if !budget.Known {
		return time.Duration(calls) * perCall
	}
	perWindow := budget.Limit - budget.Reserve
	available, ends := max(budget.Remaining-budget.Reserve, 0), max(budget.UntilReset, 0)
	var elapsed time.Duration
	for calls > available {
		if perWindow <= 0 || budget.Window <= 0 {
			return math.MaxInt64 // the reserve is the whole budget
		}
		calls -= available
		elapsed = max(elapsed+time.Duration(available)*perCall, ends)
		available, ends = perWindow, elapsed+budget.Window
	}
	return elapsed + time.Duration(calls)*perCall
}
