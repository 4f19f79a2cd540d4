package main

import (
	"context"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"ninjaone-accelo/internal/program"
)

func (a *app) planCommand() *cobra.Command {
	options := importOptions{plan: true}
	command := &cobra.Command{
		Use: "plan", Short: "Show what an import would do and cost",
		Long: "Show what an import would create, match and update, how many calls it would make, and how long it would take.\n\n" +
			"Nothing is written to Accelo. It is the same as `starter import --plan`.",
		Args:    cobra.NoArgs,
		Example: "  starter plan\n  starter plan --changes\n  starter plan --csv changes.csv",
		RunE: func(command *cobra.Command, _ []string) error {
			if err := options.checkChanges(); err != nil {
				return err
			}
			return a.withTemporal(command.Context(), func(ctx context.Context, p *program.Program, c client.Client) error {
				return a.runImport(ctx, p, c, actor(command), options)
			})
		},
	}
	options.addWait(command)
	options.addChanges(command)
	return command
}
