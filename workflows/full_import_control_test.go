package workflows_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/internal/flow"
)

func sorted(ids []int) []int { return slices.Sorted(slices.Values(ids)) }

// A pause lets the organizations under way finish and takes up no other until it is ended.
func TestPauseAndResume(t *testing.T) {
	t.Parallel()
	s := newImport(t, newFakeSteps(20), nil).reading(time.Second)
	s.at(30*time.Second, func() { s.SignalWorkflow(flow.PauseSignal, nil) })
	var paused flow.Progress
	s.at(10*time.Minute, func() { paused = s.progress() })
	s.at(11*time.Minute, func() { s.SignalWorkflow(flow.ResumeSignal, nil) })
	var resumed flow.Progress
	s.at(11*time.Minute+30*time.Second, func() { resumed = s.progress() })
	s.fullImport(flow.FullImportInput{Connection: "default"})
	s.succeeded()

	require.True(t, paused.Paused)
	require.Equal(t, flow.PhaseImporting, paused.Phase)
	require.Equal(t, 16, paused.Organizations.Done, "those under way finished")
	require.Empty(t, paused.Running)
	require.False(t, resumed.Paused)
	require.Equal(t, []int{17, 18, 19, 20}, sorted(resumed.Running))
	require.Equal(t, upTo(20), sorted(s.children.took()))
	require.True(t, s.children.lastStart().After(start.Add(11*time.Minute-time.Second)))
}

// A pause that comes while the vendors are read holds from the first organization on.
func TestPauseWhileReading(t *testing.T) {
	t.Parallel()
	s := newImport(t, newFakeSteps(2), nil).reading(time.Minute)
	s.at(30*time.Second, func() { s.SignalWorkflow(flow.PauseSignal, nil) })
	s.at(time.Hour, func() { s.SignalWorkflow(flow.ResumeSignal, nil) })
	s.fullImport(flow.FullImportInput{Connection: "default"})
	s.succeeded()
	for id, at := range s.children.started {
		require.False(t, at.Before(start.Add(time.Hour)), "organization %d was started during the pause", id)
	}
}

// Signals in quick succession: the last one holds.
func TestPauseTwiceAndResumeTwice(t *testing.T) {
	t.Parallel()
	s := newImport(t, newFakeSteps(20), nil).reading(time.Second)
	s.at(30*time.Second, func() {
		for _, signal := range []string{flow.PauseSignal, flow.PauseSignal, flow.ResumeSignal, flow.ResumeSignal} {
			s.SignalWorkflow(signal, nil)
		}
	})
	s.fullImport(flow.FullImportInput{Connection: "default"})
	s.succeeded()
	require.Equal(t, upTo(20), sorted(s.children.took()))
}

// A cancelled import takes up nothing more, waits until those under way have finished the record in hand, adds up, and ends
// as cancelled with the result as the details.
func TestCancel(t *testing.T) {
	t.Parallel()
	s := newImport(t, newFakeSteps(40), nil).reading(time.Second)
	s.at(31*time.Second, s.CancelWorkflow)
	s.fullImport(flow.FullImportInput{Connection: "default"})
	require.True(t, s.cancelled().Cancelled)
	require.Equal(t, upTo(16), sorted(s.children.took()))
	require.Len(t, s.children.ended, 16, "all that were under way were waited for")
	for id, at := range s.children.ended {
		require.Equal(t, start.Add(41*time.Second), at, "organization %d was told of the cancellation and finished its record", id)
	}
	require.Len(t, s.finished, 1)
	require.True(t, s.finished[0].Cancelled)
	calls := s.called()
	require.Equal(t, "ImportFinish", calls[len(calls)-1])
}

// An import can be cancelled while it is paused.
func TestCancelWhilePaused(t *testing.T) {
	t.Parallel()
	s := newImport(t, newFakeSteps(20), nil).reading(time.Second)
	s.at(30*time.Second, func() { s.SignalWorkflow(flow.PauseSignal, nil) })
	s.at(time.Hour, s.CancelWorkflow)
	s.fullImport(flow.FullImportInput{Connection: "default"})
	require.True(t, s.cancelled().Cancelled)
	require.Len(t, s.children.inputs, 16)
}

// An import that is cancelled while it reads has done nothing, and says so.
func TestCancelWhileReading(t *testing.T) {
	t.Parallel()
	for _, plan := range []bool{false, true} {
		s := newImport(t, newFakeSteps(3), nil).reading(time.Minute)
		s.at(30*time.Second, s.CancelWorkflow)
		s.fullImport(flow.FullImportInput{Connection: "default", Plan: plan})
		result := s.cancelled()
		require.True(t, result.Cancelled)
		require.Equal(t, plan, result.Plan)
		require.Empty(t, s.children.inputs)
		require.NotContains(t, s.called(), "ImportCompare")
		require.Len(t, s.finished, 1)
	}
}

// The progress query answers in every phase.
func TestProgress(t *testing.T) {
	t.Parallel()
	s := newImport(t, newFakeSteps(18), func(ctx workflow.Context, in flow.ImportOrganizationInput) error {
		return workflow.Sleep(ctx, time.Duration(in.OrganizationID)*time.Minute)
	}).reading(time.Minute)
	s.cost.Organizations = flow.Share{Done: 5, Total: 23}
	s.cost.Devices = flow.Share{Done: 100, Total: 136}
	var reading, importing flow.Progress
	s.at(30*time.Second, func() { reading = s.progress() })
	s.at(4*time.Minute+30*time.Second, func() { importing = s.progress() })
	s.fullImport(flow.FullImportInput{Connection: "default"})
	s.succeeded()
	done := s.progress()

	require.Equal(t, flow.PhaseReading, reading.Phase)
	require.Zero(t, reading.Organizations)
	require.Equal(t, flow.PhaseImporting, importing.Phase)
	// Organizations 1 to 3 have ended after one, two and three minutes; 17 and 18 were taken up in the places of 1 and 2.
	require.Equal(t, flow.Share{Done: 8, Total: 23}, importing.Organizations)
	require.Equal(t, flow.Share{Done: 106, Total: 136}, importing.Devices)
	require.Equal(t, upTo(18)[3:], sorted(importing.Running))
	require.Equal(t, flow.PhaseDone, done.Phase)
	require.Equal(t, flow.Share{Done: 23, Total: 23}, done.Organizations)
	require.Equal(t, flow.Share{Done: 136, Total: 136}, done.Devices)
	require.Empty(t, done.Running)
	for _, progress := range []flow.Progress{reading, importing, done} {
		require.True(t, progress.StartedAt.Equal(start))
		require.False(t, progress.Paused)
	}
}
