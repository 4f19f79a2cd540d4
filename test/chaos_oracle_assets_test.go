package test

import (
	"maps"
	"slices"
	"strings"

	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/ninjaone"
)

// assetPages returns the device page of each asset that has one.
func assetPages(world accelo.World) map[int64]string {
	fields := map[int64]bool{}
	for _, f := range world.CustomFields {
		fields[f.ID] = f.Name == "ninja_url"
	}
	pages := map[int64]string{}
	for _, value := range world.CustomValues {
		if value.LinkType == "asset" && fields[value.FieldID] && value.Value != "" {
			pages[value.LinkID] = strings.TrimRight(strings.TrimSpace(value.Value), "/")
		}
	}
	return pages
}

// checkAssets checks that every approved device has one asset, identified by its device page, and that there are no others of our type
// beside those of people.
func (o *chaosOracle) checkAssets() {
	pages, byPage := assetPages(o.accelo), map[string]accelo.Asset{}
	typeID := o.assetType().ID
	for _, asset := range o.accelo.Assets {
		page, made := pages[asset.ID], o.chaos.people.assets[asset.ID]
		switch first, twice := byPage[page]; {
		case asset.TypeID != typeID:
		case page == "" && made.name == "":
			o.wrongf("asset %d, %q, belongs to no device", asset.ID, asset.Title)
		case twice && page != "":
			o.duplicatef("%s has the assets %d and %d", page, first.ID, asset.ID)
		case page != "":
			byPage[page] = asset
		}
	}
	placed := map[int][]int64{}
	for _, device := range o.ninja.Devices {
		page := o.devicePage(device)
		asset, present := byPage[page]
		delete(byPage, page)
		_, orphaned := o.companiesOf(o.ownerOf(device))
		switch {
		case device.ApprovalStatus != "APPROVED" && present:
			o.wrongf("%s device %d was imported", device.ApprovalStatus, device.ID)
		case device.ApprovalStatus != "APPROVED" || orphaned:
		case present:
			o.checkAsset(device, asset)
			if o.chaos.people.moved[asset.ID] == 0 && !slices.Contains(placed[device.OrganizationID], asset.AgainstID) {
				placed[device.OrganizationID] = append(placed[device.OrganizationID], asset.AgainstID)
			}
		case !o.chaos.people.deletedAssets[page]:
			o.lostf("device %d has no asset", device.ID)
		}
	}
	for page, asset := range byPage {
		o.wrongf("asset %d belongs to no device: %s", asset.ID, page)
	}
	for organization, companies := range placed {
		if len(companies) > 1 {
			o.wrongf("the assets of organization %d are in the companies %v", organization, companies)
		}
	}
	o.checkHandmade(pages)
}

// checkAsset checks the place, title and custom fields of a device's asset.
func (o *chaosOracle) checkAsset(device ninjaone.Device, asset accelo.Asset) {
	p := o.chaos.people
	companies, _ := o.companiesOf(o.ownerOf(device))
	if moved := p.survivor(p.moved[asset.ID]); moved != 0 {
		companies = []int64{moved}
	}
	if asset.AgainstType != "company" || !slices.Contains(companies, asset.AgainstID) {
		o.wrongf("asset %d of device %d is in %s %d instead of company %v", asset.ID, device.ID, asset.AgainstType, asset.AgainstID, companies)
	}
	o.checkAssetContact(asset)
	title := deviceTitle(device)
	if made, ok := p.assets[asset.ID]; ok {
		title = made.name
	}
	if edited, ok := p.titles[asset.ID]; ok {
		title = edited
	}
	if !o.same(asset.Title, title) {
		o.wrongf("asset %d of device %d is titled %q instead of %q", asset.ID, device.ID, asset.Title, title)
	}
	held, want := o.accelo.FieldValues(asset.ID), o.expectedFields(device)
	for name := range want {
		want[name] = asStored(o.accelo.Switches, want[name])
	}
	for _, values := range []map[string]string{held, want} {
		for _, link := range []string{"ninja_url", "Ninja Device Remote Control"} {
			values[link] = strings.TrimRight(strings.TrimSpace(values[link]), "/")
		}
	}
	if held, want = withoutEmpty(held), withoutEmpty(want); !maps.Equal(held, want) {
		o.wrongf("asset %d of device %d has the fields %v instead of %v", asset.ID, device.ID, held, want)
	}
}

// checkAssetContact checks that an asset has the primary contact of its company, or one of its contacts if people had a hand in it.
func (o *chaosOracle) checkAssetContact(asset accelo.Asset) {
	p := o.chaos.people
	at := slices.IndexFunc(o.accelo.Companies, func(c accelo.Company) bool { return c.ID == asset.AgainstID })
	if at < 0 {
		return
	}
	_, byHand := p.assets[asset.ID]
	if byHand || p.moved[asset.ID] != 0 || slices.Contains(slices.Collect(maps.Values(p.merged)), asset.AgainstID) {
		return
	}
	if want := o.accelo.Companies[at].DefaultAffiliationID; asset.AffiliationID != want {
		o.wrongf("asset %d has contact %d instead of %d", asset.ID, asset.AffiliationID, want)
	}
}

// checkHandmade checks that a device whose asset someone had made uses that one.
func (o *chaosOracle) checkHandmade(pages map[int64]string) {
	p := o.chaos.people
	for id, made := range p.assets {
		if pages[id] != "" {
			continue
		}
		for _, other := range o.accelo.Assets {
			_, byHand := p.assets[other.ID]
			if byHand || pages[other.ID] == "" || p.moved[other.ID] != 0 || other.AgainstID != p.survivor(made.company) {
				continue
			}
			at := slices.IndexFunc(o.ninja.Devices, func(d ninjaone.Device) bool { return o.devicePage(d) == pages[other.ID] })
			if at < 0 || !o.same(made.name, deviceTitle(o.ninja.Devices[at])) {
				continue
			}
			if made.first || other.DateCreated > made.at.Add(createGuard).Unix() {
				o.duplicatef("asset %d was created for device %d, which had asset %d", other.ID, o.ninja.Devices[at].ID, id)
			}
		}
	}
}
