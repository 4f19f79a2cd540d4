package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Retired is a connection that was removed. Its rows are gone.
type Retired struct {
	Name string
	// PairNumber is the number of its last pair.
	PairNumber int64 `db:"pair"`
	RetiredAt  time.Time
}

// retireConnection removes a connection with all of its rows, and stores what that leaves to be done.
const retireConnection = `WITH gone AS (DELETE FROM connections WHERE name = $1 RETURNING *), left_behind AS (` + leaveBehind + `)
	INSERT INTO retired_connections (name, pair, version) SELECT name, pair, version FROM gone
	ON CONFLICT (name) DO UPDATE SET pair = EXCLUDED.pair, version = EXCLUDED.version, retired_at = clock_timestamp(), done_at = NULL`

// RetireConnection removes a connection: every row that belongs to it, whatever its table. It returns ErrNotFound if there is no such
// connection. Statements of its flows either commit before or fail with ErrFormerPair.
func (s *Store) RetireConnection(ctx context.Context, name string) error {
	tag, err := s.pool.Exec(ctx, retireConnection, name)
	if err == nil && tag.RowsAffected() == 0 {
		return ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("remove connection %s: %w", name, err)
	}
	return nil
}

// RetiredConnections returns the removed connections for which something may still run in Temporal, by name.
// For ten minutes another process, which still knew the connection, may start something.
func (s *Store) RetiredConnections(ctx context.Context) ([]Retired, error) {
	rows, err := s.pool.Query(ctx, `SELECT name, pair, retired_at FROM retired_connections r
		WHERE NOT EXISTS (SELECT FROM connections c WHERE c.name = r.name) 
			AND (done_at IS NULL OR done_at < retired_at + interval '10 minutes') ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("read the removed connections: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Retired])
}

// MarkRetired records that nothing runs in Temporal any more for a removed connection.
func (s *Store) MarkRetired(ctx context.Context, retired Retired) error {
	_, err := s.pool.Exec(ctx, `UPDATE retired_connections SET done_at = clock_timestamp() WHERE name = $1 AND pair = $2`,
		retired.Name, retired.PairNumber)
	if err != nil {
		return fmt.Errorf("record that connection %s has ended: %w", retired.Name, err)
	}
	return nil
}
