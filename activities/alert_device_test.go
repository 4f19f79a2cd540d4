package activities_test

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	accelosim "ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/lab"
	ninjasim "ninjaone-accelo/internal/simulator/ninjaone"
	"ninjaone-accelo/internal/store"
)

// canLink returns whether the deployment links assets to requests, nil if that is unknown.
func (f *fixture) canLink() *bool {
	f.t.Helper()
	connection, err := f.database.Connection(f.t.Context(), "default")
	require.NoError(f.t, err)
	return connection.Settings.Capabilities.LinkAssetsToRequests
}

// An unchanged device takes one read and one link to the request. The first link proves that the deployment links assets.
func TestAssetIsLinkedToRequest(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	alert := f.triggerAlert(full)
	opened := f.mustOpen(alert, "opened")
	require.Nil(t, f.canLink())
	f.resetCalls()
	result := f.syncAlertDevice(alert, opened.IncidentID)
	require.Equal(t, f.asset(), result.AssetID)
	require.Equal(t, "device unchanged; asset linked", result.Text)
	require.Equal(t, flow.APICalls{Ninjaone: 1, Accelo: 1, AcceloWrites: 1}, result.APICalls)
	require.Equal(t, []string{"POST /api/v0/assets/{id}/links", "GET /v2/device/{id}"}, f.calls())
	require.Equal(t, []int64{f.asset()}, f.linked("request", opened.RequestID))
	require.True(t, *f.canLink())

	f.syncAlertDevice(alert, opened.IncidentID)
	require.Equal(t, []string{"GET /v2/device/{id}"}, f.calls(), "already linked")
	other := f.triggerAlert(slow)
	second := f.mustOpen(other, "opened")
	f.syncAlertDevice(other, second.IncidentID)
	require.Equal(t, []int64{f.asset()}, f.linked("request", second.RequestID))
	require.Empty(t, f.notes("request", opened.RequestID))
}

// The alert updates the asset of its device. A new device gets an asset.
func TestAlertSyncsDevice(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	require.NoError(t, f.ninja.UpdateDevice(f.device, func(d *ninjasim.Device) { d.DisplayName = "Bessie" }))
	require.Equal(t, "device updated", f.syncAlertDevice(f.triggerAlert(full), 0).Text)
	require.Equal(t, "Bessie", f.accelo.Snapshot().FieldValues(f.asset())["display_name"])

	fresh := f.fixture.device(f.organization, "LAB")
	alert := f.fixture.triggerAlert(fresh, full)
	opened := f.mustOpen(alert, "opened")
	result := f.syncAlertDevice(alert, opened.IncidentID)
	require.Equal(t, "device created; asset linked", result.Text)
	require.Equal(t, []string{"LAB", "SHIP"}, f.titles())
	require.Equal(t, []int64{result.AssetID}, f.linked("request", opened.RequestID))
	require.Equal(t, result.AssetID, f.link(store.Devices, fresh).AcceloID)
	f.resetCalls()
	require.Equal(t, result.AssetID, f.syncAlertDevice(alert, 0).AssetID)
	require.Equal(t, []string{"GET /v2/device/{id}"}, f.calls(), "the device is unchanged")
}

// If the deployment can't link assets to requests, a note names the device, and no link is tried again.
func TestDeploymentWithoutLinks(t *testing.T) {
	t.Parallel()
	for _, mode := range []accelosim.Mode{accelosim.ModeOpen, accelosim.ModeDocumented} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			f := newAlertFixture(t, settings{})
			require.NoError(t, f.accelo.SetMode(mode))
			if mode == accelosim.ModeOpen {
				f.injectFaults(lab.Fault{Kind: lab.FaultStatus, Status: 400, Method: "POST", Path: "/links$"})
			}
			alert, other := f.triggerAlert(full), f.triggerAlert(slow)
			opened, second := f.mustOpen(alert, "opened"), f.mustOpen(other, "opened")
			require.Equal(t, "device unchanged; added a note about the device", f.syncAlertDevice(alert, opened.IncidentID).Text)
			require.False(t, *f.canLink())
			notes := f.notes("request", opened.RequestID)
			require.Len(t, notes, 1)
			require.Equal(t, "Affected device: SHIP", notes[0].Subject)
			require.Contains(t, notes[0].Body, "Asset: "+itoa(int(f.asset())))

			f.resetCalls()
			f.syncAlertDevice(other, second.IncidentID)
			f.syncAlertDevice(other, second.IncidentID)
			require.Equal(t, map[string]int{"POST /api/v0/activities": 1}, f.writes())
			require.Empty(t, f.linked("request", opened.RequestID))
		})
	}
}

// If links have worked before, one rejected link does not affect the next.
func TestOneRejectedLink(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	yes := true
	f.change(func(s *store.Settings) { s.Capabilities.LinkAssetsToRequests = &yes })
	f.injectFaults(lab.Fault{Kind: lab.FaultStatus, Status: 400, Method: "POST", Path: "/links$", Count: 1})
	alert, other := f.triggerAlert(full), f.triggerAlert(slow)
	opened, second := f.mustOpen(alert, "opened"), f.mustOpen(other, "opened")
	f.syncAlertDevice(alert, opened.IncidentID)
	require.Len(t, f.notes("request", opened.RequestID), 1)
	require.True(t, *f.canLink())
	f.syncAlertDevice(other, second.IncidentID)
	require.Equal(t, []int64{f.asset()}, f.linked("request", second.RequestID))
}

// The very first link may be rejected because its asset was deleted or a permission is missing. That does not mean that the
// deployment can't link assets.
func TestFirstLinkRejectedForOneRecord(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*alertFixture){
		"asset deleted": func(f *alertFixture) { require.NoError(t, f.accelo.DeleteAsset(f.asset())) },
		"no right": func(f *alertFixture) {
			f.injectFaults(lab.Fault{Kind: lab.FaultStatus, Status: 403, Method: "POST", Path: "/links$"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newAlertFixture(t, settings{})
			alert := f.triggerAlert(full)
			opened := f.mustOpen(alert, "opened")
			spoil(f)
			f.syncAlertDevice(alert, opened.IncidentID)
			require.Nil(t, f.canLink())
			require.Len(t, f.notes("request", opened.RequestID), 1)
		})
	}
}

// An asset whose update Accelo rejects is linked anyway, and its device fails.
func TestAssetIsLinkedDespiteRejectedUpdate(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 403} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			t.Parallel()
			f := newAlertFixture(t, settings{})
			alert := f.triggerAlert(full)
			opened := f.mustOpen(alert, "opened")
			require.NoError(t, f.ninja.UpdateDevice(f.device, func(d *ninjasim.Device) { d.DNSName = "rocket.example" }))
			f.injectFaults(lab.Fault{Kind: lab.FaultStatus, Status: status, Method: "PUT", Path: "/assets/"})
			require.Contains(t, f.syncAlertDevice(alert, opened.IncidentID).Text, "asset linked")
			require.Equal(t, []int64{f.asset()}, f.linked("request", opened.RequestID))
			require.Equal(t, []string{"device " + itoa(f.device)}, f.failed())
		})
	}
}

// Linking or noting the device is retried after an outage, and nothing is written twice.
func TestOutageWhileLinking(t *testing.T) {
	t.Parallel()
	no := false
	for _, test := range []struct {
		name  string
		can   *bool
		fault lab.Fault
		write string
		count int
	}{
		{
			name: "link, reply lost", can: nil, fault: lab.Fault{Kind: lab.FaultLoseReply, Method: "POST", Path: "/links$", Count: 1},
			write: "POST /api/v0/assets/{id}/links", count: 1,
		},
		{
			name: "link, outage", can: nil, fault: lab.Fault{Kind: lab.FaultHTML502, Method: "POST", Path: "/links$", Count: 2},
			write: "POST /api/v0/assets/{id}/links", count: 3,
		},
		{
			name: "note, reply lost", can: &no,
			fault: lab.Fault{Kind: lab.FaultLoseReply, Method: "POST", Path: "/activities$", Count: 1}, write: "POST /api/v0/activities",
			count: 1,
		},
		{
			name: "note, outage", can: &no, fault: lab.Fault{Kind: lab.FaultHTML502, Method: "POST", Path: "/activities$", Count: 2},
			write: "POST /api/v0/activities", count: 3,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newAlertFixture(t, settings{claims: short})
			f.change(func(s *store.Settings) { s.Capabilities.LinkAssetsToRequests = test.can })
			alert := f.triggerAlert(full)
			opened := f.mustOpen(alert, "opened")
			f.resetCalls()
			f.injectFaults(test.fault)
			_, err := runWithRetries[activities.AcceloSyncAlertDeviceResult](f.fixture, f.steps.AcceloSyncAlertDevice, alertDeviceInput(alert, opened.IncidentID))
			require.NoError(t, err)
			require.Equal(t, map[string]int{test.write: test.count}, f.writes())
			require.Equal(t, 1, len(f.linked("request", opened.RequestID))+len(f.notes("request", opened.RequestID)))
			if test.can == nil {
				require.True(t, *f.canLink(), "an outage is not a rejection")
			}
		})
	}
}

// A device that can't be read does not block its alert: the request mentions it, with the asset if there was one.
func TestDeviceThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		spoil func(*alertFixture) error
		says  string
		asset bool
	}{
		{
			name: "deleted", spoil: func(f *alertFixture) error { return f.ninja.DeleteDevice(f.device) },
			says: "no longer exists in NinjaOne", asset: true,
		},
		{
			name: "waiting for approval", spoil: func(f *alertFixture) error { return f.ninja.SetDevicePending(f.device) },
			says: "waits for approval", asset: true,
		},
		{name: "moved to an organization that was never imported", spoil: func(f *alertFixture) error {
			return f.ninja.MoveDevice(f.device, f.ninja.AddOrganization("Mom's", ""))
		}, says: "organization isn't linked yet", asset: true},
		{name: "deleted and never imported", spoil: func(f *alertFixture) error {
			f.device = f.fixture.device(f.organization, "LAB")
			return f.ninja.DeleteDevice(f.device)
		}, says: "no longer exists in NinjaOne", asset: false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newAlertFixture(t, settings{})
			alert := f.triggerAlert(full)
			asset := f.asset()
			require.NoError(t, test.spoil(f))
			alert.DeviceID = f.device
			opened := f.mustOpen(alert, "opened")
			result := f.syncAlertDevice(alert, opened.IncidentID)
			require.Contains(t, result.Text, test.says)
			if test.asset {
				require.Equal(t, []int64{asset}, f.linked("request", opened.RequestID))
				return
			}
			require.Zero(t, result.AssetID)
			notes := f.notes("request", opened.RequestID)
			require.Len(t, notes, 1)
			require.Contains(t, notes[0].Body, "no asset in Accelo yet")
			require.Nil(t, f.canLink(), "the capability is still unknown")
		})
	}
}

// The asset is linked to what the request is by then: if an attempt is cut off, the next one links it, and a late link to the
// request does not count as a link to the ticket.
func TestConversionLinkedByNextAttempt(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{claims: short})
	alert := f.triggerAlert("a")
	opened := f.mustOpen(alert, flow.Opened)
	ticket, err := f.accelo.ConvertRequest(opened.RequestID, "issue")
	require.NoError(t, err)
	converted, err := f.database.ConvertIncident(t.Context(), opened.IncidentID, "issue", ticket.ID)
	require.NoError(t, err)
	require.False(t, converted.AssetLinked)
	require.NoError(t, f.database.MarkAssetLinked(t.Context(), opened.IncidentID, opened.RequestID))
	link, err := f.database.Link(t.Context(), store.KeyOf("default", store.Devices, f.device))
	require.NoError(t, err)
	f.failCall(1, fmt.Sprintf("POST /api/v0/assets/%d/links", link.AcceloID))
	_, err = runIn[activities.AcceloSyncAlertDeviceResult](f.env(), f.steps.AcceloSyncAlertDevice, alertDeviceInput(alert, opened.IncidentID))
	require.Error(t, err)
	f.syncAlertDevice(alert, opened.IncidentID)
	f.resetCalls()
	f.syncAlertDevice(alert, opened.IncidentID)
	require.Equal(t, []string{"GET /v2/device/{id}"}, f.calls(), "the incident records the link")
	linked := map[string]int{}
	for _, each := range f.accelo.Snapshot().AssetLinks {
		linked[fmt.Sprint(each.LinkedType, each.LinkedID)]++
	}
	require.Equal(t, map[string]int{fmt.Sprint("issue", ticket.ID): 1}, linked)
}
