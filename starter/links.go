package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ninjaone-accelo/internal/program"
	"ninjaone-accelo/internal/store"
)

func (a *app) linksCommand() *cobra.Command {
	command := &cobra.Command{
		Use: "links", Short: "Find records, see what became of them, and correct wrong matches",
		RunE: func(command *cobra.Command, _ []string) error {
			_ = command.Help()
			return &program.UsageError{Err: errors.New("name one of these commands")}
		},
	}
	command.AddCommand(a.linksListCommand(), a.linksShowCommand(), a.relinkCommand(), a.forgetCommand(), a.recreateCommand())
	return command
}

func (a *app) linksListCommand() *cobra.Command {
	query, kind, state := store.LinkQuery{}, "", ""
	command := &cobra.Command{
		Use: "list", Short: "List records by id of either side, name, kind or state", Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			var err error
			if kind != "" {
				if query.Kind, err = kindOf(kind); err != nil {
					return err
				}
			}
			query.State = store.State(state)
			states := []store.State{store.Linked, store.Waiting, store.Claimed, store.Doubt, store.Parked}
			if state != "" && !slices.Contains(states, query.State) || query.Limit < 1 {
				return &program.UsageError{Err: fmt.Errorf("--state is one of %s, and --limit at least 1", quoted(states))}
			}
			return a.withStore(command.Context(), func(ctx context.Context, p *program.Program) error {
				return a.listLinks(ctx, p, query)
			})
		},
	}
	command.Flags().StringVar(&query.Text, "search", "", "an id of either side, or part of a name")
	command.Flags().StringVar(&kind, "kind", "", "organization, device, alert or contact")
	command.Flags().StringVar(&state, "state", "", "linked, waiting, claimed, doubt, or parked for what could not be synced")
	command.Flags().IntVar(&query.Limit, "limit", 100, "how many to list at most")
	return command
}

// linkList is what `links list` has found; total counts also what the limit leaves out.
type linkList struct {
	Connection string            `json:"connection"`
	Total      int               `json:"total"`
	Links      []store.FoundLink `json:"links"`
}

func (a *app) listLinks(ctx context.Context, p *program.Program, query store.LinkQuery) error {
	words, err := a.words(ctx, p)
	if err != nil {
		return err
	}
	found, total, err := p.Store.SearchLinks(ctx, a.connection, query)
	if err != nil {
		return err
	}
	var text strings.Builder
	for _, link := range found {
		text.WriteString(linkLine(link, words) + "\n")
	}
	switch {
	case total == 0:
		text.WriteString("No such record.\n")
	case total > len(found):
		fmt.Fprintf(&text, "%d of %d; --limit shows more, --search fewer\n", len(found), total)
	}
	return a.print(linkList{a.connection, total, found}, text.String())
}

func (a *app) linksShowCommand() *cobra.Command {
	return &cobra.Command{
		Use: "show KIND NINJA_ID", Short: "Show one record, and what was written when, why and by which workflow", Args: cobra.ExactArgs(2),
		RunE: func(command *cobra.Command, arguments []string) error {
			kind, err := kindOf(arguments[0])
			if err != nil {
				return err
			}
			return a.withStore(command.Context(), func(ctx context.Context, p *program.Program) error {
				return a.showLink(ctx, p, store.Key{Connection: a.connection, Kind: kind, NinjaID: arguments[1]})
			})
		},
	}
}

// shownLink is one record; link is null where it is not linked and was not parked, but has a history.
type shownLink struct {
	Connection string            `json:"connection"`
	Link       *store.FoundLink  `json:"link"`
	History    []store.LinkEvent `json:"history"`
}

func (a *app) showLink(ctx context.Context, p *program.Program, key store.Key) error {
	words, err := a.words(ctx, p)
	if err != nil {
		return err
	}
	found, _, err := p.Store.SearchLinks(ctx, key.Connection, store.LinkQuery{Kind: key.Kind, NinjaID: key.NinjaID})
	if err != nil {
		return err
	}
	history, err := p.Store.LinkHistory(ctx, key)
	if err != nil {
		return err
	}
	if len(found) == 0 && len(history) == 0 {
		return fmt.Errorf("%s %s is not known: `starter links list --search` finds records by id or name", key.Kind, key.NinjaID)
	}
	shown := shownLink{Connection: key.Connection, History: history}
	text := fmt.Sprintf("%s %s is not linked\n", key.Kind, key.NinjaID)
	if len(found) > 0 {
		shown.Link = &found[0]
		text = linkLine(found[0], words) + "\n"
		for _, d := range found[0].ManualChanges {
			text += fmt.Sprintf("  kept %s: %q; NinjaOne says %q\n", words.Field(d.Field), d.KeptText(), d.NinjaText())
		}
	}
	return a.print(shown, text+historyText(history, words))
}

func historyText(history []store.LinkEvent, words store.Words) string {
	var text strings.Builder
	for _, event := range history {
		by := "an alert or a reconcile"
		switch {
		case event.Actor != "":
			by = event.Actor
		case event.ImportID != "":
			by = strings.TrimSpace(event.WorkflowID + " " + event.ImportID)
		}
		what := string(event.State)
		if event.Outcome != "" {
			what += ", " + string(event.Outcome)
		}
		fmt.Fprintf(&text, "%s  %s by %s, Accelo id %d\n", event.At.Local().Format(time.DateTime), what, by, event.AcceloID)
		for _, field := range slices.Sorted(maps.Keys(event.Changes)) {
			change := event.Changes[field]
			fmt.Fprintf(&text, "    %s: %q, was %q\n", words.Field(field), change.To, change.From)
		}
	}
	return text.String()
}

// linkLine is a record in a line: NinjaOne's side, Accelo's side in the deployment's own words, and what there is to say.
func linkLine(link store.FoundLink, words store.Words) string {
	line := fmt.Sprintf("%-12s %-8s %-8s", link.Kind, link.NinjaID, link.State)
	if link.AcceloID != 0 {
		line += fmt.Sprintf(" %s %d", words.Of(link.Kind).One(), link.AcceloID)
	}
	if link.Kind == store.Devices && link.CompanyID != 0 {
		line += fmt.Sprintf(" of %s %d", words.Company.One(), link.CompanyID)
	}
	line += fmt.Sprintf("  %q", link.Name)
	if len(link.ManualChanges) > 0 {
		line += fmt.Sprintf("  %d kept", len(link.ManualChanges))
	}
	if link.GoneAt != nil {
		line += "  gone from NinjaOne since " + link.GoneAt.Local().Format(time.DateOnly)
	}
	if link.Problem != "" {
		line += "  " + link.Problem
	}
	return line
}

// words are the deployment's own; a connection that is not known is an error.
func (a *app) words(ctx context.Context, p *program.Program) (store.Words, error) {
	connection, err := p.Store.Connection(ctx, a.connection)
	if errors.Is(err, store.ErrNotFound) {
		return store.Words{}, fmt.Errorf("there is no connection %q", a.connection)
	}
	return connection.Settings.Words(), err
}

// kindOf reads a kind of record, named after either side.
func kindOf(name string) (store.Kind, error) {
	switch strings.ToLower(name) {
	case "organization", "company":
		return store.Organizations, nil
	case "device", "asset":
		return store.Devices, nil
	case "alert", "request":
		return store.Alerts, nil
	case "contact":
		return store.Contacts, nil
	}
	return "", &program.UsageError{Err: fmt.Errorf("%q is no kind of record: name organization, device, alert or contact", name)}
}

func quoted(states []store.State) string {
	names := make([]string, len(states))
	for i, state := range states {
		names[i] = string(state)
	}
	return strings.Join(names, ", ")
}
