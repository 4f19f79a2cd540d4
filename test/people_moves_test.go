package test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A device that moves to another organization takes its asset along, with the contact of its new company. Where the API moves no
// assets, one note and a mark in `status` say so until a person has moved it.
func TestMovedDevice(t *testing.T) {
	t.Parallel()
	for _, mode := range modes() {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			w := adopting(t, mode)
			acme, beta := w.organization("Acme"), w.organization("Beta")
			device := w.machine(acme, "WANDERER")
			w.machine(beta, "BETA-PC")
			w.first()
			from, to, asset := w.companyNamed("Acme"), w.companyNamed("Beta"), w.assetTitled("WANDERER")
			require.Equal(t, from.ID, asset.AgainstID)
			w.ninjaOne.act("devices/move", map[string]any{"id": device, "organization_id": beta})

			planned, report := w.imports("--plan"), w.imports()
			require.Equal(t, 1, report.Devices.Updated)
			require.Equal(t, planned.Devices, report.Devices)
			moved := w.assetTitled("WANDERER")
			require.Equal(t, asset.ID, moved.ID)
			if mode == "documented" {
				require.Equal(t, from.ID, moved.AgainstID)
				require.Equal(t, []kept{{"device", text(device), asset.ID, "company", "Acme", "Beta"}}, w.differences())
				require.Equal(t, []string{`Manual change kept: company "Acme" (NinjaOne: "Beta")`}, w.notesOn("asset", asset.ID))
				w.idle()
				w.accelo.act("move-asset", map[string]any{"id": asset.ID, "company_id": to.ID})
				w.again()
			}
			moved = w.assetTitled("WANDERER")
			require.Equal(t, []int64{to.ID, to.DefaultAffiliationID}, []int64{moved.AgainstID, moved.AffiliationID})
			require.Empty(t, w.differences())
			w.idle()
		})
	}
}

// An asset that a person put elsewhere stays there, wherever its device goes.
func TestAssetMovedByHand(t *testing.T) {
	t.Parallel()
	for _, mode := range modes() {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			assetMovedByHand(t, mode)
		})
	}
}

func assetMovedByHand(t *testing.T, mode string) {
	w := adopting(t, mode)
	acme, beta := w.organization("Acme"), w.organization("Beta")
	device := w.machine(acme, "WANDERER")
	w.machine(beta, "BETA-PC")
	w.first()
	chosen := w.accelo.id("add-company", map[string]any{"name": "Leasing", "standing": "active"})
	asset := w.assetTitled("WANDERER")
	w.accelo.act("move-asset", map[string]any{"id": asset.ID, "company_id": chosen})
	w.imports()
	require.Equal(t, []kept{{"device", text(device), asset.ID, "company", "Leasing", "Acme"}}, w.differences())
	w.idle()
	w.ninjaOne.act("devices/move", map[string]any{"id": device, "organization_id": beta})
	w.imports()
	require.Equal(t, chosen, w.assetByID(asset.ID).AgainstID)
	require.Equal(t, []kept{{"device", text(device), asset.ID, "company", "Leasing", "Beta"}}, w.differences())
	require.Equal(t, []string{
		`Manual change kept: company "Leasing" (NinjaOne: "Acme")`, `Manual change kept: company "Leasing" (NinjaOne: "Beta")`,
	}, w.notesOn("asset", asset.ID))
	w.idle()
}

// A machine that was installed anew keeps its asset: the new device adopts it, and all its fields are the new device's.
func TestReimagedMachine(t *testing.T) {
	t.Parallel()
	for _, mode := range modes() {
		for _, keep := range []bool{false, true} {
			name := map[bool]string{false: "the old device is deleted", true: "the old device is decommissioned"}[keep]
			t.Run(mode+", "+name, func(t *testing.T) {
				t.Parallel()
				w := adopting(t, mode)
				acme := w.organization("Acme")
				old := w.machine(acme, "ACME-PC")
				w.first()
				asset := w.assetTitled("ACME-PC")
				w.accelo.act("edit-asset-title", map[string]any{"id": asset.ID, "title": "Reception"})
				w.imports()
				fresh := w.ninjaOne.id("devices/reimage", map[string]any{"id": old, "keep": keep})

				planned, report := w.imports("--plan"), w.imports()
				require.Equal(t, counts{Matched: 1}, report.Devices)
				require.Equal(t, planned.Devices, report.Devices)
				require.Len(t, w.accelo.state().Assets, 1, "the asset is doubled")
				require.Equal(t, "Reception", w.assetByID(asset.ID).Title, "what people made of it stays")
				require.Equal(t, w.pageOf(fresh), w.value(asset.ID, "ninja_url"))
				require.Equal(t, unix(w.deviceByID(fresh).LastContact), w.value(asset.ID, "last_online"))
				require.Equal(t, 1, w.status().Links.Devices)
				w.idle()
			})
		}
	}
}

// A placeholder is no serial number, and neither is one that a device still has: then every machine has an asset of its own.
func TestSerialsThatTellNothing(t *testing.T) {
	t.Parallel()
	w := adopting(t, "open")
	acme := w.organization("Acme")
	serials := []string{"To be filled by O.E.M.", "Default string", "0", "None", "000000000"}
	old := map[string]int64{}
	for _, serial := range serials {
		old[serial] = w.serial(w.machine(acme, "OLD "+serial), serial)
	}
	staying := w.serial(w.machine(acme, "STAYING"), "CLONE-1")
	old["CLONE-1"] = w.serial(w.machine(acme, "OLD CLONE-1"), "CLONE-1")
	w.first()
	for serial, device := range old {
		w.ninjaOne.act("devices/delete", map[string]any{"id": device})
		w.serial(w.machine(acme, "NEW "+serial), serial)
	}
	report := w.imports()
	require.Equal(t, counts{Created: len(old), Unchanged: 1}, report.Devices)
	require.Len(t, w.accelo.state().Assets, 2*len(old)+1)
	require.Equal(t, w.pageOf(staying), w.value(w.assetTitled("STAYING").ID, "ninja_url"))
	w.idle()
}

// serial gives a device a serial number.
func (w *world) serial(device int64, serial string) int64 {
	w.t.Helper()
	w.ninjaOne.act("devices/update", map[string]any{"id": device, "serial_number": serial})
	return device
}

// Where nobody can know which machine came back, the new devices are parked with the candidates, and nothing is made.
func TestAmbiguousReplacement(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, mode string
		old, new   int
	}{
		{"several have left", "open", 2, 1},
		{"several are new", "open", 1, 2},
		{"several are new", "no-extension-keys", 1, 2},
		{"several are new", "documented", 1, 2},
	} {
		t.Run(test.name+", "+test.mode, func(t *testing.T) {
			t.Parallel()
			w := adopting(t, test.mode)
			acme := w.organization("Acme")
			var left []int64
			for range test.old {
				left = append(left, w.serial(w.machine(acme, "ACME-PC"), "SN-1234567"))
			}
			w.first()
			assets := w.accelo.state().Assets
			for _, device := range left {
				w.ninjaOne.act("devices/delete", map[string]any{"id": device})
			}
			var fresh int64
			for range test.new {
				fresh = w.serial(w.machine(acme, "ACME-PC"), "SN-1234567")
			}
			for range 2 {
				report := w.again()
				require.Equal(t, counts{Failed: test.new}, report.Devices)
				for _, asset := range assets {
					require.Contains(t, report.Failures[0].Error, "asset "+text(asset.ID))
				}
				require.Len(t, w.status().Failures, test.new)
			}

			require.Equal(t, assets[0].ID, w.correct("relink", "device", text(fresh), text(assets[0].ID)).AcceloID, "whose it was has left")
			report := w.imports()
			require.Empty(t, report.Failures)
			require.Equal(t, w.pageOf(fresh), w.value(assets[0].ID, "ninja_url"))
			if test.mode == "documented" {
				require.Equal(t, 1, report.Devices.Waiting, "the other one is a machine of its own")
				w.again()
				return
			}
			require.Equal(t, test.new-1, report.Devices.Created, "the other one is a machine of its own")
			w.idle()
		})
	}
}

// An alert of a machine that was just installed anew, and that no import has seen, is linked to the asset that it had.
func TestAlertOfAReimagedMachine(t *testing.T) {
	t.Parallel()
	for _, mode := range modes() {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			alertOfAReimagedMachine(t, mode)
		})
	}
}

func alertOfAReimagedMachine(t *testing.T, mode string) {
	w := adoptingAlerts(t, scenario{}, mode)
	old := w.machine(w.organization("Acme"), "ACME-PC")
	w.first()
	w.quiet()
	asset := w.assetTitled("ACME-PC")
	fresh := w.ninjaOne.id("devices/reimage", map[string]any{"id": old})
	require.Equal(t, 0, w.run("reconcile").Code) // which notes on the asset that its device is gone
	_, request := w.opens(int(fresh), 1)
	if mode == "documented" {
		require.Contains(t, w.notes("request", request.ID)[0].Body, "Asset: "+text(asset.ID))
	} else {
		require.Equal(t, []int64{asset.ID}, w.linked("request", request.ID))
	}
	require.Len(t, w.accelo.state().Assets, 1)
	notes := w.notesOn("asset", asset.ID)
	require.Len(t, notes, 2)
	require.Contains(t, notes[1], "Back in NinjaOne as device "+text(fresh))
	w.again()
	w.standStill()
}
