package main

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/export"
	"ninjaone-accelo/internal/program"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// collection gathers the rows of an export: which devices NinjaOne has now, and what Accelo calls the places where they belong.
// Both vendors are asked for pages, never for one device.
type collection struct {
	connection activities.Connection
	// lastRemote tells that a remote control link would take a call per device.
	lastRemote bool
	devices    []placed
	rows       []export.Row
	leftOut    []leftOut

	organizations map[string]store.Link
	assets        map[int64]accelo.Asset
	companies     map[int64]accelo.Company
	affiliations  map[int64]accelo.Affiliation
}

// placed is a device and where it belongs in Accelo: its company and, where it is linked, its asset.
type placed struct {
	device         rules.Device
	company, asset int64
}

// collect makes a row of every device that waits for an asset, or with all of every device.
func collect(ctx context.Context, p *program.Program, connection activities.Connection, all bool) (*collection, error) {
	c := &collection{
		connection: connection, lastRemote: p.RemoteControl().CustomField != "", leftOut: []leftOut{}, organizations: map[string]store.Link{},
	}
	for page, err := range activities.DevicesNow(ctx, p.Store, connection, p.RemoteControl()) {
		if err != nil {
			return nil, err
		}
		if err := c.place(ctx, p.Store, page, all); err != nil {
			return nil, err
		}
	}
	if err := c.lookUp(accelo.WithLane(ctx, accelo.Bulk)); err != nil {
		return nil, err
	}
	for _, device := range c.devices {
		c.add(device)
	}
	slices.SortStableFunc(c.rows, func(a, b export.Row) int {
		return cmp.Or(cmp.Compare(a.Company, b.Company), cmp.Compare(a.Title, b.Title))
	})
	return c, nil
}

// place takes up the devices of a page that are to be exported.
func (c *collection) place(ctx context.Context, database *store.Store, page []rules.Device, all bool) error {
	ids, unknown := make([]string, len(page)), map[string]bool{}
	for i, device := range page {
		ids[i] = strconv.Itoa(device.ID)
		organization := strconv.Itoa(device.OrganizationID)
		if _, known := c.organizations[organization]; !known {
			unknown[organization] = true
		}
	}
	links, err := database.LinksByID(ctx, c.connection.Name, store.Devices, ids)
	if err != nil {
		return err
	}
	organizations, err := database.LinksByID(ctx, c.connection.Name, store.Organizations, slices.Collect(maps.Keys(unknown)))
	if err != nil {
		return err
	}
	maps.Copy(c.organizations, organizations)
	for i, device := range page {
		link, known := links[ids[i]]
		if !all && (!known || link.State != store.Waiting) {
			continue
		}
		organization := c.organizations[strconv.Itoa(device.OrganizationID)]
		switch {
		case known && (link.State == store.Claimed || link.State == store.Doubt):
			c.leave(device, "its "+c.connection.Settings.Words().Asset.One()+" is being created just now; export again in a few minutes")
		case organization.State != store.Linked:
			c.leave(device, fmt.Sprintf("organization %d is not linked yet; run `starter import` first", device.OrganizationID))
		default:
			if c.lastRemote { // not asked for; what the last import wrote is as good
				device.RemoteControl = link.Baseline[rules.RemoteControlField].Ninja
			}
			c.devices = append(c.devices, placed{device: device, company: organization.AcceloID, asset: link.AcceloID})
		}
	}
	return nil
}

// lookUp asks Accelo for the assets that are linked, the companies, and the contacts.
func (c *collection) lookUp(ctx context.Context) error {
	assets, companies, affiliations := map[accelo.ID]bool{}, map[accelo.ID]bool{}, map[accelo.ID]bool{}
	for _, device := range c.devices {
		if device.asset != 0 {
			assets[accelo.ID(device.asset)] = true
		}
		companies[accelo.ID(device.company)] = true
	}
	var err error
	c.assets, err = byID(ctx, assets, c.connection.Accelo.AssetsByID, func(a accelo.Asset) accelo.ID { return a.ID })
	if err != nil {
		return fmt.Errorf("read the assets of linked devices: %w", err)
	}
	for _, asset := range c.assets {
		companies[asset.CompanyID()] = true
		affiliations[asset.AffiliationID] = true
	}
	c.companies, err = byID(ctx, companies, c.connection.Accelo.CompaniesByID, func(c accelo.Company) accelo.ID { return c.ID })
	if err != nil {
		return fmt.Errorf("read the companies of linked organizations: %w", err)
	}
	for _, company := range c.companies {
		affiliations[company.DefaultAffiliation] = true
	}
	c.affiliations, err = byID(ctx, affiliations, c.connection.Accelo.AffiliationsByID, func(a accelo.Affiliation) accelo.ID { return a.ID })
	if err != nil {
		return fmt.Errorf("read the contacts of linked organizations: %w", err)
	}
	return nil
}

// byID reads what is named, and tells by its absence what is gone.
func byID[T any](
	ctx context.Context, wanted map[accelo.ID]bool, read func(context.Context, []accelo.ID) ([]T, error), id func(T) accelo.ID,
) (map[int64]T, error) {
	delete(wanted, 0)
	found := make(map[int64]T, len(wanted))
	list, err := read(ctx, slices.Collect(maps.Keys(wanted)))
	for _, one := range list {
		found[int64(id(one))] = one
	}
	return found, err
}

// add makes a device's row. An asset that exists keeps the title, company and contact that it has in Accelo, since people may
// have changed them; only the custom fields are NinjaOne's.
func (c *collection) add(p placed) {
	row := export.Row{Title: p.device.Title(), Type: c.connection.Settings.AssetType.Title, Fields: rules.Values(p.device)}
	company, contact := p.company, accelo.ID(0)
	if p.asset != 0 {
		asset, exists := c.assets[p.asset]
		if !exists {
			c.leave(p.device, fmt.Sprintf("its %s %d is gone from Accelo; `starter recreate device %d` lets it be made again",
				c.connection.Settings.Words().Asset.One(), p.asset, p.device.ID))
			return
		}
		row.Title, contact, company = asset.Title, asset.AffiliationID, cmp.Or(int64(asset.CompanyID()), company)
	}
	owner, exists := c.companies[company]
	if !exists {
		c.leave(p.device, fmt.Sprintf("%s %d is gone from Accelo; `starter import` follows it, or says what to do",
			c.connection.Settings.Words().Company.One(), company))
		return
	}
	row.Company = owner.Name
	if person := c.affiliations[int64(cmp.Or(contact, owner.DefaultAffiliation))].Contact.Object; person != nil {
		row.FirstName, row.LastName = person.FirstName, person.Surname
	}
	c.rows = append(c.rows, row)
}

func (c *collection) leave(device rules.Device, reason string) {
	c.leftOut = append(c.leftOut, leftOut{NinjaID: strconv.Itoa(device.ID), Name: device.Title(), Reason: reason})
}
