package store

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/jackc/pgx/v5"
)

// AuditEntry says who did what. Neither value may hold a secret.
type AuditEntry struct {
	ID int64     `json:"id"`
	At time.Time `json:"at"`
	// About is the connection; empty for what concerns all of them. It may no longer exist.
	About string `json:"connection"`
	// Actor asked for it through Surface, with Role.
	Actor   string `json:"actor"`
	Surface string `json:"surface"`
	Role    string `json:"role"`
	// Action is a verb such as "relink", and Subject what it was done to, such as "device 8".
	Action  string `json:"action"`
	Subject string `json:"subject"`
	// Before and After are JSON values; null if there was, or is, nothing.
	Before json.RawMessage `json:"before"`
	After  json.RawMessage `json:"after"`
}

type auditKey struct{}

// WithAudit makes the methods that change something on a user's behalf write the entry in the same transaction. They fill in the subject
// and the values before and after.
func WithAudit(ctx context.Context, entry AuditEntry) context.Context {
	return context.WithValue(ctx, auditKey{}, entry)
}

// audited writes the entry that the context carries, if it carries one, with a subject and values that encode as JSON.
func audited(ctx context.Context, tx pgx.Tx, subject string, before, after any) error {
	entry, ok := ctx.Value(auditKey{}).(AuditEntry)
	if !ok {
		return nil
	}
	entry.Subject = subject
	var err error
	if entry.Before, err = json.Marshal(before); err != nil {
		return fmt.Errorf("encode the audit entry: %w", err)
	}
	if entry.After, err = json.Marshal(after); err != nil {
		return fmt.Errorf("encode the audit entry: %w", err)
	}
	if _, err = tx.Exec(ctx, insertAudit, entry.values()...); err != nil {
		return fmt.Errorf("write the audit entry: %w", err)
	}
	return nil
}

const insertAudit = `INSERT INTO audit (about, actor, surface, role, action, subject, before, after)
	VALUES ($1, $2, $3, $4, $5, $6, nullif($7::jsonb, 'null'), nullif($8::jsonb, 'null'))`

func (e AuditEntry) values() []any {
	return []any{
		e.About, storable(e.Actor), e.Surface, e.Role, e.Action, storable(e.Subject), orNull(e.Before), orNull(e.After),
	}
}

func orNull(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 {
		return json.RawMessage("null")
	}
	return raw
}

// AppendAudit writes one entry, for what is about to be started outside the database.
func (s *Store) AppendAudit(ctx context.Context, entry AuditEntry) error {
	if _, err := s.pool.Exec(ctx, insertAudit, entry.values()...); err != nil {
		return fmt.Errorf("write the audit entry: %w", err)
	}
	return nil
}

// AuditQuery selects entries.
type AuditQuery struct {
	// About is a connection; empty selects all entries.
	About string
	// Before is the id of the entry that the next page follows; 0 begins with the newest.
	Before int64
	Limit  int
}

// Audit returns entries, the newest first.
func (s *Store) Audit(ctx context.Context, query AuditQuery) ([]AuditEntry, error) {
	before := query.Before
	if before <= 0 {
		before = math.MaxInt64
	}
	arguments, about := []any{before, query.Limit}, ""
	if query.About != "" { // a condition that is open to everything would keep an index from being used
		arguments, about = append(arguments, query.About), ` AND about = $3`
	}
	rows, err := s.pool.Query(ctx, `SELECT id, at, about, actor, surface, role, action, subject, before, after FROM audit
		WHERE id < $1`+about+` ORDER BY id DESC LIMIT $2`, arguments...)
	if err != nil {
		return nil, fmt.Errorf("read the audit: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[AuditEntry])
}
