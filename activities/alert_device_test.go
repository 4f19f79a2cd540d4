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

// canLink is what is known about linking assets to requests; nil where that is not known yet.
func (w *world) canLink() *bool {
	w.t.Helper()
	connection, err := w.database.Connection(w.t.Context(), "default")
	require.NoError(w.t, err)
	return connection.Settings.Capabilities.LinkAssetsToRequests
}

// An unchanged device costs one read and the link to the request, once. The first link shows that the API takes such links.
func TestAssetIsLinkedToTheRequest(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{})
	alert := o.fires(full)
	opened := o.opens(alert, "opened")
	require.Nil(t, o.canLink())
	o.forget()
	result := o.links(alert, opened.IncidentID)
	require.Equal(t, o.asset(), result.AssetID)
	require.Equal(t, "device unchanged; asset linked", result.Text)
	require.Equal(t, flow.APICalls{Ninjaone: 1, Accelo: 1, AcceloWrites: 1}, result.APICalls)
	require.Equal(t, []string{"POST /api/v0/assets/{id}/links", "GET /v2/device/{id}"}, o.calls())
	require.Equal(t, []int64{o.asset()}, o.linked("request", opened.RequestID))
	require.True(t, *o.canLink())

	o.links(alert, opened.IncidentID)
	require.Equal(t, []string{"GET /v2/device/{id}"}, o.calls(), "linked before")
	other := o.fires(slow)
	second := o.opens(other, "opened")
	o.links(other, second.IncidentID)
	require.Equal(t, []int64{o.asset()}, o.linked("request", second.RequestID))
	require.Empty(t, o.notes("request", opened.RequestID))
}

// What the device says of itself by now goes to its asset along with the alert; a device that is new gets one.
func TestAlertSyncsItsDevice(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{})
	require.NoError(t, o.ninja.UpdateDevice(o.device, func(d *ninjasim.Device) { d.DisplayName = "Bessie" }))
	require.Equal(t, "device updated", o.links(o.fires(full), 0).Text)
	require.Equal(t, "Bessie", o.accelo.Snapshot().FieldValues(o.asset())["display_name"])

	fresh := o.world.device(o.organization, "LAB")
	alert := o.world.fires(fresh, full)
	opened := o.opens(alert, "opened")
	result := o.links(alert, opened.IncidentID)
	require.Equal(t, "device created; asset linked", result.Text)
	require.Equal(t, []string{"LAB", "SHIP"}, o.titles())
	require.Equal(t, []int64{result.AssetID}, o.linked("request", opened.RequestID))
	require.Equal(t, result.AssetID, o.link(store.Devices, fresh).AcceloID)
	o.forget()
	require.Equal(t, result.AssetID, o.links(alert, 0).AssetID)
	require.Equal(t, []string{"GET /v2/device/{id}"}, o.calls(), "unchanged since")
}

// Where the API refuses the first link the device is named in a note, and no link is tried again.
func TestApiWithoutLinks(t *testing.T) {
	t.Parallel()
	for _, mode := range []accelosim.Mode{accelosim.ModeOpen, accelosim.ModeDocumented} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			o := newOffice(t, settings{})
			require.NoError(t, o.accelo.SetMode(mode))
			if mode == accelosim.ModeOpen {
				o.trouble(lab.Fault{Kind: lab.FaultStatus, Status: 400, Method: "POST", Path: "/links$"})
			}
			alert, other := o.fires(full), o.fires(slow)
			opened, second := o.opens(alert, "opened"), o.opens(other, "opened")
			require.Equal(t, "device unchanged; added a note about the device", o.links(alert, opened.IncidentID).Text)
			require.False(t, *o.canLink())
			notes := o.notes("request", opened.RequestID)
			require.Len(t, notes, 1)
			require.Equal(t, "Affected device: SHIP", notes[0].Subject)
			require.Contains(t, notes[0].Body, "Asset: "+itoa(int(o.asset())))

			o.forget()
			o.links(other, second.IncidentID)
			o.links(other, second.IncidentID)
			require.Equal(t, map[string]int{"POST /api/v0/activities": 1}, o.writes())
			require.Empty(t, o.linked("request", opened.RequestID))
		})
	}
}

// Where links have worked before, one that is refused says nothing about the next.
func TestOneRefusedLink(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{})
	yes := true
	o.change(func(s *store.Settings) { s.Capabilities.LinkAssetsToRequests = &yes })
	o.trouble(lab.Fault{Kind: lab.FaultStatus, Status: 400, Method: "POST", Path: "/links$", Count: 1})
	alert, other := o.fires(full), o.fires(slow)
	opened, second := o.opens(alert, "opened"), o.opens(other, "opened")
	o.links(alert, opened.IncidentID)
	require.Len(t, o.notes("request", opened.RequestID), 1)
	require.True(t, *o.canLink())
	o.links(other, second.IncidentID)
	require.Equal(t, []int64{o.asset()}, o.linked("request", second.RequestID))
}

// The first link of all may be refused because its asset is gone, or a right is missing: that says nothing of the deployment.
func TestFirstLinkRefusedForItsOwnReasons(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*office){
		"asset gone": func(o *office) { require.NoError(t, o.accelo.DeleteAsset(o.asset())) },
		"no right": func(o *office) {
			o.trouble(lab.Fault{Kind: lab.FaultStatus, Status: 403, Method: "POST", Path: "/links$"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t, settings{})
			alert := o.fires(full)
			opened := o.opens(alert, "opened")
			spoil(o)
			o.links(alert, opened.IncidentID)
			require.Nil(t, o.canLink())
			require.Len(t, o.notes("request", opened.RequestID), 1)
		})
	}
}

// An asset that Accelo does not let us bring up to date is linked all the same, and its device is parked.
func TestRefusedAssetIsLinked(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 403} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			t.Parallel()
			o := newOffice(t, settings{})
			alert := o.fires(full)
			opened := o.opens(alert, "opened")
			require.NoError(t, o.ninja.UpdateDevice(o.device, func(d *ninjasim.Device) { d.DNSName = "rocket.example" }))
			o.trouble(lab.Fault{Kind: lab.FaultStatus, Status: status, Method: "PUT", Path: "/assets/"})
			require.Contains(t, o.links(alert, opened.IncidentID).Text, "asset linked")
			require.Equal(t, []int64{o.asset()}, o.linked("request", opened.RequestID))
			require.Equal(t, []string{"device " + itoa(o.device)}, o.parked())
		})
	}
}

// Trouble while the device is linked or noted is waited out, and nothing is written twice.
func TestTroubleWhileLinking(t *testing.T) {
	t.Parallel()
	no := false
	for _, test := range []struct {
		name  string
		can   *bool
		fault lab.Fault
		write string
		count int
	}{
		{"link, reply lost", nil, lab.Fault{Kind: lab.FaultLoseReply, Method: "POST", Path: "/links$", Count: 1}, "POST /api/v0/assets/{id}/links", 1},
		{"link, outage", nil, lab.Fault{Kind: lab.FaultHTML502, Method: "POST", Path: "/links$", Count: 2}, "POST /api/v0/assets/{id}/links", 3},
		{"note, reply lost", &no, lab.Fault{Kind: lab.FaultLoseReply, Method: "POST", Path: "/activities$", Count: 1}, "POST /api/v0/activities", 1},
		{"note, outage", &no, lab.Fault{Kind: lab.FaultHTML502, Method: "POST", Path: "/activities$", Count: 2}, "POST /api/v0/activities", 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t, settings{claims: short})
			o.change(func(s *store.Settings) { s.Capabilities.LinkAssetsToRequests = test.can })
			alert := o.fires(full)
			opened := o.opens(alert, "opened")
			o.forget()
			o.trouble(test.fault)
			_, err := persist[activities.AcceloSyncAlertDeviceResult](o.world, o.steps.AcceloSyncAlertDevice, linkInput(alert, opened.IncidentID))
			require.NoError(t, err)
			require.Equal(t, map[string]int{test.write: test.count}, o.writes())
			require.Equal(t, 1, len(o.linked("request", opened.RequestID))+len(o.notes("request", opened.RequestID)))
			if test.can == nil {
				require.True(t, *o.canLink(), "an outage is no refusal")
			}
		})
	}
}

// A device that is not to be had stands in no alert's way: the request tells of it, with the asset where there was one.
func TestDeviceThatIsNotToBeHad(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		spoil func(*office) error
		says  string
		asset bool
	}{
		{"gone", func(o *office) error { return o.ninja.DeleteDevice(o.device) }, "no longer exists in NinjaOne", true},
		{"waiting for approval", func(o *office) error { return o.ninja.SetDevicePending(o.device) }, "waits for approval", true},
		{"moved to an organization that was never imported", func(o *office) error {
			return o.ninja.MoveDevice(o.device, o.ninja.AddOrganization("Mom's", ""))
		}, "organization isn't linked yet", true},
		{"gone and never imported", func(o *office) error {
			o.device = o.world.device(o.organization, "LAB")
			return o.ninja.DeleteDevice(o.device)
		}, "no longer exists in NinjaOne", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t, settings{})
			alert := o.fires(full)
			asset := o.asset()
			require.NoError(t, test.spoil(o))
			alert.DeviceID = o.device
			opened := o.opens(alert, "opened")
			result := o.links(alert, opened.IncidentID)
			require.Contains(t, result.Text, test.says)
			if test.asset {
				require.Equal(t, []int64{asset}, o.linked("request", opened.RequestID))
				return
			}
			require.Zero(t, result.AssetID)
			notes := o.notes("request", opened.RequestID)
			require.Len(t, notes, 1)
			require.Contains(t, notes[0].Body, "no asset in Accelo yet")
			require.Nil(t, o.canLink(), "nothing was learnt")
		})
	}
}

// What the incident is by now gets the asset: an attempt that is cut off leaves it to the next one, and a link to the request that
// comes late does not stand for the one to what that was converted to.
func TestConversionLinkedByTheNextAttempt(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{claims: short})
	alert := o.fires("a")
	opened := o.opens(alert, flow.Opened)
	ticket, err := o.accelo.ConvertRequest(opened.RequestID, "issue")
	require.NoError(t, err)
	converted, err := o.database.ConvertIncident(t.Context(), opened.IncidentID, "issue", ticket.ID)
	require.NoError(t, err)
	require.False(t, converted.AssetLinked)
	require.NoError(t, o.database.MarkAssetLinked(t.Context(), opened.IncidentID, opened.RequestID))
	link, err := o.database.Link(t.Context(), store.KeyOf("default", store.Devices, o.device))
	require.NoError(t, err)
	o.failCall(1, fmt.Sprintf("POST /api/v0/assets/%d/links", link.AcceloID))
	_, err = runIn[activities.AcceloSyncAlertDeviceResult](o.env(), o.steps.AcceloSyncAlertDevice, linkInput(alert, opened.IncidentID))
	require.Error(t, err)
	o.links(alert, opened.IncidentID)
	o.forget()
	o.links(alert, opened.IncidentID)
	require.Equal(t, []string{"GET /v2/device/{id}"}, o.calls(), "the incident says that it is done")
	linked := map[string]int{}
	for _, each := range o.accelo.Snapshot().AssetLinks {
		linked[fmt.Sprint(each.LinkedType, each.LinkedID)]++
	}
	require.Equal(t, map[string]int{fmt.Sprint("issue", ticket.ID): 1}, linked)
}
