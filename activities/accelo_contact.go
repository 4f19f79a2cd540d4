package activities

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

// contactFirstName is what contacts made by this product are called; the surname is the organization's name.
const contactFirstName = "NinjaOne"

// ensureContact gives an organization's company a primary contact where it has none.
func (a *Activities) ensureContact(
	ctx context.Context, c tenant.Connection, importID string, organization rules.Organization, company store.Link,
) (store.Link, error) {
	if company.AffiliationID != 0 {
		return company, nil
	}
	contact, _, err := a.store.Ensure(ctx, a.contactCreation(c, importID, organization, company))
	if err != nil {
		return company, err
	}
	company.AffiliationID = contact.AffiliationID
	return company, a.store.SaveLink(ctx, company)
}

// contactCreation is the primary contact of a company that has none. Requests and assets can only refer to one
// (contract accelo 6). Organizations that share a company share its contact, so that only one of them creates it at a time.
func (a *Activities) contactCreation(c tenant.Connection, importID string, organization rules.Organization, company store.Link) store.Creation {
	surname := organization.CompanyName()
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
		Find: func(ctx context.Context, doubt bool) (*store.Link, error) {
			if !doubt && company.Outcome == rules.Created && company.ImportID == importID {
				return nil, nil // a company that was made a moment ago has no contacts
			}
			affiliations, err := c.Accelo.AffiliationsOfCompany(ctx, accelo.ID(company.AcceloID))
			if err != nil {
				return nil, fmt.Errorf("look for the %s of %s %d: %w", c.Labels().Contact.Singular(), c.Labels().Company.Singular(), company.AcceloID, err)
			}
			for _, affiliation := range affiliations {
				if affiliation.Standing != "inactive" {
					return linkTo(affiliation.Contact.ID, affiliation.ID), nil
				}
			}
			return nil, nil
		},
		Create: func(ctx context.Context, deadline time.Time) (*store.Link, error) {
			contact, err := c.Accelo.CreateContact(accelo.WithDeadlineGuard(ctx, deadline), accelo.NewContact{
				FirstName: contactFirstName, Surname: surname, CompanyID: accelo.ID(company.AcceloID),
			})
			if err != nil {
				return nil, fmt.Errorf("create the %s of %s %d: %w", c.Labels().Contact.Singular(), c.Labels().Company.Singular(), company.AcceloID, err)
			}
			return linkTo(contact.ID, contact.DefaultAffiliation), nil
		},
	}
}
