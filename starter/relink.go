package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/program"
	"ninjaone-accelo/internal/store"
)

// corrected is what a person has corrected by hand. Before is the id in Accelo until now, 0 where there was none; accelo_id the
// one from now on, 0 where there is none any more.
type corrected struct {
	Connection string     `json:"connection"`
	Kind       store.Kind `json:"kind"`
	NinjaID    string     `json:"ninja_id"`
	Before     int64      `json:"before"`
	AcceloID   int64      `json:"accelo_id"`
	// Devices are those of a recreated organization whose assets went with its company, and are created again with it.
	Devices []string `json:"devices,omitempty"`
}

func (a *app) relinkCommand() *cobra.Command {
	return &cobra.Command{
		Use: "relink KIND NINJA_ID ACCELO_ID", Short: "Correct a wrong match: say which object of Accelo a record really is",
		Long: "Correct a wrong match: say which company, asset or request of Accelo an organization, device or alert really is.\n\n" +
			"Nothing is written to Accelo. The next import compares both sides afresh and keeps what people have made of the object.",
		Args: cobra.ExactArgs(3),
		RunE: func(command *cobra.Command, arguments []string) error {
			id, err := strconv.ParseInt(arguments[2], 10, 64)
			if err != nil || id <= 0 {
				return &program.UsageError{Err: fmt.Errorf("%q is no id of Accelo's: it is a number, as in the address of its page", arguments[2])}
			}
			return a.correct(command, arguments, func(ctx context.Context, p *program.Program, key store.Key) (corrected, string, error) {
				return a.relink(ctx, p, key, id)
			})
		},
	}
}

func (a *app) forgetCommand() *cobra.Command {
	return &cobra.Command{
		Use: "forget KIND NINJA_ID", Short: "Drop a link, so that the next import matches the record anew", Args: cobra.ExactArgs(2),
		RunE: func(command *cobra.Command, arguments []string) error {
			return a.correct(command, arguments, func(ctx context.Context, p *program.Program, key store.Key) (corrected, string, error) {
				result, err := a.drop(ctx, p, key, "forget")
				return result, "Forgotten: the next `starter import` matches it anew, and creates it where nothing matches.\n", err
			})
		},
	}
}

// correct runs a correction of one record and prints what came of it.
func (a *app) correct(
	command *cobra.Command, arguments []string, do func(context.Context, *program.Program, store.Key) (corrected, string, error),
) error {
	kind, err := kindOf(arguments[0])
	if err == nil && kind == store.Contacts {
		err = &program.UsageError{Err: errors.New("a contact goes with its organization: correct that one")}
	}
	if err != nil {
		return err
	}
	return a.withStore(command.Context(), func(ctx context.Context, p *program.Program) error {
		result, text, err := do(ctx, p, store.Key{Connection: a.connection, Kind: kind, NinjaID: arguments[1]})
		if err != nil {
			return explain(err)
		}
		return a.print(result, text)
	})
}

// explain says when to try again where a link is under way.
func explain(err error) error {
	var held *store.HeldError
	if !errors.As(err, &held) {
		return err
	}
	if time.Now().Before(held.Until) {
		return fmt.Errorf("%w; nothing was changed, try again after that", err)
	}
	return fmt.Errorf("%w; nothing was changed: run `starter import`, which finds out what became of it, and try again", err)
}

func (a *app) relink(ctx context.Context, p *program.Program, key store.Key, id int64) (corrected, string, error) {
	c, err := a.connected(ctx, p)
	if err != nil {
		return corrected{}, "", err
	}
	correction, err := a.correction(ctx, p, c, key, id)
	if err != nil {
		return corrected{}, "", err
	}
	before, err := p.Store.Relink(ctx, correction)
	if owned := (*store.OwnedError)(nil); errors.As(err, &owned) && key.Kind == store.Devices {
		before, err = takeOver(ctx, p, c, correction, owned)
	}
	if err != nil {
		return corrected{}, "", err
	}
	text := fmt.Sprintf("%s %s is %s %d now", key.Kind, key.NinjaID, c.Settings.Words().Of(key.Kind).One(), id)
	if before != 0 && before != id {
		text += fmt.Sprintf(", and %d no longer", before)
	}
	if key.Kind != store.Alerts {
		text += ". The next `starter import` brings it up to date and keeps what people have changed there"
	}
	return corrected{Connection: key.Connection, Kind: key.Kind, NinjaID: key.NinjaID, Before: before, AcceloID: id}, text + ".\n", nil
}

// takeOver gives a device the asset of one that NinjaOne no longer has, whose link is dropped; that of any other is refused.
func takeOver(
	ctx context.Context, p *program.Program, c activities.Connection, correction store.Correction, owned *store.OwnedError,
) (before int64, err error) {
	left, err := activities.HasLeft(ctx, c, owned.Owner)
	if err != nil {
		return 0, err
	}
	if !left {
		return 0, fmt.Errorf("%s %s: %w", correction.Key.Kind, correction.Key.NinjaID, owned)
	}
	if _, err := p.Store.Forget(ctx, owned.Owner, correction.Actor); err != nil {
		return 0, err
	}
	return p.Store.Relink(ctx, correction)
}

// drop drops a link in a person's name.
func (a *app) drop(ctx context.Context, p *program.Program, key store.Key, name string) (corrected, error) {
	if key.Kind == store.Alerts {
		return corrected{}, &program.UsageError{Err: errors.New("an import opens nothing for an alert that has had it opened before: use relink, " +
			"or wait until the alert fires again")}
	}
	was, err := p.Store.Forget(ctx, key, actor(name))
	if errors.Is(err, store.ErrNotFound) {
		return corrected{}, fmt.Errorf("%s %s has no link: the next import matches or creates it anyway", key.Kind, key.NinjaID)
	}
	return corrected{Connection: key.Connection, Kind: key.Kind, NinjaID: key.NinjaID, Before: was.AcceloID}, err
}

// actor is how the history names a person's command.
func actor(command string) string { return "a person (starter " + command + ")" }
