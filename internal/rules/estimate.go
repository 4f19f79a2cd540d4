package rules

import (
	"math"
	"time"
)

// Budget is Accelo's hourly budget of calls as it stands when an estimate begins.
type Budget struct {
	// Known is false before the first reply; then no limit is assumed.
	Known            bool
	Limit, Remaining int
	// Reserve is how many calls bulk work leaves to alerts.
	Reserve int
	// UntilReset is how long the current window lasts, Window how long each one after it.
	UntilReset, Window time.Duration
}

// Estimate is how long bulk work of so many calls takes, at each calls' own pace and with the waits that the budget imposes:
// at the reserve it stops, and goes on in the next window.
func Estimate(calls int, perCall time.Duration, budget Budget) time.Duration {
	if !budget.Known {
		return time.Duration(calls) * perCall
	}
	perWindow := budget.Limit - budget.Reserve
	available, ends := max(budget.Remaining-budget.Reserve, 0), max(budget.UntilReset, 0)
	var elapsed time.Duration
	for calls > available {
		if perWindow <= 0 || budget.Window <= 0 {
			return math.MaxInt64 // nothing is ever left for bulk work
		}
		calls -= available
		elapsed = max(elapsed+time.Duration(available)*perCall, ends)
		available, ends = perWindow, elapsed+budget.Window
	}
	return elapsed + time.Duration(calls)*perCall
}
