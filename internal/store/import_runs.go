package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// RecentImports returns the last runs of an import workflow, plans and unfinished runs included, the newest first.
func (s *Store) RecentImports(ctx context.Context, connection, workflowID string, limit int) ([]Import, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+importColumns+` FROM imports WHERE connection = $1 AND workflow_id = $2
		ORDER BY started_at DESC, id DESC LIMIT $3`, connection, workflowID, limit)
	if err != nil {
		return nil, fmt.Errorf("read the imports of %s: %w", connection, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Import])
}
