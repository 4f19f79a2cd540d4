package workflows

import (
	"fmt"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
)

const (
	// testAlertPatience is how long a test waits for its request to open, and then for it to close.
	testAlertPatience = time.Minute
	// testDeliveryAttempts bounds how often a delivery is tried.
	testDeliveryAttempts = 3
)

// runTestAlert implements the TestAlert workflow: it delivers an alert of our own to the public webhook address, as NinjaOne would, waits
// until the workflow of any alert has opened its request, delivers the reset, and waits until the request is closed. Its result says how
// far that came. Whatever happens, what it opened is ended: by the reset, else by a reconciliation.
func runTestAlert(ctx workflow.Context, in flow.TestAlertInput) (flow.TestAlertResult, error) {
	info := workflow.GetInfo(ctx)
	t := &testAlert{in: in, result: flow.TestAlertResult{
		Connection: in.Connection, WorkflowID: info.WorkflowExecution.ID, UID: in.UID, State: flow.TestFailed,
		Steps: []flow.TestAlertStep{}, StartedAt: workflow.Now(ctx),
	}}
	t.run(ctx)
	t.result.Seconds = workflow.Now(ctx).Sub(t.result.StartedAt).Seconds()
	t.result.Text = t.text()
	workflow.SetCurrentDetails(ctx, t.result.Text)
	// A result that can't be stored, of a connection that was removed meanwhile, changes nothing.
	disconnected, _ := workflow.NewDisconnectedContext(ctx)
	_ = workflow.ExecuteLocalActivity(briefAttempts(disconnected, "Save result"), steps.TestAlertFinish,
		activities.TestAlertFinishInput{Result: t.result}).Get(disconnected, nil)
	return t.result, ctx.Err()
}

// testAlert is a test that runs.
type testAlert struct {
	in     flow.TestAlertInput
	result flow.TestAlertResult
	// request is what the deployment calls a request.
	request string
	// problem is why the test can't begin.
	problem string
}

func (t *testAlert) run(ctx workflow.Context) {
	workflow.SetCurrentDetails(ctx, "Looking for a linked organization.")
	var target activities.TestAlertPrepareResult
	err := workflow.ExecuteLocalActivity(briefAttempts(ctx, "Find organization"), steps.TestAlertPrepare,
		activities.TestAlertPrepareInput{Connection: t.in.Connection}).Get(ctx, &target)
	if err != nil {
		t.problem = failureText(err)
		return
	}
	t.request, t.result.OrganizationID, t.result.DeviceID = target.Request, target.OrganizationID, target.DeviceID

	opened := t.deliver(ctx, "delivered", false) && t.awaitRequest(ctx)
	// The delivery may have arrived although its reply was lost, and the request may open late: the reset follows in any case.
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	reset := t.deliver(ctx, "reset", true)
	if !reset {
		t.resetDirectly(ctx)
	}
	if closed := t.awaitEnd(ctx); opened && reset && closed {
		t.result.State = flow.TestPassed
	}
}

// step records a step that began at a time.
func (t *testAlert) step(ctx workflow.Context, name string, began time.Time, done bool, text string) bool {
	t.result.Steps = append(t.result.Steps, flow.TestAlertStep{
		Name: name, Done: done, Text: text, Seconds: workflow.Now(ctx).Sub(began).Seconds(),
	})
	return done
}

// deliver posts the trigger or the reset, as NinjaOne would.
func (t *testAlert) deliver(ctx workflow.Context, name string, reset bool) bool {
	began := workflow.Now(ctx)
	what := "test alert"
	if reset {
		what = "reset of the test alert"
	}
	workflow.SetCurrentDetails(ctx, "Delivering the "+what+".")
	options := callOptions("Deliver "+what, flow.PriorityAlert)
	options.StartToCloseTimeout = 30 * time.Second
	options.RetryPolicy = &temporal.RetryPolicy{InitialInterval: time.Second, BackoffCoefficient: 2, MaximumAttempts: testDeliveryAttempts}
	var delivered activities.TestAlertDeliverResult
	err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), steps.TestAlertDeliver, activities.TestAlertDeliverInput{
		Connection: t.in.Connection, UID: t.in.UID, Reset: reset,
		OrganizationID: t.result.OrganizationID, DeviceID: t.result.DeviceID,
	}).Get(ctx, &delivered)
	if err != nil {
		return t.step(ctx, name, began, false, "The "+what+" could not be delivered: "+failureText(err))
	}
	return t.step(ctx, name, began, true, "The "+what+" was delivered to "+delivered.Address)
}

// resetDirectly starts the reset's workflow itself, so that nothing stays open if the address can't be reached any more.
func (t *testAlert) resetDirectly(ctx workflow.Context) {
	in := flow.AlertResetInput{
		Connection: t.in.Connection, UID: t.in.UID, DeviceID: t.result.DeviceID, OrganizationID: t.result.OrganizationID,
		Message: "The test alert was reset.",
	}
	_ = startDetached(ctx, in, flow.PriorityAlert, t.in.Searchable).GetChildWorkflowExecution().Get(ctx, nil) // else a reconciliation ends it
}

func (t *testAlert) awaitRequest(ctx workflow.Context) bool {
	began := workflow.Now(ctx)
	found, err := t.await(ctx, "Wait for the request", false)
	t.result.RequestID = found.RequestID
	switch {
	case err != nil:
		return t.step(ctx, "opened", began, false, "It is not known whether it was opened: "+failureText(err))
	case found.RequestID != 0:
		return t.step(ctx, "opened", began, true, fmt.Sprintf("%s %d was opened", t.request, found.RequestID))
	case found.Problem != "":
		return t.step(ctx, "opened", began, false, t.request+" not opened: "+found.Problem)
	case found.Ended:
		return t.step(ctx, "opened", began, false, t.request+" not opened: the test was reset before")
	}
	return t.step(ctx, "opened", began, false, fmt.Sprintf("%s not opened within %s: Accelo may be slow or out of budget; look at the tab Failures "+
		"and at workflow %s", t.request, testAlertPatience, flow.AlertTriggeredID(t.in.Connection, t.in.UID)))
}

func (t *testAlert) awaitEnd(ctx workflow.Context) bool {
	began := workflow.Now(ctx)
	found, err := t.await(ctx, "Wait for its end", true)
	request := t.request
	if found.RequestID != 0 {
		t.result.RequestID = found.RequestID
		request = fmt.Sprintf("%s %d", request, found.RequestID)
	}
	switch {
	case err != nil:
		return t.step(ctx, "closed", began, false, "It is not known whether it was closed: "+failureText(err))
	case found.Ended && found.RequestID == 0:
		return t.step(ctx, "closed", began, true, "Nothing was left open")
	case found.Ended:
		return t.step(ctx, "closed", began, true, request+" was closed again")
	case found.Problem != "":
		return t.step(ctx, "closed", began, false, request+" not closed: "+found.Problem+"; the next reconciliation tries again")
	}
	return t.step(ctx, "closed", began, false, fmt.Sprintf("%s not closed within %s; the next reconciliation closes it", request, testAlertPatience))
}

func (t *testAlert) await(ctx workflow.Context, summary string, ended bool) (activities.TestAlertAwaitResult, error) {
	options := callOptions(summary, flow.PriorityAlert)
	options.StartToCloseTimeout = testAlertPatience + 15*time.Second
	options.RetryPolicy.MaximumAttempts = testDeliveryAttempts
	options.ScheduleToCloseTimeout = testAlertPatience + 30*time.Second
	workflow.SetCurrentDetails(ctx, summary+".")
	var found activities.TestAlertAwaitResult
	err := workflow.ExecuteActivity(workflow.WithActivityOptions(ctx, options), steps.TestAlertAwait, activities.TestAlertAwaitInput{
		Connection: t.in.Connection, UID: t.in.UID, Ended: ended, Within: testAlertPatience,
	}).Get(ctx, &found)
	return found, err
}

// text says in plain words how far the test came.
func (t *testAlert) text() string {
	if t.problem != "" {
		return "Not started: " + t.problem + "."
	}
	words := []string{"Failed."}
	if t.result.State == flow.TestPassed {
		words[0] = "Passed."
	}
	for _, step := range t.result.Steps {
		words = append(words, fmt.Sprintf("%s (%.1f s).", step.Text, step.Seconds))
	}
	return strings.Join(words, " ")
}
