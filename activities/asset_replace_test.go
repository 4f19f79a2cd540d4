package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	ninjasim "ninjaone-accelo/internal/simulator/ninjaone"
	"ninjaone-accelo/internal/store"
)

// That a list lacks a device is not enough: NinjaOne itself has to say that it is gone. Here it was moved, and another machine
// claims the same serial number.
func TestNothingIsTakenFromADeviceThatIsThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	first, second := w.ninja.AddOrganization("Planet Express", ""), w.ninja.AddOrganization("Momcorp", "")
	moved := w.device(first, "SHIP")
	w.fullImport()
	before := w.link(store.Devices, moved)
	require.NoError(t, w.ninja.MoveDevice(moved, second))
	fresh, err := w.ninja.AddDevice(ninjasim.DeviceSpec{OrganizationID: first, SystemName: "SHIP", SerialNumber: before.Facts.Serial})
	require.NoError(t, err)
	id := w.begin(false)
	w.readInto(id, first)
	w.compare(id)
	w.company(id, first)
	require.Equal(t, 1, w.devices(id, first).Created)
	require.Equal(t, before.AcceloID, w.link(store.Devices, moved).AcceloID)
	require.NotEqual(t, before.AcceloID, w.link(store.Devices, fresh).AcceloID)
}

// A serial number that comes late, or changes, is remembered without a call.
func TestSerialIsRemembered(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	device := w.device(w.ninja.AddOrganization("Planet Express", ""), "SHIP")
	w.fullImport()
	require.NoError(t, w.ninja.UpdateDevice(device, func(d *ninjasim.Device) { d.SerialNumber = "SN-NEW-BOARD" }))
	w.writes()
	require.Equal(t, 1, w.fullImport().Devices.Unchanged)
	require.Empty(t, w.writes())
	require.Equal(t, "SN-NEW-BOARD", w.link(store.Devices, device).Facts.Serial)
}
