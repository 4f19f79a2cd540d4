package company

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// ContactFirstName is the first name of the contacts we create. The surname is the organization's name.
const ContactFirstName = "NinjaOne"

// ensureContact gives a company a primary contact if its link has none, and users chose none.
func (s *Service) ensureContact(
	ctx context.Context, c tenant.Connection, importID string, organization rules.Organization, company store.Link,
) (store.Link, error) {
	if company.Contact() != 0 {
		return company, nil
	}
	contact, _, err := s.store.Ensure(ctx, s.contactCreation(c, importID, organization, company))
	if err != nil {
		return company, err
	}
	company.AffiliationID = contact.AffiliationID
	err = s.store.SaveLink(ctx, &company)
	return company, err
}

// JustCreated reports whether this import, or an alert if the ID is empty, created a company so recently that it is known to be empty.
func JustCreated(company store.Link, importID string) bool {
	return company.Outcome == rules.Created && company.ImportID == importID && company.WrittenAt != nil &&
		time.Since(*company.WrittenAt) < tenant.MaxEvidenceAge
}

// contactCreation finds or creates the primary contact, which requests and assets refer to (accelo.md 6). The match key makes
// organizations that share a company create its contact only once.
func (s *Service) contactCreation(c tenant.Connection, importID string, organization rules.Organization, company store.Link) store.Creation {
	labels := c.Labels()
	linkTo := func(contact, affiliation accelo.ID) *store.Link {
		now := time.Now()
		return &store.Link{
			OrganizationID: organization.ID, AcceloID: int64(contact), CompanyID: company.AcceloID,
			AffiliationID: int64(affiliation), WrittenAt: &now, ImportID: importID, Outcome: rules.Created,
		}
	}
	return store.Creation{
		Key: store.KeyOf(company.Connection, store.Contacts, organization.ID), OrganizationID: organization.ID,
		MatchKey: strconv.FormatInt(company.AcceloID, 10), Classify: tenant.CreateOutcome,
		Find: func(ctx context.Context, doubt *store.Doubtful) (*store.Link, error) {
			if doubt == nil && JustCreated(company, importID) {
				return nil, nil // it has no contacts yet
			}
			affiliations, err := c.Accelo.AffiliationsOfCompany(ctx, accelo.ID(company.AcceloID))
			if err != nil {
				return nil, fmt.Errorf("look for the %s of %s %d: %w", labels.Contact.Singular(), labels.Company.Singular(), company.AcceloID, err)
			}
			for _, affiliation := range affiliations {
				if affiliation.Standing != "inactive" {
					return linkTo(affiliation.Contact.ID, affiliation.ID), nil
				}
			}
			return nil, nil
		},
		Create: func(ctx context.Context, deadline time.Time) (*store.Link, error) {
			if err := s.store.RequireSync(ctx, c.Name, organization.ID); err != nil {
				return nil, err
			}
			contact, err := c.Accelo.CreateContact(accelo.WithDeadlineGuard(ctx, deadline), accelo.NewContact{
				FirstName: ContactFirstName, Surname: organization.CompanyName(), CompanyID: accelo.ID(company.AcceloID),
			})
			if err != nil {
				return nil, fmt.Errorf("create the %s of %s %d: %w", labels.Contact.Singular(), labels.Company.Singular(), company.AcceloID, err)
			}
			return linkTo(contact.ID, contact.DefaultAffiliation), nil
		},
	}
}
