package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"ninjaone-accelo/internal/rules"
)

// NextAlerts returns the next alerts of a run, by uid, that have no outcome.
func (s *Store) NextAlerts(ctx context.Context, importID, after string, limit int) ([]Record, error) {
	return s.records(ctx, `import_id = $1 AND kind = 'alert' AND outcome = '' AND id > $2 ORDER BY id LIMIT $3`, importID, after, limit)
}

// FailOrganization records that an organization could not be imported, and with it all its devices that are still to do.
func (s *Store) FailOrganization(ctx context.Context, importID string, organizationID int, reason string) error {
	_, err := s.pool.Exec(ctx, `UPDATE snapshots SET outcome = 'failed', error = $3 WHERE import_id = $1 AND
		(kind = 'organization' AND number = $2 OR kind = 'device' AND parent_id = $2 AND outcome = '')`,
		importID, organizationID, storable(reason))
	if err != nil {
		return fmt.Errorf("record that organization %d failed: %w", organizationID, err)
	}
	return nil
}

// FailUnreached records that the records without an outcome were not reached.
func (s *Store) FailUnprocessed(ctx context.Context, importID, reason string) error {
	_, err := s.pool.Exec(ctx, `UPDATE snapshots SET outcome = 'failed', error = $2
		WHERE import_id = $1 AND kind IN ('organization', 'device', 'alert') AND outcome = ''`, importID, storable(reason))
	if err != nil {
		return fmt.Errorf("record what was not reached: %w", err)
	}
	return nil
}

// Orphans returns the devices whose organization is not part of the run.
func (s *Store) OrphanDevices(ctx context.Context, importID string) ([]Record, error) {
	return s.records(ctx, `import_id = $1 AND kind = 'device' AND NOT EXISTS (SELECT FROM snapshots o
		WHERE o.import_id = $1 AND o.kind = 'organization' AND o.number = snapshots.parent_id) ORDER BY number`, importID)
}

// Remark is a record of a run with something to say about it.
type ImportProblem struct {
	Kind    RecordKind
	ID      string
	Name    string
	Outcome rules.Outcome
	Error   string
}

// Remarks returns the records of a run that failed or whose match was ambiguous, organizations first, at most limit of them.
func (s *Store) ImportProblems(ctx context.Context, importID string, limit int) ([]ImportProblem, error) {
	rows, err := s.pool.Query(ctx, `SELECT kind, id, outcome, error,
			coalesce(nullif(data->>'name', ''), nullif(data->>'system_name', ''), data->>'display_name', '') AS name
		FROM snapshots WHERE import_id = $1 AND kind IN ('organization', 'device', 'alert') AND error <> ''
		ORDER BY kind DESC, number LIMIT $2`, importID, limit)
	if err != nil {
		return nil, fmt.Errorf("read the import's failures: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[ImportProblem])
}

// CountOutcome counts the records of a kind that met an outcome.
func (s *Store) CountOutcome(ctx context.Context, importID string, kind RecordKind, outcome rules.Outcome) (count int, err error) {
	err = s.pool.QueryRow(ctx, `SELECT count(*) FROM snapshots WHERE import_id = $1 AND kind = $2 AND outcome = $3`,
		importID, kind, outcome).Scan(&count)
	return count, err
}
