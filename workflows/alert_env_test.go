package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	sdkpb "go.temporal.io/api/sdk/v1"
	"go.temporal.io/sdk/temporal"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
)

// alertEnv is a test environment for an alert workflow.
type alertEnv struct {
	*testEnv
	// upserted holds the search attributes that the workflow has set since its start.
	upserted []temporal.SearchAttributes
}

func newAlertEnv(t *testing.T, script alertScript) *alertEnv {
	t.Helper()
	fake := newFakeActivities(0)
	fake.alertScript = script
	env := &alertEnv{testEnv: newOrganizationEnv(t, fake)}
	for _, step := range []struct{ name, fake any }{
		{steps.AcceloOpenRequest, fake.AcceloOpenRequest},
		{steps.AcceloSyncAlertCompany, fake.AcceloSyncAlertCompany},
		{steps.AcceloSyncAlertDevice, fake.AcceloSyncAlertDevice},
		{steps.AcceloCloseRequest, fake.AcceloCloseRequest},
		{steps.AcceloFollowRequest, fake.AcceloFollowRequest},
		{steps.NinjaResetAlerts, fake.NinjaResetAlerts},
		{steps.NinjaFindSeverity, fake.NinjaFindSeverity},
	} {
		env.OnActivity(step.name, mock.Anything, mock.Anything).Return(step.fake).After(script.duration).Maybe()
	}
	env.OnUpsertTypedSearchAttributes(mock.Anything).Return(nil).
		Run(func(arguments mock.Arguments) {
			env.upserted = append(env.upserted, arguments.Get(0).(temporal.SearchAttributes))
		}).Maybe()
	return env
}

// searchable starts the workflow with search attributes, as in a namespace that has them.
func (env *alertEnv) searchable() *alertEnv {
	env.t.Helper()
	require.NoError(env.t, env.SetTypedSearchAttributesOnStart(temporal.NewSearchAttributes(flow.ConnectionAttribute.ValueSet("default"))))
	return env
}

func (env *alertEnv) run(workflowType string, in any) {
	env.t.Helper()
	env.ExecuteWorkflow(workflowType, in)
	require.True(env.t, env.IsWorkflowCompleted())
}

// result requires that the workflow completed, and that its details show the result's text.
func (env *alertEnv) result() flow.AlertResult {
	env.t.Helper()
	require.NoError(env.t, env.GetWorkflowError())
	var result flow.AlertResult
	require.NoError(env.t, env.GetWorkflowResult(&result))
	require.Equal(env.t, result.Text, env.details())
	return result
}

// details returns what Temporal's UI currently shows about the workflow.
func (env *alertEnv) details() string {
	env.t.Helper()
	answer, err := env.QueryWorkflow("__temporal_workflow_metadata")
	require.NoError(env.t, err)
	var metadata sdkpb.WorkflowMetadata
	require.NoError(env.t, answer.Get(&metadata))
	return metadata.GetCurrentDetails()
}

// elapsed returns the time since the workflow's start on the environment's clock.
func (env *alertEnv) elapsed() time.Duration { return env.Now().Sub(startTime) }

// signalChanges sends a number of change signals to a RequestClosed at a moment. At 0 they arrive before its first activity, as in
// a signal-with-start.
func (env *alertEnv) signalChanges(moment time.Duration, times int) {
	env.after(moment, func() {
		for range times {
			env.SignalWorkflow(flow.ChangedSignal, nil)
		}
	})
}

// requireFailureAtEachStep runs a workflow once for each of its activities and makes that one fail permanently. The workflow must
// fail with the same error and call no further activity.
func requireFailureAtEachStep(t *testing.T, script alertScript, workflowType string, in any, signals int) {
	t.Helper()
	run := func(failAt int) *alertEnv {
		script.failAt = failAt
		env := newAlertEnv(t, script)
		env.signalChanges(0, signals)
		env.run(workflowType, in)
		return env
	}
	complete := run(0)
	complete.result()
	for step, in := range complete.inputs() {
		env := run(step + 1)
		require.Equal(t, activities.Refused, env.failure().Type(), "%T", in)
		require.True(t, env.failure().NonRetryable())
		require.Equal(t, "this cannot succeed", env.failure().Message())
		require.Equal(t, complete.inputs()[:step+1], env.inputs(), "no activity runs after the one that failed")
	}
}
