package accelo

import "context"

// Lane says how a call shares Accelo's hourly budget.
type Lane int

const (
	// Urgent calls may use the whole budget: alert flows. It is the lane of a context that names none.
	Urgent Lane = iota
	// Bulk calls stop at the reserve and run few at a time: import and reconcile.
	Bulk
)

// String is "urgent" or "bulk".
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
