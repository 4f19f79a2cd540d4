package workflows_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
)

// continued returns the input with which a run continued as new.
func (env *reconcileEnv) continued(in flow.ReconcileInput) flow.ReconcileInput {
	env.t.Helper()
	env.ExecuteWorkflow(flow.Reconcile, in)
	require.True(env.t, env.IsWorkflowCompleted())
	var next *workflow.ContinueAsNewError
	require.ErrorAs(env.t, env.GetWorkflowError(), &next)
	var input flow.ReconcileInput
	require.NoError(env.t, converter.GetDefaultDataConverter().FromPayloads(next.Input, &input))
	return input
}

// A run that has much to hand out continues as new between batches, so that its history stays short. What it had done and could not do counts for
// the whole, and no active alert is handed out again.
func TestLongReconcileContinues(t *testing.T) {
	t.Parallel()
	first := newReconcileEnv(t)
	first.SetCurrentHistoryLength(2600)
	first.missedPages = []activities.NinjaReadMissedResult{{Missed: []flow.MissedAlert{missedAlert("a", true, false)}, More: true}}
	first.sweepError = errors.New("deadlock detected")
	carried := first.continued(flow.ReconcileInput{Connection: "default"})
	require.True(t, carried.Unfinished)
	require.Empty(t, first.compared, "it is long enough")
	require.Equal(t, 1, carried.Carried.Healed.Triggers)

	second := newReconcileEnv(t)
	second.SetCurrentHistoryLength(2600)
	second.comparedPages = []activities.NinjaCompareAlertsResult{{Missed: []flow.MissedAlert{missedAlert("b", true, false)}, More: true, After: "b"}}
	carried = second.continued(carried)
	require.True(t, carried.Unfinished)
	require.Equal(t, "b", carried.AfterAlert)

	last := newReconcileEnv(t)
	last.SetCurrentHistoryLength(2600)
	last.comparedPages = []activities.NinjaCompareAlertsResult{{Missed: []flow.MissedAlert{missedAlert("c", true, false)}}}
	last.ExecuteWorkflow(flow.Reconcile, carried)
	require.NoError(t, last.GetWorkflowError())
	var result flow.ReconcileResult
	require.NoError(t, last.GetWorkflowResult(&result))
	require.Equal(t, "b", last.compared[0].After)
	require.Equal(t, 3, result.Healed.Triggers)
	require.Contains(t, result.Left[0], "deadlock detected", "what a run before could not do is still said")
	require.Len(t, last.finished, 1)
	require.Empty(t, first.finished)
}

// A run that holds something back for approval doesn't continue as new, however long it is: what a user is shown, and what a user says, must not
// get lost. Nor does it register NinjaOne's webhook before it knows whether anything was missed last.
func TestLongReconcileThatNeedsApproval(t *testing.T) {
	t.Parallel()
	env := newReconcileEnv(t)
	env.SetCurrentHistoryLength(2600)
	env.comparedPages = []activities.NinjaCompareAlertsResult{
		{Missed: []flow.MissedAlert{missedAlert("b", true, false)}, More: true, After: "b", Held: "300 of 400 alerts would be reset"},
		{Missed: []flow.MissedAlert{}},
	}
	result := env.run()
	require.NotEmpty(t, env.holds)
	require.Equal(t, "300 of 400 alerts would be reset", env.holds[0].Reason)
	require.Equal(t, 1, result.Healed.Triggers)
	require.NotEmpty(t, env.registered)
}
