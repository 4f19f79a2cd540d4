package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// PendingApproval is a mass change that waits until a user approves it (design.md rule 8).
type PendingApproval struct {
	WorkflowID string    `json:"workflow_id"`
	RunID      string    `json:"run_id"`
	Reason     string    `json:"reason"`
	Since      time.Time `json:"since"`
	// CheckedAt is when the waiting run last checked whether the change is still needed.
	CheckedAt time.Time `json:"seen"`
	// ShownAt is when the changes below could be read. An approval covers what was shown by then and nothing else.
	ShownAt time.Time `json:"shown,omitzero"`
	// ApprovedAt is the ShownAt of the last approval that the waiting run has carried out.
	ApprovedAt time.Time `json:"approved,omitzero"`
	// Changes are the records that would change, at most maxShown of them; Count is how many there are.
	Changes []HeldChange `json:"changes,omitempty"`
	Count   int          `json:"count,omitempty"`
}

// First returns the first n of the changes.
func (p PendingApproval) First(n int) []HeldChange { return p.Changes[:min(n, len(p.Changes))] }

// Beyond returns how many changes there are beyond the first n.
func (p PendingApproval) Beyond(n int) int { return max(p.Count-n, 0) }

// HeldChange names a record whose change needs approval.
type HeldChange struct {
	Kind Kind   `json:"kind"`
	ID   string `json:"ninja_id"`
}

// maxShown is how many of the changes are named one by one.
const maxShown = 200

// Hold records which changes of a kind a check leaves to a user. Others of that kind no longer wait.
func (s *Store) Hold(ctx context.Context, connection string, kind Kind, ids []string, check time.Time) error {
	batch := &pgx.Batch{}
	batch.Queue(`UPDATE differences SET held_at = NULL, shown_at = NULL WHERE connection = $1 AND kind = $2 AND held_at IS NOT NULL
		AND approved_at IS NULL AND NOT ninja_id = ANY(coalesce($3::text[], '{}'))`, connection, kind, ids)
	batch.Queue(`UPDATE differences SET held_at = $4 WHERE connection = $1 AND kind = $2 AND ninja_id = ANY($3)`, connection, kind, ids, check)
	if err := s.pool.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("hold changes of %ss: %w", kind, err)
	}
	return nil
}

// RequestApproval records that a run waits for approval of what its check held, unless another run is waiting and has checked since
// stale. It returns the approval that is pending now; the run that waits keeps its Since.
func (s *Store) RequestApproval(
	ctx context.Context, connection string, approval PendingApproval, check, stale time.Time,
) (pending PendingApproval, err error) {
	err = s.inTransaction(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, ensureReconcileRow, connection); err != nil {
			return err
		}
		err := tx.QueryRow(ctx, `UPDATE reconciles SET updated_at = now(), brake = CASE WHEN brake IS NULL THEN $2::jsonb
				WHEN brake->>'run_id' = $3 THEN $2::jsonb || jsonb_build_object('since', brake->'since')
				WHEN (brake->>'seen')::timestamptz < $4 THEN $2::jsonb ELSE brake END WHERE connection = $1 RETURNING brake`,
			connection, approval, approval.RunID, stale).Scan(&pending)
		if err != nil || pending.RunID != approval.RunID {
			return err
		}
		return show(ctx, tx, connection, check, &pending)
	})
	if err != nil {
		return PendingApproval{}, fmt.Errorf("request approval for %s: %w", connection, err)
	}
	return pending, nil
}

// show records which changes the pending approval names.
func show(ctx context.Context, tx pgx.Tx, connection string, check time.Time, pending *PendingApproval) error {
	rows, err := tx.Query(ctx, `UPDATE differences SET shown_at = coalesce(shown_at, now()) WHERE connection = $1 AND held_at = $2
		RETURNING kind, ninja_id AS id`, connection, check)
	if err != nil {
		return err
	}
	if pending.Changes, err = pgx.CollectRows(rows, pgx.RowToStructByName[HeldChange]); err != nil {
		return err
	}
	slices.SortFunc(pending.Changes, func(a, b HeldChange) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(len(a.ID), len(b.ID)), cmp.Compare(a.ID, b.ID))
	})
	pending.Count = len(pending.Changes)
	pending.Changes = pending.Changes[:min(pending.Count, maxShown)]
	if err := tx.QueryRow(ctx, `SELECT now()`).Scan(&pending.ShownAt); err != nil {
		return err
	}
	data, err := json.Marshal(pending)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE reconciles SET brake = $2 WHERE connection = $1`, connection, data)
	return err
}

// Approve records that a user approved the changes that were shown by a time. What has been found since waits for its own approval.
func (s *Store) Approve(ctx context.Context, connection string, shown time.Time) error {
	_, err := s.pool.Exec(ctx, `UPDATE differences SET approved_at = now() WHERE connection = $1 AND shown_at <= $2 AND approved_at IS NULL`,
		connection, shown)
	if err != nil {
		return fmt.Errorf("approve what was shown for %s: %w", connection, err)
	}
	return nil
}

// ClearApproval ends a run's wait for approval.
func (s *Store) ClearApproval(ctx context.Context, connection, runID string) error {
	return s.updateReconcile(ctx, connection, `brake = CASE WHEN brake->>'run_id' = $2 THEN NULL ELSE brake END`, runID)
}
