package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// ReconcileState is how far a connection has been reconciled.
type ReconcileState struct {
	// StartCursor is the newest activity at the time the connection was set up.
	StartCursor int64 `db:"began"`
	// Cursor is the activity up to which everything is durable, 0 before the first run. CursorTime is when that activity happened,
	// CursorCheckedAt when we last knew that nothing newer was missing.
	Cursor          int64      `db:"mark"`
	CursorTime      *time.Time `db:"marked_time"`
	CursorCheckedAt *time.Time `db:"marked_at"`
	// RequestCursor is the newest change of a request that was compared, by Accelo's clock.
	RequestCursor *time.Time `db:"requests_seen"`
	// DeletionScanAt is when we last looked for deleted devices and organizations.
	DeletionScanAt *time.Time `db:"swept_at"`
	// WebhookRegisteredAt is when NinjaOne's webhook was last registered.
	WebhookRegisteredAt *time.Time `db:"registered_at"`
	// WebhookSilence counts the events that were missed since the last delivered one.
	WebhookSilence int `db:"silence"`
	// WebhookReplacedAt is when it was registered again because its events had not come, within a day of the last such time, and WebhookGivenUpAt
	// when that no longer helped; nil while it is maintained.
	WebhookReplacedAt []time.Time `db:"replaced_at"`
	WebhookGivenUpAt  *time.Time  `db:"given_up_at"`
	// PendingApproval is nil unless a mass change is waiting for approval.
	PendingApproval *PendingApproval `db:"brake"`
	// LastResult is the result of the last run, as JSON.
	LastResult json.RawMessage `db:"last"`
}

// ReconcileState returns how far a connection has been reconciled. It is the zero value if the pair was never reconciled.
func (s *Store) ReconcileState(ctx context.Context, connection string) (ReconcileState, error) {
	rows, err := s.pool.Query(ctx, `SELECT r.began, r.mark, r.marked_time, r.marked_at, r.requests_seen, r.swept_at, r.registered_at,
			r.silence, r.replaced_at, r.given_up_at, r.brake, r.last
		FROM reconciles r WHERE r.connection = $1`, connection)
	if err != nil {
		return ReconcileState{}, fmt.Errorf("read the reconcile state of %s: %w", connection, err)
	}
	state, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[ReconcileState])
	if errors.Is(err, pgx.ErrNoRows) {
		return ReconcileState{}, nil
	}
	if err != nil {
		return ReconcileState{}, fmt.Errorf("read the reconcile state of %s: %w", connection, err)
	}
	return state, nil
}

// ensureReconcileRow creates a connection's row. Earlier versions compare the address in it.
const ensureReconcileRow = `INSERT INTO reconciles AS r (connection, ninjaone_url) SELECT name, ninjaone_url FROM connections WHERE name = $1
	ON CONFLICT (connection) DO UPDATE SET ninjaone_url = EXCLUDED.ninjaone_url WHERE r.ninjaone_url <> EXCLUDED.ninjaone_url`

func (s *Store) updateReconcile(ctx context.Context, connection, set string, arguments ...any) error {
	err := s.inTransaction(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, ensureReconcileRow, connection); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE reconciles SET updated_at = now(), `+set+` WHERE connection = $1`, append([]any{connection}, arguments...)...)
		return err
	})
	if err != nil {
		return fmt.Errorf("save the reconcile state of %s: %w", connection, err)
	}
	return nil
}

// InitCursor sets the cursor of a connection that has none. Earlier activities are left to the import.
func (s *Store) InitCursor(ctx context.Context, connection string, cursor int64, now time.Time) error {
	return s.updateReconcile(ctx, connection, `marked_at = coalesce(marked_at, $3), began = CASE WHEN mark = 0 THEN $2 ELSE began END,
		mark = CASE WHEN mark = 0 THEN $2 ELSE mark END`, cursor, now)
}

// AdvanceCursor moves the cursor to an activity up to which everything is durable. It never moves back. Happened is the activity's time,
// checked the time at which nothing newer was missing.
func (s *Store) AdvanceCursor(ctx context.Context, connection string, cursor int64, happened, checked time.Time) error {
	return s.updateReconcile(ctx, connection, `marked_at = greatest(marked_at, $4),
		marked_time = CASE WHEN mark < $2 THEN $3 ELSE marked_time END, mark = greatest(mark, $2)`, cursor, happened, checked)
}

// AdvanceRequestCursor records the newest change of a request that was compared. It never moves back.
func (s *Store) AdvanceRequestCursor(ctx context.Context, connection string, changed time.Time) error {
	return s.updateReconcile(ctx, connection, `requests_seen = greatest(requests_seen, $2)`, changed)
}

// MarkDeletionScan records when deleted devices and organizations were last looked for.
func (s *Store) MarkDeletionScan(ctx context.Context, connection string, at time.Time) error {
	return s.updateReconcile(ctx, connection, `swept_at = $2`, at)
}

// MarkWebhookRegistered records when NinjaOne's webhook was registered.
func (s *Store) MarkWebhookRegistered(ctx context.Context, connection string, at time.Time) error {
	return s.updateReconcile(ctx, connection, `registered_at = $2, given_up_at = NULL`, at)
}

// MarkWebhookReplaced records when NinjaOne's webhook was registered again because its events had not come.
func (s *Store) MarkWebhookReplaced(ctx context.Context, connection string, at time.Time) error {
	return s.updateReconcile(ctx, connection, `registered_at = $2, given_up_at = NULL, replaced_at =
		ARRAY (SELECT earlier FROM unnest(replaced_at) earlier WHERE earlier > $2::timestamptz - interval '1 day' ORDER BY earlier) || $2::timestamptz`, at)
}

// MarkWebhookChosen records that a user has registered NinjaOne's webhook, which makes what happened before irrelevant.
func (s *Store) MarkWebhookChosen(ctx context.Context, connection string, at time.Time) error {
	return s.updateReconcile(ctx, connection, `registered_at = $2, given_up_at = NULL, silence = 0, replaced_at = '{}'`, at)
}

// CountWebhookSilence records how many events were missed since the last delivered one. None means that the webhook works.
func (s *Store) CountWebhookSilence(ctx context.Context, connection string, missed int) error {
	return s.updateReconcile(ctx, connection, `silence = $2, given_up_at = CASE WHEN $2 > 0 THEN given_up_at END`, missed)
}

// GiveUpWebhook records that registering NinjaOne's webhook again does not help.
func (s *Store) GiveUpWebhook(ctx context.Context, connection string, at time.Time) error {
	return s.updateReconcile(ctx, connection, `given_up_at = coalesce(given_up_at, $2)`, at)
}

// SaveReconcileResult stores the result of a run.
func (s *Store) SaveReconcileResult(ctx context.Context, connection string, result json.RawMessage) error {
	return s.updateReconcile(ctx, connection, `last = $2`, result)
}
