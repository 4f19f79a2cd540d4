package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// ListedAlert is an alert with what became of it.
type ListedAlert struct {
	UID string
	// Active is false once the alert was reset.
	Active bool
	// Event is the alert as it fired, as JSON; an empty object if only its reset is known.
	Event     json.RawMessage
	CreatedAt time.Time
	UpdatedAt time.Time
	// Incident is its part in an incident; the zero value if it has none.
	IncidentState  IncidentState
	Cause          Cause
	Leads          bool
	Others         int
	RequestID      int64
	ConversionType string
	ConversionID   int64
	ClosedAt       *time.Time
	// SwitchedOff means that it has no request because its organization was switched off; StillOff that it is off now.
	SwitchedOff bool
	StillOff    bool
	// Problem is why its sync failed; empty if it did not.
	Problem string
}

// alertChanges selects a page of alerts, the active ones first and then the ones that changed last, before anything is joined to them: it reads
// an index and doesn't grow with the history.
const alertChanges = `SELECT * FROM alerts WHERE connection = $1 %s ORDER BY state, updated_at DESC, uid DESC OFFSET $2 LIMIT $3`

// ListAlerts returns a page of a connection's alerts, the active ones first and then the ones that changed last.
func (s *Store) ListAlerts(ctx context.Context, connection string, offset, limit int) ([]ListedAlert, error) {
	return s.listAlerts(ctx, fmt.Sprintf(alertChanges, ""), connection, offset, limit)
}

// AlertsInState is ListAlerts for the alerts in a state, active or reset; an empty state selects all.
func (s *Store) AlertsInState(ctx context.Context, connection, state string, offset, limit int) ([]ListedAlert, error) {
	if state == "" {
		return s.ListAlerts(ctx, connection, offset, limit)
	}
	return s.listAlerts(ctx, fmt.Sprintf(alertChanges, `AND state = $4`), connection, offset, limit, state)
}

// ListedAlert returns one alert, or ErrNotFound.
func (s *Store) ListedAlert(ctx context.Context, connection, uid string) (ListedAlert, error) {
	alerts, err := s.listAlerts(ctx, `SELECT * FROM alerts WHERE connection = $1 AND uid = $2`, connection, uid)
	if err == nil && len(alerts) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return ListedAlert{}, err
	}
	return alerts[0], nil
}

// listAlerts completes the alerts that a statement selects.
func (s *Store) listAlerts(ctx context.Context, selected string, arguments ...any) ([]ListedAlert, error) {
	rows, err := s.pool.Query(ctx, `SELECT a.uid, a.state = 'active' AS active, a.event, a.created_at, a.updated_at,
			coalesce(i.state, '') AS incident_state, coalesce(i.cause, '') AS cause, coalesce(i.leader_uid = a.uid, false) AS leads,
			coalesce(i.joined, 0) AS others, coalesce(i.request_id, 0) AS request_id, coalesce(i.conversion_type, '') AS conversion_type,
			coalesce(i.conversion_id, 0) AS conversion_id, i.closed_at, coalesce(f.error, '') AS problem,
			a.off_organization <> '' AND coalesce(i.request_id, 0) = 0 AS switched_off, is_switched_off(a.connection, a.off_organization) AS still_off
		FROM (`+selected+`) a LEFT JOIN incidents i ON i.id = a.incident_id
			LEFT JOIN failures f ON f.connection = a.connection AND f.kind = 'alert' AND f.ninja_id = a.uid
		ORDER BY a.state, a.updated_at DESC, a.uid DESC`, arguments...)
	if err != nil {
		return nil, fmt.Errorf("list alerts: %w", err)
	}
	alerts, err := pgx.CollectRows(rows, pgx.RowToStructByName[ListedAlert])
	if err != nil {
		return nil, fmt.Errorf("list alerts: %w", err)
	}
	return alerts, nil
}

// CountAlerts counts a connection's alerts, whatever their state.
func (s *Store) CountAlerts(ctx context.Context, connection string) (count int, err error) {
	counts, err := s.historyCounts(ctx, connection)
	if err != nil {
		return 0, err
	}
	if err := s.pool.QueryRow(ctx, `SELECT count(*) FROM alerts WHERE connection = $1 AND state = 'active'`, connection).Scan(&count); err != nil {
		return 0, fmt.Errorf("count alerts: %w", err)
	}
	return count + counts[resetAlerts], nil
}
