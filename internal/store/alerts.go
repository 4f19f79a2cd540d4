package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// The state machine of alerts (design rule 2): every transition is one transaction, so that events may come in any order and
// any number of times.

// IncidentState is where the request of an incident stands, as far as we know.
type IncidentState string

// The states of an incident.
const (
	IncidentOpening   IncidentState = "opening"
	IncidentOpen      IncidentState = "open"
	IncidentClosed    IncidentState = "closed"
	IncidentConverted IncidentState = "converted"
)

// Cause is who ended an incident.
type Cause string

// The causes: our own close after the alert was reset, or a person in Accelo.
const (
	ByReset Cause = "reset"
	ByUser  Cause = "person"
)

// Incident is one request in Accelo and the alerts that it stands for.
type Incident struct {
	ID             int64
	Connection     string
	RecurrenceKey  string
	LeaderUID      string
	OrganizationID int
	DeviceID       int
	RequestID      int64
	State          IncidentState
	Cause          Cause
	Joined         int
	NoteUID        string
	EchoUntil      *time.Time
	AssetLinked    bool
	ConversionType string
	ConversionID   int64
	ClosedAt       *time.Time
	CreatedAt      time.Time
}

const incidentColumns = `id, connection, recurrence_key, leader_uid, organization_id, device_id, request_id, state, cause, joined,
	note_uid, echo_until, asset_linked, conversion_type, conversion_id, closed_at, created_at`

// Trigger is an alert that fired.
type AlertTrigger struct {
	Connection     string
	UID            string
	ActivityID     int64
	OrganizationID int
	DeviceID       int
	// RecurrenceKey is equal for alerts that join one request; empty for one that joins none.
	RecurrenceKey string
	// ReopenWindow is how long after its end a request is reopened instead of opening a new one.
	ReopenWindow time.Duration
	// NoteInterval is how far apart notes about recurrences are at least.
	NoteInterval time.Duration
}

// Role is what an alert is to its incident.
type Role string

// The roles. A leader opens the request; one that joins is only counted; one that was reset already needs nothing.
const (
	Leads    Role = "leads"
	Joins    Role = "joins"
	WasReset Role = "was-reset"
)

// Triggered is what a trigger came to.
type TriggerResult struct {
	Role     Role
	Incident Incident
	// Note tells that the join is to be noted on the request.
	Note bool
	// claim is the claim on the request of an incident that has just begun; nil where the request is another's business too.
	claim *claim
}

// TriggerAlert records that an alert fired and finds, or begins, its incident. Called again with the same alert it answers the
// same.
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

// Alerts that could join one another are taken one after the other.
const lockFault = `SELECT pg_advisory_xact_lock(hashtextextended($1, 0))`

func (t AlertTrigger) fault() string { return t.Connection + "\n" + t.RecurrenceKey }

const recordAlert = `INSERT INTO alerts AS a (connection, uid, state, triggered_activity) VALUES ($1, $2, 'active', $3)
	ON CONFLICT (connection, uid) DO UPDATE SET triggered_activity = greatest(a.triggered_activity, EXCLUDED.triggered_activity),
		updated_at = now() RETURNING state, incident_id`

// beginIncident is the usual case in one round trip and one transaction: a new alert that can join nothing begins an incident
// and claims its request. Without a role it is another case, and nothing but the alert was recorded. Each statement sees what
// the ones before it did, and what committed while they waited.
func (s *Store) beginIncident(ctx context.Context, t AlertTrigger) (result TriggerResult, err error) {
	claim := s.newClaim(Key{Connection: t.Connection, Kind: Alerts, NinjaID: t.UID})
	batch := &pgx.Batch{}
	batch.Queue(lockFault, t.fault())
	batch.Queue(recordAlert, t.Connection, t.UID, t.ActivityID)
	batch.Queue(`WITH begun AS (
			INSERT INTO incidents (connection, recurrence_key, leader_uid, organization_id, device_id, state)
			SELECT $1, $2, $3, $4, $5, 'opening' FROM alerts WHERE connection = $1 AND uid = $3 AND state = 'active' AND incident_id IS NULL
				AND NOT EXISTS (SELECT FROM incidents WHERE connection = $1 AND recurrence_key = $2 AND recurrence_key <> ''
					AND state IN ('opening', 'open'))
				AND NOT EXISTS (SELECT FROM incidents WHERE connection = $1 AND recurrence_key = $2 AND recurrence_key <> ''
					AND state = 'closed' AND closed_at > $6)
			RETURNING `+incidentColumns+`
		), claimed AS (
			INSERT INTO links (connection, kind, ninja_id, organization_id, state, claim_token, claimed_until, doubt_until)
			SELECT connection, 'alert', leader_uid, organization_id, 'claimed', $7,
				clock_timestamp() + make_interval(secs => $8), clock_timestamp() + make_interval(secs => $9) FROM begun ON CONFLICT DO NOTHING RETURNING ninja_id
		), led AS (
			UPDATE alerts SET incident_id = begun.id FROM begun WHERE alerts.connection = begun.connection AND alerts.uid = begun.leader_uid
		)
		SELECT *, EXISTS (SELECT FROM claimed) AS claimed FROM begun`,
		t.Connection, t.RecurrenceKey, t.UID, t.OrganizationID, t.DeviceID, t.reopensSince(), claim.token, s.leaseSeconds(), s.doubtSeconds(),
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
	if err := s.pool.SendBatch(ctx, batch).Close(); err != nil { // it may have been committed all the same, and nothing was sent
		return TriggerResult{}, errors.Join(err, s.abandon(ctx, claim, NotCreated))
	}
	return result, nil
}

// reopensSince is since when an incident must have been closed to be taken up again; far in the future where none is.
func (t AlertTrigger) reopensSince() pgtype.Timestamptz {
	if t.ReopenWindow <= 0 {
		return pgtype.Timestamptz{InfinityModifier: pgtype.Infinity, Valid: true}
	}
	return pgtype.Timestamptz{Time: time.Now().Add(-t.ReopenWindow), Valid: true}
}

// findIncident is every other case: the alert was heard of before, or has an incident to join or to take up again.
func (s *Store) findIncident(ctx context.Context, trigger AlertTrigger) (result TriggerResult, err error) {
	err = s.inTransaction(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, lockFault, trigger.fault()); err != nil {
			return err
		}
		var state string
		var incidentID *int64
		err := tx.QueryRow(ctx, recordAlert, trigger.Connection, trigger.UID, trigger.ActivityID).Scan(&state, &incidentID)
		switch {
		case err != nil:
			return err
		case incidentID != nil:
			result, err = known(ctx, tx, *incidentID, trigger.UID, state)
			return err
		case state == "reset":
			result.Role = WasReset
			return nil
		}
		result, err = s.enter(ctx, tx, trigger)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE alerts SET incident_id = $3 WHERE connection = $1 AND uid = $2`,
			trigger.Connection, trigger.UID, result.Incident.ID)
		return err
	})
	return result, err
}

// known is the answer for an alert that has its incident already.
func known(ctx context.Context, tx pgx.Tx, incidentID int64, uid, state string) (TriggerResult, error) {
	incident, err := oneIncident(ctx, tx, `WHERE id = $1 FOR UPDATE`, incidentID)
	if err != nil {
		return TriggerResult{}, err
	}
	ended := state == "reset" && incident.State == IncidentClosed && incident.RequestID == 0
	if state == "reset" && !ended { // what has failed before, and was reset before it was tried again
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

// enter joins an open incident, takes up one that was closed a short while ago, or begins a new one.
func (s *Store) enter(ctx context.Context, tx pgx.Tx, trigger AlertTrigger) (TriggerResult, error) {
	if trigger.RecurrenceKey != "" {
		open, err := oneIncident(ctx, tx, `WHERE connection = $1 AND recurrence_key = $2 AND recurrence_key <> ''
			AND state IN ('opening', 'open') FOR UPDATE`,
			trigger.Connection, trigger.RecurrenceKey)
		if err == nil {
			return join(ctx, tx, open, trigger)
		}
		if !errors.Is(err, ErrNotFound) {
			return TriggerResult{}, err
		}
		if trigger.ReopenWindow > 0 {
			again, err := oneIncident(ctx, tx, `WHERE id = (SELECT id FROM incidents WHERE connection = $1 AND recurrence_key = $2
				AND recurrence_key <> '' AND state = 'closed' AND closed_at > $3 ORDER BY closed_at DESC LIMIT 1) FOR UPDATE`,
				trigger.Connection, trigger.RecurrenceKey, trigger.reopensSince())
			if err == nil {
				return reopen(ctx, tx, again, trigger)
			}
			if !errors.Is(err, ErrNotFound) {
				return TriggerResult{}, err
			}
		}
	}
	rows, err := tx.Query(ctx, `INSERT INTO incidents (connection, recurrence_key, leader_uid, organization_id, device_id, state)
		VALUES ($1, $2, $3, $4, $5, 'opening') RETURNING `+incidentColumns,
		trigger.Connection, trigger.RecurrenceKey, trigger.UID, trigger.OrganizationID, trigger.DeviceID)
	if err != nil {
		return TriggerResult{}, err
	}
	incident, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Incident])
	return TriggerResult{Role: Leads, Incident: incident}, err
}

func join(ctx context.Context, tx pgx.Tx, incident Incident, trigger AlertTrigger) (TriggerResult, error) {
	var noteUID string
	err := tx.QueryRow(ctx, `UPDATE incidents SET joined = joined + 1, updated_at = now(),
			note_uid = CASE WHEN noted_at IS NULL OR noted_at < $3 THEN $2 ELSE note_uid END,
			noted_at = CASE WHEN noted_at IS NULL OR noted_at < $3 THEN now() ELSE noted_at END
		WHERE id = $1 RETURNING joined, note_uid`, incident.ID, trigger.UID, time.Now().Add(-trigger.NoteInterval)).
		Scan(&incident.Joined, &noteUID)
	return TriggerResult{Role: Joins, Incident: incident, Note: noteUID == trigger.UID}, err
}

// reopen makes the alert the leader of an incident whose request exists, and is to be set open again.
func reopen(ctx context.Context, tx pgx.Tx, incident Incident, trigger AlertTrigger) (TriggerResult, error) {
	incident.State, incident.Cause, incident.LeaderUID = IncidentOpening, "", trigger.UID
	_, err := tx.Exec(ctx, `UPDATE incidents SET state = 'opening', cause = '', leader_uid = $2, closed_at = NULL, echo_until = NULL,
		joined = joined + 1, updated_at = now() WHERE id = $1`, incident.ID, trigger.UID)
	return TriggerResult{Role: Leads, Incident: incident}, err
}

// OpenRequest is Ensure for the request of an incident that an alert leads; a claim that came with the incident is used. Whoever
// confirms the request records in the same transaction that it is open. Active is what IncidentOpened tells.
func (s *Store) OpenRequest(ctx context.Context, triggered TriggerResult, creation Creation) (requestID int64, active bool, err error) {
	incident := triggered.Incident.ID
	creation.claim = triggered.claim
	creation.also = func(batch *pgx.Batch, link Link) {
		queueOpened(batch, incident, link.AcceloID, ` AND EXISTS (SELECT FROM links WHERE links.connection = incidents.connection
			AND kind = 'alert' AND links.state = 'linked' AND accelo_id = $2)`, &active)
	}
	link, made, err := s.Ensure(ctx, creation)
	if err == nil && !made { // by an attempt that was cut off right after
		active, err = s.MarkIncidentOpen(ctx, incident, link.AcceloID)
	}
	return link.AcceloID, active, err
}

// IncidentOpened records that an incident's request is open now, so that its leader is parked no longer. It tells whether any of
// its alerts is still active: where none is, they were reset while it was being opened, and it is to be closed.
func (s *Store) MarkIncidentOpen(ctx context.Context, id, requestID int64) (active bool, err error) {
	batch := &pgx.Batch{}
	queueOpened(batch, id, requestID, "", &active)
	if err := s.pool.SendBatch(ctx, batch).Close(); err != nil {
		return false, fmt.Errorf("record that request %d is open: %w", requestID, err)
	}
	return active, nil
}

// queueOpened looks for active alerts in a statement of its own, so that it sees a reset that committed while we waited for the
// incident's lock.
func queueOpened(batch *pgx.Batch, id, requestID int64, condition string, active *bool) {
	batch.Queue(`WITH opened AS (
			UPDATE incidents SET state = CASE WHEN state = 'opening' OR request_id = 0 AND state = 'closed' THEN 'open' ELSE state END,
				request_id = $2, updated_at = now()
			WHERE id = $1`+condition+` RETURNING connection, leader_uid)
		DELETE FROM failures USING opened
		WHERE failures.connection = opened.connection AND kind = 'alert' AND ninja_id = leader_uid`, id, requestID)
	batch.Queue(`SELECT EXISTS (SELECT FROM alerts WHERE incident_id = $1 AND state = 'active')`, id).QueryRow(
		func(row pgx.Row) error { return row.Scan(active) })
}

type querier interface {
	Query(ctx context.Context, sql string, arguments ...any) (pgx.Rows, error)
}

func oneIncident(ctx context.Context, q querier, where string, arguments ...any) (Incident, error) {
	rows, err := q.Query(ctx, `SELECT `+incidentColumns+` FROM incidents `+where, arguments...)
	if err != nil {
		return Incident{}, err
	}
	incident, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Incident])
	if errors.Is(err, pgx.ErrNoRows) {
		return Incident{}, ErrNotFound
	}
	return incident, err
}
