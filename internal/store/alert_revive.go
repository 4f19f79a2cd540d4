package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Revival says what an alert needs that turned out to be active although it counted as reset.
type Revival struct {
	// Revived is false if the alert changed in the meantime, or its request is being closed right now.
	Revived bool
	// Request means that its request has to be opened or reopened.
	Request bool
	// FollowRequest is the request that a person closed or converted: its alert still has to be reset in NinjaOne. 0 means none.
	FollowRequest int64
}

// ReviveAlert records that an alert is active after all, if it was reset by that activity, 0 for none. TriggeredActivity is the newest
// that triggered it, 0 if unknown. An incident that ended because of the reset has to be opened again, unless another one is open for
// the same fault: then the alert joins that. What a person did with a request stays.
func (s *Store) ReviveAlert(ctx context.Context, connection, uid string, resetActivity, triggeredActivity int64) (revival Revival, err error) {
	err = s.inTransaction(ctx, func(tx pgx.Tx) error {
		incident, key, err := lockResetAlert(ctx, tx, connection, uid, resetActivity)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if incident == nil { // it never had a request, so it is unknown again: the next comparison finds it and decides
			revival.Revived = true
			_, err := tx.Exec(ctx, `DELETE FROM alerts WHERE connection = $1 AND uid = $2`, connection, uid)
			return err
		}
		if incident.State == IncidentClosed && incident.ClosedAt == nil {
			return nil
		}
		if revival, err = reviveIncident(ctx, tx, *incident, key, uid); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE alerts SET state = 'active', reset_activity = 0, reset_event = '{}', reset_by_us = false,
			triggered_activity = greatest(triggered_activity, $3), updated_at = now() WHERE connection = $1 AND uid = $2`,
			connection, uid, triggeredActivity)
		return err
	})
	if err != nil {
		return Revival{}, fmt.Errorf("record that alert %s is active after all: %w", uid, err)
	}
	return revival, nil
}

// lockResetAlert locks a reset alert and its incident, in the order of the alert's other transitions. The incident is nil if it has none.
func lockResetAlert(ctx context.Context, tx pgx.Tx, connection, uid string, resetActivity int64) (incident *Incident, key string, err error) {
	var incidentID *int64
	err = tx.QueryRow(ctx, `SELECT a.incident_id, coalesce(i.recurrence_key, '') FROM alerts a LEFT JOIN incidents i ON i.id = a.incident_id
		WHERE a.connection = $1 AND a.uid = $2`, connection, uid).Scan(&incidentID, &key)
	if err == nil {
		_, err = tx.Exec(ctx, lockRecurrence, AlertTrigger{Connection: connection, RecurrenceKey: key}.lockKey())
	}
	if err == nil {
		err = tx.QueryRow(ctx, `SELECT incident_id FROM alerts WHERE connection = $1 AND uid = $2 AND state = 'reset' AND reset_activity = $3
			FOR UPDATE`, connection, uid, resetActivity).Scan(&incidentID)
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, "", ErrNotFound
	}
	if err != nil || incidentID == nil {
		return nil, "", err
	}
	found, err := oneIncident(ctx, tx, `WHERE id = $1 FOR UPDATE`, *incidentID)
	return &found, key, err
}

// reviveIncident does what the incident of an alert needs that is active again.
func reviveIncident(ctx context.Context, tx pgx.Tx, incident Incident, key, uid string) (Revival, error) {
	switch {
	case incident.State == IncidentOpening, incident.State == IncidentOpen:
		_, err := tx.Exec(ctx, `UPDATE incidents SET close_owed_since = NULL WHERE id = $1`, incident.ID)
		return Revival{Revived: true}, err
	case incident.Cause != ByReset:
		return Revival{Revived: true, FollowRequest: incident.RequestID}, nil
	}
	other, err := oneIncident(ctx, tx, `WHERE connection = $1 AND recurrence_key = $2 AND recurrence_key <> '' AND state IN ('opening', 'open')
		FOR UPDATE`, incident.Connection, key)
	if err == nil {
		_, err := tx.Exec(ctx, `UPDATE incidents SET joined = joined + 1, close_owed_since = NULL, updated_at = now() WHERE id = $1`, other.ID)
		if err != nil {
			return Revival{}, err
		}
		_, err = tx.Exec(ctx, `UPDATE alerts SET incident_id = $3 WHERE connection = $1 AND uid = $2`, incident.Connection, uid, other.ID)
		return Revival{Revived: true}, err
	}
	if !errors.Is(err, ErrNotFound) {
		return Revival{}, err
	}
	_, err = tx.Exec(ctx, `UPDATE incidents SET state = 'opening', cause = '', leader_uid = $2, opening_since = now(), closed_at = NULL,
		echo_until = NULL, close_owed_since = NULL, updated_at = now() WHERE id = $1`, incident.ID, uid)
	return Revival{Revived: true, Request: true}, err
}
