package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	accelosim "ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/lab"
	ninjasim "ninjaone-accelo/internal/simulator/ninjaone"
	"ninjaone-accelo/internal/store"
)

// An asset whose create reply was lost is found and adopted as ours, with its fields.
func TestLostReplyOfAsset(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{claims: long})
	id, organization, devices := f.prepareImport("SHIP", "LAB")
	f.injectFaults(lab.Fault{Kind: lab.FaultLoseReply, Method: "POST", Path: "/assets$", Count: 1})
	_, err := f.syncDevices(id, organization)
	require.Equal(t, activities.Unavailable, applicationError(t, err).Type())
	require.Equal(t, flow.Counts{Created: 2}, f.devices(id, organization))
	require.Equal(t, map[string]int{"POST /api/v0/assets": 2}, f.writes())
	require.Equal(t, []string{"LAB", "SHIP"}, f.titles())
	for _, device := range devices {
		f.requireAllFields(f.link(store.Devices, device).AcceloID, device)
	}
	require.Equal(t, 2, f.fullImport().Devices.Unchanged)
	require.Empty(t, f.writes())
}

// If fields are written one by one, a lost reply loses none of them.
func TestLostReplyOfField(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{mode: accelosim.ModeNoExtensionKeys, claims: long})
	id, organization, devices := f.prepareImport("SHIP")
	f.injectFaults(lab.Fault{Kind: lab.FaultLoseReply, Path: "/extensions/", Count: 1})
	_, err := f.syncDevices(id, organization)
	require.Equal(t, activities.Unavailable, applicationError(t, err).Type())
	require.Equal(t, flow.Counts{Created: 1}, f.devices(id, organization))
	f.requireAllFields(f.link(store.Devices, devices[0]).AcceloID, devices[0])
	require.Equal(t, 1, f.fullImport().Devices.Unchanged)
}

// Devices with the same name are created one at a time, so a found asset is certainly the one in doubt.
func TestLostReplyAmongDevicesOfOneName(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{claims: long})
	id, organization, devices := f.prepareImport("DC01", "DC01", "DC01")
	f.injectFaults(lab.Fault{Kind: lab.FaultLoseReply, Method: "POST", Path: "/assets$", Count: 1})
	for range 10 { // each attempt may wait for a device of the same name
		if _, err := f.syncDevices(id, organization); err == nil {
			break
		}
	}
	require.Equal(t, flow.Counts{Created: 3}, f.devices(id, organization))
	require.Equal(t, []string{"DC01", "DC01", "DC01"}, f.titles())
	owners := map[int64]bool{}
	for _, device := range devices {
		owners[f.link(store.Devices, device).AcceloID] = true
	}
	require.Len(t, owners, 3)
}

// A device in doubt waits until its create can no longer take effect. The others continue.
func TestDeviceInDoubtWaits(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{claims: long})
	id, organization, _ := f.prepareImport("A", "B", "C", "D")
	f.injectFaults(lab.Fault{Kind: lab.FaultDropBefore, Method: "POST", Path: "/assets$", Count: 1})
	_, err := f.syncDevices(id, organization)
	require.Equal(t, activities.Unavailable, applicationError(t, err).Type())
	require.Len(t, f.titles(), 3)
	_, err = f.syncDevices(id, organization)
	require.Equal(t, activities.ClaimHeld, applicationError(t, err).Type())
	require.Greater(t, applicationError(t, err).NextRetryDelay(), 50*time.Minute)
	require.Len(t, f.titles(), 3)
	require.Empty(t, f.failed())
}

// When that time is over, a device without an asset in Accelo is created.
func TestDoubtAboutDeviceEnds(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{claims: short})
	id, organization, _ := f.prepareImport("A", "B")
	f.injectFaults(lab.Fault{Kind: lab.FaultDropBefore, Method: "POST", Path: "/assets$", Count: 1})
	_, err := f.syncDevices(id, organization)
	require.Error(t, err)
	require.Equal(t, flow.Counts{Created: 2}, f.devices(id, organization))
	require.Equal(t, []string{"A", "B"}, f.titles())
}

// NinjaOne may rename a device between a create whose reply was lost and the attempt that finds its asset: its title is what we sent, not what a
// person wrote.
func TestAssetFoundAfterNinjaOneChanged(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{claims: short})
	device := f.fixture.device(f.organization, "OLD")
	alert := f.fixture.triggerAlert(device, full)
	incident := f.mustOpen(alert, flow.Opened).IncidentID
	f.injectFaults(lab.Fault{Kind: lab.FaultLoseReply, Method: "POST", Path: "/assets$", Count: 1})
	_, err := runIn[activities.AcceloSyncAlertDeviceResult](f.env(), f.steps.AcceloSyncAlertDevice, alertDeviceInput(alert, incident))
	require.Error(t, err)
	require.NoError(t, f.ninja.UpdateDevice(device, func(d *ninjasim.Device) { d.SystemName = "NEW" }))
	_, err = runWithRetries[activities.AcceloSyncAlertDeviceResult](f.fixture, f.steps.AcceloSyncAlertDevice, alertDeviceInput(alert, incident))
	require.NoError(t, err)
	f.fullImport()
	require.ElementsMatch(t, []string{"SHIP", "NEW"}, f.titles())
	require.Empty(t, f.link(store.Devices, device).ManualChanges, "nobody changed the asset by hand")
}
