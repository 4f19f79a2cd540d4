package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

// What an incident owes is in its row: the transaction that decides it sets it, the one that carries it out clears it. A workflow does
// that at once. If it was terminated or lost, a reconciliation finds the obligation here and starts the workflow again.

// OverdueAfter is how long an obligation may take before someone else carries it out: more than a workflow's first attempts take. While
// the workflow runs, its id keeps another one from starting.
const OverdueAfter = time.Minute

// unfailed is false for an incident of which an alert has failed: a failure is retried with its own delay.
const unfailed = `NOT EXISTS (SELECT FROM failures f JOIN alerts fa ON fa.connection = f.connection AND fa.uid = f.ninja_id
	WHERE f.connection = i.connection AND f.kind = 'alert' AND fa.incident_id = i.id)`

// isOverdueOpening selects incidents whose request should have been opened by the given time. It isn't due while their organization is
// switched off.
const isOverdueOpening = `(i.state = 'opening' AND coalesce(i.opening_since, i.updated_at) <= $%d AND ` + unfailed + `
	AND NOT is_switched_off(i.connection, i.organization_id::text))`

// Obligation is work on an incident that nobody has done in time.
type Obligation struct {
	IncidentID     int64
	RequestID      int64
	OrganizationID int
	DeviceID       int
	// UID is the alert whose workflow carries it out, and Event its stored event, {} if an earlier version stored none.
	UID   string
	Event json.RawMessage
}

const (
	beforeArgument = 2 // the position of that time among the arguments of obligations

	noEvent     = `i.leader_uid AS uid, '{}'::jsonb AS event`
	leaderEvent = `i.leader_uid AS uid,
		coalesce((SELECT a.event FROM alerts a WHERE a.connection = i.connection AND a.uid = i.leader_uid), '{}') AS event`
)

// OverdueOpenings returns incidents, the oldest first, whose request or the asset on it has been owed since before the given time. An
// asset is linked once it exists; until then an open request only needs the note that names the device. The event is their leader's.
func (s *Store) OverdueOpenings(ctx context.Context, connection string, before time.Time, limit int) ([]Obligation, error) {
	return s.obligations(ctx, leaderEvent, fmt.Sprintf(isOverdueOpening, beforeArgument)+` OR i.asset_owed_since <= $2 AND `+unfailed+`
		AND (i.state IN ('open', 'converted') AND `+hasAsset+`
			OR i.state = 'open' AND NOT EXISTS (SELECT FROM links l WHERE l.connection = i.connection AND l.kind = 'note'
				AND l.ninja_id = '`+deviceNote+`' || i.request_id AND l.state = 'linked'))`, connection, before, limit)
}

// OverdueAlerts returns the events of active alerts, the oldest first, that were recorded by the given time and still have no incident. Failed
// ones are retried as failures, and those of organizations that are switched off are not due.
func (s *Store) OverdueAlerts(ctx context.Context, connection string, before time.Time, limit int) ([]json.RawMessage, error) {
	rows, err := s.pool.Query(ctx, `SELECT event FROM alerts a WHERE connection = $1 AND state = 'active' AND incident_id IS NULL
		AND updated_at <= $2 AND event <> '{}' AND NOT `+fmt.Sprintf(isHeldOff, "a")+`
		AND NOT EXISTS (SELECT FROM failures f WHERE f.connection = a.connection AND f.kind = 'alert' AND f.ninja_id = a.uid)
		ORDER BY updated_at, uid LIMIT $3`, connection, before, limit)
	if err != nil {
		return nil, fmt.Errorf("read alerts without an incident: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[json.RawMessage])
}

// hasAsset is true for an incident whose device is linked to an asset.
const hasAsset = `EXISTS (SELECT FROM links l WHERE l.connection = i.connection AND l.kind = 'device'
	AND l.ninja_id = i.device_id::text AND l.state = 'linked')`

const deviceNote = "device of request "

// DeviceNoteKey identifies the note that names the device of a request without an asset.
func DeviceNoteKey(requestID int64) string { return deviceNote + strconv.FormatInt(requestID, 10) }

// OverdueCloses returns incidents whose last active alert was reset while their request stayed open. The event is that reset.
func (s *Store) OverdueCloses(ctx context.Context, connection string, before time.Time, limit int) ([]Obligation, error) {
	return s.obligations(ctx, `a.uid, a.reset_event AS event`, `i.state <> 'opening' AND i.close_owed_since <= $2 AND `+unfailed+`
		AND NOT EXISTS (SELECT FROM alerts WHERE incident_id = i.id AND state = 'active')`, connection, before, limit,
		`JOIN LATERAL (SELECT uid, reset_event FROM alerts WHERE incident_id = i.id AND state = 'reset' ORDER BY updated_at DESC LIMIT 1) a ON true`)
}

// OverdueFollows returns incidents whose request someone changed without anything following it: a comparison saw the change, or a person
// closed or converted the request and its alerts stayed active. If conversions keep their alerts active, keepConverted leaves these out.
// A request that was closed before its asset was linked is among them. The event is empty.
func (s *Store) OverdueFollows(ctx context.Context, connection string, keepConverted bool, before time.Time, limit int) ([]Obligation, error) {
	states := `'closed', 'converted'`
	if keepConverted {
		states = `'closed'`
	}
	// An index finds what may be owed. Closed incidents grow with the history.
	return s.obligations(ctx, noEvent, `i.id = ANY (ARRAY(SELECT id FROM incidents WHERE connection = $1 AND follow_owed_since IS NOT NULL
			UNION SELECT incident_id FROM alerts WHERE connection = $1 AND state = 'active' AND incident_id IS NOT NULL
			UNION SELECT id FROM incidents WHERE connection = $1 AND asset_owed_since IS NOT NULL))
		AND i.request_id <> 0 AND (i.follow_owed_since <= $2
		OR i.state IN (`+states+`) AND i.cause = 'person' AND i.closed_at <= $2
			AND EXISTS (SELECT FROM alerts WHERE incident_id = i.id AND state = 'active')
		OR i.state = 'closed' AND i.asset_owed_since <= $2 AND `+hasAsset+`)`, connection, before, limit)
}

// OverdueNotes returns incidents with repeat alerts that no note counts although the last one was written before the given time. The
// event is empty.
func (s *Store) OverdueNotes(ctx context.Context, connection string, before time.Time, limit int) ([]Obligation, error) {
	return s.obligations(ctx, noEvent, `i.joined > i.noted_joined AND i.request_id <> 0 AND coalesce(i.noted_at, i.created_at) <= $2`,
		connection, before, limit)
}

func (s *Store) obligations(
	ctx context.Context, event, where, connection string, before time.Time, limit int, joins ...string,
) ([]Obligation, error) {
	join := ""
	if len(joins) > 0 {
		join = joins[0]
	}
	rows, err := s.pool.Query(ctx, `SELECT i.id AS incident_id, i.request_id, i.organization_id::int, i.device_id::int, `+event+`
		FROM incidents i `+join+` WHERE i.connection = $1 AND (`+where+`) ORDER BY i.id LIMIT $3`, connection, before, limit)
	if err != nil {
		return nil, fmt.Errorf("read what incidents owe: %w", err)
	}
	owed, err := pgx.CollectRows(rows, pgx.RowToStructByName[Obligation])
	if err != nil {
		return nil, fmt.Errorf("read what incidents owe: %w", err)
	}
	return owed, nil
}

// LatestAlert returns the stored event of an incident's latest alert.
func (s *Store) LatestAlert(ctx context.Context, incidentID int64) (event json.RawMessage, err error) {
	err = s.pool.QueryRow(ctx, `SELECT coalesce((SELECT event FROM alerts WHERE incident_id = $1 ORDER BY created_at DESC, uid LIMIT 1), '{}')`,
		incidentID).Scan(&event)
	if err != nil {
		return nil, fmt.Errorf("read the latest alert of incident %d: %w", incidentID, err)
	}
	return event, nil
}

// OweFollow records that someone changed the requests of incidents. It must be called before the comparison that found so is
// remembered as done.
func (s *Store) OweFollow(ctx context.Context, incidents []int64) error {
	_, err := s.pool.Exec(ctx, `UPDATE incidents SET follow_owed_since = coalesce(follow_owed_since, now()) WHERE id = ANY($1)`, incidents)
	if err != nil {
		return fmt.Errorf("record that requests changed: %w", err)
	}
	return nil
}

// SettleFollow records that the change of an incident's request has been followed.
func (s *Store) SettleFollow(ctx context.Context, id int64) error {
	return s.settle(ctx, id, `follow_owed_since = NULL`)
}

// SettleClose records that nothing remains to be done about the reset of an incident's last alert.
func (s *Store) SettleClose(ctx context.Context, id int64) error {
	return s.settle(ctx, id, `close_owed_since = NULL`)
}

// SettleAsset records that an incident's asset needs no link, or can't have one.
func (s *Store) SettleAsset(ctx context.Context, id int64) error {
	return s.settle(ctx, id, `asset_owed_since = NULL`)
}

// SettleNote records that a note on the request counts this many joined alerts.
func (s *Store) SettleNote(ctx context.Context, id int64, joined int) error {
	return s.settle(ctx, id, `noted_joined = greatest(noted_joined, $2), noted_at = now()`, joined)
}

func (s *Store) settle(ctx context.Context, id int64, set string, values ...any) error {
	_, err := s.pool.Exec(ctx, `UPDATE incidents SET `+set+` WHERE id = $1`, append([]any{id}, values...)...)
	if err != nil {
		return fmt.Errorf("record what incident %d still owes: %w", id, err)
	}
	return nil
}

// ReplaceIncident ends an incident whose request was deleted, or converted to the object, and moves its active alerts to a new one that
// the given alert leads. Called again for the same alert, it returns that new one.
func (s *Store) ReplaceIncident(ctx context.Context, id int64, uid, conversionType string, conversionID int64) (replacement Incident, err error) {
	err = s.inTransaction(ctx, func(tx pgx.Tx) error {
		old, err := oneIncident(ctx, tx, `WHERE id = $1 FOR UPDATE`, id)
		if err != nil {
			return err
		}
		current, err := oneIncident(ctx, tx, `WHERE id = (SELECT incident_id FROM alerts WHERE connection = $1 AND uid = $2)`, old.Connection, uid)
		if err != nil || current.ID != id {
			replacement = current
			return err
		}
		state := IncidentClosed
		if conversionID != 0 {
			state = IncidentConverted
		}
		_, err = tx.Exec(ctx, `UPDATE incidents SET state = $2, cause = 'person', conversion_type = $3, conversion_id = $4, closed_at = now(),
			opening_since = NULL, close_owed_since = NULL, asset_owed_since = NULL, noted_joined = joined, echo_until = NULL, updated_at = now()
			WHERE id = $1`, id, state, conversionType, conversionID)
		if err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `INSERT INTO incidents (connection, recurrence_key, leader_uid, organization_id, device_id, state, opening_since)
			SELECT connection, recurrence_key, $2, organization_id, device_id, 'opening', now() FROM incidents WHERE id = $1
			RETURNING `+incidentColumns, id, uid)
		if err != nil {
			return err
		}
		if replacement, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Incident]); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE alerts SET incident_id = $2 WHERE incident_id = $1 AND (state = 'active' OR uid = $3)`,
			id, replacement.ID, uid)
		return err
	})
	if err != nil {
		return Incident{}, fmt.Errorf("replace incident %d: %w", id, err)
	}
	return replacement, nil
}
