package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/launch"
	"ninjaone-accelo/internal/program"
	"ninjaone-accelo/internal/store"
)

func (a *app) reconcileCommand() *cobra.Command {
	approve := false
	command := &cobra.Command{
		Use: "reconcile", Short: "Compare both sides now, and heal what webhooks did not tell",
		Long: "Compare both sides now, and heal what webhooks did not tell.\n\n" +
			"It runs on a worker, as the scheduled ones do. A change that looks too large to be true is held back until somebody approves it.",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return a.withTemporal(command.Context(), func(ctx context.Context, p *program.Program, c client.Client) error {
				return a.reconcile(ctx, p, c, approve)
			})
		},
	}
	command.Flags().BoolVar(&approve, "approve", false, "let through what an earlier run holds back, and wait for that run to end")
	return command
}

func (a *app) reconcile(ctx context.Context, p *program.Program, c client.Client, approve bool) error {
	connection, err := p.Store.Connection(ctx, a.connection)
	if err != nil {
		return fmt.Errorf("connection %q is not known: set its credentials and run `starter connect` first: %w", a.connection, err)
	}
	launcher, err := p.Launcher(ctx, c)
	if err != nil {
		return err
	}
	run, err := a.startReconcile(ctx, p, c, launcher, approve)
	if err != nil {
		return err
	}
	a.announce(p, run)
	a.warnWithoutWorker(ctx, p, c)
	result, err := a.awaitReconcile(ctx, p, run, approve)
	if err != nil {
		return err
	}
	if err := a.print(result, reconcileText(result, connection.Settings.Words())); err != nil {
		return err
	}
	switch {
	case result.Held != "":
		return &program.StatusError{Code: program.ExitToDo}
	case len(result.Failures) > 0:
		return &program.StatusError{Code: program.ExitSomeFailures}
	}
	return nil
}

// startReconcile starts a run, or watches the one that a person has started already; with approve, it lets the run that waits go on.
func (a *app) startReconcile(
	ctx context.Context, p *program.Program, c client.Client, launcher *launch.Launcher, approve bool,
) (client.WorkflowRun, error) {
	if approve {
		state, err := p.Store.Reconcile(ctx, a.connection)
		if err != nil {
			return nil, err
		}
		if state.Brake == nil {
			return nil, errors.New("nothing is held back: there is nothing to approve")
		}
		// The run may have continued as new since, so the newest of the workflow is meant.
		if err := launcher.Approve(ctx, state.Brake.WorkflowID, ""); err != nil {
			return nil, fmt.Errorf("the run that held back %q has ended; run `starter reconcile` to look again: %w", state.Brake.Reason, err)
		}
		return c.GetWorkflow(ctx, state.Brake.WorkflowID, ""), nil
	}
	run, err := launcher.Reconcile(ctx, a.connection, p.Config.Sync.ReconcileInterval)
	var running *launch.RunningError
	if errors.As(err, &running) {
		fmt.Fprintf(a.diagnostics, "A reconcile runs already; watching it (%s).\n", running.WorkflowID)
		return c.GetWorkflow(ctx, running.WorkflowID, ""), nil
	}
	return run, err
}

// awaitReconcile waits for the end of a run, or until it waits for a person itself.
func (a *app) awaitReconcile(ctx context.Context, p *program.Program, run client.WorkflowRun, approved bool) (flow.ReconcileResult, error) {
	watching, stop := context.WithCancel(ctx)
	defer stop()
	type ending struct {
		result flow.ReconcileResult
		err    error
	}
	ended := make(chan ending, 1)
	go func() {
		var e ending
		e.err = run.Get(watching, &e.result)
		ended <- e
	}()
	ticker := time.NewTicker(watchInterval)
	defer ticker.Stop()
	for {
		select {
		case e := <-ended:
			if e.err != nil && ctx.Err() == nil {
				e.err = fmt.Errorf("the reconcile failed: %w", rootCause(e.err))
			}
			return e.result, e.err
		case <-ticker.C:
		}
		state, err := p.Store.Reconcile(ctx, a.connection)
		if err != nil || approved || state.Brake == nil || !waits(state, run) {
			continue // the database may be away; the result does not depend on it
		}
		var result flow.ReconcileResult
		return result, json.Unmarshal(state.Last, &result)
	}
}

// waits tells whether a run holds something back and has said so in its result.
func waits(state store.Reconcile, run client.WorkflowRun) bool {
	var last flow.ReconcileResult
	return state.Brake.WorkflowID == run.GetID() && json.Unmarshal(state.Last, &last) == nil &&
		last.RunID == state.Brake.RunID && last.Held != ""
}

func reconcileText(result flow.ReconcileResult, words store.Words) string {
	var text strings.Builder
	row := func(name string, count int) { fmt.Fprintf(&text, "  %-44s %6d\n", name, count) }
	fmt.Fprintf(&text, "Reconciled connection %s in %.1f s: %d calls to NinjaOne, %d to Accelo\n", result.Connection, result.Seconds,
		result.APICalls.Ninjaone, result.APICalls.Accelo)
	row("alerts that nobody told us had fired", result.Healed.Triggers)
	row("alerts that nobody told us were reset", result.Healed.Resets)
	row(words.Request.Many()+" that people changed", result.Healed.Requests)
	row("failed syncs started again", result.Retried)
	row("devices deleted in NinjaOne", result.Gone.Devices)
	row("organizations deleted in NinjaOne", result.Gone.Organizations)
	fmt.Fprintf(&text, "  webhooks: NinjaOne %s, Accelo %s\n", result.Webhooks.NinjaOne, result.Webhooks.Accelo)
	for _, left := range result.Left {
		fmt.Fprintf(&text, "  left for the next run: %s\n", left)
	}
	for _, failure := range result.Failures {
		fmt.Fprintf(&text, "  failed: %s %s: %s\n", words.Object(failure.Kind), failure.NinjaID, failure.Error)
	}
	if result.Held != "" {
		fmt.Fprintf(&text, "\nHeld back: %s.\nIf that is right, run `starter reconcile --approve`. If not, see why NinjaOne lists less;\n"+
			"it is looked at again at every interval.\n", result.Held)
	}
	return text.String()
}
