package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// What history_counts counts, so that nobody has to count it: it grows with every alert.
const (
	resetAlerts    = "reset alerts"
	alertLinks     = "alert links"
	testAlertLinks = "test alert links"
)

// historyCounts returns how many rows of history a connection has, by what they are.
func (s *Store) historyCounts(ctx context.Context, connection string) (map[string]int, error) {
	rows, err := s.pool.Query(ctx, `SELECT what, sum(change)::int FROM history_counts WHERE connection = $1 GROUP BY what`, connection)
	if err != nil {
		return nil, fmt.Errorf("read how many alerts there are: %w", err)
	}
	defer rows.Close()
	counts := map[string]int{}
	for rows.Next() {
		var what string
		var count int
		if err := rows.Scan(&what, &count); err != nil {
			return nil, fmt.Errorf("read how many alerts there are: %w", err)
		}
		counts[what] = count
	}
	return counts, rows.Err()
}

// compactCounts replaces the changes of a connection's counts by their sums. Those of transactions that are still open stay.
func compactCounts(ctx context.Context, tx pgx.Tx, connection string) error {
	_, err := tx.Exec(ctx, `WITH changes AS (DELETE FROM history_counts WHERE connection = $1 RETURNING what, change)
		INSERT INTO history_counts (connection, what, change) SELECT $1, what, sum(change) FROM changes GROUP BY what`, connection)
	return err
}
