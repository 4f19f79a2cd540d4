package asset

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/semaphore"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/company"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// Evidence is what Accelo shows of one company, for devices that are synced together. Each part is read when a write first needs it, and
// again when it is older than tenant.MaxEvidenceAge: a create then costs a share of one listing instead of a search. It is safe for
// concurrent use.
type Evidence struct {
	service    *Service
	connection tenant.Connection
	importID   string

	listing *semaphore.Weighted // held while the assets are listed; waiting for it ends with the caller's context, unlike for a mutex
	company int64
	// titles are the keys of the titles of the organization's devices.
	titles map[string]bool
	// assets are the company's assets of our type, by key of their title, as they were at listedAt.
	assets   map[string][]rules.Asset
	listedAt time.Time

	// checking is held while the company is checked. Who holds it has a slot for calls, and who lists may wait for one: neither may ever wait
	// for the other.
	checking  *semaphore.Weighted
	checked   int64
	checkedAt time.Time
}

// NewEvidence returns evidence that has not read anything yet, for the devices of an organization. The import ID is empty outside imports.
func (s *Service) NewEvidence(c tenant.Connection, importID string, devices ...State) *Evidence {
	titles := make(map[string]bool, len(devices))
	for _, device := range devices {
		titles[rules.NameKey(device.Device.Title())] = true
	}
	return &Evidence{
		titles:  titles,
		service: s, connection: c, importID: importID, listing: semaphore.NewWeighted(1), checking: semaphore.NewWeighted(1),
	}
}

// free returns the asset of a title, in the company of an organization, that is linked to no device; nil if there is none.
func (e *Evidence) free(ctx context.Context, organization store.Link, title string) (*rules.Asset, error) {
	titled, err := e.titled(ctx, organization, title)
	if err != nil {
		return nil, err
	}
	free, err := e.service.unlinked(ctx, e.connection, titled)
	if len(free) == 0 {
		return nil, err
	}
	return &free[0], nil
}

func (e *Evidence) titled(ctx context.Context, organization store.Link, title string) ([]rules.Asset, error) {
	if err := e.listing.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	defer e.listing.Release(1)
	if e.company != organization.AcceloID {
		e.company, e.assets, e.listedAt = organization.AcceloID, nil, time.Time{}
		if company.JustCreated(organization, e.importID) { // it has no assets yet
			e.listedAt = *organization.WrittenAt
		}
	}
	if time.Since(e.listedAt) > tenant.MaxEvidenceAge {
		if err := e.list(ctx); err != nil {
			return nil, err
		}
	}
	if same := e.assets[rules.NameKey(title)]; len(same) > 0 || !rules.TextField.MayLose(title) {
		return same, nil
	}
	var lossy []rules.Asset // someone entered the title, and Accelo stored it without what it doesn't keep
	for key, assets := range e.assets {
		if e.titles[key] { // it is another device's by its full title
			continue
		}
		for _, asset := range assets {
			if rules.TextField.MayBecome(title, asset.Title) {
				lossy = append(lossy, asset)
			}
		}
	}
	return lossy, nil
}

func (e *Evidence) list(ctx context.Context) error {
	began, assets := time.Now(), map[string][]rules.Asset{}
	query := accelo.AssetQuery{TypeID: accelo.ID(e.connection.Settings.AssetType.ID), CompanyID: accelo.ID(e.company)}
	for page, err := range e.connection.Accelo.Assets(ctx, query) {
		if err != nil {
			return fmt.Errorf("read the %s of %s %d: %w", e.connection.Labels().Asset.Plural(), e.connection.Labels().Company.Singular(), e.company, err)
		}
		for _, listed := range page {
			record := Record(listed)
			key := rules.NameKey(record.Title)
			assets[key] = append(assets[key], record)
		}
	}
	e.assets, e.listedAt = assets, began
	return nil
}

// checkCompany returns store.ErrSuperseded if the company of an organization was merged or its contact replaced; its link says so then.
func (e *Evidence) checkCompany(ctx context.Context, organization store.Link) error {
	if err := e.checking.Acquire(ctx, 1); err != nil {
		return err
	}
	defer e.checking.Release(1)
	if e.checked == organization.AcceloID && time.Since(e.checkedAt) <= tenant.MaxEvidenceAge {
		return nil
	}
	began := time.Now()
	_, changed, err := e.service.companies.Refresh(ctx, e.connection, organization)
	switch {
	case err != nil:
		return err
	case changed:
		return fmt.Errorf("the %s of organization %s: %w", e.connection.Labels().Company.Singular(), organization.NinjaID, store.ErrSuperseded)
	}
	e.checked, e.checkedAt = organization.AcceloID, began
	return nil
}

// search returns the asset of a device's type, company and title that is linked to no device; nil if there is none.
func (s *Service) search(ctx context.Context, c tenant.Connection, organization store.Link, device rules.Device) (*rules.Asset, error) {
	free, err := s.titled(ctx, c, organization, device)
	if len(free) == 0 {
		return nil, err
	}
	return &free[0], nil
}

// titled returns the assets of a device's type, company and title that are linked to no device, in order of ID.
func (s *Service) titled(ctx context.Context, c tenant.Connection, organization store.Link, device rules.Device) ([]rules.Asset, error) {
	if c.Settings.AssetType.ID == 0 {
		return nil, nil
	}
	found, err := c.Accelo.SearchAssets(ctx, accelo.AssetSearch{
		TypeID: accelo.ID(c.Settings.AssetType.ID), CompanyID: accelo.ID(organization.AcceloID), Title: device.Title(),
	})
	if err != nil {
		return nil, fmt.Errorf("look for the %s of device %d: %w", c.Labels().Asset.Singular(), device.ID, err)
	}
	records := make([]rules.Asset, 0, len(found))
	for _, asset := range found {
		records = append(records, Record(asset))
	}
	return s.unlinked(ctx, c, records)
}

// unlinked returns the assets that are linked to no device, in order of ID.
func (s *Service) unlinked(ctx context.Context, c tenant.Connection, assets []rules.Asset) ([]rules.Asset, error) {
	if len(assets) == 0 {
		return nil, nil
	}
	assets = slices.SortedFunc(slices.Values(assets), func(x, y rules.Asset) int { return cmp.Compare(x.ID, y.ID) })
	ids := make([]int64, len(assets))
	for i, asset := range assets {
		ids[i] = asset.ID
	}
	linked, err := s.store.LinkedAcceloIDs(ctx, c.Name, store.Devices, ids)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(assets, func(asset rules.Asset) bool { return linked[asset.ID] }), nil
}
