package importer

import (
	"context"
	"slices"
	"strconv"

	"ninjaone-accelo/internal/asset"
	"ninjaone-accelo/internal/company"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// organizationState is an organization with its devices, on both sides: what was staged joined with what is linked.
type organizationState struct {
	company.State
	devices []asset.State
	// assets is how many assets of our type its company has.
	assets int
}

// joinCompanies joins organizations with their links and their companies.
func (i *Importer) joinCompanies(
	ctx context.Context, connection, importID string, organizations []rules.Organization,
) ([]organizationState, error) {
	ids, keys := make([]string, len(organizations)), make([]string, len(organizations))
	for at, organization := range organizations {
		ids[at], keys[at] = strconv.Itoa(organization.ID), rules.NameKey(organization.CompanyName())
	}
	run, err := i.Store.Import(ctx, importID)
	if err != nil {
		return nil, err
	}
	links, err := i.Store.LinksByID(ctx, connection, store.Organizations, ids)
	if err != nil {
		return nil, err
	}
	choices, err := i.Store.OrganizationChoices(ctx, connection)
	if err != nil {
		return nil, err
	}
	byKey, byID, err := i.stagedCompanies(ctx, importID, keys, links, choices)
	if err != nil {
		return nil, err
	}
	states := make([]organizationState, len(organizations))
	for at, organization := range organizations {
		choice, chosen := choices[organization.ID]
		if !chosen {
			choice.Sync = true
		}
		states[at].State = company.Compare(organization, linked(links, ids[at]), choice, byKey[keys[at]], byID)
		states[at].ReadAt = run.StartedAt
	}
	return states, nil
}

// stagedCompanies returns the companies that organizations match by name, and those that they are linked to or that users chose.
func (i *Importer) stagedCompanies(
	ctx context.Context, importID string, keys []string, links map[string]store.Link, choices map[int]store.OrganizationChoice,
) (byKey map[string][]rules.Company, byID map[int64][]rules.Company, err error) {
	var ids []string
	for _, link := range links {
		ids = append(ids, strconv.FormatInt(link.AcceloID, 10))
	}
	for _, choice := range choices {
		if choice.CompanyID != 0 {
			ids = append(ids, strconv.FormatInt(choice.CompanyID, 10))
		}
	}
	named, err := i.Store.RecordsByKey(ctx, importID, store.CompanyRecord, keys...)
	if err != nil {
		return nil, nil, err
	}
	known, err := i.Store.RecordsByID(ctx, importID, store.CompanyRecord, ids...)
	if err != nil {
		return nil, nil, err
	}
	companies, err := decodeAll[rules.Company](store.CompanyRecord, named)
	if err != nil {
		return nil, nil, err
	}
	byKey, byID = map[string][]rules.Company{}, map[int64][]rules.Company{}
	for at, found := range companies {
		byKey[named[at].Key] = append(byKey[named[at].Key], found)
	}
	if companies, err = decodeAll[rules.Company](store.CompanyRecord, known); err != nil {
		return nil, nil, err
	}
	for _, found := range companies {
		byID[found.ID] = []rules.Company{found}
	}
	return byKey, byID, nil
}

// joinDevices joins the devices of organizations with their links and assets, and adds them to the states.
func (i *Importer) joinDevices(ctx context.Context, connection, importID string, states []organizationState) error {
	index, organizations, companies := map[int]*organizationState{}, []int64{}, []int64{}
	for at := range states {
		state := &states[at]
		index[state.Organization.ID] = state
		organizations = append(organizations, int64(state.Organization.ID))
		if id := state.CompanyID(); id != 0 {
			companies = append(companies, id)
		}
	}
	records, err := i.Store.RecordsByParent(ctx, importID, store.DeviceRecord, organizations...)
	if err != nil {
		return err
	}
	devices, err := decodeAll[rules.Device](store.DeviceRecord, records)
	if err != nil {
		return err
	}
	ids := make([]string, len(records))
	for at, record := range records {
		ids[at] = record.ID
	}
	links, err := i.Store.LinksByID(ctx, connection, store.Devices, ids)
	if err != nil {
		return err
	}
	replacements, err := i.Assets.Replacements(ctx, connection, importID, devices, links)
	if err != nil {
		return err
	}
	assets, err := i.stagedAssets(ctx, connection, importID, companies, linkedAssets(links, replacements))
	if err != nil {
		return err
	}
	for at := range states {
		states[at].assets = assets.perCompany[states[at].CompanyID()]
	}
	for at, device := range devices {
		organization := index[device.OrganizationID]
		state := asset.State{
			Device: device, Link: linked(links, ids[at]), Outcome: records[at].Outcome, Place: organization.place(),
			Replaces: replacements[device.ID], ReadAt: organization.ReadAt,
		}
		switch {
		case state.Link != nil:
			state.Asset = assets.byID[state.Link.AcceloID]
		case state.Replaces.Possible():
			state.Asset = assets.byID[state.Replaces.Old[0].Link.AcceloID]
		default:
			state.Asset = assets.take(organization.CompanyID(), records[at].Key)
		}
		organization.devices = append(organization.devices, state)
	}
	return nil
}

// place returns where the assets of the organization belong. It is zero if the company has yet to be created, or was not listed.
func (s organizationState) place() rules.Place {
	switch {
	case s.Link == nil:
		return rules.Place{Company: s.CompanyID(), Affiliation: s.Contact()}
	case s.Unlisted():
		return rules.Place{}
	}
	return asset.PlaceIn(*s.Link)
}

// deviceStates returns the devices of all organizations.
func deviceStates(organizations []organizationState) []*asset.State {
	var states []*asset.State
	for i := range organizations {
		for j := range organizations[i].devices {
			states = append(states, &organizations[i].devices[j])
		}
	}
	return states
}

// assetPool holds assets: all of them by ID, and those that are free to be adopted.
type assetPool struct {
	byID map[int64]*rules.Asset
	free map[assetKey][]*rules.Asset
	// perCompany counts the assets of each company.
	perCompany map[int64]int
}

type assetKey struct {
	company int64
	title   string
}

// linkedAssets returns the IDs of the assets that devices have or may take over, in whatever company they are.
func linkedAssets(links map[string]store.Link, replacements map[int]asset.Replacement) []string {
	var ids []string
	for _, link := range links {
		ids = append(ids, strconv.FormatInt(link.AcceloID, 10))
	}
	for _, replacement := range replacements {
		for _, old := range replacement.Old {
			ids = append(ids, strconv.FormatInt(old.Link.AcceloID, 10))
		}
	}
	return ids
}

// stagedAssets returns the assets of some companies, and the given ones wherever they are.
func (i *Importer) stagedAssets(ctx context.Context, connection, importID string, companies []int64, ids []string) (assetPool, error) {
	pool := assetPool{byID: map[int64]*rules.Asset{}, free: map[assetKey][]*rules.Asset{}, perCompany: map[int64]int{}}
	records, err := i.Store.RecordsByParent(ctx, importID, store.AssetRecord, companies...)
	if err != nil {
		return pool, err
	}
	elsewhere, err := i.Store.RecordsByID(ctx, importID, store.AssetRecord, ids...)
	if err != nil {
		return pool, err
	}
	assets, err := decodeAll[rules.Asset](store.AssetRecord, append(records, elsewhere...))
	if err != nil {
		return pool, err
	}
	numbers := make([]int64, len(assets))
	for at, found := range assets {
		numbers[at] = found.ID
	}
	taken, err := i.Store.LinkedAcceloIDs(ctx, connection, store.Devices, numbers)
	if err != nil {
		return pool, err
	}
	for at := range assets {
		found := &assets[at]
		if _, seen := pool.byID[found.ID]; seen {
			continue
		}
		pool.byID[found.ID] = found
		pool.perCompany[found.CompanyID]++
		if key := (assetKey{company: found.CompanyID, title: rules.NameKey(found.Title)}); !taken[found.ID] {
			pool.free[key] = append(pool.free[key], found)
		}
	}
	return pool, nil
}

// take returns the free asset of a title with the lowest ID, nil if there is none. It returns each asset only once.
func (p *assetPool) take(companyID int64, title string) *rules.Asset {
	key := assetKey{company: companyID, title: title}
	free := p.free[key]
	if companyID == 0 || title == "" || len(free) == 0 {
		return nil
	}
	slices.SortFunc(free, func(x, y *rules.Asset) int { return int(x.ID - y.ID) })
	p.free[key] = free[1:]
	return free[0]
}

// linked returns the link of a record, nil unless it is confirmed.
func linked(links map[string]store.Link, id string) *store.Link {
	link := links[id]
	if link.State != store.Linked {
		return nil
	}
	return &link
}
