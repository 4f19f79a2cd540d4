package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	ninjasim "ninjaone-accelo/internal/simulator/ninjaone"
	"ninjaone-accelo/internal/store"
)

// A device keeps its asset unless NinjaOne itself confirms that it was deleted. Here it moved to another organization, and another
// machine reports the same serial number.
func TestExistingDeviceKeepsItsAsset(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	first, second := f.ninja.AddOrganization("Planet Express", ""), f.ninja.AddOrganization("Momcorp", "")
	moved := f.device(first, "SHIP")
	f.fullImport()
	before := f.link(store.Devices, moved)
	require.NoError(t, f.ninja.MoveDevice(moved, second))
	fresh, err := f.ninja.AddDevice(ninjasim.DeviceSpec{OrganizationID: first, SystemName: "SHIP", SerialNumber: before.Facts.Serial})
	require.NoError(t, err)
	id := f.beginImport(false)
	f.readInto(id, first)
	f.compare(id)
	f.company(id, first)
	require.Equal(t, 1, f.devices(id, first).Created)
	require.Equal(t, before.AcceloID, f.link(store.Devices, moved).AcceloID)
	require.NotEqual(t, before.AcceloID, f.link(store.Devices, fresh).AcceloID)
}

// A serial number that appears late, or changes, is stored without a call.
func TestSerialIsStored(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	device := f.device(f.ninja.AddOrganization("Planet Express", ""), "SHIP")
	f.fullImport()
	require.NoError(t, f.ninja.UpdateDevice(device, func(d *ninjasim.Device) { d.SerialNumber = "SN-NEW-BOARD" }))
	f.writes()
	require.Equal(t, 1, f.fullImport().Devices.Unchanged)
	require.Empty(t, f.writes())
	require.Equal(t, "SN-NEW-BOARD", f.link(store.Devices, device).Facts.Serial)
}
