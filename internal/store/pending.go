package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Where a pending connection began. The values are stored.
const (
	BegunAtAccelo   = "accelo"
	BegunAtNinjaOne = "ninjaone"
	BegunReconnect  = "reconnect"
)

// PendingConnection waits for users to sign in at the vendors.
type PendingConnection struct {
	// ID is random, and part of the link that it is resumed from.
	ID string
	// Name is what the connection will be called, empty if nobody has said so.
	Name string
	// Connection is the one whose user signs in again, or empty.
	Connection string `db:"again_for"`
	// BegunAt is where it began: BegunAtAccelo, BegunAtNinjaOne or BegunReconnect.
	BegunAt string
	BegunBy string
	// Sealed is what was typed, and what users granted so far.
	Sealed []byte
	// Problem is why it is not done, and Field the input at fault.
	Problem, Field string
	// SentTo is the vendor that a user was sent to at SentAt, and has not come back from.
	SentTo Vendor
	SentAt *time.Time

	CreatedAt, ExpiresAt time.Time
	// Version grows with every change.
	Version int64
}

const pendingColumns = `id, name, again_for, begun_at, begun_by, sealed, problem, field, sent_to, sent_at, created_at, expires_at, version`

const removeExpired = `DELETE FROM pending_connections WHERE expires_at <= $1`

// CreatePending stores a new pending connection, and removes those that have expired.
func (s *Store) CreatePending(ctx context.Context, p PendingConnection) error {
	batch := &pgx.Batch{}
	batch.Queue(removeExpired, p.CreatedAt)
	batch.Queue(`INSERT INTO pending_connections (id, name, again_for, begun_at, begun_by, sealed, problem, field, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		p.ID, storable(p.Name), p.Connection, p.BegunAt, p.BegunBy, p.Sealed, storable(p.Problem), p.Field, p.CreatedAt, p.ExpiresAt)
	if err := s.pool.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("store a pending connection: %w", err)
	}
	return nil
}

// Pending returns a pending connection, or ErrNotFound if there is none or it has expired.
func (s *Store) Pending(ctx context.Context, id string, now time.Time) (PendingConnection, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+pendingColumns+` FROM pending_connections WHERE id = $1 AND expires_at > $2`, id, now)
	if err != nil {
		return PendingConnection{}, fmt.Errorf("read a pending connection: %w", err)
	}
	pending, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[PendingConnection])
	if errors.Is(err, pgx.ErrNoRows) {
		return PendingConnection{}, ErrNotFound
	}
	if err != nil {
		return PendingConnection{}, fmt.Errorf("read a pending connection: %w", err)
	}
	return pending, nil
}

// PendingConnections returns the connections that are being made, the oldest first, and removes those that have expired: they hold secrets.
func (s *Store) PendingConnections(ctx context.Context, now time.Time) ([]PendingConnection, error) {
	if _, err := s.pool.Exec(ctx, removeExpired, now); err != nil {
		return nil, fmt.Errorf("remove expired pending connections: %w", err)
	}
	rows, err := s.pool.Query(ctx, `SELECT `+pendingColumns+` FROM pending_connections WHERE expires_at > $1 AND again_for = '' ORDER BY created_at, id`,
		now)
	if err != nil {
		return nil, fmt.Errorf("read the pending connections: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[PendingConnection])
}

// ChangePending stores a pending connection. It returns ErrConnectionChanged if someone else changed it since it was read.
func (s *Store) ChangePending(ctx context.Context, p PendingConnection) error {
	var sentAt *time.Time
	if p.SentTo != "" {
		sentAt = p.SentAt
	}
	tag, err := s.pool.Exec(ctx, `UPDATE pending_connections SET name = $2, sealed = $3, problem = $4, field = $5, sent_to = $6, sent_at = $7,
			expires_at = $8, version = version + 1 WHERE id = $1 AND version = $9`,
		p.ID, storable(p.Name), p.Sealed, storable(p.Problem), p.Field, p.SentTo, sentAt, p.ExpiresAt, p.Version)
	if err == nil && tag.RowsAffected() == 0 {
		err = ErrConnectionChanged
	}
	if err != nil {
		return fmt.Errorf("change a pending connection: %w", err)
	}
	return nil
}

// EndPending removes a pending connection.
func (s *Store) EndPending(ctx context.Context, id string) error {
	if _, err := s.pool.Exec(ctx, `DELETE FROM pending_connections WHERE id = $1`, id); err != nil {
		return fmt.Errorf("remove a pending connection: %w", err)
	}
	return nil
}

// OAuthState ties a vendor's redirect to the session and the pending connection that it is for.
type OAuthState struct {
	// Hash is that of the state, and Session that of the session's secret.
	Hash, Session []byte
	Pending       string
	Vendor        Vendor
	CreatedAt     time.Time
	UsedAt        *time.Time
}

// stateLife is how long a state can be used, and stateMemory how long it is known.
const (
	stateLife   = 10 * time.Minute
	stateMemory = 24 * time.Hour
)

// What is wrong with a state.
var (
	ErrStateUsed         = errors.New("the state was used before")
	ErrStateExpired      = errors.New("the state has expired")
	ErrStateOtherSession = errors.New("the state belongs to another session")
)

// AddState stores a state, and removes those that nobody needs any more.
func (s *Store) AddState(ctx context.Context, state OAuthState) error {
	batch := &pgx.Batch{}
	batch.Queue(`DELETE FROM oauth_states WHERE created_at <= $1`, state.CreatedAt.Add(-stateMemory))
	batch.Queue(`INSERT INTO oauth_states (hash, session, pending, vendor, created_at) VALUES ($1, $2, $3, $4, $5)`,
		state.Hash, state.Session, state.Pending, state.Vendor, state.CreatedAt)
	if err := s.pool.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("store a sign-in's state: %w", err)
	}
	return nil
}

// UseState uses a state up, which works once, within ten minutes, and in the session it was made for. The state comes with the error too, except with
// ErrNotFound.
func (s *Store) UseState(ctx context.Context, hash, session []byte, vendor Vendor, now time.Time) (state OAuthState, err error) {
	err = s.inTransaction(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT hash, session, pending, vendor, created_at, used_at FROM oauth_states
			WHERE hash = $1 AND vendor = $2 FOR UPDATE`, hash, vendor)
		if err != nil {
			return err
		}
		state, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[OAuthState])
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return ErrNotFound
		case err != nil:
			return err
		case string(state.Session) != string(session):
			return ErrStateOtherSession
		case state.UsedAt != nil:
			return ErrStateUsed
		case now.Sub(state.CreatedAt) > stateLife:
			return ErrStateExpired
		}
		_, err = tx.Exec(ctx, `UPDATE oauth_states SET used_at = $2 WHERE hash = $1`, hash, now)
		return err
	})
	return state, err
}
