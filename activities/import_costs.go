package activities

import (
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/tenant"
)

// costs adds up the calls to Accelo that the decisions of an import will take.
type costs struct {
	connection    tenant.Connection
	calls, writes int
	probed        bool
}

func (c *costs) add(reads, writes int) {
	c.calls += reads + writes
	c.writes += writes
}

func (c *costs) company(decision rules.CompanyDecision, needsContact bool) {
	switch {
	case decision.Action == rules.Create:
		c.add(0, 2)
		return
	case needsContact:
		c.add(1, 1)
	}
	if decision.Action == rules.Update {
		c.add(0, 1)
	}
}

func (c *costs) asset(device rules.Device, decision rules.AssetDecision) {
	switch decision.Action {
	case rules.Create:
		c.add(0, 1)
		able := c.connection.Settings.Capabilities.SetFieldsOnCreate
		switch {
		case able == nil && !c.probed:
			c.probed = true
			c.add(1, 0)
		case able != nil && !*able:
			c.add(0, len(rules.Values(device)))
		}
	case rules.Match:
		c.add(1, len(decision.Fields))
	case rules.Update:
		if decision.Title != nil {
			c.add(0, 1)
		}
		if len(decision.Fields) > 0 {
			c.add(1, len(decision.Fields))
		}
	}
}

// follow is what it takes to find out what became of a company that is gone, at most.
func (c *costs) follow() {
	const trails = 6 // the company, its old id, contacts, assets, requests, the survivor
	c.add(trails, 0)
}

// move takes an asset along to another company and reads it back.
func (c *costs) move(decision rules.PlaceDecision) {
	switch {
	case decision.ReadAsset:
		c.add(2, 1)
	case decision.Move:
		c.add(1, 1)
	}
}

// notes say on a record what is kept there, unless it says so already.
func (c *costs) notes(differences []rules.ManualChange) {
	if unnoted := rules.CountUnnoted(differences); unnoted > 0 {
		c.add(1, unnoted)
	}
}

// alerts take a request each, and a link or a note for the device.
func (c *costs) alerts(count int) {
	c.add(0, 2*count)
}
