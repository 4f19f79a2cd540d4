package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ninjaone-accelo/internal/program"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/status"
	"ninjaone-accelo/internal/store"
)

func (a *app) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: "Show connections, links, failures and Accelo's API budget",
		Long: "Show connections, links, failures and Accelo's API budget, for every connection or for the one that --connection names.",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			name := ""
			if command.Flags().Changed("connection") {
				name = a.connection
			}
			return a.withStore(command.Context(), func(ctx context.Context, p *program.Program) error {
				report, err := status.Read(ctx, p.Store, name)
				if errors.Is(err, store.ErrNotFound) {
					return unknownConnection(name)
				}
				if err != nil {
					return err
				}
				return a.print(report, statusText(report, p.Config.Options.Options().ReconcileInterval))
			})
		},
	}
}

func statusText(report status.Report, reconcileInterval time.Duration) string {
	if len(report.Connections) == 0 {
		return "No connections yet. Set the NINJAONE_* and ACCELO_* variables, then run `starter connect`.\n"
	}
	var text strings.Builder
	for _, c := range report.Connections {
		connectionStatus(&text, c, reconcileInterval)
	}
	return text.String()
}

func connectionStatus(text *strings.Builder, c status.Connection, reconcileInterval time.Duration) {
	line := func(name, format string, arguments ...any) {
		fmt.Fprintf(text, "  %-10s %s\n", name, fmt.Sprintf(format, arguments...))
	}
	ready := "ready"
	if !c.Ready {
		ready = "not ready; run `" + rules.Command(c.Connection, "connect") + "`"
	}
	if c.Reconnect != nil {
		ready = "reconnect required"
	}
	fmt.Fprintf(text, "Connection %s: %s\n", c.Connection, ready)
	if c.Reconnect != nil {
		line("sign-in", "%s ended it on %s (%s); press Reconnect on the Integrations page", c.Reconnect.Vendor,
			c.Reconnect.Since.Local().Format(time.DateTime), c.Reconnect.Reason)
	}
	line("linked", "%s (%s), %s (%s), %s (%s)",
		rules.Count(c.Links.Organizations, "organization"), titleFor(c.Links.Organizations, c.Labels.Company),
		rules.Count(c.Links.Devices, "device"), titleFor(c.Links.Devices, c.Labels.Asset),
		rules.Count(c.Links.Alerts, "alert"), titleFor(c.Links.Alerts, c.Labels.Request))
	line("waiting", "%s", waitingDevices(c.Waiting.Devices, c.Labels))
	if c.Waiting.Devices > 0 && !c.CreatesAssets {
		line("", "this deployment can't create %s: %s", c.Labels.Asset.Plural(), exportHint(c.Connection, c.Labels))
	}
	line("alerts", "%s open", rules.Number(c.OpenAlerts))
	line("budget", "%s", budgetText(c.AcceloBudget))
	if c.CursorAgeSeconds != nil {
		line("events", "%s", eventsText(*c.ActivityCursor, *c.CursorAgeSeconds, reconcileInterval))
	}
	if c.PendingApproval != nil {
		line("approval", "needed: %s (since %s); approve with `%s`", c.PendingApproval.Reason,
			c.PendingApproval.Since.Local().Format(time.DateTime), rules.Command(c.Connection, "reconcile --approve"))
	}
	for _, item := range c.Todo {
		line("to do", "%s", item)
	}
	for _, m := range c.ManualChanges {
		line("manual", "%s %s %s: %q (NinjaOne: %q)", m.Kind, m.NinjaID, m.Label, m.Kept, m.NinjaOne)
	}
	for _, f := range c.Failures {
		line("failed", "%s %s %q since %s: %s", f.Kind, f.NinjaID, f.Name, f.Since.Local().Format(time.DateTime), f.Error)
	}
	if len(c.Failures) > 0 {
		line("", "failed records are retried automatically; retry now with `%s`", rules.Command(c.Connection, "retry"))
	}
}

// titleFor is the deployment's word for one or several objects.
func titleFor(count int, titles store.Label) string {
	if count == 1 {
		return titles.Singular()
	}
	return titles.Plural()
}

func waitingDevices(count int, labels store.Labels) string {
	if count == 1 {
		return "1 device for its " + labels.Asset.Singular()
	}
	return rules.Count(count, "device") + " for their " + labels.Asset.Plural()
}

// eventsText says how current our knowledge of NinjaOne's activity log is. The cursor is behind if it has not moved for two
// reconciliations.
func eventsText(cursor int64, ageSeconds float64, reconcileInterval time.Duration) string {
	state, advice := "up to date", ""
	if ageSeconds > (2*reconcileInterval + time.Minute).Seconds() {
		state, advice = "behind", "; check that a worker is running"
	}
	return fmt.Sprintf("%s (activity %d, %s)%s", state, cursor, ageText(ageSeconds), advice)
}

func budgetText(budget status.Budget) string {
	if budget.Reset == nil {
		return "unknown until the first API call"
	}
	return fmt.Sprintf("%s of %s left until %s", rules.Number(budget.Remaining), rules.Count(budget.Limit, "Accelo call"),
		budget.Reset.Local().Format(time.TimeOnly))
}
