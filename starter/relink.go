package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"ninjaone-accelo/internal/corrections"
	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/program"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

func (a *app) relinkCommand() *cobra.Command {
	return &cobra.Command{
		Use: "relink KIND NINJA_ID ACCELO_ID", Short: "Link a record to a different company, asset or request",
		Long: "Link an organization, device or alert to a different company, asset or request.\n\n" +
			"Nothing is written to Accelo. The next import compares both sides again and keeps any manual changes.",
		Example: "  starter relink organization 7 4711\n  starter relink device 8 12",
		Args:    cobra.ExactArgs(3),
		RunE: func(command *cobra.Command, arguments []string) error {
			key, err := a.recordKey(arguments, corrections.CheckRelink)
			if err != nil {
				return err
			}
			id, err := acceloID(arguments[2])
			if err != nil {
				return err
			}
			return a.correct(command, func(ctx context.Context, o *operate.Operator) (corrections.Result, error) {
				return o.Relink(ctx, actor(command), operate.Relink{Key: key, AcceloID: id})
			}, relinkText)
		},
	}
}

func relinkText(result corrections.Result) string {
	word := result.Labels.For(result.Kind).Singular()
	text := fmt.Sprintf("Linked %s %s to %s %d", result.Kind, result.NinjaID, word, result.AcceloID)
	if result.Before != 0 && result.Before != result.AcceloID {
		text += fmt.Sprintf(" (was %d)", result.Before)
	}
	if result.Kind != store.Alerts {
		text += ". The next import updates it and keeps any manual changes"
	}
	return text + ".\n"
}

// recordKey reads the arguments KIND and NINJA_ID, and checks whether the command corrects records of that kind.
func (a *app) recordKey(arguments []string, check func(store.Kind) error) (store.Key, error) {
	kind, err := parseKind(arguments[0])
	if err != nil {
		return store.Key{}, err
	}
	if err := check(kind); err != nil {
		return store.Key{}, &program.UsageError{Err: err}
	}
	return store.Key{Connection: a.connection, Kind: kind, NinjaID: arguments[1]}, nil
}

func acceloID(argument string) (int64, error) {
	id, err := strconv.ParseInt(argument, 10, 64)
	if err != nil || id <= 0 {
		return 0, &program.UsageError{Err: fmt.Errorf("%q is not an Accelo ID (use the number in the page's URL)", argument)}
	}
	return id, nil
}

// correct corrects one link and prints the result.
func (a *app) correct(
	command *cobra.Command, do func(context.Context, *operate.Operator) (corrections.Result, error), text func(corrections.Result) string,
) error {
	return a.withStore(command.Context(), func(ctx context.Context, p *program.Program) error {
		result, err := do(ctx, p.Operator(nil))
		if err != nil {
			return explainCorrection(a.connection, a.explain(err), time.Now())
		}
		return a.print(result, text(result))
	})
}

// explainCorrection says what to do after an error: which input to change, or when to try again if a sync is creating the record.
func explainCorrection(connection string, err error, now time.Time) error {
	var input *corrections.InputError
	var held *store.HeldError
	switch {
	case errors.As(err, &input):
		return &program.UsageError{Err: err}
	case errors.As(err, &held) && now.Before(held.Until):
		return fmt.Errorf("%w; nothing was changed. Try again after that", err)
	case errors.As(err, &held):
		return fmt.Errorf("%w; nothing was changed. Run `%s` to find out whether it was created, then try again", err,
			rules.Command(connection, "import"))
	}
	return err
}
