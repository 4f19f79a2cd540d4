package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"ninjaone-accelo/internal/rules"
)

// RecordKind is what sort of record a snapshot holds.
type RecordKind string

// The kinds of records that an import reads: three of NinjaOne, two of Accelo.
const (
	OrganizationRecord RecordKind = "organization"
	DeviceRecord       RecordKind = "device"
	AlertRecord        RecordKind = "alert"
	CompanyRecord      RecordKind = "company"
	AssetRecord        RecordKind = "asset"
)

// Record is one record of either vendor as an import read it.
type Record struct {
	ID string
	// ParentID is the organization of a device, the company of an asset.
	ParentID int64
	// Key is the name that the record is matched by.
	Key  string
	Data json.RawMessage
	// Outcome is what the import did with it; empty while there is something to do.
	Outcome rules.Outcome
	Error   string
}

// Stage adds records to a run's working set; one that is there already is replaced.
func (s *Store) StageRecords(ctx context.Context, importID string, kind RecordKind, records []Record) error {
	if len(records) == 0 {
		return nil
	}
	ids, numbers, parents := make([]string, len(records)), make([]int64, len(records)), make([]int64, len(records))
	keys, data := make([]string, len(records)), make([]string, len(records))
	for i, record := range records {
		ids[i], parents[i], keys[i], data[i] = record.ID, record.ParentID, record.Key, string(record.Data)
		if number, err := strconv.ParseInt(record.ID, 10, 64); err == nil {
			numbers[i] = number
		}
	}
	_, err := s.pool.Exec(ctx, `INSERT INTO snapshots (import_id, kind, id, number, parent_id, key, data)
		SELECT $1, $2, r.id, r.number, r.parent, r.key, r.data::jsonb
		FROM unnest($3::text[], $4::bigint[], $5::bigint[], $6::text[], $7::text[]) AS r(id, number, parent, key, data)
		ON CONFLICT (import_id, kind, id) DO UPDATE SET parent_id = EXCLUDED.parent_id, key = EXCLUDED.key, data = EXCLUDED.data`,
		importID, kind, ids, numbers, parents, keys, data)
	if err != nil {
		return fmt.Errorf("stage %d %s records: %w", len(records), kind, err)
	}
	return nil
}

const recordColumns = `id, parent_id, key, data, outcome, error`

// RecordsByID returns records of a run by their ids.
func (s *Store) RecordsByID(ctx context.Context, importID string, kind RecordKind, ids ...string) ([]Record, error) {
	return s.records(ctx, `import_id = $1 AND kind = $2 AND id = ANY($3) ORDER BY id`, importID, kind, ids)
}

// RecordsByKey returns records of a run by the name they are matched by.
func (s *Store) RecordsByKey(ctx context.Context, importID string, kind RecordKind, keys ...string) ([]Record, error) {
	return s.records(ctx, `import_id = $1 AND kind = $2 AND key = ANY($3) ORDER BY number`, importID, kind, keys)
}

// RecordsOf returns the records of a run that belong to a parent.
func (s *Store) RecordsByParent(ctx context.Context, importID string, kind RecordKind, parents ...int64) ([]Record, error) {
	return s.records(ctx, `import_id = $1 AND kind = $2 AND parent_id = ANY($3) ORDER BY number`, importID, kind, parents)
}

// RecordsAfter returns the next records of a run whose numeric ids follow after, at most limit of them.
func (s *Store) RecordsAfter(ctx context.Context, importID string, kind RecordKind, after int64, limit int) ([]Record, error) {
	return s.records(ctx, `import_id = $1 AND kind = $2 AND number > $3 ORDER BY number LIMIT $4`,
		importID, kind, after, limit)
}

func (s *Store) records(ctx context.Context, where string, arguments ...any) ([]Record, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+recordColumns+` FROM snapshots WHERE `+where, arguments...)
	if err != nil {
		return nil, fmt.Errorf("read the import's records: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Record])
}

// Outcome is what an import did with one record.
type RecordOutcome struct {
	ID      string
	Outcome rules.Outcome
	Error   string
}

// SetOutcomes records what became of records of a run.
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

// Tally is how many records of a kind met an outcome; an empty outcome means that they are still to be done.
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

// OutcomesOf counts the records of a kind that belong to a parent, by outcome.
func (s *Store) OutcomesByParent(ctx context.Context, importID string, kind RecordKind, parentID int64) ([]Tally, error) {
	rows, err := s.pool.Query(ctx, `SELECT kind, outcome, count(*) AS count FROM snapshots
		WHERE import_id = $1 AND kind = $2 AND parent_id = $3 GROUP BY kind, outcome`, importID, kind, parentID)
	if err != nil {
		return nil, fmt.Errorf("count the outcomes of %ss: %w", kind, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Tally])
}

// OrganizationWork is an organization with unfinished records: itself or some of its devices. Workflow histories contain its JSON.
type OrganizationWork struct {
	OrganizationID int    `json:"id"`
	Name           string `json:"name,omitempty"`
	// Devices counts its unfinished devices.
	Devices int `json:"devices,omitempty"`
}

// NextWork returns the next organizations, by id, that have records without an outcome.
func (s *Store) NextOrganizations(ctx context.Context, importID string, after, limit int) ([]OrganizationWork, error) {
	rows, err := s.pool.Query(ctx, `SELECT o.id::int AS organization_id, coalesce(o.data->>'name', '') AS name,
			(SELECT count(*) FROM snapshots d WHERE d.import_id = $1 AND d.kind = 'device'
				AND d.parent_id = o.number AND d.outcome = '')::int AS devices
		FROM snapshots o WHERE o.import_id = $1 AND o.kind = 'organization' AND o.number > $2
			AND (o.outcome = '' OR EXISTS (SELECT FROM snapshots d WHERE d.import_id = $1 AND d.kind = 'device'
				AND d.parent_id = o.number AND d.outcome = ''))
		ORDER BY o.number LIMIT $3`, importID, after, limit)
	if err != nil {
		return nil, fmt.Errorf("find the next organizations: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[OrganizationWork])
}
