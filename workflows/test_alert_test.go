package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/workflows"
)

var testInput = flow.TestAlertInput{Connection: "default", UID: "7e57a1e7-0000-8000-8000-000000000000", Searchable: true}

// testScript sets what the activities of a test alert return. With the zero value the test passes.
type testScript struct {
	// prepare and deliver are the errors of these; resetDelivery is that of the second delivery.
	prepare, deliver, resetDelivery error
	// opened and ended replace what waiting finds.
	opened, ended *activities.TestAlertAwaitResult
}

// TestAlertPrepare fakes the activity of the same name, as do the methods below.
func (f *fakeActivities) TestAlertPrepare(_ context.Context, in activities.TestAlertPrepareInput) (activities.TestAlertPrepareResult, error) {
	return activities.TestAlertPrepareResult{OrganizationID: 7, DeviceID: 8, Request: "Ticket"}, either(f.record("TestAlertPrepare", in), f.test.prepare)
}

func (f *fakeActivities) TestAlertDeliver(_ context.Context, in activities.TestAlertDeliverInput) (activities.TestAlertDeliverResult, error) {
	fails := f.test.deliver
	if in.Reset {
		fails = f.test.resetDelivery
	}
	return activities.TestAlertDeliverResult{Address: "https://sync.example.com/webhooks/ninjaone/default"}, either(f.record("TestAlertDeliver", in), fails)
}

func (f *fakeActivities) TestAlertAwait(_ context.Context, in activities.TestAlertAwaitInput) (activities.TestAlertAwaitResult, error) {
	found, replaced := activities.TestAlertAwaitResult{RequestID: 31, Ended: in.Ended}, f.test.opened
	if in.Ended {
		replaced = f.test.ended
	}
	if replaced != nil {
		found = *replaced
	}
	return found, f.record("TestAlertAwait", in)
}

func (f *fakeActivities) TestAlertFinish(_ context.Context, in activities.TestAlertFinishInput) error {
	return f.record("TestAlertFinish", in)
}

func either(first, second error) error {
	if first != nil {
		return first
	}
	return second
}

// testAlertEnv runs a TestAlert whose activities take a second each.
type testAlertEnv struct {
	*testEnv
	// resets are the AlertReset workflows that it started.
	resets []flow.AlertResetInput
}

func newTestAlertEnv(t *testing.T, script testScript) *testAlertEnv {
	t.Helper()
	fake := newFakeActivities(0)
	fake.test = script
	env := &testAlertEnv{testEnv: newTestEnv(t, fake)}
	workflows.RegisterAll(env.TestWorkflowEnvironment, &activities.Activities{})
	for _, step := range []struct{ name, fake any }{
		{steps.TestAlertPrepare, fake.TestAlertPrepare},
		{steps.TestAlertDeliver, fake.TestAlertDeliver},
		{steps.TestAlertAwait, fake.TestAlertAwait},
		{steps.TestAlertFinish, fake.TestAlertFinish},
	} {
		env.OnActivity(step.name, mock.Anything, mock.Anything).Return(step.fake).After(time.Second).Maybe()
	}
	env.OnWorkflow(flow.AlertReset, mock.Anything, mock.Anything).Maybe().Return(
		func(_ workflow.Context, in flow.AlertResetInput) (flow.AlertResult, error) {
			env.resets = append(env.resets, in)
			return flow.AlertResult{}, nil
		})
	return env
}

// run runs the workflow and returns its result, which is also the stored one and what Temporal's UI shows.
func (env *testAlertEnv) run() flow.TestAlertResult {
	env.t.Helper()
	env.ExecuteWorkflow(flow.TestAlert, testInput)
	require.True(env.t, env.IsWorkflowCompleted())
	inputs := env.inputs()
	stored, ok := inputs[len(inputs)-1].(activities.TestAlertFinishInput)
	require.True(env.t, ok)
	if err := env.GetWorkflowError(); err != nil {
		require.True(env.t, temporal.IsCanceledError(err))
		return stored.Result
	}
	var result flow.TestAlertResult
	require.NoError(env.t, env.GetWorkflowResult(&result))
	require.Equal(env.t, result, stored.Result)
	return result
}

func deliverInput(reset bool) activities.TestAlertDeliverInput {
	return activities.TestAlertDeliverInput{Connection: "default", UID: testInput.UID, Reset: reset, OrganizationID: 7, DeviceID: 8}
}

func awaitInput(ended bool) activities.TestAlertAwaitInput {
	return activities.TestAlertAwaitInput{Connection: "default", UID: testInput.UID, Ended: ended, Within: time.Minute}
}

// A test that passes says what was done and how long each step took.
func TestTestAlertPasses(t *testing.T) {
	t.Parallel()
	env := newTestAlertEnv(t, testScript{})
	result := env.run()
	require.Equal(t, flow.TestPassed, result.State)
	require.Equal(t, "Passed. The test alert was delivered to https://sync.example.com/webhooks/ninjaone/default (1.0 s). Ticket 31 was opened (1.0 s). "+
		"The reset of the test alert was delivered to https://sync.example.com/webhooks/ninjaone/default (1.0 s). Ticket 31 was closed again (1.0 s).",
		result.Text)
	require.Equal(t, []any{
		activities.TestAlertPrepareInput{Connection: "default"},
		deliverInput(false), awaitInput(false), deliverInput(true), awaitInput(true),
		activities.TestAlertFinishInput{Result: result},
	}, env.inputs())
	require.Equal(t, []int64{31, 7, 8}, []int64{result.RequestID, int64(result.OrganizationID), int64(result.DeviceID)})
	require.Empty(t, env.resets)
}

// A test that fails says where, and ends what may be open.
func TestTestAlertFails(t *testing.T) {
	t.Parallel()
	unreachable := temporal.NewNonRetryableApplicationError("it redirects", activities.Refused, nil)
	nothing := &activities.TestAlertAwaitResult{}
	for _, test := range []struct {
		name   string
		script testScript
		text   string
		steps  []string
		resets int
	}{
		{
			name: "not ready", script: testScript{prepare: unreachable}, text: "Not started: it redirects.", steps: []string{},
		},
		{
			name: "not delivered", script: testScript{deliver: unreachable, ended: &activities.TestAlertAwaitResult{Ended: true}},
			text:  "Failed. The test alert could not be delivered: it redirects (1.0 s).",
			steps: []string{"delivered false", "reset true", "closed true"},
		},
		{
			name: "neither delivered", script: testScript{deliver: unreachable, resetDelivery: unreachable, ended: nothing},
			text:  "Failed. The test alert could not be delivered: it redirects (1.0 s).",
			steps: []string{"delivered false", "reset false", "closed false"}, resets: 1,
		},
		{
			name: "no request", script: testScript{opened: nothing, ended: &activities.TestAlertAwaitResult{Ended: true}},
			text:  "Ticket not opened within 1m0s: Accelo may be slow or out of budget",
			steps: []string{"delivered true", "opened false", "reset true", "closed true"},
		},
		{
			name:   "request refused",
			script: testScript{opened: &activities.TestAlertAwaitResult{Problem: "no rights"}, ended: &activities.TestAlertAwaitResult{Ended: true}},
			text:   "Ticket not opened: no rights (1.0 s).", steps: []string{"delivered true", "opened false", "reset true", "closed true"},
		},
		{
			name: "reset not delivered", script: testScript{resetDelivery: unreachable},
			text:  "The reset of the test alert could not be delivered: it redirects (1.0 s). Ticket 31 was closed again",
			steps: []string{"delivered true", "opened true", "reset false", "closed true"}, resets: 1,
		},
		{
			name: "not closed", script: testScript{ended: &activities.TestAlertAwaitResult{RequestID: 31}},
			text:  "Ticket 31 not closed within 1m0s; the next reconciliation closes it",
			steps: []string{"delivered true", "opened true", "reset true", "closed false"},
		},
		{
			name: "close refused", script: testScript{ended: &activities.TestAlertAwaitResult{RequestID: 31, Problem: "no rights"}},
			text:  "Ticket 31 not closed: no rights; the next reconciliation tries again",
			steps: []string{"delivered true", "opened true", "reset true", "closed false"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			env := newTestAlertEnv(t, test.script)
			result := env.run()
			require.Equal(t, flow.TestFailed, result.State)
			require.Contains(t, result.Text, test.text)
			steps := []string{}
			for _, step := range result.Steps {
				done := " false"
				if step.Done {
					done = " true"
				}
				steps = append(steps, step.Name+done)
			}
			require.Equal(t, test.steps, steps)
			require.Len(t, env.resets, test.resets)
		})
	}
}

// A test that is cancelled still resets its alert.
func TestTestAlertCancelled(t *testing.T) {
	t.Parallel()
	for at := 500 * time.Millisecond; at < 6*time.Second; at += time.Second {
		env := newTestAlertEnv(t, testScript{})
		env.after(at, env.CancelWorkflow)
		result := env.run()
		delivered := count[activities.TestAlertDeliverInput](env.inputs())
		if len(result.Steps) > 0 {
			require.Equal(t, "closed", result.Steps[len(result.Steps)-1].Name)
			require.Equal(t, 2, delivered, at)
		} else {
			require.Zero(t, delivered, at)
		}
	}
}
