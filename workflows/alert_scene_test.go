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

// alertScene is a scene for one of the alert flows.
type alertScene struct {
	*scene
	// upserted are the search attributes that the flow has set since it began.
	upserted []temporal.SearchAttributes
}

func newAlertScene(t *testing.T, script alertScript) *alertScene {
	t.Helper()
	fake := newFakeSteps(0)
	fake.alertScript = script
	s := &alertScene{scene: newScene(t, fake)}
	for _, step := range []struct{ name, fake any }{
		{steps.AcceloOpenRequest, fake.AcceloOpenRequest},
		{steps.AcceloSyncAlertCompany, fake.AcceloSyncAlertCompany},
		{steps.AcceloSyncAlertDevice, fake.AcceloSyncAlertDevice},
		{steps.AcceloCloseRequest, fake.AcceloCloseRequest},
		{steps.AcceloFollowRequest, fake.AcceloFollowRequest},
		{steps.NinjaResetAlerts, fake.NinjaResetAlerts},
	} {
		s.OnActivity(step.name, mock.Anything, mock.Anything).Return(step.fake).After(script.takes).Maybe()
	}
	s.OnUpsertTypedSearchAttributes(mock.Anything).Return(nil).
		Run(func(arguments mock.Arguments) {
			s.upserted = append(s.upserted, arguments.Get(0).(temporal.SearchAttributes))
		}).Maybe()
	return s
}

// searchable starts the flow with search attributes, as it is where the namespace has them.
func (s *alertScene) searchable() *alertScene {
	s.t.Helper()
	require.NoError(s.t, s.SetTypedSearchAttributesOnStart(temporal.NewSearchAttributes(flow.ConnectionAttribute.ValueSet("default"))))
	return s
}

func (s *alertScene) run(workflowType string, in any) {
	s.t.Helper()
	s.ExecuteWorkflow(workflowType, in)
	require.True(s.t, s.IsWorkflowCompleted())
}

// result is what a flow that came to its end did. What it tells people at the moment is then the same.
func (s *alertScene) result() flow.AlertResult {
	s.t.Helper()
	require.NoError(s.t, s.GetWorkflowError())
	var result flow.AlertResult
	require.NoError(s.t, s.GetWorkflowResult(&result))
	require.Equal(s.t, result.Text, s.details())
	return result
}

// details is what Temporal's UI shows of the flow at the moment.
func (s *alertScene) details() string {
	s.t.Helper()
	answer, err := s.QueryWorkflow("__temporal_workflow_metadata")
	require.NoError(s.t, err)
	var metadata sdkpb.WorkflowMetadata
	require.NoError(s.t, answer.Get(&metadata))
	return metadata.GetCurrentDetails()
}

// elapsed is the time since the flow's start, on the scene's clock.
func (s *alertScene) elapsed() time.Duration { return s.Now().Sub(start) }

// signals tells a RequestClosed of a change, so many times at a moment. At 0 that is before its first step, as it is when the
// change has started it.
func (s *alertScene) signals(moment time.Duration, times int) {
	s.at(moment, func() {
		for range times {
			s.SignalWorkflow(flow.ChangedSignal, nil)
		}
	})
}

// failsAtEachStep runs a flow once for each of its activities, which fails for good: the flow then fails with that very error
// and takes no further step.
func failsAtEachStep(t *testing.T, script alertScript, workflowType string, in any, signals int) {
	t.Helper()
	play := func(t *testing.T, refuses int) *alertScene {
		t.Helper()
		played := script
		played.refuses = refuses
		s := newAlertScene(t, played)
		s.signals(0, signals)
		s.run(workflowType, in)
		return s
	}
	whole := play(t, 0)
	whole.result()
	for step, asked := range whole.inputs() {
		s := play(t, step+1)
		require.Equal(t, activities.Refused, s.failed().Type(), "%T", asked)
		require.True(t, s.failed().NonRetryable())
		require.Equal(t, "this cannot succeed", s.failed().Message())
		require.Equal(t, whole.inputs()[:step+1], s.inputs(), "nothing after the step that failed")
	}
}
