package accelo

import "context"

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

func laneOf(ctx context.Context) Lane {
	lane, _ := ctx.Value(laneKey{}).(Lane)
	return lane
}
