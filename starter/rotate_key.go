package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"ninjaone-accelo/internal/program"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/tenant"
)

func (a *app) rotateKeyCommand() *cobra.Command {
	return &cobra.Command{
		Use: "rotate-key", Short: "Seal every stored secret anew under CREDENTIALS_KEY",
		Long: "Seal every stored secret of every connection anew under CREDENTIALS_KEY, while everything runs. The keys in CREDENTIALS_KEY_PREVIOUS open " +
			"what they sealed.\n\n" +
			"Give all programs the new key as CREDENTIALS_KEY, and the former one in CREDENTIALS_KEY_PREVIOUS, before you run it. Afterwards nothing needs " +
			"the former one any more. Running it again does nothing.\n\n" +
			"Exit code 4 means that some secrets could not be opened. They stay as they are.",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return a.withUnbound(command.Context(), func(ctx context.Context, p *program.Program) error {
				rotation, err := p.Operator(nil).RotateKey(ctx, actor(command))
				if err != nil {
					return err
				}
				if err := a.print(rotation, rotationText(rotation)); err != nil {
					return err
				}
				if len(rotation.Unopened) > 0 {
					return &program.StatusError{Code: program.ExitSomeFailures}
				}
				return nil
			})
		},
	}
}

func rotationText(rotation tenant.KeyRotation) string {
	var text strings.Builder
	switch current := rotation.Secrets - len(rotation.Unopened); {
	case rotation.SealedAnew > 0:
		fmt.Fprintf(&text, "Sealed %s anew under CREDENTIALS_KEY.\n", rules.Count(rotation.SealedAnew, "secret"))
	case current > 0:
		fmt.Fprintf(&text, "Nothing to do: CREDENTIALS_KEY already seals %s.\n", rules.Count(current, "secret"))
	default:
		text.WriteString("Nothing to do: no secret is stored.\n")
	}
	if len(rotation.Unopened) == 0 {
		return text.String()
	}
	fmt.Fprintf(&text, "\n%s could not be opened with any key, and was left as it is:\n", rules.Count(len(rotation.Unopened), "secret"))
	for _, one := range rotation.Unopened {
		where := ""
		if one.Connection != "" {
			where = "connection " + one.Connection + ": "
		}
		fmt.Fprintf(&text, "  %s%s\n", where, one.What)
	}
	text.WriteString("Put the key that sealed them into CREDENTIALS_KEY_PREVIOUS and run this again. If it is lost, enter the credentials again with " +
		"`connect --lost-key` for each of these connections.\n")
	return text.String()
}
