package activities_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	ninjasim "ninjaone-accelo/internal/simulator/ninjaone"
	"ninjaone-accelo/internal/store"
)

// full and slow are conditions of NinjaOne.
const (
	full = "0d5d3f7e-6f0b-4d53-9c63-0a3f2f9b7c11"
	slow = "205b85b2-8a12-4123-834f-164be08b3314"
)

// Where all is known, the request is one call, with everything that the webhook told. A second attempt finds it.
func TestAlertOpensItsRequest(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{})
	alert := o.fires(full)
	result := o.opens(alert, "opened")
	require.Equal(t, []string{"POST /api/v0/requests"}, o.calls())
	require.Equal(t, flow.APICalls{Accelo: 1, AcceloWrites: 1}, result.APICalls)
	require.Equal(t, o.organization, result.OrganizationID)
	require.True(t, result.DeviceKnown)
	require.False(t, result.ResetMeanwhile)
	request := o.request(result.RequestID)
	require.Equal(t, "Disk C: is full", request.Title)
	require.Equal(t, o.requestType("NinjaOne Alerts").ID, request.TypeID)
	require.Equal(t, o.link(store.Organizations, o.organization).AffiliationID, request.AffiliationID)
	for _, priority := range o.accelo.Snapshot().Priorities {
		if priority.ID == request.PriorityID {
			require.EqualValues(t, 4, priority.Factor, "high")
		}
	}
	for _, line := range []string{"Device: SHIP", "Organization: Planet Express", "Severity: MAJOR", "Priority: HIGH", "NinjaOne alert UID: " + alert.UID} {
		require.Contains(t, request.Body, line+"\n")
	}
	require.NotContains(t, request.Body, "Remote control")

	again := o.opens(alert, "opened")
	require.Equal(t, result.RequestID, again.RequestID)
	require.Equal(t, result.IncidentID, again.IncidentID)
	require.Empty(t, o.calls())
	require.Len(t, o.accelo.Snapshot().Requests, 1)
	require.Empty(t, o.parked())
}

// The remote control link stands on the first line, without a call: the one of the asset, or the device's page where that is
// the link and the device was never synced.
func TestRequestHasTheRemoteControlLink(t *testing.T) {
	t.Parallel()
	first := func(w *world, device int) string {
		alert := w.fires(device, full)
		w.forget()
		request := w.request(w.opens(alert, "opened").RequestID)
		require.Equal(t, []string{"POST /api/v0/requests"}, w.calls())
		line, _, _ := strings.Cut(request.Body, "\n")
		return line
	}
	for _, source := range []rules.RemoteControl{{}, {Source: rules.RemoteControlCustomField, Field: "tvId", URLTemplate: "https://tv.example.com/{value}"}} {
		w := newWorld(t, settings{remoteControl: source})
		organization := w.ninja.AddOrganization("Planet Express", "")
		require.NoError(t, w.ninja.SetTeamViewer(organization, true))
		known := w.device(organization, "SHIP")
		require.NoError(t, w.ninja.UpdateDevice(known, func(d *ninjasim.Device) { d.CustomFields = map[string]any{"tvId": "1 2"} }))
		w.fullImport()
		unknown := w.device(organization, "LAB")
		if source.Dashboard() {
			require.Regexp(t, `^Remote control: http.+/`+itoa(known)+`(/|$)`, first(w, known))
			require.Regexp(t, `^Remote control: http.+/`+itoa(unknown)+`(/|$)`, first(w, unknown))
			continue
		}
		require.Equal(t, "Remote control: https://tv.example.com/1+2", first(w, known))
		require.Equal(t, "Disk C: is full", first(w, unknown), "its field was never read")
	}
}

// Within the window a fault takes up the request that was closed for it, whoever closed it; later, or without a window, it has
// A reset that came before its trigger opens nothing, and costs nothing.
func TestResetBeforeItsTrigger(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{})
	alert := o.fires(full)
	o.closes(alert, "tombstone")
	for range 2 {
		result := o.opens(alert, "already-reset")
		require.Zero(t, result.RequestID)
		require.Contains(t, result.Text, "no request")
	}
	require.Empty(t, o.calls())
	require.Empty(t, o.accelo.Snapshot().Requests)
	require.Empty(t, o.parked())
}

// A reset that comes while the request is being opened leaves the closing to the opening flow, which is told so.
func TestResetWhileOpening(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{})
	alert := o.fires(full)
	o.onCall(1, "POST /api/v0/requests", func() bool {
		o.closes(alert, "opening")
		return true
	})
	result := o.opens(alert, "opened")
	require.True(t, result.ResetMeanwhile)
	require.NotEqual(t, "closed", o.request(result.RequestID).Standing)
	require.Equal(t, result.RequestID, o.closes(alert, "closed").RequestID)
	require.Equal(t, "closed", o.request(result.RequestID).Standing)
	require.False(t, o.opens(alert, "opened").ResetMeanwhile, "a repeated attempt finds it closed")
}

// What was never synced is for the workflow to see to first. A webhook that does not tell the organization costs one read,
// unless the device is known.
func TestOrganizationIsUnknown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	organization := w.ninja.AddOrganization("Planet Express", "delivers")
	device := w.device(organization, "SHIP")
	told := w.fires(device, full)
	untold := w.fires(device, slow)
	untold.OrganizationID, untold.DeviceName, untold.NodeClass = 0, "", ""
	w.forget()

	result := w.opens(told, flow.OrganizationUnknown)
	require.Equal(t, organization, result.OrganizationID)
	require.False(t, result.DeviceKnown)
	require.Empty(t, w.calls())
	result = w.opens(untold, flow.OrganizationUnknown)
	require.Equal(t, organization, result.OrganizationID)
	require.Equal(t, []string{"GET /v2/device/{id}"}, w.calls())
	require.Equal(t, flow.APICalls{Ninjaone: 1}, result.APICalls)

	w.fullImport()
	w.forget()
	require.True(t, w.opens(untold, "opened").DeviceKnown)
	require.Equal(t, []string{"POST /api/v0/requests"}, w.calls(), "the device's link tells its organization")

	// A device that is new in an organization that is known.
	fresh := w.device(organization, "LAB")
	alert := w.fires(fresh, full)
	alert.OrganizationID, alert.DeviceName = 0, ""
	opened := w.opens(alert, "opened")
	require.False(t, opened.DeviceKnown)
	require.Contains(t, w.request(opened.RequestID).Body, "Device: LAB\n")
}
