package activities

import (
	"context"
	"slices"
	"strconv"

	"ninjaone-accelo/internal/asset"
	"ninjaone-accelo/internal/company"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// organizationView is an organization with its devices.
type organizationView struct {
	company.State
	devices []asset.State
}

// deviceStates returns the devices of all views.
func deviceStates(views []organizationView) []*asset.State {
	var states []*asset.State
	for i := range views {
		for j := range views[i].devices {
			states = append(states, &views[i].devices[j])
		}
	}
	return states
}

// views puts together what the import read and what is linked already, for a handful of organizations at a time.
func (a *Activities) views(ctx context.Context, connection, importID string, organizations []rules.Organization) ([]organizationView, error) {
	ids, keys := make([]string, len(organizations)), make([]string, len(organizations))
	for i, organization := range organizations {
		ids[i], keys[i] = strconv.Itoa(organization.ID), rules.NameKey(organization.CompanyName())
	}
	links, err := a.store.LinksByID(ctx, connection, store.Organizations, ids)
	if err != nil {
		return nil, err
	}
	candidates, err := a.companyCandidates(ctx, importID, keys, links)
	if err != nil {
		return nil, err
	}
	views := make([]organizationView, len(organizations))
	for i, organization := range organizations {
		view := organizationView{State: company.State{Organization: organization}}
		var written rules.Baseline
		found := candidates.byKey[keys[i]]
		if link, ok := linked(links, ids[i]); ok {
			view.Link, written, found = link, link.Baseline.Clone(), candidates.byID[link.AcceloID]
		}
		view.Decision = rules.DecideCompany(organization, written, found)
		views[i] = view
	}
	return views, a.addDevices(ctx, connection, importID, views)
}

type companyCandidates struct {
	byKey map[string][]rules.Company
	byID  map[int64][]rules.Company
}

func (a *Activities) companyCandidates(ctx context.Context, importID string, keys []string, links map[string]store.Link) (companyCandidates, error) {
	candidates := companyCandidates{byKey: map[string][]rules.Company{}, byID: map[int64][]rules.Company{}}
	var ids []string
	for _, link := range links {
		ids = append(ids, strconv.FormatInt(link.AcceloID, 10))
	}
	named, err := a.store.RecordsByKey(ctx, importID, store.CompanyRecord, keys...)
	if err != nil {
		return candidates, err
	}
	known, err := a.store.RecordsByID(ctx, importID, store.CompanyRecord, ids...)
	if err != nil {
		return candidates, err
	}
	companies, err := decodeAll[rules.Company](store.CompanyRecord, named)
	if err != nil {
		return candidates, err
	}
	for i, company := range companies {
		candidates.byKey[named[i].Key] = append(candidates.byKey[named[i].Key], company)
	}
	if companies, err = decodeAll[rules.Company](store.CompanyRecord, known); err != nil {
		return candidates, err
	}
	for _, company := range companies {
		candidates.byID[company.ID] = []rules.Company{company}
	}
	return candidates, nil
}

func (a *Activities) addDevices(ctx context.Context, connection, importID string, views []organizationView) error {
	parents, companies := make([]int64, 0, len(views)), make([]int64, 0, len(views))
	for _, view := range views {
		parents = append(parents, int64(view.Organization.ID))
		if id := view.CompanyID(); id != 0 {
			companies = append(companies, id)
		}
	}
	records, err := a.store.RecordsByParent(ctx, importID, store.DeviceRecord, parents...)
	if err != nil {
		return err
	}
	devices, err := decodeAll[rules.Device](store.DeviceRecord, records)
	if err != nil {
		return err
	}
	ids := make([]string, len(records))
	for i, record := range records {
		ids[i] = record.ID
	}
	links, err := a.store.LinksByID(ctx, connection, store.Devices, ids)
	if err != nil {
		return err
	}
	replaced, err := a.assets.Replacements(ctx, connection, importID, devices, links)
	if err != nil {
		return err
	}
	assets, err := a.freeAssets(ctx, connection, importID, companies, linkedAssets(links, replaced))
	if err != nil {
		return err
	}
	index := map[int]*organizationView{}
	for i := range views {
		index[views[i].Organization.ID] = &views[i]
	}
	for i, device := range devices {
		view := index[device.OrganizationID]
		known := asset.State{Device: device, Outcome: records[i].Outcome, Replaces: replaced[device.ID]}
		switch {
		case view.Link == nil:
			known.Place = rules.Place{Company: view.Decision.Company.ID, Affiliation: view.Decision.Company.PrimaryAffiliation}
		case !view.Unlisted():
			known.Place = asset.PlaceIn(*view.Link)
		}
		link, ok := linked(links, ids[i])
		switch {
		case ok:
			known.Link, known.Asset = link, assets.byID[link.AcceloID]
		case known.Replaces.Possible():
			known.Asset = assets.byID[known.Replaces.Old[0].Link.AcceloID]
		default:
			known.Asset = assets.take(view.CompanyID(), records[i].Key)
		}
		view.devices = append(view.devices, known)
	}
	return nil
}

// assetPool are the assets of some companies: those that are linked, and those that are free to be adopted, by title.
type assetPool struct {
	byID map[int64]*rules.Asset
	free map[assetPlace][]*rules.Asset
}

type assetPlace struct {
	company int64
	title   string
}

// linkedAssets are the ids of the assets that devices have, or may get from others, wherever those assets are by now.
func linkedAssets(links map[string]store.Link, replaced map[int]asset.Replacement) []string {
	var ids []string
	for _, link := range links {
		ids = append(ids, strconv.FormatInt(link.AcceloID, 10))
	}
	for _, found := range replaced {
		for _, old := range found.Old {
			ids = append(ids, strconv.FormatInt(old.Link.AcceloID, 10))
		}
	}
	return ids
}

func (a *Activities) freeAssets(ctx context.Context, connection, importID string, companies []int64, known []string) (assetPool, error) {
	pool := assetPool{byID: map[int64]*rules.Asset{}, free: map[assetPlace][]*rules.Asset{}}
	records, err := a.store.RecordsByParent(ctx, importID, store.AssetRecord, companies...)
	if err != nil {
		return pool, err
	}
	elsewhere, err := a.store.RecordsByID(ctx, importID, store.AssetRecord, known...)
	if err != nil {
		return pool, err
	}
	assets, err := decodeAll[rules.Asset](store.AssetRecord, append(records, elsewhere...))
	if err != nil {
		return pool, err
	}
	ids := make([]int64, len(assets))
	for i, asset := range assets {
		ids[i] = asset.ID
	}
	taken, err := a.store.LinkedAcceloIDs(ctx, connection, store.Devices, ids)
	if err != nil {
		return pool, err
	}
	for i := range assets {
		if _, seen := pool.byID[assets[i].ID]; !seen && !taken[assets[i].ID] {
			place := assetPlace{company: assets[i].CompanyID, title: rules.NameKey(assets[i].Title)}
			pool.free[place] = append(pool.free[place], &assets[i])
		}
		pool.byID[assets[i].ID] = &assets[i]
	}
	return pool, nil
}

// take hands out a free asset of that title, the one with the lowest id, each only once.
func (p *assetPool) take(company int64, title string) *rules.Asset {
	place := assetPlace{company: company, title: title}
	free := p.free[place]
	if company == 0 || title == "" || len(free) == 0 {
		return nil
	}
	slices.SortFunc(free, func(x, y *rules.Asset) int { return int(x.ID - y.ID) })
	p.free[place] = free[1:]
	return free[0]
}

// linked returns the link of a record if it is confirmed.
func linked(links map[string]store.Link, id string) (*store.Link, bool) {
	link, ok := links[id]
	return &link, ok && link.State == store.Linked
}
