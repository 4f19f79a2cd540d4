package ninjaone_test

import (
	"context"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/simulator/lab"
	simulator "ninjaone-accelo/internal/simulator/ninjaone"
)

// These tests run the client against the simulator, which was written independently from the same description of the API.

// startSimulator starts a simulated tenant and returns it with its address. The test fails if a call violates the API in a
// way that NinjaOne would ignore silently.
func startSimulator(t *testing.T, options simulator.Options) (*simulator.Simulator, string) {
	t.Helper()
	tenant := simulator.New(options)
	server := httptest.NewServer(tenant)
	t.Cleanup(func() {
		server.Close()
		tenant.Close()
		require.Zero(t, tenant.Lab.Counters().Violations)
	})
	return tenant, server.URL
}

func simulatorClient(t *testing.T, address string, options ...func(*ninjaone.Options)) *ninjaone.Client {
	t.Helper()
	o := ninjaone.Options{BaseURL: address, Credentials: ninjaone.Credentials{ClientID: "demo-client", ClientSecret: "demo-secret"}}
	for _, option := range options {
		option(&o)
	}
	client, err := ninjaone.New(o)
	require.NoError(t, err)
	return client
}

// allRows returns the rows of all pages.
func allRows[T any](t *testing.T, pages iter.Seq2[[]T, error]) []T {
	t.Helper()
	var rows []T
	for page, err := range pages {
		require.NoError(t, err)
		rows = append(rows, page...)
	}
	return rows
}

// approvedDevices returns the IDs of the approved devices.
func approvedDevices(devices []simulator.Device) (ids []int) {
	for _, device := range devices {
		if device.ApprovalStatus == "APPROVED" {
			ids = append(ids, device.ID)
		}
	}
	return ids
}

// Every list of the client returns what the tenant holds.
func TestContractLists(t *testing.T) {
	t.Parallel()
	tenant, address := startSimulator(t, simulator.Options{Seed: 1, Organizations: 23, Devices: 140, ActiveAlerts: 12})
	client := simulatorClient(t, address, withPageSize(10))
	world := tenant.Snapshot()

	organizations := allRows(t, client.OrganizationsDetailed(t.Context(), ninjaone.OrganizationQuery{}))
	require.Len(t, organizations, len(world.Organizations))
	for i, organization := range world.Organizations {
		require.Equal(t, organization.ID, organizations[i].ID)
		require.Equal(t, organization.Name, organizations[i].Name)
		require.Equal(t, organization.TeamViewer, organizations[i].Settings.TeamViewer.Enabled)
	}
	require.Len(t, allRows(t, client.Organizations(t.Context(), ninjaone.OrganizationQuery{AfterID: organizations[9].ID})), len(organizations)-10)

	devices := allRows(t, client.DevicesDetailed(t.Context(), ninjaone.DeviceQuery{}))
	ids := make([]int, len(devices))
	for i, device := range devices {
		ids[i] = device.ID
	}
	require.Equal(t, approvedDevices(world.Devices), ids, "pending and decommissioned devices are hidden")
	require.Equal(t, len(organizations)/10+1+(len(organizations)-10)/10+1+len(ids)/10+1, tenant.Lab.Counters().Reads)

	policies, err := client.Policies(t.Context())
	require.NoError(t, err)
	require.Len(t, policies, len(world.Policies))
	alerts, err := client.Alerts(t.Context())
	require.NoError(t, err)
	require.Len(t, alerts.Alerts, len(world.Alerts))
	require.NotEmpty(t, allRows(t, client.LoggedOnUsers(t.Context(), 0)))
}

// The organization filter selects the approved devices of one organization.
func TestContractOrganizationFilter(t *testing.T) {
	t.Parallel()
	tenant, address := startSimulator(t, simulator.Options{Seed: 2, Organizations: 4, Devices: 40})
	client := simulatorClient(t, address)
	world := tenant.Snapshot()
	for _, organization := range world.Organizations {
		var want, got []int
		for _, device := range world.Devices {
			if device.ApprovalStatus == "APPROVED" && device.OrganizationID == organization.ID {
				want = append(want, device.ID)
			}
		}
		for _, device := range allRows(t, client.DevicesDetailed(t.Context(), ninjaone.DeviceQuery{OrganizationID: organization.ID})) {
			got = append(got, device.ID)
		}
		require.Equal(t, want, got)
	}
}

// Lists hide a pending device, but it can be read by ID until it is deleted.
func TestContractPendingDevice(t *testing.T) {
	t.Parallel()
	tenant, address := startSimulator(t, simulator.Options{Seed: 3, Organizations: 1, Devices: 3})
	client := simulatorClient(t, address)
	id, err := tenant.AddDevice(simulator.DeviceSpec{OrganizationID: tenant.Snapshot().Organizations[0].ID, NodeClass: "WINDOWS_SERVER", Pending: true})
	require.NoError(t, err)
	require.Len(t, allRows(t, client.DevicesDetailed(t.Context(), ninjaone.DeviceQuery{})), 3)
	device, err := client.Device(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, "PENDING", device.ApprovalStatus)
	require.NoError(t, tenant.DeleteDevice(id))
	_, err = client.Device(t.Context(), id)
	require.True(t, ninjaone.IsNotFound(err), "%v", err)
}

// Lists are complete although the tenant silently caps its pages.
func TestContractSilentCap(t *testing.T) {
	t.Parallel()
	_, address := startSimulator(t, simulator.Options{Seed: 4, Organizations: 3, Devices: 95, Switches: simulator.Switches{PageCap: 20}})
	require.Len(t, allRows(t, simulatorClient(t, address).DevicesDetailed(t.Context(), ninjaone.DeviceQuery{})), 95)
}

// Valid credentials of both kinds are accepted, and each fault is classified.
func TestContractCredentials(t *testing.T) {
	t.Parallel()
	_, address := startSimulator(t, simulator.Options{
		Seed: 5, Organizations: 1, Devices: 1, AccessKeyID: "KEY", SecretAccessKey: "key-secret",
	})
	for _, test := range []struct {
		name        string
		credentials ninjaone.Credentials
		skew        time.Duration
		is          func(error) bool
	}{
		{name: "OAuth", credentials: ninjaone.Credentials{ClientID: "demo-client", ClientSecret: "demo-secret"}, skew: 0, is: nil},
		{name: "unknown client", credentials: ninjaone.Credentials{ClientID: "other", ClientSecret: "demo-secret"}, skew: 0, is: ninjaone.IsWrongRegion},
		{name: "wrong secret", credentials: ninjaone.Credentials{ClientID: "demo-client", ClientSecret: "other"}, skew: 0, is: ninjaone.IsUnauthorized},
		{name: "legacy key", credentials: ninjaone.Credentials{AccessKeyID: "KEY", SecretAccessKey: "key-secret"}, skew: 0, is: nil},
		{name: "wrong legacy key", credentials: ninjaone.Credentials{AccessKeyID: "KEY", SecretAccessKey: "other"}, skew: 0, is: ninjaone.IsUnauthorized},
		{name: "clock off by 20 minutes", credentials: ninjaone.Credentials{AccessKeyID: "KEY", SecretAccessKey: "key-secret"}, skew: 20 * time.Minute, is: ninjaone.IsClockSkewed},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			client := simulatorClient(t, address, func(o *ninjaone.Options) {
				o.Credentials = test.credentials
				o.Now = func() time.Time { return time.Now().Add(test.skew) }
			})
			err := client.CheckCredentials(t.Context())
			if test.is != nil {
				require.True(t, test.is(err), "%v", err)
				return
			}
			require.NoError(t, err)
		})
	}
}

// A legacy key signs writes with a body too.
func TestContractSignedWebhook(t *testing.T) {
	t.Parallel()
	tenant, address := startSimulator(t, simulator.Options{AccessKeyID: "KEY", SecretAccessKey: "key-secret"})
	client := simulatorClient(t, address, func(o *ninjaone.Options) {
		o.Credentials = ninjaone.Credentials{AccessKeyID: "KEY", SecretAccessKey: "key-secret"}
	})
	require.NoError(t, client.PutWebhook(t.Context(), exampleWebhook()))
	require.Equal(t, exampleWebhook().URL, tenant.Snapshot().Webhook.URL)
}

// Paging continues without losing rows if the token is revoked between pages.
func TestContractTokenRevokedWhilePaging(t *testing.T) {
	t.Parallel()
	tenant, address := startSimulator(t, simulator.Options{Seed: 6, Organizations: 2, Devices: 50})
	client := simulatorClient(t, address, withPageSize(10))
	rows := 0
	for page, err := range client.DevicesDetailed(t.Context(), ninjaone.DeviceQuery{}) {
		require.NoError(t, err)
		rows += len(page)
		tenant.RevokeTokens()
	}
	require.Equal(t, 50, rows)
}

// An alert is delivered, listed, reset and logged.
func TestContractAlertLifeCycle(t *testing.T) {
	t.Parallel()
	deliveries := make(chan []ninjaone.Activity, 10)
	receiver := newServer(t, map[string]http.HandlerFunc{"POST /hook": func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		activities, err := ninjaone.ParseActivities(body)
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		deliveries <- activities
	}})
	tenant, address := startSimulator(t, simulator.Options{Seed: 7, Organizations: 2, Devices: 5})
	client := simulatorClient(t, address)
	require.NoError(t, client.PutWebhook(t.Context(), ninjaone.Webhook{
		URL: receiver.URL + "/hook", Activities: map[string][]string{"CONDITION": {"*"}}, Expand: []string{"device", "organization"},
		Headers: []ninjaone.Header{{Name: "X-Secret", Value: "shared"}},
	}))
	before, err := client.Activities(t.Context(), ninjaone.ActivityQuery{PageSize: 10})
	require.NoError(t, err)
	device := approvedDevices(tenant.Snapshot().Devices)[0]
	triggered, err := tenant.TriggerAlert(device, simulator.AlertSpec{})
	require.NoError(t, err)

	delivered := receive(t, deliveries)
	require.Equal(t, "TRIGGERED", delivered.StatusCode)
	require.Equal(t, triggered.UID, delivered.SeriesUID)
	require.Equal(t, device, delivered.Device.ID)
	require.Equal(t, "shared", receiver.requests("/hook")[0].Header.Get("X-Secret"))

	alerts, err := client.Alerts(t.Context())
	require.NoError(t, err)
	require.Len(t, alerts.Alerts, 1)
	require.Equal(t, triggered.UID, alerts.Alerts[0].UID)
	require.NoError(t, client.ResetAlert(t.Context(), triggered.UID))
	require.Equal(t, "RESET", receive(t, deliveries).StatusCode)
	require.True(t, ninjaone.IsNotFound(client.ResetAlert(t.Context(), triggered.UID)), "a second reset finds nothing")
	alerts, err = client.Alerts(t.Context())
	require.NoError(t, err)
	require.Empty(t, alerts.Alerts)

	page, err := client.Activities(t.Context(), ninjaone.ActivityQuery{Type: "CONDITION"})
	require.NoError(t, err)
	require.Len(t, page.Activities, 2)
	require.Equal(t, delivered.ID, page.OldestID())
	require.Greater(t, page.OldestID(), before.NewestID())
}

// receive waits for one delivery.
func receive(t *testing.T, deliveries <-chan []ninjaone.Activity) ninjaone.Activity {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	select {
	case activities := <-deliveries:
		require.Len(t, activities, 1)
		return activities[0]
	case <-ctx.Done():
		require.FailNow(t, "no delivery")
		return ninjaone.Activity{}
	}
}

// An application that may not register webhooks gets a forbidden error.
func TestContractForbiddenWebhook(t *testing.T) {
	t.Parallel()
	_, address := startSimulator(t, simulator.Options{Switches: simulator.Switches{ForbidWebhook: true}})
	err := simulatorClient(t, address).PutWebhook(t.Context(), exampleWebhook())
	require.True(t, ninjaone.IsForbidden(err), "%v", err)
}

// Every fault is classified, and none looks like a missing record.
func TestContractFaults(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		fault lab.Fault
		is    func(error) bool
	}{
		{name: "429", fault: lab.Fault{Kind: lab.FaultTooMany, RetryAfter: "7"}, is: func(err error) bool {
			wait := time.Until(ninjaone.RetryAt(err))
			return ninjaone.IsRateLimited(err) && wait > 0 && wait <= 7*time.Second
		}},
		{name: "throttle page with 200", fault: lab.Fault{Kind: lab.FaultThrottlePage}, is: ninjaone.IsRateLimited},
		{name: "throttle page with 403", fault: lab.Fault{Kind: lab.FaultThrottlePage, Status: 403}, is: ninjaone.IsRateLimited},
		{name: "502", fault: lab.Fault{Kind: lab.FaultHTML502}, is: ninjaone.IsTransient},
		{name: "500", fault: lab.Fault{Kind: lab.FaultStatus}, is: ninjaone.IsTransient},
		{name: "HTML 404", fault: lab.Fault{Kind: lab.FaultHTML404}, is: ninjaone.IsUnsupported},
		{name: "connection closed", fault: lab.Fault{Kind: lab.FaultDropBefore}, is: isTransportError},
		{name: "response lost", fault: lab.Fault{Kind: lab.FaultLoseReply}, is: isTransportError},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			tenant, address := startSimulator(t, simulator.Options{Seed: 8, Organizations: 2, Devices: 2})
			client := simulatorClient(t, address)
			require.NoError(t, client.CheckCredentials(t.Context()))
			test.fault.Path = "/v2/device/"
			_, err := tenant.Lab.Faults.Add(test.fault)
			require.NoError(t, err)
			_, err = client.Device(t.Context(), approvedDevices(tenant.Snapshot().Devices)[0])
			require.True(t, test.is(err), "%v", err)
			require.False(t, ninjaone.IsNotFound(err), "%v", err)
		})
	}
}
