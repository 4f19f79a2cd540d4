package reconcile

import (
	"context"
	"fmt"
	"time"

	"ninjaone-accelo/internal/store"
)

// Check is one comparison of everything with NinjaOne.
type Check struct {
	Connection string
	// At identifies the check by the time at which it began: what two checks saw are two looks.
	At time.Time
	// Now looks at everything at once. Otherwise what stays doubtful is looked at less and less often.
	Now bool
	// Approved is when the user who approved could read what is held; zero if nobody approved.
	Approved time.Time
}

// NewCheck returns a check that began at a time. The database keeps microseconds.
func NewCheck(connection string, at time.Time) Check {
	if at.IsZero() {
		at = time.Now()
	}
	return Check{Connection: connection, At: at.UTC().Truncate(time.Microsecond)}
}

// The brake: a change of more than approvalCount records and more than approvalShare of them within a day needs approval (design.md
// rule 8).
const (
	approvalCount = 10
	approvalShare = 0.2
)

// needsApproval returns why a change of count out of total records needs approval, or "" if it doesn't. Today is how many have changed
// in the last 24 hours. They count as well, even those that were approved: an approval is for what was shown, and not for more of it.
func needsApproval(count, today, total int, what, done string) string {
	all := count + today
	if count == 0 || all <= approvalCount || float64(all) <= approvalShare*float64(total+today) {
		return ""
	}
	reason := fmt.Sprintf("%d of %d %s", count, total, what)
	if today > 0 {
		reason += fmt.Sprintf(" (%d more %s in the last 24 hours)", today, done)
	}
	return reason
}

// brake is what needs approval if it is too large.
type brake struct {
	kind store.Kind
	// waiting are the records that would change without an event of NinjaOne's, and total how many there are.
	waiting []string
	total   int
	// what and done say what happened to them in NinjaOne, and to others of their kind here.
	what, done string
}

// hold returns why changes need approval, and records which ones do.
func (r *Reconciler) hold(ctx context.Context, check Check, b brake) (string, error) {
	today, err := r.Store.Conclusions(ctx, check.Connection, b.kind)
	if err != nil {
		return "", err
	}
	reason := needsApproval(len(b.waiting), today, b.total, b.what, b.done)
	if reason == "" {
		b.waiting = nil
	}
	return reason, r.Store.Hold(ctx, check.Connection, b.kind, b.waiting, check.At)
}

// approve stores what a user approved before this check, if anyone did.
func (r *Reconciler) approve(ctx context.Context, check Check) error {
	if check.Approved.IsZero() {
		return nil
	}
	return r.Store.Approve(ctx, check.Connection, check.Approved)
}
