package operate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/client"

	"ninjaone-accelo/internal/launch"
)

// Reconciliation is one reconciliation that runs.
type Reconciliation struct {
	WorkflowID string
	// Attached reports whether it was running already.
	Attached bool
	// ShownAt is when the approved change was shown, if the operation was an approval.
	ShownAt time.Time
	// Run is the handle of its latest run.
	Run client.WorkflowRun
}

// Reconcile starts a reconciliation of everything, or attaches to the one that a user has started already.
func (o *Operator) Reconcile(ctx context.Context, actor Actor, connection string) (Reconciliation, error) {
	ctx, err := o.begin(ctx, actor, Operating, connection)
	if err != nil {
		return Reconciliation{}, err
	}
	launcher, err := o.launcher()
	if err != nil {
		return Reconciliation{}, err
	}
	options, err := o.options.Tenants.Options(ctx, connection)
	if err != nil {
		return Reconciliation{}, err
	}
	if err := o.note(ctx, entryOf(actor, connection, "reconcile"), "", nil, nil); err != nil {
		return Reconciliation{}, err
	}
	run, err := launcher.Reconcile(ctx, connection, options.ReconcileInterval)
	var running *launch.RunningError
	switch {
	case errors.As(err, &running):
		return Reconciliation{WorkflowID: running.WorkflowID, Attached: true, Run: launcher.Run(ctx, running.WorkflowID, "")}, nil
	case err != nil:
		return Reconciliation{}, temporalError(err)
	}
	return Reconciliation{WorkflowID: run.GetID(), Run: run}, nil
}

// ApprovalEndedError reports that the reconciliation that asked for approval no longer waits for it.
type ApprovalEndedError struct {
	// Reason is why it asked.
	Reason string
	Err    error
}

// Error implements error.
func (e *ApprovalEndedError) Error() string {
	return fmt.Sprintf("the reconciliation that asked for approval (%s) has ended; reconcile to check again", e.Reason)
}

// Unwrap returns the cause.
func (e *ApprovalEndedError) Unwrap() error { return e.Err }

// Approve approves the mass change that a reconciliation is holding: what it has shown, and nothing else. It returns a *ConflictError if
// nothing needs approval.
func (o *Operator) Approve(ctx context.Context, actor Actor, connection string) (Reconciliation, error) {
	return o.approve(ctx, actor, connection, nil)
}

// ApproveShown approves the mass change only if it is still the one that a user was shown, as the ShownAt of the pending approval says.
// It returns a *ConflictError if another change waits by now.
func (o *Operator) ApproveShown(ctx context.Context, actor Actor, connection string, shown time.Time) (Reconciliation, error) {
	return o.approve(ctx, actor, connection, &shown)
}

func (o *Operator) approve(ctx context.Context, actor Actor, connection string, shown *time.Time) (Reconciliation, error) {
	ctx, err := o.begin(ctx, actor, Operating, connection)
	if err != nil {
		return Reconciliation{}, err
	}
	launcher, err := o.launcher()
	if err != nil {
		return Reconciliation{}, err
	}
	state, err := o.store.ReconcileState(ctx, connection)
	if err != nil {
		return Reconciliation{}, err
	}
	pending := state.PendingApproval
	if pending == nil {
		return Reconciliation{}, &ConflictError{Reason: "nothing needs approval"}
	}
	if shown != nil && !pending.ShownAt.Equal(*shown) {
		return Reconciliation{}, &ConflictError{Reason: "what needs approval has changed since it was shown; read the list again, then approve it"}
	}
	held := map[string]any{"reason": pending.Reason, "count": pending.Count, "changes": pending.Changes, "shown_at": pending.ShownAt}
	if err := o.note(ctx, entryOf(actor, connection, "approve"), "", held, nil); err != nil {
		return Reconciliation{}, err
	}
	// The run may have continued as new since, so the signal goes to the newest run of the workflow.
	err = launcher.Approve(ctx, pending.WorkflowID, "", pending.ShownAt)
	switch {
	case isEnded(err):
		ended := &ApprovalEndedError{Reason: pending.Reason, Err: err}
		return Reconciliation{}, &ConflictError{Reason: ended.Error(), Err: ended}
	case err != nil:
		return Reconciliation{}, temporalError(err)
	}
	return Reconciliation{
		WorkflowID: pending.WorkflowID, Attached: true, ShownAt: pending.ShownAt, Run: launcher.Run(ctx, pending.WorkflowID, ""),
	}, nil
}
