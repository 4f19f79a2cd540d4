package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/flow"
)

// runToEnd runs an import until it ends, suggesting each run to continue as new after some time. It returns the organizations that
// were imported in all runs, the number of runs, and the environment of the last.
func runToEnd(t *testing.T, fake *fakeActivities, in flow.FullImportInput, after time.Duration) (taken []int, runs int, last *testEnv) {
	t.Helper()
	for next := &in; next != nil; runs++ {
		require.Less(t, runs, 100, "the import doesn't end")
		last = newImportEnv(t, fake, nil).readingTakes(time.Second)
		last.after(after, func() { last.SetContinueAsNewSuggested(true) })
		last.runImport(*next)
		require.Len(t, last.children.ended, len(last.children.inputs), "a run ended before its organizations")
		taken = append(taken, last.children.startedIDs()...)
		next = last.continuedAs()
	}
	return taken, runs, last
}

// However often an import continues as new, each organization is imported exactly once.
func TestContinueAsNew(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name          string
		organizations int
		after         time.Duration
		runs          int
	}{
		{name: "in every page", organizations: 450, after: 30 * time.Second, runs: 4},
		{name: "while the first organizations are running", organizations: 450, after: 2 * time.Second, runs: 4},
		{name: "while the last page is running", organizations: 40, after: 90 * time.Second, runs: 2},
		{name: "after every organization was started", organizations: 201, after: 12*time.Minute + 30*time.Second, runs: 2},
		{name: "never", organizations: 20, after: time.Hour, runs: 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			fake := newFakeActivities(test.organizations)
			taken, runs, last := runToEnd(t, fake, flow.FullImportInput{Connection: "default"}, test.after)
			require.NoError(t, last.GetWorkflowError())
			require.Equal(t, oneTo(test.organizations), sorted(taken))
			require.Equal(t, test.runs, runs)
			require.Len(t, fake.finished, 1)
			progress := last.progress()
			require.Equal(t, flow.Share{Done: test.organizations, Total: test.organizations}, progress.Organizations)
			require.Equal(t, flow.Share{Done: 2 * test.organizations, Total: 2 * test.organizations}, progress.Devices)
			require.True(t, progress.StartedAt.Equal(startTime), "the import started with its first run")
		})
	}
}

// The next run gets the input, the progress so far, the start time and whether the import is paused.
func TestCarriedState(t *testing.T) {
	t.Parallel()
	env := newImportEnv(t, newFakeActivities(201), nil).readingTakes(time.Second)
	env.after(time.Minute, func() { env.SetContinueAsNewSuggested(true) })
	env.after(12*time.Minute+30*time.Second, func() { env.SignalWorkflow(flow.PauseSignal, nil) }) // while the last organizations of the page are running
	env.runImport(flow.FullImportInput{Connection: "branch", Searchable: true})
	next := env.continuedAs()
	require.NotNil(t, next)
	require.Equal(t, flow.FullImportInput{Connection: "branch", Searchable: true, Carried: &flow.ImportState{
		ImportID: env.read[0].ImportID, StartedAt: startTime, After: 200, Paused: true,
		Organizations: flow.Share{Done: 200, Total: 201}, Devices: flow.Share{Done: 400, Total: 402},
	}}, *next)
	require.Empty(t, env.finished, "the import has not ended")
}

// A continued run doesn't read or compare again. It starts the organizations that follow, and stays paused if it was.
func TestContinuedRun(t *testing.T) {
	t.Parallel()
	env := newImportEnv(t, newFakeActivities(20), nil).readingTakes(time.Second)
	env.after(time.Hour, func() { env.SignalWorkflow(flow.ResumeSignal, nil) })
	var paused flow.Progress
	env.after(30*time.Minute, func() { paused = env.progress() })
	started := startTime.Add(-time.Hour)
	env.runImport(flow.FullImportInput{Connection: "default", Carried: &flow.ImportState{
		ImportID: "the-import", StartedAt: started, After: 17, Paused: true,
		Organizations: flow.Share{Done: 17, Total: 20}, Devices: flow.Share{Done: 34, Total: 40},
	}})
	env.importResult()
	require.Equal(t, flow.PhaseImporting, paused.Phase)
	require.True(t, paused.Paused)
	require.Equal(t, flow.Share{Done: 17, Total: 20}, paused.Organizations)
	require.Equal(t, []int{18, 19, 20}, sorted(env.children.startedIDs()))
	for _, in := range env.children.inputs {
		require.Equal(t, "the-import", in.ImportID)
	}
	require.NotContains(t, env.callNames(), "ImportBegin")
	require.NotContains(t, env.callNames(), "NinjaRead")
	require.NotContains(t, env.callNames(), "ImportCompare")
	progress := env.progress()
	require.Equal(t, flow.Share{Done: 20, Total: 20}, progress.Organizations)
	require.True(t, progress.StartedAt.Equal(started))
}

// A cancelled import ends even if its history is long.
func TestCancelInsteadOfContinuing(t *testing.T) {
	t.Parallel()
	env := newImportEnv(t, newFakeActivities(450), nil).readingTakes(time.Second)
	env.after(time.Minute, func() { env.SetContinueAsNewSuggested(true) })
	env.after(90*time.Second, env.CancelWorkflow)
	env.runImport(flow.FullImportInput{Connection: "default"})
	require.Nil(t, env.continuedAs())
	require.True(t, env.cancelledResult().Cancelled)
}
