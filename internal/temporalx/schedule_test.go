package temporalx_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"golang.org/x/sync/errgroup"

	"ninjaone-accelo/internal/temporalx"
)

// input is a workflow's input.
type input struct {
	Connection string `json:"connection"`
	Pages      int    `json:"pages"`
}

// reconcile is a schedule with everything that is compared.
func reconcile() client.ScheduleOptions {
	attributes := temporal.NewSearchAttributes(temporal.NewSearchAttributeKeyKeyword("Connection").ValueSet("default"))
	return client.ScheduleOptions{
		ID: "reconcile/default",
		Spec: client.ScheduleSpec{
			Intervals: []client.ScheduleIntervalSpec{{Every: time.Hour, Offset: time.Minute}},
			Jitter:    10 * time.Second,
		},
		Action: &client.ScheduleWorkflowAction{
			ID: "reconcile/default", Workflow: "Reconcile", TaskQueue: "ninjaone-accelo",
			Args: []any{input{Connection: "default", Pages: 10}}, Memo: map[string]any{"version": 1},
			WorkflowRunTimeout: time.Hour, StaticSummary: "Reconcile default", Priority: temporal.Priority{PriorityKey: 4},
			RetryPolicy:           &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumAttempts: 2},
			TypedSearchAttributes: attributes,
		},
		CatchupWindow:         time.Minute,
		TypedSearchAttributes: attributes,
	}
}

// On a real server, a schedule is made once, left alone while it is as wanted, and brought up to date for any difference.
func TestApplySchedule(t *testing.T) {
	t.Parallel()
	c, _ := dial(t)
	apply := func(want client.ScheduleOptions) temporalx.ScheduleChange {
		change, err := temporalx.ApplySchedule(t.Context(), c, want)
		require.NoError(t, err)
		return change
	}
	require.Equal(t, temporalx.ScheduleCreated, apply(reconcile()))
	require.Equal(t, temporalx.ScheduleUnchanged, apply(reconcile()))

	changes := []struct {
		name   string
		change func(*client.ScheduleOptions, *client.ScheduleWorkflowAction)
	}{
		{"interval", func(o *client.ScheduleOptions, _ *client.ScheduleWorkflowAction) {
			o.Spec.Intervals[0].Every = 2 * time.Hour
		}},
		{"jitter", func(o *client.ScheduleOptions, _ *client.ScheduleWorkflowAction) { o.Spec.Jitter = time.Second }},
		{"catch-up", func(o *client.ScheduleOptions, _ *client.ScheduleWorkflowAction) { o.CatchupWindow = time.Hour }},
		{"pause on failure", func(o *client.ScheduleOptions, _ *client.ScheduleWorkflowAction) { o.PauseOnFailure = true }},
		{"overlap", func(o *client.ScheduleOptions, _ *client.ScheduleWorkflowAction) {
			o.Overlap = enumspb.SCHEDULE_OVERLAP_POLICY_BUFFER_ONE
		}},
		{"workflow", func(_ *client.ScheduleOptions, a *client.ScheduleWorkflowAction) { a.Workflow = "Other" }},
		{"workflow id", func(_ *client.ScheduleOptions, a *client.ScheduleWorkflowAction) { a.ID = "reconcile/other" }},
		{"task queue", func(_ *client.ScheduleOptions, a *client.ScheduleWorkflowAction) { a.TaskQueue = "other" }},
		{"arguments", func(_ *client.ScheduleOptions, a *client.ScheduleWorkflowAction) { a.Args = []any{input{Pages: 9}} }},
		{"memo", func(_ *client.ScheduleOptions, a *client.ScheduleWorkflowAction) { a.Memo = nil }},
		{"timeout", func(_ *client.ScheduleOptions, a *client.ScheduleWorkflowAction) { a.WorkflowRunTimeout = 0 }},
		{"summary", func(_ *client.ScheduleOptions, a *client.ScheduleWorkflowAction) { a.StaticSummary = "Other" }},
		{"priority", func(_ *client.ScheduleOptions, a *client.ScheduleWorkflowAction) { a.Priority.PriorityKey = 5 }},
		{"retries", func(_ *client.ScheduleOptions, a *client.ScheduleWorkflowAction) { a.RetryPolicy.MaximumAttempts = 3 }},
		{"attributes of the runs", func(_ *client.ScheduleOptions, a *client.ScheduleWorkflowAction) {
			a.TypedSearchAttributes = temporal.SearchAttributes{}
		}},
		{"attributes of the schedule", func(o *client.ScheduleOptions, _ *client.ScheduleWorkflowAction) {
			o.TypedSearchAttributes = temporal.NewSearchAttributes(temporal.NewSearchAttributeKeyKeyword("Connection").ValueSet("b"))
		}},
	}
	for _, test := range changes {
		want := reconcile()
		action, ok := want.Action.(*client.ScheduleWorkflowAction)
		require.True(t, ok)
		test.change(&want, action)
		require.Equal(t, temporalx.ScheduleUpdated, apply(want), "%s is noticed", test.name)
		eventually(t, test.name+" has arrived", func() bool { return apply(want) == temporalx.ScheduleUnchanged })
		require.Equal(t, temporalx.ScheduleUpdated, apply(reconcile()), "%s is taken back", test.name)
	}
}

// eventually polls a condition: the server shows a schedule's own attributes a moment after the rest.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for !condition() {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			require.FailNow(t, what+": not within 30 seconds")
		}
	}
}

// Whoever paused a schedule in Temporal's UI finds it paused after the next deployment, with the note.
func TestApplyScheduleKeepsPause(t *testing.T) {
	t.Parallel()
	c, _ := dial(t)
	_, err := temporalx.ApplySchedule(t.Context(), c, reconcile())
	require.NoError(t, err)
	handle := c.ScheduleClient().GetHandle(t.Context(), "reconcile/default")
	require.NoError(t, handle.Pause(t.Context(), client.SchedulePauseOptions{Note: "while we move"}))

	change, err := temporalx.ApplySchedule(t.Context(), c, reconcile())
	require.NoError(t, err)
	require.Equal(t, temporalx.ScheduleUnchanged, change)
	want := reconcile()
	want.Spec.Intervals[0].Every = 5 * time.Minute
	change, err = temporalx.ApplySchedule(t.Context(), c, want)
	require.NoError(t, err)
	require.Equal(t, temporalx.ScheduleUpdated, change)

	now, err := handle.Describe(t.Context())
	require.NoError(t, err)
	require.True(t, now.Schedule.State.Paused)
	require.Equal(t, "while we move", now.Schedule.State.Note)
	require.Equal(t, 5*time.Minute, now.Schedule.Spec.Intervals[0].Every)
}

// Programs that start at once make one schedule, and none fails.
func TestApplyScheduleAtOnce(t *testing.T) {
	t.Parallel()
	c, _ := dial(t)
	changes := make([]temporalx.ScheduleChange, 8)
	var programs errgroup.Group
	for i := range changes {
		programs.Go(func() (err error) {
			changes[i], err = temporalx.ApplySchedule(t.Context(), c, reconcile())
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

// A schedule that would get a random workflow id, or whose workflow has no name to compare, is refused.
func TestApplyScheduleRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		action client.ScheduleAction
		want   string
	}{
		{"no action", nil, "has no workflow id"},
		{"no id", &client.ScheduleWorkflowAction{Workflow: "Reconcile"}, "has no workflow id"},
		{"function", &client.ScheduleWorkflowAction{ID: "a", Workflow: func() {}}, "is not named by its type"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			// No client is needed to see it.
			_, err := temporalx.ApplySchedule(t.Context(), nil, client.ScheduleOptions{ID: "reconcile/default", Action: test.action})
			require.ErrorContains(t, err, "schedule reconcile/default: its")
			require.ErrorContains(t, err, test.want)
		})
	}
}
