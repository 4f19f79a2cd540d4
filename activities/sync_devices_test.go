package activities_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	accelosim "ninjaone-accelo/internal/simulator/accelo"
	ninjasim "ninjaone-accelo/internal/simulator/ninjaone"
	"ninjaone-accelo/internal/store"
)

// prepareImport adds an organization with devices, reads and compares it in a new import, and syncs its company.
func (f *fixture) prepareImport(devices ...string) (importID string, organization int, ids []int) {
	f.t.Helper()
	organization = f.ninja.AddOrganization("Planet Express", "")
	for _, name := range devices {
		ids = append(ids, f.device(organization, name))
	}
	importID = f.beginAndRead()
	f.compare(importID)
	f.company(importID, organization)
	f.accelo.Lab().ResetCounters()
	return importID, organization, ids
}

// requireAllFields requires that an asset's custom fields equal the values of a device in NinjaOne.
func (f *fixture) requireAllFields(asset int64, device int) {
	f.t.Helper()
	values := f.accelo.Snapshot().FieldValues(asset)
	for _, known := range f.ninja.Snapshot().Devices {
		if known.ID != device {
			continue
		}
		require.Equal(f.t, known.DNSName, values["dns_name"])
		require.Equal(f.t, strconv.FormatInt(known.LastContact.Unix(), 10), values["last_online"])
		require.Equal(f.t, strconv.FormatInt(known.LastUpdate.Unix(), 10), values["last_update"])
		require.Equal(f.t, known.NodeClass, values["sub_type"])
		require.Equal(f.t, "AGENT", values["type"])
		require.Contains(f.t, values["ninja_url"], "/#/deviceDashboard/"+strconv.Itoa(device)+"/overview")
		require.NotEmpty(f.t, values["role"])
		require.Equal(f.t, known.LastUser, values["last_logged_in_user"])
		return
	}
	require.Fail(f.t, "no such device")
}

// If Accelo accepts custom fields with the asset, a device takes one call.
func TestDeviceIsCreatedInOneCall(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	_, organization, devices := f.prepareImport("SHIP", "LAB")
	require.NoError(t, f.ninja.LogOnUser(devices[0], `PLANEX\fry`))
	id := f.beginAndRead()
	f.compare(id)
	f.accelo.Lab().ResetCounters()
	require.Equal(t, flow.Counts{Created: 2}, f.devices(id, organization))
	require.Equal(t, map[string]int{"POST /api/v0/assets": 2}, f.writes())
	world := f.accelo.Snapshot()
	require.Equal(t, []string{"LAB", "SHIP"}, f.titles())
	for _, device := range devices {
		link := f.link(store.Devices, device)
		f.requireAllFields(link.AcceloID, device)
		require.Equal(t, world.Companies[0].ID, link.CompanyID)
	}
	for _, asset := range world.Assets {
		require.Equal(t, world.Companies[0].ID, asset.AgainstID)
		require.Equal(t, world.Companies[0].DefaultAffiliationID, asset.AffiliationID)
		require.Equal(t, "active", asset.Standing)
	}

	again := f.fullImport()
	require.Equal(t, 2, again.Devices.Unchanged)
	require.Empty(t, f.writes(), "an unchanged import writes nothing")
}

// If it does not, the fields are written one by one. The sync finds that out automatically.
func TestDeviceFieldsOneByOne(t *testing.T) {
	t.Parallel()
	for _, unknown := range []bool{false, true} {
		f := newFixture(t, settings{mode: accelosim.ModeNoExtensionKeys, unknown: unknown})
		id, organization, devices := f.prepareImport("SHIP", "LAB", "OFFICE")
		require.Equal(t, flow.Counts{Created: 3}, f.devices(id, organization))
		writes := f.writes()
		require.Equal(t, 3, writes["POST /api/v0/assets"])
		require.Len(t, writes, 2, "%v", writes)
		for _, device := range devices {
			f.requireAllFields(f.link(store.Devices, device).AcceloID, device)
		}
		connection, err := f.database.Connection(t.Context(), "default")
		require.NoError(t, err)
		require.False(t, *connection.Settings.Capabilities.SetFieldsOnCreate)
		require.Equal(t, 3, f.fullImport().Devices.Unchanged)
		require.Empty(t, f.writes())
	}
}

// Whether a deployment accepts fields with the asset is found out by reading back the first asset only.
func TestFieldsAreProbedOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{unknown: true})
	id, organization, _ := f.prepareImport("A", "B", "C", "D", "E", "F")
	require.Equal(t, flow.Counts{Created: 6}, f.devices(id, organization))
	counters := f.accelo.Lab().Counters()
	require.Equal(t, 6, counters.Writes)
	require.Equal(t, 1, counters.Reads, "%v", counters.ByEndpoint)
	connection, err := f.database.Connection(t.Context(), "default")
	require.NoError(t, err)
	require.True(t, *connection.Settings.Capabilities.SetFieldsOnCreate)
}

// If the deployment can't create assets, devices wait, and adopt an asset as soon as one with their name exists.
func TestDevicesWaitAndAreAdopted(t *testing.T) {
	t.Parallel()
	for _, unknown := range []bool{false, true} {
		f := newFixture(t, settings{mode: accelosim.ModeDocumented, unknown: unknown})
		id, organization, devices := f.prepareImport("SHIP", "LAB")
		require.Equal(t, flow.Counts{Waiting: 2}, f.devices(id, organization))
		require.Empty(t, f.failed(), "a waiting device is not a failure")
		require.Equal(t, store.Waiting, f.link(store.Devices, devices[0]).State)
		f.writes()
		require.Equal(t, 2, f.fullImport().Devices.Waiting)
		require.Empty(t, f.writes(), "a missing capability is not tried again")

		asset, err := f.accelo.AddAsset(assetType, f.accelo.Snapshot().Companies[0].ID, "ship", nil)
		require.NoError(t, err)
		result := f.fullImport()
		require.Equal(t, flow.Counts{Matched: 1, Waiting: 1}, result.Devices)
		link := f.link(store.Devices, devices[0])
		require.Equal(t, asset.ID, link.AcceloID)
		f.requireAllFields(asset.ID, devices[0])
	}
}

// An asset with the same type, company and title is adopted. Only fields that differ are written.
func TestDeviceAdoptsAsset(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	organization := f.ninja.AddOrganization("Planet Express", "")
	device := f.device(organization, "SHIP")
	company, err := f.accelo.AddCompany("Planet Express", "active")
	require.NoError(t, err)
	_, _, err = f.accelo.AddContact(company.ID, "Turanga", "Leela", "")
	require.NoError(t, err)
	asset, err := f.accelo.AddAsset(assetType, company.ID, "Ship", map[string]string{"type": "AGENT", "role": "Captain"})
	require.NoError(t, err)
	elsewhere, err := f.accelo.AddCompany("Mom's Friendly Robots", "active")
	require.NoError(t, err)
	_, err = f.accelo.AddAsset(assetType, elsewhere.ID, "SHIP", nil)
	require.NoError(t, err)

	result := f.fullImport()
	require.Equal(t, flow.Counts{Matched: 1}, result.Devices)
	require.Equal(t, asset.ID, f.link(store.Devices, device).AcceloID)
	f.requireAllFields(asset.ID, device)
	require.Zero(t, f.writes()["POST /api/v0/assets"])
	require.Len(t, f.accelo.Snapshot().Assets, 2)
	require.Equal(t, "Ship", f.accelo.Snapshot().Assets[0].Title, "an equivalent title stays")
	require.Equal(t, 1, f.fullImport().Devices.Unchanged)
	require.Empty(t, f.writes())
}

// Two devices with the same name get one asset each, and an existing asset is adopted by one device only.
func TestDevicesOfOneName(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	organization := f.ninja.AddOrganization("Planet Express", "")
	first, second := f.device(organization, "DC01"), f.device(organization, "DC01")
	company, err := f.accelo.AddCompany("Planet Express", "active")
	require.NoError(t, err)
	_, err = f.accelo.AddAsset(assetType, company.ID, "DC01", nil)
	require.NoError(t, err)
	id := f.beginAndRead()
	f.compare(id)
	f.company(id, organization)
	require.Equal(t, flow.Counts{Created: 1, Matched: 1}, f.devices(id, organization))
	require.NotEqual(t, f.link(store.Devices, first).AcceloID, f.link(store.Devices, second).AcceloID)
	require.Len(t, f.accelo.Snapshot().Assets, 2)
	require.Equal(t, 2, f.fullImport().Devices.Unchanged)
}

// Devices with the same name don't wait for each other's claims: one attempt creates all of their assets.
func TestManyDevicesOfOneName(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	id, organization, _ := f.prepareImport(slices.Repeat([]string{"DC01", "dc01"}, 5)...)
	require.Equal(t, flow.Counts{Created: 10}, f.devices(id, organization))
	require.Len(t, f.titles(), 10)
}

// Renaming a device renames its asset, unless someone renamed it in Accelo. Then that name stays and is noted.
func TestDeviceTitles(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	organization := f.ninja.AddOrganization("Planet Express", "")
	device := f.device(organization, "SHIP")
	f.fullImport()
	asset := f.link(store.Devices, device).AcceloID
	rename := func(name string) {
		require.NoError(t, f.ninja.UpdateDevice(device, func(d *ninjasim.Device) { d.SystemName = name }))
	}
	rename("SHIP-II")
	f.writes()
	require.Equal(t, 1, f.fullImport().Devices.Updated)
	require.Equal(t, map[string]int{"PUT /api/v0/assets/{id}": 1}, f.writes())
	require.Equal(t, []string{"SHIP-II"}, f.titles())

	require.NoError(t, f.accelo.RenameAsset(asset, "Bessie"))
	f.fullImport()
	require.Equal(t, []rules.ManualChange{{Field: rules.TitleField, Accelo: "Bessie", Ninja: "SHIP-II", Noted: true}}, f.link(store.Devices, device).ManualChanges)
	rename("SHIP-III")
	f.fullImport()
	require.Equal(t, []string{"Bessie"}, f.titles(), "the manual change stays")
	require.Equal(t, []rules.ManualChange{{Field: rules.TitleField, Accelo: "Bessie", Ninja: "SHIP-III", Noted: true}}, f.link(store.Devices, device).ManualChanges)
	require.Equal(t, map[string]int{"POST /api/v0/activities": 2}, f.writes(), "a note for each manual change")
	f.fullImport()
	require.Empty(t, f.writes(), "each is noted once")
	require.NoError(t, f.accelo.RenameAsset(asset, "SHIP-III"))
	f.fullImport()
	require.Empty(t, f.link(store.Devices, device).ManualChanges, "both sides agree again")
}

// Only changed custom fields are written; last contact and last update only if they are old enough.
func TestDeviceFields(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		refresh time.Duration
		change  func(*ninjasim.Device)
		fields  int
	}{
		{name: "nothing", refresh: time.Hour, change: func(*ninjasim.Device) {}, fields: 0},
		{name: "a value", refresh: time.Hour, change: func(d *ninjasim.Device) { d.DisplayName = "Old Bessie" }, fields: 1},
		{
			name: "recent times", refresh: time.Hour, change: func(d *ninjasim.Device) { d.LastContact = d.LastContact.Add(time.Minute) },
			fields: 0,
		},
		{name: "recent times and a value", refresh: time.Hour, change: func(d *ninjasim.Device) {
			d.LastContact, d.DNSName = d.LastContact.Add(time.Minute), "ship.example.com"
		}, fields: 1},
		{name: "old times", refresh: time.Nanosecond, change: func(d *ninjasim.Device) {
			d.LastContact, d.LastUpdate = d.LastContact.Add(time.Minute), d.LastUpdate.Add(time.Minute)
		}, fields: 2},
		{name: "a value was removed", refresh: time.Hour, change: func(d *ninjasim.Device) { d.DNSName = "" }, fields: 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, settings{refresh: test.refresh})
			organization := f.ninja.AddOrganization("Planet Express", "")
			device := f.device(organization, "SHIP")
			f.fullImport()
			f.writes()
			require.NoError(t, f.ninja.UpdateDevice(device, test.change))
			result := f.fullImport()
			writes := 0
			for _, count := range f.writes() {
				writes += count
			}
			require.Equal(t, test.fields, writes)
			if test.fields == 0 {
				require.Equal(t, 1, result.Devices.Unchanged)
			} else {
				require.Equal(t, 1, result.Devices.Updated)
			}
			require.Equal(t, 1, f.fullImport().Devices.Unchanged)
			require.Empty(t, f.writes())
		})
	}
}
