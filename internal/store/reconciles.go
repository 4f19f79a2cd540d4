package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Reconcile is how far a connection has been reconciled.
type ReconcileState struct {
	// Began is where the log ended when the connection was set up.
	StartCursor int64 `db:"began"`
	// Mark is the newest activity up to which everything is durable, 0 before the first run; MarkedTime is when it
	// happened, MarkedAt when we last knew that nothing newer was missing.
	Cursor          int64      `db:"mark"`
	CursorTime      *time.Time `db:"marked_time"`
	CursorCheckedAt *time.Time `db:"marked_at"`
	// RequestsSeen is the newest change of a request that was compared, by Accelo's clock.
	RequestCursor *time.Time `db:"requests_seen"`
	// SweptAt is when we last looked for deleted devices and organizations.
	DeletionScanAt *time.Time `db:"swept_at"`
	// RegisteredAt is when NinjaOne's webhook was last made.
	WebhookRegisteredAt *time.Time       `db:"registered_at"`
	PendingApproval     *PendingApproval `db:"brake"`
	// Last is the result of the last run, as it is reported.
	LastResult json.RawMessage `db:"last"`
}

// Brake is a mass change that waits until a person approves it (design rule 9).
type PendingApproval struct {
	WorkflowID string    `json:"workflow_id"`
	RunID      string    `json:"run_id"`
	Reason     string    `json:"reason"`
	Since      time.Time `json:"since"`
	// Seen is when the run that waits last looked.
	CheckedAt time.Time `json:"seen"`
}

// Reconcile returns how far a connection has been reconciled; the zero value where it never was, or where the connection
// points to another tenant since.
func (s *Store) ReconcileState(ctx context.Context, connection string) (ReconcileState, error) {
	rows, err := s.pool.Query(ctx, `SELECT r.began, r.mark, r.marked_time, r.marked_at, r.requests_seen, r.swept_at, r.registered_at, r.brake, r.last
		FROM reconciles r JOIN connections c ON c.name = r.connection AND c.ninjaone_url = r.ninjaone_url WHERE r.connection = $1`, connection)
	if err != nil {
		return ReconcileState{}, fmt.Errorf("read how far %s is reconciled: %w", connection, err)
	}
	state, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[ReconcileState])
	if errors.Is(err, pgx.ErrNoRows) {
		return ReconcileState{}, nil
	}
	if err != nil {
		return ReconcileState{}, fmt.Errorf("read how far %s is reconciled: %w", connection, err)
	}
	return state, nil
}

// reconcileRow makes sure of a connection's row, and empties that of another tenant.
const reconcileRow = `INSERT INTO reconciles AS r (connection, ninjaone_url) SELECT name, ninjaone_url FROM connections WHERE name = $1
	ON CONFLICT (connection) DO UPDATE SET ninjaone_url = EXCLUDED.ninjaone_url, began = 0, mark = 0, marked_time = NULL, marked_at = NULL,
		swept_at = NULL, registered_at = NULL, brake = NULL, last = NULL WHERE r.ninjaone_url <> EXCLUDED.ninjaone_url`

func (s *Store) updateReconcile(ctx context.Context, connection, set string, arguments ...any) error {
	err := s.inTransaction(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, reconcileRow, connection); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE reconciles SET updated_at = now(), `+set+` WHERE connection = $1`, append([]any{connection}, arguments...)...)
		return err
	})
	if err != nil {
		return fmt.Errorf("store how far %s is reconciled: %w", connection, err)
	}
	return nil
}

// Begin sets the mark of a connection that has none: what happened before is the business of the import.
func (s *Store) InitCursor(ctx context.Context, connection string, mark int64, now time.Time) error {
	return s.updateReconcile(ctx, connection, `marked_at = coalesce(marked_at, $3), began = CASE WHEN mark = 0 THEN $2 ELSE began END,
		mark = CASE WHEN mark = 0 THEN $2 ELSE mark END`, mark, now)
}

// Raise moves the mark to an activity up to which everything is durable, never back.
func (s *Store) AdvanceCursor(ctx context.Context, connection string, mark int64, happened, known time.Time) error {
	return s.updateReconcile(ctx, connection, `marked_at = greatest(marked_at, $4),
		marked_time = CASE WHEN mark < $2 THEN $3 ELSE marked_time END, mark = greatest(mark, $2)`, mark, happened, known)
}

// AdvanceRequestCursor records the newest change of a request that was compared.
func (s *Store) AdvanceRequestCursor(ctx context.Context, connection string, seen time.Time) error {
	return s.updateReconcile(ctx, connection, `requests_seen = greatest(requests_seen, $2)`, seen)
}

// Swept records that deleted devices and organizations were looked for.
func (s *Store) MarkDeletionScan(ctx context.Context, connection string, at time.Time) error {
	return s.updateReconcile(ctx, connection, `swept_at = $2`, at)
}

// Registered records that NinjaOne's webhook was made.
func (s *Store) MarkWebhookRegistered(ctx context.Context, connection string, at time.Time) error {
	return s.updateReconcile(ctx, connection, `registered_at = $2`, at)
}

// Hold puts the brake on for a run, unless another run has it on and has looked after stale. It tells which run has it now.
func (s *Store) RequestApproval(ctx context.Context, connection string, brake PendingApproval, stale time.Time) (PendingApproval, error) {
	err := s.updateReconcile(ctx, connection, `brake = CASE WHEN brake IS NULL THEN $2::jsonb
			WHEN brake->>'run_id' = $3 THEN $2::jsonb || jsonb_build_object('since', brake->'since')
			WHEN (brake->>'seen')::timestamptz < $4 THEN $2::jsonb ELSE brake END`, brake, brake.RunID, stale)
	if err != nil {
		return PendingApproval{}, err
	}
	state, err := s.ReconcileState(ctx, connection)
	if err != nil || state.PendingApproval == nil {
		return brake, err
	}
	return *state.PendingApproval, nil
}

// Release takes the brake off that a run has put on.
func (s *Store) ClearApproval(ctx context.Context, connection, runID string) error {
	return s.updateReconcile(ctx, connection, `brake = CASE WHEN brake->>'run_id' = $2 THEN NULL ELSE brake END`, runID)
}

// Reconciled stores the result of a run.
func (s *Store) SaveReconcileResult(ctx context.Context, connection string, result json.RawMessage) error {
	return s.updateReconcile(ctx, connection, `last = $2`, result)
}
