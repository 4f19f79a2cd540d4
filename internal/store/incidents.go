package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// IncidentState is the last known state of an incident's request.
type IncidentState string

// The states of an incident.
const (
	IncidentOpening   IncidentState = "opening"
	IncidentOpen      IncidentState = "open"
	IncidentClosed    IncidentState = "closed"
	IncidentConverted IncidentState = "converted"
)

// Cause says who ended an incident.
type Cause string

// The causes: we closed the request after its alerts were reset, or a user did in Accelo.
const (
	ByReset Cause = "reset"
	ByUser  Cause = "person"
)

// Incident is one request in Accelo and the alerts it stands for.
type Incident struct {
	ID         int64
	Connection string
	// LeaderUID is the alert that opens the request; Joined counts the others.
	LeaderUID      string
	Joined         int
	OrganizationID int
	DeviceID       int
	// RequestID is 0 until the request exists.
	RequestID int64
	State     IncidentState
	Cause     Cause
	// NoteUID is the last alert whose workflow notes the recurrence on the request. NotedJoined is what Joined was at the last note.
	NoteUID     string
	NotedJoined int
	// AssetLinked means that the device's asset is linked to the object, or mentioned on it; AssetOwed that it still has to be.
	AssetLinked, AssetOwed bool
	// ConversionType and ConversionID name what the request was converted to.
	ConversionType string
	ConversionID   int64
	ClosedAt       *time.Time
	// FollowOwedSince is when a comparison found a change of the request that nobody has followed yet.
	FollowOwedSince *time.Time
	CreatedAt       time.Time
}

const incidentColumns = `id, connection, leader_uid, organization_id, device_id, request_id, state, cause, joined, note_uid, noted_joined,
	asset_linked, asset_owed_since IS NOT NULL AS asset_owed, conversion_type, conversion_id, closed_at, follow_owed_since, created_at`

// Incident returns an incident by id, or ErrNotFound.
func (s *Store) Incident(ctx context.Context, id int64) (Incident, error) {
	return oneIncident(ctx, s.pool, `WHERE id = $1`, id)
}

// IncidentByRequest returns the incident of a request, or ErrNotFound if the request is not ours.
func (s *Store) IncidentByRequest(ctx context.Context, connection string, requestID int64) (Incident, error) {
	return oneIncident(ctx, s.pool, `WHERE connection = $1 AND request_id = $2`, connection, requestID)
}

// MayBeOurRequest reports whether a request was opened for an alert, or may have been: as long as the create of any alert's request is under way
// or in doubt, its id is not known, and every request may be the one.
func (s *Store) MayBeOurRequest(ctx context.Context, connection string, requestID int64) (ours bool, err error) {
	err = s.pool.QueryRow(ctx, `SELECT EXISTS (SELECT FROM incidents WHERE connection = $1 AND request_id = $2 AND request_id <> 0)
		OR EXISTS (SELECT FROM links WHERE connection = $1 AND kind = 'alert' AND state = 'linked' AND accelo_id = $2)
		OR EXISTS (SELECT FROM links WHERE connection = $1 AND kind = 'alert' AND state IN ('claimed', 'doubt'))`, connection, requestID).Scan(&ours)
	if err != nil {
		return false, fmt.Errorf("look for the alerts of request %d: %w", requestID, err)
	}
	return ours, nil
}

// OpenRecurrences reports which recurrence keys have an open request, or one that is being opened.
func (s *Store) OpenRecurrences(ctx context.Context, connection string, keys []string) (map[string]bool, error) {
	rows, err := s.pool.Query(ctx, `SELECT recurrence_key FROM incidents WHERE connection = $1 AND recurrence_key = ANY($2)
		AND recurrence_key <> '' AND state IN ('opening', 'open')`, connection, keys)
	if err != nil {
		return nil, fmt.Errorf("read open recurrences: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	open := make(map[string]bool, len(list))
	for _, key := range list {
		open[key] = true
	}
	return open, err
}

// OpenRequest runs Ensure for the request of the incident that an alert leads, using the claim made with the incident if there is one.
// The transaction that confirms the request also marks the incident as open. Active is the same as for MarkIncidentOpen.
func (s *Store) OpenRequest(ctx context.Context, triggered TriggerResult, creation Creation) (requestID int64, active bool, err error) {
	incident := triggered.Incident.ID
	creation.claim = triggered.claim
	creation.also = func(batch *pgx.Batch, link Link) {
		queueOpened(batch, incident, link.AcceloID, ` AND EXISTS (SELECT FROM links WHERE links.connection = incidents.connection
			AND kind = 'alert' AND links.state = 'linked' AND accelo_id = $2)`, &active)
	}
	link, created, err := s.Ensure(ctx, creation)
	if err == nil && !created { // an earlier attempt may have stopped before it marked the incident
		active, err = s.MarkIncidentOpen(ctx, incident, link.AcceloID)
	}
	return link.AcceloID, active, err
}

// MarkIncidentOpen records that an incident's request is open and clears its leader's failure. Active reports whether any of its alerts
// is still active; if none is, they were reset while the request was being opened, and the caller must close it.
func (s *Store) MarkIncidentOpen(ctx context.Context, id, requestID int64) (active bool, err error) {
	batch := &pgx.Batch{}
	queueOpened(batch, id, requestID, "", &active)
	if err := s.pool.SendBatch(ctx, batch).Close(); err != nil {
		return false, fmt.Errorf("record that request %d is open: %w", requestID, err)
	}
	return active, nil
}

// queueOpened looks for active alerts in a separate statement, which sees a reset that committed while the first waited for the
// incident's lock.
func queueOpened(batch *pgx.Batch, id, requestID int64, condition string, active *bool) {
	batch.Queue(`WITH opened AS (
			UPDATE incidents SET state = CASE WHEN state = 'opening' OR request_id = 0 AND state = 'closed' THEN 'open' ELSE state END,
				request_id = $2, opening_since = NULL, asset_owed_since = CASE WHEN NOT asset_linked THEN coalesce(asset_owed_since, now()) END,
				updated_at = now()
			WHERE id = $1`+condition+` RETURNING connection, leader_uid)
		DELETE FROM failures USING opened
		WHERE failures.connection = opened.connection AND kind = 'alert' AND ninja_id = leader_uid`, id, requestID)
	batch.Queue(`SELECT EXISTS (SELECT FROM alerts WHERE incident_id = $1 AND state = 'active')`, id).QueryRow(
		func(row pgx.Row) error { return row.Scan(active) })
}

// BeginClose marks an incident as closed right before we close its request, so that a recurrence opens a new one. It returns false if
// another alert has joined and is active. Status changes until echoUntil count as echoes of our close. ClosedAt stays nil until
// CloseIncident completes it.
func (s *Store) BeginClose(ctx context.Context, id int64, echoUntil time.Time) (begun bool, err error) {
	err = s.inTransaction(ctx, func(tx pgx.Tx) error {
		if _, err := oneIncident(ctx, tx, `WHERE id = $1 FOR UPDATE`, id); err != nil {
			return err
		}
		// A separate statement sees what committed while we waited for the lock.
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

// CloseIncident records that an incident's request is closed, and by whom. Its asset stays owed: a closed request belongs to the history
// of its device too.
func (s *Store) CloseIncident(ctx context.Context, id int64, cause Cause) error {
	_, err := s.pool.Exec(ctx, `UPDATE incidents SET state = 'closed', cause = $2, closed_at = now(), opening_since = NULL,
		close_owed_since = NULL, updated_at = now() WHERE id = $1`, id, cause)
	if err != nil {
		return fmt.Errorf("record that incident %d is closed: %w", id, err)
	}
	return nil
}

// ReopenIncident records that a user reopened a request. If another request of the same recurrence is open, later alerts join that one.
func (s *Store) ReopenIncident(ctx context.Context, id int64) error {
	const reopened = `UPDATE incidents SET state = 'open', cause = '', echo_until = NULL, closed_at = NULL, conversion_type = '',
		conversion_id = 0, updated_at = now()`
	const ended = ` WHERE id = $1 AND state IN ('closed', 'converted')`
	_, err := s.pool.Exec(ctx, reopened+ended, id)
	if isUniqueViolation(err) {
		_, err = s.pool.Exec(ctx, reopened+`, recurrence_key = ''`+ended, id)
	}
	if err != nil {
		return fmt.Errorf("record that incident %d is open again: %w", id, err)
	}
	return nil
}

// ConvertIncident records what a request was converted to and returns the updated incident. AssetLinked is false unless the asset is
// already linked to that object.
func (s *Store) ConvertIncident(ctx context.Context, id int64, kind string, objectID int64) (Incident, error) {
	rows, err := s.pool.Query(ctx, `UPDATE incidents SET state = 'converted', cause = 'person', conversion_type = $2, conversion_id = $3,
		asset_linked = asset_linked AND conversion_id = $3, opening_since = NULL,
		asset_owed_since = CASE WHEN NOT (asset_linked AND conversion_id = $3) THEN now() END,
		closed_at = coalesce(closed_at, now()), echo_until = NULL, updated_at = now()
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

// ExpectEcho records that we are about to change a request. A status change before until counts as our own.
func (s *Store) ExpectEcho(ctx context.Context, id int64, until time.Time) error {
	_, err := s.pool.Exec(ctx, `UPDATE incidents SET echo_until = $2 WHERE id = $1`, id, until)
	if err != nil {
		return fmt.Errorf("record that incident %d is being changed: %w", id, err)
	}
	return nil
}

// ConsumeEcho reports whether a status change of the request is the echo of our own. Each of our changes has one echo.
func (s *Store) ConsumeEcho(ctx context.Context, id int64) (bool, error) {
	tag, err := s.pool.Exec(ctx, `UPDATE incidents SET echo_until = NULL WHERE id = $1 AND echo_until > now()`, id)
	return tag.RowsAffected() > 0, err
}

// AttachAsset runs Ensure for the link or note that ties the device's asset to an incident's object. The transaction that confirms it
// also does what MarkAssetLinked does.
func (s *Store) AttachAsset(ctx context.Context, incidentID, objectID int64, creation Creation) error {
	creation.also = func(batch *pgx.Batch, link Link) {
		batch.Queue(markAssetLinked+` AND EXISTS (SELECT FROM links WHERE connection = $3 AND kind = $4 AND ninja_id = $5 AND state = 'linked')`,
			incidentID, objectID, link.Connection, link.Kind, link.NinjaID)
	}
	_, created, err := s.Ensure(ctx, creation)
	if err == nil && !created { // an earlier attempt may have stopped before it marked the incident
		err = s.MarkAssetLinked(ctx, incidentID, objectID)
	}
	return err
}

const markAssetLinked = `UPDATE incidents SET asset_linked = true, asset_owed_since = NULL, updated_at = now()
	WHERE id = $1 AND $2 = CASE WHEN conversion_id <> 0 THEN conversion_id ELSE request_id END`

// MarkAssetLinked records that the device's asset is linked to an object or mentioned on it. It does nothing unless the object is still
// the incident's request, or what that was converted to.
func (s *Store) MarkAssetLinked(ctx context.Context, id, objectID int64) error {
	_, err := s.pool.Exec(ctx, markAssetLinked, id, objectID)
	if err != nil {
		return fmt.Errorf("record that the asset of incident %d is linked: %w", id, err)
	}
	return nil
}

// querier is a pool or a transaction.
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
