package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// updateCompany carries NinjaOne's changes to the linked company, where no person has changed it, and follows one that people
// have merged away; then the remark says so.
func (a *Activities) updateCompany(
	ctx context.Context, c tenant.Connection, importID string, view organizationView, link store.Link,
) (updated store.Link, remark string, err error) {
	decision := view.decision
	switch {
	case view.link == nil: // linked by somebody else since the comparison
		decision = rules.DecideCompany(view.organization, link.Baseline.Clone(), nil)
	case view.unlisted() && (importID != "" || link.AffiliationID == 0): // an alert finds out when its request is refused
		from := link.AcceloID
		var company rules.Company
		if link, company, err = a.followCompany(ctx, c, link); err != nil {
			return link, "", err
		}
		if link.AcceloID != from {
			word := c.Labels().Company.Singular()
			remark = fmt.Sprintf("%s %d is gone: what belonged to it is in %s %d now, and so is the organization", word, from, word, link.AcceloID)
			link.Outcome, link.ImportID = rules.Updated, importID
		}
		decision = rules.DecideCompany(view.organization, link.Baseline.Clone(), []rules.Company{company})
	}
	if decision.Action == rules.Update {
		_, err := c.Accelo.UpdateCompany(ctx, accelo.ID(link.AcceloID), accelo.CompanyChange{Name: decision.Name, Comments: decision.Comments})
		if err != nil {
			return link, remark, fmt.Errorf("update %s %d: %w", c.Labels().Company.Singular(), link.AcceloID, err)
		}
		now := time.Now()
		link.WrittenAt = &now
		link.Outcome, link.ImportID = rules.Updated, importID
	}
	link.Baseline = rules.CompanyBaseline(view.organization, link.Baseline.Clone(), decision.Company, decision)
	link.MatchKey = rules.NameKey(view.organization.CompanyName())
	link.Facts = organizationFacts(view.organization)
	if primary := decision.Company.PrimaryAffiliation; primary != 0 {
		link.AffiliationID = primary
	}
	if decision.Company.ID != 0 { // else nobody knows what a person has made of it
		link.ManualChanges = rules.CarryOverNotes(decision.ManualChanges, link.ManualChanges)
	}
	link.ManualChanges, err = a.noteDifferences(ctx, c, companyObject, link.AcceloID, link.ManualChanges)
	return link, remark, errors.Join(err, a.store.SaveLink(ctx, link))
}
