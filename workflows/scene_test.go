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

// start is when every scene begins, on a clock that jumps from one event to the next.
var start = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

// scene is a workflow on Temporal's test environment with all activities faked.
type scene struct {
	*testsuite.TestWorkflowEnvironment
	*fakeSteps
	t        *testing.T
	children *children // of a full import
}

// children are the ImportOrganization workflows that a full import has started, which are faked too.
type children struct {
	do       func(workflow.Context, flow.ImportOrganizationInput) error
	inputs   []flow.ImportOrganizationInput
	started  map[int]time.Time
	ended    map[int]time.Time
	inFlight int
	peak     int
	// alerts are those whose AlertTriggered was started, in order.
	alerts                    []string
	alertsInFlight, alertPeak int
}

// newScene is a scene for an ImportOrganization.
func newScene(t *testing.T, fake *fakeSteps) *scene {
	t.Helper()
	s := emptyScene(t, fake)
	workflows.RegisterAll(s.TestWorkflowEnvironment, &activities.Activities{})
	return s
}

// newImport is a scene for a FullImport whose organizations take a minute each, or do what is given.
func newImport(t *testing.T, fake *fakeSteps, do func(workflow.Context, flow.ImportOrganizationInput) error) *scene {
	t.Helper()
	if do == nil {
		do = aMinute
	}
	s := emptyScene(t, fake)
	s.children = &children{started: map[int]time.Time{}, ended: map[int]time.Time{}, do: do}
	workflows.RegisterAll(childReplaced{s.TestWorkflowEnvironment, s.children}, &activities.Activities{})
	return s
}

func emptyScene(t *testing.T, fake *fakeSteps) *scene {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(quietLogger())
	s := &scene{TestWorkflowEnvironment: suite.NewTestWorkflowEnvironment(), fakeSteps: fake, t: t}
	s.SetStartTime(start)
	s.SetTestTimeout(time.Minute)
	s.SetWorkerOptions(worker.Options{DeadlockDetectionTimeout: time.Minute}) // the machine may have other things to do
	s.OnActivity(steps.ImportBegin, mock.Anything, mock.Anything).Return(fake.ImportBegin).Maybe()
	s.OnActivity(steps.ImportCompare, mock.Anything, mock.Anything).Return(fake.ImportCompare).Maybe()
	s.OnActivity(steps.ImportNext, mock.Anything, mock.Anything).Return(fake.ImportNext).Maybe()
	s.OnActivity(steps.NinjaReadAlerts, mock.Anything, mock.Anything).Return(fake.NinjaReadAlerts).Maybe()
	s.OnActivity(steps.ImportNextAlerts, mock.Anything, mock.Anything).Return(fake.ImportNextAlerts).Maybe()
	s.OnActivity(steps.ImportAlertDone, mock.Anything, mock.Anything).Return(fake.ImportAlertDone).Maybe()
	s.OnActivity(steps.ImportFinish, mock.Anything, mock.Anything).Return(fake.ImportFinish).Maybe()
	s.OnActivity(steps.AcceloSyncCompany, mock.Anything, mock.Anything).Return(fake.AcceloSyncCompany).After(fake.companyTakes).Maybe()
	s.OnActivity(steps.AcceloSyncDevices, mock.Anything, mock.Anything).Return(fake.AcceloSyncDevices).Maybe()
	return s
}

// reading lets reading both vendors take so long on the scene's clock.
func (s *scene) reading(takes time.Duration) *scene {
	s.OnActivity(steps.NinjaRead, mock.Anything, mock.Anything).Return(s.NinjaRead).After(takes).Maybe()
	s.OnActivity(steps.AcceloRead, mock.Anything, mock.Anything).Return(s.AcceloRead).After(takes).Maybe()
	return s
}

// childReplaced registers fakes in the place of ImportOrganization and AlertTriggered. A mock would not do: to its parent it is started only
// once it has ended.
type childReplaced struct {
	*testsuite.TestWorkflowEnvironment
	fake *children
}

func (r childReplaced) RegisterWorkflowWithOptions(w any, options workflow.RegisterOptions) {
	switch options.Name {
	case flow.ImportOrganization:
		w = r.fake.run
	case flow.AlertTriggered:
		w = r.fake.runAlert
	}
	r.TestWorkflowEnvironment.RegisterWorkflowWithOptions(w, options)
}

// run stands in for ImportOrganization.
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

// runAlert stands in for AlertTriggered, which takes a minute.
func (c *children) runAlert(ctx workflow.Context, in flow.AlertTriggeredInput) (flow.AlertResult, error) {
	c.alerts = append(c.alerts, in.Alert.UID)
	c.alertsInFlight++
	c.alertPeak = max(c.alertPeak, c.alertsInFlight)
	defer func() { c.alertsInFlight-- }()
	if c.inFlight > 0 {
		return flow.AlertResult{}, final("an alert before its organization")
	}
	if err := workflow.Sleep(ctx, time.Minute); err != nil {
		return flow.AlertResult{}, err
	}
	switch outcome := in.Alert.Subject; outcome {
	case "fails":
		return flow.AlertResult{}, final(activities.Refused)
	default:
		return flow.AlertResult{Outcome: flow.Outcome(outcome)}, nil
	}
}

// aMinute is how long a fake organization takes. Cancelled, it finishes the record in hand, which takes ten seconds.
func aMinute(ctx workflow.Context, _ flow.ImportOrganizationInput) error {
	err := workflow.Sleep(ctx, time.Minute)
	if temporal.IsCanceledError(err) {
		disconnected, _ := workflow.NewDisconnectedContext(ctx)
		return errors.Join(err, workflow.Sleep(disconnected, 10*time.Second))
	}
	return err
}

// took are the organizations that were started, in order.
func (c *children) took() []int {
	ids := make([]int, 0, len(c.inputs))
	for _, in := range c.inputs {
		ids = append(ids, in.OrganizationID)
	}
	return ids
}

// lastStart is when the last of them was started.
func (c *children) lastStart() time.Time {
	return slices.MaxFunc(slices.Collect(maps.Values(c.started)), time.Time.Compare)
}

// at does something at a time of the scene's clock, counted from its start.
func (s *scene) at(moment time.Duration, do func()) { s.RegisterDelayedCallback(do, moment) }

func (s *scene) fullImport(in flow.FullImportInput) {
	s.t.Helper()
	s.ExecuteWorkflow(flow.FullImport, in)
	require.True(s.t, s.IsWorkflowCompleted())
}

// succeeded is the result of a workflow that came to its end.
func (s *scene) succeeded() flow.ImportResult {
	s.t.Helper()
	require.NoError(s.t, s.GetWorkflowError())
	var result flow.ImportResult
	require.NoError(s.t, s.GetWorkflowResult(&result))
	return result
}

// cancelled is the result of a workflow that was cancelled, which is in the details of its error.
func (s *scene) cancelled() flow.ImportResult {
	s.t.Helper()
	var cancelled *temporal.CanceledError
	require.ErrorAs(s.t, s.GetWorkflowError(), &cancelled)
	require.True(s.t, cancelled.HasDetails(), "a cancelled import reports what was done")
	var result flow.ImportResult
	require.NoError(s.t, cancelled.Details(&result))
	return result
}

// failed is the application error that a workflow failed with.
func (s *scene) failed() *temporal.ApplicationError {
	s.t.Helper()
	var failure *temporal.ApplicationError
	require.ErrorAs(s.t, s.GetWorkflowError(), &failure)
	return failure
}

// continued is the input of the run that a workflow continued as, nil where it did not.
func (s *scene) continued() *flow.FullImportInput {
	s.t.Helper()
	var next *workflow.ContinueAsNewError
	if !errors.As(s.GetWorkflowError(), &next) {
		return nil
	}
	require.Equal(s.t, flow.FullImport, next.WorkflowType.Name)
	var in flow.FullImportInput
	require.NoError(s.t, converter.GetDefaultDataConverter().FromPayloads(next.Input, &in))
	return &in
}

// progress asks the running workflow how far it is.
func (s *scene) progress() flow.Progress {
	s.t.Helper()
	answer, err := s.QueryWorkflow(flow.ProgressQuery)
	require.NoError(s.t, err)
	var progress flow.Progress
	require.NoError(s.t, answer.Get(&progress))
	return progress
}

// upTo are the numbers from 1 to n.
func upTo(n int) []int {
	numbers := make([]int, n)
	for i := range numbers {
		numbers[i] = i + 1
	}
	return numbers
}
