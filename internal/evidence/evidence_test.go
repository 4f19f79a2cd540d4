package evidence_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/evidence"
	"ninjaone-accelo/internal/simulator/lab"
	simulator "ninjaone-accelo/internal/simulator/ninjaone"
)

// tenant is a simulated tenant with one device and one alert on it.
type tenant struct {
	*simulator.Simulator
	client *ninjaone.Client
	device int
	uid    string
}

func newTenant(t *testing.T) tenant {
	t.Helper()
	vendor := simulator.New(simulator.Options{Seed: 1})
	server := httptest.NewServer(vendor)
	t.Cleanup(func() { server.Close(); vendor.Close() })
	client, err := ninjaone.New(ninjaone.Options{
		BaseURL: server.URL, Credentials: ninjaone.Credentials{ClientID: "demo-client", ClientSecret: "demo-secret"},
	})
	require.NoError(t, err)
	device, err := vendor.AddDevice(simulator.DeviceSpec{OrganizationID: vendor.AddOrganization("Planet Express", "")})
	require.NoError(t, err)
	alert, err := vendor.TriggerAlert(device, simulator.AlertSpec{Severity: "MAJOR"})
	require.NoError(t, err)
	return tenant{Simulator: vendor, client: client, device: device, uid: alert.UID}
}

// The log says what an alert's last activity is. Other alerts' activities, which a server returns that ignores the selection, don't count.
func TestHistoryOf(t *testing.T) {
	t.Parallel()
	n := newTenant(t)
	history := func(uid string) evidence.History {
		t.Helper()
		found, err := evidence.HistoryOf(t.Context(), n.client, uid)
		require.NoError(t, err)
		return found
	}
	require.Equal(t, "MAJOR", history(n.uid).Triggered.Severity)
	require.False(t, history(n.uid).WasReset())
	_, err := n.ResetAlert(n.uid)
	require.NoError(t, err)
	for range 2 {
		found := history(n.uid)
		require.True(t, found.WasReset())
		require.Equal(t, found.NewestID, found.Last.ID)
		require.Less(t, found.Triggered.ID, found.Last.ID)
		require.NoError(t, n.Lab.Faults.Set(lab.Fault{Kind: "series-ignored"}))
	}
	unknown := history("00000000-0000-4000-8000-000000000000")
	require.Nil(t, unknown.Last)
	require.False(t, unknown.WasReset())
	require.NoError(t, n.Lab.Faults.Set(lab.Fault{Kind: lab.FaultStatus, Status: http.StatusForbidden}))
	_, err = evidence.HistoryOf(t.Context(), n.client, n.uid)
	require.Error(t, err)
}

// A device's own list says what is active. Only NinjaOne's word that it doesn't know the device means that it is gone: a 404 of the list
// may also mean that the region lacks the call.
func TestDeviceOf(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name         string
		change       func(tenant) error
		fault        lab.Fault
		active, gone bool
		fails        bool
	}{
		{name: "active", active: true},
		{name: "ended", change: func(n tenant) error { return n.VanishAlert(n.uid) }},
		{name: "deleted", change: func(n tenant) error { return n.DeleteDevice(n.device) }, gone: true},
		{name: "no such call", fault: lab.Fault{Kind: lab.FaultStatus, Status: http.StatusNotFound, Path: "/alerts$"}, fails: true},
		{name: "forbidden", fault: lab.Fault{Kind: lab.FaultStatus, Status: http.StatusForbidden, Path: "/alerts$"}, fails: true},
		{name: "a proxy answers", fault: lab.Fault{Kind: lab.FaultHTML404, Path: "/v2/device/"}, fails: true},
		{name: "throttled", fault: lab.Fault{Kind: lab.FaultThrottlePage, Path: "/v2/device/"}, fails: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			n := newTenant(t)
			if test.change != nil {
				require.NoError(t, test.change(n))
			}
			if test.fault.Kind != "" {
				require.NoError(t, n.Lab.Faults.Set(test.fault))
			}
			device, err := evidence.DeviceOf(t.Context(), n.client, n.device)
			require.Equal(t, test.fails, err != nil, "%v", err)
			require.Equal(t, test.gone, device.Gone)
			require.Equal(t, test.active, device.HasActive(n.uid))
		})
	}
}
