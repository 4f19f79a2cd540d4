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

// An alert that can have no request is parked with all that starts it again, and is in order once it has one.
func TestAlertIsParked(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		kind string
		says string
		// spoil makes the request impossible, and repair possible again.
		spoil, repair func(*office, *rules.Alert)
	}{
		{
			"no request type", activities.NotConnected, "starter connect",
			func(o *office, _ *rules.Alert) {
				o.change(func(s *store.Settings) { s.RequestType = store.ObjectType{} })
			},
			func(o *office, _ *rules.Alert) {
				o.change(func(s *store.Settings) { s.RequestType = o.requestType("NinjaOne Alerts") })
			},
		},
		{
			"not connected", activities.NotConnected, "starter connect",
			func(o *office, _ *rules.Alert) { o.change(func(s *store.Settings) { s.Connected = false }) },
			func(o *office, _ *rules.Alert) { o.change(func(s *store.Settings) { s.Connected = true }) },
		},
		{
			"refused by Accelo", activities.Refused, "open the request of alert",
			func(o *office, _ *rules.Alert) {
				o.trouble(lab.Fault{Kind: lab.FaultStatus, Status: 400, Method: "POST", Path: "/requests$"})
			},
			func(o *office, _ *rules.Alert) { o.trouble() },
		},
		{
			"device and organization gone", activities.Refused, "no longer exists in NinjaOne",
			func(_ *office, alert *rules.Alert) { alert.DeviceID, alert.OrganizationID = 999, 0 },
			func(o *office, alert *rules.Alert) { alert.OrganizationID = o.organization },
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t, settings{})
			alert := o.fires(full)
			test.spoil(o, &alert)
			for range 2 {
				_, err := o.open(alert)
				require.Equal(t, test.kind, failure(t, err).Type())
				require.True(t, failure(t, err).NonRetryable())
				require.ErrorContains(t, err, test.says)
			}
			require.Equal(t, []string{"alert " + alert.UID}, o.parked())
			parked, err := o.database.Failures(t.Context(), "default")
			require.NoError(t, err)
			require.Equal(t, "Disk C: is full", parked[0].Name)
			require.Equal(t, 2, parked[0].Attempts)
			var event rules.Alert
			require.NoError(t, json.Unmarshal(parked[0].Event, &event))
			require.Equal(t, alert.UID, event.UID)
			require.Empty(t, o.accelo.Snapshot().Requests)

			test.repair(o, &alert)
			o.opens(alert, "opened")
			require.Empty(t, o.parked())
			require.Len(t, o.accelo.Snapshot().Requests, 1)
		})
	}
}

// Trouble of the world parks nothing: it is waited out, at its own pace.
func TestTroubleDoesNotParkAlerts(t *testing.T) {
	t.Parallel()
	for kind, fault := range map[string]lab.Fault{
		activities.Unavailable:     {Kind: lab.FaultHTML502},
		activities.RateLimited:     {Kind: lab.FaultTooMany},
		activities.WrongCredential: {Kind: lab.FaultStatus, Status: 401},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t, settings{claims: short})
			fault.Method, fault.Path = "POST", "/requests$"
			o.trouble(fault)
			_, err := o.open(o.fires(full))
			require.Equal(t, kind, failure(t, err).Type())
			require.False(t, failure(t, err).NonRetryable())
			require.Empty(t, o.parked())
		})
	}
}

// An alert for which a right is missing is tried until somebody gives it, and is shown meanwhile.
func TestForbiddenAlertIsShown(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{})
	alert := o.fires(full)
	o.trouble(lab.Fault{Kind: lab.FaultStatus, Status: 403, Method: "POST", Path: "/requests$"})
	_, err := o.open(alert)
	require.Equal(t, activities.WrongCredential, failure(t, err).Type())
	require.False(t, failure(t, err).NonRetryable())
	require.Equal(t, []string{"alert " + alert.UID}, o.parked())
	o.trouble()
	o.opens(alert, "opened")
	require.Empty(t, o.parked())
}

// An alert does not wait for the reserve of Accelo's budget: that is what the reserve is for.
func TestAlertsUseTheReserve(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{reserve: 0.2})
	o.accelo.SetRateLimit(1000, time.Hour)
	o.accelo.SpendCalls(900)
	o.opens(o.fires(full), "opened")
	o.opens(o.fires(slow), "opened")
}
