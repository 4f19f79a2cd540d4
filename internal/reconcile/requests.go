package reconcile

import (
	"context"
	"fmt"
	"time"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// requestReadLag is how long Accelo may still show a request as open after we closed it, with a margin (accelo.md 10.4).
const requestReadLag = 10 * time.Second

// ChangedRequests are requests whose standing isn't what we know.
type ChangedRequests struct {
	IDs []int64
	// Cursor is the newest change that was compared, by Accelo's clock: everything up to it is known once these are followed.
	Cursor time.Time
}

// ChangedRequests reads the requests that changed since the last comparison, in pages and without their bodies, and returns those of
// ours whose standing isn't what we know. Ours are known by their ids, because technicians move requests to other types. The cost
// depends on how much changed, not on how many requests exist (accelo.md 7.3).
func (r *Reconciler) ChangedRequests(ctx context.Context, connection string) (ChangedRequests, error) {
	changed := ChangedRequests{IDs: []int64{}}
	c, err := r.Tenants.Ready(ctx, connection)
	if err != nil {
		return changed, err
	}
	since, err := r.requestCursor(ctx, connection)
	if err != nil || since.IsZero() {
		return changed, err
	}
	changed.Cursor = since
	query := accelo.RequestQuery{ModifiedAfter: since.Add(-logOverlap), WithoutBody: true}
	for page, err := range c.Accelo.Requests(ctx, query) {
		if err != nil {
			return changed, fmt.Errorf("read the changed %s: %w", c.Labels().Request.Plural(), err)
		}
		if err := r.compareRequests(ctx, c, page, &changed); err != nil {
			return changed, err
		}
	}
	return changed, nil
}

// requestCursor returns the time of the last comparison; before the first one, that of our first request.
func (r *Reconciler) requestCursor(ctx context.Context, connection string) (time.Time, error) {
	state, err := r.Store.ReconcileState(ctx, connection)
	if err != nil {
		return time.Time{}, err
	}
	if state.RequestCursor != nil {
		return *state.RequestCursor, nil
	}
	return r.Store.OldestIncident(ctx, connection)
}

func (r *Reconciler) compareRequests(ctx context.Context, c tenant.Connection, page []accelo.Request, changed *ChangedRequests) error {
	ids, now := make([]int64, len(page)), time.Now()
	for i, request := range page {
		ids[i] = int64(request.ID)
		// A time in the future would hide all changes until then. If Accelo's clock is ahead of ours, the cursor stays that far behind it.
		if modified := request.Modified.Time; modified.After(changed.Cursor) && !modified.After(now) {
			changed.Cursor = modified
		}
	}
	tracked, err := r.Store.IncidentsByRequest(ctx, c.Name, ids)
	if err != nil {
		return err
	}
	var incidents []int64
	for _, request := range page {
		if known, ours := tracked[int64(request.ID)]; ours && hasChanged(c, known, request) {
			changed.IDs = append(changed.IDs, int64(request.ID))
			incidents = append(incidents, known.ID)
		}
	}
	if len(incidents) == 0 {
		return nil
	}
	return r.Store.OweFollow(ctx, incidents)
}

// hasChanged reports whether a request's standing isn't what we know. A change that we are making ourselves doesn't count.
func hasChanged(c tenant.Connection, known store.TrackedRequest, request accelo.Request) bool {
	switch request.Standing {
	case "": // it can't be read
		return false
	case accelo.StandingClosed:
		return known.State == store.IncidentOpen || known.State == store.IncidentClosed && known.ClosedAt != nil && known.Active > 0
	case accelo.StandingConverted:
		return known.State != store.IncidentConverted || known.ConversionID != int64(request.ConversionID) ||
			known.Active > 0 && c.Options.OnConvert != rules.OnConvertKeep
	}
	return known.State == store.IncidentConverted ||
		known.State == store.IncidentClosed && known.ClosedAt != nil && time.Since(*known.ClosedAt) > requestReadLag
}
