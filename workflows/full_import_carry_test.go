package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/flow"
)

// runOn goes from run to run, each of which is told after some time that its history has grown long, until the import has
// come to its end. It returns the organizations that were imported, in all runs together, and the last run.
func runOn(t *testing.T, fake *fakeSteps, in flow.FullImportInput, after time.Duration) (taken []int, runs int, last *scene) {
	t.Helper()
	for next := &in; next != nil; runs++ {
		require.Less(t, runs, 100, "the import does not come to its end")
		last = newImport(t, fake, nil).reading(time.Second)
		last.at(after, func() { last.SetContinueAsNewSuggested(true) })
		last.fullImport(*next)
		require.Len(t, last.children.ended, len(last.children.inputs), "a run ended before its organizations")
		taken = append(taken, last.children.took()...)
		next = last.continued()
	}
	return taken, runs, last
}

// However often an import continues as new, every organization is imported, and none twice.
func TestContinueAsNew(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name          string
		organizations int
		after         time.Duration
		runs          int
	}{
		{"in every page", 450, 30 * time.Second, 4},
		{"while the first are under way", 450, 2 * time.Second, 4},
		{"when the last page is under way", 40, 90 * time.Second, 2},
		{"after everything was taken up", 201, 12*time.Minute + 30*time.Second, 2},
		{"never", 20, time.Hour, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			fake := newFakeSteps(test.organizations)
			taken, runs, last := runOn(t, fake, flow.FullImportInput{Connection: "default"}, test.after)
			require.NoError(t, last.GetWorkflowError())
			require.Equal(t, upTo(test.organizations), sorted(taken))
			require.Equal(t, test.runs, runs)
			require.Len(t, fake.finished, 1)
			progress := last.progress()
			require.Equal(t, flow.Share{Done: test.organizations, Total: test.organizations}, progress.Organizations)
			require.Equal(t, flow.Share{Done: 2 * test.organizations, Total: 2 * test.organizations}, progress.Devices)
			require.True(t, progress.StartedAt.Equal(start), "the import began with its first run")
		})
	}
}

// The next run gets everything that it needs: the input, how far the import is, when it began, and that it is paused.
func TestCarriedState(t *testing.T) {
	t.Parallel()
	s := newImport(t, newFakeSteps(201), nil).reading(time.Second)
	s.at(time.Minute, func() { s.SetContinueAsNewSuggested(true) })
	s.at(12*time.Minute+30*time.Second, func() { s.SignalWorkflow(flow.PauseSignal, nil) }) // the last of the page are under way
	s.fullImport(flow.FullImportInput{Connection: "branch", Searchable: true})
	next := s.continued()
	require.NotNil(t, next)
	require.Equal(t, flow.FullImportInput{Connection: "branch", Searchable: true, Carried: &flow.ImportState{
		ImportID: s.read[0].ImportID, StartedAt: start, After: 200, Paused: true,
		Organizations: flow.Share{Done: 200, Total: 201}, Devices: flow.Share{Done: 400, Total: 402},
	}}, *next)
	require.Empty(t, s.finished, "the import is not over")
}

// A run that carries on neither reads nor compares, takes up what follows, and stays paused if it was.
func TestCarryOn(t *testing.T) {
	t.Parallel()
	s := newImport(t, newFakeSteps(20), nil).reading(time.Second)
	s.at(time.Hour, func() { s.SignalWorkflow(flow.ResumeSignal, nil) })
	var paused flow.Progress
	s.at(30*time.Minute, func() { paused = s.progress() })
	began := start.Add(-time.Hour)
	s.fullImport(flow.FullImportInput{Connection: "default", Carried: &flow.ImportState{
		ImportID: "the-import", StartedAt: began, After: 17, Paused: true,
		Organizations: flow.Share{Done: 17, Total: 20}, Devices: flow.Share{Done: 34, Total: 40},
	}})
	s.succeeded()
	require.Equal(t, flow.PhaseImporting, paused.Phase)
	require.True(t, paused.Paused)
	require.Equal(t, flow.Share{Done: 17, Total: 20}, paused.Organizations)
	require.Equal(t, []int{18, 19, 20}, sorted(s.children.took()))
	for _, in := range s.children.inputs {
		require.Equal(t, "the-import", in.ImportID)
	}
	require.NotContains(t, s.called(), "ImportBegin")
	require.NotContains(t, s.called(), "NinjaRead")
	require.NotContains(t, s.called(), "ImportCompare")
	progress := s.progress()
	require.Equal(t, flow.Share{Done: 20, Total: 20}, progress.Organizations)
	require.True(t, progress.StartedAt.Equal(began))
}

// A cancelled import ends, even if its history is long.
func TestCancelInsteadOfContinuing(t *testing.T) {
	t.Parallel()
	s := newImport(t, newFakeSteps(450), nil).reading(time.Second)
	s.at(time.Minute, func() { s.SetContinueAsNewSuggested(true) })
	s.at(90*time.Second, s.CancelWorkflow)
	s.fullImport(flow.FullImportInput{Connection: "default"})
	require.Nil(t, s.continued())
	require.True(t, s.cancelled().Cancelled)
}
