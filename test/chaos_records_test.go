package test

import (
	"fmt"
	"slices"
	"time"

	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/ninjaone"
)

// workOnCompany lets someone do something with companies, those of the product and others.
func (c *chaosRun) workOnCompany(s step) bool {
	c.t.Helper()
	if s.kind == stepHandCompany {
		return c.addCompanyByHand(s)
	}
	company := c.randomCompany(0)
	if company == nil {
		return false
	}
	id := company.ID
	c.people.remember(*company)
	switch s.kind {
	case stepCommentCompany:
		text := fmt.Sprintf("Call first. %d", s.number)
		return note(c.people.comments, id, text, c.accelo.tryAct("edit-company-comments", map[string]any{"id": id, "comments": text}))
	case stepRenameCompany:
		text := fmt.Sprintf("Customer %d", s.number)
		return note(c.people.names, id, text, c.accelo.tryAct("rename-company", map[string]any{"id": id, "name": text}))
	case stepDeleteCompany:
		return note(c.people.deletedCompanies, id, true, c.accelo.tryAct("delete-company", map[string]any{"id": id}))
	}
	other := c.randomCompany(id)
	if other == nil {
		return false
	}
	c.people.remember(*other)
	traced := leavesTrace(c.accelo.state(), id, time.Now().Add(-createGuard))
	done := note(c.people.merged, id, other.ID, c.accelo.tryAct("merge-companies", map[string]any{"from": id, "into": other.ID}))
	if done && !traced {
		c.people.untraceable[id] = true
	}
	return done
}

// leavesTrace reports whether a company had a contact or an asset of a device for a while: a merge takes them along, which is all that shows
// where the company went.
func leavesTrace(world accelo.World, company int64, before time.Time) bool {
	pages := assetPages(world)
	return slices.ContainsFunc(world.Affiliations, func(a accelo.Affiliation) bool {
		return a.CompanyID == company && a.DateCreated < before.Unix()
	}) || slices.ContainsFunc(world.Assets, func(a accelo.Asset) bool {
		return a.AgainstID == company && pages[a.ID] != "" && a.DateCreated < before.Unix()
	})
}

// note records what someone did, if that succeeded.
func note[V any](in map[int64]V, id int64, value V, done bool) bool {
	if done {
		in[id] = value
	}
	return done
}

// remember records how a company is called before someone changes it for the first time.
func (p *people) remember(company accelo.Company) {
	if _, known := p.called[company.ID]; !known {
		p.called[company.ID] = company.Name
	}
}

// randomCompany returns a company of one of NinjaOne's organizations, in most cases, that exists and isn't the given one.
func (c *chaosRun) randomCompany(except int64) *accelo.Company {
	c.t.Helper()
	wanted := map[string]bool{}
	for _, organization := range c.ledger.organizations {
		wanted[c.nameKeyOf(organization)] = true
	}
	anyOne := c.random.IntN(10) == 0
	return oneOf(c, c.world().Companies, func(company accelo.Company) bool {
		return company.ID != except && c.people.merged[company.ID] == 0 && !c.people.deletedCompanies[company.ID] &&
			(anyOne || wanted[nameKey(company.Name)])
	})
}

// addCompanyByHand creates the company of an organization before NinjaOne has it, or at the moment at which an import may create it.
func (c *chaosRun) addCompanyByHand(s step) bool {
	c.t.Helper()
	organization := oneOf(c, c.ledger.organizations, func(o ninjaone.Organization) bool {
		return len(companiesNamed(c.world().World, c.nameKeyOf(o))) == 0
	})
	name, first := fmt.Sprintf("Handmade & Sons No. %d", s.number), true
	if organization != nil && c.random.IntN(2) == 0 {
		name, first = organizationName(*organization), false
	}
	at := time.Now()
	id := c.accelo.actID("add-company", map[string]any{"name": name, "standing": "active"})
	c.people.companies[id] = handmade{name: name, at: at, first: first}
	if first {
		c.growOrganization(name)
	}
	return true
}

// workOnAsset lets someone do something with an asset of a device.
func (c *chaosRun) workOnAsset(s step) bool {
	c.t.Helper()
	if s.kind == stepHandAsset {
		return c.addAssetByHand(s)
	}
	world := c.world()
	asset := oneOf(c, world.Assets, func(a accelo.Asset) bool {
		return world.pages[a.ID] != "" && !c.people.deletedAssets[world.pages[a.ID]]
	})
	if asset == nil {
		return false
	}
	id := asset.ID
	switch s.kind {
	case stepRenameAsset:
		text := fmt.Sprintf("Rack %d", s.number)
		return note(c.people.titles, id, text, c.accelo.tryAct("edit-asset-title", map[string]any{"id": id, "title": text}))
	case stepMoveAsset:
		into := c.randomCompany(asset.AgainstID)
		return into != nil && note(c.people.moved, id, into.ID, c.accelo.tryAct("move-asset", map[string]any{"id": id, "company_id": into.ID}))
	}
	done := c.accelo.tryAct("delete-asset", map[string]any{"id": id})
	if done {
		c.people.deletedAssets[world.pages[id]] = true
	}
	return done
}

// addAssetByHand creates the asset of a device before NinjaOne has it, or at the moment at which an import may create it.
func (c *chaosRun) addAssetByHand(s step) bool {
	c.t.Helper()
	world, company := c.world(), c.randomCompany(0)
	if company == nil {
		return false
	}
	organization := oneOf(c, c.ledger.organizations, func(o ninjaone.Organization) bool { return c.nameKeyOf(o) == nameKey(company.Name) })
	if organization == nil {
		return false
	}
	made := map[string]bool{}
	for _, page := range world.pages {
		made[page] = true
	}
	device := oneOf(c, c.ledger.devices, func(d ninjaone.Device) bool {
		return d.OrganizationID == organization.ID && !made[c.devicePageURL(int64(d.ID))]
	})
	title, first := fmt.Sprintf("HAND-%d", s.number), true
	if device != nil && c.random.IntN(2) == 0 {
		title, first = deviceTitle(*device), false
	}
	typeID := (&oracle{env: c.testEnv, accelo: world.World}).assetType().ID
	at := time.Now()
	id, done := c.accelo.tryActID("add-asset", map[string]any{"type": itoa(typeID), "company_id": company.ID, "title": title})
	if !done { // the company was merged or deleted in this round
		return false
	}
	c.people.assets[id] = handmade{name: title, company: company.ID, at: at, first: first}
	if first {
		c.addDevice(organization.ID, title)
	}
	return true
}

// growOrganization adds an organization with a device to NinjaOne, which the next import brings in.
func (c *chaosRun) growOrganization(name string) bool {
	c.t.Helper()
	if name == "" {
		name = fmt.Sprintf("Newcomer %d <Müller & Söhne> 🚀", len(c.ledger.organizations))
	}
	id := int(c.ninjaOne.actID("organizations", map[string]any{"name": name, "description": "  new\n<b>since</b> today & \"tomorrow\" "}))
	c.ledger.organizations = append(c.ledger.organizations, ninjaone.Organization{ID: id, Name: name})
	c.addDevice(id, fmt.Sprintf("NEW-%d", len(c.ledger.devices)))
	return true
}

// growDevice adds a device to a random organization.
func (c *chaosRun) growDevice() bool {
	c.t.Helper()
	organization := c.ledger.organizations[c.random.IntN(len(c.ledger.organizations))]
	c.addDevice(organization.ID, fmt.Sprintf("NEW-%d 🖨️ <i>é</i>", len(c.ledger.devices)))
	return true
}

func (c *chaosRun) addDevice(organization int, name string) {
	c.t.Helper()
	id := c.ninjaOne.actID("devices", map[string]any{"organization_id": organization, "node_class": "WINDOWS_WORKSTATION", "system_name": name})
	c.ledger.devices = append(c.ledger.devices, ninjaone.Device{ID: int(id), OrganizationID: organization, SystemName: name})
	c.ledger.imported = false
}
