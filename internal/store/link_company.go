package store

import (
	"context"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"
)

// CompanyMove moves an organization's link after users merged its company or changed the company's primary contact.
type CompanyMove struct {
	Connection     string
	OrganizationID int
	// From and To are companies. They are equal if only the contact changed.
	From, To int64
	// AffiliationID is the primary contact of To, 0 if it must still be found or created.
	AffiliationID int64
}

// MoveCompany carries out a move and returns the organization's current link, or ErrNotFound. The links of its devices move too, because
// Accelo moves assets with a merge; the contact is unlinked. If the link no longer points to From, it changes nothing.
func (s *Store) MoveCompany(ctx context.Context, move CompanyMove) (Link, error) {
	key := KeyOf(move.Connection, Organizations, move.OrganizationID)
	err := s.inTransaction(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `UPDATE links SET accelo_id = $5, company_id = $5, affiliation_id = $6, updated_at = now()
			WHERE connection = $1 AND kind = $2 AND ninja_id = $3 AND state = 'linked' AND accelo_id = $4`,
			key.Connection, key.Kind, key.NinjaID, move.From, move.To, move.AffiliationID)
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		_, err = tx.Exec(ctx, `DELETE FROM links WHERE connection = $1 AND kind = 'contact' AND ninja_id = $2 AND state = 'linked'
			AND company_id = $3`, key.Connection, key.NinjaID, move.From)
		if err != nil || move.From == move.To {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE links SET company_id = $4, match_key = $5::text || substr(match_key, length($6::text) + 1),
				written = CASE WHEN written ? 'company' THEN jsonb_set(written - 'affiliation', '{company}', $7) ELSE written END,
				updated_at = now()
			WHERE connection = $1 AND kind = 'device' AND organization_id = $2 AND company_id = $3 AND state IN ('linked', 'waiting')`,
			move.Connection, move.OrganizationID, move.From, move.To, matchPrefix(move.To), matchPrefix(move.From),
			map[string]string{"n": strconv.FormatInt(move.To, 10), "a": strconv.FormatInt(move.To, 10)})
		return err
	})
	if err != nil {
		return Link{}, fmt.Errorf("move organization %d to company %d: %w", move.OrganizationID, move.To, err)
	}
	return s.Link(ctx, key)
}

// matchPrefix is the start of the match keys of a company's devices.
func matchPrefix(company int64) string { return strconv.FormatInt(company, 10) + "/" }

// Evidence lists objects that were linked to an organization in a company. Their current company shows where that one was merged.
type Evidence struct{ Affiliations, Assets, Requests []int64 }

// CompanyEvidence returns at most limit objects of each kind that were linked to an organization in a company, the newest first.
func (s *Store) CompanyEvidence(ctx context.Context, connection string, organizationID int, company int64, limit int) (Evidence, error) {
	rows, err := s.pool.Query(ctx, `SELECT kind, accelo_id, affiliation_id FROM (
			SELECT kind, accelo_id, affiliation_id, row_number() OVER (PARTITION BY kind ORDER BY accelo_id DESC) AS nth
			FROM links WHERE connection = $1 AND organization_id = $2 AND company_id = $3 AND state = 'linked') AS evidence
		WHERE nth <= $4`, connection, organizationID, company, limit)
	if err != nil {
		return Evidence{}, fmt.Errorf("read the links of organization %d: %w", organizationID, err)
	}
	defer rows.Close()
	var found Evidence
	for rows.Next() {
		var kind Kind
		var id, affiliation int64
		if err := rows.Scan(&kind, &id, &affiliation); err != nil {
			return Evidence{}, fmt.Errorf("read the links of organization %d: %w", organizationID, err)
		}
		switch kind {
		case Organizations, Contacts:
			if affiliation != 0 {
				found.Affiliations = append(found.Affiliations, affiliation)
			}
		case Devices:
			found.Assets = append(found.Assets, id)
		case Alerts:
			found.Requests = append(found.Requests, id)
		}
	}
	return found, rows.Err()
}
