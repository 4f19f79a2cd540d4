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

// A full import reads both sides, compares them, imports each organization in a child workflow, and summarizes.
func TestFullImport(t *testing.T) {
	t.Parallel()
	env := newImportEnv(t, newFakeActivities(3), nil).readingTakes(time.Second)
	env.runImport(flow.FullImportInput{Connection: "default"})
	require.Equal(t, "default", env.importResult().Connection)
	calls := env.callNames()
	require.Equal(t, "ImportBegin", calls[0])
	require.ElementsMatch(t, []string{"NinjaRead", "NinjaReadAlerts", "AcceloRead"}, calls[1:4])
	require.Equal(t, []string{"ImportCompare", "ImportNext", "ImportNext", "ImportFinish"}, calls[4:])
	require.Equal(t, oneTo(3), sorted(env.children.startedIDs()))
	require.Equal(t, []activities.ImportFinishInput{{Connection: "default", ImportID: env.read[0].ImportID}}, env.finished)
	for _, in := range env.read {
		require.Zero(t, in.OrganizationID, "a full import reads everything")
	}
}

// If nothing needs work, no organization is started.
func TestFullImportOfAnUnchangedTenant(t *testing.T) {
	t.Parallel()
	env := newImportEnv(t, newFakeActivities(0), nil).readingTakes(time.Second)
	env.runImport(flow.FullImportInput{Connection: "default"})
	require.Zero(t, env.importResult().Organizations)
	require.Empty(t, env.children.inputs)
}

// A plan stops after comparing, writes nothing and reports what an import would cost.
func TestPlan(t *testing.T) {
	t.Parallel()
	fake := newFakeActivities(3)
	fake.cost.Calls, fake.cost.Writes = 15, 12
	env := newImportEnv(t, fake, nil).readingTakes(time.Second)
	env.runImport(flow.FullImportInput{Connection: "default", Plan: true})
	result := env.importResult()
	require.True(t, result.Plan)
	require.Equal(t, flow.APICalls{Accelo: 15, AcceloWrites: 12}, result.APICalls)
	require.Empty(t, env.children.inputs)
	require.NotContains(t, env.callNames(), "ImportNext")
}

// The window is filled and never exceeded.
func TestWindow(t *testing.T) {
	t.Parallel()
	env := newImportEnv(t, newFakeActivities(40), func(ctx workflow.Context, in flow.ImportOrganizationInput) error {
		return workflow.Sleep(ctx, time.Duration(1+in.OrganizationID%7)*time.Minute)
	}).readingTakes(time.Second)
	env.runImport(flow.FullImportInput{Connection: "default"})
	env.importResult()
	require.Equal(t, 16, env.children.peak)
	require.Equal(t, oneTo(40), sorted(env.children.startedIDs()))
}

// Organizations are read a page at a time, each page after the last organization of the one before.
func TestManyOrganizations(t *testing.T) {
	t.Parallel()
	env := newImportEnv(t, newFakeActivities(450), nil).readingTakes(time.Second)
	env.runImport(flow.FullImportInput{Connection: "default"})
	env.importResult()
	require.Equal(t, oneTo(450), sorted(env.children.startedIDs()))
	var after []int
	for _, in := range env.next {
		require.Positive(t, in.Limit)
		after = append(after, in.After)
	}
	require.Equal(t, []int{0, 200, 400, 450}, after)
}

// Each child gets what its organization needs, and has the id and search attributes of its connection and organization.
func TestChildrenOfAFullImport(t *testing.T) {
	t.Parallel()
	for _, searchable := range []bool{false, true} {
		var id string
		var attributes [2]string
		env := newImportEnv(t, newFakeActivities(1), func(ctx workflow.Context, _ flow.ImportOrganizationInput) error {
			id = workflow.GetInfo(ctx).WorkflowExecution.ID
			all := workflow.GetTypedSearchAttributes(ctx)
			attributes[0], _ = all.GetKeyword(flow.ConnectionAttribute)
			attributes[1], _ = all.GetKeyword(flow.OrganizationAttribute)
			return nil
		}).readingTakes(time.Second)
		env.runImport(flow.FullImportInput{Connection: "branch", Searchable: searchable})
		env.importResult()
		require.Equal(t, "import-organization/branch/1", id)
		require.Equal(t, []flow.ImportOrganizationInput{
			{Connection: "branch", OrganizationID: 1, ImportID: env.read[0].ImportID, Name: "Planet Express", Devices: 2},
		}, env.children.inputs)
		if searchable {
			require.Equal(t, [2]string{"branch", "1"}, attributes)
		} else {
			require.Empty(t, attributes[0]+attributes[1], "a namespace without our search attributes would reject them")
		}
	}
}

// An organization whose workflow fails doesn't stop the others, and the import still summarizes.
func TestFailedChild(t *testing.T) {
	t.Parallel()
	env := newImportEnv(t, newFakeActivities(20), func(ctx workflow.Context, in flow.ImportOrganizationInput) error {
		if in.OrganizationID == 2 {
			return nonRetryable(activities.Refused)
		}
		return takesOneMinute(ctx, in)
	}).readingTakes(time.Second)
	env.runImport(flow.FullImportInput{Connection: "default"})
	env.importResult()
	require.Equal(t, oneTo(20), sorted(env.children.startedIDs()))
	require.Len(t, env.finished, 1)
	require.False(t, env.finished[0].Cancelled)
}

// If reading fails permanently, the import fails with the activity's error.
func TestReadingFails(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		set  func(*fakeActivities, error)
	}{
		{name: "not connected", set: func(f *fakeActivities, err error) {
			f.begin = func(context.Context, activities.ImportBeginInput) error { return err }
		}},
		{name: "NinjaOne refuses", set: func(f *fakeActivities, err error) {
			f.readNinja = func(context.Context, activities.ReadInput) error { return err }
		}},
		{name: "Accelo refuses", set: func(f *fakeActivities, err error) {
			f.readAccelo = func(context.Context, activities.ReadInput) error { return err }
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			fake := newFakeActivities(1)
			test.set(fake, nonRetryable(activities.NotConnected))
			env := newImportEnv(t, fake, nil).readingTakes(time.Second)
			env.runImport(flow.FullImportInput{Connection: "default"})
			failure := env.failure()
			require.Equal(t, activities.NotConnected, failure.Type())
			require.Contains(t, failure.Error(), "this cannot succeed")
			require.NotContains(t, env.callNames(), "ImportCompare")
			require.Empty(t, env.children.inputs)
		})
	}
}
