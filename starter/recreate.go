package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"ninjaone-accelo/internal/corrections"
	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/rules"
)

func (a *app) recreateCommand() *cobra.Command {
	return &cobra.Command{
		Use: "recreate KIND NINJA_ID", Short: "Recreate a company or asset that was deleted in Accelo",
		Long: "Recreate a company or asset that was deleted in Accelo.\n\n" +
			"Nothing is written to Accelo: the next import creates the record. Recreating an organization also recreates the deleted assets " +
			"of its devices.",
		Example: "  starter recreate device 8",
		Args:    cobra.ExactArgs(2),
		RunE: func(command *cobra.Command, arguments []string) error {
			key, err := a.recordKey(arguments, corrections.CheckForget)
			if err != nil {
				return err
			}
			return a.correct(command, func(ctx context.Context, o *operate.Operator) (corrections.Result, error) {
				return o.Recreate(ctx, actor(command), key)
			}, recreateText)
		},
	}
}

func recreateText(result corrections.Result) string {
	text := fmt.Sprintf("The next import recreates %s %s", result.Kind, result.NinjaID)
	switch count := len(result.Devices); count {
	case 0:
	case 1:
		text += fmt.Sprintf(" and the deleted %s of 1 device", result.Labels.Asset.Singular())
	default:
		text += fmt.Sprintf(" and the deleted %s of %s", result.Labels.Asset.Plural(), rules.Count(count, "device"))
	}
	return text + ".\n"
}
