package mapping

import (
	"context"
	"errors"
	"strconv"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/company"
	"ninjaone-accelo/internal/corrections"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// plan is the work on a set of wishes.
type plan struct {
	mapper     *Mapper
	connection string
	wishes     []Wish
	planned    []Planned
	faults     []Fault
	// byID says which wish is about an organization.
	byID      map[string]int
	tenant    *tenant.Connection
	companies map[int64]rules.Company
}

// readOrganizations reads what is known of the organizations, and asks NinjaOne for one that is not known yet.
func (p *plan) readOrganizations(ctx context.Context) error {
	ids := make([]string, len(p.wishes))
	for i, wish := range p.wishes {
		ids[i] = wish.NinjaID
	}
	listed, err := p.mapper.store.ListOrganizations(ctx, p.connection, store.OrganizationQuery{NinjaIDs: ids})
	if err != nil {
		return err
	}
	known := map[string]store.ListedOrganization{}
	for _, organization := range listed {
		known[organization.NinjaID] = organization
	}
	for i, wish := range p.wishes {
		if first, twice := p.byID[wish.NinjaID]; twice {
			p.fault(i, "id", "organization %s is named twice, first as number %d", wish.NinjaID, first+1)
			continue
		}
		p.byID[wish.NinjaID] = i
		organization, found := known[wish.NinjaID]
		if !found {
			if organization, found, err = p.ask(ctx, wish.NinjaID); err != nil {
				return err
			}
		}
		if !found {
			p.fault(i, "id", "organization %s does not exist in NinjaOne", wish.NinjaID)
			continue
		}
		p.planned[i] = Planned{
			Organization: organization, CompanyID: current(organization), Company: organization.Company,
			Change: store.OrganizationChange{
				NinjaID: wish.NinjaID, Before: organization.Choice(), After: organization.Choice(), Why: organization.ChosenWhy,
				By: organization.ChosenBy, Company: organization.Company,
			},
		}
	}
	return nil
}

// ask asks NinjaOne for an organization that no import and no matching has met.
func (p *plan) ask(ctx context.Context, ninjaID string) (organization store.ListedOrganization, found bool, err error) {
	id, err := strconv.Atoi(ninjaID)
	if err != nil || id <= 0 || strconv.Itoa(id) != ninjaID {
		return organization, false, nil //nolint:nilerr // no such organization
	}
	c, err := p.vendors(ctx)
	if err != nil {
		return organization, false, err
	}
	read, err := c.NinjaOne.Organization(ctx, id)
	if ninjaone.IsNotFound(err) {
		return organization, false, nil
	}
	name := company.Organization(read).CompanyName()
	return store.ListedOrganization{NinjaID: ninjaID, Name: name, State: store.Unmatched, Sync: true}, err == nil, err
}

// current returns the company that an organization goes to as things are, 0 if matching decides.
func current(o store.ListedOrganization) int64 {
	if o.Linked() {
		return o.CompanyID
	}
	return o.ChosenID
}

// readCompanies reads the companies that the wishes name.
func (p *plan) readCompanies(ctx context.Context) error {
	var ids []accelo.ID
	for i, wish := range p.wishes {
		if wish.CompanyID != nil && *wish.CompanyID > 0 && *wish.CompanyID != current(p.planned[i].Organization) {
			ids = append(ids, accelo.ID(*wish.CompanyID))
		}
	}
	p.companies = map[int64]rules.Company{}
	if len(ids) == 0 {
		return nil
	}
	c, err := p.vendors(ctx)
	if err != nil {
		return err
	}
	found, err := c.Accelo.CompaniesByID(ctx, ids)
	for _, each := range found {
		p.companies[int64(each.ID)] = company.Record(each)
	}
	return err
}

// choose carries the wishes over into changes.
func (p *plan) choose(ctx context.Context) error {
	for i, wish := range p.wishes {
		planned := &p.planned[i]
		if planned.Change.NinjaID == "" { // it has a fault
			continue
		}
		after := &planned.Change.After
		if wish.Sync != nil {
			after.Sync = *wish.Sync
		}
		if wish.CompanyID != nil && *wish.CompanyID != planned.CompanyID {
			if err := p.chooseCompany(ctx, i, *wish.CompanyID); err != nil {
				return err
			}
		}
		if wish.AffiliationID != nil {
			after.AffiliationID = *wish.AffiliationID
		}
	}
	return nil
}

// chooseCompany gives an organization another company. That of a linked one is changed as a correction.
func (p *plan) chooseCompany(ctx context.Context, i int, id int64) error {
	planned, change := &p.planned[i], &p.planned[i].Change
	linked := planned.Organization.Linked()
	found, exists := p.companies[id]
	switch {
	case id == 0 && linked:
		p.fault(i, "company_id", "organization %s is linked to company %d; unlink it on its own page if matching should decide again",
			change.NinjaID, planned.CompanyID)
		return nil
	case id != 0 && !exists:
		p.fault(i, "company_id", "company %d does not exist in Accelo", id)
		return nil
	}
	planned.CompanyID, planned.Company = id, found.Name
	change.After.AffiliationID = 0 // a contact belongs to its company
	if !linked {
		change.After.CompanyID, change.Company, change.Why, change.By = id, found.Name, "Chosen", p.mapper.actor
		if id == 0 {
			change.Why, change.By = "", ""
		}
		return nil
	}
	c, err := p.vendors(ctx)
	if err != nil {
		return err
	}
	key := store.Key{Connection: p.connection, Kind: store.Organizations, NinjaID: change.NinjaID}
	correction, err := p.mapper.corrector.Prepare(ctx, c, key, id)
	var refused *corrections.RefusedError
	if errors.As(err, &refused) {
		p.fault(i, "company_id", "%s", refused.Reason)
		return nil
	}
	change.Link = &correction
	return err
}

// checkOwners refuses companies that are another organization's. Organizations of one name share a company, as the import matches them.
func (p *plan) checkOwners(ctx context.Context) error {
	wanted := map[int64][]int{}
	var ids []int64
	for i, planned := range p.planned {
		if planned.CompanyID != 0 && planned.CompanyID != current(planned.Organization) {
			wanted[planned.CompanyID] = append(wanted[planned.CompanyID], i)
			ids = append(ids, planned.CompanyID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	owners, err := p.mapper.store.CompanyOwners(ctx, p.connection, ids)
	if err != nil {
		return err
	}
	for id, indexes := range wanted {
		for at, i := range indexes {
			for _, owner := range owners[id] {
				if j, leaves := p.byID[owner.NinjaID]; !leaves || p.planned[j].CompanyID == id {
					p.refuseShared(i, id, owner)
				}
			}
			for _, j := range indexes[:at] {
				other := p.planned[j].Organization
				p.refuseShared(i, id, store.NamedOrganization{NinjaID: other.NinjaID, Name: other.Name})
			}
		}
	}
	return nil
}

func (p *plan) refuseShared(i int, id int64, owner store.NamedOrganization) {
	organization := p.planned[i].Organization
	if owner.NinjaID == organization.NinjaID || rules.SameName(owner.Name, organization.Name) {
		return
	}
	p.fault(i, "company_id", "company %d is the company of organization %s (%s); only organizations with the same name share a company",
		id, owner.NinjaID, owner.Name)
}

// checkContacts checks the contacts that are new: each has to belong to its organization's company.
func (p *plan) checkContacts(ctx context.Context) error {
	var ids []accelo.ID
	for _, planned := range p.planned {
		if planned.newContact() {
			ids = append(ids, accelo.ID(planned.Change.After.AffiliationID))
		}
	}
	if len(ids) == 0 {
		return nil
	}
	c, err := p.vendors(ctx)
	if err != nil {
		return err
	}
	found, err := c.Accelo.AffiliationsByID(ctx, ids)
	if err != nil {
		return err
	}
	affiliations := map[int64]accelo.Affiliation{}
	for _, affiliation := range found {
		affiliations[int64(affiliation.ID)] = affiliation
	}
	for i, planned := range p.planned {
		if !planned.newContact() {
			continue
		}
		id := planned.Change.After.AffiliationID
		affiliation, exists := affiliations[id]
		switch {
		case planned.CompanyID == 0:
			p.fault(i, "affiliation_id", "organization %s has no company yet: choose the company first", planned.Change.NinjaID)
		case !exists:
			p.fault(i, "affiliation_id", "affiliation %d does not exist in Accelo", id)
		case int64(affiliation.Company.ID) != planned.CompanyID:
			p.fault(i, "affiliation_id", "affiliation %d belongs to company %d, not to company %d", id, affiliation.Company.ID, planned.CompanyID)
		case affiliation.Standing == "inactive":
			p.fault(i, "affiliation_id", "affiliation %d is inactive in Accelo", id)
		}
	}
	return nil
}

// newContact reports whether a contact was chosen that was not chosen before for this company.
func (p Planned) newContact() bool {
	return p.Change.After.AffiliationID != 0 && (p.Change.After.AffiliationID != p.Change.Before.AffiliationID || p.CompanyID != p.Before())
}
