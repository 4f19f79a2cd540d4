package tenant

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/clients/admission"
	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/bulkhead"
	"ninjaone-accelo/internal/store"
)

// place is what has a share of calls of its own. The address is part of it, so that a corrected one starts afresh.
type place struct {
	connection string
	vendor     store.Vendor
	address    string
	lane       accelo.Lane
}

// bulkheads are the shares of this process (design.md rule 9).
type bulkheads struct {
	now    func() time.Time
	report func(at place, hangs bool)

	mu     sync.Mutex
	shares map[place]*bulkhead.Share
}

func newBulkheads(now func() time.Time, report func(place, bool)) *bulkheads {
	return &bulkheads{now: now, report: report, shares: map[place]*bulkhead.Share{}}
}

func (b *bulkheads) share(at place) *bulkhead.Share {
	b.mu.Lock()
	defer b.mu.Unlock()
	share, ok := b.shares[at]
	if !ok {
		share = bulkhead.NewShare(b.now, func(hangs bool) { b.report(at, hangs) })
		b.shares[at] = share
	}
	return share
}

// gate returns what admits the calls of a connection's client. The lane of each call decides about its share.
func (b *bulkheads) gate(connection string, vendor store.Vendor, address string) admission.Gate {
	return func(ctx context.Context) (func(error), error) {
		leave, err := b.share(place{connection, vendor, address, accelo.LaneOf(ctx)}).Enter()
		if err != nil {
			return nil, err
		}
		return func(err error) { leave(endOf(ctx, err)) }, nil
	}
}

// endOf tells how a call ended that was made with a context.
func endOf(ctx context.Context, err error) bulkhead.End {
	var acceloReply *accelo.APIError
	var ninjaReply *ninjaone.APIError
	var budget *accelo.BudgetError
	var ended *EndedGrantError
	switch {
	case errors.As(err, &budget), errors.As(err, &ended), errors.Is(err, accelo.ErrStale), errors.Is(err, store.ErrGrantBusy): // the vendor wasn't asked
		return bulkhead.Abandoned
	case err == nil,
		errors.As(err, &acceloReply) && acceloReply.StatusCode < http.StatusInternalServerError,
		errors.As(err, &ninjaReply) && ninjaReply.StatusCode < http.StatusInternalServerError:
		return bulkhead.Answered
	case ctx.Err() != nil:
		return bulkhead.Abandoned
	}
	return bulkhead.Unanswered
}

// reportHanging logs when a vendor begins to hang, and when it answers again.
func (p *Provider) reportHanging(at place, hangs bool) {
	logger := p.options.Logger.With("connection", at.connection, "vendor", string(at.vendor), "lane", at.lane.String())
	if hangs {
		logger.Warn("the vendor leaves calls without an answer: it is called once in a while until it answers")
		return
	}
	logger.Info("the vendor answers again")
}
