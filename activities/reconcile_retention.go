package activities

import "context"

// ReconcileSweepInput asks to remove what is past its retention.
type ReconcileSweepInput struct {
	Connection string `json:"connection"`
	// Now begins a pass even if the last one was recent.
	Now bool `json:"now,omitempty"`
}

// ReconcileSweepResult says what was removed.
type ReconcileSweepResult struct {
	Removed int `json:"removed"`
	// More means that the next run continues.
	More bool `json:"more,omitempty"`
}

// ReconcileSweep removes ended alerts, incidents, imports, notes and audit entries that are past their retention from our own database. What it has
// removed stays removed if it is interrupted, and the next attempt continues there.
func (a *Activities) ReconcileSweep(ctx context.Context, in ReconcileSweepInput) (ReconcileSweepResult, error) {
	removed, more, err := a.reconciler.Sweep(ctx, in.Connection, in.Now)
	return ReconcileSweepResult{Removed: removed, More: more}, err
}
