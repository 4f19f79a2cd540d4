package activities

import (
	"ninjaone-accelo/internal/asset"
	"ninjaone-accelo/internal/rules"
)

// device tells what is to be done about a device, and whether there is nothing at all.
func (c *comparison) device(view asset.State) (outcome rules.Outcome, idle bool) {
	if view.Link == nil && view.Replaces.Possible() {
		return c.replaced(view), false
	}
	if view.Deleted {
		return rules.Failed, false
	}
	decision := c.activities.assets.Decide(view)
	if decision.Action == rules.Create && !c.connection.CanCreateAssets() {
		return rules.Waiting, false
	}
	c.costs.asset(view.Device, decision.AssetDecision)
	c.costs.move(decision.Place)
	c.costs.notes(decision.ManualChanges)
	return decision.Action.Outcome(), decision.Settled(view.Link)
}

// replaced tells what is to be done about a device that takes another one's asset over.
func (c *comparison) replaced(view asset.State) rules.Outcome {
	if !view.Replaces.Unique() {
		return rules.Failed
	}
	link := view.Replaces.Old[0].Link
	link.WrittenAt = nil
	view.Link = &link
	c.costs.asset(view.Device, c.activities.assets.Decide(view).AssetDecision)
	return rules.Matched
}
