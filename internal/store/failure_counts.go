package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// FailureCount is the number of failed records of a kind in a connection.
type FailureCount struct {
	Connection string
	Kind       Kind
	Records    int
}

// CountFailures counts the failed organizations, devices and alerts of every connection, including those that have none.
func (s *Store) CountFailures(ctx context.Context) ([]FailureCount, error) {
	rows, err := s.pool.Query(ctx, `SELECT c.name AS connection, k.kind, count(f.ninja_id) AS records
		FROM connections c CROSS JOIN unnest($1::text[]) AS k(kind)
		LEFT JOIN failures f ON f.connection = c.name AND f.kind = k.kind
		GROUP BY c.name, k.kind ORDER BY c.name, k.kind`, []Kind{Organizations, Devices, Alerts})
	if err != nil {
		return nil, fmt.Errorf("count failures: %w", err)
	}
	counts, err := pgx.CollectRows(rows, pgx.RowToStructByName[FailureCount])
	if err != nil {
		return nil, fmt.Errorf("count failures: %w", err)
	}
	return counts, nil
}
