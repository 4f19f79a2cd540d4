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

// A pause lets running organizations finish, and starts no other until the import is resumed.
func TestPauseAndResume(t *testing.T) {
	t.Parallel()
	env := newImportEnv(t, newFakeActivities(20), nil).readingTakes(time.Second)
	env.after(30*time.Second, func() { env.SignalWorkflow(flow.PauseSignal, nil) })
	var paused flow.Progress
	env.after(10*time.Minute, func() { paused = env.progress() })
	env.after(11*time.Minute, func() { env.SignalWorkflow(flow.ResumeSignal, nil) })
	var resumed flow.Progress
	env.after(11*time.Minute+30*time.Second, func() { resumed = env.progress() })
	env.runImport(flow.FullImportInput{Connection: "default"})
	env.importResult()

	require.True(t, paused.Paused)
	require.Equal(t, flow.PhaseImporting, paused.Phase)
	require.Equal(t, 16, paused.Organizations.Done, "the running organizations finished")
	require.Empty(t, paused.Running)
	require.False(t, resumed.Paused)
	require.Equal(t, []int{17, 18, 19, 20}, sorted(resumed.Running))
	require.Equal(t, oneTo(20), sorted(env.children.startedIDs()))
	require.True(t, env.children.lastStart().After(startTime.Add(11*time.Minute-time.Second)))
}

// A pause while the vendors are read holds the first organization.
func TestPauseWhileReading(t *testing.T) {
	t.Parallel()
	env := newImportEnv(t, newFakeActivities(2), nil).readingTakes(time.Minute)
	env.after(30*time.Second, func() { env.SignalWorkflow(flow.PauseSignal, nil) })
	env.after(time.Hour, func() { env.SignalWorkflow(flow.ResumeSignal, nil) })
	env.runImport(flow.FullImportInput{Connection: "default"})
	env.importResult()
	for id, at := range env.children.started {
		require.False(t, at.Before(startTime.Add(time.Hour)), "organization %d was started during the pause", id)
	}
}

// Of several signals in quick succession, the last one counts.
func TestPauseTwiceAndResumeTwice(t *testing.T) {
	t.Parallel()
	env := newImportEnv(t, newFakeActivities(20), nil).readingTakes(time.Second)
	env.after(30*time.Second, func() {
		for _, signal := range []string{flow.PauseSignal, flow.PauseSignal, flow.ResumeSignal, flow.ResumeSignal} {
			env.SignalWorkflow(signal, nil)
		}
	})
	env.runImport(flow.FullImportInput{Connection: "default"})
	env.importResult()
	require.Equal(t, oneTo(20), sorted(env.children.startedIDs()))
}

// A cancelled import starts no more organizations, waits until the running ones have finished their record, summarizes, and ends as
// cancelled with the result as its details.
func TestCancel(t *testing.T) {
	t.Parallel()
	env := newImportEnv(t, newFakeActivities(40), nil).readingTakes(time.Second)
	env.after(31*time.Second, env.CancelWorkflow)
	env.runImport(flow.FullImportInput{Connection: "default"})
	require.True(t, env.cancelledResult().Cancelled)
	require.Equal(t, oneTo(16), sorted(env.children.startedIDs()))
	require.Len(t, env.children.ended, 16, "it waited for all that were running")
	for id, at := range env.children.ended {
		require.Equal(t, startTime.Add(41*time.Second), at, "organization %d was cancelled and finished its record", id)
	}
	require.Len(t, env.finished, 1)
	require.True(t, env.finished[0].Cancelled)
	calls := env.callNames()
	require.Equal(t, "ImportFinish", calls[len(calls)-1])
}

// An import can be cancelled while it is paused.
func TestCancelWhilePaused(t *testing.T) {
	t.Parallel()
	env := newImportEnv(t, newFakeActivities(20), nil).readingTakes(time.Second)
	env.after(30*time.Second, func() { env.SignalWorkflow(flow.PauseSignal, nil) })
	env.after(time.Hour, env.CancelWorkflow)
	env.runImport(flow.FullImportInput{Connection: "default"})
	require.True(t, env.cancelledResult().Cancelled)
	require.Len(t, env.children.inputs, 16)
}

// An import that is cancelled while it reads has done nothing, and reports that.
func TestCancelWhileReading(t *testing.T) {
	t.Parallel()
	for _, plan := range []bool{false, true} {
		env := newImportEnv(t, newFakeActivities(3), nil).readingTakes(time.Minute)
		env.after(30*time.Second, env.CancelWorkflow)
		env.runImport(flow.FullImportInput{Connection: "default", Plan: plan})
		result := env.cancelledResult()
		require.True(t, result.Cancelled)
		require.Equal(t, plan, result.Plan)
		require.Empty(t, env.children.inputs)
		require.NotContains(t, env.callNames(), "ImportCompare")
		require.Len(t, env.finished, 1)
	}
}

// The progress query works in every phase.
func TestProgress(t *testing.T) {
	t.Parallel()
	env := newImportEnv(t, newFakeActivities(18), func(ctx workflow.Context, in flow.ImportOrganizationInput) error {
		return workflow.Sleep(ctx, time.Duration(in.OrganizationID)*time.Minute)
	}).readingTakes(time.Minute)
	env.cost.Organizations = flow.Share{Done: 5, Total: 23}
	env.cost.Devices = flow.Share{Done: 100, Total: 136}
	var reading, importing flow.Progress
	env.after(30*time.Second, func() { reading = env.progress() })
	env.after(4*time.Minute+30*time.Second, func() { importing = env.progress() })
	env.runImport(flow.FullImportInput{Connection: "default"})
	env.importResult()
	done := env.progress()

	require.Equal(t, flow.PhaseReading, reading.Phase)
	require.Zero(t, reading.Organizations)
	require.Equal(t, flow.PhaseImporting, importing.Phase)
	// Organizations 1 to 3 ended after one, two and three minutes; 17 and 18 started in place of 1 and 2.
	require.Equal(t, flow.Share{Done: 8, Total: 23}, importing.Organizations)
	require.Equal(t, flow.Share{Done: 106, Total: 136}, importing.Devices)
	require.Equal(t, oneTo(18)[3:], sorted(importing.Running))
	require.Equal(t, flow.PhaseDone, done.Phase)
	require.Equal(t, flow.Share{Done: 23, Total: 23}, done.Organizations)
	require.Equal(t, flow.Share{Done: 136, Total: 136}, done.Devices)
	require.Empty(t, done.Running)
	for _, progress := range []flow.Progress{reading, importing, done} {
		require.True(t, progress.StartedAt.Equal(startTime))
		require.False(t, progress.Paused)
	}
}
