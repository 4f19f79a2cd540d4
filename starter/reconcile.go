package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/program"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

func (a *app) reconcileCommand() *cobra.Command {
	approve := false
	command := &cobra.Command{
		Use: "reconcile", Short: "Find and repair anything webhooks missed",
		Long: "Compare both sides now, and find and repair anything webhooks missed.\n\n" +
			"It runs on a worker, like the scheduled reconciliations. Unusually large changes wait for your approval.",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return a.withTemporal(command.Context(), func(ctx context.Context, p *program.Program, c client.Client) error {
				return a.reconcile(ctx, p, c, actor(command), approve)
			})
		},
	}
	command.Flags().BoolVar(&approve, "approve", false, "approve the change an earlier run is holding, and wait for it to finish")
	return command
}

func (a *app) reconcile(ctx context.Context, p *program.Program, c client.Client, user operate.Actor, approve bool) error {
	connection, err := a.storedConnection(ctx, p)
	if err != nil {
		return err
	}
	options, err := p.Tenants.Options(ctx, a.connection)
	if err != nil {
		return err
	}
	o, err := operator(ctx, p, c)
	if err != nil {
		return err
	}
	started, err := a.startReconcile(ctx, o, user, approve)
	if err != nil {
		return err
	}
	a.announce(p, started.Run)
	a.warnWithoutWorker(ctx, p, c)
	result, err := a.awaitReconcile(ctx, p, started.Run, started.ShownAt)
	if err != nil {
		return err
	}
	if err := a.print(result, reconcileText(result, connection.Settings.Labels(), options.ReconcileInterval)); err != nil {
		return err
	}
	return reconcileExit(result)
}

func reconcileExit(result flow.ReconcileResult) error {
	switch {
	case result.Held != "":
		return &program.StatusError{Code: program.ExitToDo}
	case len(result.Failures) > 0:
		return &program.StatusError{Code: program.ExitSomeFailures}
	}
	return nil
}

// startReconcile starts a reconciliation, or follows the one that a user has started already. With approve it approves the
// change that a reconciliation is holding, and follows that one.
func (a *app) startReconcile(ctx context.Context, o *operate.Operator, user operate.Actor, approve bool) (operate.Reconciliation, error) {
	if approve {
		started, err := o.Approve(ctx, user, a.connection)
		var ended *operate.ApprovalEndedError
		if errors.As(err, &ended) {
			err = fmt.Errorf("the reconciliation that asked for approval (%s) has ended; run `%s` to check again: %w",
				ended.Reason, rules.Command(a.connection, "reconcile"), errors.Unwrap(ended.Err))
		}
		return started, a.explain(err)
	}
	started, err := o.Reconcile(ctx, user, a.connection)
	if started.Attached {
		fmt.Fprintf(a.stderr, "A reconciliation is already running; following its progress (%s).\n", started.WorkflowID)
	}
	return started, a.explain(err)
}

// awaitReconcile waits until a reconciliation ends or needs approval: after an approval, until it needs another one for what was not
// shown by then.
func (a *app) awaitReconcile(ctx context.Context, p *program.Program, run client.WorkflowRun, approved time.Time) (flow.ReconcileResult, error) {
	watching, stop := context.WithCancel(ctx)
	defer stop()
	type outcome struct {
		result flow.ReconcileResult
		err    error
	}
	ended := make(chan outcome, 1)
	go func() {
		var o outcome
		o.err = run.Get(watching, &o.result)
		ended <- o
	}()
	ticker := time.NewTicker(barInterval)
	defer ticker.Stop()
	for {
		select {
		case o := <-ended:
			if o.err != nil && gaveUp(ctx, o.err) {
				return o.result, fmt.Errorf("stopped watching; %s continues", run.GetID())
			}
			if o.err != nil {
				return o.result, fmt.Errorf("the reconciliation failed: %w", rootCause(o.err))
			}
			return o.result, nil
		case <-ticker.C:
		}
		state, err := p.Store.ReconcileState(ctx, a.connection)
		if err != nil || state.PendingApproval == nil || state.PendingApproval.ApprovedAt.Before(approved) {
			continue // the database may be down; the result does not depend on it
		}
		if result, waiting := waitingResult(state, run.GetID()); waiting {
			return result, nil
		}
	}
}

// waitingResult returns the result that a run has stored while it waits for approval.
func waitingResult(state store.ReconcileState, workflowID string) (flow.ReconcileResult, bool) {
	var last flow.ReconcileResult
	if state.PendingApproval.WorkflowID != workflowID || json.Unmarshal(state.LastResult, &last) != nil {
		return last, false
	}
	// The run stores the result after it has asked for approval, so the result may still be that of its check before.
	shown := last.HeldShownAt != nil && last.HeldShownAt.Equal(state.PendingApproval.ShownAt)
	return last, last.RunID == state.PendingApproval.RunID && last.Held != "" && shown
}
