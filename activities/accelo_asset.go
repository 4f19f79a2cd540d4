package activities

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// syncDevice makes sure that one device has its asset, up to date, and tells what the import did with it.
func (a *Activities) syncDevice(ctx context.Context, c tenant.Connection, importID string, company store.Link, view deviceView) (rules.Outcome, error) {
	if view.gone {
		return rules.Failed, assetDeleted(c, view.link.NinjaID, view.link.AcceloID)
	}
	if view.link == nil && view.replaces.possible() {
		var err error
		if view, err = a.settleReplacement(ctx, c, importID, company, view); err != nil {
			return rules.Failed, err
		}
	}
	if view.link == nil && view.asset == nil && !c.CanCreateAssets() {
		return rules.Waiting, a.store.MarkWaiting(ctx, store.Link{
			Connection: c.Name, Kind: store.Devices, NinjaID: strconv.Itoa(view.device.ID), OrganizationID: view.device.OrganizationID,
			MatchKey: deviceMatchKey(company.AcceloID, view.device), CompanyID: company.AcceloID,
		})
	}
	link, err := inCompany(ctx, a, c, &company, func(company store.Link) (store.Link, error) {
		link, _, err := a.store.Ensure(ctx, a.assetCreation(c, importID, company, view))
		return link, err
	})
	if accelo.IsUnrecognizedEndpoint(err) && view.link == nil {
		if err := a.tenants.Learn(ctx, c.Name, tenant.CreateAssets, false); err != nil {
			return rules.Failed, err
		}
		no := false
		c.Settings.Capabilities.CreateAssets = &no
		return a.syncDevice(ctx, c, importID, company, view)
	}
	if err != nil {
		return rules.Failed, err
	}
	view.place = placeIn(company)
	if err := a.updateAsset(ctx, c, importID, view, &link); err != nil {
		return rules.Failed, whyRefused(ctx, c, link, err)
	}
	return syncedLink{Link: link}.outcomeIn(importID), nil
}

// deviceMatchKey is equal for devices whose assets cannot be told apart: same company, same title.
func deviceMatchKey(companyID int64, device rules.Device) string {
	return rules.AssetMatchKey(companyID, device.Title())
}

func (a *Activities) assetCreation(c tenant.Connection, importID string, company store.Link, view deviceView) store.Creation {
	device := view.device
	// Until its fields are written, the link has no time of writing, so that the volatile ones are written with the others.
	linkTo := func(asset rules.Asset, action rules.Action) *store.Link {
		decision := rules.AssetDecision{Action: action}
		return &store.Link{
			OrganizationID: device.OrganizationID, MatchKey: deviceMatchKey(company.AcceloID, device), AcceloID: asset.ID,
			CompanyID: asset.CompanyID, AffiliationID: asset.Affiliation, ImportID: importID, Outcome: action.Outcome(),
			Baseline: rules.AssetBaseline(device, nil, asset, decision), Facts: store.Facts{Serial: device.Serial},
		}
	}
	return store.Creation{
		Key: store.KeyOf(c.Name, store.Devices, device.ID), OrganizationID: device.OrganizationID,
		MatchKey: deviceMatchKey(company.AcceloID, device), Classify: tenant.CreateOutcome,
		Find: func(ctx context.Context, doubt bool) (*store.Link, error) {
			if !doubt {
				if view.asset == nil {
					return nil, nil
				}
				return linkTo(*view.asset, rules.Match), nil
			}
			asset, err := a.findCreatedAsset(ctx, c, company, device)
			if err != nil || asset == nil {
				return nil, err
			}
			return linkTo(*asset, rules.Create), nil
		},
		Create: func(ctx context.Context, deadline time.Time) (*store.Link, error) {
			asset, fields, err := a.createAsset(accelo.WithDeadlineGuard(ctx, deadline), c, company, device)
			if err != nil {
				return nil, fmt.Errorf("create the %s of device %d: %w", c.Labels().Asset.Singular(), device.ID, err)
			}
			link := linkTo(asset, rules.Create)
			if len(fields) > 0 {
				now := time.Now()
				link.WrittenAt = &now
			}
			for name, value := range fields {
				link.Baseline.RecordField(name, value, 0)
			}
			return link, nil
		},
	}
}

// findCreatedAsset looks for the asset of an earlier create whose reply nobody saw: one of the same type, company and title
// that belongs to no device yet. Devices that share a title are never created at the same time, so it is this one's.
func (a *Activities) findCreatedAsset(ctx context.Context, c tenant.Connection, company store.Link, device rules.Device) (*rules.Asset, error) {
	found, err := c.Accelo.SearchAssets(ctx, accelo.AssetSearch{
		TypeID: accelo.ID(c.Settings.AssetType.ID), CompanyID: accelo.ID(company.AcceloID), Title: device.Title(),
	})
	if err != nil {
		return nil, fmt.Errorf("look for the %s of device %d: %w", c.Labels().Asset.Singular(), device.ID, err)
	}
	ids := make([]int64, len(found))
	for i, asset := range found {
		ids[i] = int64(asset.ID)
	}
	taken, err := a.store.LinkedAcceloIDs(ctx, c.Name, store.Devices, ids)
	if err != nil {
		return nil, err
	}
	for _, asset := range found {
		if !taken[int64(asset.ID)] {
			record := assetRecord(asset)
			return &record, nil
		}
	}
	return nil, nil
}

// createAsset creates the asset with its custom fields in one call, where the deployment takes them, and returns which ones
// it took. While that is not known, the first asset is read back to find out, and others wait for the answer.
func (a *Activities) createAsset(ctx context.Context, c tenant.Connection, company store.Link, device rules.Device) (rules.Asset, map[string]string, error) {
	able, release, err := a.tenants.ProbeSetFieldsOnCreate(ctx, c)
	if err != nil {
		return rules.Asset{}, nil, err
	}
	defer release()
	values := rules.Values(device)
	fresh := accelo.NewAsset{
		Title: device.Title(), TypeID: accelo.ID(c.Settings.AssetType.ID), CompanyID: accelo.ID(company.AcceloID),
		AffiliationID: accelo.ID(company.AffiliationID),
	}
	if able == nil || *able {
		fresh.Fields = map[accelo.ID]accelo.FieldValue{}
		for name, value := range values {
			if field, ok := c.Settings.Fields[name]; ok {
				fresh.Fields[accelo.ID(field.ID)] = accelo.FieldValue(value)
			}
		}
	}
	asset, err := c.Accelo.CreateAsset(ctx, fresh)
	if able == nil && len(fresh.Fields) > 0 && accelo.IsInvalidRequest(err) && !accelo.IsUnrecognizedEndpoint(err) {
		fresh.Fields = nil // it may be the fields that are refused, and not the asset
		if asset, err = c.Accelo.CreateAsset(ctx, fresh); err == nil {
			able = new(bool)
			// Not remembered, the next asset finds out.
			_ = a.tenants.Learn(ctx, c.Name, tenant.SetFieldsOnCreate, false)
		}
	}
	if err != nil {
		return rules.Asset{}, nil, err
	}
	record := assetRecord(asset)
	record.CompanyID = company.AcceloID
	switch {
	case able == nil:
		return record, a.probeFields(ctx, c, asset.ID, values), nil
	case *able:
		return record, values, nil
	}
	return record, nil, nil
}

// probeFields reads the first asset back to see whether its custom fields took, and remembers the answer. A failure here is
// no failure of the create: then the fields count as not written, and are written one by one.
func (a *Activities) probeFields(ctx context.Context, c tenant.Connection, asset accelo.ID, values map[string]string) map[string]string {
	held, err := c.Accelo.AssetValues(ctx, asset)
	if err != nil {
		return nil
	}
	took := len(held) > 0
	if err := a.tenants.Learn(ctx, c.Name, tenant.SetFieldsOnCreate, took); err != nil || !took {
		return nil
	}
	return values
}
