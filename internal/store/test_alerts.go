package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"ninjaone-accelo/internal/rules"
)

// TestAlertTarget is what a test alert is about: an organization that is linked and switched on, and one of its devices.
type TestAlertTarget struct {
	OrganizationID int
	// DeviceID is 0 if the organization has no device.
	DeviceID int
}

// FindTestAlertTarget returns what a test alert may be about, or ErrNotFound. It prefers a device with an asset, and then the oldest
// organization, so that every test of a connection is about the same device.
func (s *Store) FindTestAlertTarget(ctx context.Context, connection string) (TestAlertTarget, error) {
	rows, err := s.pool.Query(ctx, `SELECT o.ninja_id::int AS organization_id, coalesce(d.ninja_id::int, 0) AS device_id
		FROM links o LEFT JOIN links d ON d.connection = o.connection AND d.kind = 'device' AND d.organization_id::text = o.ninja_id
			AND d.state IN ('linked', 'waiting') AND d.gone_at IS NULL
		WHERE o.connection = $1 AND o.kind = 'organization' AND o.state = 'linked' AND o.gone_at IS NULL
			AND NOT is_switched_off(o.connection, o.ninja_id)
		ORDER BY d.state = 'linked' DESC NULLS LAST, d.ninja_id IS NULL, o.ninja_id::bigint, d.ninja_id::bigint LIMIT 1`, connection)
	if err != nil {
		return TestAlertTarget{}, fmt.Errorf("find a device for a test alert: %w", err)
	}
	target, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[TestAlertTarget])
	if errors.Is(err, pgx.ErrNoRows) {
		return target, ErrNotFound
	}
	if err != nil {
		return target, fmt.Errorf("find a device for a test alert: %w", err)
	}
	return target, nil
}

// TestAlertProgress is how far the alert of a test has come.
type TestAlertProgress struct {
	// RequestID is 0 until its request exists, or if it got none.
	RequestID int64
	// Ended means that its request has ended, or that it will get none because it was reset.
	Ended bool
	// Problem is why its opening, or its end, failed; empty if it did not.
	Problem string
}

// TestAlertProgress returns how far the alert of a test has come. With ended, only a failed reset is its problem.
func (s *Store) TestAlertProgress(ctx context.Context, connection, uid string, ended bool) (progress TestAlertProgress, err error) {
	err = s.pool.QueryRow(ctx, `SELECT coalesce(i.request_id, 0),
			coalesce(a.state = 'reset' AND (i.id IS NULL OR i.state = 'closed' AND i.closed_at IS NOT NULL OR i.state = 'converted'), false),
			coalesce(f.error, '')
		FROM (SELECT $1::text AS connection, $2::text AS uid) t
			LEFT JOIN alerts a USING (connection, uid) LEFT JOIN incidents i ON i.id = a.incident_id
			LEFT JOIN failures f ON f.connection = t.connection AND f.kind = 'alert' AND f.ninja_id = t.uid
				AND (f.event_type = $3 OR NOT $4)`, connection, uid, ResetEvent, ended).
		Scan(&progress.RequestID, &progress.Ended, &progress.Problem)
	if err != nil {
		return progress, fmt.Errorf("read how far test alert %s has come: %w", uid, err)
	}
	return progress, nil
}

// SaveTestAlert stores the result of a connection's last test alert.
func (s *Store) SaveTestAlert(ctx context.Context, connection string, result json.RawMessage, passed bool) error {
	_, err := s.pool.Exec(ctx, `INSERT INTO test_alerts AS t (connection, result, passed_at)
		VALUES ($1, $2, CASE WHEN $3 THEN clock_timestamp() END)
		ON CONFLICT (connection) DO UPDATE SET result = EXCLUDED.result, finished_at = EXCLUDED.finished_at,
			passed_at = coalesce(EXCLUDED.passed_at, t.passed_at)`, connection, result, passed)
	if err != nil {
		return fmt.Errorf("store the result of a test alert: %w", err)
	}
	return nil
}

// TestAlert is the last test alert of a connection.
type TestAlert struct {
	// Result is its result, as JSON.
	Result     json.RawMessage
	FinishedAt time.Time
	// PassedAt is when a test last passed; nil if none has.
	PassedAt *time.Time
}

// LastTestAlert returns the last test alert of a connection, or ErrNotFound if there was none.
func (s *Store) LastTestAlert(ctx context.Context, connection string) (TestAlert, error) {
	rows, err := s.pool.Query(ctx, `SELECT result, finished_at, passed_at FROM test_alerts WHERE connection = $1`, connection)
	if err != nil {
		return TestAlert{}, fmt.Errorf("read the last test alert: %w", err)
	}
	last, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[TestAlert])
	if errors.Is(err, pgx.ErrNoRows) {
		return last, ErrNotFound
	}
	if err != nil {
		return last, fmt.Errorf("read the last test alert: %w", err)
	}
	return last, nil
}

// noTestAlerts leaves the alerts of tests out of what counts alerts.
const noTestAlerts = `a.uid NOT LIKE '` + rules.TestAlertPattern + `'`
