package corrections

import (
	"context"
	"errors"
	"fmt"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// Recreate forgets the link of a record whose company or asset was deleted in Accelo, so that the next import creates it
// again. An organization takes along its devices whose assets were deleted too. An object that still exists, and a company
// that was merged, are refused: recreating them would create a duplicate. For a record whose create nobody confirmed it is the user's word
// that nothing was created.
func (c *Corrector) Recreate(ctx context.Context, key store.Key) (Result, error) {
	if err := CheckForget(key.Kind); err != nil {
		return Result{}, err
	}
	if err := c.store.EndDoubt(ctx, key, c.actor); !errors.Is(err, store.ErrNotFound) {
		return Result{Connection: key.Connection, Kind: key.Kind, NinjaID: key.NinjaID}, err
	}
	devices, err := c.checkDeleted(ctx, key)
	if err != nil {
		return Result{}, err
	}
	result, err := c.Forget(ctx, key)
	if err != nil {
		return Result{}, err
	}
	for _, device := range devices {
		if _, err := c.store.Forget(ctx, device.Key(), c.actor); err != nil && !errors.Is(err, store.ErrNotFound) {
			return Result{}, err
		}
		result.Devices = append(result.Devices, device.NinjaID)
	}
	return result, nil
}

// checkDeleted returns an error unless the record's object was deleted in Accelo. For an organization it also returns the
// devices whose assets were deleted.
func (c *Corrector) checkDeleted(ctx context.Context, key store.Key) ([]store.Link, error) {
	link, err := c.store.Link(ctx, key)
	if errors.Is(err, store.ErrNotFound) || err == nil && link.AcceloID == 0 {
		return nil, nil // Forget reports that there is nothing to recreate
	}
	if err != nil {
		return nil, err
	}
	connection, err := c.connect(ctx, key.Connection)
	if err != nil {
		return nil, err
	}
	if key.Kind == store.Devices {
		return nil, checkAssetDeleted(ctx, connection, link)
	}
	if err := c.checkCompanyDeleted(ctx, connection, link); err != nil {
		return nil, err
	}
	return c.devicesWithoutAsset(ctx, connection, link)
}

func checkAssetDeleted(ctx context.Context, c tenant.Connection, link store.Link) error {
	for {
		found, err := c.Accelo.FindAsset(ctx, accelo.ID(link.AcceloID))
		switch {
		case err != nil:
			return err
		case found != nil:
			return stillExists(c, link)
		}
		if waited, err := tenant.AwaitSettled(ctx, c, link); err != nil || !waited {
			return err
		}
	}
}

// checkCompanyDeleted also refuses a company that was merged into another one.
func (c *Corrector) checkCompanyDeleted(ctx context.Context, connection tenant.Connection, link store.Link) error {
	for {
		survivor, err := c.companies.Survivor(ctx, connection, link)
		switch {
		case err != nil:
			return err
		case survivor != nil && int64(survivor.ID) == link.AcceloID:
			return stillExists(connection, link)
		case survivor != nil:
			return refuse("%s %d was merged into %d (%s); the next import updates the link",
				connection.Settings.Labels().Company.Singular(), link.AcceloID, survivor.ID, survivor.Name)
		}
		if waited, err := tenant.AwaitSettled(ctx, connection, link); err != nil || !waited {
			return err
		}
	}
}

func stillExists(c tenant.Connection, link store.Link) error {
	return refuse("%s %d still exists in Accelo; to link %s %s to another one, use `%s`, or `%s` to match it again",
		c.Settings.Labels().For(link.Kind).Singular(), link.AcceloID, link.Kind, link.NinjaID,
		c.Command("relink %s %s ID", link.Kind, link.NinjaID), c.Command("links forget %s %s", link.Kind, link.NinjaID))
}

// devicesWithoutAsset returns the linked devices of an organization whose assets no longer exist in Accelo.
func (c *Corrector) devicesWithoutAsset(ctx context.Context, connection tenant.Connection, organization store.Link) ([]store.Link, error) {
	devices, err := c.store.LinkedDevices(ctx, organization.Connection, organization.OrganizationID)
	if err != nil || len(devices) == 0 {
		return nil, err
	}
	ids := make([]accelo.ID, len(devices))
	for i, device := range devices {
		ids[i] = accelo.ID(device.AcceloID)
	}
	found, err := connection.Accelo.AssetsByID(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("look for the %s of organization %s: %w", connection.Settings.Labels().Asset.Plural(), organization.NinjaID, err)
	}
	exists := map[int64]bool{}
	for _, asset := range found {
		exists[int64(asset.ID)] = true
	}
	var without []store.Link
	for _, device := range devices {
		if exists[device.AcceloID] {
			continue
		}
		asset, err := connection.Accelo.FindAsset(ctx, accelo.ID(device.AcceloID))
		if err != nil {
			return nil, fmt.Errorf("look for the %s of device %s: %w", connection.Settings.Labels().Asset.Singular(), device.NinjaID, err)
		}
		if asset == nil {
			without = append(without, device)
		}
	}
	return without, nil
}
