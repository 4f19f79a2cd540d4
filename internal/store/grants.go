package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Vendor is one of the two sides of a connection.
type Vendor string

// The vendors. The values are stored.
const (
	NinjaOne Vendor = "ninjaone"
	Accelo   Vendor = "accelo"
)

// String returns the vendor's name as users write it.
func (v Vendor) String() string {
	if v == Accelo {
		return "Accelo"
	}
	return "NinjaOne"
}

// Grant is what a user granted at a vendor by signing in.
type Grant struct {
	Vendor Vendor
	// Sealed are the access token and the refresh token.
	Sealed []byte
	// RefreshAt is when the tokens are worth replacing, ExpiresAt when the access token no longer works.
	RefreshAt, ExpiresAt time.Time
	// RenewedAt is when the vendor issued the tokens.
	RenewedAt time.Time
	// AuthorizedAt is when the user signed in, and AuthorizedBy who was logged in to the page then.
	AuthorizedAt time.Time
	AuthorizedBy string
	// Generation counts what the grant has held.
	Generation int64
	// EndedAt is when the vendor refused the refresh token, and Reason what it said; nil while the grant works.
	EndedAt *time.Time
	Reason  string
}

// ErrGrantBusy means that another process is renewing a grant.
var ErrGrantBusy = errors.New("another process is renewing this authorization")

const grantColumns = `vendor, sealed, refresh_at, expires_at, renewed_at, authorized_at, authorized_by, generation, ended_at, reason`

// Grant returns a connection's grant at a vendor, or ErrNotFound.
func (s *Store) Grant(ctx context.Context, connection string, vendor Vendor) (Grant, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+grantColumns+` FROM grants WHERE connection = $1 AND vendor = $2`, connection, vendor)
	if err != nil {
		return Grant{}, fmt.Errorf("read the authorization of connection %s: %w", connection, err)
	}
	return oneGrant(rows, connection)
}

// Grants returns the grants of a connection.
func (s *Store) Grants(ctx context.Context, connection string) ([]Grant, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+grantColumns+` FROM grants WHERE connection = $1 ORDER BY vendor DESC`, connection)
	if err != nil {
		return nil, fmt.Errorf("read the authorizations of connection %s: %w", connection, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[Grant])
}

// RenewGrant calls renew with a grant while no other process can, and stores what it returns before it returns that. Nothing is stored if
// renew fails or returns the same generation. If another process holds the grant, RenewGrant waits, or returns ErrGrantBusy without wait.
func (s *Store) RenewGrant(
	ctx context.Context, connection string, vendor Vendor, wait bool, renew func(Grant) (Grant, error),
) (grant Grant, err error) {
	lock := ` FOR UPDATE SKIP LOCKED`
	if wait {
		lock = ` FOR UPDATE`
	}
	err = s.inTransaction(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT `+grantColumns+` FROM grants WHERE connection = $1 AND vendor = $2`+lock, connection, vendor)
		if err != nil {
			return err
		}
		before, err := oneGrant(rows, connection)
		if errors.Is(err, ErrNotFound) && !wait {
			return ErrGrantBusy // or gone, which the caller's next look shows
		}
		if err != nil {
			return err
		}
		if grant, err = renew(before); err != nil || grant.Generation == before.Generation {
			return err
		}
		_, err = tx.Exec(ctx, updateGrant, connection, vendor, grant.Sealed, grant.RefreshAt, grant.ExpiresAt, grant.RenewedAt, grant.Generation,
			grant.EndedAt, storable(grant.Reason), before.Generation)
		return err
	})
	if err != nil {
		return grant, fmt.Errorf("renew the authorization of connection %s at %s: %w", connection, vendor, err)
	}
	return grant, nil
}

const updateGrant = `UPDATE grants SET sealed = $3, refresh_at = $4, expires_at = $5, renewed_at = $6, generation = $7, ended_at = $8, reason = $9
	WHERE connection = $1 AND vendor = $2 AND generation = $10`

// SaveRenewedGrant stores tokens that a vendor issued in exchange for those of the generation before, which could not be stored at once.
// It returns ErrNotFound if someone has signed in again since. That the grant has ended meanwhile does not count: only we hold the tokens
// that go on.
func (s *Store) SaveRenewedGrant(ctx context.Context, connection string, grant Grant) error {
	tag, err := s.pool.Exec(ctx, `UPDATE grants SET sealed = $3, refresh_at = $4, expires_at = $5, renewed_at = $6, generation = generation + 1,
			ended_at = NULL, reason = ''
		WHERE connection = $1 AND vendor = $2 AND (generation = $7 - 1 OR generation = $7 AND ended_at IS NOT NULL)`,
		connection, grant.Vendor, grant.Sealed, grant.RefreshAt, grant.ExpiresAt, grant.RenewedAt, grant.Generation)
	if err == nil && tag.RowsAffected() == 0 {
		return ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("store the authorization of connection %s at %s: %w", connection, grant.Vendor, err)
	}
	return nil
}

func oneGrant(rows pgx.Rows, connection string) (Grant, error) {
	grant, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Grant])
	if errors.Is(err, pgx.ErrNoRows) {
		return Grant{}, ErrNotFound
	}
	if err != nil {
		return Grant{}, fmt.Errorf("read the authorization of connection %s: %w", connection, err)
	}
	return grant, nil
}

// saveGrants stores the grants that come with a connection, and removes those of a vendor that users no longer sign in to. A stored grant of the
// same sign-in or of a later one stays: it may have been renewed since, and its former refresh token would end it.
func saveGrants(ctx context.Context, tx pgx.Tx, c Connection) error {
	signIns := c.SignIns
	if signIns == nil {
		signIns = []Vendor{}
	}
	if _, err := tx.Exec(ctx, `DELETE FROM grants WHERE connection = $1 AND NOT vendor = ANY ($2)`, c.Name, signIns); err != nil {
		return err
	}
	for _, grant := range c.Grants {
		_, err := tx.Exec(ctx, `INSERT INTO grants AS old
				(connection, vendor, sealed, refresh_at, expires_at, renewed_at, authorized_at, authorized_by, generation, ended_at, reason)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
			ON CONFLICT (connection, vendor) DO UPDATE SET sealed = EXCLUDED.sealed, refresh_at = EXCLUDED.refresh_at,
				expires_at = EXCLUDED.expires_at, renewed_at = EXCLUDED.renewed_at, authorized_at = EXCLUDED.authorized_at,
				authorized_by = EXCLUDED.authorized_by, generation = old.generation + 2, ended_at = EXCLUDED.ended_at, reason = EXCLUDED.reason
			WHERE EXCLUDED.authorized_at > old.authorized_at`,
			c.Name, grant.Vendor, grant.Sealed, grant.RefreshAt, grant.ExpiresAt, grant.RenewedAt, grant.AuthorizedAt, grant.AuthorizedBy,
			max(grant.Generation, 1), grant.EndedAt, grant.Reason)
		if err != nil {
			return err
		}
	}
	return nil
}

// keptGrants returns the grants that go with a connection to its next pair: users go on signing in to the vendor, and have not done so again.
func keptGrants(ctx context.Context, tx pgx.Tx, c Connection) ([]Grant, error) {
	if len(c.SignIns) == 0 {
		return nil, nil
	}
	// Who renews a grant holds the connection first: in this order nobody waits for each other.
	if _, err := tx.Exec(ctx, `SELECT FROM connections WHERE name = $1 FOR UPDATE`, c.Name); err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, `SELECT `+grantColumns+` FROM grants WHERE connection = $1 AND vendor = ANY ($2) FOR UPDATE`, c.Name, c.SignIns)
	if err != nil {
		return nil, err
	}
	kept, err := pgx.CollectRows(rows, pgx.RowToStructByName[Grant])
	if err != nil {
		return nil, err
	}
	given := map[Vendor]bool{}
	for _, grant := range c.Grants {
		given[grant.Vendor] = true
	}
	grants := c.Grants
	for _, grant := range kept {
		if !given[grant.Vendor] {
			grants = append(grants, grant)
		}
	}
	return grants, nil
}
