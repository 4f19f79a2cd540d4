package store

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

// CompanyMove leads an organization from the company that it was linked to, which people have merged away or given another
// contact, to the one that stands for it now.
type CompanyMove struct {
	Connection     string
	OrganizationID int
	// From and To are companies; they may be the same.
	From, To int64
	// AffiliationID is the primary contact of To, 0 where that is still to be found or made.
	AffiliationID int64
}

// MoveCompany carries out a move and returns the organization's link as it is then. What is recorded of the organization's
// devices in that company moves along, as their assets have; the contact is looked for anew. Where the link is no longer at
// From, somebody else was faster, and what they did stands. ErrNotFound where there is no link.
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

// matchPrefix is how the match keys of a company's devices begin.
func matchPrefix(company int64) string { return strconv.FormatInt(company, 10) + "/" }

// Traces are objects of Accelo that were linked to an organization while it had a company, and may tell where that went.
type Evidence struct{ Affiliations, Assets, Requests []int64 }

// Traces returns what was linked to an organization in a company, the newest first, at most limit of each.
func (s *Store) CompanyEvidence(ctx context.Context, connection string, organizationID int, company int64, limit int) (Evidence, error) {
	rows, err := s.pool.Query(ctx, `SELECT kind, accelo_id, affiliation_id FROM (
			SELECT kind, accelo_id, affiliation_id, row_number() OVER (PARTITION BY kind ORDER BY accelo_id DESC) AS nth
			FROM links WHERE connection = $1 AND organization_id = $2 AND company_id = $3 AND state = 'linked') AS traces
		WHERE nth <= $4`, connection, organizationID, company, limit)
	if err != nil {
		return Evidence{}, fmt.Errorf("read what was linked to organization %d: %w", organizationID, err)
	}
	defer rows.Close()
	var found Evidence
	for rows.Next() {
		var kind Kind
		var id, affiliation int64
		if err := rows.Scan(&kind, &id, &affiliation); err != nil {
			return Evidence{}, fmt.Errorf("read what was linked to organization %d: %w", organizationID, err)
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

// Machine is a linked device with a serial number.
type SerialMatch struct {
	Link Link
	// Gone tells that the device's asset bears a note that NinjaOne no longer has it.
	Deleted bool
}

// DevicesBySerial returns the linked devices of an organization whose serial number is one of those, as rules.SerialKey writes
// them.
func (s *Store) DevicesBySerial(ctx context.Context, connection string, organizationIDs []int64, serials []string) ([]SerialMatch, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+linkColumns+`, gone_at IS NOT NULL AS gone FROM links
		WHERE connection = $1 AND kind = 'device' AND state = 'linked' AND organization_id = ANY($2) AND facts ? 'serial'
			AND lower(btrim(facts->>'serial')) = ANY($3) ORDER BY organization_id, accelo_id`, connection, organizationIDs, serials)
	if err != nil {
		return nil, fmt.Errorf("look for devices by serial number: %w", err)
	}
	type row struct {
		Link
		Gone bool
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByName[row])
	if err != nil {
		return nil, fmt.Errorf("look for devices by serial number: %w", err)
	}
	machines := make([]SerialMatch, 0, len(list))
	for _, one := range list {
		machines = append(machines, SerialMatch{Link: one.Link, Deleted: one.Gone})
	}
	return machines, nil
}

// Replace gives the asset of a device that has left to the one that took its place, and returns the link, which no longer tells
// when it was written: everything NinjaOne says of the new device is due. ErrNotFound where the old device is no longer linked;
// a *HeldError where the new one is just being created.
func (s *Store) ReplaceDevice(ctx context.Context, left Key, ninjaID int, importID string) (Link, error) {
	key := KeyOf(left.Connection, Devices, ninjaID)
	err := s.inTransaction(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM links WHERE connection = $1 AND kind = $2 AND ninja_id = $3 AND state = 'waiting'`,
			key.Connection, key.Kind, key.NinjaID); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `UPDATE links SET ninja_id = $4, gone_at = NULL, written_at = NULL, import_id = $5, outcome = 'matched',
			updated_at = now() WHERE connection = $1 AND kind = $2 AND ninja_id = $3 AND state = 'linked'`,
			left.Connection, left.Kind, left.NinjaID, key.NinjaID, importID)
		switch {
		case isUniqueViolation(err):
			return &HeldError{Key: key, Until: time.Now().Add(time.Second)}
		case err != nil:
			return err
		case tag.RowsAffected() == 0:
			return ErrNotFound
		}
		_, err = tx.Exec(ctx, `DELETE FROM failures WHERE connection = $1 AND kind = $2 AND ninja_id = $3`, left.Connection, left.Kind, left.NinjaID)
		return err
	})
	if err != nil {
		return Link{}, fmt.Errorf("give the asset of device %s to device %d: %w", left.NinjaID, ninjaID, err)
	}
	return s.Link(ctx, key)
}
