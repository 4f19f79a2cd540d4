package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ninjaone-accelo/internal/program"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// shownLink is the result of `links show`. Link is null for a record that has only a history.
type shownLink struct {
	Connection string            `json:"connection"`
	Link       *store.FoundLink  `json:"link"`
	History    []store.LinkEvent `json:"history"`
}

func (a *app) linksShowCommand() *cobra.Command {
	return &cobra.Command{
		Use: "show KIND NINJA_ID", Short: "Show one record, with everything that was written to it, when, and by which workflow",
		Example: "  starter links show device 8",
		Args:    cobra.ExactArgs(2),
		RunE: func(command *cobra.Command, arguments []string) error {
			kind, err := parseKind(arguments[0])
			if err != nil {
				return err
			}
			return a.withStore(command.Context(), func(ctx context.Context, p *program.Program) error {
				return a.showLink(ctx, p, store.Key{Connection: a.connection, Kind: kind, NinjaID: arguments[1]})
			})
		},
	}
}

func (a *app) showLink(ctx context.Context, p *program.Program, key store.Key) error {
	connection, err := a.storedConnection(ctx, p)
	if err != nil {
		return err
	}
	found, _, err := p.Store.SearchLinks(ctx, key.Connection, store.LinkQuery{Kind: key.Kind, NinjaID: key.NinjaID})
	if err != nil {
		return err
	}
	shown := shownLink{Connection: key.Connection}
	if shown.History, err = p.Store.LinkHistory(ctx, key); err != nil {
		return err
	}
	if len(found) > 0 {
		shown.Link = &found[0]
	}
	if shown.Link == nil && len(shown.History) == 0 {
		return fmt.Errorf("%s %s not found; `%s` searches by ID or name", key.Kind, key.NinjaID,
			rules.Command(key.Connection, "links list --search TEXT"))
	}
	return a.print(shown, shownLinkText(shown, key, connection.Settings.Labels()))
}

func shownLinkText(shown shownLink, key store.Key, labels store.Labels) string {
	var text strings.Builder
	if shown.Link == nil {
		fmt.Fprintf(&text, "%s %s is not linked\n", key.Kind, key.NinjaID)
	} else {
		text.WriteString(linkLine(*shown.Link, labels))
		for _, change := range shown.Link.ManualChanges {
			fmt.Fprintf(&text, "  manual change: %s %q (NinjaOne: %q)\n", labels.Field(change.Field), change.AcceloText(), change.NinjaText())
		}
	}
	for _, event := range shown.History {
		text.WriteString(eventText(event, labels))
	}
	return text.String()
}

func eventText(event store.LinkEvent, labels store.Labels) string {
	author := "an alert or a reconciliation"
	switch {
	case event.Actor != "":
		author = event.Actor
	case event.ImportID != "":
		author = strings.TrimSpace(event.WorkflowID + " " + event.ImportID)
	}
	what := string(event.State)
	switch {
	case event.State == "forgotten":
		what = "unlinked"
	case event.Outcome != "":
		what += ", " + string(event.Outcome)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s  %s by %s", event.At.Local().Format(time.DateTime), what, author)
	if event.AcceloID != 0 {
		fmt.Fprintf(&text, " (Accelo ID %d)", event.AcceloID)
	}
	text.WriteString("\n")
	for _, field := range slices.Sorted(maps.Keys(event.Changes)) {
		change := event.Changes[field]
		fmt.Fprintf(&text, "    %s: %q, was %q\n", labels.Field(field), change.To, change.From)
	}
	return text.String()
}
