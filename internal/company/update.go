package company

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/note"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// update writes NinjaOne's changes to the linked company, except to fields that someone changed in Accelo. It follows a company
// that was merged; the remark then says so.
func (s *Service) update(
	ctx context.Context, c tenant.Connection, importID string, state State, link store.Link,
) (updated store.Link, remark string, err error) {
	decision := state.Decision
	switch {
	case state.Link == nil: // another worker linked it since the comparison
		decision = rules.DecideCompany(state.Organization, link.Baseline.Clone(), nil)
	case state.Unlisted() && (importID != "" || link.AffiliationID == 0): // an alert follows the company if its request is rejected
		from := link.AcceloID
		var company rules.Company
		if link, company, err = s.Follow(ctx, c, link); err != nil {
			return link, "", err
		}
		if link.AcceloID != from {
			label := c.Labels().Company
			remark = fmt.Sprintf("%s %d was merged into %s %d; the organization is linked to that one now",
				label.Singular(), from, label.Singular(), link.AcceloID)
			link.Outcome, link.ImportID = rules.Updated, importID
		}
		decision = rules.DecideCompany(state.Organization, link.Baseline.Clone(), []rules.Company{company})
	}
	if decision.Action == rules.Update {
		change := accelo.CompanyChange{Name: decision.Name, Comments: decision.Comments}
		if _, err := c.Accelo.UpdateCompany(ctx, accelo.ID(link.AcceloID), change); err != nil {
			return link, remark, fmt.Errorf("update %s %d: %w", c.Labels().Company.Singular(), link.AcceloID, err)
		}
		now := time.Now()
		link.WrittenAt = &now
		link.Outcome, link.ImportID = rules.Updated, importID
	}
	link.Baseline = rules.CompanyBaseline(state.Organization, link.Baseline.Clone(), decision.Company, decision)
	link.MatchKey = rules.NameKey(state.Organization.CompanyName())
	link.Facts = factsOf(state.Organization)
	if primary := decision.Company.PrimaryAffiliation; primary != 0 {
		link.AffiliationID = primary
	}
	if decision.Company.ID != 0 { // otherwise the company was not read, and its manual changes are unknown
		link.ManualChanges = rules.CarryOverNotes(decision.ManualChanges, link.ManualChanges)
	}
	link.ManualChanges, err = note.ManualChanges(ctx, s.store, c, note.Company, link.AcceloID, link.ManualChanges)
	return link, remark, errors.Join(err, s.store.SaveLink(ctx, link))
}
