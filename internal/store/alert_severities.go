package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// AlertSeverity is what the activity log says about an alert that a list names without a severity.
type AlertSeverity struct {
	UID string
	// Answered means that the log was read. If it doesn't say either, Severity and Priority are empty.
	Answered           bool
	Severity, Priority string
	// AskedAt is when we first asked.
	AskedAt time.Time
}

// AlertSeverities returns what is known about the given alerts, by uid. Alerts that we never asked about are left out.
func (s *Store) AlertSeverities(ctx context.Context, connection string, uids []string) (map[string]AlertSeverity, error) {
	rows, err := s.pool.Query(ctx, `SELECT uid, answered, severity, priority, asked_at FROM alert_severities
		WHERE connection = $1 AND uid = ANY($2)`, connection, uids)
	if err != nil {
		return nil, fmt.Errorf("read severities: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[AlertSeverity])
	if err != nil {
		return nil, fmt.Errorf("read severities: %w", err)
	}
	known := make(map[string]AlertSeverity, len(list))
	for _, severity := range list {
		known[severity.UID] = severity
	}
	return known, nil
}

// SaveAlertSeverities stores answers, and since when alerts without an answer have been asked about. An answer is never lost.
func (s *Store) SaveAlertSeverities(ctx context.Context, connection string, severities []AlertSeverity) error {
	batch := &pgx.Batch{}
	for _, each := range severities {
		batch.Queue(`INSERT INTO alert_severities AS a (connection, uid, answered, severity, priority) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (connection, uid) DO UPDATE SET answered = true, severity = EXCLUDED.severity, priority = EXCLUDED.priority
				WHERE EXCLUDED.answered`, connection, each.UID, each.Answered, each.Severity, each.Priority)
	}
	if err := s.pool.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("save severities: %w", err)
	}
	return nil
}

// ForgetAlertSeverities removes the alerts that no list has named for a month. One list may lack them by mistake, and by then the log
// may no longer know them.
func (s *Store) ForgetAlertSeverities(ctx context.Context, connection string, listed []string) error {
	batch := &pgx.Batch{}
	batch.Queue(`UPDATE alert_severities SET listed_at = now() WHERE connection = $1 AND uid = ANY($2) AND listed_at < now() - interval '1 day'`,
		connection, listed)
	batch.Queue(`DELETE FROM alert_severities WHERE connection = $1 AND listed_at < now() - interval '30 days'`, connection)
	if err := s.pool.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("forget severities: %w", err)
	}
	return nil
}
