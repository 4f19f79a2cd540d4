package operate

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/launch"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// testAlertWait is how long SendTestAlert waits for the result. A test usually takes a few seconds.
const testAlertWait = 20 * time.Second

// SendTestAlert sends a test alert through the whole chain and waits a while for its result. If that takes longer, the result is
// flow.TestRunning, and LastTestAlert has it later. A second test of a connection at the same time is a *ConflictError.
func (o *Operator) SendTestAlert(ctx context.Context, actor Actor, connection string) (flow.TestAlertResult, error) {
	ctx, err := o.begin(ctx, actor, Operating, connection)
	if err != nil {
		return flow.TestAlertResult{}, err
	}
	launcher, err := o.launcher()
	if err != nil {
		return flow.TestAlertResult{}, err
	}
	var random [11]byte
	_, _ = rand.Read(random[:]) // never fails
	uid := rules.TestAlertUID(random)
	if err := o.note(ctx, entryOf(actor, connection, "send test alert"), "alert "+uid, nil, nil); err != nil {
		return flow.TestAlertResult{}, err
	}
	run, err := launcher.TestAlert(ctx, connection, uid)
	var running *launch.RunningError
	switch {
	case errors.As(err, &running):
		return flow.TestAlertResult{}, &ConflictError{Reason: "a test alert is already running; wait for its result", Err: err}
	case err != nil:
		return flow.TestAlertResult{}, temporalError(err)
	}
	started := runningTest(connection, run.GetID(), time.Now().UTC())
	started.UID = uid
	waiting, cancel := context.WithTimeout(ctx, testAlertWait)
	defer cancel()
	result := flow.TestAlertResult{}
	err = run.Get(waiting, &result)
	switch {
	case err == nil:
		return result, nil
	case waiting.Err() != nil && ctx.Err() == nil:
		return started, nil
	}
	return started, temporalError(err)
}

func runningTest(connection, workflowID string, since time.Time) flow.TestAlertResult {
	return flow.TestAlertResult{
		Connection: connection, WorkflowID: workflowID, State: flow.TestRunning, Steps: []flow.TestAlertStep{}, StartedAt: since,
		Text: "The test alert is still on its way. If this doesn't change, check that bin/worker is running.",
	}
}

// LastTestAlert returns the result of the last test alert, and of one that runs only that it does. It returns a *NotFoundError if there was
// none.
func (o *Operator) LastTestAlert(ctx context.Context, actor Actor, connection string) (flow.TestAlertResult, error) {
	ctx, err := o.begin(ctx, actor, Viewer, connection)
	if err != nil {
		return flow.TestAlertResult{}, err
	}
	if o.options.Launcher != nil {
		latest, err := o.options.Launcher.Latest(ctx, flow.TestAlertID(connection))
		if err == nil && latest.Running {
			return runningTest(connection, latest.WorkflowID, time.Time{}), nil
		}
	}
	last, err := o.store.LastTestAlert(ctx, connection)
	if errors.Is(err, store.ErrNotFound) {
		return flow.TestAlertResult{}, &NotFoundError{What: "test alert", Reason: "no test alert has been sent yet"}
	}
	if err != nil {
		return flow.TestAlertResult{}, err
	}
	var result flow.TestAlertResult
	if err := json.Unmarshal(last.Result, &result); err != nil {
		return result, fmt.Errorf("stored result of a test alert: %w", err)
	}
	return result, nil
}
