package workflows_test

import (
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/workflows"
)

// startTime is when every test environment starts. Its clock jumps from one event to the next.
var startTime = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

// testEnv is Temporal's test environment for one workflow, with fake activities.
type testEnv struct {
	*testsuite.TestWorkflowEnvironment
	*fakeActivities
	t        *testing.T
	children *children // only of a full import
}

// children records the child workflows that a full import starts, which are fakes too.
type children struct {
	do       func(workflow.Context, flow.ImportOrganizationInput) error
	inputs   []flow.ImportOrganizationInput
	started  map[int]time.Time
	ended    map[int]time.Time
	inFlight int
	peak     int
	// alerts lists the uids whose AlertTriggered was started, in order.
	alerts                    []string
	alertsInFlight, alertPeak int
}

// newOrganizationEnv returns an environment for an ImportOrganization.
func newOrganizationEnv(t *testing.T, fake *fakeActivities) *testEnv {
	t.Helper()
	env := newTestEnv(t, fake)
	workflows.RegisterAll(env.TestWorkflowEnvironment, &activities.Activities{})
	return env
}

// newImportEnv returns an environment for a FullImport whose organizations take a minute each, unless do replaces that.
func newImportEnv(t *testing.T, fake *fakeActivities, do func(workflow.Context, flow.ImportOrganizationInput) error) *testEnv {
	t.Helper()
	if do == nil {
		do = takesOneMinute
	}
	env := newTestEnv(t, fake)
	env.children = &children{started: map[int]time.Time{}, ended: map[int]time.Time{}, do: do}
	workflows.RegisterAll(fakeChildren{env.TestWorkflowEnvironment, env.children}, &activities.Activities{})
	return env
}

func newTestEnv(t *testing.T, fake *fakeActivities) *testEnv {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(quietLogger())
	env := &testEnv{TestWorkflowEnvironment: suite.NewTestWorkflowEnvironment(), fakeActivities: fake, t: t}
	env.SetStartTime(startTime)
	env.SetTestTimeout(time.Minute)
	env.SetWorkerOptions(worker.Options{DeadlockDetectionTimeout: time.Minute}) // the machine may be busy
	env.OnActivity(steps.ImportBegin, mock.Anything, mock.Anything).Return(fake.ImportBegin).Maybe()
	env.OnActivity(steps.ImportCompare, mock.Anything, mock.Anything).Return(fake.ImportCompare).Maybe()
	env.OnActivity(steps.ImportNext, mock.Anything, mock.Anything).Return(fake.ImportNext).Maybe()
	env.OnActivity(steps.NinjaReadAlerts, mock.Anything, mock.Anything).Return(fake.NinjaReadAlerts).Maybe()
	env.OnActivity(steps.ImportNextAlerts, mock.Anything, mock.Anything).Return(fake.ImportNextAlerts).Maybe()
	env.OnActivity(steps.ImportAlertDone, mock.Anything, mock.Anything).Return(fake.ImportAlertDone).Maybe()
	env.OnActivity(steps.ImportFinish, mock.Anything, mock.Anything).Return(fake.ImportFinish).Maybe()
	env.OnActivity(steps.AcceloSyncCompany, mock.Anything, mock.Anything).Return(fake.AcceloSyncCompany).After(fake.companyDuration).Maybe()
	env.OnActivity(steps.AcceloSyncDevices, mock.Anything, mock.Anything).Return(fake.AcceloSyncDevices).Maybe()
	return env
}

// readingTakes sets how long reading each vendor takes on the environment's clock.
func (env *testEnv) readingTakes(duration time.Duration) *testEnv {
	env.OnActivity(steps.NinjaRead, mock.Anything, mock.Anything).Return(env.NinjaRead).After(duration).Maybe()
	env.OnActivity(steps.AcceloRead, mock.Anything, mock.Anything).Return(env.AcceloRead).After(duration).Maybe()
	return env
}

// fakeChildren registers fakes for ImportOrganization and AlertTriggered. A mock would not do, because its parent only sees it as
// started once it has ended.
type fakeChildren struct {
	*testsuite.TestWorkflowEnvironment
	fake *children
}

func (r fakeChildren) RegisterWorkflowWithOptions(w any, options workflow.RegisterOptions) {
	switch options.Name {
	case flow.ImportOrganization:
		w = r.fake.run
	case flow.AlertTriggered:
		w = r.fake.runAlert
	}
	r.TestWorkflowEnvironment.RegisterWorkflowWithOptions(w, options)
}

// run replaces ImportOrganization.
func (c *children) run(ctx workflow.Context, in flow.ImportOrganizationInput) (flow.ImportResult, error) {
	c.inputs = append(c.inputs, in)
	c.started[in.OrganizationID] = workflow.Now(ctx)
	c.inFlight++
	c.peak = max(c.peak, c.inFlight)
	defer func() {
		c.inFlight--
		c.ended[in.OrganizationID] = workflow.Now(ctx)
	}()
	return flow.ImportResult{}, c.do(ctx, in)
}

// runAlert replaces AlertTriggered and takes a minute. An alert's subject sets the outcome; "fails" makes it fail.
func (c *children) runAlert(ctx workflow.Context, in flow.AlertTriggeredInput) (flow.AlertResult, error) {
	c.alerts = append(c.alerts, in.Alert.UID)
	c.alertsInFlight++
	c.alertPeak = max(c.alertPeak, c.alertsInFlight)
	defer func() { c.alertsInFlight-- }()
	if c.inFlight > 0 {
		return flow.AlertResult{}, nonRetryable("an alert was imported before its organization")
	}
	if err := workflow.Sleep(ctx, time.Minute); err != nil {
		return flow.AlertResult{}, err
	}
	switch outcome := in.Alert.Subject; outcome {
	case "fails":
		return flow.AlertResult{}, nonRetryable(activities.Refused)
	default:
		return flow.AlertResult{Outcome: flow.Outcome(outcome)}, nil
	}
}

// takesOneMinute is what a fake organization does by default. If it is cancelled, it takes ten more seconds to finish its record.
func takesOneMinute(ctx workflow.Context, _ flow.ImportOrganizationInput) error {
	err := workflow.Sleep(ctx, time.Minute)
	if temporal.IsCanceledError(err) {
		disconnected, _ := workflow.NewDisconnectedContext(ctx)
		return errors.Join(err, workflow.Sleep(disconnected, 10*time.Second))
	}
	return err
}

// startedIDs returns the organizations that were started, in order.
func (c *children) startedIDs() []int {
	ids := make([]int, 0, len(c.inputs))
	for _, in := range c.inputs {
		ids = append(ids, in.OrganizationID)
	}
	return ids
}

// lastStart returns when the last organization was started.
func (c *children) lastStart() time.Time {
	return slices.MaxFunc(slices.Collect(maps.Values(c.started)), time.Time.Compare)
}

// after calls do at a moment of the environment's clock, counted from its start.
func (env *testEnv) after(moment time.Duration, do func()) { env.RegisterDelayedCallback(do, moment) }

func (env *testEnv) runImport(in flow.FullImportInput) {
	env.t.Helper()
	env.ExecuteWorkflow(flow.FullImport, in)
	require.True(env.t, env.IsWorkflowCompleted())
}

// importResult requires that the workflow completed, and returns its result.
func (env *testEnv) importResult() flow.ImportResult {
	env.t.Helper()
	require.NoError(env.t, env.GetWorkflowError())
	var result flow.ImportResult
	require.NoError(env.t, env.GetWorkflowResult(&result))
	return result
}

// cancelledResult requires that the workflow was cancelled, and returns the result in the details of its error.
func (env *testEnv) cancelledResult() flow.ImportResult {
	env.t.Helper()
	var cancelled *temporal.CanceledError
	require.ErrorAs(env.t, env.GetWorkflowError(), &cancelled)
	require.True(env.t, cancelled.HasDetails(), "a cancelled import reports what was done")
	var result flow.ImportResult
	require.NoError(env.t, cancelled.Details(&result))
	return result
}

// failure requires that the workflow failed, and returns its error.
func (env *testEnv) failure() *temporal.ApplicationError {
	env.t.Helper()
	var failure *temporal.ApplicationError
	require.ErrorAs(env.t, env.GetWorkflowError(), &failure)
	return failure
}

// continuedAs returns the input with which the workflow continued as new, or nil if it did not.
func (env *testEnv) continuedAs() *flow.FullImportInput {
	env.t.Helper()
	var next *workflow.ContinueAsNewError
	if !errors.As(env.GetWorkflowError(), &next) {
		return nil
	}
	require.Equal(env.t, flow.FullImport, next.WorkflowType.Name)
	var in flow.FullImportInput
	require.NoError(env.t, converter.GetDefaultDataConverter().FromPayloads(next.Input, &in))
	return &in
}

// progress queries the workflow's progress.
func (env *testEnv) progress() flow.Progress {
	env.t.Helper()
	answer, err := env.QueryWorkflow(flow.ProgressQuery)
	require.NoError(env.t, err)
	var progress flow.Progress
	require.NoError(env.t, answer.Get(&progress))
	return progress
}

// oneTo returns the numbers from 1 to n.
func oneTo(n int) []int {
	numbers := make([]int, n)
	for i := range numbers {
		numbers[i] = i + 1
	}
	return numbers
}
