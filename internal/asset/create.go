package asset

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/company"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// errCannotCreate means that no asset can be adopted, and that the API can't create one.
var errCannotCreate = errors.New("this deployment can't create assets through its API")

// ensure links a device to the asset to adopt, or creates one in the organization's company, and reports whether it did so now. It updates
// the company's link if the company turns out to be merged. Made is the asset as it is now if an earlier create turned out to have made it.
func (s *Service) ensure(
	ctx context.Context, c tenant.Connection, importID string, organization *store.Link, state State,
) (link store.Link, linked bool, made *rules.Asset, err error) {
	link, err = company.CreateIn(ctx, s.companies, c, organization, func(organization store.Link) (link store.Link, err error) {
		link, linked, err = s.store.Ensure(ctx, s.creation(c, importID, organization, state, &made))
		return link, err
	})
	return link, linked, made, err
}

func (s *Service) creation(c tenant.Connection, importID string, company store.Link, state State, made **rules.Asset) store.Creation {
	device := state.Device
	// A link has no WrittenAt until its fields are written: then the volatile ones are written with the others.
	linkTo := func(asset rules.Asset, action rules.Action) *store.Link {
		decision := rules.AssetDecision{Action: action}
		return &store.Link{
			OrganizationID: device.OrganizationID, MatchKey: matchKey(company.AcceloID, device), AcceloID: asset.ID,
			CompanyID: asset.CompanyID, AffiliationID: asset.Affiliation, ImportID: importID, Outcome: action.Outcome(),
			Baseline: rules.AssetBaseline(device, nil, asset, decision), Facts: store.Facts{Serial: device.Serial},
			ReadAt: &state.ReadAt,
		}
	}
	return store.Creation{
		Key: store.KeyOf(c.Name, store.Devices, device.ID), OrganizationID: device.OrganizationID,
		MatchKey: matchKey(company.AcceloID, device), Classify: tenant.CreateOutcome,
		Sent: linkTo(rules.Asset{}.Unseen(PlaceIn(company)), rules.Create).Baseline,
		Find: func(ctx context.Context, doubt *store.Doubtful) (*store.Link, error) {
			if doubt != nil {
				asset, err := s.doubtful(ctx, c, company, device, doubt.Since)
				if err != nil {
					return nil, err
				}
				if *made = asset; asset != nil {
					return doubt.AsSent(linkTo(asset.Unseen(PlaceIn(company)), rules.Create)), nil
				}
			}
			asset, err := s.toAdopt(ctx, c, company, state, doubt != nil)
			if err != nil || asset == nil {
				return nil, err
			}
			return linkTo(*asset, rules.Match), nil
		},
		Create: func(ctx context.Context, deadline time.Time) (*store.Link, error) {
			if !c.CanCreateAssets() {
				return nil, errCannotCreate
			}
			if err := s.store.RequireSync(ctx, c.Name, company.OrganizationID); err != nil {
				return nil, err
			}
			asset, fields, err := s.create(accelo.WithDeadlineGuard(ctx, deadline), c, company, device)
			if err != nil {
				return nil, fmt.Errorf("create the %s of device %d: %w", c.Labels().Asset.Singular(), device.ID, err)
			}
			link := linkTo(asset, rules.Create)
			if len(fields) > 0 {
				now := time.Now()
				link.WrittenAt = &now
			}
			for name, value := range fields {
				link.Baseline.WroteField(name, value, value, 0)
			}
			return link, nil
		},
	}
}

// toAdopt returns the asset to adopt for a device, nil if there is none.
func (s *Service) toAdopt(
	ctx context.Context, c tenant.Connection, company store.Link, state State, doubt bool,
) (*rules.Asset, error) {
	if !doubt && state.Evidence != nil { // the import's listing lacks it too
		return state.Evidence.free(ctx, company, state.Device.Title())
	}
	found, err := s.search(ctx, c, company, state.Device)
	switch {
	case err != nil || found != nil:
		return found, err
	case state.Evidence != nil:
		return state.Evidence.free(ctx, company, state.Device.Title())
	}
	return s.search(ctx, c, company, state.Device) // one answer alone may come back empty by mistake
}

// create creates the asset, with its custom fields in the same call if the deployment takes them, and returns the fields it took.
// As long as that is unknown, the first asset is read back to find out, and other callers wait for the answer.
func (s *Service) create(ctx context.Context, c tenant.Connection, company store.Link, device rules.Device) (rules.Asset, map[string]string, error) {
	able, release, err := s.tenants.ProbeSetFieldsOnCreate(ctx, c)
	if err != nil {
		return rules.Asset{}, nil, err
	}
	defer release()
	values := rules.Values(device)
	request := accelo.NewAsset{
		Title: device.Title(), TypeID: accelo.ID(c.Settings.AssetType.ID), CompanyID: accelo.ID(company.AcceloID),
		AffiliationID: accelo.ID(company.Contact()),
	}
	if able == nil || *able {
		request.Fields = fieldValues(c, values)
	}
	created, err := c.Accelo.CreateAsset(ctx, request)
	if able == nil && len(request.Fields) > 0 && accelo.IsInvalidRequest(err) && !accelo.IsUnrecognizedEndpoint(err) {
		request.Fields = nil // Accelo may have rejected the fields rather than the asset
		if created, err = c.Accelo.CreateAsset(ctx, request); err == nil {
			able = new(bool)
			// If this is not stored, the next asset finds out.
			_ = s.tenants.Learn(ctx, c.Name, tenant.SetFieldsOnCreate, false)
		}
	}
	if err != nil {
		return rules.Asset{}, nil, err
	}
	record := Record(created)
	record.CompanyID = company.AcceloID
	switch {
	case able == nil:
		return record, s.probeFields(ctx, c, created.ID, values), nil
	case *able:
		return record, values, nil
	}
	return record, nil, nil
}

func fieldValues(c tenant.Connection, values map[string]string) map[accelo.ID]accelo.FieldValue {
	fields := map[accelo.ID]accelo.FieldValue{}
	for name, value := range values {
		if field, ok := c.Settings.Fields[name]; ok {
			fields[accelo.ID(field.ID)] = accelo.FieldValue(value)
		}
	}
	return fields
}

// probeFields reads the first asset back to see whether Accelo took its custom fields, and stores the answer. If that fails, the
// create still counts; the fields are then written one by one.
func (s *Service) probeFields(ctx context.Context, c tenant.Connection, asset accelo.ID, values map[string]string) map[string]string {
	held, err := c.Accelo.AssetValues(ctx, asset)
	if err != nil {
		return nil
	}
	took := len(held) > 0
	if err := s.tenants.Learn(ctx, c.Name, tenant.SetFieldsOnCreate, took); err != nil || !took {
		return nil
	}
	return values
}
