package workflows_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/workflows"
)

// comparison is a Reconcile whose activities find what a test wants them to find. Flows that it starts are noted.
type comparison struct {
	env *testsuite.TestWorkflowEnvironment
	// logs are the answers to one look at the activity log after the other; the last one counts for all that follow.
	logs    []activities.NinjaReadMissedResult
	alerts  []activities.NinjaCompareAlertsResult
	changed activities.AcceloReadChangedRequestsResult
	overdue activities.ReconcileOverdueResult
	gone    activities.NinjaFindGoneResult
	// logError is what a look at the log fails with.
	logError error
	// refused are the flows that fail, by id.
	refused map[string]bool
	// heldElsewhere tells that another execution has the brake on.
	heldElsewhere bool

	mu        sync.Mutex
	flows     []string
	holds     []time.Duration
	raised    []activities.ReconcileRaiseInput
	compared  []activities.NinjaCompareAlertsInput
	seen      []time.Time
	stored    []activities.ReconcileFinishInput
	registers []activities.RegisterWebhooksInput
}

func newComparison(t *testing.T) *comparison {
	t.Helper()
	c := &comparison{env: new(testsuite.WorkflowTestSuite).NewTestWorkflowEnvironment()}
	workflows.RegisterWorkflows(c.env)
	c.env.RegisterActivity(&activities.Activities{})
	// The environment has no clock of its own for activities; what they answer does not depend on one.
	c.env.OnActivity(steps.NinjaReadMissed, mock.Anything, mock.Anything).Return(
		func(context.Context, activities.NinjaReadMissedInput) (activities.NinjaReadMissedResult, error) {
			return next(&c.logs), c.logError
		}).Maybe()
	c.env.OnActivity(steps.NinjaCompareAlerts, mock.Anything, mock.Anything).Return(
		func(_ context.Context, in activities.NinjaCompareAlertsInput) (activities.NinjaCompareAlertsResult, error) {
			c.note(func() { c.compared = append(c.compared, in) })
			return next(&c.alerts), nil
		}).Maybe()
	c.env.OnActivity(steps.ReconcileRaise, mock.Anything, mock.Anything).Return(
		func(_ context.Context, in activities.ReconcileRaiseInput) error {
			c.note(func() { c.raised = append(c.raised, in); c.flows = append(c.flows, "mark") })
			return nil
		}).Maybe()
	c.env.OnActivity(steps.ReconcileOverdue, mock.Anything, mock.Anything).Return(
		func(context.Context, activities.ReconcileOverdueInput) (activities.ReconcileOverdueResult, error) {
			return c.overdue, nil
		}).Maybe()
	c.env.OnActivity(steps.ReconcileSeen, mock.Anything, mock.Anything).Return(
		func(_ context.Context, in activities.ReconcileSeenInput) error {
			c.note(func() { c.seen = append(c.seen, in.Seen) })
			return nil
		}).Maybe()
	c.upkeep()
	c.starts()
	return c
}

func (c *comparison) upkeep() {
	c.env.OnActivity(steps.RegisterWebhooks, mock.Anything, mock.Anything).Return(
		func(_ context.Context, in activities.RegisterWebhooksInput) (activities.RegisterWebhooksResult, error) {
			c.note(func() { c.registers = append(c.registers, in) })
			return activities.RegisterWebhooksResult{Webhooks: flow.Webhooks{NinjaOne: flow.Registered, Accelo: flow.Registered}}, nil
		}).Maybe()
	c.env.OnActivity(steps.NinjaFindGone, mock.Anything, mock.Anything).Return(
		func(context.Context, activities.NinjaFindGoneInput) (activities.NinjaFindGoneResult, error) {
			return c.gone, nil
		}).Maybe()
	c.env.OnActivity(steps.AcceloMarkGone, mock.Anything, mock.Anything).Return(
		func(_ context.Context, in activities.AcceloMarkGoneInput) (activities.AcceloMarkGoneResult, error) {
			return activities.AcceloMarkGoneResult{Devices: len(in.Devices), Organizations: len(in.Organizations)}, nil
		}).Maybe()
	c.env.OnActivity(steps.ReconcileHold, mock.Anything, mock.Anything).Return(
		func(_ context.Context, in activities.ReconcileHoldInput) (activities.ReconcileHoldResult, error) {
			return activities.ReconcileHoldResult{Ours: !c.heldElsewhere, WorkflowID: in.WorkflowID}, nil
		}).Maybe()
	c.env.OnActivity(steps.ReconcileFinish, mock.Anything, mock.Anything).Return(
		func(_ context.Context, in activities.ReconcileFinishInput) error {
			c.note(func() { c.stored = append(c.stored, in) })
			return nil
		}).Maybe()
}

// reads makes AcceloReadChangedRequests answer; tests replace it to fail.
func (c *comparison) reads(err error) {
	c.env.OnActivity(steps.AcceloReadChangedRequests, mock.Anything, mock.Anything).Return(
		func(context.Context, activities.AcceloReadChangedRequestsInput) (activities.AcceloReadChangedRequestsResult, error) {
			return c.changed, err
		}).Maybe()
}

// starts notes the flows by their ids instead of running them.
func (c *comparison) starts() {
	started := func(ctx workflow.Context) error {
		id := workflow.GetInfo(ctx).WorkflowExecution.ID
		c.note(func() { c.flows = append(c.flows, id) })
		if c.refused[id] {
			return temporal.NewNonRetryableApplicationError("no", activities.Refused, nil)
		}
		return nil
	}
	cost := flow.APICalls{Accelo: 1}
	c.env.OnWorkflow(flow.AlertTriggered, mock.Anything, mock.Anything).Return(
		func(ctx workflow.Context, in flow.AlertTriggeredInput) (flow.AlertResult, error) {
			c.note(func() { c.holds = append(c.holds, in.Rules.HoldDown) })
			return flow.AlertResult{APICalls: cost}, started(ctx)
		}).Maybe()
	c.env.OnWorkflow(flow.AlertReset, mock.Anything, mock.Anything).Return(
		func(ctx workflow.Context, _ flow.AlertResetInput) (flow.AlertResult, error) {
			return flow.AlertResult{APICalls: cost}, started(ctx)
		}).Maybe()
	c.env.OnWorkflow(flow.RequestClosed, mock.Anything, mock.Anything).Return(
		func(ctx workflow.Context, in flow.RequestClosedInput) (flow.AlertResult, error) {
			if !in.Compared {
				return flow.AlertResult{}, errors.New("it may be taken for an echo")
			}
			return flow.AlertResult{}, started(ctx)
		}).Maybe()
	c.env.OnWorkflow(flow.ImportOrganization, mock.Anything, mock.Anything).Return(
		func(ctx workflow.Context, _ flow.ImportOrganizationInput) (flow.ImportResult, error) {
			return flow.ImportResult{}, started(ctx)
		}).Maybe()
}

func (c *comparison) note(do func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	do()
}

// next takes the answers one after the other; the last one stays.
func next[T any](answers *[]T) (answer T) {
	if len(*answers) == 0 {
		return answer
	}
	answer = (*answers)[0]
	if len(*answers) > 1 {
		*answers = (*answers)[1:]
	}
	return answer
}

func (c *comparison) run(t *testing.T) flow.ReconcileResult {
	t.Helper()
	c.env.ExecuteWorkflow(flow.Reconcile, flow.ReconcileInput{Connection: "default", Interval: time.Minute})
	require.True(t, c.env.IsWorkflowCompleted())
	require.NoError(t, c.env.GetWorkflowError())
	var result flow.ReconcileResult
	require.NoError(t, c.env.GetWorkflowResult(&result))
	return result
}

func missed(uid string, trigger, reset bool) flow.MissedAlert {
	alert := flow.MissedAlert{UID: uid}
	if trigger {
		alert.Trigger = &rules.Alert{UID: uid}
	}
	if reset {
		alert.Reset = &flow.AlertResetInput{Connection: "default", UID: uid}
	}
	return alert
}

// The mark moves only when the flows of what was missed have begun, page after page, and of one alert the trigger goes first.
func TestReconcileStartsMissedFlowsBeforeTheMarkMoves(t *testing.T) {
	t.Parallel()
	c := newComparison(t)
	c.reads(nil)
	c.logs = []activities.NinjaReadMissedResult{
		{Missed: []flow.MissedAlert{missed("a", true, true)}, Mark: 10, More: true},
		{Missed: []flow.MissedAlert{missed("b", false, true)}, Mark: 20},
	}
	result := c.run(t)
	require.Equal(t, []string{"alert-triggered/default/a", "alert-reset/default/a", "mark", "alert-reset/default/b", "mark"}, c.flows)
	require.Equal(t, flow.Healed{Triggers: 1, Resets: 2}, result.Healed)
	require.Equal(t, int64(3), result.APICalls.Accelo, "what the flows cost counts")
	require.Equal(t, []int64{10, 20}, []int64{c.raised[0].Mark, c.raised[1].Mark})
	require.False(t, c.raised[0].Whole, "above the first mark there was more")
	require.True(t, c.raised[1].Whole)
	require.True(t, c.registers[0].Again, "events did not arrive: the webhook is made anew")
}

// Alerts of the list are taken page by page, each page after the last alert of the one before.
func TestReconcileComparesPageByPage(t *testing.T) {
	t.Parallel()
	c := newComparison(t)
	c.reads(nil)
	c.alerts = []activities.NinjaCompareAlertsResult{
		{Missed: []flow.MissedAlert{missed("a", true, false), missed("b", true, false)}, More: true}, {},
	}
	require.Equal(t, flow.Healed{Triggers: 2}, c.run(t).Healed)
	require.Equal(t, []string{"", "b"}, []string{c.compared[0].After, c.compared[1].After})
}

// Requests are taken for compared only after the flows of those that changed have begun.
func TestReconcileFollowsRequests(t *testing.T) {
	t.Parallel()
	c := newComparison(t)
	c.reads(nil)
	seen := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	c.changed = activities.AcceloReadChangedRequestsResult{RequestIDs: []int64{31, 32}, Seen: seen}
	c.overdue = activities.ReconcileOverdueResult{
		Alerts: []rules.Alert{{UID: "parked"}}, Organizations: []flow.ImportOrganizationInput{{Connection: "default", OrganizationID: 7}},
	}
	c.gone = activities.NinjaFindGoneResult{Devices: []int{1, 2}, Organizations: []int{3}}
	result := c.run(t)
	require.Equal(t, 2, result.Healed.Requests)
	require.Equal(t, 2, result.Retried)
	require.Equal(t, flow.Gone{Devices: 2, Organizations: 1}, result.Gone)
	require.Equal(t, []time.Time{seen}, c.seen)
	require.Contains(t, c.flows, "request-closed/default/31")
	require.Contains(t, c.flows, "import-organization/default/7")
	require.Contains(t, c.flows, "alert-triggered/default/parked")
}

// A flow that fails is told of; the rest goes on.
func TestReconcileTellsOfFailures(t *testing.T) {
	t.Parallel()
	c := newComparison(t)
	c.reads(nil)
	c.logs = []activities.NinjaReadMissedResult{{Missed: []flow.MissedAlert{missed("a", false, true)}, Mark: 10}}
	c.refused = map[string]bool{"alert-reset/default/a": true}
	c.overdue = activities.ReconcileOverdueResult{Alerts: []rules.Alert{{UID: "b"}}}
	result := c.run(t)
	require.Equal(t, []flow.ImportFailure{{Kind: "alert", NinjaID: "a", Error: "no"}}, result.Failures)
	require.Equal(t, 1, result.Retried)
	require.Len(t, c.raised, 1)
}

// What Accelo's budget does not allow now is left for the next run; NinjaOne's side is not kept waiting.
func TestReconcileLeavesWhatItCannotAsk(t *testing.T) {
	t.Parallel()
	c := newComparison(t)
	c.reads(temporal.NewApplicationErrorWithOptions("waiting for Accelo's budget until 14:00", activities.WaitingForBudget,
		temporal.ApplicationErrorOptions{NextRetryDelay: time.Hour}))
	result := c.run(t)
	require.Len(t, result.Left, 1)
	require.Contains(t, result.Left[0], "request changes in Accelo")
	require.Contains(t, result.Left[0], "waiting for Accelo's budget until 14:00")
	require.Equal(t, flow.Registered, result.Webhooks.NinjaOne)
	require.Empty(t, c.seen)
}

// Only a connection that is not set up ends the run.
func TestReconcileEndsWithoutAConnection(t *testing.T) {
	t.Parallel()
	c := newComparison(t)
	c.logError = temporal.NewNonRetryableApplicationError("run connect", activities.NotConnected, nil)
	c.env.ExecuteWorkflow(flow.Reconcile, flow.ReconcileInput{Connection: "default"})
	require.ErrorContains(t, c.env.GetWorkflowError(), "run connect")
	require.Empty(t, c.compared)
}

// The brake: nothing goes through until a person approves, and then everything does.
func TestReconcileWaitsForApproval(t *testing.T) {
	t.Parallel()
	c := newComparison(t)
	c.reads(nil)
	held := activities.NinjaCompareAlertsResult{Held: "14 of 14 open alerts are no longer listed by NinjaOne"}
	c.alerts = []activities.NinjaCompareAlertsResult{held, held, {Missed: []flow.MissedAlert{missed("a", false, true)}}}
	c.env.RegisterDelayedCallback(func() { c.env.SignalWorkflow(flow.ApproveSignal, nil) }, 90*time.Second)
	result := c.run(t)
	require.Empty(t, result.Held)
	require.Equal(t, 1, result.Healed.Resets)
	require.Equal(t, []bool{false, false, true}, []bool{c.compared[0].Approved, c.compared[1].Approved, c.compared[2].Approved},
		"it looked again after an interval, and once more when it was approved")
	require.True(t, c.stored[0].Waiting)
	require.Equal(t, held.Held, c.stored[0].Result.Held)
	require.False(t, c.stored[2].Waiting)
}

// A list that is whole again takes the brake off by itself.
func TestReconcileTakesTheBrakeOffByItself(t *testing.T) {
	t.Parallel()
	c := newComparison(t)
	c.reads(nil)
	c.alerts = []activities.NinjaCompareAlertsResult{{Held: "too many"}, {}}
	require.Empty(t, c.run(t).Held)
	require.Len(t, c.compared, 2)
}

// Where another execution waits already, this one ends and says what is held back.
func TestReconcileWaitsOnlyOnce(t *testing.T) {
	t.Parallel()
	c := newComparison(t)
	c.reads(nil)
	c.heldElsewhere = true
	c.alerts = []activities.NinjaCompareAlertsResult{{Held: "too many"}}
	require.Equal(t, "too many", c.run(t).Held)
	require.Len(t, c.compared, 1)
	require.False(t, c.stored[0].Waiting)
}

// What is found late is held down for as long as is left.
func TestReconcileHoldsDownWhatIsLeft(t *testing.T) {
	t.Parallel()
	c := newComparison(t)
	c.reads(nil)
	fired := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	c.env.SetStartTime(fired.Add(20 * time.Second))
	fresh, old := missed("a", true, false), missed("b", true, false)
	fresh.Trigger.TriggeredAt, old.Trigger.TriggeredAt = fired, fired.Add(-time.Hour)
	c.logs = []activities.NinjaReadMissedResult{{
		Missed: []flow.MissedAlert{fresh, old}, Rules: flow.AlertRules{HoldDown: time.Minute}, Mark: 10,
	}}
	c.run(t)
	require.ElementsMatch(t, []time.Duration{40 * time.Second, 0}, c.holds)
}
