package export

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/asset"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// Source is where Collect reads devices from.
type Source struct {
	Store      *store.Store
	Connection tenant.Connection
}

// Collection is the content of an export.
type Collection struct {
	Rows []Row
	// LeftOut lists the devices that can't be exported yet.
	LeftOut []LeftOut
}

// LeftOut is a device that is not in the files, with the reason.
type LeftOut struct {
	NinjaID string `json:"ninja_id"`
	Name    string `json:"name"`
	Reason  string `json:"reason"`
}

// Collect returns a row for every device that is waiting for its asset, or for every device if all is set. It reads both
// vendors page by page and never makes a call for a single device.
func Collect(ctx context.Context, source Source, all bool) (Collection, error) {
	c := &collector{source: source, all: all, organizations: map[string]store.Link{}, result: Collection{LeftOut: []LeftOut{}}}
	for page, err := range asset.NewReader(source.Store).All(ctx, source.Connection) {
		if err != nil {
			return Collection{}, err
		}
		if err := c.selectDevices(ctx, page); err != nil {
			return Collection{}, err
		}
	}
	if err := c.readAccelo(accelo.WithLane(ctx, accelo.Bulk)); err != nil {
		return Collection{}, err
	}
	for _, device := range c.devices {
		c.addRow(device)
	}
	slices.SortStableFunc(c.result.Rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(a.Company, b.Company), cmp.Compare(a.Title, b.Title))
	})
	return c.result, nil
}

// collector holds what one Collect has read so far.
type collector struct {
	source  Source
	all     bool
	devices []selected
	result  Collection

	organizations map[string]store.Link
	assets        map[int64]accelo.Asset
	companies     map[int64]accelo.Company
	affiliations  map[int64]accelo.Affiliation
}

// selected is a device to export, with its company and, if it is linked, its asset.
type selected struct {
	device           rules.Device
	company, assetID int64
}

// selectDevices picks the devices of a page that are to be exported.
func (c *collector) selectDevices(ctx context.Context, page []rules.Device) error {
	ids := make([]string, len(page))
	for i, device := range page {
		ids[i] = strconv.Itoa(device.ID)
	}
	links, err := c.source.Store.LinksByID(ctx, c.source.Connection.Name, store.Devices, ids)
	if err != nil {
		return err
	}
	if err := c.readOrganizationLinks(ctx, page); err != nil {
		return err
	}
	for i, device := range page {
		link, known := links[ids[i]]
		if c.all || known && link.State == store.Waiting {
			c.selectDevice(device, link)
		}
	}
	return nil
}

func (c *collector) readOrganizationLinks(ctx context.Context, page []rules.Device) error {
	unread := map[string]bool{}
	for _, device := range page {
		organization := strconv.Itoa(device.OrganizationID)
		if _, read := c.organizations[organization]; !read {
			unread[organization] = true
		}
	}
	links, err := c.source.Store.LinksByID(ctx, c.source.Connection.Name, store.Organizations, slices.Collect(maps.Keys(unread)))
	maps.Copy(c.organizations, links)
	return err
}

func (c *collector) selectDevice(device rules.Device, link store.Link) {
	organization := c.organizations[strconv.Itoa(device.OrganizationID)]
	switch {
	case link.State == store.Claimed || link.State == store.Doubt:
		c.leaveOut(device, "its %s is being created right now; export again in a few minutes", c.words().Asset.Singular())
	case organization.State != store.Linked:
		c.leaveOut(device, "organization %d is not linked yet; run `%s` first", device.OrganizationID, c.source.Connection.Command("import"))
	default:
		c.devices = append(c.devices, selected{device: device.Completed(link.Baseline), company: organization.AcceloID, assetID: link.AcceloID})
	}
}

// readAccelo reads the linked assets, the companies, and their contacts.
func (c *collector) readAccelo(ctx context.Context) error {
	assets, companies, affiliations := map[accelo.ID]bool{}, map[accelo.ID]bool{}, map[accelo.ID]bool{}
	for _, device := range c.devices {
		assets[accelo.ID(device.assetID)] = true
		companies[accelo.ID(device.company)] = true
	}
	client := c.source.Connection.Accelo
	var err error
	c.assets, err = readByID(ctx, assets, client.AssetsByID, func(a accelo.Asset) accelo.ID { return a.ID })
	if err != nil {
		return fmt.Errorf("read the assets of linked devices: %w", err)
	}
	for _, asset := range c.assets {
		companies[asset.CompanyID()] = true
		affiliations[asset.AffiliationID] = true
	}
	c.companies, err = readByID(ctx, companies, client.CompaniesByID, func(c accelo.Company) accelo.ID { return c.ID })
	if err != nil {
		return fmt.Errorf("read the companies of linked organizations: %w", err)
	}
	for _, company := range c.companies {
		affiliations[company.DefaultAffiliation] = true
	}
	c.affiliations, err = readByID(ctx, affiliations, client.AffiliationsByID, func(a accelo.Affiliation) accelo.ID { return a.ID })
	if err != nil {
		return fmt.Errorf("read the contacts of linked organizations: %w", err)
	}
	return nil
}

// readByID reads objects by ID. A deleted object is missing from the result.
func readByID[T any](
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

// addRow adds a device's row. An existing asset keeps its title, company and contact, because someone in Accelo may have
// changed them. Only the custom fields come from NinjaOne.
func (c *collector) addRow(s selected) {
	row := Row{Title: s.device.Title(), Type: c.source.Connection.Settings.AssetType.Title, Fields: rules.Values(s.device)}
	companyID, affiliation := s.company, accelo.ID(0)
	if s.assetID != 0 {
		asset, exists := c.assets[s.assetID]
		if !exists {
			c.leaveOut(s.device, "its %s %d was deleted in Accelo; run `%s` to have it created again",
				c.words().Asset.Singular(), s.assetID, c.source.Connection.Command("recreate device %d", s.device.ID))
			return
		}
		row.Title, affiliation, companyID = asset.Title, asset.AffiliationID, cmp.Or(int64(asset.CompanyID()), companyID)
	}
	company, exists := c.companies[companyID]
	if !exists {
		c.leaveOut(s.device, "%s %d no longer exists in Accelo; run `starter import` to follow a merge or see what to do",
			c.words().Company.Singular(), companyID)
		return
	}
	row.Company = company.Name
	if contact := c.affiliations[int64(cmp.Or(affiliation, company.DefaultAffiliation))].Contact.Object; contact != nil {
		row.FirstName, row.LastName = contact.FirstName, contact.Surname
	}
	c.result.Rows = append(c.result.Rows, row)
}

func (c *collector) words() store.Labels { return c.source.Connection.Settings.Labels() }

func (c *collector) leaveOut(device rules.Device, format string, arguments ...any) {
	c.result.LeftOut = append(c.result.LeftOut, LeftOut{
		NinjaID: strconv.Itoa(device.ID), Name: device.Title(), Reason: fmt.Sprintf(format, arguments...),
	})
}
