package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// FormerDeployment is a pair of accounts that a connection has left, and that may still hold our webhooks.
type FormerDeployment struct {
	// LeftBy is the connection, and Pair the number of the pair that it left at LeftAt.
	LeftBy string
	Pair   int64
	LeftAt time.Time
	// AcceloURL and AcceloSealed are the address and the sealed credentials that the connection used there.
	AcceloURL    string
	AcceloSealed []byte
	// NinjaoneURL and NinjaoneSealed are those of the tenant, nil if nothing is owed to it.
	NinjaoneURL    string
	NinjaoneSealed []byte
	// AcceloGrant and NinjaoneGrant are the sealed tokens of users who signed in there, nil if nobody did.
	AcceloGrant, NinjaoneGrant []byte
	// PublicURL is where the webhooks lead.
	PublicURL string
}

// leaveBehind stores what the connections in "gone" leave behind, in the statement that takes their rows away.
const leaveBehind = `INSERT INTO former_deployments (left_by, pair, accelo_url, accelo_sealed, ninjaone_url, ninjaone_sealed, public_url,
		accelo_grant, ninjaone_grant)
	SELECT name, pair, accelo_url, accelo_sealed, ninjaone_url, ninjaone_sealed, settings->>'public_url',
		(SELECT sealed FROM grants WHERE connection = name AND vendor = 'accelo'),
		(SELECT sealed FROM grants WHERE connection = name AND vendor = 'ninjaone')
	FROM gone WHERE settings->>'public_url' <> ''`

// leaveDeployment takes the row of a connection away for one of its next pair.
const leaveDeployment = `WITH gone AS (DELETE FROM connections WHERE name = $1 RETURNING *), left_behind AS (` + leaveBehind + `)
	SELECT pair, version, created_at, options FROM gone`

// FormerDeployments returns the deployments that a connection has left and that may hold our webhook, the oldest first.
func (s *Store) FormerDeployments(ctx context.Context, connection string) ([]FormerDeployment, error) {
	rows, err := s.pool.Query(ctx, `SELECT left_by, pair, left_at, accelo_url, accelo_sealed, ninjaone_url, ninjaone_sealed, public_url,
			accelo_grant, ninjaone_grant
		FROM former_deployments WHERE left_by = $1 ORDER BY pair`, connection)
	if err != nil {
		return nil, fmt.Errorf("read the deployments that connection %s has left: %w", connection, err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[FormerDeployment])
}

// FormerConnections returns the connections that have left accounts and have no reconciliation that could remove our webhooks there: they
// were removed, or aren't set up.
func (s *Store) FormerConnections(ctx context.Context) ([]string, error) {
	rows, err := s.pool.Query(ctx, `SELECT DISTINCT left_by FROM former_deployments f WHERE NOT EXISTS (SELECT FROM connections c
		WHERE c.name = f.left_by AND (c.settings->>'connected')::boolean) ORDER BY left_by`)
	if err != nil {
		return nil, fmt.Errorf("read who has left accounts: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// SettleFormerTenant ends what is owed to the tenant of a former pair.
func (s *Store) SettleFormerTenant(ctx context.Context, connection string, pair int64) error {
	_, err := s.pool.Exec(ctx, `UPDATE former_deployments SET ninjaone_sealed = NULL WHERE left_by = $1 AND pair = $2`, connection, pair)
	if err != nil {
		return fmt.Errorf("forget a tenant that connection %s has left: %w", connection, err)
	}
	return nil
}

// ForgetFormerDeployment ends what is owed to the deployment of a former pair.
func (s *Store) ForgetFormerDeployment(ctx context.Context, connection string, pair int64) error {
	_, err := s.pool.Exec(ctx, `DELETE FROM former_deployments WHERE left_by = $1 AND pair = $2`, connection, pair)
	if err != nil {
		return fmt.Errorf("forget a deployment that connection %s has left: %w", connection, err)
	}
	return nil
}
