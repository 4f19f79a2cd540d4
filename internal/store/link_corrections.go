package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"ninjaone-accelo/internal/rules"
)

// Corrections never touch a link whose object a worker may be creating. Once a doubt can't be settled by waiting, a user may settle it.

// Correction links a record to a different object.
type Correction struct {
	Key            Key
	OrganizationID int
	// MatchKey and Facts are used only if the record has no link yet.
	MatchKey string
	Facts    Facts
	// Baseline holds the object's values that can be compared.
	Baseline rules.Baseline
	// AcceloID is the object; CompanyID and AffiliationID say where it belongs.
	AcceloID, CompanyID, AffiliationID int64
	// Actor is the user's command, for the link's history.
	Actor string
}

// OwnedError means that an object of Accelo is already linked to another record.
type OwnedError struct{ Owner Key }

// Error implements error.
func (e *OwnedError) Error() string {
	return fmt.Sprintf("it is already linked to %s %s", e.Owner.Kind, e.Owner.NinjaID)
}

// Relink links a record to another object and returns the id of the previous one, 0 if there was none. It replaces the baseline, so the
// next sync keeps the object's manual changes. It fails with an *OwnedError if an asset or request is linked to another record, and with a
// *HeldError if the object is being created.
func (s *Store) Relink(ctx context.Context, c Correction) (before int64, err error) {
	err = s.inTransaction(ctx, func(tx pgx.Tx) error {
		before, err = relink(ctx, tx, c)
		return err
	})
	return before, correctionFailed(c.Key, err)
}

// relink is Relink in a transaction.
func relink(ctx context.Context, tx pgx.Tx, c Correction) (before int64, err error) {
	linked := &auditedLink{State: Linked, AcceloID: c.AcceloID, CompanyID: c.CompanyID}
	err = correct(ctx, tx, c.Key, c.Actor, linked, func(now *Link) error {
		if owner, err := ownerOf(ctx, tx, c.Key, c.AcceloID); err != nil || owner != nil {
			return errors.Join(err, asError(owner))
		}
		if now != nil && now.State == Doubt {
			if err := dropLink(ctx, tx, c.Key); err != nil {
				return err
			}
			now = nil
		}
		if now == nil {
			_, err := tx.Exec(ctx, `INSERT INTO links
				(connection, kind, ninja_id, organization_id, match_key, facts, state, accelo_id, company_id, affiliation_id, written)
				VALUES ($1, $2, $3, $4, $5, $6, 'linked', $7, $8, $9, $10)`, c.Key.Connection, c.Key.Kind, c.Key.NinjaID, c.OrganizationID,
				c.MatchKey, c.Facts, c.AcceloID, c.CompanyID, c.AffiliationID, notNil(c.Baseline))
			if err != nil || c.Key.Kind != Organizations {
				return err
			}
			return dropChoice(ctx, tx, c.Key)
		}
		before = now.AcceloID
		_, err := tx.Exec(ctx, `UPDATE links SET state = 'linked', accelo_id = $4, company_id = $5, affiliation_id = $6, written = $8,
				differences = '[]', written_at = NULL, import_id = '', outcome = '', updated_at = now(),
				match_key = CASE WHEN kind = 'device' THEN regexp_replace(match_key, '^[0-9]+/', $7 || '/') ELSE match_key END
			WHERE connection = $1 AND kind = $2 AND ninja_id = $3`,
			c.Key.Connection, c.Key.Kind, c.Key.NinjaID, c.AcceloID, c.CompanyID, c.AffiliationID, strconv.FormatInt(c.CompanyID, 10),
			notNil(c.Baseline))
		if err != nil {
			return err
		}
		switch {
		case c.Key.Kind == Organizations && before != c.AcceloID:
			return errors.Join(dropContact(ctx, tx, c.Key), dropChoice(ctx, tx, c.Key))
		case c.Key.Kind == Alerts:
			return relinkIncident(ctx, tx, c, before)
		}
		return nil
	})
	return before, err
}

// relinkIncident gives the incident that an alert leads another request, which is open. The asset is owed to that one. If alerts are still
// active, the incident is open with it, whatever became of the request before.
func relinkIncident(ctx context.Context, tx pgx.Tx, c Correction, before int64) error {
	var incident int64
	err := tx.QueryRow(ctx, `UPDATE incidents SET request_id = $4, asset_linked = false, asset_owed_since = now(), conversion_type = '',
		conversion_id = 0, updated_at = now() WHERE connection = $1 AND leader_uid = $2 AND request_id = $3 AND request_id <> $4 RETURNING id`,
		c.Key.Connection, c.Key.NinjaID, before, c.AcceloID).Scan(&incident)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE incidents AS i SET state = 'open', cause = '', closed_at = NULL, close_owed_since = NULL, follow_owed_since = NULL,
		echo_until = NULL, recurrence_key = CASE WHEN EXISTS (SELECT FROM incidents o WHERE o.connection = i.connection AND o.id <> i.id
			AND o.recurrence_key = i.recurrence_key AND o.state IN ('opening', 'open')) THEN '' ELSE recurrence_key END
		WHERE id = $1 AND state IN ('closed', 'converted') AND EXISTS (SELECT FROM alerts WHERE incident_id = i.id AND alerts.state = 'active')`, incident)
	return err
}

// Forget unlinks a record, so that the next sync matches it again or creates its object. The history is kept. It returns the previous
// link, ErrNotFound if there is none, or a *HeldError if its object is being created.
func (s *Store) Forget(ctx context.Context, key Key, actor string) (was Link, err error) {
	err = s.correct(ctx, key, actor, nil, func(tx pgx.Tx, now *Link) error {
		if now == nil || now.State == Doubt { // only a user who knows that nothing was created may drop a doubt: see EndDoubt
			return ErrNotFound
		}
		was = *now
		if _, err := tx.Exec(ctx, `INSERT INTO link_events (connection, kind, ninja_id, actor, state, accelo_id)
			VALUES ($1, $2, $3, $4, 'forgotten', $5)`, key.Connection, key.Kind, key.NinjaID, actor, now.AcceloID); err != nil {
			return err
		}
		if err := dropLink(ctx, tx, key); err != nil || key.Kind != Organizations {
			return err
		}
		return errors.Join(dropContact(ctx, tx, key), dropChoice(ctx, tx, key))
	})
	return was, err
}

// auditedLink is what the audit says about a link.
type auditedLink struct {
	State     State `json:"state"`
	AcceloID  int64 `json:"accelo_id"`
	CompanyID int64 `json:"company_id,omitempty"`
}

// correct corrects a link in a transaction of its own.
func (s *Store) correct(ctx context.Context, key Key, actor string, after *auditedLink, change func(tx pgx.Tx, now *Link) error) error {
	return correctionFailed(key, s.inTransaction(ctx, func(tx pgx.Tx) error {
		return correct(ctx, tx, key, actor, after, func(now *Link) error { return change(tx, now) })
	}))
}

// correct locks a record's link and changes it on a user's behalf. Now is nil if there is no link; after is what the audit says about the
// link afterwards.
func correct(ctx context.Context, tx pgx.Tx, key Key, actor string, after *auditedLink, change func(now *Link) error) error {
	if _, err := tx.Exec(ctx, `SELECT set_config('app.actor', $1, true)`, actor); err != nil {
		return err
	}
	// Changing the choice for an organization locks that row before the link. In another order, two users could deadlock.
	if _, err := tx.Exec(ctx, `SELECT FROM organizations WHERE connection = $1 AND ninja_id = $2 AND $3 = 'organization' FOR UPDATE`,
		key.Connection, key.NinjaID, key.Kind); err != nil {
		return err
	}
	now, err := lockLink(ctx, tx, key)
	if err != nil {
		return err
	}
	if err := change(now); err != nil {
		return err
	}
	var before *auditedLink
	if now != nil {
		before = &auditedLink{State: now.State, AcceloID: now.AcceloID, CompanyID: now.CompanyID}
	}
	return audited(ctx, tx, fmt.Sprintf("%s %s", key.Kind, key.NinjaID), before, after)
}

// correctionFailed says which record an error is about.
func correctionFailed(key Key, err error) error {
	if isUniqueViolation(err) { // a worker linked it in the meantime
		return fmt.Errorf("%s %s: the object is now linked to another record: %w", key.Kind, key.NinjaID, err)
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", key.Kind, key.NinjaID, err)
	}
	return nil
}

// lockLink reads a link and locks it until the transaction ends. It returns nil if there is none.
func lockLink(ctx context.Context, tx pgx.Tx, key Key) (*Link, error) {
	link := Link{Connection: key.Connection, Kind: key.Kind, NinjaID: key.NinjaID}
	var claimed, doubt *time.Time
	var over bool
	err := tx.QueryRow(ctx, `SELECT state, organization_id, accelo_id, company_id, claimed_until, doubt_until,
			coalesce(doubt_until <= clock_timestamp(), true)
		FROM links WHERE connection = $1 AND kind = $2 AND ninja_id = $3 FOR UPDATE`, key.Connection, key.Kind, key.NinjaID).
		Scan(&link.State, &link.OrganizationID, &link.AcceloID, &link.CompanyID, &claimed, &doubt, &over)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read link: %w", err)
	case link.State == Doubt && over:
		return &link, nil
	case link.State == Claimed || link.State == Doubt:
		held := &HeldError{Key: key}
		for _, until := range []*time.Time{claimed, doubt} {
			if until != nil && until.After(held.Until) {
				held.Until = *until
			}
		}
		return nil, held
	}
	return &link, nil
}

// ownerOf returns the other record that an asset or request is linked to. Several organizations may share a company.
func ownerOf(ctx context.Context, tx pgx.Tx, key Key, acceloID int64) (*OwnedError, error) {
	if key.Kind == Organizations {
		return nil, nil
	}
	owner := Key{Connection: key.Connection, Kind: key.Kind}
	err := tx.QueryRow(ctx, `SELECT ninja_id FROM links WHERE connection = $1 AND kind = $2 AND accelo_id = $3 AND ninja_id <> $4
		AND state = 'linked'`, key.Connection, key.Kind, acceloID, key.NinjaID).Scan(&owner.NinjaID)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("find the record it is linked to: %w", err)
	}
	return &OwnedError{Owner: owner}, nil
}

func asError(owner *OwnedError) error {
	if owner == nil {
		return nil
	}
	return owner
}

// dropContact unlinks the contact of an organization's company, because the new company has other contacts.
func dropContact(ctx context.Context, tx pgx.Tx, organization Key) error {
	contact := Key{Connection: organization.Connection, Kind: Contacts, NinjaID: organization.NinjaID}
	if _, err := lockLink(ctx, tx, contact); err != nil {
		return err
	}
	return dropLink(ctx, tx, contact)
}

func dropLink(ctx context.Context, tx pgx.Tx, key Key) error {
	_, err := tx.Exec(ctx, `DELETE FROM links WHERE connection = $1 AND kind = $2 AND ninja_id = $3`, key.Connection, key.Kind, key.NinjaID)
	return err
}
