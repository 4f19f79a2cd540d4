package activities_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/simulator/lab"
	"ninjaone-accelo/internal/store"
)

// failedDevice returns a device whose asset Accelo has rejected, so that it has no link.
func (f *alertFixture) failedDevice() int {
	f.t.Helper()
	id := f.fixture.device(f.organization, "BOX")
	f.injectFaults(lab.Fault{Kind: lab.FaultStatus, Status: 400, Method: "POST", Path: "/assets$"})
	require.Equal(f.t, 1, f.fullImport().Devices.Failed)
	f.injectFaults()
	require.Equal(f.t, []string{"device " + itoa(id)}, f.failed())
	return id
}

// retried returns the organizations whose import would be started again for failed records.
func (f *fixture) retried() []int {
	f.t.Helper()
	due, err := runIn[activities.ReconcileOverdueResult](f.env(), f.steps.ReconcileOverdue, activities.ReconcileOverdueInput{Connection: "default", Now: true})
	require.NoError(f.t, err)
	organizations := []int{}
	for _, in := range due.Organizations {
		organizations = append(organizations, in.OrganizationID)
	}
	return organizations
}

// The failure of a record ends with the record: what NinjaOne no longer has, or no longer manages, is neither shown as failed nor retried.
// One that NinjaOne still has stays failed.
func TestFailureEndsWithItsRecord(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		change func(f *alertFixture, device int) error
		ends   bool
	}{
		{"deleted", func(f *alertFixture, device int) error { return f.ninja.DeleteDevice(device) }, true},
		{"decommissioned", func(f *alertFixture, device int) error { return f.ninja.DecommissionDevice(device) }, true},
		{"waiting for approval", func(f *alertFixture, device int) error { return f.ninja.SetDevicePending(device) }, true},
		{"deleted with its organization", func(f *alertFixture, _ int) error { return f.ninja.DeleteOrganization(f.organization) }, true},
		{"still there", func(*alertFixture, int) error { return nil }, false},
		{"not in the list", func(f *alertFixture, _ int) error {
			f.ninjaFaults(lab.Fault{Kind: "list-empty", Path: "devices$"})
			return nil
		}, false},
		{"unavailable", func(f *alertFixture, device int) error {
			f.ninjaFaults(status(500, "device/"))
			return f.ninja.DeleteDevice(device)
		}, false},
		{"forbidden", func(f *alertFixture, device int) error {
			f.ninjaFaults(status(403, "device/"))
			return f.ninja.DeleteDevice(device)
		}, false},
		{"a proxy answers", func(f *alertFixture, device int) error {
			f.ninjaFaults(lab.Fault{Kind: lab.FaultHTML404, Path: "device/"})
			return f.ninja.DeleteDevice(device)
		}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newAlertFixture(t, settings{})
			device := f.failedDevice()
			require.NoError(t, test.change(f, device))
			f.findDeleted(true)
			if test.ends {
				require.Empty(t, f.failed())
				require.Empty(t, f.retried())
				return
			}
			require.Equal(t, []string{"device " + itoa(device)}, f.failed())
			require.Equal(t, []int{f.organization}, f.retried())
		})
	}
}

// An organization without a company ends the same way.
func TestFailureEndsWithItsOrganization(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	organization := f.ninja.AddOrganization("Mom's Friendly Robots", "")
	f.injectFaults(lab.Fault{Kind: lab.FaultStatus, Status: 400, Method: "POST", Path: "/companies$"})
	f.fullImport()
	f.injectFaults()
	require.Equal(t, []string{"organization " + itoa(organization)}, f.failed())
	f.findDeleted(true)
	require.Equal(t, []string{"organization " + itoa(organization)}, f.failed())
	require.NoError(t, f.ninja.DeleteOrganization(organization))
	f.findDeleted(true)
	require.Empty(t, f.failed())
	require.Empty(t, f.retried())
}

// The retry of a device that moved is that of its organization now: the import of the former one never meets it.
func TestFailureFollowsItsDevice(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	device := f.failedDevice()
	other := f.ninja.AddOrganization("Wernstrom Labs", "")
	require.NoError(t, f.ninja.MoveDevice(device, other))
	f.findDeleted(true)
	require.Equal(t, []int{other}, f.retried())
	failures, err := f.database.Failures(t.Context(), "default")
	require.NoError(t, err)
	require.Equal(t, "import-organization/default/"+itoa(other), failures[0].WorkflowID)
	require.Equal(t, 1, failures[0].Attempts)
}

// An alert that never got a request ends with its device, unless NinjaOne still lists it or we know it as active: then its own reset ends it.
func TestFailureOfAnAlertEndsWithItsDevice(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		prepare func(*alertFixture, *rules.Alert)
		ends    bool
	}{
		{"deleted", func(f *alertFixture, alert *rules.Alert) { require.NoError(f.t, f.ninja.DeleteDevice(alert.DeviceID)) }, true},
		{"still there", func(*alertFixture, *rules.Alert) {}, false},
		{"listed", func(f *alertFixture, alert *rules.Alert) {
			triggered := f.triggerAlert(full)
			alert.UID = triggered.UID
			alert.DeviceID = 999
		}, false},
		{"known as active", func(f *alertFixture, alert *rules.Alert) {
			_, err := f.database.TriggerAlert(f.t.Context(), store.AlertTrigger{Connection: "default", UID: alert.UID, DeviceID: alert.DeviceID})
			require.NoError(f.t, err)
			require.NoError(f.t, f.ninja.DeleteDevice(alert.DeviceID))
		}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newAlertFixture(t, settings{})
			alert := rules.Alert{UID: "5f9c7c7e-0000-4000-8000-000000000001", DeviceID: f.fixture.device(f.organization, "BOX"), Message: "full"}
			test.prepare(f, &alert)
			event, err := json.Marshal(alert)
			require.NoError(t, err)
			require.NoError(t, f.database.RecordFailure(t.Context(), store.Failure{
				Connection: "default", Kind: store.Alerts, NinjaID: alert.UID, Error: "refused", EventType: store.TriggeredEvent, Event: event,
			}))
			f.findDeleted(true)
			require.Equal(t, test.ends, len(f.failed()) == 0)
		})
	}
}

// A scheduled check asks only about records whose retry was due and did not meet them, and not twice within an hour.
func TestFailedRecordsAreAskedForWhenTheirRetryIsOverdue(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	device := f.failedDevice()
	f.findDeleted(false)
	require.NoError(t, f.ninja.DeleteDevice(device))
	f.sql(`UPDATE reconciles SET swept_at = swept_at - interval '2 hours'`)
	f.findDeleted(false)
	require.NotEmpty(t, f.failed(), "it has just failed")
	f.sql(`UPDATE failures SET updated_at = now() - interval '1 hour'`)
	f.findDeleted(false)
	require.NotEmpty(t, f.failed(), "the last scan is recent")
	f.sql(`UPDATE reconciles SET swept_at = swept_at - interval '2 hours'`)
	f.findDeleted(false)
	require.Empty(t, f.failed())
}
