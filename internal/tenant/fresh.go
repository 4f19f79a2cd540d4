package tenant

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/store"
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
	// ReadLag is how long Accelo's reads may lack an object after a write to it, with a margin (accelo.md 10.4).
	ReadLag = 5 * time.Second
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

// LagError means that Accelo shows no object that we wrote a moment ago: its reads may lag behind, so that proves nothing yet.
type LagError struct {
	// Object names it, such as "company 1004".
	Object string
	// Until is when its absence counts.
	Until time.Time
}

// Error implements error.
func (e *LagError) Error() string {
	return e.Object + " was written a moment ago, and Accelo doesn't show it yet; looking again at " + e.Until.UTC().Format("15:04:05Z")
}

// AwaitSettled waits until the absence of a link's object counts, and reports whether it had to wait: then the caller looks again.
func AwaitSettled(ctx context.Context, c Connection, link store.Link) (waited bool, err error) {
	var lag *LagError
	if !errors.As(RequireSettled(c, link), &lag) {
		return false, nil
	}
	return true, WaitUntil(ctx, lag.Until)
}

// WaitUntil waits for a time, or returns why the context ended before.
func WaitUntil(ctx context.Context, at time.Time) error {
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// RequireSettled returns a *LagError if the object of a link was created, adopted or written so recently that Accelo may not show it yet.
func RequireSettled(c Connection, link store.Link) error {
	touched := link.CreatedAt
	if link.WrittenAt != nil && link.WrittenAt.After(touched) {
		touched = *link.WrittenAt
	}
	if time.Since(touched) >= c.readLag {
		return nil
	}
	return &LagError{Object: fmt.Sprintf("%s %d", c.Labels().For(link.Kind).Singular(), link.AcceloID), Until: touched.Add(c.readLag)}
}
