package activities_test

import (
	"cmp"
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

// Whatever kind of machine was reinstalled, and wherever it reports its serial number, it takes its asset over: a placeholder in one source
// does not hide the number in another, and notation does not count.
func TestReinstalledMachineTakesItsAsset(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, class, serial, bios, later string
		same                             bool
	}{
		{name: "a virtual machine", class: "WINDOWS_SERVER", serial: "None", bios: "9A4C-77E1-03", same: true},
		{name: "an ESXi host", class: "VMWARE_VM_HOST", serial: "7XK2R03", same: true},
		{name: "another notation", class: "WINDOWS_WORKSTATION", serial: "5cg 1234 XYZ", later: "5CG-1234-xyz", same: true},
		{name: "no number at all", class: "WINDOWS_WORKSTATION", serial: "SystemSerialNumb", bios: "To be filled by O.E.M"},
		{name: "a counting number", class: "WINDOWS_WORKSTATION", serial: "MB-1234567890", bios: "Not Present"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, settings{})
			organization := f.ninja.AddOrganization("Planet Express", "")
			old, err := f.ninja.AddDevice(ninjasim.DeviceSpec{
				OrganizationID: organization, NodeClass: test.class, SystemName: "SHIP", SerialNumber: test.serial,
			})
			require.NoError(t, err)
			require.NoError(t, f.ninja.UpdateDevice(old, func(d *ninjasim.Device) { d.BIOSSerialNumber = test.bios }))
			f.fullImport()
			asset := f.link(store.Devices, old).AcceloID
			fresh, err := f.ninja.ReimageDevice(old, false)
			require.NoError(t, err)
			require.NoError(t, f.ninja.UpdateDevice(fresh, func(d *ninjasim.Device) {
				d.SystemName, d.SerialNumber = "RENAMED", cmp.Or(test.later, test.serial)
			}))
			result := f.fullImport()
			require.Empty(t, result.Failures)
			require.Equal(t, test.same, f.link(store.Devices, fresh).AcceloID == asset)
		})
	}
}
