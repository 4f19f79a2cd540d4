package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"

	"ninjaone-accelo/internal/rules"
)

// changeBatch is how many changes one statement stores.
const changeBatch = 1000

// changeOrder is the order of an organization's changes.
var changeOrder = []rules.ChangeKind{rules.OrganizationChange, rules.ContactChange, rules.DeviceChange, rules.AlertChange}

// ClearChanges drops the plan of a run.
func (s *Store) ClearChanges(ctx context.Context, importID string) error {
	if _, err := s.pool.Exec(ctx, `DELETE FROM import_changes WHERE import_id = $1`, importID); err != nil {
		return fmt.Errorf("drop the import's plan: %w", err)
	}
	return nil
}

// AddChanges adds changes to the plan of a run. A change of the same record is replaced.
func (s *Store) AddChanges(ctx context.Context, importID string, changes []rules.Change) error {
	for batch := range slices.Chunk(changes, changeBatch) {
		if err := s.addChanges(ctx, importID, batch); err != nil {
			return fmt.Errorf("store %d planned changes: %w", len(batch), err)
		}
	}
	return nil
}

func (s *Store) addChanges(ctx context.Context, importID string, changes []rules.Change) error {
	count := len(changes)
	organizations, numbers, ranks := make([]int64, count), make([]int64, count), make([]int64, count)
	kinds, ids, actions, values := make([]string, count), make([]string, count), make([]string, count), make([]string, count)
	for i, change := range changes {
		data, err := json.Marshal(change)
		if err != nil {
			return fmt.Errorf("encode the change of %s %s: %w", change.Kind, change.NinjaID, err)
		}
		organizations[i], ranks[i], numbers[i] = changePosition(change)
		kinds[i], ids[i], actions[i], values[i] = string(change.Kind), change.NinjaID, string(change.Action), string(data)
	}
	_, err := s.pool.Exec(ctx, `INSERT INTO import_changes (import_id, organization_id, rank, number, kind, ninja_id, action, change)
		SELECT $1, c.organization_id, c.rank, c.number, c.kind, c.ninja_id, c.action, c.change::jsonb
		FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[])
			AS c(organization_id, rank, number, kind, ninja_id, action, change)
		ON CONFLICT (import_id, kind, ninja_id) DO UPDATE SET organization_id = EXCLUDED.organization_id, rank = EXCLUDED.rank,
			number = EXCLUDED.number, action = EXCLUDED.action, change = EXCLUDED.change`,
		importID, organizations, ranks, numbers, kinds, ids, actions, values)
	return err
}

// Changes returns at most limit changes of a run's plan, grouped by organization, that follow after; the zero Change stands for the
// start. It leaves out records that only change in our own database (rules.NoChange). The plan of a run that wrote to Accelo is dropped
// when the run ends; the plan of a plan when the next run begins.
func (s *Store) Changes(ctx context.Context, importID string, after rules.Change, limit int) ([]rules.Change, error) {
	return s.FindChanges(ctx, importID, ChangeQuery{}, after, limit)
}

// ChangeQuery selects changes of a plan. A zero field matches every change.
type ChangeQuery struct {
	// Text is the id of a record on either side, or part of its name, of its organization's name or of the reason.
	Text   string
	Action rules.Action
}

// FindChanges is Changes for those that a query selects.
func (s *Store) FindChanges(
	ctx context.Context, importID string, query ChangeQuery, after rules.Change, limit int,
) ([]rules.Change, error) {
	organization, rank, number := changePosition(after)
	rows, err := s.pool.Query(ctx, `SELECT change FROM import_changes WHERE import_id = $1 AND action <> $2
			AND (organization_id, rank, number, ninja_id) > ($3, $4, $5, $6)
			AND ($8 = '' OR action = $8) AND ($9 = '' OR ninja_id = $9 OR change ->> 'accelo_id' = $9 OR change ->> 'name' ILIKE $10
				OR change ->> 'organization' ILIKE $10 OR change ->> 'why' ILIKE $10)
		ORDER BY organization_id, rank, number, ninja_id LIMIT $7`,
		importID, rules.NoChange, organization, rank, number, after.NinjaID, limit, query.Action, query.Text, containing(query.Text))
	if err != nil {
		return nil, fmt.Errorf("read the import's plan: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (change rules.Change, err error) {
		var data []byte
		if err := row.Scan(&data); err != nil {
			return change, err
		}
		return change, json.Unmarshal(data, &change)
	})
}

// changePosition returns where a change stands in a plan. The zero Change comes before all others.
func changePosition(change rules.Change) (organization, rank, number int64) {
	rank = int64(slices.Index(changeOrder, change.Kind))
	if id, err := strconv.ParseInt(change.NinjaID, 10, 64); err == nil {
		number = id
	}
	return int64(change.OrganizationID), rank, number
}
