package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
)

func (env *testEnv) runOrganization(in flow.ImportOrganizationInput) {
	env.t.Helper()
	env.ExecuteWorkflow(flow.ImportOrganization, in)
	require.True(env.t, env.IsWorkflowCompleted())
}

// partInput is an organization as a full import starts it.
var partInput = flow.ImportOrganizationInput{Connection: "default", OrganizationID: 7, ImportID: "the-import", Name: "Planet Express", Devices: 2}

// As a part of a full import, an organization uses what that has read, and syncs its company before its devices.
func TestOrganizationAsPart(t *testing.T) {
	t.Parallel()
	env := newOrganizationEnv(t, newFakeActivities(0))
	var company activities.AcceloSyncCompanyInput
	var devices activities.AcceloSyncDevicesInput
	env.company = func(_ context.Context, in activities.AcceloSyncCompanyInput) (activities.AcceloSyncCompanyResult, error) {
		company = in
		return activities.AcceloSyncCompanyResult{CompanyID: 1001, Outcome: "matched", Devices: 5}, nil
	}
	env.fakeActivities.devices = func(_ context.Context, in activities.AcceloSyncDevicesInput) (activities.AcceloSyncDevicesResult, error) {
		devices = in
		return activities.AcceloSyncDevicesResult{Devices: flow.Counts{Created: 2, Matched: 1, Waiting: 1, Failed: 1}}, nil
	}
	env.runOrganization(partInput)
	result := env.importResult()
	require.Equal(t, []string{"AcceloSyncCompany", "AcceloSyncDevices"}, env.callNames())
	require.Equal(t, activities.AcceloSyncCompanyInput{Connection: "default", ImportID: "the-import", OrganizationID: 7}, company)
	require.Equal(t, activities.AcceloSyncDevicesInput{Connection: "default", ImportID: "the-import", OrganizationID: 7}, devices)
	require.Equal(t, flow.Counts{Matched: 1}, result.Organizations)
	require.Equal(t, flow.Counts{Created: 2, Matched: 1, Waiting: 1, Failed: 1}, result.Devices)
}

// If the company failed, or the organization has no devices, the workflow ends after the company.
func TestOrganizationWithoutDevicesToSync(t *testing.T) {
	t.Parallel()
	for _, outcome := range []rules.Outcome{rules.Failed, rules.Created, rules.Unchanged} {
		t.Run(string(outcome), func(t *testing.T) {
			t.Parallel()
			env := newOrganizationEnv(t, newFakeActivities(0))
			env.company = func(context.Context, activities.AcceloSyncCompanyInput) (activities.AcceloSyncCompanyResult, error) {
				return activities.AcceloSyncCompanyResult{Outcome: outcome}, nil
			}
			env.runOrganization(partInput)
			var want flow.Counts
			want.Add(outcome, 1)
			require.Equal(t, want, env.importResult().Organizations)
			require.Equal(t, []string{"AcceloSyncCompany"}, env.callNames())
		})
	}
}

// On its own, an organization is read first, and summarized at the end. NinjaOne is read before Accelo, which is searched by name.
func TestStandaloneOrganization(t *testing.T) {
	t.Parallel()
	env := newOrganizationEnv(t, newFakeActivities(0)).readingTakes(time.Minute)
	env.readNinja = func(context.Context, activities.ReadInput) error { return nil }
	env.runOrganization(flow.ImportOrganizationInput{Connection: "default", OrganizationID: 7})
	result := env.importResult()
	require.Equal(t, []string{
		"ImportBegin", "NinjaRead", "NinjaRead ended", "AcceloRead", "ImportCompare", "AcceloSyncCompany", "AcceloSyncDevices", "ImportFinish",
	}, env.callNames())
	require.Equal(t, flow.Counts{Created: 1}, result.Organizations)
	require.Equal(t, flow.Counts{Created: 2}, result.Devices)
	for _, in := range env.read {
		require.Equal(t, 7, in.OrganizationID)
		require.NotEmpty(t, in.ImportID)
	}
}

// An activity that fails permanently fails the workflow with its error, and no dependent activity runs.
func TestOrganizationFails(t *testing.T) {
	t.Parallel()
	refused := func() error { return nonRetryable(activities.NotConnected) }
	standalone := flow.ImportOrganizationInput{Connection: "default", OrganizationID: 7}
	for _, test := range []struct {
		name   string
		in     flow.ImportOrganizationInput
		set    func(*fakeActivities)
		notRun string
	}{
		{name: "standalone, begin", in: standalone, notRun: "NinjaRead", set: func(f *fakeActivities) {
			f.begin = func(context.Context, activities.ImportBeginInput) error { return refused() }
		}},
		{name: "standalone, NinjaOne", in: standalone, notRun: "AcceloRead", set: func(f *fakeActivities) {
			f.readNinja = func(context.Context, activities.ReadInput) error { return refused() }
		}},
		{name: "standalone, Accelo", in: standalone, notRun: "ImportCompare", set: func(f *fakeActivities) {
			f.readAccelo = func(context.Context, activities.ReadInput) error { return refused() }
		}},
		{name: "company", in: partInput, notRun: "AcceloSyncDevices", set: func(f *fakeActivities) {
			f.company = func(context.Context, activities.AcceloSyncCompanyInput) (r activities.AcceloSyncCompanyResult, _ error) {
				return r, refused()
			}
		}},
		{name: "devices", in: partInput, notRun: "ImportFinish", set: func(f *fakeActivities) {
			f.devices = func(context.Context, activities.AcceloSyncDevicesInput) (r activities.AcceloSyncDevicesResult, _ error) {
				return r, refused()
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			fake := newFakeActivities(0)
			test.set(fake)
			env := newOrganizationEnv(t, fake).readingTakes(time.Second)
			env.runOrganization(test.in)
			require.Equal(t, activities.NotConnected, env.failure().Type())
			require.NotContains(t, env.callNames(), test.notRun)
		})
	}
}

// If a cancellation stops the devices, the organization ends as cancelled with what was done as its details.
func TestOrganizationStopped(t *testing.T) {
	t.Parallel()
	stopped := func(context.Context, activities.AcceloSyncDevicesInput) (activities.AcceloSyncDevicesResult, error) {
		return activities.AcceloSyncDevicesResult{Devices: flow.Counts{Created: 1}, Stopped: true}, nil
	}
	t.Run("as part", func(t *testing.T) {
		t.Parallel()
		env := newOrganizationEnv(t, newFakeActivities(0))
		env.fakeActivities.devices = stopped
		env.runOrganization(partInput)
		require.Equal(t, flow.Counts{Created: 1}, env.cancelledResult().Devices)
		require.Empty(t, env.finished, "the full import summarizes")
	})
	t.Run("standalone", func(t *testing.T) {
		t.Parallel()
		env := newOrganizationEnv(t, newFakeActivities(0)).readingTakes(time.Second)
		env.fakeActivities.devices = stopped
		env.runOrganization(flow.ImportOrganizationInput{Connection: "default", OrganizationID: 7})
		result := env.cancelledResult()
		require.True(t, result.Cancelled)
		require.Equal(t, flow.Counts{Created: 1}, result.Devices)
		require.Len(t, env.finished, 1)
		require.True(t, env.finished[0].Cancelled)
	})
}

// An organization that is cancelled while its company syncs doesn't sync its devices.
func TestOrganizationCancelledEarly(t *testing.T) {
	t.Parallel()
	fake := newFakeActivities(0)
	fake.companyDuration = time.Minute
	env := newOrganizationEnv(t, fake)
	env.after(30*time.Second, env.CancelWorkflow)
	env.runOrganization(partInput)
	require.True(t, temporal.IsCanceledError(env.GetWorkflowError()))
	require.NotContains(t, env.callNames(), "AcceloSyncDevices")
}

// A standalone organization that is cancelled while it reads reports its result like any cancelled import.
func TestStandaloneOrganizationCancelledWhileReading(t *testing.T) {
	t.Parallel()
	env := newOrganizationEnv(t, newFakeActivities(0)).readingTakes(time.Minute)
	env.after(30*time.Second, env.CancelWorkflow)
	env.runOrganization(flow.ImportOrganizationInput{Connection: "default", OrganizationID: 7})
	require.True(t, env.cancelledResult().Cancelled)
	require.NotContains(t, env.callNames(), "AcceloSyncCompany")
}
