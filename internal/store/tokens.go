package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Token is a token of the API. The token itself is not stored, only its hash.
type Token struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Role      string    `json:"role"`
	CreatedBy string    `json:"created_by"`
	CreatedAt time.Time `json:"created_at"`
	// ExpiresAt is when the token stops working; null means never.
	ExpiresAt *time.Time `json:"expires_at"`
	// LastUsedAt is accurate to a minute.
	LastUsedAt *time.Time `json:"last_used_at"`
}

const tokenColumns = `id, name, role, created_by, created_at, expires_at, last_used_at`

// CreateToken stores a token by its hash, and returns it as stored.
func (s *Store) CreateToken(ctx context.Context, token Token, hash []byte) (created Token, err error) {
	err = s.inTransaction(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `INSERT INTO api_tokens (id, name, role, hash, created_by, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
			RETURNING `+tokenColumns, token.ID, token.Name, token.Role, hash, token.CreatedBy, token.ExpiresAt)
		if err != nil {
			return err
		}
		if created, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Token]); err != nil {
			return err
		}
		return audited(ctx, tx, "token "+created.Name, nil, created)
	})
	if err != nil {
		return Token{}, fmt.Errorf("store token %s: %w", token.Name, err)
	}
	return created, nil
}

// Tokens returns all tokens that have not been deleted, expired ones included, the oldest first.
func (s *Store) Tokens(ctx context.Context) ([]Token, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+tokenColumns+` FROM api_tokens ORDER BY created_at, id`)
	if err != nil {
		return nil, fmt.Errorf("read tokens: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Token])
}

// DeleteToken deletes a token, which stops working at once. It returns ErrNotFound if there is none of that id.
func (s *Store) DeleteToken(ctx context.Context, id string) error {
	return s.inTransaction(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `DELETE FROM api_tokens WHERE id = $1 RETURNING `+tokenColumns, id)
		if err != nil {
			return fmt.Errorf("delete token: %w", err)
		}
		deleted, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Token])
		if errors.Is(err, pgx.ErrNoRows) {
			return ErrNotFound
		}
		if err != nil {
			return fmt.Errorf("delete token: %w", err)
		}
		return audited(ctx, tx, "token "+deleted.Name, deleted, nil)
	})
}

// UseToken returns the token with a hash and notes its use. It returns ErrNotFound if there is none, or if it has expired.
func (s *Store) UseToken(ctx context.Context, hash []byte) (Token, error) {
	rows, err := s.pool.Query(ctx, `WITH used AS (UPDATE api_tokens SET last_used_at = now()
			WHERE hash = $1 AND coalesce(expires_at > now(), true) AND coalesce(last_used_at < now() - interval '1 minute', true))
		SELECT `+tokenColumns+` FROM api_tokens WHERE hash = $1 AND coalesce(expires_at > now(), true)`, hash)
	if err != nil {
		return Token{}, fmt.Errorf("look up a token: %w", err)
	}
	token, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Token])
	if errors.Is(err, pgx.ErrNoRows) {
		return Token{}, ErrNotFound
	}
	return token, err
}
