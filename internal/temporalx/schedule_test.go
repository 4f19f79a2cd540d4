package temporalx_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"golang.org/x/sync/errgroup"

	"ninjaone-accelo/internal/temporalx"
)

// input is the input of a workflow.
type input struct {
	Connection string `json:"connection"`
	Pages      int    `json:"pages"`
}

// version is the version of the schedule in these tests.
const version = 1

// reconcile returns a schedule with everything that ApplySchedule passes on.
func reconcile() client.ScheduleOptions {
	attributes := temporal.NewSearchAttributes(temporal.NewSearchAttributeKeyKeyword("Connection").ValueSet("default"))
	return client.ScheduleOptions{
		ID: "reconcile/default",
		Spec: client.ScheduleSpec{
			Intervals: []client.ScheduleIntervalSpec{{Every: time.Hour}},
			Jitter:    10 * time.Second,
		},
		Action: &client.ScheduleWorkflowAction{
			ID: "reconcile/default", Workflow: "Reconcile", TaskQueue: "ninjaone-accelo",
			Args: []any{input{Connection: "default", Pages: 10}}, StaticSummary: "Reconcile default",
			Priority: temporal.Priority{PriorityKey: 4}, TypedSearchAttributes: attributes,
		},
		CatchupWindow:         time.Minute,
		TypedSearchAttributes: attributes,
	}
}

// On a real server, a schedule is created once, left alone while its settings are equal, and updated when one differs.
func TestApplySchedule(t *testing.T) {
	t.Parallel()
	c, _ := dial(t)
	apply := func(want client.ScheduleOptions, version int) temporalx.ScheduleChange {
		change, err := temporalx.ApplySchedule(t.Context(), c, want, version)
		require.NoError(t, err)
		return change
	}
	require.Equal(t, temporalx.ScheduleCreated, apply(reconcile(), version))
	require.Equal(t, temporalx.ScheduleUnchanged, apply(reconcile(), version))

	tests := []struct {
		name    string
		version int
		change  func(*client.ScheduleOptions, *client.ScheduleWorkflowAction)
	}{
		{"interval", version, func(o *client.ScheduleOptions, _ *client.ScheduleWorkflowAction) {
			o.Spec.Intervals[0].Every = 2 * time.Hour
		}},
		{"jitter", version, func(o *client.ScheduleOptions, _ *client.ScheduleWorkflowAction) { o.Spec.Jitter = time.Second }},
		{"task queue", version, func(_ *client.ScheduleOptions, a *client.ScheduleWorkflowAction) { a.TaskQueue = "other" }},
		{"search attributes", version, func(o *client.ScheduleOptions, a *client.ScheduleWorkflowAction) {
			o.TypedSearchAttributes, a.TypedSearchAttributes = temporal.SearchAttributes{}, temporal.SearchAttributes{}
		}},
		{"version", version + 1, func(o *client.ScheduleOptions, a *client.ScheduleWorkflowAction) {
			o.Overlap, a.StaticSummary = enumspb.SCHEDULE_OVERLAP_POLICY_BUFFER_ONE, "Other"
		}},
	}
	handle := c.ScheduleClient().GetHandle(t.Context(), "reconcile/default")
	for _, test := range tests {
		want := reconcile()
		action, ok := want.Action.(*client.ScheduleWorkflowAction)
		require.True(t, ok)
		test.change(&want, action)
		require.Equal(t, temporalx.ScheduleUpdated, apply(want, test.version), test.name)
		require.Equal(t, temporalx.ScheduleUnchanged, apply(want, test.version), test.name)
		requireSchedule(t, handle, want)
		require.Equal(t, temporalx.ScheduleUpdated, apply(reconcile(), version), test.name)
		requireSchedule(t, handle, reconcile())
	}
}

// requireSchedule proves that the server has the schedule as it was applied.
func requireSchedule(t *testing.T, handle client.ScheduleHandle, want client.ScheduleOptions) {
	t.Helper()
	got, err := handle.Describe(t.Context())
	require.NoError(t, err)
	action, ok := got.Schedule.Action.(*client.ScheduleWorkflowAction)
	require.True(t, ok)
	wanted, ok := want.Action.(*client.ScheduleWorkflowAction)
	require.True(t, ok)
	require.Equal(t, wanted.ID, action.ID)
	require.Equal(t, wanted.Workflow, action.Workflow)
	require.Equal(t, wanted.TaskQueue, action.TaskQueue)
	require.Equal(t, wanted.StaticSummary, action.StaticSummary)
	require.Equal(t, wanted.Priority, action.Priority)
	require.Equal(t, wanted.TypedSearchAttributes.Size(), action.TypedSearchAttributes.Size())
	require.Equal(t, want.Spec.Intervals, got.Schedule.Spec.Intervals)
	require.Equal(t, want.Spec.Jitter, got.Schedule.Spec.Jitter)
	require.Equal(t, want.CatchupWindow, got.Schedule.Policy.CatchupWindow)
	if want.Overlap != enumspb.SCHEDULE_OVERLAP_POLICY_UNSPECIFIED {
		require.Equal(t, want.Overlap, got.Schedule.Policy.Overlap)
	}
}

// A schedule that an early version of the program created has no recorded settings, and is updated once.
func TestApplyScheduleWithoutRecord(t *testing.T) {
	t.Parallel()
	c, _ := dial(t)
	_, err := c.ScheduleClient().Create(t.Context(), reconcile())
	require.NoError(t, err)
	for _, want := range []temporalx.ScheduleChange{temporalx.ScheduleUpdated, temporalx.ScheduleUnchanged} {
		change, err := temporalx.ApplySchedule(t.Context(), c, reconcile(), version)
		require.NoError(t, err)
		require.Equal(t, want, change)
	}
}

// A schedule that a user paused in Temporal's UI stays paused through an update, and keeps its note.
func TestApplyScheduleKeepsPause(t *testing.T) {
	t.Parallel()
	c, _ := dial(t)
	_, err := temporalx.ApplySchedule(t.Context(), c, reconcile(), version)
	require.NoError(t, err)
	handle := c.ScheduleClient().GetHandle(t.Context(), "reconcile/default")
	require.NoError(t, handle.Pause(t.Context(), client.SchedulePauseOptions{Note: "while we move"}))

	change, err := temporalx.ApplySchedule(t.Context(), c, reconcile(), version)
	require.NoError(t, err)
	require.Equal(t, temporalx.ScheduleUnchanged, change)
	want := reconcile()
	want.Spec.Intervals[0].Every = 5 * time.Minute
	change, err = temporalx.ApplySchedule(t.Context(), c, want, version)
	require.NoError(t, err)
	require.Equal(t, temporalx.ScheduleUpdated, change)

	now, err := handle.Describe(t.Context())
	require.NoError(t, err)
	require.True(t, now.Schedule.State.Paused)
	require.Equal(t, "while we move", now.Schedule.State.Note)
	require.Equal(t, 5*time.Minute, now.Schedule.Spec.Intervals[0].Every)
}

// Programs that start at the same time create one schedule, and none fails.
func TestApplyScheduleConcurrently(t *testing.T) {
	t.Parallel()
	c, _ := dial(t)
	changes := make([]temporalx.ScheduleChange, 8)
	var programs errgroup.Group
	for i := range changes {
		programs.Go(func() (err error) {
			changes[i], err = temporalx.ApplySchedule(t.Context(), c, reconcile(), version)
			return err
		})
	}
	require.NoError(t, programs.Wait())
	created := 0
	for _, change := range changes {
		if change == temporalx.ScheduleCreated {
			created++
		}
		require.NotEqual(t, temporalx.ScheduleUpdated, change)
	}
	require.Equal(t, 1, created)
}

// A schedule without a workflow ID, or without exactly one interval, is rejected before any call.
func TestApplyScheduleRejects(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		options client.ScheduleOptions
		want    string
	}{
		{"no action", client.ScheduleOptions{}, "its action has no workflow ID"},
		{"no ID", client.ScheduleOptions{Action: &client.ScheduleWorkflowAction{Workflow: "Reconcile"}}, "its action has no workflow ID"},
		{"no interval", client.ScheduleOptions{Action: &client.ScheduleWorkflowAction{ID: "a"}}, "it has 0 intervals instead of one"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.options.ID = "reconcile/default"
			_, err := temporalx.ApplySchedule(t.Context(), nil, test.options, version)
			require.EqualError(t, err, "schedule reconcile/default: "+test.want)
		})
	}
}
