package test

import (
	"slices"
	"strings"
	"time"

	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/ninjaone"
)

// createGuard is how long before a create of ours a record that someone made must exist for the create to be a fault: what is read to
// decide about a create is at most this old.
const createGuard = time.Minute

// companyFacts is what the oracle knows about a company: how it was first called, and who made it.
type companyFacts struct {
	id      int64
	initial bool
	made    *handmade
	created int64 // by Accelo's clock; 0 if it no longer exists
	// renamed, merged or deleted by someone: an import that comes later can't match it any more.
	touched bool
}

func (f companyFacts) ours() bool { return !f.initial && f.made == nil }

// companiesByKey returns all companies that exist or existed, by the key of their first name.
func (o *chaosOracle) companiesByKey() map[string][]companyFacts {
	p, byKey := o.chaos.people, map[string][]companyFacts{}
	add := func(id, created int64, name string) {
		if first, ok := p.called[id]; ok {
			name = first
		}
		facts := companyFacts{id: id, created: created, touched: p.names[id] != "" || p.merged[id] != 0 || p.deletedCompanies[id]}
		facts.initial = slices.ContainsFunc(o.initial.Companies, func(c accelo.Company) bool { return c.ID == id })
		if made, ok := p.companies[id]; ok {
			facts.made = &made
		}
		key := nameKey(asStored(o.chaos.switches, name)) // a company of old may have a name that is stored otherwise now
		byKey[key] = append(byKey[key], facts)
	}
	exists := map[int64]bool{}
	for _, company := range o.accelo.Companies {
		exists[company.ID] = true
		add(company.ID, company.DateCreated, company.Name)
	}
	for id, name := range p.called {
		if !exists[id] {
			add(id, 0, name)
		}
	}
	return byKey
}

// checkCompanies checks that every organization has one company, and that ours are the only ones beside those of people.
func (o *chaosOracle) checkCompanies() {
	o.byKey = o.companiesByKey()
	wanted := map[string]bool{}
	for _, organization := range o.ninja.Organizations {
		key := o.chaos.nameKeyOf(organization)
		if wanted[key] {
			continue
		}
		wanted[key] = true
		var ours []companyFacts
		for _, facts := range o.byKey[key] {
			if facts.ours() {
				ours = append(ours, facts)
			}
		}
		switch {
		case len(o.byKey[key]) == 0:
			o.lostf("organization %q has no company", organization.Name)
		case len(ours) > 1:
			o.duplicatef("organization %q has the companies %s", organization.Name, idsOf(ours))
		case len(ours) == 1:
			o.checkNeeded(organization, ours[0])
		}
	}
	for key, all := range o.byKey {
		for _, facts := range all {
			if facts.ours() && !wanted[key] {
				o.wrongf("company %d, %q, belongs to no organization", facts.id, key)
			}
		}
	}
	for _, company := range o.accelo.Companies {
		o.checkCompany(company)
	}
}

func idsOf(all []companyFacts) string {
	ids := make([]string, len(all))
	for i, facts := range all {
		ids[i] = itoa(facts.id)
	}
	return strings.Join(ids, ", ")
}

// checkNeeded checks that no company of that name was there when we created one.
func (o *chaosOracle) checkNeeded(organization ninjaone.Organization, ours companyFacts) {
	for _, other := range o.byKey[o.chaos.nameKeyOf(organization)] {
		if other.ours() || other.touched || ours.created == 0 {
			continue
		}
		if other.initial || other.made.first || ours.created > other.made.at.Add(createGuard).Unix() {
			o.duplicatef("company %d was created for organization %q, which had company %d", ours.id, organization.Name, other.id)
		}
	}
}

// checkCompany checks that a company holds what someone last wrote, or else what it held before, or else NinjaOne's values.
func (o *chaosOracle) checkCompany(company accelo.Company) {
	p := o.chaos.people
	var name, comments string
	at := slices.IndexFunc(o.initial.Companies, func(c accelo.Company) bool { return c.ID == company.ID })
	made, byHand := p.companies[company.ID]
	switch {
	case at >= 0:
		name, comments = o.initial.Companies[at].Name, o.initial.Companies[at].Comments
	case byHand:
		name = made.name
	default:
		first := company.Name
		if called, ok := p.called[company.ID]; ok {
			first = called
		}
		at := slices.IndexFunc(o.ninja.Organizations, func(n ninjaone.Organization) bool { return o.chaos.nameKeyOf(n) == nameKey(first) })
		if at < 0 {
			return // reported by checkCompanies
		}
		name, comments = organizationName(o.ninja.Organizations[at]), o.ninja.Organizations[at].Description
		o.checkContact(company)
	}
	if edited, ok := p.names[company.ID]; ok {
		name = edited
	}
	if edited, ok := p.comments[company.ID]; ok {
		comments = edited
	}
	if !o.same(company.Name, name) {
		o.wrongf("company %d is named %q instead of %q", company.ID, company.Name, name)
	}
	if !o.same(company.Comments, comments) {
		o.wrongf("company %d has the comments %q instead of %q", company.ID, company.Comments, comments)
	}
}

// same reports whether Accelo holds a text that was written, as it stores it.
func (o *chaosOracle) same(held, written string) bool {
	return held == written || nameKey(held) == nameKey(asStored(o.accelo.Switches, written))
}

// checkContact checks that a company of ours has one contact, unless others were merged into it.
func (o *chaosOracle) checkContact(company accelo.Company) {
	for _, into := range o.chaos.people.merged {
		if into == company.ID {
			return
		}
	}
	contacts := slices.DeleteFunc(slices.Clone(o.accelo.Affiliations), func(a accelo.Affiliation) bool { return a.CompanyID != company.ID })
	switch {
	case company.DefaultAffiliationID == 0 || len(contacts) == 0:
		o.lostf("company %d has no primary contact", company.ID)
	case len(contacts) > 1:
		o.duplicatef("company %d has %d contacts", company.ID, len(contacts))
	}
}

// companiesOf returns the companies that an organization may have by now, and whether one was deleted, or merged without a trace: then
// someone has to decide.
func (o *chaosOracle) companiesOf(organization ninjaone.Organization) (ids []int64, orphaned bool) {
	p := o.chaos.people
	for _, facts := range o.byKey[o.chaos.nameKeyOf(organization)] {
		id := p.survivor(facts.id)
		ids = append(ids, id)
		orphaned = orphaned || p.deletedCompanies[id] || p.untraceable[facts.id]
	}
	return ids, orphaned
}

// orphaned reports whether someone deleted the company of a device, or its asset: then its alerts and fields wait for a decision.
func (o *chaosOracle) orphaned(device ninjaone.Device) bool {
	_, orphaned := o.companiesOf(o.ownerOf(device))
	return orphaned || o.chaos.people.deletedAssets[o.devicePage(device)]
}

// checkUntouched checks what was in Accelo before and what people entered by hand.
func (o *chaosOracle) checkUntouched() {
	for _, before := range o.initial.Assets {
		at := slices.IndexFunc(o.accelo.Assets, func(a accelo.Asset) bool { return a.ID == before.ID })
		if at < 0 {
			o.lostf("asset %d, %q, no longer exists", before.ID, before.Title)
			continue
		}
		now := o.accelo.Assets[at]
		now.AgainstID = before.AgainstID // its company may have been merged
		if now != before {
			o.wrongf("asset %d was %+v and is %+v", before.ID, before, now)
		}
	}
	for _, before := range o.initial.Contacts {
		if !slices.ContainsFunc(o.accelo.Contacts, func(c accelo.Contact) bool {
			return c.ID == before.ID && c.Firstname == before.Firstname && c.Surname == before.Surname
		}) {
			o.wrongf("contact %d, %q, was changed or removed", before.ID, before.Surname)
		}
	}
	for id, made := range o.chaos.people.requests {
		at := slices.IndexFunc(o.accelo.Requests, func(r accelo.Request) bool { return r.ID == id })
		if at < 0 {
			o.lostf("request %d, entered by hand, no longer exists", id)
			continue
		}
		if now := o.accelo.Requests[at]; now.Standing != "pending" || now.Title != made.Title || now.Body != made.Body || now.TypeID != made.TypeID {
			o.wrongf("request %d, entered by hand as %q, is %s and titled %q", id, made.Title, now.Standing, now.Title)
		}
	}
}
