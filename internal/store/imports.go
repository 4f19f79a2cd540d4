package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"ninjaone-accelo/internal/rules"
)

// Import is one run of an import workflow.
type Import struct {
	ID         string
	Connection string
	WorkflowID string
	Plan       bool
	// The selection says what it brings in.
	rules.Selection
	Phase string
	Calls
	Result     json.RawMessage
	StartedAt  time.Time
	FinishedAt *time.Time
}

// Calls counts API calls. AcceloMillis is the total time Accelo took to answer.
type Calls struct {
	NinjaoneCalls, AcceloCalls, AcceloWrites, AcceloMillis int64
}

const importColumns = `id, connection, workflow_id, plan, records, organizations, phase, ninjaone_calls, accelo_calls, accelo_writes, accelo_millis,
	result, started_at, finished_at`

// BeginImport records that a run began; it is idempotent. It drops the working sets that failed runs of the same workflow left behind:
// only one runs at a time.
func (s *Store) BeginImport(ctx context.Context, run Import) error {
	_, err := s.pool.Exec(ctx, `INSERT INTO imports (id, connection, workflow_id, plan, records, organizations)
		VALUES ($1, $2, $3, $4, coalesce($5, '{}'::text[]), coalesce($6, '{}'::bigint[]))
		ON CONFLICT (id) DO NOTHING`, run.ID, run.Connection, run.WorkflowID, run.Plan, run.Records, run.Organizations)
	if err != nil {
		return fmt.Errorf("begin import: %w", err)
	}
	_, err = s.pool.Exec(ctx, `WITH earlier AS (SELECT id FROM imports WHERE connection = $1 AND workflow_id = $2 AND id <> $3),
			changes AS (DELETE FROM import_changes USING earlier WHERE import_id = earlier.id)
		DELETE FROM snapshots USING earlier WHERE import_id = earlier.id`, run.Connection, run.WorkflowID, run.ID)
	if err != nil {
		return fmt.Errorf("drop the working sets of earlier imports: %w", err)
	}
	return nil
}

// SetPhase records the current phase of a run.
func (s *Store) SetPhase(ctx context.Context, id, phase string) error {
	_, err := s.pool.Exec(ctx, `UPDATE imports SET phase = $2 WHERE id = $1`, id, phase)
	return err
}

// AddCalls adds to a run's call counts.
func (s *Store) AddCalls(ctx context.Context, id string, calls Calls) error {
	_, err := s.pool.Exec(ctx, `UPDATE imports SET ninjaone_calls = ninjaone_calls + $2, accelo_calls = accelo_calls + $3,
		accelo_writes = accelo_writes + $4, accelo_millis = accelo_millis + $5 WHERE id = $1`,
		id, calls.NinjaoneCalls, calls.AcceloCalls, calls.AcceloWrites, calls.AcceloMillis)
	return err
}

// Import returns a run, or ErrNotFound.
func (s *Store) Import(ctx context.Context, id string) (Import, error) {
	return s.oneImport(ctx, `WHERE id = $1`, id)
}

// LastImport returns the last finished full import of a connection, or ErrNotFound. It leaves out plans, and imports of chosen records.
func (s *Store) LastImport(ctx context.Context, connection, workflowID string) (Import, error) {
	return s.oneImport(ctx, `WHERE connection = $1 AND workflow_id = $2 AND NOT plan AND finished_at IS NOT NULL
		AND cardinality(records) = 0 AND cardinality(organizations) = 0 ORDER BY finished_at DESC LIMIT 1`, connection, workflowID)
}

func (s *Store) oneImport(ctx context.Context, where string, arguments ...any) (Import, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+importColumns+` FROM imports `+where, arguments...)
	if err != nil {
		return Import{}, fmt.Errorf("read import: %w", err)
	}
	run, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Import])
	if errors.Is(err, pgx.ErrNoRows) {
		return Import{}, ErrNotFound
	}
	return run, err
}

// FinishImport stores a run's result and drops its working set. The changes of a plan stay until the next run begins.
func (s *Store) FinishImport(ctx context.Context, id string, result json.RawMessage) error {
	return s.inTransaction(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE imports SET result = $2, phase = 'done', finished_at = now() WHERE id = $1`,
			id, result); err != nil {
			return fmt.Errorf("finish import: %w", err)
		}
		_, err := tx.Exec(ctx, `WITH changes AS (DELETE FROM import_changes USING imports
				WHERE import_id = $1 AND imports.id = $1 AND NOT plan)
			DELETE FROM snapshots WHERE import_id = $1`, id)
		if err != nil {
			return fmt.Errorf("drop the import's working set: %w", err)
		}
		return nil
	})
}

// Progress is the progress of a run.
type Progress struct {
	Phase       string
	AcceloCalls int64
	Done, Total int
}

// Progress returns the progress of a run, or ErrNotFound. Done counts the records that have an outcome.
func (s *Store) Progress(ctx context.Context, id string) (Progress, error) {
	rows, err := s.pool.Query(ctx, `SELECT i.phase, i.accelo_calls,
			count(r.id) FILTER (WHERE r.outcome <> '')::int AS done, count(r.id)::int AS total
		FROM imports i LEFT JOIN snapshots r ON r.import_id = i.id AND r.kind IN ('organization', 'device', 'alert')
		WHERE i.id = $1 GROUP BY i.id`, id)
	if err != nil {
		return Progress{}, fmt.Errorf("read the import's progress: %w", err)
	}
	progress, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Progress])
	if errors.Is(err, pgx.ErrNoRows) {
		return Progress{}, ErrNotFound
	}
	return progress, err
}

// WasImported reports whether a full import of a connection has finished. Plans don't count, nor do imports of chosen records.
func (s *Store) WasImported(ctx context.Context, connection, workflowID string) (bool, error) {
	_, err := s.LastImport(ctx, connection, workflowID)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}
