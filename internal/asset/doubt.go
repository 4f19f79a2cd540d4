package asset

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// doubtful returns the asset that an earlier create of a device has made although its reply was lost; nil if it made none. A person may have
// renamed or moved the asset since. It is known by the link to the device's page, which is created with it. A deployment that does not take
// fields on create leaves the title, and an asset that could be it under another title is for a user to judge.
func (s *Service) doubtful(
	ctx context.Context, c tenant.Connection, organization store.Link, device rules.Device, since time.Time,
) (*rules.Asset, error) {
	titled, err := s.titled(ctx, c, organization, device)
	if err != nil {
		return nil, err
	}
	ours, undecided, err := s.prove(ctx, c, device, titled)
	if err != nil || ours != nil {
		return ours, err
	}
	if len(undecided) > 0 { // devices of one title are never created at the same time
		return &undecided[0], nil
	}
	recent, err := s.createdSince(ctx, c, since)
	if err != nil {
		return nil, err
	}
	recent = slices.DeleteFunc(recent, func(a rules.Asset) bool {
		return slices.ContainsFunc(titled, func(seen rules.Asset) bool { return seen.ID == a.ID })
	})
	ours, undecided, err = s.prove(ctx, c, device, recent)
	if err != nil || ours != nil {
		return ours, err
	}
	if undecided, err = s.unaccounted(ctx, c, device, undecided); err != nil {
		return nil, err
	}
	for _, asset := range undecided { // Accelo may have stored another form of its title
		if asset.CompanyID == organization.AcceloID && rules.TextField.MayBecome(device.Title(), asset.Title) {
			return &asset, nil
		}
	}
	return nil, requireNone(c, device, undecided)
}

// canProve reports whether every asset that we create links to its device's page.
func canProve(c tenant.Connection) bool {
	able := c.Settings.Capabilities.SetFieldsOnCreate
	return able != nil && *able && c.Settings.Fields[rules.PageField].ID != 0
}

// prove returns the asset that links to a device's page. Undecided are those whose link Accelo has cut and, unless every asset that we
// create has one, those without a link.
func (s *Service) prove(
	ctx context.Context, c tenant.Connection, device rules.Device, assets []rules.Asset,
) (ours *rules.Asset, undecided []rules.Asset, err error) {
	page := c.Settings.Fields[rules.PageField].ID
	if page == 0 || device.PageURL == "" {
		return nil, assets, nil
	}
	for _, asset := range assets {
		values, err := c.Accelo.AssetValues(ctx, accelo.ID(asset.ID))
		if err != nil {
			return nil, nil, fmt.Errorf("read the custom fields of %s %d: %w", c.Labels().Asset.Singular(), asset.ID, err)
		}
		at := slices.IndexFunc(values, func(v accelo.AssetValue) bool { return int64(v.FieldID) == page && v.Value != "" })
		switch {
		case at < 0 && canProve(c):
		case at < 0:
			undecided = append(undecided, asset)
		case rules.HyperlinkField.Same(values[at].Value, device.PageURL):
			return &asset, nil, nil
		case rules.HyperlinkField.MayBecome(device.PageURL, values[at].Value):
			undecided = append(undecided, asset)
		}
	}
	return nil, undecided, nil
}

// createdSince returns the unlinked assets of our type that were created since a time, whatever company they are in by now.
func (s *Service) createdSince(ctx context.Context, c tenant.Connection, since time.Time) ([]rules.Asset, error) {
	query := accelo.AssetQuery{TypeID: accelo.ID(c.Settings.AssetType.ID), CreatedAfter: since.Add(-tenant.ClockTolerance)}
	var records []rules.Asset
	for page, err := range c.Accelo.Assets(ctx, query) {
		if err != nil {
			return nil, fmt.Errorf("look for recent %s: %w", c.Labels().Asset.Plural(), err)
		}
		for _, asset := range page {
			records = append(records, Record(asset))
		}
	}
	return s.unlinked(ctx, c, records)
}

// unaccounted returns those of the assets that no other device has, and that no other unfinished create accounts for.
func (s *Service) unaccounted(ctx context.Context, c tenant.Connection, device rules.Device, assets []rules.Asset) ([]rules.Asset, error) {
	if len(assets) == 0 {
		return nil, nil
	}
	unfinished, err := s.store.UnfinishedMatchKeys(ctx, store.KeyOf(c.Name, store.Devices, device.ID))
	if err != nil {
		return nil, err
	}
	if assets, err = s.unlinked(ctx, c, assets); err != nil { // those that are no longer unfinished are linked by now
		return nil, err
	}
	return slices.DeleteFunc(assets, func(a rules.Asset) bool { return unfinished[rules.AssetMatchKey(a.CompanyID, a.Title)] }), nil
}

// requireNone refuses to create the asset of a device if one of these may already be it.
func requireNone(c tenant.Connection, device rules.Device, assets []rules.Asset) error {
	if len(assets) == 0 {
		return nil
	}
	suspects := make([]string, len(assets))
	for i, asset := range assets {
		suspects[i] = fmt.Sprintf("%d (%s)", asset.ID, rules.CleanText(asset.Title))
	}
	label := c.Labels().Asset
	return tenant.Refusef(tenant.Refused, "Accelo did not confirm the new %s of device %d, and someone may have renamed it since. If it is one "+
		"of these, run `%s`, otherwise `%s`: %s",
		label.Singular(), device.ID, c.Command("relink device %d ID", device.ID), c.Command("recreate device %d", device.ID), strings.Join(suspects, ", "))
}
