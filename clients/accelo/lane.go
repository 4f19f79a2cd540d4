package accelo

import (
	"context"
	"sync/atomic"
)

// Lane determines how a call shares Accelo's hourly budget.
type Lane int

const (
	// Urgent calls may use the whole budget. It is the lane of a context without one, as in the alert flows.
	Urgent Lane = iota
	// Bulk calls leave the reserve untouched and run only a few at a time, as in the import and the reconciliation.
	Bulk
)

// String returns "urgent" or "bulk".
func (l Lane) String() string {
	if l == Bulk {
		return "bulk"
	}
	return "urgent"
}

type laneKey struct{}

// WithLane puts the calls made with the returned context on a lane.
func WithLane(ctx context.Context, lane Lane) context.Context {
	return context.WithValue(ctx, laneKey{}, lane)
}

// LaneOf returns the lane of the calls made with a context.
func LaneOf(ctx context.Context) Lane {
	lane, _ := ctx.Value(laneKey{}).(Lane)
	return lane
}

// AdmitsBulk returns the *BudgetError that a call with this context would get now if it is on the Bulk lane; nil on the Urgent lane.
func (c *Client) AdmitsBulk(ctx context.Context) error {
	if LaneOf(ctx) != Bulk {
		return nil
	}
	c.budget.mu.Lock()
	defer c.budget.mu.Unlock()
	return c.budget.check(Bulk)
}

type slotKey struct{}

// slot is a slot of a client's Bulk lane that several calls use one after another.
type slot struct {
	client *Client
	free   atomic.Bool
}

// Reserve waits for a slot of the Bulk lane and keeps it for the calls made with the returned context, one after another, until release is
// called: a write then follows the read that decided it at once, instead of waiting behind other work while the read grows old. A caller that has
// a slot must not wait for others that need one. On the Urgent lane, which is unlimited, there is nothing to reserve.
func (c *Client) Reserve(ctx context.Context) (reserved context.Context, release func(), err error) {
	if LaneOf(ctx) != Bulk || c.holdsSlot(ctx) {
		return ctx, func() {}, nil
	}
	if err := c.bulk.Acquire(ctx, 1); err != nil {
		return nil, nil, contextError(ctx)
	}
	held := &slot{client: c}
	return context.WithValue(ctx, slotKey{}, held), func() {
		if held.free.CompareAndSwap(false, true) {
			c.bulk.Release(1)
		}
	}, nil
}

func (c *Client) holdsSlot(ctx context.Context) bool {
	held, _ := ctx.Value(slotKey{}).(*slot)
	return held != nil && held.client == c && !held.free.Load()
}
