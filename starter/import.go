package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/launch"
	"ninjaone-accelo/internal/program"
)

type importFlags struct {
	plan         bool
	wait         bool
	organization int
}

func (a *app) importCommand() *cobra.Command {
	var flags importFlags
	command := &cobra.Command{
		Use: "import", Short: "Bring NinjaOne's organizations and devices into Accelo",
		Long: "Bring NinjaOne's organizations and devices into Accelo.\n\n" +
			"The import runs on a worker. Ctrl-C only stops watching it; started again while it runs, this command watches it further.",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if flags.organization < 0 || flags.organization > 0 && flags.plan {
				return &program.UsageError{Err: errors.New("--organization takes the id of a NinjaOne organization, and no --plan")}
			}
			return a.withTemporal(command.Context(), func(ctx context.Context, p *program.Program, c client.Client) error {
				return a.runImport(ctx, p, c, flags)
			})
		},
	}
	command.Flags().BoolVar(&flags.plan, "plan", false, "only say what an import would do and cost; write nothing to Accelo")
	command.Flags().BoolVar(&flags.wait, "wait", true, "wait for the end and report; with --wait=false, start it and return")
	command.Flags().IntVar(&flags.organization, "organization", 0, "import only the NinjaOne organization with this id")
	return command
}

// started is an execution that this command watches, whoever started it.
type started struct {
	run client.WorkflowRun
	// importID is the id of its first run, under which its progress is stored.
	importID string
	attached bool
}

func (a *app) runImport(ctx context.Context, p *program.Program, c client.Client, flags importFlags) error {
	connection, err := p.Store.Connection(ctx, a.connection)
	if err != nil {
		return fmt.Errorf("connection %q is not known: set its credentials and run `starter connect` first: %w", a.connection, err)
	}
	execution, err := a.startImport(ctx, p, c, flags)
	if err != nil {
		return err
	}
	if execution.attached {
		fmt.Fprintf(a.diagnostics, "An import runs already; watching it (%s).\n", execution.run.GetID())
	}
	if !flags.wait {
		ids := struct {
			Connection string `json:"connection"`
			WorkflowID string `json:"workflow_id"`
			RunID      string `json:"run_id"`
		}{a.connection, execution.run.GetID(), execution.importID}
		return a.print(ids, fmt.Sprintf("Started %s\n", execution.run.GetID()))
	}
	a.announce(p, execution.run)
	a.warnWithoutWorker(ctx, p, c)
	result, err := a.watch(ctx, p, execution)
	if err != nil {
		return err
	}
	if err := a.print(result, importText(result, connection.Settings.Words())); err != nil {
		return err
	}
	if result.Organizations.Failed+result.Devices.Failed+result.Alerts.Failed > 0 {
		return &program.StatusError{Code: program.ExitSomeFailures}
	}
	return nil
}

// startImport starts the import, or attaches to the one that runs. A plan is never mistaken for an import that runs.
func (a *app) startImport(ctx context.Context, p *program.Program, c client.Client, flags importFlags) (started, error) {
	launcher, err := p.Launcher(ctx, c)
	if err != nil {
		return started{}, err
	}
	var run client.WorkflowRun
	if flags.organization > 0 {
		run, err = launcher.ImportOrganization(ctx, flow.ImportOrganizationInput{Connection: a.connection, OrganizationID: flags.organization})
	} else {
		run, err = launcher.FullImport(ctx, a.connection, flags.plan)
	}
	var running *launch.RunningError
	switch {
	case errors.As(err, &running) && flags.plan:
		return started{}, fmt.Errorf("an import of connection %s runs just now; plan when it has ended", a.connection)
	case errors.As(err, &running):
		return attach(ctx, c, running.WorkflowID)
	case err != nil:
		return started{}, err
	}
	return started{run: run, importID: run.GetRunID()}, nil
}

func attach(ctx context.Context, c client.Client, workflowID string) (started, error) {
	description, err := c.DescribeWorkflowExecution(ctx, workflowID, "")
	if err != nil {
		return started{}, fmt.Errorf("attach to %s: %w", workflowID, err)
	}
	info := description.GetWorkflowExecutionInfo()
	run := c.GetWorkflow(ctx, workflowID, info.GetExecution().GetRunId())
	return started{run: run, importID: info.GetFirstRunId(), attached: true}, nil
}

// warnWithoutWorker says why nothing happens when no worker is there to do it.
func (a *app) warnWithoutWorker(ctx context.Context, p *program.Program, c client.Client) {
	queue, err := c.DescribeTaskQueue(ctx, p.Config.TaskQueue, enumspb.TASK_QUEUE_TYPE_WORKFLOW)
	if err == nil && len(queue.GetPollers()) == 0 {
		fmt.Fprintf(a.diagnostics, "No worker polls the task queue %s: start bin/worker, and the import goes on.\n", p.Config.TaskQueue)
	}
}

func (a *app) announce(p *program.Program, run client.WorkflowRun) {
	if p.Config.TemporalUIURL == "" {
		return
	}
	namespace, err := p.Namespace()
	if err == nil {
		fmt.Fprintf(a.diagnostics, "Watch it at %s/namespaces/%s/workflows/%s\n", p.Config.TemporalUIURL, namespace,
			escapeID(run.GetID()))
	}
}
