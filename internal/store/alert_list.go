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

// ListAlerts returns a page of a connection's alerts, the active ones first and then the ones that changed last, and how many there are in
// all. A uid selects one alert.
func (s *Store) ListAlerts(ctx context.Context, connection, uid string, offset, limit int) (alerts []ListedAlert, total int, err error) {
	return s.listAlerts(ctx, connection, uid, "", offset, limit)
}

// AlertsInState is ListAlerts for the alerts in a state, active or reset; an empty state selects all.
func (s *Store) AlertsInState(ctx context.Context, connection, state string, offset, limit int) ([]ListedAlert, error) {
	alerts, _, err := s.listAlerts(ctx, connection, "", state, offset, limit)
	return alerts, err
}

func (s *Store) listAlerts(
	ctx context.Context, connection, uid, state string, offset, limit int,
) (alerts []ListedAlert, total int, err error) {
	rows, err := s.pool.Query(ctx, `SELECT count(*) OVER ()::int AS total, a.uid, a.state = 'active' AS active, a.event, a.created_at, a.updated_at,
			coalesce(i.state, '') AS incident_state, coalesce(i.cause, '') AS cause, coalesce(i.leader_uid = a.uid, false) AS leads,
			coalesce(i.joined, 0) AS others, coalesce(i.request_id, 0) AS request_id, coalesce(i.conversion_type, '') AS conversion_type,
			coalesce(i.conversion_id, 0) AS conversion_id, i.closed_at, coalesce(f.error, '') AS problem,
			a.off_organization <> '' AND coalesce(i.request_id, 0) = 0 AS switched_off, is_switched_off(a.connection, a.off_organization) AS still_off
		FROM alerts a LEFT JOIN incidents i ON i.id = a.incident_id
			LEFT JOIN failures f ON f.connection = a.connection AND f.kind = 'alert' AND f.ninja_id = a.uid
		WHERE a.connection = $1 AND ($2 = '' OR a.uid = $2) AND ($5 = '' OR a.state = $5)
		ORDER BY active DESC, a.updated_at DESC, a.uid OFFSET $3 LIMIT $4`, connection, uid, offset, limit, state)
	if err != nil {
		return nil, 0, fmt.Errorf("list alerts: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[struct {
		Total int
		ListedAlert
	}])
	if err != nil {
		return nil, 0, fmt.Errorf("list alerts: %w", err)
	}
	for _, row := range list {
		alerts, total = append(alerts, row.ListedAlert), row.Total
	}
	return alerts, total, nil
}

// CountAlerts counts a connection's alerts, whatever their state.
func (s *Store) CountAlerts(ctx context.Context, connection string) (count int, err error) {
	if err := s.pool.QueryRow(ctx, `SELECT count(*) FROM alerts WHERE connection = $1`, connection).Scan(&count); err != nil {
		return 0, fmt.Errorf("count alerts: %w", err)
	}
	return count, nil
}
