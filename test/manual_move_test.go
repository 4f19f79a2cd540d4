package test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
)

// If a device moves to another organization, its asset moves to the new company and gets its contact. If the API can't move assets, one
// note and `starter status` say so until a user moves it.
func TestMovedDevice(t *testing.T) {
	t.Parallel()
	for _, mode := range acceloModes() {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			e := newConnectedEnvInMode(t, mode)
			acme, beta := e.addOrganization("Acme"), e.addOrganization("Beta")
			device := e.addWorkstation(acme, "WANDERER")
			e.addWorkstation(beta, "BETA-PC")
			e.importAll()
			from, to, asset := e.companyNamed("Acme"), e.companyNamed("Beta"), e.assetTitled("WANDERER")
			require.Equal(t, from.ID, asset.AgainstID)
			e.ninjaOne.act("devices/move", map[string]any{"id": device, "organization_id": beta})

			planned, report := e.runImport("--plan"), e.runImport()
			require.Equal(t, 1, report.Devices.Updated)
			require.Equal(t, planned.Devices, report.Devices)
			moved := e.assetTitled("WANDERER")
			require.Equal(t, asset.ID, moved.ID)
			if mode == accelo.ModeDocumented {
				require.Equal(t, from.ID, moved.AgainstID)
				require.Equal(t, []manualChange{{
					Kind: "device", NinjaID: itoa(device), AcceloID: asset.ID, Field: "company", Kept: "Acme", NinjaOne: "Beta",
				}}, e.manualChanges())
				require.Equal(t, []string{`Manual change kept: company "Acme" (NinjaOne: "Beta")`}, e.noteSubjects("asset", asset.ID))
				e.requireNoChanges()
				e.accelo.act("move-asset", map[string]any{"id": asset.ID, "company_id": to.ID})
				e.requireNoWrites()
			}
			moved = e.assetTitled("WANDERER")
			require.Equal(t, []int64{to.ID, to.DefaultAffiliationID}, []int64{moved.AgainstID, moved.AffiliationID})
			require.Empty(t, e.manualChanges())
			e.requireNoChanges()
		})
	}
}

// An asset that a user moved to another company stays there, even if its device moves.
func TestManuallyMovedAsset(t *testing.T) {
	t.Parallel()
	for _, mode := range acceloModes() {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			manuallyMovedAsset(t, mode)
		})
	}
}

func manuallyMovedAsset(t *testing.T, mode accelo.Mode) {
	e := newConnectedEnvInMode(t, mode)
	acme, beta := e.addOrganization("Acme"), e.addOrganization("Beta")
	device := e.addWorkstation(acme, "WANDERER")
	e.addWorkstation(beta, "BETA-PC")
	e.importAll()
	chosen := e.accelo.actID("add-company", map[string]any{"name": "Leasing", "standing": "active"})
	asset := e.assetTitled("WANDERER")
	e.accelo.act("move-asset", map[string]any{"id": asset.ID, "company_id": chosen})
	e.runImport()
	require.Equal(t, []manualChange{{
		Kind: "device", NinjaID: itoa(device), AcceloID: asset.ID, Field: "company", Kept: "Leasing", NinjaOne: "Acme",
	}}, e.manualChanges())
	e.requireNoChanges()
	e.ninjaOne.act("devices/move", map[string]any{"id": device, "organization_id": beta})
	e.runImport()
	require.Equal(t, chosen, e.assetByID(asset.ID).AgainstID)
	require.Equal(t, []manualChange{{
		Kind: "device", NinjaID: itoa(device), AcceloID: asset.ID, Field: "company", Kept: "Leasing", NinjaOne: "Beta",
	}}, e.manualChanges())
	require.Equal(t, []string{
		`Manual change kept: company "Leasing" (NinjaOne: "Acme")`, `Manual change kept: company "Leasing" (NinjaOne: "Beta")`,
	}, e.noteSubjects("asset", asset.ID))
	e.requireNoChanges()
}

// A reinstalled machine keeps its asset: the new device adopts it and updates all its fields.
func TestReimagedDevice(t *testing.T) {
	t.Parallel()
	for _, mode := range acceloModes() {
		for _, keep := range []bool{false, true} {
			name := map[bool]string{false: "the old device is deleted", true: "the old device is decommissioned"}[keep]
			t.Run(string(mode)+", "+name, func(t *testing.T) {
				t.Parallel()
				e := newConnectedEnvInMode(t, mode)
				acme := e.addOrganization("Acme")
				old := e.addWorkstation(acme, "ACME-PC")
				e.importAll()
				asset := e.assetTitled("ACME-PC")
				e.accelo.act("edit-asset-title", map[string]any{"id": asset.ID, "title": "Reception"})
				e.runImport()
				fresh := e.ninjaOne.actID("devices/reimage", map[string]any{"id": old, "keep": keep})

				planned, report := e.runImport("--plan"), e.runImport()
				require.Equal(t, counts{Matched: 1}, report.Devices)
				require.Equal(t, planned.Devices, report.Devices)
				require.Len(t, e.accelo.state().Assets, 1, "the asset was duplicated")
				require.Equal(t, "Reception", e.assetByID(asset.ID).Title, "the manual title stays")
				require.Equal(t, e.devicePageURL(fresh), e.fieldValue(asset.ID, "ninja_url"))
				require.Equal(t, unix(e.deviceByID(fresh).LastContact), e.fieldValue(asset.ID, "last_online"))
				require.Equal(t, 1, e.status().Links.Devices)
				e.requireNoChanges()
			})
		}
	}
}

// Placeholder serial numbers, and one that a device still has, identify no machine: each new device gets its own asset.
func TestAmbiguousSerialNumbers(t *testing.T) {
	t.Parallel()
	e := newConnectedEnvInMode(t, "open")
	acme := e.addOrganization("Acme")
	serials := []string{"To be filled by O.E.M.", "Default string", "0", "None", "000000000"}
	old := map[string]int64{}
	for _, serial := range serials {
		old[serial] = e.setSerial(e.addWorkstation(acme, "OLD "+serial), serial)
	}
	staying := e.setSerial(e.addWorkstation(acme, "STAYING"), "CLONE-1")
	old["CLONE-1"] = e.setSerial(e.addWorkstation(acme, "OLD CLONE-1"), "CLONE-1")
	e.importAll()
	for serial, device := range old {
		e.ninjaOne.act("devices/delete", map[string]any{"id": device})
		e.setSerial(e.addWorkstation(acme, "NEW "+serial), serial)
	}
	report := e.runImport()
	require.Equal(t, counts{Created: len(old), Unchanged: 1}, report.Devices)
	require.Len(t, e.accelo.state().Assets, 2*len(old)+1)
	require.Equal(t, e.devicePageURL(staying), e.fieldValue(e.assetTitled("STAYING").ID, "ninja_url"))
	e.requireNoChanges()
}

// setSerial gives a device a serial number and returns the device.
func (e *testEnv) setSerial(device int64, serial string) int64 {
	e.t.Helper()
	e.ninjaOne.act("devices/update", map[string]any{"id": device, "serial_number": serial})
	return device
}

// If it is unclear which machine was reinstalled, the new devices fail with the candidates, and nothing is created.
func TestAmbiguousReplacement(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		mode     accelo.Mode
		old, new int
	}{
		{name: "two were deleted", mode: "open", old: 2, new: 1},
		{name: "two are new", mode: "open", old: 1, new: 2},
		{name: "two are new", mode: "no-extension-keys", old: 1, new: 2},
		{name: "two are new", mode: "documented", old: 1, new: 2},
	} {
		t.Run(test.name+", "+string(test.mode), func(t *testing.T) {
			t.Parallel()
			e := newConnectedEnvInMode(t, test.mode)
			acme := e.addOrganization("Acme")
			var left []int64
			for range test.old {
				left = append(left, e.setSerial(e.addWorkstation(acme, "ACME-PC"), "SN-1234567"))
			}
			e.importAll()
			assets := e.accelo.state().Assets
			for _, device := range left {
				e.ninjaOne.act("devices/delete", map[string]any{"id": device})
			}
			var fresh int64
			for range test.new {
				fresh = e.setSerial(e.addWorkstation(acme, "ACME-PC"), "SN-1234567")
			}
			for range 2 {
				report := e.requireNoWrites()
				require.Equal(t, counts{Failed: test.new}, report.Devices)
				for _, asset := range assets {
					require.Contains(t, report.Failures[0].Error, "asset "+itoa(asset.ID))
				}
				require.Len(t, e.status().Failures, test.new)
			}

			require.Equal(t, assets[0].ID, e.correct("relink", "device", itoa(fresh), itoa(assets[0].ID)).AcceloID, "its device was deleted")
			report := e.runImport()
			require.Empty(t, report.Failures)
			require.Equal(t, e.devicePageURL(fresh), e.fieldValue(assets[0].ID, "ninja_url"))
			if test.mode == accelo.ModeDocumented {
				require.Equal(t, 1, report.Devices.Waiting, "the other one is a separate machine")
				e.requireNoWrites()
				return
			}
			require.Equal(t, test.new-1, report.Devices.Created, "the other one is a separate machine")
			e.requireNoChanges()
		})
	}
}

// An alert of a reinstalled machine that no import has seen is linked to the machine's previous asset.
func TestAlertOfReimagedDevice(t *testing.T) {
	t.Parallel()
	for _, mode := range acceloModes() {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			alertOfReimagedDevice(t, mode)
		})
	}
}

func alertOfReimagedDevice(t *testing.T, mode accelo.Mode) {
	e := newConnectedAlertEnvInMode(t, scenario{}, mode)
	old := e.addWorkstation(e.addOrganization("Acme"), "ACME-PC")
	e.importAll()
	e.waitUntilIdle()
	asset := e.assetTitled("ACME-PC")
	fresh := e.ninjaOne.actID("devices/reimage", map[string]any{"id": old})
	require.Equal(t, 0, e.starter("reconcile").Code) // adds a note to the asset that its device was deleted
	_, request := e.openRequest(int(fresh), 1)
	if mode == accelo.ModeDocumented {
		require.Contains(t, e.notes("request", request.ID)[0].Body, "Asset: "+itoa(asset.ID))
	} else {
		require.Equal(t, []int64{asset.ID}, e.linkedAssets("request", request.ID))
	}
	require.Len(t, e.accelo.state().Assets, 1)
	notes := e.noteSubjects("asset", asset.ID)
	require.Len(t, notes, 2)
	require.Contains(t, notes[1], "Back in NinjaOne as device "+itoa(fresh))
	e.requireNoWrites()
	e.requireIdle()
}
