package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// ResetAlert records that an alert was reset. If its trigger is unknown, the row is a tombstone for it. It returns the alert's incident,
// nil if it has none, and whether this was the incident's last active alert: then closing the request is owed, with the event, until
// CloseIncident or SettleClose. If the request could not be opened, the last reset ends the incident, returns nil for it, and clears the
// failure.
func (s *Store) ResetAlert(
	ctx context.Context, connection, uid string, activityID int64, event json.RawMessage,
) (incident *Incident, last bool, err error) {
	err = s.inTransaction(ctx, func(tx pgx.Tx) error {
		var incidentID *int64
		err := tx.QueryRow(ctx, `INSERT INTO alerts AS a (connection, uid, state, reset_activity, reset_event)
			VALUES ($1, $2, 'reset', $3, $4) ON CONFLICT (connection, uid) DO UPDATE SET state = 'reset', updated_at = now(),
				reset_activity = greatest(a.reset_activity, EXCLUDED.reset_activity),
				reset_event = CASE WHEN a.reset_event = '{}' THEN EXCLUDED.reset_event ELSE a.reset_event END RETURNING incident_id`,
			connection, uid, activityID, orEmptyObject(event)).Scan(&incidentID)
		if err == nil && incidentID == nil {
			err = clearAlertFailure(ctx, tx, connection, uid)
		}
		if err != nil || incidentID == nil {
			return err
		}
		found, err := oneIncident(ctx, tx, `WHERE id = $1 FOR UPDATE`, *incidentID)
		if err != nil {
			return err
		}
		incident = &found
		err = tx.QueryRow(ctx, `SELECT NOT EXISTS (SELECT FROM alerts WHERE incident_id = $1 AND state = 'active')`, found.ID).Scan(&last)
		if err != nil || !last {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE incidents SET close_owed_since = coalesce(close_owed_since, now())
			WHERE id = $1 AND (state <> 'closed' OR closed_at IS NULL) AND NOT (state = 'converted' AND (SELECT reset_by_us FROM alerts
				WHERE connection = $2 AND uid = $3))`, found.ID, connection, uid); err != nil || found.State != IncidentOpening {
			return err
		}
		var failed bool // if not, a worker is opening the request
		err = tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM failures WHERE connection = $1 AND kind = 'alert' AND ninja_id = $2)`,
			connection, found.LeaderUID).Scan(&failed)
		if err != nil || !failed {
			return err
		}
		ended, err := endUnopened(ctx, tx, found)
		if err != nil || !ended {
			return err
		}
		incident = nil
		return clearAlertFailure(ctx, tx, connection, found.LeaderUID)
	})
	if err != nil {
		return nil, false, fmt.Errorf("record that alert %s was reset: %w", uid, err)
	}
	return incident, last, nil
}

// clearAlertFailure removes the failure of an alert that no longer needs a request.
func clearAlertFailure(ctx context.Context, tx pgx.Tx, connection, uid string) error {
	_, err := tx.Exec(ctx, `DELETE FROM failures WHERE connection = $1 AND kind = 'alert' AND ninja_id = $2`, connection, uid)
	return err
}

// endUnopened ends an incident that has no active alert, no request, and no claim on one.
func endUnopened(ctx context.Context, tx pgx.Tx, incident Incident) (ended bool, err error) {
	tag, err := tx.Exec(ctx, `UPDATE incidents SET state = 'closed', cause = 'reset', closed_at = now(), opening_since = NULL,
		close_owed_since = NULL, updated_at = now() WHERE id = $1 AND state = 'opening' AND request_id = 0
			AND NOT EXISTS (SELECT FROM alerts WHERE incident_id = $1 AND alerts.state = 'active')
			AND NOT EXISTS (SELECT FROM links WHERE connection = $2 AND kind = 'alert' AND ninja_id = $3)`,
		incident.ID, incident.Connection, incident.LeaderUID)
	return tag.RowsAffected() > 0, err
}

// ExpectReset records that we are about to reset an alert in NinjaOne. It must be called before NinjaOne can send the webhook.
func (s *Store) ExpectReset(ctx context.Context, connection, uid string) error {
	_, err := s.pool.Exec(ctx, `UPDATE alerts SET reset_by_us = true WHERE connection = $1 AND uid = $2`, connection, uid)
	if err != nil {
		return fmt.Errorf("record that alert %s is being reset: %w", uid, err)
	}
	return nil
}

// IsOwnReset reports whether an alert's reset is, or may be, one of ours.
func (s *Store) IsOwnReset(ctx context.Context, connection, uid string) (own bool, err error) {
	err = s.pool.QueryRow(ctx, `SELECT coalesce(bool_or(reset_by_us), false) FROM alerts WHERE connection = $1 AND uid = $2`,
		connection, uid).Scan(&own)
	if err != nil {
		return false, fmt.Errorf("read who reset alert %s: %w", uid, err)
	}
	return own, nil
}

// ResetAlerts returns which of the given alerts were reset, and whether we did or tried to.
func (s *Store) ResetAlerts(ctx context.Context, connection string, uids []string) (ours map[string]bool, err error) {
	rows, err := s.pool.Query(ctx, `SELECT uid, reset_by_us FROM alerts WHERE connection = $1 AND uid = ANY($2) AND state = 'reset'`, connection, uids)
	if err != nil {
		return nil, fmt.Errorf("read which alerts were reset: %w", err)
	}
	defer rows.Close()
	ours = map[string]bool{}
	for rows.Next() {
		var uid string
		var byUs bool
		if err := rows.Scan(&uid, &byUs); err != nil {
			return nil, fmt.Errorf("read which alerts were reset: %w", err)
		}
		ours[uid] = byUs
	}
	return ours, rows.Err()
}

// ActiveAlertUIDs returns the uids of an incident's active alerts, the oldest first.
func (s *Store) ActiveAlertUIDs(ctx context.Context, incidentID int64) ([]string, error) {
	rows, err := s.pool.Query(ctx, `SELECT uid FROM alerts WHERE incident_id = $1 AND state = 'active' ORDER BY created_at, uid`, incidentID)
	if err != nil {
		return nil, fmt.Errorf("read the alerts of incident %d: %w", incidentID, err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// CountOpenAlerts counts a connection's active alerts whose request is open or being opened, without test alerts.
func (s *Store) CountOpenAlerts(ctx context.Context, connection string) (count int, err error) {
	err = s.pool.QueryRow(ctx, `SELECT count(*) FROM alerts a JOIN incidents i ON i.id = a.incident_id AND i.connection = $1
		WHERE a.connection = $1 AND a.state = 'active' AND i.state IN ('opening', 'open') AND `+noTestAlerts, connection).Scan(&count)
	return count, err
}

// KnownAlerts returns for which of the given alerts it is decided what becomes of them.
func (s *Store) KnownAlerts(ctx context.Context, connection string, uids []string) (map[string]bool, error) {
	rows, err := s.pool.Query(ctx, `SELECT uid FROM alerts a WHERE connection = $1 AND uid = ANY($2) AND `+fmt.Sprintf(isDecided, "a"), connection, uids)
	if err != nil {
		return nil, fmt.Errorf("read known alerts: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	known := make(map[string]bool, len(list))
	for _, uid := range list {
		known[uid] = true
	}
	return known, err
}
