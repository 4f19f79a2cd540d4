package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
)

// A full import reads both sides, compares, imports each organization by a workflow of its own, and adds up at the end.
func TestFullImport(t *testing.T) {
	t.Parallel()
	s := newImport(t, newFakeSteps(3), nil).reading(time.Second)
	s.fullImport(flow.FullImportInput{Connection: "default"})
	require.Equal(t, "default", s.succeeded().Connection)
	calls := s.called()
	require.Equal(t, "ImportBegin", calls[0])
	require.ElementsMatch(t, []string{"NinjaRead", "NinjaReadAlerts", "AcceloRead"}, calls[1:4])
	require.Equal(t, []string{"ImportCompare", "ImportNext", "ImportNext", "ImportFinish"}, calls[4:])
	require.Equal(t, upTo(3), sorted(s.children.took()))
	require.Equal(t, []activities.ImportFinishInput{{Connection: "default", ImportID: s.read[0].ImportID}}, s.finished)
	for _, in := range s.read {
		require.Zero(t, in.OrganizationID, "a full import reads everything")
	}
}

// With nothing to do no organization is taken up.
func TestFullImportOfAnUnchangedTenant(t *testing.T) {
	t.Parallel()
	s := newImport(t, newFakeSteps(0), nil).reading(time.Second)
	s.fullImport(flow.FullImportInput{Connection: "default"})
	require.Zero(t, s.succeeded().Organizations)
	require.Empty(t, s.children.inputs)
}

// A plan stops after comparing, writes nothing and tells what the rest would cost.
func TestPlan(t *testing.T) {
	t.Parallel()
	fake := newFakeSteps(3)
	fake.cost.Calls, fake.cost.Writes = 15, 12
	s := newImport(t, fake, nil).reading(time.Second)
	s.fullImport(flow.FullImportInput{Connection: "default", Plan: true})
	result := s.succeeded()
	require.True(t, result.Plan)
	require.Equal(t, flow.APICalls{Accelo: 15, AcceloWrites: 12}, result.APICalls)
	require.Empty(t, s.children.inputs)
	require.NotContains(t, s.called(), "ImportNext")
}

// The window is used in full and never exceeded.
func TestWindow(t *testing.T) {
	t.Parallel()
	s := newImport(t, newFakeSteps(40), func(ctx workflow.Context, in flow.ImportOrganizationInput) error {
		return workflow.Sleep(ctx, time.Duration(1+in.OrganizationID%7)*time.Minute)
	}).reading(time.Second)
	s.fullImport(flow.FullImportInput{Connection: "default"})
	s.succeeded()
	require.Equal(t, 16, s.children.peak)
	require.Equal(t, upTo(40), sorted(s.children.took()))
}

// Organizations are looked up a page at a time, each page after the last organization of the one before.
func TestManyOrganizations(t *testing.T) {
	t.Parallel()
	s := newImport(t, newFakeSteps(450), nil).reading(time.Second)
	s.fullImport(flow.FullImportInput{Connection: "default"})
	s.succeeded()
	require.Equal(t, upTo(450), sorted(s.children.took()))
	var after []int
	for _, in := range s.next {
		require.Positive(t, in.Limit)
		after = append(after, in.After)
	}
	require.Equal(t, []int{0, 200, 400, 450}, after)
}

// Each child carries what its organization needs, and is named, described and found by its connection and organization.
func TestChildrenOfAFullImport(t *testing.T) {
	t.Parallel()
	for _, searchable := range []bool{false, true} {
		var id string
		var attributes [2]string
		s := newImport(t, newFakeSteps(1), func(ctx workflow.Context, _ flow.ImportOrganizationInput) error {
			id = workflow.GetInfo(ctx).WorkflowExecution.ID
			all := workflow.GetTypedSearchAttributes(ctx)
			attributes[0], _ = all.GetKeyword(flow.ConnectionAttribute)
			attributes[1], _ = all.GetKeyword(flow.OrganizationAttribute)
			return nil
		}).reading(time.Second)
		s.fullImport(flow.FullImportInput{Connection: "branch", Searchable: searchable})
		s.succeeded()
		require.Equal(t, "import-organization/branch/1", id)
		require.Equal(t, []flow.ImportOrganizationInput{
			{Connection: "branch", OrganizationID: 1, ImportID: s.read[0].ImportID, Name: "Planet Express", Devices: 2},
		}, s.children.inputs)
		if searchable {
			require.Equal(t, [2]string{"branch", "1"}, attributes)
		} else {
			require.Empty(t, attributes[0]+attributes[1], "a namespace without our search attributes refuses them")
		}
	}
}

// An organization that fails as a whole does not stop the others, and the import still adds up.
func TestFailedChild(t *testing.T) {
	t.Parallel()
	s := newImport(t, newFakeSteps(20), func(ctx workflow.Context, in flow.ImportOrganizationInput) error {
		if in.OrganizationID == 2 {
			return final(activities.Refused)
		}
		return aMinute(ctx, in)
	}).reading(time.Second)
	s.fullImport(flow.FullImportInput{Connection: "default"})
	s.succeeded()
	require.Equal(t, upTo(20), sorted(s.children.took()))
	require.Len(t, s.finished, 1)
	require.False(t, s.finished[0].Cancelled)
}

// What keeps an import from reading or comparing fails it, with the activity's own error for people to read.
func TestReadingFails(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		set  func(*fakeSteps, error)
	}{
		{"not connected", func(f *fakeSteps, err error) {
			f.begin = func(context.Context, activities.ImportBeginInput) error { return err }
		}},
		{"NinjaOne refuses", func(f *fakeSteps, err error) {
			f.readNinja = func(context.Context, activities.ReadInput) error { return err }
		}},
		{"Accelo refuses", func(f *fakeSteps, err error) {
			f.readAccelo = func(context.Context, activities.ReadInput) error { return err }
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			fake := newFakeSteps(1)
			test.set(fake, final(activities.NotConnected))
			s := newImport(t, fake, nil).reading(time.Second)
			s.fullImport(flow.FullImportInput{Connection: "default"})
			failure := s.failed()
			require.Equal(t, activities.NotConnected, failure.Type())
			require.Contains(t, failure.Error(), "this cannot succeed")
			require.NotContains(t, s.called(), "ImportCompare")
			require.Empty(t, s.children.inputs)
		})
	}
}
