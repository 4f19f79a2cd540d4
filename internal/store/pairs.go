package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// ErrFormerPair means that a connection has moved to another pair of accounts since the caller began: what the caller knows
// belongs to the former pair, so it may neither read nor write anything of the current one.
var ErrFormerPair = errors.New("the connection has moved to another pair of NinjaOne and Accelo accounts since this began; " +
	"nothing of the former pair is used any more")

// Pair names one pair of a NinjaOne tenant and an Accelo deployment (design.md rule 2): the connection, and how many pairs it has
// had. Ids of the two vendors mean nothing outside their pair.
type Pair struct {
	Connection string
	Number     int64
	// Since is when the connection moved to the pair, by the database's clock.
	Since time.Time
}

type pairKey struct{}

// WithPair binds a context to a pair. Once the connection has left the pair, every method of the store returns ErrFormerPair to
// this context and does nothing.
func WithPair(ctx context.Context, pair Pair) context.Context {
	return context.WithValue(ctx, pairKey{}, pair)
}

// PairFrom returns the pair that a context is bound to.
func PairFrom(ctx context.Context) (pair Pair, bound bool) {
	pair, bound = ctx.Value(pairKey{}).(Pair)
	return pair, bound
}

// CurrentPair returns the pair of a connection, or ErrNotFound.
func (s *Store) CurrentPair(ctx context.Context, name string) (Pair, error) {
	pair := Pair{Connection: name}
	err := s.pool.QueryRow(ctx, `SELECT pair, pair_since FROM connections WHERE name = $1`, name).Scan(&pair.Number, &pair.Since)
	if errors.Is(err, pgx.ErrNoRows) {
		return Pair{}, ErrNotFound
	}
	if err != nil {
		return Pair{}, fmt.Errorf("read the pair of connection %s: %w", name, err)
	}
	return pair, nil
}

// Identity is what identifies the two accounts of a pair. An empty part is not known.
type Identity struct {
	Accelo   AcceloIdentity   `json:"accelo,omitzero"`
	NinjaOne NinjaOneIdentity `json:"ninjaone,omitzero"`
}

// Empty reports whether neither account is known.
func (i Identity) Empty() bool {
	return i.Accelo == AcceloIdentity{} && len(i.NinjaOne.Devices)+len(i.NinjaOne.Organizations) == 0
}

// AcceloIdentity names a deployment.
type AcceloIdentity struct {
	// Deployment is the label of the deployment, in lower case.
	Deployment string `json:"deployment,omitempty"`
	// Source says where the label is from, because two sources may name one deployment differently.
	Source string `json:"source,omitempty"`
}

// NinjaOneIdentity recognizes a tenant by some of its records, because nothing in NinjaOne's API names a tenant.
type NinjaOneIdentity struct {
	Devices       []KnownDevice       `json:"devices,omitempty"`
	Organizations []KnownOrganization `json:"organizations,omitempty"`
}

// KnownDevice is a device with the attributes that never change. Older tenants have no UIDs.
type KnownDevice struct {
	ID      int       `json:"id"`
	UID     string    `json:"uid,omitempty"`
	Created time.Time `json:"created,omitzero"`
}

// KnownOrganization is an organization and its name.
type KnownOrganization struct {
	ID   int    `json:"id"`
	Name string `json:"name"`
}

// SaveIdentity replaces what is known about the accounts of a connection's pair.
func (s *Store) SaveIdentity(ctx context.Context, name string, identity Identity) error {
	_, err := s.pool.Exec(ctx, `UPDATE connections SET identity = $2, updated_at = now() WHERE name = $1`, name, identity)
	if err != nil {
		return fmt.Errorf("save the identity of connection %s: %w", name, err)
	}
	return nil
}

// Holdings count what a connection knows of its pair.
type Holdings struct {
	Organizations, Devices, Requests, Alerts, Failures int
}

// Empty reports whether there is nothing that another pair could mistake for its own.
func (h Holdings) Empty() bool { return h == Holdings{} }

// Holdings returns what a connection knows of its pair.
func (s *Store) Holdings(ctx context.Context, name string) (Holdings, error) {
	rows, err := s.pool.Query(ctx, `SELECT
		(SELECT count(*) FROM links WHERE connection = $1 AND kind = 'organization')::int AS organizations,
		(SELECT count(*) FROM links WHERE connection = $1 AND kind = 'device')::int AS devices,
		(SELECT count(*) FROM incidents WHERE connection = $1 AND request_id <> 0)::int AS requests,
		(SELECT count(*) FROM alerts WHERE connection = $1)::int AS alerts,
		(SELECT count(*) FROM failures WHERE connection = $1)::int AS failures`, name)
	if err != nil {
		return Holdings{}, fmt.Errorf("count what connection %s holds: %w", name, err)
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByName[Holdings])
}

// MovePair gives a connection to another pair of accounts, which begins with nothing of the former one: every row that belongs to
// the connection is deleted with it, whatever its table, and the connection is created again with the new credentials, its options and
// the next number. Statements of the former pair either commit before or fail with ErrFormerPair. A connection that does not exist is
// created with its first pair. The version in c must be the stored one, otherwise MovePair returns ErrConnectionChanged.
func (s *Store) MovePair(ctx context.Context, c Connection) (Pair, error) {
	pair := Pair{Connection: c.Name}
	err := s.inTransaction(ctx, func(tx pgx.Tx) error {
		created := time.Now()
		var version int64
		options := c.Chosen // of a connection that does not exist yet
		var err error
		if c.Grants, err = keptGrants(ctx, tx, c); err != nil {
			return err
		}
		err = tx.QueryRow(ctx, leaveDeployment, c.Name).Scan(&pair.Number, &version, &created, &options)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		if version != c.Version {
			return ErrConnectionChanged
		}
		if pair.Number == 0 { // a connection of that name may have been removed
			err := tx.QueryRow(ctx, `SELECT coalesce(max(pair), 0), coalesce(max(version), 0) FROM retired_connections WHERE name = $1`, c.Name).
				Scan(&pair.Number, &version)
			if err != nil {
				return err
			}
		}
		pair.Number++
		err = tx.QueryRow(ctx, `INSERT INTO connections (name, ninjaone_url, ninjaone_auth, ninjaone_sealed, accelo_url, deployment, accelo_sealed,
				identity, pair, pair_since, version, created_at, options)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, clock_timestamp(), $10, $11, coalesce($12, '{}'::jsonb)) RETURNING pair_since`,
			c.Name, c.NinjaoneURL, c.NinjaoneAuth, c.NinjaoneSealed, c.AcceloURL, c.Deployment, c.AcceloSealed,
			c.Identity, pair.Number, version+1, created, options).Scan(&pair.Since)
		if err != nil {
			return err
		}
		return saveGrants(ctx, tx, c)
	})
	if isUniqueViolation(err) { // another process created it at the same time
		err = ErrConnectionChanged
	}
	if err != nil {
		return Pair{}, fmt.Errorf("move connection %s to another pair: %w", c.Name, err)
	}
	return pair, nil
}
