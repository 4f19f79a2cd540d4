package activities_test

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	accelosim "ninjaone-accelo/internal/simulator/accelo"
	ninjasim "ninjaone-accelo/internal/simulator/ninjaone"
	"ninjaone-accelo/internal/store"
)

// nominatedDevice imports a device, changes it in NinjaOne, and begins an import that has compared both sides and synced the company.
func nominatedDevice(t *testing.T, s settings, change func(*ninjasim.Device)) (f *fixture, importID string, organization int, link store.Link) {
	t.Helper()
	f = newFixture(t, s)
	importID, organization, devices := f.prepareImport("SHIP")
	f.devices(importID, organization)
	require.NoError(t, f.ninja.UpdateDevice(devices[0], change))
	importID = f.beginAndRead()
	f.compare(importID)
	f.company(importID, organization)
	f.resetCalls()
	return f, importID, organization, f.link(store.Devices, devices[0])
}

// What someone does to an asset after an import has listed it stays, as if it had been done before. What nobody touched follows NinjaOne. It
// takes one read.
func TestAssetEditedAfterTheListing(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		edit  func(f *fixture, asset accelosim.Asset) error
		title string
		kept  []string
		reads int
	}{
		{"nothing edited", func(*fixture, accelosim.Asset) error { return nil }, "SHIP-2", nil, 1},
		{"renamed", func(f *fixture, asset accelosim.Asset) error { return f.accelo.RenameAsset(asset.ID, "Bessie") }, "Bessie", []string{"title"}, 1},
		{"renamed to what NinjaOne says", func(f *fixture, asset accelosim.Asset) error {
			return f.accelo.RenameAsset(asset.ID, "SHIP-2")
		}, "SHIP-2", nil, 1},
		{"moved", func(f *fixture, asset accelosim.Asset) error {
			leasing, err := f.accelo.AddCompany("Leasing", "active")
			require.NoError(f.t, err)
			return f.accelo.MoveAsset(asset.ID, leasing.ID)
		}, "SHIP-2", []string{"company"}, 3}, // its company may have been merged, and the new one needs its name
		{"another contact", func(f *fixture, asset accelosim.Asset) error {
			_, contact, err := f.accelo.AddContact(asset.AgainstID, "Turanga", "Leela", "")
			require.NoError(f.t, err)
			return f.accelo.SetAssetContact(asset.ID, contact.ID)
		}, "SHIP-2", []string{"contact"}, 2}, // with the names of the contacts
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f, id, organization, link := nominatedDevice(t, settings{}, func(d *ninjasim.Device) { d.SystemName = "SHIP-2" })
			before := f.accelo.Snapshot().Assets[0]
			require.NoError(t, test.edit(f, before))
			edited := f.accelo.Snapshot().Assets[0]
			require.Zero(t, f.devices(id, organization).Failed)
			require.Equal(t, test.reads, f.reads())
			after := f.accelo.Snapshot().Assets[0]
			require.Equal(t, test.title, after.Title)
			require.Equal(t, []int64{edited.AgainstID, edited.AffiliationID}, []int64{after.AgainstID, after.AffiliationID})
			changes := f.link(store.Devices, deviceOf(link)).ManualChanges
			require.Equal(t, test.kept, changedFields(changes))
			for _, change := range changes {
				require.True(t, change.Noted)
				if change.OfPlace() {
					require.NotEmpty(t, change.AcceloName, "the note says where it is")
				}
			}
			require.Len(t, f.notes("asset", link.AcceloID), len(test.kept))
			f.finishAndSettle(id)
		})
	}
}

// A custom field belongs to NinjaOne and is written when its value changes there. One that changed only in Accelo after the listing stays.
// Neither takes a read of the asset.
func TestCustomFieldEditedAfterTheListing(t *testing.T) {
	t.Parallel()
	f, id, organization, link := nominatedDevice(t, settings{}, func(d *ninjasim.Device) { d.DisplayName = "Bessie" })
	require.NoError(t, f.accelo.RenameAsset(link.AcceloID, "Reception"))
	require.NoError(t, f.accelo.EditAssetValue(link.AcceloID, "role", "Captain"))
	f.resetCalls()
	require.Equal(t, flow.Counts{Updated: 1}, f.devices(id, organization))
	require.NotContains(t, f.calls(), "GET /api/v0/assets")
	values := f.accelo.Snapshot().FieldValues(link.AcceloID)
	require.Equal(t, []string{"Bessie", "Captain"}, []string{values["display_name"], values["role"]})
	require.Equal(t, "Reception", f.accelo.Snapshot().Assets[0].Title)
	require.Equal(t, 0, f.fullImport().Devices.Failed)
	require.Equal(t, []string{"title"}, changedFields(f.link(store.Devices, deviceOf(link)).ManualChanges), "the next import sees the new title")
	require.Equal(t, "Captain", f.accelo.Snapshot().FieldValues(link.AcceloID)["role"])
}

// An asset that was deleted after the listing fails its device and is not created again, whatever was to be written.
func TestAssetDeletedAfterTheListing(t *testing.T) {
	t.Parallel()
	for _, change := range []func(*ninjasim.Device){
		func(d *ninjasim.Device) { d.SystemName = "SHIP-2" },
		func(d *ninjasim.Device) { d.DisplayName = "Bessie" },
	} {
		f, id, organization, link := nominatedDevice(t, settings{}, change)
		require.NoError(t, f.accelo.DeleteAsset(link.AcceloID))
		require.Equal(t, flow.Counts{Failed: 1}, f.devices(id, organization))
		failures, err := f.database.Failures(t.Context(), "default")
		require.NoError(t, err)
		require.Len(t, failures, 1)
		require.Contains(t, failures[0].Error, "`starter recreate device "+link.NinjaID+"`")
		require.Empty(t, f.titles())
	}
}

// If the company is merged after the listing, its assets have not been moved by hand: they get no note, and new devices get theirs in the
// surviving company.
func TestAssetsMergedAfterTheListing(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	id, organization, devices := f.prepareImport("SHIP", "LAB")
	f.devices(id, organization)
	require.NoError(t, f.ninja.UpdateDevice(devices[0], func(d *ninjasim.Device) { d.SystemName = "SHIP-2" }))
	f.device(organization, "OFFICE")
	f.device(organization, "HANGAR")
	id = f.beginAndRead()
	f.compare(id)
	f.company(id, organization)
	old := f.link(store.Organizations, organization).AcceloID
	survivor, err := f.accelo.AddCompany("Momcorp", "active")
	require.NoError(t, err)
	_, err = f.accelo.AddAsset(assetType, survivor.ID, "HANGAR", nil)
	require.NoError(t, err)
	require.NoError(t, f.accelo.MergeCompanies(old, survivor.ID))
	for range 4 { // an attempt that finds out about the merge ends
		if _, err = f.syncDevices(id, organization); err == nil {
			break
		}
	}
	require.NoError(t, err)
	require.Equal(t, []string{"HANGAR", "LAB", "OFFICE", "SHIP-2"}, f.titles())
	for _, asset := range f.accelo.Snapshot().Assets {
		require.Equal(t, survivor.ID, asset.AgainstID)
		require.Empty(t, f.notes("asset", asset.ID))
	}
	require.Equal(t, survivor.ID, f.link(store.Organizations, organization).AcceloID)
	require.Zero(t, f.fullImport().Devices.Failed)
	f.finishAndSettle(f.beginAndRead())
	require.Empty(t, f.link(store.Devices, devices[0]).ManualChanges)
}

// An asset that someone created after the listing is adopted, and is not created twice. One listing of the company's assets shows that for
// all new devices.
func TestAssetCreatedAfterTheListing(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	id, organization, _ := f.prepareImport("SHIP")
	f.devices(id, organization)
	company := f.link(store.Organizations, organization).AcceloID
	adopted, created := f.device(organization, "LAB"), f.device(organization, "HANGAR")
	for i := range 5 {
		f.device(organization, fmt.Sprintf("PC-%d", i))
	}
	id = f.beginAndRead()
	f.compare(id)
	f.company(id, organization)
	byHand, err := f.accelo.AddAsset(assetType, company, " lab ", map[string]string{"role": "Lab"})
	require.NoError(t, err)
	f.resetCalls()
	require.Equal(t, flow.Counts{Matched: 1, Created: 6, Unchanged: 1}, f.devices(id, organization))
	calls := f.accelo.Lab().Counters().ByEndpoint
	require.Equal(t, []int{1, 6}, []int{calls["GET /api/v0/assets"], calls["POST /api/v0/assets"]})
	require.Equal(t, byHand.ID, f.link(store.Devices, adopted).AcceloID)
	require.NotEqual(t, byHand.ID, f.link(store.Devices, created).AcceloID)
	require.Len(t, f.titles(), 8)
	f.requireAllFields(byHand.ID, adopted)
	f.finishAndSettle(id)
}

// An asset that someone created by hand is adopted also if Accelo keeps less of its title than NinjaOne.
func TestAssetWithStoredTitleIsAdopted(t *testing.T) {
	t.Parallel()
	for name, switches := range storageForms() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, settings{})
			require.NoError(t, f.accelo.SetSwitches(switches))
			id, organization, _ := f.prepareImport("SHIP")
			f.devices(id, organization)
			company := f.link(store.Organizations, organization).AcceloID
			byHand, err := f.accelo.AddAsset(assetType, company, awkward("LAB"), nil)
			require.NoError(t, err)
			device, other := f.device(organization, awkward("LAB")), f.device(organization, awkward("OFFICE"))
			require.Equal(t, flow.Counts{Matched: 1, Created: 1, Unchanged: 1}, f.fullImport().Devices)
			require.Equal(t, byHand.ID, f.link(store.Devices, device).AcceloID)
			require.NotEqual(t, byHand.ID, f.link(store.Devices, other).AcceloID)
			f.resetCalls()
			require.Equal(t, flow.Counts{Unchanged: 3}, f.fullImport().Devices)
			require.Empty(t, f.writes())
		})
	}
}

// An asset is left to the device that has its title, however much of another device's title Accelo might have dropped.
func TestAssetBelongsToTheDeviceOfItsTitle(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	id, organization, _ := f.prepareImport("SHIP")
	f.devices(id, organization)
	longer := f.device(organization, "SRV <old>")
	device := f.device(organization, "SRV")
	byHand, err := f.accelo.AddAsset(assetType, f.link(store.Organizations, organization).AcceloID, "SRV", nil)
	require.NoError(t, err)
	require.Equal(t, flow.Counts{Matched: 1, Created: 1, Unchanged: 1}, f.fullImport().Devices)
	require.Equal(t, byHand.ID, f.link(store.Devices, device).AcceloID)
	require.NotEqual(t, byHand.ID, f.link(store.Devices, longer).AcceloID)
}

// The asset that a listing nominated for adoption is taken only if it still is what it was: free, in the company, and with the title.
func TestAssetToAdoptChangedAfterTheListing(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		change func(f *fixture, asset, company int64) error
		want   flow.Counts
		titles []string
	}{
		{"unchanged", func(*fixture, int64, int64) error { return nil }, flow.Counts{Matched: 1}, []string{"LAB"}},
		{"renamed", func(f *fixture, asset, _ int64) error { return f.accelo.RenameAsset(asset, "Old lab") }, flow.Counts{Created: 1}, []string{"LAB", "Old lab"}},
		{"deleted", func(f *fixture, asset, _ int64) error { return f.accelo.DeleteAsset(asset) }, flow.Counts{Created: 1}, []string{"LAB"}},
		{"moved", func(f *fixture, asset, _ int64) error {
			other, err := f.accelo.AddCompany("Leasing", "active")
			require.NoError(f.t, err)
			return f.accelo.MoveAsset(asset, other.ID)
		}, flow.Counts{Created: 1}, []string{"LAB", "LAB"}},
		{"replaced", func(f *fixture, asset, company int64) error {
			require.NoError(f.t, f.accelo.DeleteAsset(asset))
			_, err := f.accelo.AddAsset(assetType, company, "lab", nil)
			return err
		}, flow.Counts{Matched: 1}, []string{"lab"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, settings{})
			organization := f.ninja.AddOrganization("Planet Express", "")
			f.fullImport()
			company := f.link(store.Organizations, organization).AcceloID
			asset, err := f.accelo.AddAsset(assetType, company, "LAB", nil)
			require.NoError(t, err)
			lab := f.device(organization, "LAB")
			id := f.beginAndRead()
			f.compare(id)
			f.company(id, organization)
			require.NoError(t, test.change(f, asset.ID, company))
			require.Equal(t, test.want, f.devices(id, organization))
			require.Equal(t, test.titles, f.titles())
			f.requireAllFields(f.link(store.Devices, lab).AcceloID, lab)
			f.finishAndSettle(id)
		})
	}
}

// An asset that a user linked to another device after the listing stays with that one.
func TestAssetLinkedAfterTheListing(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	id, organization, devices := f.prepareImport("SHIP")
	f.devices(id, organization)
	company := f.link(store.Organizations, organization).AcceloID
	asset, err := f.accelo.AddAsset(assetType, company, "LAB", nil)
	require.NoError(t, err)
	lab := f.device(organization, "LAB")
	id = f.beginAndRead()
	f.compare(id)
	f.company(id, organization)
	ship := f.link(store.Devices, devices[0])
	_, err = f.database.Relink(t.Context(), store.Correction{
		Key: ship.Key(), AcceloID: asset.ID, CompanyID: company, Actor: "a user", Baseline: rules.BaselineAfterRelink(ship.Baseline, map[string]string{"title": "LAB"}),
	})
	require.NoError(t, err)
	f.devices(id, organization)
	require.Equal(t, asset.ID, f.link(store.Devices, devices[0]).AcceloID)
	require.NotContains(t, []int64{asset.ID, ship.AcceloID}, f.link(store.Devices, lab).AcceloID)
}

// Where the API can't create assets, an asset that was to be adopted and is gone leaves its device waiting.
func TestWaitingAssetGoneAfterTheListing(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{mode: accelosim.ModeDocumented})
	id, organization, devices := f.prepareImport("SHIP")
	require.Equal(t, flow.Counts{Waiting: 1}, f.devices(id, organization))
	asset, err := f.accelo.AddAsset(assetType, f.link(store.Organizations, organization).AcceloID, "SHIP", nil)
	require.NoError(t, err)
	id = f.beginAndRead()
	f.compare(id)
	f.company(id, organization)
	require.NoError(t, f.accelo.DeleteAsset(asset.ID))
	require.Equal(t, flow.Counts{Waiting: 1}, f.devices(id, organization))
	require.Equal(t, store.Waiting, f.link(store.Devices, devices[0]).State)
	require.Zero(t, f.writes()["POST /api/v0/assets"])
}

// deviceOf returns the ID of a linked device.
func deviceOf(link store.Link) int {
	id, _ := strconv.Atoi(link.NinjaID)
	return id
}
