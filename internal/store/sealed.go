package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
)

// SealedPlace is a column that holds sealed secrets.
type SealedPlace string

// The columns that hold sealed secrets.
const (
	SealedNinjaOne            SealedPlace = "connections.ninjaone_sealed"
	SealedAccelo              SealedPlace = "connections.accelo_sealed"
	SealedWebhooks            SealedPlace = "connections.webhooks_sealed"
	SealedGrant               SealedPlace = "grants.sealed"
	SealedFormerNinjaOne      SealedPlace = "former_deployments.ninjaone_sealed"
	SealedFormerAccelo        SealedPlace = "former_deployments.accelo_sealed"
	SealedFormerNinjaOneGrant SealedPlace = "former_deployments.ninjaone_grant"
	SealedFormerAcceloGrant   SealedPlace = "former_deployments.accelo_grant"
	SealedPending             SealedPlace = "pending_connections.sealed"
)

// SealedSecret is a secret as it is stored.
type SealedSecret struct {
	Place SealedPlace
	// Owner is the connection that it belongs to or, of a pending one, its id.
	Owner string
	// Part tells the secrets of an owner in one place apart: the vendor of a grant, or the number of a former pair.
	Part  string
	Value []byte
}

// sealedKeys are the columns that name the owner and the part of a table's secrets.
var sealedKeys = map[string][2]string{
	"connections": {"name", "''"}, "grants": {"connection", "vendor"}, "former_deployments": {"left_by", "pair::text"},
	"pending_connections": {"id", "''"},
}

// ConnectionCredentials returns the sealed credentials of all connections.
func (s *Store) ConnectionCredentials(ctx context.Context) ([]SealedSecret, error) {
	return s.sealedIn(ctx, SealedNinjaOne, SealedAccelo)
}

// SealedSecrets returns everything that is stored sealed.
func (s *Store) SealedSecrets(ctx context.Context) ([]SealedSecret, error) {
	return s.sealedIn(ctx, SealedNinjaOne, SealedAccelo, SealedWebhooks, SealedGrant, SealedFormerNinjaOne, SealedFormerAccelo,
		SealedFormerNinjaOneGrant, SealedFormerAcceloGrant, SealedPending)
}

func (s *Store) sealedIn(ctx context.Context, places ...SealedPlace) ([]SealedSecret, error) {
	selects := make([]string, len(places))
	for i, place := range places {
		table, column, keys := place.split()
		selects[i] = fmt.Sprintf(`SELECT '%s' AS place, %s AS owner, %s AS part, %s AS value FROM %s WHERE %[4]s IS NOT NULL`,
			place, keys[0], keys[1], column, table)
	}
	rows, err := s.pool.Query(ctx, strings.Join(selects, " UNION ALL ")+" ORDER BY owner, place, part")
	if err != nil {
		return nil, fmt.Errorf("read the sealed secrets: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[SealedSecret])
}

// ReplaceSealed stores a secret that was re-encrypted, unless it is no longer what was read: then it reports false. The change of a connection
// raises its version, so that nobody stores again what they have read before.
func (s *Store) ReplaceSealed(ctx context.Context, before SealedSecret, fresh []byte) (replaced bool, err error) {
	table, column, keys := before.Place.split()
	set := column + " = $3"
	if table == "connections" {
		set += ", version = version + 1, updated_at = now()"
	}
	tag, err := s.pool.Exec(ctx, fmt.Sprintf(`UPDATE %s SET %s WHERE %s = $1 AND %s = $2 AND %s = $4`, table, set, keys[0], keys[1], column),
		before.Owner, before.Part, fresh, before.Value)
	if err != nil {
		return false, fmt.Errorf("seal %s of %s anew: %w", before.Place, before.Owner, err)
	}
	return tag.RowsAffected() > 0, nil
}

func (p SealedPlace) split() (table, column string, keys [2]string) {
	table, column, _ = strings.Cut(string(p), ".")
	return table, column, sealedKeys[table]
}
