package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"
)

// ErrSwitchedOff means that users have switched the sync of an organization off: nothing is created or changed in Accelo for it.
var ErrSwitchedOff = errors.New("the sync of this organization is switched off")

// OrganizationChoice is what users have chosen for an organization. Without a choice the sync is on.
type OrganizationChoice struct {
	Sync bool
	// CompanyID is the company it goes to once it is synced, 0 if matching decides. It counts only as long as there is no link.
	CompanyID int64
	// AffiliationID is the contact of its requests and assets, 0 for the company's primary contact.
	AffiliationID int64
}

const choiceOfOrganization = `SELECT sync, company_id, affiliation_id FROM organizations WHERE connection = $1 AND ninja_id = $2`

func scanChoice(row pgx.Row, choice *OrganizationChoice) error {
	*choice = OrganizationChoice{Sync: true}
	err := row.Scan(&choice.Sync, &choice.CompanyID, &choice.AffiliationID)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	return err
}

// OrganizationChoice returns what users have chosen for an organization.
func (s *Store) OrganizationChoice(ctx context.Context, connection string, organizationID int) (choice OrganizationChoice, err error) {
	if err := scanChoice(s.pool.QueryRow(ctx, choiceOfOrganization, connection, strconv.Itoa(organizationID)), &choice); err != nil {
		return choice, fmt.Errorf("read what was chosen for organization %d: %w", organizationID, err)
	}
	return choice, nil
}

// RequireSync returns ErrSwitchedOff if the sync of an organization is off. It is asked right before each write, so that a switch holds
// while an import is running.
func (s *Store) RequireSync(ctx context.Context, connection string, organizationID int) error {
	choice, err := s.OrganizationChoice(ctx, connection, organizationID)
	if err == nil && !choice.Sync {
		err = ErrSwitchedOff
	}
	return err
}

// OrganizationChoices returns all choices of a connection, by organization.
func (s *Store) OrganizationChoices(ctx context.Context, connection string) (map[int]OrganizationChoice, error) {
	rows, err := s.pool.Query(ctx, `SELECT ninja_id, sync, company_id, affiliation_id FROM organizations
		WHERE connection = $1 AND (NOT sync OR company_id <> 0 OR affiliation_id <> 0)`, connection)
	if err != nil {
		return nil, fmt.Errorf("read what was chosen for organizations: %w", err)
	}
	defer rows.Close()
	choices := map[int]OrganizationChoice{}
	for rows.Next() {
		var ninjaID string
		var choice OrganizationChoice
		if err := rows.Scan(&ninjaID, &choice.Sync, &choice.CompanyID, &choice.AffiliationID); err != nil {
			return nil, fmt.Errorf("read what was chosen for organizations: %w", err)
		}
		id, err := strconv.Atoi(ninjaID)
		if err != nil {
			return nil, fmt.Errorf("stored organization %q: %w", ninjaID, err)
		}
		choices[id] = choice
	}
	return choices, rows.Err()
}

// NamedOrganization is an organization and its name.
type NamedOrganization struct {
	NinjaID string
	Name    string
}

// NoteOrganizations keeps the names of organizations that NinjaOne lists, so that users can choose for them before the first import.
func (s *Store) NoteOrganizations(ctx context.Context, connection string, organizations []NamedOrganization) error {
	if len(organizations) == 0 {
		return nil
	}
	ids, names := make([]string, len(organizations)), make([]string, len(organizations))
	for i, organization := range organizations {
		ids[i], names[i] = organization.NinjaID, storable(organization.Name)
	}
	_, err := s.pool.Exec(ctx, `INSERT INTO organizations AS o (connection, ninja_id, name)
		SELECT DISTINCT ON (n.id) $1, n.id, n.name FROM unnest($2::text[], $3::text[]) AS n(id, name) ORDER BY n.id
		ON CONFLICT (connection, ninja_id) DO UPDATE SET name = EXCLUDED.name WHERE o.name <> EXCLUDED.name`, connection, ids, names)
	if err != nil {
		return fmt.Errorf("keep the names of %d organizations: %w", len(organizations), err)
	}
	return nil
}
