package tenant

import (
	"context"
	"time"

	"ninjaone-accelo/clients/accelo"
)

// Snapshots only nominate work (design.md rule 4). Whoever writes reads the record right before, decides again, and is bound by
// these ages.
const (
	// MaxReadAge is how long after a record was read a write that was decided by it may still be sent.
	MaxReadAge = 30 * time.Second
	// MaxEvidenceAge is how old the knowledge may be that Accelo has no object yet which a create would duplicate.
	MaxEvidenceAge = time.Minute
)

// GuardRead keeps writes made with the returned context from being sent later than MaxReadAge after their record was read. A
// worker that was frozen in between therefore overwrites nothing that someone changed meanwhile: the write fails, and the next
// attempt reads again.
func GuardRead(ctx context.Context, readAt time.Time) context.Context {
	return accelo.WithDeadlineGuard(ctx, readAt.Add(MaxReadAge))
}
