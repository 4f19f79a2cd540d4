package workflows_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/workflows"
)

// reconcileEnv is a test environment for a Reconcile. Its fields set what the activities find, and record what the workflow does.
type reconcileEnv struct {
	*testsuite.TestWorkflowEnvironment
	t *testing.T

	// missedPages and comparedPages are returned one after the other; the last one repeats.
	missedPages   []activities.NinjaReadMissedResult
	comparedPages []activities.NinjaCompareAlertsResult
	changed       activities.AcceloReadChangedRequestsResult
	noted         [][]int64
	overdue       activities.ReconcileOverdueResult
	deleted       activities.NinjaFindGoneResult
	// logError and changedError fail reading the activity log and the changed requests.
	logError, changedError error
	// sweepError fails the removal of what is past its retention.
	sweepError error
	// failing holds the ids of the workflows that fail.
	failing map[string]bool
	// shownAt is when a user can read what a check holds; each request for approval is a minute later than the one before.
	shownAt time.Time
	// heldElsewhere reports whether another run already waits for approval.
	heldElsewhere bool

	mu sync.Mutex
	// started holds the ids of the started workflows, with "cursor" whenever the cursor was saved.
	started    []string
	startedAt  map[string]time.Time
	holdDowns  []time.Duration
	holds      []activities.ReconcileHoldInput
	rules      []flow.AlertRules
	cursors    []activities.ReconcileRaiseInput
	compared   []activities.NinjaCompareAlertsInput
	seen       []time.Time
	finished   []activities.ReconcileFinishInput
	registered []activities.RegisterWebhooksInput
	swept      []activities.ReconcileSweepInput
}

func newReconcileEnv(t *testing.T) *reconcileEnv {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(quietLogger())
	env := &reconcileEnv{TestWorkflowEnvironment: suite.NewTestWorkflowEnvironment(), t: t, startedAt: map[string]time.Time{}}
	workflows.RegisterWorkflows(env)
	env.RegisterActivity(&activities.Activities{})
	env.fakeNinjaOne()
	env.fakeAccelo()
	env.fakeDatabase()
	env.fakeWorkflows()
	return env
}

func (env *reconcileEnv) fakeNinjaOne() {
	env.OnActivity(steps.NinjaReadMissed, mock.Anything, mock.Anything).Return(
		func(context.Context, activities.NinjaReadMissedInput) (activities.NinjaReadMissedResult, error) {
			return next(&env.missedPages), env.logError
		}).Maybe()
	env.OnActivity(steps.NinjaCompareAlerts, mock.Anything, mock.Anything).Return(
		func(_ context.Context, in activities.NinjaCompareAlertsInput) (activities.NinjaCompareAlertsResult, error) {
			env.record(func() { env.compared = append(env.compared, in) })
			return next(&env.comparedPages), nil
		}).Maybe()
	env.OnActivity(steps.NinjaFindGone, mock.Anything, mock.Anything).Return(
		func(context.Context, activities.NinjaFindGoneInput) (activities.NinjaFindGoneResult, error) {
			return env.deleted, nil
		}).Maybe()
	env.OnActivity(steps.RegisterWebhooks, mock.Anything, mock.Anything).Return(
		func(_ context.Context, in activities.RegisterWebhooksInput) (activities.RegisterWebhooksResult, error) {
			env.record(func() { env.registered = append(env.registered, in) })
			return activities.RegisterWebhooksResult{Webhooks: flow.Webhooks{NinjaOne: flow.Registered, Accelo: flow.Registered}}, nil
		}).Maybe()
}

func (env *reconcileEnv) fakeAccelo() {
	env.OnActivity(steps.AcceloReadChangedRequests, mock.Anything, mock.Anything).Return(
		func(context.Context, activities.AcceloReadChangedRequestsInput) (activities.AcceloReadChangedRequestsResult, error) {
			return env.changed, env.changedError
		}).Maybe()
	env.OnActivity(steps.AcceloNoteRepeats, mock.Anything, mock.Anything).Return(
		func(_ context.Context, in activities.AcceloNoteRepeatsInput) (activities.AcceloNoteRepeatsResult, error) {
			env.record(func() { env.noted = append(env.noted, in.Incidents) })
			return activities.AcceloNoteRepeatsResult{}, nil
		}).Maybe()
	env.OnActivity(steps.AcceloMarkGone, mock.Anything, mock.Anything).Return(
		func(_ context.Context, in activities.AcceloMarkGoneInput) (activities.AcceloMarkGoneResult, error) {
			return activities.AcceloMarkGoneResult{Devices: len(in.Devices), Organizations: len(in.Organizations)}, nil
		}).Maybe()
}

func (env *reconcileEnv) fakeDatabase() {
	env.OnActivity(steps.ReconcileRaise, mock.Anything, mock.Anything).Return(
		func(_ context.Context, in activities.ReconcileRaiseInput) error {
			env.record(func() { env.cursors = append(env.cursors, in); env.started = append(env.started, "cursor") })
			return nil
		}).Maybe()
	env.OnActivity(steps.ReconcileOverdue, mock.Anything, mock.Anything).Return(
		func(context.Context, activities.ReconcileOverdueInput) (activities.ReconcileOverdueResult, error) {
			return env.overdue, nil
		}).Maybe()
	env.OnActivity(steps.ReconcileSeen, mock.Anything, mock.Anything).Return(
		func(_ context.Context, in activities.ReconcileSeenInput) error {
			env.record(func() { env.seen = append(env.seen, in.Seen) })
			return nil
		}).Maybe()
	env.OnActivity(steps.ReconcileHold, mock.Anything, mock.Anything).Return(
		func(_ context.Context, in activities.ReconcileHoldInput) (activities.ReconcileHoldResult, error) {
			env.record(func() { env.holds, env.shownAt = append(env.holds, in), env.shownAt.Add(time.Minute) })
			return activities.ReconcileHoldResult{
				Ours: !env.heldElsewhere, WorkflowID: in.WorkflowID, ShownAt: env.shownAt, Count: 14, Changes: []string{"alert a", "alert b"},
			}, nil
		}).Maybe()
	env.OnActivity(steps.ReconcileSweep, mock.Anything, mock.Anything).Return(
		func(_ context.Context, in activities.ReconcileSweepInput) (activities.ReconcileSweepResult, error) {
			env.record(func() { env.swept = append(env.swept, in) })
			return activities.ReconcileSweepResult{Removed: 3}, env.sweepError
		}).Maybe()
	env.OnActivity(steps.ReconcileFinish, mock.Anything, mock.Anything).Return(
		func(_ context.Context, in activities.ReconcileFinishInput) error {
			env.record(func() { env.finished = append(env.finished, in) })
			return nil
		}).Maybe()
}

// fakeWorkflows records the ids of started workflows instead of running them. An alert's workflow costs one call to Accelo.
func (env *reconcileEnv) fakeWorkflows() {
	start := func(ctx workflow.Context) error {
		id := workflow.GetInfo(ctx).WorkflowExecution.ID
		env.record(func() { env.started = append(env.started, id); env.startedAt[id] = workflow.Now(ctx) })
		if env.failing[id] {
			return nonRetryable(activities.Refused)
		}
		return nil
	}
	cost := flow.APICalls{Accelo: 1}
	env.OnWorkflow(flow.AlertTriggered, mock.Anything, mock.Anything).Return(
		func(ctx workflow.Context, in flow.AlertTriggeredInput) (flow.AlertResult, error) {
			env.record(func() {
				env.holdDowns = append(env.holdDowns, in.Rules.HoldDown)
				env.rules = append(env.rules, in.Rules)
			})
			return flow.AlertResult{APICalls: cost}, start(ctx)
		}).Maybe()
	env.OnWorkflow(flow.AlertReset, mock.Anything, mock.Anything).Return(
		func(ctx workflow.Context, _ flow.AlertResetInput) (flow.AlertResult, error) {
			return flow.AlertResult{APICalls: cost}, start(ctx)
		}).Maybe()
	env.OnWorkflow(flow.RequestClosed, mock.Anything, mock.Anything).Return(
		func(ctx workflow.Context, in flow.RequestClosedInput) (flow.AlertResult, error) {
			if !in.Compared {
				return flow.AlertResult{}, errors.New("the change may be taken for an echo")
			}
			return flow.AlertResult{}, start(ctx)
		}).Maybe()
	env.OnWorkflow(flow.ImportOrganization, mock.Anything, mock.Anything).Return(
		func(ctx workflow.Context, _ flow.ImportOrganizationInput) (flow.ImportResult, error) {
			return flow.ImportResult{}, start(ctx)
		}).Maybe()
}

func (env *reconcileEnv) record(do func()) {
	env.mu.Lock()
	defer env.mu.Unlock()
	do()
}

// next returns and removes the first result; the last one stays.
func next[T any](results *[]T) (result T) {
	if len(*results) == 0 {
		return result
	}
	result = (*results)[0]
	if len(*results) > 1 {
		*results = (*results)[1:]
	}
	return result
}

// run runs a Reconcile with an interval of one minute and returns its result.
func (env *reconcileEnv) run() flow.ReconcileResult {
	env.t.Helper()
	env.ExecuteWorkflow(flow.Reconcile, flow.ReconcileInput{Connection: "default", Interval: time.Minute})
	require.True(env.t, env.IsWorkflowCompleted())
	require.NoError(env.t, env.GetWorkflowError())
	var result flow.ReconcileResult
	require.NoError(env.t, env.GetWorkflowResult(&result))
	return result
}

// missedAlert is an alert of which a trigger, a reset or both were missed.
func missedAlert(uid string, trigger, reset bool) flow.MissedAlert {
	alert := flow.MissedAlert{UID: uid}
	if trigger {
		alert.Trigger = &rules.Alert{UID: uid}
	}
	if reset {
		alert.Reset = &flow.AlertResetInput{Connection: "default", UID: uid}
	}
	return alert
}
