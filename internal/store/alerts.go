package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// Each transition of an alert is one transaction, so that its events may arrive in any order and more than once (design.md rule 6).

// AlertTrigger is an alert that fired.
type AlertTrigger struct {
	Connection     string
	UID            string
	ActivityID     int64
	OrganizationID int
	DeviceID       int
	// RecurrenceKey is equal for alerts that share a request; an alert with an empty key gets its own.
	RecurrenceKey string
	// ReopenWindow is how long after its close a request is reopened rather than a new one opened; zero means never.
	ReopenWindow time.Duration
	// NoteInterval is the shortest time between two notes about recurrences.
	NoteInterval time.Duration
	// Elsewhere says what to do if the fault's request is another organization's.
	Elsewhere Elsewhere
	// Event is the alert as JSON. It is stored, so that whatever this alert still needs can be done without the workflow that began it.
	Event json.RawMessage
}

// Role is an alert's part in its incident.
type Role string

// The roles. The leader opens the request, an alert that joins is only counted, and one that was already reset needs nothing. Moved means that
// its fault has the request of another organization, and that the caller has to say what to do.
const (
	Leads    Role = "leads"
	Joins    Role = "joins"
	WasReset Role = "was-reset"
	Moved    Role = "moved"
)

// TriggerResult says what an alert that fired needs.
type TriggerResult struct {
	Role     Role
	Incident Incident
	// Note is set if the recurrence must be noted on the request.
	Note bool
	// Stalled is the stored event of the leader if this alert joins an incident that its leader should have opened long ago: the
	// caller opens the request in the leader's place.
	Stalled json.RawMessage
	// claim is on the request of an incident that this trigger created; nil if another worker may open that request too.
	claim *claim
}

// TriggerAlert records that an alert fired and finds or creates its incident. It is idempotent.
func (s *Store) TriggerAlert(ctx context.Context, trigger AlertTrigger) (TriggerResult, error) {
	result, err := s.beginIncident(ctx, trigger)
	if err == nil && result.Role == "" {
		result, err = s.findIncident(ctx, trigger)
	}
	if err != nil {
		return TriggerResult{}, fmt.Errorf("record that alert %s fired: %w", trigger.UID, err)
	}
	return result, nil
}

// lockRecurrence serializes the alerts that could share a request.
const lockRecurrence = `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`

func (t AlertTrigger) lockKey() string { return t.Connection + "\n" + t.RecurrenceKey }

// recordAlert keeps the event that an alert's incident began with: a webhook says more than a list of active alerts does.
const recordAlert = `INSERT INTO alerts AS a (connection, uid, state, triggered_activity, event) VALUES ($1, $2, 'active', $3, $4)
	ON CONFLICT (connection, uid) DO UPDATE SET triggered_activity = greatest(a.triggered_activity, EXCLUDED.triggered_activity),
		event = CASE WHEN a.event = '{}' OR a.incident_id IS NULL THEN EXCLUDED.event ELSE a.event END, off_organization = '', updated_at = now()
	RETURNING state, incident_id`

// OweAlert records an alert that can have no incident yet: until it has one, it is among the overdue openings. It reports whether the alert is
// still active.
func (s *Store) OweAlert(ctx context.Context, connection, uid string, activityID int64, event json.RawMessage) (active bool, err error) {
	err = s.pool.QueryRow(ctx, `INSERT INTO alerts AS a (connection, uid, state, triggered_activity, event) VALUES ($1, $2, 'active', $3, $4)
		ON CONFLICT (connection, uid) DO UPDATE SET event = CASE WHEN a.event = '{}' THEN EXCLUDED.event ELSE a.event END, updated_at = now()
		RETURNING state = 'active'`, connection, uid, activityID, orEmptyObject(event)).Scan(&active)
	if err != nil {
		return false, fmt.Errorf("record alert %s: %w", uid, err)
	}
	return active, nil
}

// beginIncident handles the usual case in one round trip: a new alert with nothing to join creates an incident and claims its request.
// In every other case it records only the alert and returns no role. Each statement sees the effects of the ones before it, and what
// committed while they waited.
func (s *Store) beginIncident(ctx context.Context, t AlertTrigger) (result TriggerResult, err error) {
	claim := s.newClaim(Key{Connection: t.Connection, Kind: Alerts, NinjaID: t.UID})
	batch := &pgx.Batch{}
	batch.Queue(lockRecurrence, t.lockKey())
	batch.Queue(recordAlert, t.Connection, t.UID, t.ActivityID, orEmptyObject(t.Event))
	batch.Queue(`WITH begun AS (
			INSERT INTO incidents (connection, recurrence_key, leader_uid, organization_id, device_id, state, opening_since)
			SELECT $1, $2, $3, $4, $5, 'opening', now() FROM alerts WHERE connection = $1 AND uid = $3 AND state = 'active' AND incident_id IS NULL
				AND NOT EXISTS (SELECT FROM incidents WHERE connection = $1 AND recurrence_key = $2 AND recurrence_key <> ''
					AND state IN ('opening', 'open'))
				AND NOT EXISTS (SELECT FROM incidents WHERE connection = $1 AND recurrence_key = $2 AND recurrence_key <> ''
					AND `+reopenable+` AND closed_at > $6)
			RETURNING `+incidentColumns+`
		), claimed AS (
			INSERT INTO links (connection, kind, ninja_id, organization_id, state, claim_token, claimed_until, doubt_until)
			SELECT connection, 'alert', leader_uid, organization_id, 'claimed', $7,
				clock_timestamp() + make_interval(secs => $8), clock_timestamp() + make_interval(secs => $9) FROM begun ON CONFLICT DO NOTHING RETURNING ninja_id
		), led AS (
			UPDATE alerts SET incident_id = begun.id FROM begun WHERE alerts.connection = begun.connection AND alerts.uid = begun.leader_uid
		)
		SELECT *, EXISTS (SELECT FROM claimed) AS claimed FROM begun`,
		t.Connection, t.RecurrenceKey, t.UID, t.OrganizationID, t.DeviceID, t.reopenAfter(), claim.token, s.leaseSeconds(), s.doubtSeconds(),
	).Query(func(rows pgx.Rows) error {
		begun, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[struct {
			Incident
			Claimed bool
		}])
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		result = TriggerResult{Role: Leads, Incident: begun.Incident}
		if begun.Claimed {
			result.claim = &claim
		}
		return err
	})
	if err := s.pool.SendBatch(ctx, batch).Close(); err != nil { // it may have committed, but no create was sent
		return TriggerResult{}, errors.Join(err, s.abandon(ctx, claim, NotCreated))
	}
	return result, nil
}

// reopenAfter is the close time from which an incident may be reopened; it is infinity if none may.
func (t AlertTrigger) reopenAfter() pgtype.Timestamptz {
	if t.ReopenWindow <= 0 {
		return pgtype.Timestamptz{InfinityModifier: pgtype.Infinity, Valid: true}
	}
	return pgtype.Timestamptz{Time: time.Now().Add(-t.ReopenWindow), Valid: true}
}

// findIncident handles every other case: the alert is known, or it can join or reopen an incident.
func (s *Store) findIncident(ctx context.Context, trigger AlertTrigger) (result TriggerResult, err error) {
	err = s.inTransaction(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, lockRecurrence, trigger.lockKey()); err != nil {
			return err
		}
		var state string
		var incidentID *int64
		err := tx.QueryRow(ctx, recordAlert, trigger.Connection, trigger.UID, trigger.ActivityID, orEmptyObject(trigger.Event)).Scan(&state, &incidentID)
		switch {
		case err != nil:
			return err
		case incidentID != nil:
			result, err = repeated(ctx, tx, *incidentID, trigger.UID, state)
			return err
		case state == "reset":
			result.Role = WasReset
			return nil
		}
		result, err = s.joinOrBegin(ctx, tx, trigger)
		if err != nil || result.Role == Moved {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE alerts SET incident_id = $3 WHERE connection = $1 AND uid = $2`,
			trigger.Connection, trigger.UID, result.Incident.ID)
		return err
	})
	return result, err
}

// repeated returns the result for an alert that already has an incident.
func repeated(ctx context.Context, tx pgx.Tx, incidentID int64, uid, state string) (TriggerResult, error) {
	incident, err := oneIncident(ctx, tx, `WHERE id = $1 FOR UPDATE`, incidentID)
	if err != nil {
		return TriggerResult{}, err
	}
	ended := state == "reset" && incident.State == IncidentClosed && incident.RequestID == 0
	if state == "reset" && !ended { // it failed and was reset before this retry
		if ended, err = endUnopened(ctx, tx, incident); err != nil {
			return TriggerResult{}, err
		}
	}
	result := TriggerResult{Role: Joins, Incident: incident, Note: incident.NoteUID == uid}
	switch {
	case ended:
		result.Role = WasReset
	case incident.LeaderUID == uid:
		result.Role = Leads
	case state == "reset":
		result.Role = WasReset
	}
	return result, err
}

// joinOrBegin joins an open incident, reopens one that was closed within the window, or begins a new one.
func (s *Store) joinOrBegin(ctx context.Context, tx pgx.Tx, trigger AlertTrigger) (TriggerResult, error) {
	if result, err := s.continued(ctx, tx, trigger); err != nil || result.Role != "" {
		return result, err
	}
	rows, err := tx.Query(ctx, `INSERT INTO incidents (connection, recurrence_key, leader_uid, organization_id, device_id, state, opening_since)
		VALUES ($1, $2, $3, $4, $5, 'opening', now()) RETURNING `+incidentColumns,
		trigger.Connection, trigger.RecurrenceKey, trigger.UID, trigger.OrganizationID, trigger.DeviceID)
	if err != nil {
		return TriggerResult{}, err
	}
	incident, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Incident])
	return TriggerResult{Role: Leads, Incident: incident}, err
}

// notesNow selects the incidents on whose request an alert that joins is noted at once. Until that is done, and without a request, the note is
// owed: noted_joined says how many alerts the last one counts.
const notesNow = `request_id <> 0 AND (noted_at IS NULL OR noted_at < $3)`

// join counts the alert. If the incident is waiting to be opened for so long that its workflow must be gone, and that didn't fail, the
// caller takes over.
func join(ctx context.Context, tx pgx.Tx, incident Incident, trigger AlertTrigger) (TriggerResult, error) {
	var noteUID string
	var stalled json.RawMessage
	err := tx.QueryRow(ctx, `UPDATE incidents AS i SET joined = joined + 1, updated_at = now(), close_owed_since = NULL,
			note_uid = CASE WHEN `+notesNow+` THEN $2 ELSE note_uid END,
			noted_at = CASE WHEN `+notesNow+` THEN now() ELSE noted_at END
		WHERE id = $1 RETURNING joined, note_uid, CASE WHEN `+fmt.Sprintf(isOverdueOpening, 4)+`
			THEN (SELECT event FROM alerts a WHERE a.connection = i.connection AND a.uid = i.leader_uid) END`,
		incident.ID, trigger.UID, time.Now().Add(-trigger.NoteInterval), time.Now().Add(-OverdueAfter)).Scan(&incident.Joined, &noteUID, &stalled)
	return TriggerResult{Role: Joins, Incident: incident, Note: noteUID == trigger.UID, Stalled: stalled}, err
}

// reopenable selects the incidents that may be reopened when their fault comes back. A request that a person closed stays closed.
const reopenable = `state = 'closed' AND cause = 'reset'`

// reopen makes the alert the leader of an incident whose existing request must be reopened.
func reopen(ctx context.Context, tx pgx.Tx, incident Incident, trigger AlertTrigger) (TriggerResult, error) {
	incident.State, incident.Cause, incident.LeaderUID = IncidentOpening, "", trigger.UID
	_, err := tx.Exec(ctx, `UPDATE incidents SET state = 'opening', cause = '', leader_uid = $2, opening_since = now(), closed_at = NULL,
		close_owed_since = NULL, echo_until = NULL, joined = joined + 1, updated_at = now() WHERE id = $1`, incident.ID, trigger.UID)
	return TriggerResult{Role: Leads, Incident: incident}, err
}
