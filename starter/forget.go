package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"ninjaone-accelo/internal/corrections"
	"ninjaone-accelo/internal/operate"
)

func (a *app) forgetCommand() *cobra.Command {
	return &cobra.Command{
		Use: "forget KIND NINJA_ID", Short: "Unlink a record, so that the next import matches it again",
		Long: "Unlink an organization or device, so that the next import matches it again.\n\n" +
			"Nothing is written to Accelo. If the name still matches the same object, the next import links it again: use relink instead.",
		Example: "  starter links forget device 8",
		Args:    cobra.ExactArgs(2),
		RunE: func(command *cobra.Command, arguments []string) error {
			key, err := a.recordKey(arguments, corrections.CheckForget)
			if err != nil {
				return err
			}
			return a.correct(command, func(ctx context.Context, o *operate.Operator) (corrections.Result, error) {
				return o.Unlink(ctx, actor(command), key)
			}, forgetText)
		},
	}
}

func forgetText(result corrections.Result) string {
	return fmt.Sprintf("Unlinked %s %s. The next import matches it again, or creates it if nothing matches.\n", result.Kind, result.NinjaID)
}
