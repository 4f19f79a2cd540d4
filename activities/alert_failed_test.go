package activities_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/simulator/lab"
	"ninjaone-accelo/internal/store"
)

// An alert that can't get a request fails, and is stored with everything a retry needs. The failure is cleared once it has one.
func TestAlertFails(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		kind string
		says string
		// spoil makes the request impossible, and repair makes it possible again.
		spoil, repair func(*alertFixture, *rules.Alert)
	}{
		{
			name: "no request type", kind: activities.NotConnected, says: "starter connect",
			spoil: func(f *alertFixture, _ *rules.Alert) {
				f.change(func(s *store.Settings) { s.RequestType = store.ObjectType{} })
			},
			repair: func(f *alertFixture, _ *rules.Alert) {
				f.change(func(s *store.Settings) { s.RequestType = f.requestType("NinjaOne Alerts") })
			},
		},
		{
			name: "not connected", kind: activities.NotConnected, says: "starter connect",
			spoil:  func(f *alertFixture, _ *rules.Alert) { f.change(func(s *store.Settings) { s.Connected = false }) },
			repair: func(f *alertFixture, _ *rules.Alert) { f.change(func(s *store.Settings) { s.Connected = true }) },
		},
		{
			name: "refused by Accelo", kind: activities.Refused, says: "open the request of alert",
			spoil: func(f *alertFixture, _ *rules.Alert) {
				f.injectFaults(lab.Fault{Kind: lab.FaultStatus, Status: 400, Method: "POST", Path: "/requests$"})
			},
			repair: func(f *alertFixture, _ *rules.Alert) { f.injectFaults() },
		},
		{
			name: "device and organization deleted", kind: activities.Refused, says: "no longer exists in NinjaOne",
			spoil:  func(_ *alertFixture, alert *rules.Alert) { alert.DeviceID, alert.OrganizationID = 999, 0 },
			repair: func(f *alertFixture, alert *rules.Alert) { alert.OrganizationID = f.organization },
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newAlertFixture(t, settings{})
			alert := f.triggerAlert(full)
			test.spoil(f, &alert)
			for range 2 {
				_, err := f.open(alert)
				require.Equal(t, test.kind, applicationError(t, err).Type())
				require.True(t, applicationError(t, err).NonRetryable())
				require.ErrorContains(t, err, test.says)
			}
			require.Equal(t, []string{"alert " + alert.UID}, f.failed())
			failures, err := f.database.Failures(t.Context(), "default")
			require.NoError(t, err)
			require.Equal(t, "Disk C: is full", failures[0].Name)
			require.Equal(t, 2, failures[0].Attempts)
			var event rules.Alert
			require.NoError(t, json.Unmarshal(failures[0].Event, &event))
			require.Equal(t, alert.UID, event.UID)
			require.Empty(t, f.accelo.Snapshot().Requests)

			test.repair(f, &alert)
			f.mustOpen(alert, "opened")
			require.Empty(t, f.failed())
			require.Len(t, f.accelo.Snapshot().Requests, 1)
		})
	}
}

// An outage records no failure: the alert is retried.
func TestOutageDoesNotFailAlerts(t *testing.T) {
	t.Parallel()
	for kind, fault := range map[string]lab.Fault{
		activities.Unavailable:     {Kind: lab.FaultHTML502},
		activities.RateLimited:     {Kind: lab.FaultTooMany},
		activities.WrongCredential: {Kind: lab.FaultStatus, Status: 401},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			f := newAlertFixture(t, settings{claims: short})
			fault.Method, fault.Path = "POST", "/requests$"
			f.injectFaults(fault)
			_, err := f.open(f.triggerAlert(full))
			require.Equal(t, kind, applicationError(t, err).Type())
			require.False(t, applicationError(t, err).NonRetryable())
			require.Empty(t, f.failed())
		})
	}
}

// An alert with a missing permission is retried until it is granted, and shown as failed meanwhile.
func TestForbiddenAlertIsShown(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	alert := f.triggerAlert(full)
	f.injectFaults(lab.Fault{Kind: lab.FaultStatus, Status: 403, Method: "POST", Path: "/requests$"})
	_, err := f.open(alert)
	require.Equal(t, activities.WrongCredential, applicationError(t, err).Type())
	require.False(t, applicationError(t, err).NonRetryable())
	require.Equal(t, []string{"alert " + alert.UID}, f.failed())
	f.injectFaults()
	f.mustOpen(alert, "opened")
	require.Empty(t, f.failed())
}

// Alerts may use the reserve of Accelo's budget.
func TestAlertsUseTheReserve(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{reserve: 0.2})
	f.accelo.SetRateLimit(1000, time.Hour)
	f.accelo.SpendCalls(900)
	f.mustOpen(f.triggerAlert(full), "opened")
	f.mustOpen(f.triggerAlert(slow), "opened")
}
