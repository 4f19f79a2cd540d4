package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// What a reconcile asks: where alerts, requests and creates stand, all of a kind at once.

// Standing is where an alert stands.
type AlertState struct {
	UID string
	// Active tells that it was triggered and not reset. Begun tells that it has an incident; Opening that the incident's
	// request is still to be made, Stuck that this has taken too long.
	Active, HasIncident, Opening, Overdue bool
	// DeviceID is 0 where the alert has no incident.
	DeviceID  int
	CreatedAt time.Time
}

// stuckAfter is how long a request may be on its way before somebody looks after it.
const overdueAfter = `interval '3 minutes'`

const alertStateColumns = `a.uid, a.state = 'active' AS active, i.id IS NOT NULL AS has_incident, coalesce(i.state = 'opening', false) AS opening,
	coalesce(i.state = 'opening' AND i.updated_at < now() - ` + overdueAfter + `, false) AS overdue,
	coalesce(i.device_id, 0)::int AS device_id, a.created_at`

// Standings returns where the named alerts stand; those that were never heard of are left out. One that is parked before it had
// an incident counts as active: it has its own way of being tried again.
func (s *Store) AlertStates(ctx context.Context, connection string, uids []string) (map[string]AlertState, error) {
	found, err := s.alertStates(ctx, `a.uid = ANY($2)`, connection, uids)
	if err != nil {
		return nil, err
	}
	rows, err := s.pool.Query(ctx, `SELECT ninja_id, since FROM failures WHERE connection = $1 AND kind = 'alert' AND ninja_id = ANY($2)`,
		connection, uids)
	if err != nil {
		return nil, fmt.Errorf("read parked alerts: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		parked := AlertState{Active: true}
		if err := rows.Scan(&parked.UID, &parked.CreatedAt); err != nil {
			return nil, fmt.Errorf("read parked alerts: %w", err)
		}
		if _, known := found[parked.UID]; !known {
			found[parked.UID] = parked
		}
	}
	return found, rows.Err()
}

// ActiveAlertsOf returns all alerts of a connection that are active as far as we know.
func (s *Store) ActiveAlertStates(ctx context.Context, connection string) (map[string]AlertState, error) {
	return s.alertStates(ctx, `a.state = 'active'`, connection)
}

func (s *Store) alertStates(ctx context.Context, where string, arguments ...any) (map[string]AlertState, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+alertStateColumns+` FROM alerts a LEFT JOIN incidents i ON i.id = a.incident_id
		WHERE a.connection = $1 AND `+where, arguments...)
	if err != nil {
		return nil, fmt.Errorf("read where alerts stand: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[AlertState])
	if err != nil {
		return nil, fmt.Errorf("read where alerts stand: %w", err)
	}
	found := make(map[string]AlertState, len(list))
	for _, standing := range list {
		found[standing.UID] = standing
	}
	return found, nil
}

// TrackedRequest is an incident and how many of its alerts are still active.
type TrackedRequest struct {
	Incident
	Active int
}

// IncidentsOf returns the incidents that the named requests stand for, by request; those that are not ours are left out.
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
	for _, pursued := range list {
		found[pursued.RequestID] = pursued
	}
	return found, nil
}

// OldestIncident is when the oldest incident began; zero where there is none. People change a request whatever its standing is.
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

// StuckIncidents returns the incidents whose request should long have been made and whose alert is not parked, the oldest
// first, at most limit.
func (s *Store) OverdueIncidents(ctx context.Context, connection string, limit int) ([]Incident, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+incidentColumns+` FROM incidents WHERE connection = $1 AND state = 'opening'
		AND updated_at < now() - `+overdueAfter+` AND NOT EXISTS (SELECT FROM failures f WHERE f.connection = incidents.connection
			AND f.kind = 'alert' AND f.ninja_id = incidents.leader_uid) ORDER BY id LIMIT $2`, connection, limit)
	if err != nil {
		return nil, fmt.Errorf("read incidents that are stuck: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Incident])
}

// UnsettledOrganizations returns the organizations among whose records a create was begun whose end nobody has recorded,
// although everybody who could must be gone by before.
func (s *Store) OrganizationsWithOpenClaims(ctx context.Context, connection string, before time.Time) ([]int, error) {
	rows, err := s.pool.Query(ctx, `SELECT DISTINCT organization_id::int FROM links WHERE connection = $1 AND state IN ('claimed', 'doubt')
		AND kind IN ('organization', 'contact', 'device') AND organization_id <> 0
		AND coalesce(claimed_until, updated_at) < $2 AND updated_at < $2 ORDER BY 1`, connection, before)
	if err != nil {
		return nil, fmt.Errorf("read creates that were never settled: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[int])
}

// LinkedIDs returns the NinjaOne ids of a kind that are linked or waiting, each with whether it is marked as gone.
func (s *Store) LinkedNinjaIDs(ctx context.Context, connection string, kind Kind) (map[int]bool, error) {
	rows, err := s.pool.Query(ctx, `SELECT ninja_id::int, gone_at IS NOT NULL FROM links WHERE connection = $1 AND kind = $2
		AND state IN ('linked', 'waiting')`, connection, kind)
	if err != nil {
		return nil, fmt.Errorf("read linked %ss: %w", kind, err)
	}
	defer rows.Close()
	found := map[int]bool{}
	for rows.Next() {
		var id int
		var gone bool
		if err := rows.Scan(&id, &gone); err != nil {
			return nil, fmt.Errorf("read linked %ss: %w", kind, err)
		}
		found[id] = gone
	}
	return found, rows.Err()
}

// MarkDeleted records that NinjaOne no longer has a record, or with gone unset that it has it again.
func (s *Store) MarkDeleted(ctx context.Context, key Key, gone bool) error {
	_, err := s.pool.Exec(ctx, `UPDATE links SET gone_at = CASE WHEN $4 THEN coalesce(gone_at, now()) END, updated_at = now()
		WHERE connection = $1 AND kind = $2 AND ninja_id = $3`, key.Connection, key.Kind, key.NinjaID, gone)
	if err != nil {
		return fmt.Errorf("mark %s %s: %w", key.Kind, key.NinjaID, err)
	}
	return nil
}
