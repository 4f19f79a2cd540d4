package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// ResetAlert records that an alert was reset, leaving a tombstone where its trigger is not known yet. It returns the alert's
// incident, nil where there is none, and whether it was the last active alert of it. An incident whose request could not be opened
// ends with its last alert, and what was parked of it is forgotten.
func (s *Store) ResetAlert(ctx context.Context, connection, uid string, activityID int64) (incident *Incident, last bool, err error) {
	err = s.inTransaction(ctx, func(tx pgx.Tx) error {
		var incidentID *int64
		err := tx.QueryRow(ctx, `INSERT INTO alerts AS a (connection, uid, state, reset_activity) VALUES ($1, $2, 'reset', $3)
			ON CONFLICT (connection, uid) DO UPDATE SET state = 'reset', updated_at = now(),
				reset_activity = greatest(a.reset_activity, EXCLUDED.reset_activity) RETURNING incident_id`,
			connection, uid, activityID).Scan(&incidentID)
		if err == nil && incidentID == nil {
			err = unparkAlert(ctx, tx, connection, uid)
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
		if err != nil || !last || found.State != IncidentOpening {
			return err
		}
		var parked bool // else its request is on its way
		err = tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM failures WHERE connection = $1 AND kind = 'alert' AND ninja_id = $2)`,
			connection, found.LeaderUID).Scan(&parked)
		if err != nil || !parked {
			return err
		}
		ended, err := endUnopened(ctx, tx, found)
		if err != nil || !ended {
			return err
		}
		incident = nil
		return unparkAlert(ctx, tx, connection, found.LeaderUID)
	})
	if err != nil {
		return nil, false, fmt.Errorf("record that alert %s was reset: %w", uid, err)
	}
	return incident, last, nil
}

// unparkAlert removes the failure of an alert that needs no request any more.
func unparkAlert(ctx context.Context, tx pgx.Tx, connection, uid string) error {
	_, err := tx.Exec(ctx, `DELETE FROM failures WHERE connection = $1 AND kind = 'alert' AND ninja_id = $2`, connection, uid)
	return err
}

// endUnopened ends an incident that has no request, none on its way, and no alert that is still active: it needs none any more.
func endUnopened(ctx context.Context, tx pgx.Tx, incident Incident) (ended bool, err error) {
	tag, err := tx.Exec(ctx, `UPDATE incidents SET state = 'closed', cause = 'reset', closed_at = now(), updated_at = now()
		WHERE id = $1 AND state = 'opening' AND request_id = 0
			AND NOT EXISTS (SELECT FROM alerts WHERE incident_id = $1 AND alerts.state = 'active')
			AND NOT EXISTS (SELECT FROM links WHERE connection = $2 AND kind = 'alert' AND ninja_id = $3)`,
		incident.ID, incident.Connection, incident.LeaderUID)
	return tag.RowsAffected() > 0, err
}

// IncidentOfRequest returns the incident that a request stands for, or ErrNotFound: then the request is not ours.
func (s *Store) IncidentByRequest(ctx context.Context, connection string, requestID int64) (Incident, error) {
	return oneIncident(ctx, s.pool, `WHERE connection = $1 AND request_id = $2`, connection, requestID)
}

// ExpectReset records that we are about to reset an alert in NinjaOne ourselves, before its webhook can come.
func (s *Store) ExpectReset(ctx context.Context, connection, uid string) error {
	_, err := s.pool.Exec(ctx, `UPDATE alerts SET reset_by_us = true WHERE connection = $1 AND uid = $2`, connection, uid)
	if err != nil {
		return fmt.Errorf("record that alert %s is being reset: %w", uid, err)
	}
	return nil
}

// ResetByUs tells whether an alert's reset is, or may be, one of ours.
func (s *Store) IsOwnReset(ctx context.Context, connection, uid string) (ours bool, err error) {
	err = s.pool.QueryRow(ctx, `SELECT coalesce(bool_or(reset_by_us), false) FROM alerts WHERE connection = $1 AND uid = $2`,
		connection, uid).Scan(&ours)
	if err != nil {
		return false, fmt.Errorf("read who reset alert %s: %w", uid, err)
	}
	return ours, nil
}

// BeginEnd takes an incident out of use right before we close its request, unless another alert has joined it meanwhile: from
// then on a recurrence opens a request of its own. Status changes until echoUntil are taken for the echo of the close.
// EndIncident completes it; until then ClosedAt is nil.
func (s *Store) BeginClose(ctx context.Context, id int64, echoUntil time.Time) (begun bool, err error) {
	err = s.inTransaction(ctx, func(tx pgx.Tx) error {
		if _, err := oneIncident(ctx, tx, `WHERE id = $1 FOR UPDATE`, id); err != nil {
			return err
		}
		// A statement of its own, so that it sees what committed while we waited for the lock.
		tag, err := tx.Exec(ctx, `UPDATE incidents SET state = 'closed', cause = 'reset', closed_at = NULL, echo_until = $2, updated_at = now()
			WHERE id = $1 AND state IN ('open', 'closed') AND NOT EXISTS (SELECT FROM alerts WHERE incident_id = $1 AND state = 'active')`,
			id, echoUntil)
		begun = tag.RowsAffected() > 0
		return err
	})
	if err != nil {
		return false, fmt.Errorf("record that incident %d is being closed: %w", id, err)
	}
	return begun, nil
}

// EndIncident records that an incident's request is closed, and by whom.
func (s *Store) CloseIncident(ctx context.Context, id int64, cause Cause) error {
	_, err := s.pool.Exec(ctx, `UPDATE incidents SET state = 'closed', cause = $2, closed_at = now(), updated_at = now() WHERE id = $1`,
		id, cause)
	if err != nil {
		return fmt.Errorf("record that incident %d is closed: %w", id, err)
	}
	return nil
}

// ExpectEcho arms the echo of a change of our own: a status change that comes until then is taken for ours.
func (s *Store) ExpectEcho(ctx context.Context, id int64, until time.Time) error {
	_, err := s.pool.Exec(ctx, `UPDATE incidents SET echo_until = $2 WHERE id = $1`, id, until)
	if err != nil {
		return fmt.Errorf("record that incident %d is being changed: %w", id, err)
	}
	return nil
}

// ConvertIncident records what a request was converted to, and returns the incident as it is then: its asset is not linked to that yet.
func (s *Store) ConvertIncident(ctx context.Context, id int64, kind string, objectID int64) (Incident, error) {
	rows, err := s.pool.Query(ctx, `UPDATE incidents SET state = 'converted', cause = 'person', conversion_type = $2, conversion_id = $3,
		asset_linked = asset_linked AND conversion_id = $3, closed_at = coalesce(closed_at, now()), echo_until = NULL, updated_at = now()
		WHERE id = $1 RETURNING `+incidentColumns, id, kind, objectID)
	if err != nil {
		return Incident{}, fmt.Errorf("record the conversion of incident %d: %w", id, err)
	}
	incident, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Incident])
	if err != nil {
		return Incident{}, fmt.Errorf("record the conversion of incident %d: %w", id, err)
	}
	return incident, nil
}

// ReopenIncident records that a person opened a request again. Where another request of the same recurrence is open by now,
// it stays as it was.
func (s *Store) ReopenIncident(ctx context.Context, id int64) error {
	_, err := s.pool.Exec(ctx, `UPDATE incidents SET state = 'open', cause = '', echo_until = NULL, closed_at = NULL, updated_at = now()
		WHERE id = $1 AND state = 'closed'`, id)
	if isUniqueViolation(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("record that incident %d is open again: %w", id, err)
	}
	return nil
}

// TakeEcho tells whether a status change of the request is the echo of our own close; each close has one echo.
func (s *Store) ConsumeEcho(ctx context.Context, id int64) (bool, error) {
	tag, err := s.pool.Exec(ctx, `UPDATE incidents SET echo_until = NULL WHERE id = $1 AND echo_until > now()`, id)
	return tag.RowsAffected() > 0, err
}

// Incident returns an incident by id, or ErrNotFound.
func (s *Store) Incident(ctx context.Context, id int64) (Incident, error) {
	return oneIncident(ctx, s.pool, `WHERE id = $1`, id)
}

// Attach is Ensure for what ties the device's asset to an incident's object, be it a link or a note. Whoever confirms it records in
// the same transaction that it is done, as AssetLinked does.
func (s *Store) AttachAsset(ctx context.Context, incidentID, objectID int64, creation Creation) error {
	creation.also = func(batch *pgx.Batch, link Link) {
		batch.Queue(attached+` AND EXISTS (SELECT FROM links WHERE connection = $3 AND kind = $4 AND ninja_id = $5 AND state = 'linked')`,
			incidentID, objectID, link.Connection, link.Kind, link.NinjaID)
	}
	_, made, err := s.Ensure(ctx, creation)
	if err == nil && !made { // by an attempt that was cut off right after
		err = s.MarkAssetLinked(ctx, incidentID, objectID)
	}
	return err
}

const attached = `UPDATE incidents SET asset_linked = true, updated_at = now()
	WHERE id = $1 AND $2 = CASE WHEN conversion_id <> 0 THEN conversion_id ELSE request_id END`

// AssetLinked records that the device's asset is linked to an object, or mentioned on it. It counts only where the object is what
// the incident is by now: its request, or what that was converted to.
func (s *Store) MarkAssetLinked(ctx context.Context, id, objectID int64) error {
	_, err := s.pool.Exec(ctx, attached, id, objectID)
	if err != nil {
		return fmt.Errorf("record that the asset of incident %d is linked: %w", id, err)
	}
	return nil
}

// ActiveAlerts returns the uids of the alerts of an incident that nobody has reset.
func (s *Store) ActiveAlertUIDs(ctx context.Context, incidentID int64) ([]string, error) {
	rows, err := s.pool.Query(ctx, `SELECT uid FROM alerts WHERE incident_id = $1 AND state = 'active' ORDER BY created_at, uid`, incidentID)
	if err != nil {
		return nil, fmt.Errorf("read the alerts of incident %d: %w", incidentID, err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// OpenAlerts counts the alerts of a connection that are active and have a request.
func (s *Store) CountOpenAlerts(ctx context.Context, connection string) (count int, err error) {
	err = s.pool.QueryRow(ctx, `SELECT count(*) FROM alerts a JOIN incidents i ON i.id = a.incident_id
		WHERE a.connection = $1 AND a.state = 'active' AND i.state IN ('opening', 'open')`, connection).Scan(&count)
	return count, err
}

// KnownAlerts returns which of these alerts have been recorded before.
func (s *Store) KnownAlerts(ctx context.Context, connection string, uids []string) (map[string]bool, error) {
	rows, err := s.pool.Query(ctx, `SELECT uid FROM alerts WHERE connection = $1 AND uid = ANY($2)`, connection, uids)
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
