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

// full and slow are conditions in NinjaOne.
const (
	full = "0d5d3f7e-6f0b-4d53-9c63-0a3f2f9b7c11"
	slow = "205b85b2-8a12-4123-834f-164be08b3314"
)

// If everything is known, opening a request takes one call and shows everything from the webhook. A second attempt finds it.
func TestAlertOpensRequest(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	alert := f.triggerAlert(full)
	result := f.mustOpen(alert, "opened")
	require.Equal(t, []string{"POST /api/v0/requests"}, f.calls())
	require.Equal(t, flow.APICalls{Accelo: 1, AcceloWrites: 1}, result.APICalls)
	require.Equal(t, f.organization, result.OrganizationID)
	require.True(t, result.DeviceKnown)
	require.False(t, result.ResetMeanwhile)
	request := f.request(result.RequestID)
	require.Equal(t, "Disk C: is full", request.Title)
	require.Equal(t, f.requestType("NinjaOne Alerts").ID, request.TypeID)
	require.Equal(t, f.link(store.Organizations, f.organization).AffiliationID, request.AffiliationID)
	for _, priority := range f.accelo.Snapshot().Priorities {
		if priority.ID == request.PriorityID {
			require.EqualValues(t, 4, priority.Factor, "high")
		}
	}
	for _, line := range []string{"Device: SHIP", "Organization: Planet Express", "Severity: MAJOR", "Priority: HIGH", "NinjaOne alert UID: " + alert.UID} {
		require.Contains(t, request.Body, line+"\n")
	}
	require.NotContains(t, request.Body, "Remote control")

	again := f.mustOpen(alert, "opened")
	require.Equal(t, result.RequestID, again.RequestID)
	require.Equal(t, result.IncidentID, again.IncidentID)
	require.Empty(t, f.calls())
	require.Len(t, f.accelo.Snapshot().Requests, 1)
	require.Empty(t, f.failed())
}

// The remote control link stands on the first line, without a call: the one of the asset, or the device's page where that is
// the link and the device was never synced.
func TestRequestHasTheRemoteControlLink(t *testing.T) {
	t.Parallel()
	first := func(f *fixture, device int) string {
		alert := f.triggerAlert(device, full)
		f.resetCalls()
		request := f.request(f.mustOpen(alert, "opened").RequestID)
		require.Equal(t, []string{"POST /api/v0/requests"}, f.calls())
		line, _, _ := strings.Cut(request.Body, "\n")
		return line
	}
	for _, source := range []rules.RemoteControl{{}, {Source: rules.RemoteControlCustomField, Field: "tvId", URLTemplate: "https://tv.example.com/{value}"}} {
		f := newFixture(t, settings{remoteControl: source})
		organization := f.ninja.AddOrganization("Planet Express", "")
		require.NoError(t, f.ninja.SetTeamViewer(organization, true))
		known := f.device(organization, "SHIP")
		require.NoError(t, f.ninja.UpdateDevice(known, func(d *ninjasim.Device) { d.CustomFields = map[string]any{"tvId": "1 2"} }))
		f.fullImport()
		unknown := f.device(organization, "LAB")
		if source.Dashboard() {
			require.Regexp(t, `^Remote control: http.+/`+itoa(known)+`(/|$)`, first(f, known))
			require.Regexp(t, `^Remote control: http.+/`+itoa(unknown)+`(/|$)`, first(f, unknown))
			continue
		}
		require.Equal(t, "Remote control: https://tv.example.com/1+2", first(f, known))
		require.Regexp(t, "^NinjaOne alert UID: ", first(f, unknown), "the field of an unknown device is not read")
	}
}

// If the reset arrives before the trigger, no request is opened and no call is made.
func TestResetBeforeTrigger(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	alert := f.triggerAlert(full)
	f.mustClose(alert, "tombstone")
	for range 2 {
		result := f.mustOpen(alert, "already-reset")
		require.Zero(t, result.RequestID)
		require.Contains(t, result.Text, "no request")
	}
	require.Empty(t, f.calls())
	require.Empty(t, f.accelo.Snapshot().Requests)
	require.Empty(t, f.failed())
}

// If the reset arrives while the request is being opened, the workflow that opens it closes it.
func TestResetWhileOpening(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	alert := f.triggerAlert(full)
	f.onCall(1, "POST /api/v0/requests", func() bool {
		f.mustClose(alert, "opening")
		return true
	})
	result := f.mustOpen(alert, "opened")
	require.True(t, result.ResetMeanwhile)
	require.NotEqual(t, "closed", f.request(result.RequestID).Standing)
	require.Equal(t, result.RequestID, f.mustClose(alert, "closed").RequestID)
	require.Equal(t, "closed", f.request(result.RequestID).Standing)
	require.False(t, f.mustOpen(alert, "opened").ResetMeanwhile, "a second attempt finds it closed")
}

// The workflow first syncs an organization that was never synced. A webhook without an organization takes one read, unless the
// device is known.
func TestAlertOfUnknownOrganization(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	organization := f.ninja.AddOrganization("Planet Express", "delivers")
	device := f.device(organization, "SHIP")
	told := f.triggerAlert(device, full)
	untold := f.triggerAlert(device, slow)
	untold.OrganizationID, untold.DeviceName, untold.NodeClass = 0, "", ""
	f.resetCalls()

	result := f.mustOpen(told, flow.OrganizationUnknown)
	require.Equal(t, organization, result.OrganizationID)
	require.False(t, result.DeviceKnown)
	require.Empty(t, f.calls())
	result = f.mustOpen(untold, flow.OrganizationUnknown)
	require.Equal(t, organization, result.OrganizationID)
	require.Equal(t, []string{"GET /v2/device/{id}"}, f.calls())
	require.Equal(t, flow.APICalls{Ninjaone: 1}, result.APICalls)

	f.fullImport()
	f.resetCalls()
	require.True(t, f.mustOpen(untold, "opened").DeviceKnown)
	require.Equal(t, []string{"POST /api/v0/requests"}, f.calls(), "the device's link names the organization")

	// A new device of a known organization.
	fresh := f.device(organization, "LAB")
	alert := f.triggerAlert(fresh, full)
	alert.OrganizationID, alert.DeviceName = 0, ""
	opened := f.mustOpen(alert, "opened")
	require.False(t, opened.DeviceKnown)
	require.Contains(t, f.request(opened.RequestID).Body, "Device: LAB\n")
}
