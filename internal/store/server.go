package store

import (
	"context"
	"fmt"
	"time"
)

// Server is what the database says about itself.
type Server struct {
	Version string `json:"version"`
	// SchemaVersion is the number of the last migration.
	SchemaVersion int64     `json:"schema_version"`
	Time          time.Time `json:"time"`
}

// Server returns what the database says about itself.
func (s *Store) Server(ctx context.Context) (server Server, err error) {
	err = s.pool.QueryRow(ctx, `SELECT current_setting('server_version'), (SELECT max(version_id) FROM goose_db_version WHERE is_applied),
		clock_timestamp()`).Scan(&server.Version, &server.SchemaVersion, &server.Time)
	if err != nil {
		return server, fmt.Errorf("ask the database about itself: %w", err)
	}
	return server, nil
}
