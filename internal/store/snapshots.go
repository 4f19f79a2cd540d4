package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"ninjaone-accelo/internal/rules"
)

// RecordKind is the kind of a staged record.
type RecordKind string

// The kinds of records that an import reads: three from NinjaOne, two from Accelo.
const (
	OrganizationRecord RecordKind = "organization"
	DeviceRecord       RecordKind = "device"
	AlertRecord        RecordKind = "alert"
	CompanyRecord      RecordKind = "company"
	AssetRecord        RecordKind = "asset"
)

// Record is one record of either vendor, as an import read it.
type Record struct {
	ID string
	// ParentID is the organization of a device or the company of an asset.
	ParentID int64
	// Key is the name used to match the record.
	Key  string
	Data json.RawMessage
	// Outcome is what the import did with the record; empty until then.
	Outcome rules.Outcome
	Error   string
}

// StageRecords adds records to a run's working set or replaces them.
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

// RecordsByKey returns records of a run by their match name.
func (s *Store) RecordsByKey(ctx context.Context, importID string, kind RecordKind, keys ...string) ([]Record, error) {
	return s.records(ctx, `import_id = $1 AND kind = $2 AND key = ANY($3) ORDER BY number`, importID, kind, keys)
}

// RecordsByParent returns the records of a run that belong to the given parents.
func (s *Store) RecordsByParent(ctx context.Context, importID string, kind RecordKind, parents ...int64) ([]Record, error) {
	return s.records(ctx, `import_id = $1 AND kind = $2 AND parent_id = ANY($3) ORDER BY number`, importID, kind, parents)
}

// RecordsAfter returns at most limit records of a run with a numeric id greater than after, by id.
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

// OrganizationWork is an organization with unfinished records: itself or some of its devices. Workflow histories contain its JSON.
type OrganizationWork struct {
	OrganizationID int    `json:"id"`
	Name           string `json:"name,omitempty"`
	// Devices counts its unfinished devices.
	Devices int `json:"devices,omitempty"`
}

// NextOrganizations returns at most limit organizations, by id, that have records without an outcome and follow after.
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

// Alerts returns at most limit alerts of a run, by uid, that follow after.
func (s *Store) Alerts(ctx context.Context, importID, after string, limit int) ([]Record, error) {
	return s.records(ctx, `import_id = $1 AND kind = 'alert' AND id > $2 ORDER BY id LIMIT $3`, importID, after, limit)
}

// NextAlerts returns at most limit alerts of a run, by uid, that have no outcome and follow after.
func (s *Store) NextAlerts(ctx context.Context, importID, after string, limit int) ([]Record, error) {
	return s.records(ctx, `import_id = $1 AND kind = 'alert' AND outcome = '' AND id > $2 ORDER BY id LIMIT $3`, importID, after, limit)
}

// OrphanDevices returns the devices of a run whose organization NinjaOne did not list.
func (s *Store) OrphanDevices(ctx context.Context, importID string) ([]Record, error) {
	return s.records(ctx, `import_id = $1 AND kind = 'device' AND NOT EXISTS (SELECT FROM snapshots o
		WHERE o.import_id = $1 AND o.kind = 'organization' AND o.number = snapshots.parent_id) ORDER BY number`, importID)
}
