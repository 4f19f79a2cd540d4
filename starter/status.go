package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ninjaone-accelo/internal/program"
	"ninjaone-accelo/internal/status"
	"ninjaone-accelo/internal/store"
)

func (a *app) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: "Show connections, links, failures and Accelo's budget",
		Long: "Show connections, links, failures and Accelo's budget: of all connections, or of the one that --connection names.",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			name := ""
			if command.Flags().Changed("connection") {
				name = a.connection
			}
			return a.withStore(command.Context(), func(ctx context.Context, p *program.Program) error {
				report, err := status.Read(ctx, p.Store, name)
				if errors.Is(err, store.ErrNotFound) {
					return fmt.Errorf("there is no connection %q", name)
				}
				if err != nil {
					return err
				}
				return a.print(report, statusText(report))
			})
		},
	}
}

func statusText(report status.Report) string {
	if len(report.Connections) == 0 {
		return "There are no connections yet. Set NINJAONE_… and ACCELO_…, then run `starter connect`.\n"
	}
	var text strings.Builder
	for _, c := range report.Connections {
		ready := "ready"
		if !c.Ready {
			ready = "not ready: run `starter connect`"
		}
		fmt.Fprintf(&text, "Connection %s: %s\n", c.Connection, ready)
		fmt.Fprintf(&text, "  linked    %d organizations to %s, %d devices to %s, %d alerts to %s\n", c.Links.Organizations,
			c.Words.Company.Many(), c.Links.Devices, c.Words.Asset.Many(), c.Links.Alerts, c.Words.Request.Many())
		fmt.Fprintf(&text, "  waiting   %d devices for their %s; %d open alerts\n", c.Waiting.Devices, c.Words.Asset.Many(), c.OpenAlerts)
		if c.Waiting.Devices > 0 && !c.MakesAssets {
			fmt.Fprintf(&text, "            Accelo's API makes no %s here: %s\n", c.Words.Asset.Many(), exportHint(c.Words))
		}
		fmt.Fprintf(&text, "  budget    %s\n", budgetText(c.AcceloBudget))
		if c.CursorAgeSeconds != nil {
			fmt.Fprintf(&text, "  events    all known up to activity %d, as of %.0f s ago\n", *c.ActivityCursor, *c.CursorAgeSeconds)
		}
		if c.Brake != nil {
			fmt.Fprintf(&text, "  held back %s, since %s: approve with `starter reconcile --approve`\n", c.Brake.Reason,
				c.Brake.Since.Local().Format(time.DateTime))
		}
		for _, item := range c.Todo {
			fmt.Fprintf(&text, "  to do     %s\n", item)
		}
		for _, d := range c.ManualChanges {
			fmt.Fprintf(&text, "  kept      %s %s, %s: %q; NinjaOne says %q\n", d.Kind, d.NinjaID, d.Label, d.Kept, d.NinjaOne)
		}
		for _, f := range c.Failures {
			fmt.Fprintf(&text, "  failed    %s %s %q since %s: %s\n", f.Kind, f.NinjaID, f.Name, f.Since.Local().Format(time.DateTime), f.Error)
		}
	}
	return text.String()
}

// exportHint is how devices get what they wait for.
func exportHint(words store.Words) string {
	return "`starter export-assets --directory DIR` writes files for Settings > Import > CSV Import: " + words.Asset.Singular
}

func budgetText(budget status.Budget) string {
	if budget.Reset == nil {
		return "not known yet"
	}
	return fmt.Sprintf("%d of %d calls left until %s", budget.Remaining, budget.Limit, budget.Reset.Local().Format(time.TimeOnly))
}
