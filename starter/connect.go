package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"ninjaone-accelo/internal/connect"
	"ninjaone-accelo/internal/launch"
	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/program"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/temporalx"
)

func (a *app) connectCommand() *cobra.Command {
	var choices connect.Choices
	var file string
	command := &cobra.Command{
		Use: "connect", Short: "Verify credentials, set up what the APIs allow, and list what is left to do",
		Long: "Verify the credentials of both vendors, set up what their APIs allow, register webhooks and the reconciliation schedule, and list " +
			"what is left for an administrator to do.\n\n" +
			"A connection belongs to one NinjaOne tenant and one Accelo deployment. Credentials of others are refused unless you choose what they " +
			"mean: --new-pair starts over with them, --same-pair keeps everything.\n\n" +
			"The environment defines the connection default. Others take their credentials from a file or, when they are new, from the environment.\n\n" +
			"It can be run any number of times. Exit code 3 means that an administrator has something to do first.",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if choices.NewPair && choices.SamePair {
				return usageError("--new-pair can't be combined with --same-pair")
			}
			choices.LostKey = a.lostKey
			if file != "" || a.connection != rules.DefaultConnection {
				return a.connectOther(command.Context(), command.InOrStdin(), file, choices)
			}
			return a.withUnbound(command.Context(), func(ctx context.Context, p *program.Program) error {
				report, err := p.Connector(choices).Run(ctx, a.connection)
				if errors.Is(err, store.ErrNotFound) {
					err = unknownConnection(a.connection)
				}
				return a.concludeConnect(ctx, p, report, err)
			})
		},
	}
	command.Flags().StringVar(&file, "from-file", "",
		"take credentials and options from this file, or from standard input with -; lines NAME=VALUE as in the environment, or the API's JSON")
	command.Flags().BoolVar(&choices.RotateSecrets, "rotate-secrets", false,
		"create new webhook secrets; the old ones stay valid for deliveries already on their way")
	command.Flags().BoolVar(&a.lostKey, "lost-key", false,
		"the key that sealed the connection's credentials is lost: store these under CREDENTIALS_KEY, with new webhook secrets")
	command.Flags().BoolVar(&choices.NewPair, "new-pair", false,
		"move the connection to another NinjaOne tenant or Accelo deployment, and forget everything about the ones it has")
	command.Flags().BoolVar(&choices.SamePair, "same-pair", false,
		"confirm that the credentials are for the tenant and the deployment that the connection has, under another name or address")
	return command
}

// concludeConnect schedules reconciliations, prints the report, and retries what failed before.
func (a *app) concludeConnect(ctx context.Context, p *program.Program, report connect.Report, err error) error {
	if err != nil {
		return err
	}
	if ctx, err = p.BindPair(ctx, a.connection); err != nil {
		return err
	}
	temporal, err := temporalx.Dial(ctx, p.TemporalOptions()) // connect also works while Temporal is down
	if err == nil {
		defer temporal.Close()
	}
	report.Schedule, report.ImportSchedule = a.schedule(ctx, p, temporal, err, report)
	if err := a.print(report, connectText(report)); err != nil {
		return err
	}
	if report.RequestType.ID != nil { // alerts need no more than a request type
		a.retryFailures(ctx, p, temporal)
	}
	return connectExit(report)
}

func connectExit(report connect.Report) error {
	switch {
	case report.Unreachable() != nil:
		return report.Unreachable()
	case len(report.Todo) > 0:
		return &program.StatusError{Code: program.ExitToDo}
	}
	return nil
}

// schedule creates or updates the schedules. It returns the interval of reconciliations, or why there is none, and that of full imports.
func (a *app) schedule(
	ctx context.Context, p *program.Program, temporal client.Client, dialErr error, report connect.Report,
) (reconciliation, imports string) {
	switch {
	case report.Unreachable() != nil:
		return "not checked: a vendor could not be reached", ""
	case report.Pair.Change == connect.PairRefused:
		return "not changed", ""
	case !report.NinjaOne.OK || !report.Accelo.OK:
		return "not scheduled: credentials not accepted yet", ""
	case dialErr != nil:
		return fmt.Sprintf("not scheduled yet; a worker does it when it starts: %v", dialErr), ""
	}
	operator, err := operator(ctx, p, temporal)
	if err != nil {
		return fmt.Sprintf("not scheduled: %v", err), ""
	}
	scheduled, err := operator.Schedule(ctx, a.connection)
	if err != nil {
		return fmt.Sprintf("not scheduled: %v", err), ""
	}
	if scheduled.ImportEvery > 0 {
		imports = everyText(scheduled.ImportEvery)
	}
	return everyText(scheduled.Every), imports
}

// retryFailures retries every failed record, because what it was missing may exist now. Without Temporal, failed records wait
// for the next reconciliation.
func (a *app) retryFailures(ctx context.Context, p *program.Program, temporal client.Client) {
	failures, err := p.Store.Failures(ctx, a.connection)
	if err != nil || len(failures) == 0 {
		return
	}
	if temporal == nil {
		fmt.Fprintf(a.stderr, "%s failed to sync. Retry with `%s` once Temporal is running.\n", rules.Count(len(failures), "record"),
			rules.Command(a.connection, "retry"))
		return
	}
	var retried operate.Retried
	o, err := operator(ctx, p, temporal)
	if err == nil {
		retried, err = o.Retry(ctx, actorOf("connect"), operate.Retry{Connection: a.connection})
	}
	if err != nil {
		fmt.Fprintf(a.stderr, "Not every failed sync could be retried: %v\n", err)
	}
	fmt.Fprint(a.stderr, retryText(retried.Failures, launch.Selection{}))
}
