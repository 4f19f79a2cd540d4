package activities_test

import (
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

// inOrder is an organization whose company exists, and an import that has read and compared.
func (w *world) inOrder(devices ...string) (importID string, organization int, ids []int) {
	w.t.Helper()
	organization = w.ninja.AddOrganization("Planet Express", "")
	for _, name := range devices {
		ids = append(ids, w.device(organization, name))
	}
	importID = w.read()
	w.compare(importID)
	w.company(importID, organization)
	w.accelo.Lab().ResetCounters()
	return importID, organization, ids
}

// allFields checks that an asset's custom fields hold what NinjaOne says of a device.
func (w *world) allFields(asset int64, device int) {
	w.t.Helper()
	values := w.accelo.Snapshot().FieldValues(asset)
	for _, known := range w.ninja.Snapshot().Devices {
		if known.ID != device {
			continue
		}
		require.Equal(w.t, known.DNSName, values["dns_name"])
		require.Equal(w.t, strconv.FormatInt(known.LastContact.Unix(), 10), values["last_online"])
		require.Equal(w.t, strconv.FormatInt(known.LastUpdate.Unix(), 10), values["last_update"])
		require.Equal(w.t, known.NodeClass, values["sub_type"])
		require.Equal(w.t, "AGENT", values["type"])
		require.Contains(w.t, values["ninja_url"], "/#/deviceDashboard/"+strconv.Itoa(device)+"/overview")
		require.NotEmpty(w.t, values["role"])
		require.Equal(w.t, known.LastUser, values["last_logged_in_user"])
		return
	}
	require.Fail(w.t, "no such device")
}

// Where Accelo takes custom fields with the asset, a device costs one call.
func TestDeviceIsCreatedInOneCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	_, organization, devices := w.inOrder("SHIP", "LAB")
	require.NoError(t, w.ninja.LogOnUser(devices[0], `PLANEX\fry`))
	id := w.read()
	w.compare(id)
	w.accelo.Lab().ResetCounters()
	require.Equal(t, flow.Counts{Created: 2}, w.devices(id, organization))
	require.Equal(t, map[string]int{"POST /api/v0/assets": 2}, w.writes())
	world := w.accelo.Snapshot()
	require.Equal(t, []string{"LAB", "SHIP"}, w.titles())
	for _, device := range devices {
		link := w.link(store.Devices, device)
		w.allFields(link.AcceloID, device)
		require.Equal(t, world.Companies[0].ID, link.CompanyID)
	}
	for _, asset := range world.Assets {
		require.Equal(t, world.Companies[0].ID, asset.AgainstID)
		require.Equal(t, world.Companies[0].DefaultAffiliationID, asset.AffiliationID)
		require.Equal(t, "active", asset.Standing)
	}

	again := w.fullImport()
	require.Equal(t, 2, again.Devices.Unchanged)
	require.Empty(t, w.writes(), "an unchanged import writes nothing")
}

// Where it does not, the fields are written one by one; the activity finds out by itself.
func TestDeviceWithFieldsOneByOne(t *testing.T) {
	t.Parallel()
	for _, unknown := range []bool{false, true} {
		w := newWorld(t, settings{mode: accelosim.ModeNoExtensionKeys, unknown: unknown})
		id, organization, devices := w.inOrder("SHIP", "LAB", "OFFICE")
		require.Equal(t, flow.Counts{Created: 3}, w.devices(id, organization))
		writes := w.writes()
		require.Equal(t, 3, writes["POST /api/v0/assets"])
		require.Len(t, writes, 2, "%v", writes)
		for _, device := range devices {
			w.allFields(w.link(store.Devices, device).AcceloID, device)
		}
		connection, err := w.database.Connection(t.Context(), "default")
		require.NoError(t, err)
		require.False(t, *connection.Settings.Capabilities.SetFieldsOnCreate)
		require.Equal(t, 3, w.fullImport().Devices.Unchanged)
		require.Empty(t, w.writes())
	}
}

// An unknown deployment that takes fields with the asset is found out by reading the first asset back, and only that.
func TestDeviceProbesFieldsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{unknown: true})
	id, organization, _ := w.inOrder("A", "B", "C", "D", "E", "F")
	require.Equal(t, flow.Counts{Created: 6}, w.devices(id, organization))
	counters := w.accelo.Lab().Counters()
	require.Equal(t, 6, counters.Writes)
	require.Equal(t, 1, counters.Reads, "%v", counters.ByEndpoint)
	connection, err := w.database.Connection(t.Context(), "default")
	require.NoError(t, err)
	require.True(t, *connection.Settings.Capabilities.SetFieldsOnCreate)
}

// Where Accelo's API makes no assets, devices wait, and are taken over as soon as an asset of their name appears.
func TestDevicesWaitAndAreAdopted(t *testing.T) {
	t.Parallel()
	for _, unknown := range []bool{false, true} {
		w := newWorld(t, settings{mode: accelosim.ModeDocumented, unknown: unknown})
		id, organization, devices := w.inOrder("SHIP", "LAB")
		require.Equal(t, flow.Counts{Waiting: 2}, w.devices(id, organization))
		require.Empty(t, w.parked(), "that a device waits is no failure")
		require.Equal(t, store.Waiting, w.link(store.Devices, devices[0]).State)
		w.writes()
		require.Equal(t, 2, w.fullImport().Devices.Waiting)
		require.Empty(t, w.writes(), "what is known not to work is not tried again")

		asset, err := w.accelo.AddAsset(assetType, w.accelo.Snapshot().Companies[0].ID, "ship", nil)
		require.NoError(t, err)
		result := w.fullImport()
		require.Equal(t, flow.Counts{Matched: 1, Waiting: 1}, result.Devices)
		link := w.link(store.Devices, devices[0])
		require.Equal(t, asset.ID, link.AcceloID)
		w.allFields(asset.ID, devices[0])
	}
}

// An asset of the same type, company and title is taken over; only the fields that differ are written.
func TestDeviceAdoptsAnAsset(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	organization := w.ninja.AddOrganization("Planet Express", "")
	device := w.device(organization, "SHIP")
	company, err := w.accelo.AddCompany("Planet Express", "active")
	require.NoError(t, err)
	_, _, err = w.accelo.AddContact(company.ID, "Turanga", "Leela", "")
	require.NoError(t, err)
	asset, err := w.accelo.AddAsset(assetType, company.ID, "Ship", map[string]string{"type": "AGENT", "role": "Captain"})
	require.NoError(t, err)
	elsewhere, err := w.accelo.AddCompany("Mom's Friendly Robots", "active")
	require.NoError(t, err)
	_, err = w.accelo.AddAsset(assetType, elsewhere.ID, "SHIP", nil)
	require.NoError(t, err)

	result := w.fullImport()
	require.Equal(t, flow.Counts{Matched: 1}, result.Devices)
	require.Equal(t, asset.ID, w.link(store.Devices, device).AcceloID)
	w.allFields(asset.ID, device)
	require.Zero(t, w.writes()["POST /api/v0/assets"])
	require.Len(t, w.accelo.Snapshot().Assets, 2)
	require.Equal(t, "Ship", w.accelo.Snapshot().Assets[0].Title, "a title that means the same stays")
	require.Equal(t, 1, w.fullImport().Devices.Unchanged)
	require.Empty(t, w.writes())
}

// Two devices of one name each get an asset of their own, and each asset is adopted by one device.
func TestDevicesOfOneName(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	organization := w.ninja.AddOrganization("Planet Express", "")
	first, second := w.device(organization, "DC01"), w.device(organization, "DC01")
	company, err := w.accelo.AddCompany("Planet Express", "active")
	require.NoError(t, err)
	_, err = w.accelo.AddAsset(assetType, company.ID, "DC01", nil)
	require.NoError(t, err)
	id := w.read()
	w.compare(id)
	w.company(id, organization)
	require.Equal(t, flow.Counts{Created: 1, Matched: 1}, w.devices(id, organization))
	require.NotEqual(t, w.link(store.Devices, first).AcceloID, w.link(store.Devices, second).AcceloID)
	require.Len(t, w.accelo.Snapshot().Assets, 2)
	require.Equal(t, 2, w.fullImport().Devices.Unchanged)
}

// A device that is renamed renames its asset, unless a person has done so; then both names are shown, and the person's stays.
func TestDeviceTitles(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	organization := w.ninja.AddOrganization("Planet Express", "")
	device := w.device(organization, "SHIP")
	w.fullImport()
	asset := w.link(store.Devices, device).AcceloID
	rename := func(name string) {
		require.NoError(t, w.ninja.UpdateDevice(device, func(d *ninjasim.Device) { d.SystemName = name }))
	}
	rename("SHIP-II")
	w.writes()
	require.Equal(t, 1, w.fullImport().Devices.Updated)
	require.Equal(t, map[string]int{"PUT /api/v0/assets/{id}": 1}, w.writes())
	require.Equal(t, []string{"SHIP-II"}, w.titles())

	require.NoError(t, w.accelo.RenameAsset(asset, "Bessie"))
	w.fullImport()
	require.Equal(t, []rules.ManualChange{{Field: rules.TitleField, Accelo: "Bessie", Ninja: "SHIP-II", Noted: true}}, w.link(store.Devices, device).ManualChanges)
	rename("SHIP-III")
	w.fullImport()
	require.Equal(t, []string{"Bessie"}, w.titles(), "people win")
	require.Equal(t, []rules.ManualChange{{Field: rules.TitleField, Accelo: "Bessie", Ninja: "SHIP-III", Noted: true}}, w.link(store.Devices, device).ManualChanges)
	require.Equal(t, map[string]int{"POST /api/v0/activities": 2}, w.writes(), "a note for each difference")
	w.fullImport()
	require.Empty(t, w.writes(), "and no more")
	require.NoError(t, w.accelo.RenameAsset(asset, "SHIP-III"))
	w.fullImport()
	require.Empty(t, w.link(store.Devices, device).ManualChanges, "both sides agree again")
}

// A custom field is written when its value changes, alone; last contact and last update only once they have grown old.
func TestDeviceFields(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		refresh time.Duration
		change  func(*ninjasim.Device)
		fields  int
	}{
		{"nothing", time.Hour, func(*ninjasim.Device) {}, 0},
		{"a value", time.Hour, func(d *ninjasim.Device) { d.DisplayName = "Old Bessie" }, 1},
		{"fresh times", time.Hour, func(d *ninjasim.Device) { d.LastContact = d.LastContact.Add(time.Minute) }, 0},
		{"fresh times with a value", time.Hour, func(d *ninjasim.Device) {
			d.LastContact, d.DNSName = d.LastContact.Add(time.Minute), "ship.example.com"
		}, 1},
		{"old times", time.Nanosecond, func(d *ninjasim.Device) {
			d.LastContact, d.LastUpdate = d.LastContact.Add(time.Minute), d.LastUpdate.Add(time.Minute)
		}, 2},
		{"a value is gone", time.Hour, func(d *ninjasim.Device) { d.DNSName = "" }, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, settings{refresh: test.refresh})
			organization := w.ninja.AddOrganization("Planet Express", "")
			device := w.device(organization, "SHIP")
			w.fullImport()
			w.writes()
			require.NoError(t, w.ninja.UpdateDevice(device, test.change))
			result := w.fullImport()
			writes := 0
			for _, count := range w.writes() {
				writes += count
			}
			require.Equal(t, test.fields, writes)
			if test.fields == 0 {
				require.Equal(t, 1, result.Devices.Unchanged)
			} else {
				require.Equal(t, 1, result.Devices.Updated)
			}
			require.Equal(t, 1, w.fullImport().Devices.Unchanged)
			require.Empty(t, w.writes())
		})
	}
}
