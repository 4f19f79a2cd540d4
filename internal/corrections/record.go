package corrections

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/asset"
	"ninjaone-accelo/internal/company"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// record is what a link stores of a NinjaOne record. A record that has a link keeps the name and facts of the link, so both
// are empty here.
type record struct {
	organizationID int
	// name is the company name of an organization or the asset title of a device.
	name     string
	facts    store.Facts
	baseline rules.Baseline
}

// readRecord reads the record of a correction. A record without a link is read from NinjaOne, so that no link is created for
// a record that does not exist.
func (c *Corrector) readRecord(ctx context.Context, connection tenant.Connection, key store.Key) (record, error) {
	link, err := c.store.Link(ctx, key)
	if err == nil {
		return record{organizationID: link.OrganizationID, baseline: link.Baseline}, nil
	}
	if !errors.Is(err, store.ErrNotFound) {
		return record{}, err
	}
	if key.Kind == store.Alerts {
		word := connection.Settings.Labels().Request.Singular()
		return record{}, refuse("alert %s has no %s of its own: the alert is unknown, or it was added to the %s of another alert",
			key.NinjaID, word, word)
	}
	id, err := strconv.Atoi(key.NinjaID)
	if err != nil || id <= 0 {
		return record{}, &InputError{"ninja_id", fmt.Sprintf("%q is not a NinjaOne ID (use a number)", key.NinjaID)}
	}
	read := readDevice
	if key.Kind == store.Organizations {
		read = readOrganization
	}
	found, err := read(ctx, connection, id)
	if ninjaone.IsNotFound(err) {
		return record{}, refuse("%s %s does not exist in NinjaOne", key.Kind, key.NinjaID)
	}
	return found, err
}

func readOrganization(ctx context.Context, c tenant.Connection, id int) (record, error) {
	found, err := c.NinjaOne.Organization(ctx, id)
	organization := company.Organization(found)
	name := organization.CompanyName()
	return record{
		organizationID: id, name: name, facts: store.Facts{Name: organization.Name},
		baseline: rules.Baseline{rules.NameKeyField: {Ninja: name}, rules.CommentsField: {Ninja: organization.Description}},
	}, err
}

func readDevice(ctx context.Context, c tenant.Connection, id int) (record, error) {
	found, err := c.NinjaOne.Device(ctx, id)
	title := asset.Lookups{}.Record(found).Title()
	return record{
		organizationID: found.OrganizationID, name: title, baseline: rules.Baseline{rules.TitleField: {Ninja: title}},
	}, err
}
