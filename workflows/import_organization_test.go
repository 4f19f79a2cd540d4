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

func (s *scene) importOrganization(in flow.ImportOrganizationInput) {
	s.t.Helper()
	s.ExecuteWorkflow(flow.ImportOrganization, in)
	require.True(s.t, s.IsWorkflowCompleted())
}

// part is an organization as a full import hands it out.
var part = flow.ImportOrganizationInput{Connection: "default", OrganizationID: 7, ImportID: "the-import", Name: "Planet Express", Devices: 2}

// As a part of a full import an organization works on what that has read: its company first, then its devices.
func TestOrganizationAsPart(t *testing.T) {
	t.Parallel()
	s := newScene(t, newFakeSteps(0))
	var company activities.AcceloSyncCompanyInput
	var devices activities.AcceloSyncDevicesInput
	s.company = func(_ context.Context, in activities.AcceloSyncCompanyInput) (activities.AcceloSyncCompanyResult, error) {
		company = in
		return activities.AcceloSyncCompanyResult{CompanyID: 1001, Outcome: "matched", Devices: 5}, nil
	}
	s.fakeSteps.devices = func(_ context.Context, in activities.AcceloSyncDevicesInput) (activities.AcceloSyncDevicesResult, error) {
		devices = in
		return activities.AcceloSyncDevicesResult{Devices: flow.Counts{Created: 2, Matched: 1, Waiting: 1, Failed: 1}}, nil
	}
	s.importOrganization(part)
	result := s.succeeded()
	require.Equal(t, []string{"AcceloSyncCompany", "AcceloSyncDevices"}, s.called())
	require.Equal(t, activities.AcceloSyncCompanyInput{Connection: "default", ImportID: "the-import", OrganizationID: 7}, company)
	require.Equal(t, activities.AcceloSyncDevicesInput{Connection: "default", ImportID: "the-import", OrganizationID: 7}, devices)
	require.Equal(t, flow.Counts{Matched: 1}, result.Organizations)
	require.Equal(t, flow.Counts{Created: 2, Matched: 1, Waiting: 1, Failed: 1}, result.Devices)
}

// A company that was parked has no devices to sync, and an organization may have none: then nothing more is done.
func TestOrganizationWithoutDevicesToSync(t *testing.T) {
	t.Parallel()
	for _, outcome := range []rules.Outcome{rules.Failed, rules.Created, rules.Unchanged} {
		t.Run(string(outcome), func(t *testing.T) {
			t.Parallel()
			s := newScene(t, newFakeSteps(0))
			s.company = func(context.Context, activities.AcceloSyncCompanyInput) (activities.AcceloSyncCompanyResult, error) {
				return activities.AcceloSyncCompanyResult{Outcome: outcome}, nil
			}
			s.importOrganization(part)
			var want flow.Counts
			want.Add(outcome, 1)
			require.Equal(t, want, s.succeeded().Organizations)
			require.Equal(t, []string{"AcceloSyncCompany"}, s.called())
		})
	}
}

// By itself an organization is read first, NinjaOne before Accelo, which is then searched for its name; and it is added up.
func TestOrganizationAlone(t *testing.T) {
	t.Parallel()
	s := newScene(t, newFakeSteps(0)).reading(time.Minute)
	s.readNinja = func(context.Context, activities.ReadInput) error { return nil }
	s.importOrganization(flow.ImportOrganizationInput{Connection: "default", OrganizationID: 7})
	result := s.succeeded()
	require.Equal(t, []string{
		"ImportBegin", "NinjaRead", "NinjaRead ended", "AcceloRead", "ImportCompare", "AcceloSyncCompany", "AcceloSyncDevices", "ImportFinish",
	}, s.called())
	require.Equal(t, flow.Counts{Created: 1}, result.Organizations)
	require.Equal(t, flow.Counts{Created: 2}, result.Devices)
	for _, in := range s.read {
		require.Equal(t, 7, in.OrganizationID)
		require.NotEmpty(t, in.ImportID)
	}
}

// What cannot succeed fails the workflow with the activity's own error, and what hangs on it is not tried.
func TestOrganizationFails(t *testing.T) {
	t.Parallel()
	refused := func() error { return final(activities.NotConnected) }
	alone := flow.ImportOrganizationInput{Connection: "default", OrganizationID: 7}
	for _, test := range []struct {
		name string
		in   flow.ImportOrganizationInput
		set  func(*fakeSteps)
		not  string
	}{
		{"alone, begin", alone, func(f *fakeSteps) {
			f.begin = func(context.Context, activities.ImportBeginInput) error { return refused() }
		}, "NinjaRead"},
		{"alone, NinjaOne", alone, func(f *fakeSteps) {
			f.readNinja = func(context.Context, activities.ReadInput) error { return refused() }
		}, "AcceloRead"},
		{"alone, Accelo", alone, func(f *fakeSteps) {
			f.readAccelo = func(context.Context, activities.ReadInput) error { return refused() }
		}, "ImportCompare"},
		{"company", part, func(f *fakeSteps) {
			f.company = func(context.Context, activities.AcceloSyncCompanyInput) (r activities.AcceloSyncCompanyResult, _ error) {
				return r, refused()
			}
		}, "AcceloSyncDevices"},
		{"devices", part, func(f *fakeSteps) {
			f.devices = func(context.Context, activities.AcceloSyncDevicesInput) (r activities.AcceloSyncDevicesResult, _ error) {
				return r, refused()
			}
		}, "ImportFinish"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			fake := newFakeSteps(0)
			test.set(fake)
			s := newScene(t, fake).reading(time.Second)
			s.importOrganization(test.in)
			require.Equal(t, activities.NotConnected, s.failed().Type())
			require.NotContains(t, s.called(), test.not)
		})
	}
}

// Devices that were stopped by a cancellation end the organization as cancelled, with what was done as the details.
func TestOrganizationStopped(t *testing.T) {
	t.Parallel()
	stopped := func(context.Context, activities.AcceloSyncDevicesInput) (activities.AcceloSyncDevicesResult, error) {
		return activities.AcceloSyncDevicesResult{Devices: flow.Counts{Created: 1}, Stopped: true}, nil
	}
	t.Run("as part", func(t *testing.T) {
		t.Parallel()
		s := newScene(t, newFakeSteps(0))
		s.fakeSteps.devices = stopped
		s.importOrganization(part)
		require.Equal(t, flow.Counts{Created: 1}, s.cancelled().Devices)
		require.Empty(t, s.finished, "the full import adds up")
	})
	t.Run("alone", func(t *testing.T) {
		t.Parallel()
		s := newScene(t, newFakeSteps(0)).reading(time.Second)
		s.fakeSteps.devices = stopped
		s.importOrganization(flow.ImportOrganizationInput{Connection: "default", OrganizationID: 7})
		result := s.cancelled()
		require.True(t, result.Cancelled)
		require.Equal(t, flow.Counts{Created: 1}, result.Devices)
		require.Len(t, s.finished, 1)
		require.True(t, s.finished[0].Cancelled)
	})
}

// Cancelled while its company is synced, an organization does not go on to its devices.
func TestOrganizationCancelledEarly(t *testing.T) {
	t.Parallel()
	fake := newFakeSteps(0)
	fake.companyTakes = time.Minute
	s := newScene(t, fake)
	s.at(30*time.Second, s.CancelWorkflow)
	s.importOrganization(part)
	require.True(t, temporal.IsCanceledError(s.GetWorkflowError()))
	require.NotContains(t, s.called(), "AcceloSyncDevices")
}

// Cancelled while it reads, an organization that is imported alone reports as any cancelled import does.
func TestOrganizationAloneCancelledWhileReading(t *testing.T) {
	t.Parallel()
	s := newScene(t, newFakeSteps(0)).reading(time.Minute)
	s.at(30*time.Second, s.CancelWorkflow)
	s.importOrganization(flow.ImportOrganizationInput{Connection: "default", OrganizationID: 7})
	require.True(t, s.cancelled().Cancelled)
	require.NotContains(t, s.called(), "AcceloSyncCompany")
}
