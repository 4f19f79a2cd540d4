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

// The tests of this file run the client against the simulator, which was written from the same contract by itself.

// simulate starts a tenant and returns it with its address. A call that the vendor would let pass silently although it
// breaks the contract fails the test.
func simulate(t *testing.T, options simulator.Options) (*simulator.Simulator, string) {
	t.Helper()
	tenant := simulator.New(options)
	served := httptest.NewServer(tenant)
	t.Cleanup(func() {
		served.Close()
		tenant.Close()
		require.Zero(t, tenant.Lab.Counters().Violations)
	})
	return tenant, served.URL
}

func contractClient(t *testing.T, address string, change func(*ninjaone.Options)) *ninjaone.Client {
	t.Helper()
	options := ninjaone.Options{BaseURL: address, Credentials: ninjaone.Credentials{ClientID: "demo-client", ClientSecret: "demo-secret"}}
	if change != nil {
		change(&options)
	}
	client, err := ninjaone.New(options)
	require.NoError(t, err)
	return client
}

// all collects the rows of all pages.
func all[T any](t *testing.T, pages iter.Seq2[[]T, error]) []T {
	t.Helper()
	var rows []T
	for page, err := range pages {
		require.NoError(t, err)
		rows = append(rows, page...)
	}
	return rows
}

func approved(devices []simulator.Device) (ids []int) {
	for _, device := range devices {
		if device.ApprovalStatus == "APPROVED" {
			ids = append(ids, device.ID)
		}
	}
	return ids
}

func TestContractLists(t *testing.T) {
	t.Parallel()
	tenant, address := simulate(t, simulator.Options{Seed: 1, Organizations: 23, Devices: 140, ActiveAlerts: 12})
	client := contractClient(t, address, pageSize(10))
	world := tenant.Snapshot()

	organizations := all(t, client.OrganizationsDetailed(t.Context(), 0))
	require.Len(t, organizations, len(world.Organizations))
	for i, organization := range world.Organizations {
		require.Equal(t, organization.ID, organizations[i].ID)
		require.Equal(t, organization.Name, organizations[i].Name)
		require.Equal(t, organization.TeamViewer, organizations[i].Settings.TeamViewer.Enabled)
	}
	require.Len(t, all(t, client.Organizations(t.Context(), organizations[9].ID)), len(organizations)-10)

	devices := all(t, client.DevicesDetailed(t.Context(), ninjaone.Devices(), 0))
	ids := make([]int, len(devices))
	for i, device := range devices {
		ids[i] = device.ID
	}
	require.Equal(t, approved(world.Devices), ids, "pending and decommissioned devices are hidden")
	require.Equal(t, len(organizations)/10+1+(len(organizations)-10)/10+1+len(ids)/10+1, tenant.Lab.Counters().Reads)

	policies, err := client.Policies(t.Context())
	require.NoError(t, err)
	require.Len(t, policies, len(world.Policies))
	roles, err := client.Roles(t.Context())
	require.NoError(t, err)
	require.Len(t, roles, len(world.Roles))
	alerts, err := client.Alerts(t.Context(), ninjaone.AlertFilter{})
	require.NoError(t, err)
	require.Len(t, alerts, len(world.Alerts))
	require.NotEmpty(t, all(t, client.LoggedOnUsers(t.Context(), ninjaone.Devices())))
}

func TestContractFilters(t *testing.T) {
	t.Parallel()
	tenant, address := simulate(t, simulator.Options{Seed: 2, Organizations: 4, Devices: 40})
	client := contractClient(t, address, nil)
	world := tenant.Snapshot()
	one, two := world.Organizations[0].ID, world.Organizations[1].ID
	day := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name   string
		filter ninjaone.DeviceFilter
		keep   func(simulator.Device) bool
	}{
		{"organizations", ninjaone.Devices().InOrganizations(one, two), func(d simulator.Device) bool { return d.OrganizationID == one || d.OrganizationID == two }},
		{"organization", ninjaone.Devices().InOrganizations(two).CreatedAfter(day), func(d simulator.Device) bool { return d.OrganizationID == two }},
		{"classes", ninjaone.Devices().WithClasses("WINDOWS_SERVER", "WINDOWS_WORKSTATION"), func(d simulator.Device) bool {
			return d.NodeClass == "WINDOWS_SERVER" || d.NodeClass == "WINDOWS_WORKSTATION"
		}},
		{"online", ninjaone.Devices().Online(), func(d simulator.Device) bool { return !d.Offline }},
		{"offline", ninjaone.Devices().Offline().WithStatus("APPROVED"), func(d simulator.Device) bool { return d.Offline }},
		{"role and location", ninjaone.Devices().WithRoles(world.Devices[0].RoleID).InLocations(world.Devices[0].LocationID), func(d simulator.Device) bool {
			return d.RoleID == world.Devices[0].RoleID && d.LocationID == world.Devices[0].LocationID
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var want, got []int
			for _, device := range world.Devices {
				if device.ApprovalStatus == "APPROVED" && test.keep(device) {
					want = append(want, device.ID)
				}
			}
			for _, device := range all(t, client.DevicesDetailed(t.Context(), test.filter, 0)) {
				got = append(got, device.ID)
			}
			require.Equal(t, want, got)
		})
	}
}

func TestContractPendingDevice(t *testing.T) {
	t.Parallel()
	tenant, address := simulate(t, simulator.Options{Seed: 3, Organizations: 1, Devices: 3})
	client := contractClient(t, address, nil)
	id, err := tenant.AddDevice(simulator.DeviceSpec{OrganizationID: tenant.Snapshot().Organizations[0].ID, NodeClass: "WINDOWS_SERVER", Pending: true})
	require.NoError(t, err)
	require.Empty(t, all(t, client.DevicesDetailed(t.Context(), ninjaone.Devices().WithIDs(id), 0)))
	require.Len(t, all(t, client.DevicesDetailed(t.Context(), ninjaone.Devices().WithIDs(id).WithStatus("PENDING"), 0)), 1)
	device, err := client.Device(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, "PENDING", device.ApprovalStatus)
	require.NoError(t, tenant.DeleteDevice(id))
	_, err = client.Device(t.Context(), id)
	require.True(t, ninjaone.IsNotFound(err), "%v", err)
}

func TestContractSilentCap(t *testing.T) {
	t.Parallel()
	_, address := simulate(t, simulator.Options{Seed: 4, Organizations: 3, Devices: 95, Switches: simulator.Switches{PageCap: 20}})
	size, err := contractClient(t, address, nil).ProbePageSize(t.Context())
	require.NoError(t, err)
	require.Equal(t, 20, size)
	require.Len(t, all(t, contractClient(t, address, pageSize(size)).DevicesDetailed(t.Context(), ninjaone.Devices(), 0)), 95)
}

func TestContractCredentials(t *testing.T) {
	t.Parallel()
	_, address := simulate(t, simulator.Options{
		Seed: 5, Organizations: 1, Devices: 1, AccessKeyID: "KEY", SecretAccessKey: "key-secret",
	})
	for _, test := range []struct {
		name        string
		credentials ninjaone.Credentials
		skew        time.Duration
		is          func(error) bool
	}{
		{"oauth", ninjaone.Credentials{ClientID: "demo-client", ClientSecret: "demo-secret"}, 0, nil},
		{"unknown client", ninjaone.Credentials{ClientID: "other", ClientSecret: "demo-secret"}, 0, ninjaone.IsWrongRegion},
		{"wrong secret", ninjaone.Credentials{ClientID: "demo-client", ClientSecret: "other"}, 0, ninjaone.IsUnauthorized},
		{"key", ninjaone.Credentials{AccessKeyID: "KEY", SecretAccessKey: "key-secret"}, 0, nil},
		{"wrong key", ninjaone.Credentials{AccessKeyID: "KEY", SecretAccessKey: "other"}, 0, ninjaone.IsUnauthorized},
		{"clock off by 20 minutes", ninjaone.Credentials{AccessKeyID: "KEY", SecretAccessKey: "key-secret"}, 20 * time.Minute, ninjaone.IsClockSkewed},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			client := contractClient(t, address, func(o *ninjaone.Options) {
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

// A key signs writes with a body as well.
func TestContractSignedWebhook(t *testing.T) {
	t.Parallel()
	tenant, address := simulate(t, simulator.Options{AccessKeyID: "KEY", SecretAccessKey: "key-secret"})
	client := contractClient(t, address, func(o *ninjaone.Options) {
		o.Credentials = ninjaone.Credentials{AccessKeyID: "KEY", SecretAccessKey: "key-secret"}
	})
	require.NoError(t, client.PutWebhook(t.Context(), exampleHook()))
	require.Equal(t, exampleHook().URL, tenant.Snapshot().Webhook.URL)
}

// Tokens that end in the middle of a walk cost no row.
func TestContractTokenEndsWhilePaging(t *testing.T) {
	t.Parallel()
	tenant, address := simulate(t, simulator.Options{Seed: 6, Organizations: 2, Devices: 50})
	client := contractClient(t, address, pageSize(10))
	rows := 0
	for page, err := range client.DevicesDetailed(t.Context(), ninjaone.Devices(), 0) {
		require.NoError(t, err)
		rows += len(page)
		tenant.RevokeTokens()
	}
	require.Equal(t, 50, rows)
}

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
	tenant, address := simulate(t, simulator.Options{Seed: 7, Organizations: 2, Devices: 5})
	client := contractClient(t, address, nil)
	require.NoError(t, client.PutWebhook(t.Context(), ninjaone.Webhook{
		URL: receiver.URL + "/hook", Activities: map[string][]string{"CONDITION": {"*"}}, Expand: []string{"device", "organization"},
		Headers: []ninjaone.Header{{Name: "X-Secret", Value: "shared"}},
	}))
	before, err := client.Activities(t.Context(), ninjaone.ActivityQuery{PageSize: 10})
	require.NoError(t, err)
	device := approved(tenant.Snapshot().Devices)[0]
	triggered, err := tenant.TriggerAlert(device, simulator.AlertSpec{})
	require.NoError(t, err)

	delivered := receive(t, deliveries)
	require.Equal(t, "TRIGGERED", delivered.StatusCode)
	require.Equal(t, triggered.UID, delivered.SeriesUID)
	require.Equal(t, device, delivered.Device.ID)
	require.Equal(t, "shared", receiver.requests("/hook")[0].Header.Get("X-Secret"))

	alerts, err := client.DeviceAlerts(t.Context(), device)
	require.NoError(t, err)
	require.Len(t, alerts, 1)
	require.Equal(t, triggered.UID, alerts[0].UID)
	require.NoError(t, client.ResetAlert(t.Context(), triggered.UID))
	require.Equal(t, "RESET", receive(t, deliveries).StatusCode)
	require.True(t, ninjaone.IsNotFound(client.ResetAlert(t.Context(), triggered.UID)), "a second reset finds nothing")
	alerts, err = client.Alerts(t.Context(), ninjaone.AlertFilter{})
	require.NoError(t, err)
	require.Empty(t, alerts)

	page, err := client.Activities(t.Context(), ninjaone.ActivityQuery{Type: "CONDITION", SeriesUID: triggered.UID})
	require.NoError(t, err)
	require.Len(t, page.Activities, 2)
	require.Equal(t, delivered.ID, page.OldestID())
	require.Greater(t, page.OldestID(), before.NewestID())
	require.NoError(t, client.DeleteWebhook(t.Context()))
	require.Nil(t, tenant.Snapshot().Webhook)
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

func TestContractForbiddenWebhook(t *testing.T) {
	t.Parallel()
	_, address := simulate(t, simulator.Options{Switches: simulator.Switches{ForbidWebhook: true}})
	err := contractClient(t, address, nil).PutWebhook(t.Context(), exampleHook())
	require.True(t, ninjaone.IsForbidden(err), "%v", err)
}

func TestContractFaults(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		fault lab.Fault
		is    func(error) bool
	}{
		{"429", lab.Fault{Kind: lab.FaultTooMany, RetryAfter: "7"}, func(err error) bool {
			wait := time.Until(ninjaone.RetryAt(err))
			return ninjaone.IsRateLimited(err) && wait > 0 && wait <= 7*time.Second
		}},
		{"throttle page with 200", lab.Fault{Kind: lab.FaultThrottlePage}, ninjaone.IsRateLimited},
		{"throttle page with 403", lab.Fault{Kind: lab.FaultThrottlePage, Status: 403}, ninjaone.IsRateLimited},
		{"502", lab.Fault{Kind: lab.FaultHTML502}, ninjaone.IsTransient},
		{"500", lab.Fault{Kind: lab.FaultStatus}, ninjaone.IsTransient},
		{"HTML 404", lab.Fault{Kind: lab.FaultHTML404}, ninjaone.IsUnsupported},
		{"connection cut", lab.Fault{Kind: lab.FaultDropBefore}, isTransportError},
		{"reply lost", lab.Fault{Kind: lab.FaultLoseReply}, isTransportError},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			tenant, address := simulate(t, simulator.Options{Seed: 8, Organizations: 2, Devices: 2})
			client := contractClient(t, address, nil)
			require.NoError(t, client.CheckCredentials(t.Context()))
			test.fault.Path = "/v2/device/"
			_, err := tenant.Lab.Faults.Add(test.fault)
			require.NoError(t, err)
			_, err = client.Device(t.Context(), approved(tenant.Snapshot().Devices)[0])
			require.True(t, test.is(err), "%v", err)
			require.False(t, ninjaone.IsNotFound(err), "%v", err)
		})
	}
}
