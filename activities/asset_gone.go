package activities

import (
	"context"
	"fmt"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// findUnlisted looks for the assets of linked devices that the import did not list: made since, of another type by now, or in a
// company that was not asked for. What a list that names their ids lacks as well is surely gone: people have deleted it, as no
// error ever tells. It takes a call per hundred of them, and none where every asset was listed.
func (a *Activities) findUnlisted(ctx context.Context, c tenant.Connection, views []organizationView) error {
	missing := map[accelo.ID]*deviceView{}
	var ids []accelo.ID
	for i := range views {
		for j := range views[i].devices {
			device := &views[i].devices[j]
			if device.link == nil || device.asset != nil || device.outcome != "" {
				continue
			}
			id := accelo.ID(device.link.AcceloID)
			missing[id], ids = device, append(ids, id)
			device.gone = true
		}
	}
	if len(ids) == 0 {
		return nil
	}
	found, err := c.Accelo.AssetsByID(ctx, ids)
	if err != nil {
		return fmt.Errorf("look for %s that were not listed: %w", c.Labels().Asset.Plural(), err)
	}
	for _, asset := range found {
		record := assetRecord(asset)
		missing[asset.ID].asset, missing[asset.ID].gone = &record, false
	}
	return nil
}

// assetDeleted is the refusal of whatever needs an asset that people have deleted. None is made again by itself.
func assetDeleted(c tenant.Connection, deviceID string, assetID int64) error {
	return tenant.Refusef(tenant.Refused, "%s %d of device %s is no longer in Accelo: it was deleted. It is not made again by itself: lead the device to "+
		"another one with `starter relink device %s ID`, or have a new one made with `starter recreate device %s`",
		c.Labels().Asset.Singular(), assetID, deviceID, deviceID, deviceID)
}

// whyRefused tells whether Accelo has refused something because the asset is gone by now; else it returns the error as it was.
func whyRefused(ctx context.Context, c tenant.Connection, link store.Link, cause error) error {
	if !accelo.IsInvalidRequest(cause) {
		return cause
	}
	exists, err := assetExists(ctx, c, link.AcceloID)
	switch {
	case err != nil:
		return err
	case !exists:
		return assetDeleted(c, link.NinjaID, link.AcceloID)
	}
	return cause
}

// assetExists asks for an asset by a list, which it is surely gone from where that lacks it.
func assetExists(ctx context.Context, c tenant.Connection, id int64) (bool, error) {
	found, err := c.Accelo.AssetsByID(ctx, []accelo.ID{accelo.ID(id)})
	if err != nil {
		return false, fmt.Errorf("look for %s %d: %w", c.Labels().Asset.Singular(), id, err)
	}
	return len(found) > 0, nil
}
