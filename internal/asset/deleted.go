package asset

import (
	"context"
	"fmt"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// FindUnlisted looks for the assets of linked devices that the import did not list: they were created since, have another type
// now, or are in a company that was not read. An asset that a list by ID lacks too was deleted in Accelo. It takes one call per
// hundred assets, and none if every asset was listed.
func FindUnlisted(ctx context.Context, c tenant.Connection, states []*State) error {
	unlisted := map[accelo.ID]*State{}
	var ids []accelo.ID
	for _, state := range states {
		if state.Link == nil || state.Asset != nil || state.Outcome != "" {
			continue
		}
		id := accelo.ID(state.Link.AcceloID)
		unlisted[id], ids = state, append(ids, id)
		state.Deleted = true
	}
	if len(ids) == 0 {
		return nil
	}
	found, err := c.Accelo.AssetsByID(ctx, ids)
	if err != nil {
		return fmt.Errorf("look for %s that were not listed: %w", c.Labels().Asset.Plural(), err)
	}
	for _, asset := range found {
		record := Record(asset)
		unlisted[asset.ID].Asset, unlisted[asset.ID].Deleted = &record, false
	}
	return nil
}

// Deleted returns the Refusal for a device whose asset was deleted in Accelo. It says what a user can do.
func Deleted(c tenant.Connection, deviceID string, assetID int64) error {
	label := c.Labels().Asset
	return tenant.Refusef(tenant.Refused, "%s %d (device %s) was deleted in Accelo and won't be recreated automatically. "+
		"Link the device to another %s with `%s`, or recreate it with `%s`",
		label.SingularTitle, assetID, deviceID, label.Singular(), c.Command("relink device %s ID", deviceID), c.Command("recreate device %s", deviceID))
}

// Gone is Deleted for the device of a link, unless Accelo may only not show its asset yet.
func Gone(c tenant.Connection, link store.Link) error {
	if err := tenant.RequireSettled(c, link); err != nil {
		return err
	}
	return Deleted(c, link.NinjaID, link.AcceloID)
}

// ExplainRejection returns Deleted if Accelo rejected a request because the linked asset no longer exists, and otherwise the
// cause itself.
func ExplainRejection(ctx context.Context, c tenant.Connection, link store.Link, cause error) error {
	if !accelo.IsInvalidRequest(cause) {
		return cause
	}
	exists, err := Exists(ctx, c, link.AcceloID)
	switch {
	case err != nil:
		return err
	case !exists:
		return Gone(c, link)
	}
	return cause
}

// Exists reports whether an asset exists.
func Exists(ctx context.Context, c tenant.Connection, id int64) (bool, error) {
	found, err := read(ctx, c, id)
	return found != nil, err
}
