package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/program"
)

// importOptions are the flags of import and plan.
type importOptions struct {
	plan         bool
	wait         bool
	organization int
	changes      bool
	csv          string
}

func (a *app) importCommand() *cobra.Command {
	var options importOptions
	command := &cobra.Command{
		Use: "import", Short: "Import NinjaOne's organizations, devices and active alerts into Accelo",
		Long: "Import NinjaOne's organizations, devices and active alerts into Accelo.\n\n" +
			"The import runs on a worker. Ctrl-C stops only the display; run the command again to follow the import's progress.",
		Example: "  starter import\n  starter import --plan --changes\n  starter import --organization 7",
		Args:    cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if command.Flags().Changed("organization") {
				if options.organization <= 0 {
					return usageError("--organization needs the ID of a NinjaOne organization")
				}
				if options.plan {
					return usageError("--plan can't be combined with --organization: a plan always covers all organizations")
				}
			}
			if err := options.checkChanges(); err != nil {
				return err
			}
			return a.withTemporal(command.Context(), func(ctx context.Context, p *program.Program, c client.Client) error {
				return a.runImport(ctx, p, c, actor(command), options)
			})
		},
	}
	command.Flags().BoolVar(&options.plan, "plan", false, "only show what an import would do and cost; same as starter plan")
	command.Flags().IntVar(&options.organization, "organization", 0, "import only the NinjaOne organization with this ID")
	options.addWait(command)
	options.addChanges(command)
	return command
}

func (o *importOptions) addWait(command *cobra.Command) {
	command.Flags().BoolVar(&o.wait, "wait", true, "wait for the result; --wait=false starts the workflow and returns")
}

func (a *app) runImport(
	ctx context.Context, p *program.Program, c client.Client, user operate.Actor, options importOptions,
) error {
	if _, err := a.storedConnection(ctx, p); err != nil {
		return err
	}
	o, err := operator(ctx, p, c)
	if err != nil {
		return err
	}
	started, err := a.startImport(ctx, o, user, options)
	if err != nil {
		return err
	}
	if started.Attached {
		fmt.Fprintln(a.stderr, attachedText(started.Run.GetID(), started.Plan))
	}
	if !options.wait {
		return a.printStarted(started)
	}
	a.announce(p, started.Run)
	a.warnWithoutWorker(ctx, p, c)
	result, err := a.watch(ctx, p, started)
	if err != nil {
		return err
	}
	connection, err := a.storedConnection(ctx, p) // read again: the import may have learned what the API allows
	if err != nil {
		return err
	}
	text := importText(result, connection.Settings)
	if options.changes || options.csv != "" {
		err = a.printPlan(ctx, p, started.ID, options, result, text)
	} else {
		err = a.print(result, text)
	}
	if err != nil {
		return err
	}
	return importExit(result)
}

func importExit(result flow.ImportResult) error {
	if result.Organizations.Failed+result.Devices.Failed+result.Alerts.Failed > 0 {
		return &program.StatusError{Code: program.ExitSomeFailures}
	}
	return nil
}

func attachedText(workflowID string, plan bool) string {
	if plan {
		return fmt.Sprintf("A plan is already running; following its progress (%s). Run the command again to import.", workflowID)
	}
	return fmt.Sprintf("An import is already running; following its progress (%s).", workflowID)
}

// startImport starts the import, or attaches to the run that exists. A plan never attaches: the run may be an import, which
// writes to Accelo.
func (a *app) startImport(ctx context.Context, o *operate.Operator, user operate.Actor, options importOptions) (operate.Import, error) {
	in := operate.StartImport{Connection: a.connection, Plan: options.plan}
	if options.organization > 0 {
		in.Alone = options.organization
	}
	started, err := o.StartImport(ctx, user, in)
	var conflict *operate.ConflictError
	switch {
	case errors.As(err, &conflict) && conflict.Running != nil && !options.plan:
		return *conflict.Running, nil
	case err != nil:
		return operate.Import{}, a.explain(err)
	}
	return started, nil
}

func (a *app) printStarted(started operate.Import) error {
	verb := "Started"
	if started.Attached {
		verb = "Already running:"
	}
	return a.print(struct {
		Connection string `json:"connection"`
		WorkflowID string `json:"workflow_id"`
		RunID      string `json:"run_id"`
	}{a.connection, started.Run.GetID(), started.ID}, fmt.Sprintf("%s %s\n", verb, started.Run.GetID()))
}

// warnWithoutWorker says why nothing happens if no worker is running.
func (a *app) warnWithoutWorker(ctx context.Context, p *program.Program, c client.Client) {
	queue, err := c.DescribeTaskQueue(ctx, p.Config.TaskQueue, enumspb.TASK_QUEUE_TYPE_WORKFLOW)
	if err == nil && len(queue.GetPollers()) == 0 {
		fmt.Fprintf(a.stderr, "No worker is running for task queue %s. Start bin/worker to continue.\n", p.Config.TaskQueue)
	}
}

// announce prints where to follow a run in Temporal's UI.
func (a *app) announce(p *program.Program, run client.WorkflowRun) {
	if p.Config.TemporalUIURL == "" {
		return
	}
	namespace, err := p.Namespace()
	if err == nil {
		fmt.Fprintf(a.stderr, "Follow it in Temporal: %s/namespaces/%s/workflows/%s\n", p.Config.TemporalUIURL, namespace,
			escapeID(run.GetID()))
	}
}

func usageError(text string) error { return &program.UsageError{Err: errors.New(text)} }
