package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"ninjaone-accelo/internal/rules"
)

// ListedOrganization is an organization with the company that it goes to.
type ListedOrganization struct {
	NinjaID string
	// Name is NinjaOne's name, Company the company's name as last synced; empty if not known.
	Name, Company string
	State         State
	CompanyID     int64
	// Matched is how it got its company, and Actor the user who chose it, if one did.
	Matched rules.Outcome
	Actor   string
	// ContactID is the contact that its records belong to, 0 for none. OwnContact means that the sync created it.
	ContactID  int64
	OwnContact bool
	Devices    int
	// Problem is why its sync failed; empty if it did not.
	Problem string
}

// listedOrganizations joins links and failures, because an organization that failed to sync may have no link.
const listedOrganizations = `FROM (SELECT * FROM links WHERE connection = $1 AND kind = 'organization') l
		FULL JOIN (SELECT * FROM failures WHERE connection = $1 AND kind = 'organization') f USING (ninja_id)`

// CountOrganizations counts the organizations that ListOrganizations lists.
func (s *Store) CountOrganizations(ctx context.Context, connection string) (count int, err error) {
	if err := s.pool.QueryRow(ctx, `SELECT count(*) `+listedOrganizations, connection).Scan(&count); err != nil {
		return 0, fmt.Errorf("count organizations: %w", err)
	}
	return count, nil
}

// ListOrganizations returns a page of a connection's organizations by name.
func (s *Store) ListOrganizations(ctx context.Context, connection string, offset, limit int) ([]ListedOrganization, error) {
	rows, err := s.pool.Query(ctx, `SELECT o.ninja_id, o.name, o.company, o.state, o.company_id, o.problem,
			coalesce(e.outcome, '') AS matched, coalesce(e.actor, '') AS actor,
			coalesce(nullif(o.affiliation_id, 0), c.accelo_id, 0) AS contact_id, c.accelo_id IS NOT NULL AS own_contact,
			(SELECT count(*)::int FROM links d WHERE d.connection = $1 AND d.kind = 'device' AND d.organization_id::text = o.ninja_id) AS devices
		FROM (SELECT ninja_id, coalesce(nullif(l.facts ->> 'name', ''), nullif(l.written -> 'name' ->> 'n', ''), nullif(f.name, ''), l.match_key, '')
				AS name, coalesce(l.written -> 'name' ->> 'a', '') AS company, coalesce(l.state, 'parked') AS state,
				coalesce(l.accelo_id, 0) AS company_id, coalesce(l.affiliation_id, 0) AS affiliation_id, coalesce(f.error, '') AS problem
			`+listedOrganizations+` ORDER BY lower(coalesce(nullif(l.facts ->> 'name', ''), nullif(l.written -> 'name' ->> 'n', ''),
				nullif(f.name, ''), l.match_key, '')), ninja_id OFFSET $2 LIMIT $3) o
			LEFT JOIN links c ON c.connection = $1 AND c.kind = 'contact' AND c.ninja_id = o.ninja_id AND c.state = 'linked'
			LEFT JOIN LATERAL (SELECT outcome, actor FROM link_events WHERE connection = $1 AND kind = 'organization' AND ninja_id = o.ninja_id
				AND (actor <> '' OR outcome IN ('created', 'matched')) ORDER BY id DESC LIMIT 1) e ON true
		ORDER BY lower(o.name), o.ninja_id`, connection, offset, limit)
	if err != nil {
		return nil, fmt.Errorf("list organizations: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[ListedOrganization])
	if err != nil {
		return nil, fmt.Errorf("list organizations: %w", err)
	}
	return list, nil
}
