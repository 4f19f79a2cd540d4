package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Session is a user who is logged in to the page.
type Session struct {
	// SecretHash is the hash of what the browser holds, and OpenedWith that of what the user logged in with.
	SecretHash, OpenedWith []byte
	// Role is what the user may do, and Who their name in the audit trail.
	Role, Who string
	// OpenedAt is when the user logged in, SeenAt when a page was last opened, to the minute.
	OpenedAt, SeenAt time.Time
}

// SessionLimits say when a session ends although nobody logs out.
type SessionLimits struct {
	// Idle is the longest time between two pages, Lifetime that since the login.
	Idle, Lifetime time.Duration
}

// seenPrecision is how old SeenAt may grow before another page is worth a write.
const seenPrecision = time.Minute

// OpenSession stores a new session and removes those that have ended.
func (s *Store) OpenSession(ctx context.Context, session Session, limits SessionLimits) error {
	now := session.OpenedAt
	batch := &pgx.Batch{}
	batch.Queue(`DELETE FROM sessions WHERE seen_at <= $1 OR opened_at <= $2`, now.Add(-limits.Idle), now.Add(-limits.Lifetime))
	batch.Queue(`INSERT INTO sessions (secret_hash, opened_with, role, who, opened_at, seen_at) VALUES ($1, $2, $3, $4, $5, $5)`,
		session.SecretHash, session.OpenedWith, session.Role, session.Who, now)
	if err := s.pool.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("open a session: %w", err)
	}
	return nil
}

// UseSession returns the session of a secret and notes that it was used now. It returns ErrNotFound if there is none, or if it has ended.
func (s *Store) UseSession(ctx context.Context, secretHash []byte, now time.Time, limits SessionLimits) (Session, error) {
	rows, err := s.pool.Query(ctx, `SELECT secret_hash, opened_with, role, who, opened_at, seen_at FROM sessions
		WHERE secret_hash = $1 AND seen_at > $2 AND opened_at > $3`, secretHash, now.Add(-limits.Idle), now.Add(-limits.Lifetime))
	if err != nil {
		return Session{}, fmt.Errorf("read the session: %w", err)
	}
	session, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Session])
	if errors.Is(err, pgx.ErrNoRows) {
		return Session{}, ErrNotFound
	}
	if err != nil {
		return Session{}, fmt.Errorf("read the session: %w", err)
	}
	if now.Sub(session.SeenAt) < seenPrecision {
		return session, nil
	}
	if _, err := s.pool.Exec(ctx, `UPDATE sessions SET seen_at = greatest(seen_at, $2) WHERE secret_hash = $1`, secretHash, now); err != nil {
		return Session{}, fmt.Errorf("note the session's use: %w", err)
	}
	session.SeenAt = now
	return session, nil
}

// CloseSession ends a session.
func (s *Store) CloseSession(ctx context.Context, secretHash []byte) error {
	if _, err := s.pool.Exec(ctx, `DELETE FROM sessions WHERE secret_hash = $1`, secretHash); err != nil {
		return fmt.Errorf("close the session: %w", err)
	}
	return nil
}
