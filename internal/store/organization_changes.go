package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// ErrChoiceChanged means that someone else has changed what is chosen for an organization since the user saw it.
var ErrChoiceChanged = errors.New("someone else has changed this organization meanwhile")

// OrganizationChange replaces what is chosen for one organization.
type OrganizationChange struct {
	NinjaID string
	// Before is what the user has seen; nothing is stored if that has changed since.
	Before, After OrganizationChoice
	// Company is the name of the chosen company; Why and By say why the organization goes there, and who decided that.
	Company, Why, By string
	// Link, unless it is nil, links the organization to another company, as Relink does.
	Link *Correction
}

// auditedChoice is what the audit says about a choice.
type auditedChoice struct {
	Sync          bool  `json:"sync"`
	CompanyID     int64 `json:"company_id"`
	AffiliationID int64 `json:"affiliation_id"`
}

// ChangeOrganizations replaces what is chosen for organizations: all of it, or nothing if one of the changes can't be made. Switching an
// organization off ends its failures, since nothing retries them.
func (s *Store) ChangeOrganizations(ctx context.Context, connection string, changes []OrganizationChange) error {
	return s.inTransaction(ctx, func(tx pgx.Tx) error {
		for _, change := range changes {
			if err := changeOrganization(ctx, tx, connection, change); err != nil {
				return fmt.Errorf("organization %s: %w", change.NinjaID, err)
			}
		}
		return nil
	})
}

func changeOrganization(ctx context.Context, tx pgx.Tx, connection string, c OrganizationChange) error {
	_, err := tx.Exec(ctx, `INSERT INTO organizations (connection, ninja_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`, connection, c.NinjaID)
	if err != nil {
		return err
	}
	var now OrganizationChoice
	if err := scanChoice(tx.QueryRow(ctx, choiceOfOrganization+` FOR UPDATE`, connection, c.NinjaID), &now); err != nil {
		return err
	}
	state, until, err := lockLinkState(ctx, tx, Key{Connection: connection, Kind: Organizations, NinjaID: c.NinjaID})
	if err != nil {
		return err
	}
	chooses := c.Link == nil && c.After.CompanyID != 0 && c.After.CompanyID != now.CompanyID
	if state == Linked { // the company that was chosen before counts no more: the link does
		c.Before.CompanyID = now.CompanyID
	}
	switch {
	case now != c.Before, chooses && state == Linked:
		return ErrChoiceChanged
	case chooses && state == Claimed:
		return &HeldError{Key: Key{Connection: connection, Kind: Organizations, NinjaID: c.NinjaID}, Until: until}
	}
	if c.Link != nil {
		if _, err := relink(ctx, tx, *c.Link); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, `UPDATE organizations SET sync = $3, company_id = $4, affiliation_id = $5, chosen_why = $6, chosen_by = $7, company = $8,
			proposed_id = 0, proposed = '', proposed_why = '', updated_at = clock_timestamp()
		WHERE connection = $1 AND ninja_id = $2`, connection, c.NinjaID, c.After.Sync, c.After.CompanyID, c.After.AffiliationID,
		storable(c.Why), storable(c.By), storable(c.Company))
	if err != nil {
		return err
	}
	if now.Sync && !c.After.Sync {
		_, err = tx.Exec(ctx, `DELETE FROM failures WHERE connection = $1 AND organization_id::text = $2
			AND NOT (kind = 'alert' AND event_type = 'reset')`, connection, c.NinjaID)
		if err != nil {
			return err
		}
	}
	if now == c.After { // a relink has its own entry
		return nil
	}
	return audited(ctx, tx, "organization "+c.NinjaID, auditedChoice(now), auditedChoice(c.After))
}

// lockLinkState returns the state of a link, and until when a claim on it holds. It is empty if there is no link.
func lockLinkState(ctx context.Context, tx pgx.Tx, key Key) (state State, until time.Time, err error) {
	err = tx.QueryRow(ctx, `SELECT state, coalesce(claimed_until, clock_timestamp()) FROM links
		WHERE connection = $1 AND kind = $2 AND ninja_id = $3 FOR UPDATE`, key.Connection, key.Kind, key.NinjaID).Scan(&state, &until)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", until, nil
	}
	return state, until, err
}

// dropChoice forgets the company and the contact that were chosen for an organization, because its link has been corrected.
func dropChoice(ctx context.Context, tx pgx.Tx, organization Key) error {
	_, err := tx.Exec(ctx, `UPDATE organizations SET company_id = 0, company = '', chosen_why = '', chosen_by = '', affiliation_id = 0, proposed_id = 0,
			proposed = '', proposed_why = '', updated_at = clock_timestamp()
		WHERE connection = $1 AND ninja_id = $2`, organization.Connection, organization.NinjaID)
	return err
}

// DropChosenContact forgets the contact that was chosen for an organization, unless another one was chosen meanwhile.
func (s *Store) DropChosenContact(ctx context.Context, organization Key, affiliationID int64) error {
	_, err := s.pool.Exec(ctx, `UPDATE organizations SET affiliation_id = 0, updated_at = clock_timestamp()
		WHERE connection = $1 AND ninja_id = $2 AND affiliation_id = $3`, organization.Connection, organization.NinjaID, affiliationID)
	if err != nil {
		return fmt.Errorf("forget the contact of organization %s: %w", organization.NinjaID, err)
	}
	return nil
}
