package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// DifferenceWhat says how a list of NinjaOne and our rows disagree.
type DifferenceWhat string

// The ways to disagree.
const (
	// Missing means that an alert is active, or a record linked, and NinjaOne doesn't list it.
	Missing DifferenceWhat = "missing"
	// Listed means that an alert was reset, and NinjaOne lists it as active.
	Listed DifferenceWhat = "listed"
)

// Difference is a record about which a list and our rows disagree. Its times are those of checks, which compare everything once.
type Difference struct {
	ID   string         `db:"ninja_id"`
	What DifferenceWhat `db:"what"`
	// Since is the first check that found it.
	Since time.Time
	// LookedAt is the last check that looked at the record itself. AgreedAt is the first one of those that agreed with the list, unless
	// a later one contradicted it.
	LookedAt, AgreedAt *time.Time
	// ApprovedAt is when a user approved the change, and DecidedAt when it was decided.
	ApprovedAt, DecidedAt *time.Time
}

// SyncDifferences replaces the differences of a kind by those that a check found. What is known about those that persist stays. It
// returns all of them by id.
func (s *Store) SyncDifferences(
	ctx context.Context, connection string, kind Kind, found map[string]DifferenceWhat, check time.Time,
) (map[string]Difference, error) {
	ids, whats := make([]string, 0, len(found)), make([]string, 0, len(found))
	for id, what := range found {
		ids, whats = append(ids, id), append(whats, string(what))
	}
	var list []Difference
	batch := &pgx.Batch{}
	batch.Queue(`DELETE FROM differences d WHERE connection = $1 AND kind = $2
		AND NOT EXISTS (SELECT FROM unnest($3::text[], $4::text[]) AS f (id, what) WHERE f.id = d.ninja_id AND f.what = d.what)`,
		connection, kind, ids, whats)
	batch.Queue(`INSERT INTO differences (connection, kind, ninja_id, what, since)
		SELECT $1, $2, f.id, f.what, $5 FROM unnest($3::text[], $4::text[]) AS f (id, what) ON CONFLICT DO NOTHING`,
		connection, kind, ids, whats, check)
	batch.Queue(`SELECT ninja_id, what, since, looked_at, agreed_at, approved_at, decided_at FROM differences
		WHERE connection = $1 AND kind = $2`, connection, kind).Query(func(rows pgx.Rows) (err error) {
		list, err = pgx.CollectRows(rows, pgx.RowToStructByName[Difference])
		return err
	})
	if err := s.pool.SendBatch(ctx, batch).Close(); err != nil {
		return nil, fmt.Errorf("save the differences of %ss: %w", kind, err)
	}
	differences := make(map[string]Difference, len(list))
	for _, each := range list {
		differences[each.ID] = each
	}
	return differences, nil
}

// Looks says what a check saw when it looked at records themselves.
type Looks struct {
	// Agreed are the ids of records that are what the list says, Contradicted those that aren't. Undecided could not be looked at, or
	// say neither.
	Agreed, Contradicted, Undecided []string
}

// SaveLooks stores what a check saw.
func (s *Store) SaveLooks(ctx context.Context, connection string, kind Kind, looks Looks, check time.Time) error {
	batch := &pgx.Batch{}
	for _, look := range []struct {
		ids []string
		set string
	}{
		{looks.Agreed, `agreed_at = coalesce(agreed_at, $4)`},
		{looks.Contradicted, `agreed_at = NULL, held_at = NULL, shown_at = NULL, approved_at = NULL`},
		{looks.Undecided, `agreed_at = agreed_at`},
	} {
		if len(look.ids) > 0 {
			batch.Queue(`UPDATE differences SET looked_at = $4, `+look.set+` WHERE connection = $1 AND kind = $2 AND ninja_id = ANY($3)`,
				connection, kind, look.ids, check)
		}
	}
	if err := s.pool.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("save what was seen of %ss: %w", kind, err)
	}
	return nil
}

// Conclude records that changes were decided without an event of NinjaOne's, and counts them for the brake. A change that was decided
// before counts once.
func (s *Store) Conclude(ctx context.Context, connection string, kind Kind, ids []string) error {
	_, err := s.pool.Exec(ctx, `WITH decided AS (
			UPDATE differences SET decided_at = now() WHERE connection = $1 AND kind = $2 AND ninja_id = ANY($3) AND decided_at IS NULL
			RETURNING ninja_id, approved_at IS NOT NULL AS approved
		), old AS (DELETE FROM conclusions WHERE connection = $1 AND at < now() - interval '2 days')
		INSERT INTO conclusions (connection, kind, ninja_id, approved) SELECT $1, $2, ninja_id, approved FROM decided`, connection, kind, ids)
	if err != nil {
		return fmt.Errorf("record what was concluded about %ss: %w", kind, err)
	}
	return nil
}

// Conclusions counts the changes of a kind that were concluded in the last 24 hours, with or without approval.
func (s *Store) Conclusions(ctx context.Context, connection string, kind Kind) (count int, err error) {
	err = s.pool.QueryRow(ctx, `SELECT count(*) FROM conclusions WHERE connection = $1 AND kind = $2
		AND at > now() - interval '24 hours'`, connection, kind).Scan(&count)
	if err != nil {
		return 0, fmt.Errorf("count what was concluded about %ss: %w", kind, err)
	}
	return count, nil
}
