package activities

import (
	"context"
	"fmt"

	"go.temporal.io/sdk/activity"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// followCompany leads the link of an organization whose company Accelo no longer lists to the one that stands for it now.
func (a *Activities) followCompany(ctx context.Context, c tenant.Connection, link store.Link) (store.Link, rules.Company, error) {
	company, err := a.currentCompany(ctx, c, link)
	if err != nil || company.ID == link.AcceloID {
		return link, company, err
	}
	moved, err := a.moveCompany(ctx, link, company)
	return moved, company, err
}

// moveCompany leads a link to another company, or to another contact of the same.
func (a *Activities) moveCompany(ctx context.Context, link store.Link, company rules.Company) (store.Link, error) {
	moved, err := a.store.MoveCompany(ctx, store.CompanyMove{
		Connection: link.Connection, OrganizationID: link.OrganizationID, From: link.AcceloID, To: company.ID, AffiliationID: company.PrimaryAffiliation,
	})
	if err != nil || company.ID == link.AcceloID || moved.AcceloID != company.ID {
		return moved, err
	}
	activity.GetLogger(ctx).Info("company was merged", "organization_id", link.OrganizationID, "company_id", link.AcceloID,
		"into_company_id", company.ID)
	known := rules.Organization{ID: link.OrganizationID, Name: link.Facts.Name, Description: link.Baseline[rules.CommentsField].Ninja}
	moved.Baseline = rules.BaselineAfterMerge(known, moved.Baseline, company)
	return moved, a.store.SaveLink(ctx, moved)
}

// renewCompany brings the stored link of an organization up to date after Accelo has refused to put something into its
// company: that may have been merged, or its contact replaced. It tells whether anything has changed, so that trying again
// makes sense; where the company was deleted outright it is an error that says so.
func (a *Activities) renewCompany(ctx context.Context, c tenant.Connection, link store.Link) (store.Link, bool, error) {
	stored, err := a.store.Link(ctx, link.Key())
	if err != nil || !sameCompany(stored, link) { // somebody else was faster
		return stored, err == nil, err
	}
	company, err := a.currentCompany(ctx, c, link)
	if err != nil {
		return link, false, err
	}
	if company.ID == link.AcceloID && company.PrimaryAffiliation == link.AffiliationID && link.AffiliationID != 0 {
		return link, false, nil
	}
	renewed, err := a.moveCompany(ctx, link, company)
	if err != nil {
		return link, false, err
	}
	renewed, err = a.ensureContact(ctx, c, "", rules.Organization{ID: link.OrganizationID, Name: link.Facts.Name}, renewed)
	return renewed, err == nil && !sameCompany(renewed, link), err
}

func sameCompany(one, other store.Link) bool {
	return one.AcceloID == other.AcceloID && one.AffiliationID == other.AffiliationID
}

// inCompany puts something into an organization's company. Where Accelo refuses, the company or its contact may be gone since
// they were stored: then the link is brought up to date and it is tried once more.
func inCompany[T any](
	ctx context.Context, a *Activities, c tenant.Connection, company *store.Link, put func(company store.Link) (T, error),
) (T, error) {
	made, err := put(*company)
	if !accelo.IsInvalidRequest(err) || accelo.IsUnrecognizedEndpoint(err) {
		return made, err
	}
	renewed, changed, renewErr := a.renewCompany(ctx, c, *company)
	switch {
	case renewErr != nil:
		return made, fmt.Errorf("find out why Accelo has refused %s %d: %w", c.Labels().Company.Singular(), company.AcceloID, renewErr)
	case !changed:
		return made, err
	}
	*company = renewed
	return put(renewed)
}
