package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// AlertSource is an answer of NinjaOne's that names alerts.
type AlertSource string

// The sources: the activity log, and the list of active alerts.
const (
	AlertLog  AlertSource = "log_named_at"
	AlertList AlertSource = "list_named_at"
)

// NameAlerts records which alerts a source still names, after they were compared with ours. The rows of those that have ended stay as long as
// it does: without its row, an alert counts as missed. A row that someone is changing right now is left to the next comparison.
func (s *Store) NameAlerts(ctx context.Context, connection string, source AlertSource, uids []string) error {
	batch := &pgx.Batch{}
	batch.Queue(ensureReconcileRow, connection)
	batch.Queue(`UPDATE reconciles SET log_named_at = CASE WHEN $2 = 'log_named_at' THEN now() ELSE log_named_at END,
		list_named_at = CASE WHEN $2 = 'list_named_at' THEN now() ELSE list_named_at END WHERE connection = $1`, connection, source)
	batch.Queue(`UPDATE alerts SET named_at = now() FROM (SELECT a.uid FROM alerts a WHERE a.connection = $1 AND a.uid = ANY($2)
			AND (a.state = 'reset' OR a.incident_id IS NULL) AND coalesce(a.named_at, '-infinity') < now() - interval '12 hours'
			ORDER BY a.uid FOR UPDATE SKIP LOCKED) named
		WHERE alerts.connection = $1 AND alerts.uid = named.uid`, connection, uids)
	if err := s.pool.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("record which alerts NinjaOne names: %w", err)
	}
	return nil
}
