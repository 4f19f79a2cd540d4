package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
)

// isHeldOff selects the alerts that have no request because the sync of their organization is off now.
const isHeldOff = `(%[1]s.off_organization <> '' AND is_switched_off(%[1]s.connection, %[1]s.off_organization))`

// HoldAlert records an alert that gets no request because the sync of its organization is off. Its reset is recorded as any other; once the
// sync is on again, an alert that is still active counts as missed. It reports whether the alert is still active.
func (s *Store) HoldAlert(
	ctx context.Context, connection, uid string, activityID int64, organizationID int, event json.RawMessage,
) (active bool, err error) {
	err = s.pool.QueryRow(ctx, `INSERT INTO alerts AS a (connection, uid, state, triggered_activity, event, off_organization)
		VALUES ($1, $2, 'active', $3, $4, $5)
		ON CONFLICT (connection, uid) DO UPDATE SET triggered_activity = greatest(a.triggered_activity, EXCLUDED.triggered_activity),
			event = CASE WHEN a.event = '{}' THEN EXCLUDED.event ELSE a.event END, off_organization = EXCLUDED.off_organization,
			updated_at = now() RETURNING state = 'active'`,
		connection, uid, activityID, orEmptyObject(event), strconv.Itoa(organizationID)).Scan(&active)
	if err != nil {
		return false, fmt.Errorf("record that alert %s is of an organization that is switched off: %w", uid, err)
	}
	return active, nil
}

// WereHeld returns which of the given alerts got no request because the sync of their organization was off.
func (s *Store) WereHeld(ctx context.Context, connection string, uids []string) (map[string]bool, error) {
	rows, err := s.pool.Query(ctx, `SELECT uid FROM alerts WHERE connection = $1 AND uid = ANY($2) AND off_organization <> ''
		AND incident_id IS NULL`, connection, uids)
	if err != nil {
		return nil, fmt.Errorf("read alerts of organizations that were switched off: %w", err)
	}
	defer rows.Close()
	held := map[string]bool{}
	for rows.Next() {
		var uid string
		if err := rows.Scan(&uid); err != nil {
			return nil, fmt.Errorf("read alerts of organizations that were switched off: %w", err)
		}
		held[uid] = true
	}
	return held, rows.Err()
}
