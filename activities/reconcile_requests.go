package activities

import (
	"context"
	"fmt"
	"time"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// lateRead is how long Accelo may go on showing a request as open after our own close, amply (contract accelo 10.4).
const lateRead = 10 * time.Second

// AcceloReadChangedRequestsInput asks which requests people changed without our hearing of it.
type AcceloReadChangedRequestsInput struct {
	Connection string `json:"connection"`
}

// AcceloReadChangedRequestsResult are those requests.
type AcceloReadChangedRequestsResult struct {
	RequestIDs []int64 `json:"request_ids"`
	// Seen is the newest change that was compared, by Accelo's clock: everything up to it is known once these are followed.
	Seen     time.Time     `json:"seen,omitzero"`
	APICalls flow.APICalls `json:"api_calls,omitzero"`
}

// AcceloReadChangedRequests reads, in pages and without their bodies, the requests of our type that changed since the last
// comparison, and tells whose standing is not what we take it for. What it costs depends on how much changed, and not on how
// many requests there are (contract accelo 7.3).
func (a *Activities) AcceloReadChangedRequests(
	ctx context.Context, in AcceloReadChangedRequestsInput,
) (AcceloReadChangedRequestsResult, error) {
	result, err := a.readChangedRequests(accelo.WithLane(ctx, accelo.Bulk), in)
	result.APICalls = apiCalls(ctx)
	return result, err
}

func (a *Activities) readChangedRequests(ctx context.Context, in AcceloReadChangedRequestsInput) (AcceloReadChangedRequestsResult, error) {
	result := AcceloReadChangedRequestsResult{RequestIDs: []int64{}}
	c, err := a.tenants.Ready(ctx, in.Connection)
	if err != nil {
		return result, err
	}
	since, err := a.comparedUntil(ctx, in.Connection)
	if err != nil || since.IsZero() || c.Settings.RequestType.ID == 0 {
		return result, err
	}
	result.Seen = since
	query := accelo.RequestQuery{
		TypeID: accelo.ID(c.Settings.RequestType.ID), ModifiedAfter: since.Add(-overlap), WithoutBody: true,
	}
	for page, err := range c.Accelo.Requests(ctx, query) {
		if err != nil {
			return result, fmt.Errorf("read the %s that changed: %w", c.Labels().Request.Plural(), err)
		}
		if err := a.compareRequests(ctx, in.Connection, page, &result); err != nil {
			return result, err
		}
	}
	return result, nil
}

// comparedUntil is since when changes are to be looked for: the first time, since the first request.
func (a *Activities) comparedUntil(ctx context.Context, connection string) (time.Time, error) {
	state, err := a.store.ReconcileState(ctx, connection)
	if err != nil {
		return time.Time{}, err
	}
	if state.RequestCursor != nil {
		return *state.RequestCursor, nil
	}
	return a.store.OldestIncident(ctx, connection)
}

func (a *Activities) compareRequests(ctx context.Context, connection string, page []accelo.Request, result *AcceloReadChangedRequestsResult) error {
	ids := make([]int64, len(page))
	for i, request := range page {
		ids[i] = int64(request.ID)
		if modified := request.Modified.Time; modified.After(result.Seen) {
			result.Seen = modified
		}
	}
	known, err := a.store.IncidentsByRequest(ctx, connection, ids)
	if err != nil {
		return err
	}
	for _, request := range page {
		if pursued, ours := known[int64(request.ID)]; ours && a.differs(pursued, request) {
			result.RequestIDs = append(result.RequestIDs, int64(request.ID))
		}
	}
	return nil
}

// differs tells whether a request stands otherwise than we know. What we are just changing ourselves does not count.
func (a *Activities) differs(pursued store.TrackedRequest, request accelo.Request) bool {
	switch request.Standing {
	case accelo.StandingClosed:
		return pursued.State == store.IncidentOpen || pursued.State == store.IncidentClosed && pursued.ClosedAt != nil && pursued.Active > 0
	case accelo.StandingConverted:
		return pursued.State != store.IncidentConverted || pursued.ConversionID != int64(request.ConversionID) ||
			pursued.Active > 0 && a.options.OnConvert != rules.OnConvertKeep
	}
	return pursued.State == store.IncidentClosed && pursued.ClosedAt != nil && time.Since(*pursued.ClosedAt) > lateRead
}

// ReconcileSeenInput tells how far requests have been compared.
type ReconcileSeenInput struct {
	Connection string    `json:"connection"`
	Seen       time.Time `json:"seen"`
}

// ReconcileSeen records it. It is a local activity.
func (a *Activities) ReconcileSeen(ctx context.Context, in ReconcileSeenInput) error {
	return a.store.AdvanceRequestCursor(ctx, in.Connection, in.Seen)
}
