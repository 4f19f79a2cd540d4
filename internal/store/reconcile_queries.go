package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// AlertState is the state of an alert as a reconcile compares it.
type AlertState struct {
	UID string
	// Active is set if the alert was triggered and not reset.
	Active bool
	// DeviceID is 0 if the alert has no incident.
	DeviceID  int
	CreatedAt time.Time
	// ResetActivity is the activity that reset the alert, 0 if it was reset without one: by us, which ResetByUs says, or because it was
	// no longer listed.
	ResetActivity int64
	ResetByUs     bool
	ChangedAt     time.Time
}

const alertStateColumns = `a.uid, a.state = 'active' AS active, coalesce(i.device_id, 0)::int AS device_id, a.created_at,
	a.reset_activity, a.reset_by_us, a.updated_at AS changed_at`

// isDecided leaves out an alert that was recorded and has no incident yet: the worker that recorded it may be gone, and its workflow too. As
// long as that runs, its id keeps another one from starting. An alert of an organization that is switched off is decided until that is on.
const isDecided = `(%[1]s.incident_id IS NOT NULL OR %[1]s.state <> 'active' OR ` + isHeldOff + `)`

// AlertStates returns the states of the given alerts by uid, without those that are unknown. An alert that failed before it had an
// incident counts as active, because failures are retried separately.
func (s *Store) AlertStates(ctx context.Context, connection string, uids []string) (map[string]AlertState, error) {
	found, err := s.alertStates(ctx, `a.uid = ANY($2) AND `+fmt.Sprintf(isDecided, "a"), connection, uids)
	if err != nil {
		return nil, err
	}
	rows, err := s.pool.Query(ctx, `SELECT ninja_id, since FROM failures WHERE connection = $1 AND kind = 'alert' AND ninja_id = ANY($2)`,
		connection, uids)
	if err != nil {
		return nil, fmt.Errorf("read failed alerts: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		failed := AlertState{Active: true}
		if err := rows.Scan(&failed.UID, &failed.CreatedAt); err != nil {
			return nil, fmt.Errorf("read failed alerts: %w", err)
		}
		if _, known := found[failed.UID]; !known {
			found[failed.UID] = failed
		}
	}
	return found, rows.Err()
}

// ActiveAlertStates returns the states of a connection's active alerts, by uid. It leaves out those that have no request because their
// organization is switched off: nothing follows from their end.
func (s *Store) ActiveAlertStates(ctx context.Context, connection string) (map[string]AlertState, error) {
	return s.alertStates(ctx, `a.state = 'active' AND NOT (a.incident_id IS NULL AND `+fmt.Sprintf(isHeldOff, "a")+`)`, connection)
}

func (s *Store) alertStates(ctx context.Context, where string, arguments ...any) (map[string]AlertState, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+alertStateColumns+` FROM alerts a LEFT JOIN incidents i ON i.id = a.incident_id
		WHERE a.connection = $1 AND `+where, arguments...)
	if err != nil {
		return nil, fmt.Errorf("read alert states: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[AlertState])
	if err != nil {
		return nil, fmt.Errorf("read alert states: %w", err)
	}
	found := make(map[string]AlertState, len(list))
	for _, state := range list {
		found[state.UID] = state
	}
	return found, nil
}

// TrackedRequest is an incident and how many of its alerts are still active.
type TrackedRequest struct {
	Incident
	Active int
}

// IncidentsByRequest returns the incidents of the given requests by request id, without requests that are not ours.
func (s *Store) IncidentsByRequest(ctx context.Context, connection string, requestIDs []int64) (map[int64]TrackedRequest, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+incidentColumns+`, (SELECT count(*) FROM alerts a WHERE a.incident_id = incidents.id
			AND a.state = 'active')::int AS active FROM incidents WHERE connection = $1 AND request_id = ANY($2)`, connection, requestIDs)
	if err != nil {
		return nil, fmt.Errorf("read incidents: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[TrackedRequest])
	if err != nil {
		return nil, fmt.Errorf("read incidents: %w", err)
	}
	found := make(map[int64]TrackedRequest, len(list))
	for _, request := range list {
		found[request.RequestID] = request
	}
	return found, nil
}

// OldestIncident returns when the oldest incident was created, zero if there is none. Closed ones count, because users also change closed
// requests.
func (s *Store) OldestIncident(ctx context.Context, connection string) (time.Time, error) {
	var oldest *time.Time
	err := s.pool.QueryRow(ctx, `SELECT min(created_at) FROM incidents WHERE connection = $1`, connection).Scan(&oldest)
	if err != nil {
		return time.Time{}, fmt.Errorf("read the oldest incident: %w", err)
	}
	if oldest == nil {
		return time.Time{}, nil
	}
	return *oldest, nil
}

// OrganizationsWithOpenClaims returns the organizations with a claim or doubt that was last touched before the given time, by which any
// worker that could resolve it must have stopped. Those that are switched off are left out.
func (s *Store) OrganizationsWithOpenClaims(ctx context.Context, connection string, before time.Time) ([]int, error) {
	rows, err := s.pool.Query(ctx, `SELECT DISTINCT organization_id::int FROM links WHERE connection = $1 AND state IN ('claimed', 'doubt')
		AND kind IN ('organization', 'contact', 'device') AND organization_id <> 0 AND NOT is_switched_off(connection, organization_id::text)
		AND coalesce(claimed_until, updated_at) < $2 AND updated_at < $2 ORDER BY 1`, connection, before)
	if err != nil {
		return nil, fmt.Errorf("read unconfirmed creates: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[int])
}

// LinkedNinjaIDs returns the NinjaOne ids of a kind that are linked or waiting. The value reports whether the record is marked as deleted.
// Records of organizations that are switched off are left out.
func (s *Store) LinkedNinjaIDs(ctx context.Context, connection string, kind Kind) (map[int]bool, error) {
	rows, err := s.pool.Query(ctx, `SELECT ninja_id::int, gone_at IS NOT NULL FROM links WHERE connection = $1 AND kind = $2
		AND state IN ('linked', 'waiting') AND NOT EXISTS (SELECT FROM organizations o
			WHERE o.connection = links.connection AND o.ninja_id = links.organization_id::text AND NOT o.sync)`, connection, kind)
	if err != nil {
		return nil, fmt.Errorf("read linked %ss: %w", kind, err)
	}
	defer rows.Close()
	found := map[int]bool{}
	for rows.Next() {
		var id int
		var deleted bool
		if err := rows.Scan(&id, &deleted); err != nil {
			return nil, fmt.Errorf("read linked %ss: %w", kind, err)
		}
		found[id] = deleted
	}
	return found, rows.Err()
}

// MarkDeleted records whether a record is deleted in NinjaOne.
func (s *Store) MarkDeleted(ctx context.Context, key Key, deleted bool) error {
	_, err := s.pool.Exec(ctx, `UPDATE links SET gone_at = CASE WHEN $4 THEN coalesce(gone_at, now()) END, updated_at = now()
		WHERE connection = $1 AND kind = $2 AND ninja_id = $3`, key.Connection, key.Kind, key.NinjaID, deleted)
	if err != nil {
		return fmt.Errorf("record whether %s %s is deleted: %w", key.Kind, key.NinjaID, err)
	}
	return nil
}
