package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"ninjaone-accelo/internal/rules"
)

// RecordOutcome is what an import did with one record. Error explains a failure or an ambiguous match.
type RecordOutcome struct {
	ID      string
	Outcome rules.Outcome
	Error   string
}

// SetOutcomes stores the outcomes of records of a run.
func (s *Store) SetOutcomes(ctx context.Context, importID string, kind RecordKind, outcomes []RecordOutcome) error {
	if len(outcomes) == 0 {
		return nil
	}
	ids, results, problems := make([]string, len(outcomes)), make([]string, len(outcomes)), make([]string, len(outcomes))
	for i, outcome := range outcomes {
		ids[i], results[i], problems[i] = outcome.ID, string(outcome.Outcome), storable(outcome.Error)
	}
	_, err := s.pool.Exec(ctx, `UPDATE snapshots SET outcome = o.outcome, error = o.error
		FROM unnest($3::text[], $4::text[], $5::text[]) AS o(id, outcome, error)
		WHERE snapshots.import_id = $1 AND snapshots.kind = $2 AND snapshots.id = o.id`, importID, kind, ids, results, problems)
	if err != nil {
		return fmt.Errorf("record the outcome of %d %s records: %w", len(outcomes), kind, err)
	}
	return nil
}

// Tally is how many records of a kind have an outcome; an empty outcome counts unfinished records.
type Tally struct {
	Kind    RecordKind
	Outcome rules.Outcome
	Count   int
}

// Tallies counts a run's NinjaOne records by kind and outcome.
func (s *Store) Tallies(ctx context.Context, importID string) ([]Tally, error) {
	rows, err := s.pool.Query(ctx, `SELECT kind, outcome, count(*) AS count FROM snapshots
		WHERE import_id = $1 AND kind IN ('organization', 'device', 'alert') GROUP BY kind, outcome`, importID)
	if err != nil {
		return nil, fmt.Errorf("count the import's outcomes: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Tally])
}

// OutcomesByParent counts the records of a kind that belong to a parent, by outcome.
func (s *Store) OutcomesByParent(ctx context.Context, importID string, kind RecordKind, parentID int64) ([]Tally, error) {
	rows, err := s.pool.Query(ctx, `SELECT kind, outcome, count(*) AS count FROM snapshots
		WHERE import_id = $1 AND kind = $2 AND parent_id = $3 GROUP BY kind, outcome`, importID, kind, parentID)
	if err != nil {
		return nil, fmt.Errorf("count the outcomes of %ss: %w", kind, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Tally])
}

// FailOrganization records that an organization failed, together with its unfinished devices.
func (s *Store) FailOrganization(ctx context.Context, importID string, organizationID int, reason string) error {
	_, err := s.pool.Exec(ctx, `UPDATE snapshots SET outcome = 'failed', error = $3 WHERE import_id = $1 AND
		(kind = 'organization' AND number = $2 OR kind = 'device' AND parent_id = $2 AND outcome = '')`,
		importID, organizationID, storable(reason))
	if err != nil {
		return fmt.Errorf("record that organization %d failed: %w", organizationID, err)
	}
	return nil
}

// SkipOrganization records that an organization is switched off, together with its unfinished devices.
func (s *Store) SkipOrganization(ctx context.Context, importID string, organizationID int) error {
	_, err := s.pool.Exec(ctx, `UPDATE snapshots SET outcome = $3, error = '' WHERE import_id = $1 AND
		(kind = 'organization' AND number = $2 OR kind = 'device' AND parent_id = $2 AND outcome = '')`,
		importID, organizationID, rules.SwitchedOff)
	if err != nil {
		return fmt.Errorf("record that organization %d is switched off: %w", organizationID, err)
	}
	return nil
}

// FailUnprocessed records that all records without an outcome failed.
func (s *Store) FailUnprocessed(ctx context.Context, importID, reason string) error {
	_, err := s.pool.Exec(ctx, `UPDATE snapshots SET outcome = 'failed', error = $2
		WHERE import_id = $1 AND kind IN ('organization', 'device', 'alert') AND outcome = ''`, importID, storable(reason))
	if err != nil {
		return fmt.Errorf("record that unfinished records failed: %w", err)
	}
	return nil
}

// ImportProblem is a record that failed or whose match was ambiguous. Error explains it.
type ImportProblem struct {
	Kind    RecordKind
	ID      string
	Name    string
	Outcome rules.Outcome
	Error   string
}

// ImportProblems returns at most limit records of a run that failed or whose match was ambiguous, organizations first.
func (s *Store) ImportProblems(ctx context.Context, importID string, limit int) ([]ImportProblem, error) {
	rows, err := s.pool.Query(ctx, `SELECT kind, id, outcome, error,
			coalesce(nullif(data->>'name', ''), nullif(data->>'system_name', ''), data->>'display_name', '') AS name
		FROM snapshots WHERE import_id = $1 AND kind IN ('organization', 'device', 'alert') AND error <> ''
		ORDER BY kind DESC, number LIMIT $2`, importID, limit)
	if err != nil {
		return nil, fmt.Errorf("read the import's problems: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[ImportProblem])
}
