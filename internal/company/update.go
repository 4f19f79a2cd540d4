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

// update writes NinjaOne's changes to the linked company, except to fields that someone changed in Accelo. The comparison only
// nominates: if it calls for a write, the company is read first, and its current state decides. A company that was merged is
// followed; the remark then says so.
func (s *Service) update(
	ctx context.Context, c tenant.Connection, importID string, state State, link store.Link,
) (updated store.Link, remark string, err error) {
	if link.NewerThan(state.ReadAt) { // by an import that read NinjaOne later
		return link, "", nil
	}
	decision := rules.DecideCompany(state.Organization, link.Baseline.Clone(), nil) // the listed company may have changed since
	if state.needsCompany(link, importID) {
		var end func()
		if ctx, end, err = tenant.BeginUpdate(ctx, c); err != nil {
			return link, "", err
		}
		defer end()
		var company rules.Company
		from := link.AcceloID
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
	shown := decision.Company
	if decision.Action == rules.Update {
		if err := s.store.RequireSync(ctx, c.Name, state.Organization.ID); err != nil {
			return link, remark, err
		}
		change := accelo.CompanyChange{Name: decision.Name, Comments: decision.Comments}
		updated, err := c.Accelo.UpdateCompany(ctx, accelo.ID(link.AcceloID), change)
		if err != nil {
			return link, remark, fmt.Errorf("update %s %d: %w", c.Labels().Company.Singular(), link.AcceloID, err)
		}
		shown = Record(updated)
		now := time.Now()
		link.WrittenAt = &now
		link.Outcome, link.ImportID = rules.Updated, importID
	}
	link.Baseline = rules.CompanyBaseline(state.Organization, link.Baseline.Clone(), shown, decision)
	link.MatchKey = rules.NameKey(state.Organization.Completed(link.Baseline).CompanyName())
	link.Facts, link.ReadAt = factsOf(state.Organization, &link), &state.ReadAt
	if primary := decision.Company.PrimaryAffiliation; primary != 0 {
		link.AffiliationID = primary
	}
	if decision.Company.ID != 0 { // otherwise the company was not read, and the known manual changes still hold
		link.ManualChanges = rules.CarryOverNotes(decision.ManualChanges, link.ManualChanges)
		link.ManualChanges, err = note.ManualChanges(ctx, s.store, c, note.Company, link.AcceloID, link.ManualChanges)
	}
	err = errors.Join(err, s.store.SaveLink(ctx, &link))
	return link, remark, err
}

// needsCompany reports whether the company must be read before anything is done about it, given the current link. Outside imports
// nothing is written, so only a company without a contact is looked for: an alert follows a company if its request is rejected.
func (s State) needsCompany(link store.Link, importID string) bool {
	switch listed := s.Decision.Company; {
	case importID == "":
		return s.Unlisted() && link.Contact() == 0
	case s.Link == nil, s.Link.AcceloID != link.AcceloID: // linked or relinked since the comparison
		return true
	default:
		decision := rules.DecideCompany(s.Organization, link.Baseline.Clone(), []rules.Company{listed})
		return listed.ID != link.AcceloID || changes(link, decision)
	}
}

// NeedsRead reports whether the listed company of a linked organization must be read again before anything is done, because something would
// be written to it, or the link would say something else about it.
func (s State) NeedsRead() bool {
	return s.Link != nil && !s.Unlisted() && changes(*s.Link, s.Decision)
}

// changes reports whether a decision calls for a write to Accelo, or changes what the link says about the company.
func changes(link store.Link, decision rules.CompanyDecision) bool {
	primary := decision.Company.PrimaryAffiliation
	return decision.Action == rules.Update || !note.Recorded(&link, decision.ManualChanges) || primary != 0 && primary != link.AffiliationID
}
