package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	accelosim "ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/lab"
	"ninjaone-accelo/internal/store"
)

// An asset whose creation nobody saw the reply of is found and taken as our own, fields included.
func TestLostReplyOfAnAsset(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{claims: long})
	id, organization, devices := w.inOrder("SHIP", "LAB")
	w.trouble(lab.Fault{Kind: lab.FaultLoseReply, Method: "POST", Path: "/assets$", Count: 1})
	_, err := w.syncDevices(id, organization)
	require.Equal(t, activities.Unavailable, failure(t, err).Type())
	require.Equal(t, flow.Counts{Created: 2}, w.devices(id, organization))
	require.Equal(t, map[string]int{"POST /api/v0/assets": 2}, w.writes())
	require.Equal(t, []string{"LAB", "SHIP"}, w.titles())
	for _, device := range devices {
		w.allFields(w.link(store.Devices, device).AcceloID, device)
	}
	require.Equal(t, 2, w.fullImport().Devices.Unchanged)
	require.Empty(t, w.writes())
}

// Where fields are written one by one, a lost reply costs none of them.
func TestLostReplyOfAField(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{mode: accelosim.ModeNoExtensionKeys, claims: long})
	id, organization, devices := w.inOrder("SHIP")
	w.trouble(lab.Fault{Kind: lab.FaultLoseReply, Path: "/extensions/", Count: 1})
	_, err := w.syncDevices(id, organization)
	require.Equal(t, activities.Unavailable, failure(t, err).Type())
	require.Equal(t, flow.Counts{Created: 1}, w.devices(id, organization))
	w.allFields(w.link(store.Devices, devices[0]).AcceloID, devices[0])
	require.Equal(t, 1, w.fullImport().Devices.Unchanged)
}

// Of devices that share a name only one is created at a time, so that a found asset is surely the one in doubt.
func TestLostReplyAmongDevicesOfOneName(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{claims: long})
	id, organization, devices := w.inOrder("DC01", "DC01", "DC01")
	w.trouble(lab.Fault{Kind: lab.FaultLoseReply, Method: "POST", Path: "/assets$", Count: 1})
	for range 10 { // each attempt may be held up by a device of the same name
		if _, err := w.syncDevices(id, organization); err == nil {
			break
		}
	}
	require.Equal(t, flow.Counts{Created: 3}, w.devices(id, organization))
	require.Equal(t, []string{"DC01", "DC01", "DC01"}, w.titles())
	owners := map[int64]bool{}
	for _, device := range devices {
		owners[w.link(store.Devices, device).AcceloID] = true
	}
	require.Len(t, owners, 3)
}

// A device whose fate is unknown is left for later, as long as its create may still take effect; the others go on.
func TestDoubtfulDeviceIsLeftForLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{claims: long})
	id, organization, _ := w.inOrder("A", "B", "C", "D")
	w.trouble(lab.Fault{Kind: lab.FaultDropBefore, Method: "POST", Path: "/assets$", Count: 1})
	_, err := w.syncDevices(id, organization)
	require.Equal(t, activities.Unavailable, failure(t, err).Type())
	require.Len(t, w.titles(), 3)
	_, err = w.syncDevices(id, organization)
	require.Equal(t, activities.ClaimHeld, failure(t, err).Type())
	require.Greater(t, failure(t, err).NextRetryDelay(), 50*time.Minute)
	require.Len(t, w.titles(), 3)
	require.Empty(t, w.parked())
}

// Once that time is up, a device that is not in Accelo is created.
func TestDoubtAboutADeviceEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{claims: short})
	id, organization, _ := w.inOrder("A", "B")
	w.trouble(lab.Fault{Kind: lab.FaultDropBefore, Method: "POST", Path: "/assets$", Count: 1})
	_, err := w.syncDevices(id, organization)
	require.Error(t, err)
	require.Equal(t, flow.Counts{Created: 2}, w.devices(id, organization))
	require.Equal(t, []string{"A", "B"}, w.titles())
}
