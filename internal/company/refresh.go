package company

import (
	"context"
	"fmt"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// Follow moves the link of an organization whose company Accelo no longer lists to the company it was merged into.
func (s *Service) Follow(ctx context.Context, c tenant.Connection, link store.Link) (store.Link, rules.Company, error) {
	company, err := s.Current(ctx, c, link)
	if err != nil || company.ID == link.AcceloID {
		return link, company, err
	}
	moved, err := s.move(ctx, link, company)
	return moved, company, err
}

// move moves a link to another company, or to another contact of the same company.
func (s *Service) move(ctx context.Context, link store.Link, company rules.Company) (store.Link, error) {
	moved, err := s.store.MoveCompany(ctx, store.CompanyMove{
		Connection: link.Connection, OrganizationID: link.OrganizationID, From: link.AcceloID, To: company.ID, AffiliationID: company.PrimaryAffiliation,
	})
	if err != nil || company.ID == link.AcceloID || moved.AcceloID != company.ID {
		return moved, err
	}
	tenant.LoggerFrom(ctx).Info("company was merged", "organization_id", link.OrganizationID, "company_id", link.AcceloID,
		"into_company_id", company.ID)
	known := rules.Organization{ID: link.OrganizationID, Name: link.Facts.Name, Description: link.Baseline[rules.CommentsField].Ninja}
	moved.Baseline = rules.BaselineAfterMerge(known, moved.Baseline, company)
	if moved.Outcome == rules.Created { // the survivor was not
		moved.Outcome = rules.Updated
	}
	err = s.store.SaveLink(ctx, &moved)
	return moved, err
}

// Refresh updates the link of an organization after Accelo rejected a write in its company: the company may have been merged, or its
// contact replaced. It reports whether the link differs from the given one, so that a retry makes sense. A deleted company is an error.
func (s *Service) Refresh(ctx context.Context, c tenant.Connection, link store.Link) (store.Link, bool, error) {
	stored, err := s.store.Link(ctx, link.Key())
	if err != nil || !samePlace(stored, link) { // another worker refreshed it
		return stored, err == nil, err
	}
	company, err := s.Current(ctx, c, link)
	if err != nil {
		return link, false, err
	}
	lost, err := s.lostChosenContact(ctx, c, link, company)
	if err != nil {
		return link, false, err
	}
	if company.ID == link.AcceloID && company.PrimaryAffiliation == link.AffiliationID && link.AffiliationID != 0 {
		if lost {
			link.ChosenAffiliation = 0
		}
		return link, lost, nil
	}
	refreshed, err := s.move(ctx, link, company)
	if err != nil {
		return link, false, err
	}
	refreshed, err = s.ensureContact(ctx, c, "", rules.Organization{ID: link.OrganizationID, Name: link.Facts.Name}, refreshed)
	return refreshed, err == nil && !samePlace(refreshed, link), err
}

// lostChosenContact reports whether the contact that users chose no longer belongs to the company. If so, the choice is dropped: an alert must
// not stay without a request because someone left.
func (s *Service) lostChosenContact(ctx context.Context, c tenant.Connection, link store.Link, company rules.Company) (bool, error) {
	if link.ChosenAffiliation == 0 {
		return false, nil
	}
	found, err := c.Accelo.FindAffiliation(ctx, accelo.ID(link.ChosenAffiliation))
	if err != nil {
		return false, fmt.Errorf("look for affiliation %d: %w", link.ChosenAffiliation, err)
	}
	if found != nil && found.Standing != "inactive" && (found.Company.ID == 0 || int64(found.Company.ID) == company.ID) {
		return false, nil
	}
	tenant.LoggerFrom(ctx).Warn("the chosen contact is gone: the primary contact is used", "organization_id", link.OrganizationID,
		"affiliation_id", link.ChosenAffiliation)
	return true, s.store.DropChosenContact(ctx, link.Key(), link.ChosenAffiliation)
}

func samePlace(one, other store.Link) bool {
	return one.AcceloID == other.AcceloID && one.AffiliationID == other.AffiliationID && one.ChosenAffiliation == other.ChosenAffiliation
}

// CreateIn runs a create against the organization's company. If Accelo rejects it, the company may have been merged or its
// contact deleted, so the link is refreshed and the create retried once. The link is updated in place.
func CreateIn[T any](
	ctx context.Context, s *Service, c tenant.Connection, link *store.Link, create func(company store.Link) (T, error),
) (T, error) {
	created, err := create(*link)
	if !accelo.IsInvalidRequest(err) || accelo.IsUnrecognizedEndpoint(err) {
		return created, err
	}
	refreshed, changed, refreshErr := s.Refresh(ctx, c, *link)
	switch {
	case refreshErr != nil:
		return created, fmt.Errorf("find out why Accelo rejected %s %d: %w", c.Labels().Company.Singular(), link.AcceloID, refreshErr)
	case !changed:
		return created, err
	}
	*link = refreshed
	return create(refreshed)
}
