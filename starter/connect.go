package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"ninjaone-accelo/internal/connect"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/launch"
	"ninjaone-accelo/internal/program"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/temporalx"
)

func (a *app) connectCommand() *cobra.Command {
	rotate := false
	command := &cobra.Command{
		Use: "connect", Short: "Verify credentials, set up what the APIs allow, and say what is left to do",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return a.withStore(command.Context(), func(ctx context.Context, p *program.Program) error {
				return a.connect(ctx, p, rotate)
			})
		},
	}
	command.Flags().BoolVar(&rotate, "rotate-secrets", false, "make new webhook secrets; the old ones stay valid for deliveries on their way")
	return command
}

func (a *app) connect(ctx context.Context, p *program.Program, rotate bool) error {
	report, err := p.Connector(rotate).Run(ctx, a.connection)
	if err != nil {
		return err
	}
	temporal, err := temporalx.Dial(ctx, p.TemporalOptions()) // it need not be up for `connect`
	if err == nil {
		defer temporal.Close()
	}
	report.Schedule = a.schedule(ctx, p, temporal, err, report)
	if err := a.print(report, connectText(report)); err != nil {
		return err
	}
	if report.RequestType.ID != nil { // all that alerts need; without an asset type their devices wait
		a.retryAlerts(ctx, p, temporal)
	}
	switch {
	case report.Unreachable() != nil:
		return report.Unreachable()
	case len(report.Todo) > 0:
		return &program.StatusError{Code: program.ExitToDo}
	}
	return nil
}

// schedule makes sure of the reconcile's schedule and says what came of it.
func (a *app) schedule(ctx context.Context, p *program.Program, temporal client.Client, unreachable error, report connect.Report) string {
	switch {
	case !report.NinjaOne.OK || !report.Accelo.OK:
		return "not scheduled: the vendors do not accept us yet"
	case unreachable != nil:
		return fmt.Sprintf("not scheduled yet, a worker does so when it starts: %v", unreachable)
	}
	launcher, err := p.Launcher(ctx, temporal)
	if err == nil {
		_, err = launcher.ScheduleReconcile(ctx, a.connection, p.Config.Sync.ReconcileInterval)
	}
	if err != nil {
		return fmt.Sprintf("not scheduled: %v", err)
	}
	return "every " + p.Config.Sync.ReconcileInterval.String()
}

// retryAlerts starts the alerts again that were parked, since what they lacked may be there now. Without Temporal, whatever is
// still parked waits for `starter retry`.
func (a *app) retryAlerts(ctx context.Context, p *program.Program, temporal client.Client) {
	failures, err := p.Store.Failures(ctx, a.connection)
	if err != nil || len(failures) == 0 {
		return
	}
	if temporal == nil {
		fmt.Fprintf(a.diagnostics, "%d records have failed; start them again with `starter retry`.\n", len(failures))
		return
	}
	retried, err := a.retry(ctx, p, temporal, launch.Selection{})
	if err != nil {
		fmt.Fprintf(a.diagnostics, "not everything that failed could be started again: %v\n", err)
	}
	fmt.Fprint(a.diagnostics, retryText(retried))
}

func connectText(report connect.Report) string {
	var text strings.Builder
	line := func(ok bool, format string, arguments ...any) {
		mark := "✗"
		if ok {
			mark = "✓"
		}
		fmt.Fprintf(&text, "  %s %s\n", mark, fmt.Sprintf(format, arguments...))
	}
	fmt.Fprintf(&text, "Connection %s\n", report.Connection)
	line(report.NinjaOne.OK, "NinjaOne  %s (%s)", report.NinjaOne.URL, report.NinjaOne.Auth)
	line(report.Accelo.OK, "Accelo    %s %s, %d calls left this hour", report.Accelo.URL, report.Accelo.Deployment, report.Accelo.Remaining)
	line(report.RequestType.ID != nil, "%s type  %s", report.Words.Request.One(), report.RequestType.Title)
	line(report.AssetType.ID != nil && len(report.AssetType.MissingFields) == 0, "%s type  %s", report.Words.Asset.One(), report.AssetType.Title)
	line(report.Webhooks.NinjaOne == flow.Registered, "webhook of NinjaOne  %s", report.Webhooks.NinjaOne)
	line(report.Webhooks.Accelo == flow.Registered, "webhook of Accelo    %s", report.Webhooks.Accelo)
	line(strings.HasPrefix(report.Schedule, "every"), "reconcile            %s", report.Schedule)
	if report.Accelo.OK {
		text.WriteString(capabilityText(report.Capabilities, report.Words))
	}
	if report.Ready {
		text.WriteString("\nReady. Run `starter import --plan` to see what an import would do, `starter import` to do it.\n")
		if able := report.Capabilities.CreateAssets; able != nil && !*able {
			fmt.Fprintf(&text, "Its devices wait for their %s then: %s. docs/degraded.md tells more.\n", report.Words.Asset.Many(), exportHint(report.Words))
		}
	}
	if len(report.Todo) > 0 {
		text.WriteString("\nLeft for you to do, then run `starter connect` again:\n")
		for i, item := range report.Todo {
			fmt.Fprintf(&text, "  %d. %s\n", i+1, item)
		}
	}
	return text.String()
}

func capabilityText(capabilities store.Capabilities, words store.Words) string {
	var text strings.Builder
	text.WriteString("\nWhat Accelo's API allows here\n")
	for _, row := range []struct {
		name string
		able *bool
	}{
		{"create " + words.Asset.One() + " types", capabilities.CreateAssetTypes},
		{"create custom fields", capabilities.CreateAssetFields},
		{"create " + words.Asset.Many(), capabilities.CreateAssets},
		{"set custom fields while creating", capabilities.SetFieldsOnCreate},
		{"link " + words.Asset.Many() + " to " + words.Request.Many(), capabilities.LinkAssetsToRequests},
	} {
		answer := "will show in use"
		if row.able != nil {
			answer = map[bool]string{true: "yes", false: "no"}[*row.able]
		}
		fmt.Fprintf(&text, "  %-34s %s\n", row.name, answer)
	}
	return text.String()
}
