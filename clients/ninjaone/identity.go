package ninjaone

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"ninjaone-accelo/clients/lenient"
)

// DeviceIdentity is what never changes about a device: NinjaOne's API names no tenant, so a tenant is recognized by its devices
// (ninjaone.md 4.1). A member that NinjaOne omits, or writes in another form, is zero.
type DeviceIdentity struct {
	ID      int
	UID     string
	Created Timestamp
}

// UnmarshalJSON writes the UID in one form.
func (d *DeviceIdentity) UnmarshalJSON(data []byte) error {
	type plain DeviceIdentity
	err := lenient.Unmarshal(data, (*plain)(d))
	d.UID = strings.ToLower(strings.TrimSpace(d.UID))
	return err
}

func (d DeviceIdentity) key() int { return d.ID }

// FirstDevices returns the identities of up to count approved devices, those with the lowest IDs.
func (c *Client) FirstDevices(ctx context.Context, count int) ([]DeviceIdentity, error) {
	rows, err := readList[DeviceIdentity](ctx, c, devicesCall(), keysetQuery(nil, count, 0))
	return firstByID(skip(ctx, c, devicesCall(), rows, lacksID[DeviceIdentity]), count), err
}

// DeviceIdentity returns the identity of one device, whatever its approval status. If it does not exist, IsNotFound is true.
func (c *Client) DeviceIdentity(ctx context.Context, id int) (DeviceIdentity, error) {
	return readObject[DeviceIdentity](ctx, c, "device", "/v2/device/", id)
}

// FirstOrganizations returns up to count organizations, those with the lowest IDs, without their settings.
func (c *Client) FirstOrganizations(ctx context.Context, count int) ([]Organization, error) {
	rows, err := readList[Organization](ctx, c, organizationsCall(), keysetQuery(nil, count, 0))
	return firstByID(skip(ctx, c, organizationsCall(), rows, lacksID[Organization]), count), err
}

// firstByID sorts rows and cuts those that a server sends beyond the page size.
func firstByID[T keyed](rows []T, count int) []T {
	slices.SortFunc(rows, func(a, b T) int { return cmp.Compare(a.key(), b.key()) })
	return rows[:min(count, len(rows))]
}
