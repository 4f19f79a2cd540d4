package activities

import (
	"ninjaone-accelo/internal/rules"
)

// device tells what is to be done about a device, and whether there is nothing at all.
func (c *comparison) device(view deviceView) (outcome rules.Outcome, idle bool) {
	if view.link == nil && view.replaces.possible() {
		return c.replaced(view), false
	}
	if view.gone {
		return rules.Failed, false
	}
	decision := c.activities.decideDevice(view)
	if decision.Action == rules.Create && !c.connection.CanCreateAssets() {
		return rules.Waiting, false
	}
	c.costs.asset(view.device, decision.AssetDecision)
	c.costs.move(decision.place)
	c.costs.notes(decision.ManualChanges)
	return decision.Action.Outcome(), decision.idle(view.link)
}

// replaced tells what is to be done about a device that takes another one's asset over.
func (c *comparison) replaced(view deviceView) rules.Outcome {
	if !view.replaces.clear() {
		return rules.Failed
	}
	link := view.replaces.old[0].Link
	link.WrittenAt = nil
	view.link = &link
	c.costs.asset(view.device, c.activities.decideDevice(view).AssetDecision)
	return rules.Matched
}

// inOrder tells that the link of an organization that nothing is to be written for says all there is to say: what people have
// changed, whom to ask, and what alerts need to know.
func inOrder(view organizationView) bool {
	if view.link == nil || view.unlisted() {
		return view.link == nil
	}
	primary, facts := view.decision.Company.PrimaryAffiliation, organizationFacts(view.organization)
	return settled(view.link, view.decision.ManualChanges) && (primary == 0 || primary == view.link.AffiliationID) &&
		facts.Name == view.link.Facts.Name && facts.TeamViewer.Same(view.link.Facts.TeamViewer)
}
