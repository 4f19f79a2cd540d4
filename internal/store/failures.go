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

// Failure is a record that failed to sync. It stays until a later sync succeeds. Its JSON is what `starter status` and the API show.
type Failure struct {
	Connection string `json:"-"`
	Kind       Kind   `json:"kind"`
	NinjaID    string `json:"ninja_id"`
	// OrganizationID is the organization whose import retries the record.
	OrganizationID int    `json:"-"`
	Name           string `json:"name"`
	WorkflowID     string `json:"workflow_id"`
	Error          string `json:"error"`
	// EventType and Event restart an alert's sync; they are empty for other kinds.
	EventType EventType       `json:"-"`
	Event     json.RawMessage `json:"-"`
	Attempts  int             `json:"-"`
	Since     time.Time       `json:"since"`
	UpdatedAt time.Time       `json:"-"`
}

// Unreadable stands for the ID of records whose own can't be read. They have one failure of each kind.
const Unreadable = "unreadable"

// EventType says which event of an alert failed.
type EventType string

// The event types: an alert was triggered, or it was reset.
const (
	TriggeredEvent EventType = "triggered"
	ResetEvent     EventType = "reset"
)

// RecordFailure stores a failure. If the record has failed before, Since keeps the time of the first failure and Attempts grows.
func (s *Store) RecordFailure(ctx context.Context, failure Failure) error {
	_, err := s.pool.Exec(ctx, `INSERT INTO failures
		(connection, kind, ninja_id, organization_id, name, workflow_id, error, event_type, event)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (connection, kind, ninja_id) DO UPDATE
		SET organization_id = EXCLUDED.organization_id, name = EXCLUDED.name, workflow_id = EXCLUDED.workflow_id,
			error = EXCLUDED.error, event_type = EXCLUDED.event_type, event = EXCLUDED.event,
			attempts = failures.attempts + 1, updated_at = now()`,
		failure.Connection, failure.Kind, failure.NinjaID, failure.OrganizationID, storable(failure.Name), failure.WorkflowID,
		storable(failure.Error), failure.EventType, orEmptyObject(failure.Event))
	if err != nil {
		return fmt.Errorf("record that %s %s failed: %w", failure.Kind, failure.NinjaID, err)
	}
	return nil
}

// ClearFailures removes the failures of records that have since been synced.
func (s *Store) ClearFailures(ctx context.Context, connection string, kind Kind, ninjaIDs ...string) error {
	if len(ninjaIDs) == 0 {
		return nil
	}
	_, err := s.pool.Exec(ctx, `DELETE FROM failures WHERE connection = $1 AND kind = $2 AND ninja_id = ANY($3)`,
		connection, kind, ninjaIDs)
	if err != nil {
		return fmt.Errorf("clear failures of %ss: %w", kind, err)
	}
	return nil
}

// devicesOwed is what a failed organization still needs once an alert's flow has linked it: its import stopped before its devices.
func devicesOwed(connection string) string {
	return "It is in Accelo now. Its devices come with its next import, or with `" + rules.Command(connection, "retry") + "`."
}

// queueLinkedFailure ends the failure of a record that has just been linked, by whichever flow: its reason no longer holds, and its advice
// would be refused. An organization's failure stays until its own import succeeds.
func queueLinkedFailure(batch *pgx.Batch, key Key) {
	switch key.Kind {
	case Devices:
		batch.Queue(`DELETE FROM failures WHERE connection = $1 AND kind = $2 AND ninja_id = $3`, key.Connection, key.Kind, key.NinjaID)
	case Organizations:
		batch.Queue(`UPDATE failures SET error = $4, updated_at = now() WHERE connection = $1 AND kind = $2 AND ninja_id = $3`,
			key.Connection, key.Kind, key.NinjaID, devicesOwed(key.Connection))
	default:
	}
}

// DismissFailure removes a failure because a user asked for it, and returns it. It returns ErrNotFound if the record has not failed.
func (s *Store) DismissFailure(ctx context.Context, key Key) (dismissed Failure, err error) {
	err = s.inTransaction(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `DELETE FROM failures WHERE connection = $1 AND kind = $2 AND ninja_id = $3
			RETURNING `+failureColumns, key.Connection, key.Kind, key.NinjaID)
		if err != nil {
			return fmt.Errorf("dismiss the failure of %s %s: %w", key.Kind, key.NinjaID, err)
		}
		dismissed, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Failure])
		if errors.Is(err, pgx.ErrNoRows) {
			return ErrNotFound
		}
		if err != nil {
			return fmt.Errorf("dismiss the failure of %s %s: %w", key.Kind, key.NinjaID, err)
		}
		return audited(ctx, tx, fmt.Sprintf("%s %s", key.Kind, key.NinjaID), dismissed, nil)
	})
	return dismissed, err
}

// MoveFailure makes a failed record be retried by the import of another organization. It is no attempt.
func (s *Store) MoveFailure(ctx context.Context, connection string, kind Kind, ninjaID string, organizationID int, workflowID string) error {
	_, err := s.pool.Exec(ctx, `UPDATE failures SET organization_id = $4, workflow_id = $5 WHERE connection = $1 AND kind = $2 AND ninja_id = $3`,
		connection, kind, ninjaID, organizationID, workflowID)
	if err != nil {
		return fmt.Errorf("move the failure of %s %s: %w", kind, ninjaID, err)
	}
	return nil
}

const failureColumns = `connection, kind, ninja_id, organization_id, name, workflow_id, error, event_type, event, attempts, since, updated_at`

// Failures returns a connection's failures, the oldest first.
func (s *Store) Failures(ctx context.Context, connection string) ([]Failure, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+failureColumns+` FROM failures WHERE connection = $1 ORDER BY since, kind, ninja_id`, connection)
	if err != nil {
		return nil, fmt.Errorf("read failures: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Failure])
}

func orEmptyObject(data json.RawMessage) json.RawMessage {
	if len(data) == 0 {
		return json.RawMessage("{}")
	}
	return data
}
