package reconcile

import (
	"cmp"
	"context"
	"time"

	"ninjaone-accelo/internal/store"
)

const (
	// defaultRetention is that of interface.md 2.
	defaultRetention = 400 * 24 * time.Hour
	// maxSweepBatches bounds how much one run removes. The next one continues where it stopped.
	maxSweepBatches = 60
	// sweepPause is how long after a complete pass the next one begins.
	sweepPause = time.Hour
)

// Sweep removes what is past its retention and owes nothing. It calls no vendor. It works in short transactions, and stops between them if the
// context ends, or after a bounded number; the next run continues there. It returns how many rows it removed, and whether there is more to look at.
// With now, it doesn't wait for the next pass to be due.
func (r *Reconciler) Sweep(ctx context.Context, connection string, now bool) (removed int, more bool, err error) {
	options, err := r.Tenants.Options(ctx, connection)
	if err != nil {
		return 0, false, err
	}
	sweep := store.Sweep{
		Connection: connection, Retention: cmp.Or(r.Retention, defaultRetention), ReopenWindow: options.AlertReopenWindow, Pause: sweepPause,
	}
	if now {
		sweep.Pause = 0
	}
	for range maxSweepBatches {
		if err := ctx.Err(); err != nil {
			return removed, true, err
		}
		swept, err := r.Store.SweepBatch(ctx, sweep)
		if err != nil {
			return removed, true, err
		}
		if removed += swept.Removed; swept.Done {
			return removed, false, nil
		}
	}
	return removed, true, nil
}
