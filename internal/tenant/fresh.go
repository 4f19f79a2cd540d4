package tenant

import (
	"context"
	"time"

	"ninjaone-accelo/clients/accelo"
)

// Snapshots only nominate work (design.md rule 4). A writer reads the record right before, decides again, and is bound by
// these ages.
const (
	// MaxReadAge is how long after a record was read a write that was decided by it may still be sent.
	MaxReadAge = 30 * time.Second
	// MaxEvidenceAge is how old the knowledge may be that Accelo has no object yet which a create would duplicate.
	MaxEvidenceAge = time.Minute
	// MaxClockSkew is how far Accelo's clock may be behind our database's when a search looks for an object that carries a mark.
	MaxClockSkew = time.Hour
	// ClockTolerance is the same for objects without a mark: what else was created in that time is suspected too.
	ClockTolerance = 5 * time.Minute
)

// BeginUpdate begins the update of a record: it is read, decided about and written with the returned context. The calls follow each other
// without waiting for other work, and a write fails that would be sent later than MaxReadAge after now. A worker that was frozen in between
// therefore overwrites nothing that someone changed meanwhile: the next attempt reads again. End is called when the update is done.
func BeginUpdate(ctx context.Context, c Connection) (update context.Context, end func(), err error) {
	update, end, err = c.Accelo.Reserve(ctx)
	if err != nil {
		return nil, nil, err
	}
	return accelo.WithDeadlineGuard(update, time.Now().Add(MaxReadAge)), end, nil
}
