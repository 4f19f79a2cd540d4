package temporalx_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/temporalx"
)

// carried is what one execution saw of its pair.
type carried struct {
	Workflow, Activity, Local flow.Pair
	Started                   time.Time
	Child                     *carried
}

// An execution carries its pair to activities, local activities, children and its next run. One that was started without a pair
// carries when it started.
func TestPairTravels(t *testing.T) {
	t.Parallel()
	c, _ := dial(t)
	queue := "pair-" + t.Name()
	w := worker.New(c, queue, worker.Options{})
	look := func(ctx context.Context) (flow.Pair, error) { return flow.PairFrom(ctx), nil }
	w.RegisterActivity(look)
	run := func(ctx workflow.Context, left int) (carried, error) {
		if left == 2 {
			return carried{}, workflow.NewContinueAsNewError(ctx, "Carry", 1)
		}
		seen := carried{Workflow: flow.PairOf(ctx), Started: workflow.GetInfo(ctx).WorkflowStartTime}
		activities := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
		if err := workflow.ExecuteActivity(activities, look).Get(ctx, &seen.Activity); err != nil {
			return seen, err
		}
		local := workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{StartToCloseTimeout: time.Minute})
		if err := workflow.ExecuteLocalActivity(local, look).Get(ctx, &seen.Local); err != nil {
			return seen, err
		}
		if left == 1 {
			child := workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{WorkflowRunTimeout: time.Minute})
			if err := workflow.ExecuteChildWorkflow(child, "Carry", 0).Get(ctx, &seen.Child); err != nil {
				return seen, err
			}
		}
		return seen, nil
	}
	w.RegisterWorkflowWithOptions(run, workflow.RegisterOptions{Name: "Carry"})
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
	start := func(ctx context.Context) carried {
		t.Helper()
		execution, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{TaskQueue: queue}, "Carry", 2)
		require.NoError(t, err)
		var seen carried
		require.NoError(t, execution.Get(t.Context(), &seen))
		return seen
	}

	pair := flow.Pair{Connection: "default", Number: 2}
	seen := start(flow.WithPair(t.Context(), pair))
	for _, one := range []carried{seen, *seen.Child} {
		require.Equal(t, []flow.Pair{pair, pair, pair}, []flow.Pair{one.Workflow, one.Activity, one.Local})
	}

	seen = start(t.Context())
	first := seen.Workflow.Started
	require.False(t, first.After(seen.Started), "the next run carries when the first one started")
	for _, one := range []carried{seen, *seen.Child} {
		require.WithinDuration(t, first, one.Activity.Started, 0)
		require.WithinDuration(t, first, one.Local.Started, 0)
		require.Zero(t, one.Activity.Number)
	}
}

// A schedule gives its runs the pair that it was set for. Another pair updates it.
func TestScheduleCarriesItsPair(t *testing.T) {
	t.Parallel()
	c, _ := dial(t)
	options := client.ScheduleOptions{
		ID: "reconcile/" + t.Name(), Spec: client.ScheduleSpec{Intervals: []client.ScheduleIntervalSpec{{Every: time.Hour}}},
		Action: &client.ScheduleWorkflowAction{ID: "reconcile/" + t.Name(), Workflow: "Nothing", TaskQueue: "nobody"},
	}
	t.Cleanup(func() {
		_ = c.ScheduleClient().GetHandle(context.WithoutCancel(t.Context()), options.ID).Delete(context.WithoutCancel(t.Context()))
	})
	apply := func(number int64) temporalx.ScheduleChange {
		t.Helper()
		ctx := t.Context()
		if number > 0 {
			ctx = flow.WithPair(ctx, flow.Pair{Connection: "default", Number: number})
		}
		change, err := temporalx.ApplySchedule(ctx, c, options, 1)
		require.NoError(t, err)
		return change
	}
	require.Equal(t, temporalx.ScheduleCreated, apply(1))
	require.Equal(t, temporalx.ScheduleUnchanged, apply(1))
	require.Equal(t, temporalx.ScheduleUpdated, apply(2))
	require.Equal(t, temporalx.ScheduleUnchanged, apply(2))

	require.NoError(t, c.ScheduleClient().GetHandle(t.Context(), options.ID).Trigger(t.Context(), client.ScheduleTriggerOptions{}))
	require.Eventually(t, func() bool {
		description, err := c.ScheduleClient().GetHandle(t.Context(), options.ID).Describe(t.Context())
		if err != nil || len(description.Info.RunningWorkflows) == 0 {
			return false
		}
		running := description.Info.RunningWorkflows[0]
		history := c.GetWorkflowHistory(t.Context(), running.WorkflowID, running.FirstExecutionRunID, false, 0)
		event, err := history.Next()
		if err != nil {
			return false
		}
		header := event.GetWorkflowExecutionStartedEventAttributes().GetHeader().GetFields()["pair"]
		_ = c.TerminateWorkflow(t.Context(), running.WorkflowID, "", "seen")
		return header != nil && string(header.GetData()) == `{"connection":"default","number":2}`
	}, time.Minute, 100*time.Millisecond)
}
