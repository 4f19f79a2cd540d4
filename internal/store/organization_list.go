package store

import (
	"context"
	"fmt"
	"time"

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
	// Sync is false if users have switched it off.
	Sync bool
	// ChosenID is the company that it goes to once it is synced, 0 if matching decides or if it is linked. ChosenWhy and ChosenBy say why.
	ChosenID            int64
	ChosenWhy, ChosenBy string
	// AffiliationID is the contact that users chose, 0 for the company's primary contact.
	AffiliationID int64
	// ProposedID is the company that matching proposes, 0 for none, and ProposedWhy why. Both are empty if nobody has asked, or if it has a company.
	ProposedID            int64
	Proposed, ProposedWhy string
}

// Choice returns what users have chosen for the organization.
func (o ListedOrganization) Choice() OrganizationChoice {
	return OrganizationChoice{Sync: o.Sync, CompanyID: o.ChosenID, AffiliationID: o.AffiliationID}
}

// Linked reports whether it has its company.
func (o ListedOrganization) Linked() bool { return o.State == Linked }

// Unmatched is the state of an organization that has neither a link nor a failure.
const Unmatched State = "unmatched"

// OrganizationQuery selects organizations. A zero field matches every organization.
type OrganizationQuery struct {
	// Text is an id in NinjaOne or Accelo, or part of a name.
	Text string
	// Only is "unlinked", "proposed" or "off".
	Only string
	// NinjaIDs selects organizations; nil all.
	NinjaIDs []string
	// Limit bounds the number of organizations returned; zero means all. Offset leaves out the first ones.
	Offset, Limit int
}

// listedOrganizations joins links, failures and choices: an organization may have any of them.
const listedOrganizations = `FROM (SELECT ninja_id, coalesce(nullif(l.facts ->> 'name', ''), nullif(l.written -> 'name' ->> 'n', ''),
			nullif(o.name, ''), nullif(f.name, ''), l.match_key, '') AS name, coalesce(nullif(l.written -> 'name' ->> 'a', ''), o.company, '') AS company,
			coalesce(l.state, CASE WHEN f.ninja_id IS NULL THEN 'unmatched' ELSE 'parked' END) AS state,
			coalesce(l.accelo_id, 0) AS company_id, coalesce(nullif(o.affiliation_id, 0), l.affiliation_id, 0) AS used_affiliation,
			coalesce(f.error, '') AS problem, coalesce(o.sync, true) AS sync,
			CASE WHEN l.state = 'linked' THEN 0 ELSE coalesce(o.company_id, 0) END AS chosen_id,
			coalesce(o.chosen_why, '') AS chosen_why, coalesce(o.chosen_by, '') AS chosen_by, coalesce(o.affiliation_id, 0) AS affiliation_id,
			CASE WHEN l.state = 'linked' OR NOT coalesce(o.sync, true) THEN 0 ELSE coalesce(o.proposed_id, 0) END AS proposed_id,
			coalesce(o.proposed, '') AS proposed, CASE WHEN l.state = 'linked' THEN '' ELSE coalesce(o.proposed_why, '') END AS proposed_why
		FROM (SELECT * FROM links WHERE connection = $1 AND kind = 'organization') l
		FULL JOIN (SELECT * FROM failures WHERE connection = $1 AND kind = 'organization' AND ninja_id <> '` + Unreadable + `') f USING (ninja_id)
		FULL JOIN (SELECT * FROM organizations WHERE connection = $1) o USING (ninja_id)) o
	WHERE ($2 = '' OR ninja_id = $2 OR company_id::text = $2 OR name ILIKE $3 OR company ILIKE $3)
		AND ($4 = '' OR $4 = 'unlinked' AND state <> 'linked' OR $4 = 'proposed' AND proposed_id <> 0 OR $4 = 'off' AND NOT sync)
		AND ($5::text[] IS NULL OR ninja_id = ANY($5))`

func (q OrganizationQuery) arguments(connection string) []any {
	return []any{connection, q.Text, containing(q.Text), q.Only, q.NinjaIDs}
}

// CountOrganizations counts the organizations that a query selects.
func (s *Store) CountOrganizations(ctx context.Context, connection string, query OrganizationQuery) (count int, err error) {
	if err := s.pool.QueryRow(ctx, `SELECT count(*) `+listedOrganizations, query.arguments(connection)...).Scan(&count); err != nil {
		return 0, fmt.Errorf("count organizations: %w", err)
	}
	return count, nil
}

// ListOrganizations returns a page of the organizations that a query selects, by name.
func (s *Store) ListOrganizations(ctx context.Context, connection string, query OrganizationQuery) ([]ListedOrganization, error) {
	var limit *int
	if query.Limit > 0 {
		limit = &query.Limit
	}
	rows, err := s.pool.Query(ctx, `SELECT o.ninja_id, o.name, o.company, o.state, o.company_id, o.problem,
			o.sync, o.chosen_id, o.chosen_why, o.chosen_by, o.affiliation_id, o.proposed_id, o.proposed, o.proposed_why,
			coalesce(e.outcome, '') AS matched, coalesce(e.actor, '') AS actor,
			coalesce(nullif(o.used_affiliation, 0), c.accelo_id, 0) AS contact_id, c.accelo_id IS NOT NULL AND o.affiliation_id = 0 AS own_contact,
			(SELECT count(*)::int FROM links d WHERE d.connection = $1 AND d.kind = 'device' AND d.organization_id =
				CASE WHEN o.ninja_id ~ '^[0-9]{1,18}$' THEN o.ninja_id::bigint END) AS devices
		FROM (SELECT * `+listedOrganizations+` ORDER BY lower(name), ninja_id OFFSET $6 LIMIT $7) o
			LEFT JOIN links c ON c.connection = $1 AND c.kind = 'contact' AND c.ninja_id = o.ninja_id AND c.state = 'linked'
			LEFT JOIN LATERAL (SELECT outcome, actor FROM link_events WHERE connection = $1 AND kind = 'organization' AND ninja_id = o.ninja_id
				AND (actor <> '' OR outcome IN ('created', 'matched')) ORDER BY id DESC LIMIT 1) e ON true
		ORDER BY lower(o.name), o.ninja_id`, append(query.arguments(connection), query.Offset, limit)...)
	if err != nil {
		return nil, fmt.Errorf("list organizations: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[ListedOrganization])
	if err != nil {
		return nil, fmt.Errorf("list organizations: %w", err)
	}
	return list, nil
}

// Proposal is the company that matching proposes for an organization.
type Proposal struct {
	NinjaID, Name string
	// CompanyID and Company are empty if there is none. Why says why.
	CompanyID    int64
	Company, Why string
}

// SaveProposals replaces the proposals of a connection by those for all organizations that NinjaOne lists, and forgets the organizations
// that it no longer lists, unless users have chosen something for them.
func (s *Store) SaveProposals(ctx context.Context, connection string, proposals []Proposal) error {
	count := len(proposals)
	ids, names, companies, whys := make([]string, count), make([]string, count), make([]string, count), make([]string, count)
	numbers := make([]int64, count)
	for i, proposal := range proposals {
		ids[i], names[i], numbers[i] = proposal.NinjaID, storable(proposal.Name), proposal.CompanyID
		companies[i], whys[i] = storable(proposal.Company), storable(proposal.Why)
	}
	err := s.inTransaction(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO organizations (connection, ninja_id, name, proposed_id, proposed, proposed_why)
			SELECT DISTINCT ON (p.id) $1, p.id, p.name, p.number, p.company, p.why
			FROM unnest($2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[]) AS p(id, name, number, company, why) ORDER BY p.id
			ON CONFLICT (connection, ninja_id) DO UPDATE SET name = EXCLUDED.name, proposed_id = EXCLUDED.proposed_id,
				proposed = EXCLUDED.proposed, proposed_why = EXCLUDED.proposed_why, updated_at = clock_timestamp()`,
			connection, ids, names, numbers, companies, whys)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `DELETE FROM organizations WHERE connection = $1 AND NOT ninja_id = ANY($2)
			AND sync AND company_id = 0 AND affiliation_id = 0`, connection, ids)
		return err
	})
	if err != nil {
		return fmt.Errorf("store what matching proposes: %w", err)
	}
	return nil
}

// ProposedAt returns when the proposals that nobody has confirmed were made, and how many there are.
func (s *Store) ProposedAt(ctx context.Context, connection string) (at time.Time, count int, err error) {
	var last *time.Time
	err = s.pool.QueryRow(ctx, `SELECT max(updated_at), count(*) FROM organizations o WHERE connection = $1 AND proposed_id <> 0 AND sync
		AND NOT EXISTS (SELECT FROM links l WHERE l.connection = o.connection AND l.kind = 'organization' AND l.ninja_id = o.ninja_id
			AND l.state = 'linked')`, connection).Scan(&last, &count)
	if err != nil {
		return at, 0, fmt.Errorf("read what matching proposes: %w", err)
	}
	if last != nil {
		at = *last
	}
	return at, count, nil
}

// CompanyOwners returns the organizations that are linked to companies, or go to them because users chose so, by company.
func (s *Store) CompanyOwners(ctx context.Context, connection string, companies []int64) (map[int64][]NamedOrganization, error) {
	rows, err := s.pool.Query(ctx, `SELECT DISTINCT coalesce(l.accelo_id, o.company_id), ninja_id,
			coalesce(nullif(o.name, ''), nullif(l.facts ->> 'name', ''), l.match_key, '')
		FROM (SELECT * FROM links WHERE connection = $1 AND kind = 'organization' AND state = 'linked') l
		FULL JOIN (SELECT * FROM organizations WHERE connection = $1) o USING (ninja_id)
		WHERE coalesce(l.accelo_id, o.company_id) = ANY($2) ORDER BY 2`, connection, companies)
	if err != nil {
		return nil, fmt.Errorf("read whose companies these are: %w", err)
	}
	defer rows.Close()
	owners := map[int64][]NamedOrganization{}
	for rows.Next() {
		var company int64
		var owner NamedOrganization
		if err := rows.Scan(&company, &owner.NinjaID, &owner.Name); err != nil {
			return nil, fmt.Errorf("read whose companies these are: %w", err)
		}
		owners[company] = append(owners[company], owner)
	}
	return owners, rows.Err()
}
