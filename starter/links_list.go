package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"ninjaone-accelo/internal/program"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// linkList is the result of `links list`. Total includes the records that the limit leaves out.
type linkList struct {
	Connection string            `json:"connection"`
	Total      int               `json:"total"`
	Links      []store.FoundLink `json:"links"`
}

func (a *app) linksListCommand() *cobra.Command {
	query, kind, state := store.LinkQuery{}, "", ""
	command := &cobra.Command{
		Use: "list", Short: "List records by ID of either side, name, kind or state",
		Example: "  starter links list --search \"Planet Express\"\n  starter links list --kind device --state failed",
		Args:    cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			var err error
			if kind != "" {
				if query.Kind, err = parseKind(kind); err != nil {
					return err
				}
			}
			if query.State, err = parseState(state); err != nil {
				return err
			}
			if query.Limit < 1 {
				return usageError("--limit must be at least 1")
			}
			return a.withStore(command.Context(), func(ctx context.Context, p *program.Program) error {
				return a.listLinks(ctx, p, query)
			})
		},
	}
	command.Flags().StringVar(&query.Text, "search", "", "an ID of either side, or part of a name")
	command.Flags().StringVar(&kind, "kind", "", "organization, device, alert or contact")
	command.Flags().StringVar(&state, "state", "", "linked, waiting, claimed, doubt or failed")
	command.Flags().IntVar(&query.Limit, "limit", 100, "the largest number of records to list")
	return command
}

func (a *app) listLinks(ctx context.Context, p *program.Program, query store.LinkQuery) error {
	connection, err := a.storedConnection(ctx, p)
	if err != nil {
		return err
	}
	found, total, err := p.Store.SearchLinks(ctx, a.connection, query)
	if err != nil {
		return err
	}
	list := linkList{a.connection, total, found}
	return a.print(list, linkListText(list, connection.Settings.Labels()))
}

func linkListText(list linkList, labels store.Labels) string {
	if list.Total == 0 {
		return "No matching records.\n"
	}
	var text strings.Builder
	for _, link := range list.Links {
		text.WriteString(linkLine(link, labels))
	}
	if list.Total > len(list.Links) {
		fmt.Fprintf(&text, "Showing %d of %s. Use --limit to show more, or --search to narrow the list.\n", len(list.Links),
			rules.Count(list.Total, "record"))
	}
	return text.String()
}

// parseState reads the state of a link. The stored name of a failed record, "parked", works too.
func parseState(name string) (store.State, error) {
	switch state := store.State(name); state {
	case "", store.Linked, store.Waiting, store.Claimed, store.Doubt, store.Failed:
		return state, nil
	case failedState:
		return store.Failed, nil
	}
	return "", &program.UsageError{Err: fmt.Errorf("unknown --state %q (use linked, waiting, claimed, doubt or failed)", name)}
}
