package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	ninjasim "ninjaone-accelo/internal/simulator/ninjaone"
	"ninjaone-accelo/internal/store"
)

// moveDevice moves a device to another organization in NinjaOne.
func (f *fixture) moveDevice(device, organization int) {
	f.t.Helper()
	require.NoError(f.t, f.ninja.UpdateDevice(device, func(d *ninjasim.Device) { d.OrganizationID = organization }))
}

// companyOfRequest returns the company of a request's affiliation.
func (f *fixture) companyOfRequest(id int64) int64 {
	for _, affiliation := range f.accelo.Snapshot().Affiliations {
		if affiliation.ID == f.request(id).AffiliationID {
			return affiliation.CompanyID
		}
	}
	return 0
}

// A device that moves to another organization takes its faults along: what fires from then on is in a request of that organization's company,
// and the open request of the other one closes with its own alert.
func TestAlertOfAMovedDevice(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	other := f.ninja.AddOrganization("Momcorp", "")
	f.fullImport()
	before := f.triggerAlert("disk")
	left := f.mustOpen(before, flow.Opened)
	f.moveDevice(f.device, other)
	moved := f.triggerAlert("disk")
	opened := f.mustOpen(moved, flow.Opened)
	require.Equal(t, f.link(store.Organizations, other).AcceloID, f.companyOfRequest(opened.RequestID))
	require.Equal(t, opened.RequestID, f.mustOpen(moved, flow.Opened).RequestID, "again")
	require.Equal(t, opened.RequestID, f.mustOpen(f.triggerAlert("disk"), flow.Joined).RequestID)

	stale := f.triggerAlert("disk") // told by who didn't know of the move yet
	stale.OrganizationID, stale.OrganizationName = f.organization, "Planet Express"
	require.Equal(t, opened.RequestID, f.mustOpen(stale, flow.Joined).RequestID)

	f.mustClose(before, flow.Closed)
	require.Equal(t, "closed", f.request(left.RequestID).Standing)
	require.NotEqual(t, "closed", f.request(opened.RequestID).Standing)
}

// The same holds for a fault that comes back after the move. If NinjaOne no longer has the device, nobody knows better.
func TestFaultOfAMovedDeviceComesBack(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		act  func(f *alertFixture, other int, alert *rules.Alert)
		want flow.Outcome
	}{
		"moved":  {func(f *alertFixture, other int, _ *rules.Alert) { f.moveDevice(f.device, other) }, flow.Opened},
		"stayed": {func(_ *alertFixture, other int, alert *rules.Alert) { alert.OrganizationID = other }, flow.Reopened},
		"gone": {func(f *alertFixture, other int, alert *rules.Alert) {
			alert.OrganizationID = other
			require.NoError(f.t, f.ninja.DeleteDevice(f.device))
		}, flow.Reopened},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newAlertFixture(t, settings{reopen: time.Hour})
			other := f.ninja.AddOrganization("Momcorp", "")
			f.fullImport()
			first := f.triggerAlert("disk")
			opened := f.mustOpen(first, flow.Opened)
			f.mustClose(first, flow.Closed)
			f.backdate(opened.IncidentID, "closed_at", time.Minute)
			again := f.triggerAlert("disk")
			if name == "moved" {
				again.OrganizationID = other
			}
			test.act(f, other, &again)
			result := f.mustOpen(again, test.want)
			require.Equal(t, test.want == flow.Reopened, result.RequestID == opened.RequestID)
		})
	}
}
