package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"ninjaone-accelo/internal/rules"
)

// Failed is the state that a search shows for a record that failed to sync and has no link.
const Failed State = "parked"

// LinkQuery selects records. A zero field matches every record.
type LinkQuery struct {
	Kind Kind
	// State is the link's state; Failed matches every record that failed to sync, linked or not.
	State State
	// Text is an id in NinjaOne or Accelo, or part of a name.
	Text string
	// NinjaID selects one record.
	NinjaID string
	// Limit bounds the number of records returned; zero means 100. Offset leaves out the first ones.
	Limit, Offset int
}

// FoundLink is a record as a search shows it.
type FoundLink struct {
	Kind           Kind   `json:"kind"`
	NinjaID        string `json:"ninja_id"`
	OrganizationID int    `json:"organization_id"`
	// Name is the name in Accelo if known, otherwise NinjaOne's.
	Name          string               `json:"name"`
	State         State                `json:"state"`
	AcceloID      int64                `json:"accelo_id"`
	CompanyID     int64                `json:"company_id"`
	AffiliationID int64                `json:"affiliation_id"`
	ManualChanges []rules.ManualChange `json:"differences" db:"differences"`
	// Problem is why the record failed to sync; empty if it did not.
	Problem string `json:"problem,omitempty"`
	// WrittenAt is the time of the last write; DeletedAt is when NinjaOne was found to have deleted the record.
	WrittenAt *time.Time `json:"written_at"`
	DeletedAt *time.Time `json:"gone_at" db:"gone_at"`
	UpdatedAt time.Time  `json:"updated_at"`
}

// foundColumns are those of a FoundLink from l, a link or nothing, and f, a failure or nothing.
const foundColumns = `kind, ninja_id, coalesce(nullif(l.organization_id, 0), f.organization_id, 0)::int AS organization_id,
	coalesce(nullif(l.written -> 'name' ->> 'a', ''), nullif(l.written -> 'title' ->> 'a', ''), nullif(l.facts ->> 'name', ''),
		nullif(f.name, ''), CASE kind WHEN 'device' THEN substring(l.match_key FROM '^[0-9]+/(.*)$')
		WHEN 'organization' THEN l.match_key END, '') AS name,
	coalesce(l.state, 'parked') AS state, coalesce(l.accelo_id, 0) AS accelo_id, coalesce(l.company_id, 0) AS company_id,
	coalesce(l.affiliation_id, 0) AS affiliation_id, coalesce(l.differences, '[]') AS differences, coalesce(f.error, '') AS problem,
	l.written_at, l.gone_at, coalesce(l.updated_at, f.updated_at) AS updated_at`

// searchedRecords are organizations, contacts and devices. It joins links and failures, because a record that failed to sync may have no link.
const searchedRecords = `(SELECT ` + foundColumns + `, coalesce(l.written -> 'name' ->> 'n', l.written -> 'title' ->> 'n', '') AS ninja_name,
		CASE WHEN kind = 'contact' THEN '' ELSE coalesce(l.match_key, '') END AS match_key
	FROM (SELECT * FROM links WHERE connection = $1 AND kind IN ('organization', 'contact', 'device')) l
	FULL JOIN (SELECT * FROM failures WHERE connection = $1 AND kind <> 'alert') f USING (kind, ninja_id)) r`

// SearchLinks returns a connection's records that match a query, and how many match in all.
func (s *Store) SearchLinks(ctx context.Context, connection string, query LinkQuery) (found []FoundLink, total int, err error) {
	if query.Limit <= 0 {
		query.Limit = 100
	}
	found = []FoundLink{}
	if query.Kind != Alerts {
		if found, total, err = s.searchRecords(ctx, connection, query); err != nil {
			return nil, 0, err
		}
	}
	if query.Kind != "" && query.Kind != Alerts {
		return found, total, nil
	}
	rest := query // alerts come after all others
	rest.Offset, rest.Limit = max(query.Offset-total, 0), query.Limit-len(found)
	alerts, count, err := s.searchAlerts(ctx, connection, rest)
	return append(found, alerts...), total + count, err
}

func (s *Store) searchRecords(ctx context.Context, connection string, query LinkQuery) (found []FoundLink, total int, err error) {
	const matches = ` FROM ` + searchedRecords + ` WHERE ($2 = '' OR kind = $2) AND ($3 = '' OR ninja_id = $3)
		AND ($4 = '' OR state = $4 OR $4 = 'parked' AND problem <> '')
		AND ($5 = '' OR ninja_id = $5 OR accelo_id::text = $5 OR name ILIKE $6 OR ninja_name ILIKE $6 OR match_key LIKE $7)`
	arguments := []any{
		connection, query.Kind, query.NinjaID, query.State, query.Text, containing(query.Text), containing(rules.NameKey(query.Text)),
	}
	rows, err := s.pool.Query(ctx, `SELECT count(*) OVER ()::int AS total, kind, ninja_id, organization_id, name, state, accelo_id, company_id,
			affiliation_id, differences, problem, written_at, gone_at, updated_at`+matches+`
		ORDER BY kind DESC, length(ninja_id), ninja_id LIMIT $8 OFFSET $9`, append(arguments, query.Limit, query.Offset)...)
	if err != nil {
		return nil, 0, fmt.Errorf("search links: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[struct {
		Total int
		FoundLink
	}])
	if err != nil {
		return nil, 0, fmt.Errorf("search links: %w", err)
	}
	found = make([]FoundLink, len(list))
	for i, row := range list {
		found[i], total = row.FoundLink, row.Total
	}
	if len(list) == 0 && query.Offset > 0 { // the page is beyond the last record
		if err := s.pool.QueryRow(ctx, `SELECT count(*)`+matches, arguments...).Scan(&total); err != nil {
			return nil, 0, fmt.Errorf("search links: %w", err)
		}
	}
	return found, total, nil
}

// foundLinks returns the records that a statement selects.
func (s *Store) foundLinks(ctx context.Context, query string, arguments ...any) ([]FoundLink, error) {
	rows, err := s.pool.Query(ctx, query, arguments...)
	if err != nil {
		return nil, fmt.Errorf("search links: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByName[FoundLink])
	if err != nil {
		return nil, fmt.Errorf("search links: %w", err)
	}
	return found, nil
}

// containing returns a LIKE pattern for values that contain text literally.
func containing(text string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text) + "%"
}
