package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"ninjaone-accelo/internal/launch"
	"ninjaone-accelo/internal/program"
)

func (a *app) retryCommand() *cobra.Command {
	var selection launch.Selection
	command := &cobra.Command{
		Use: "retry", Short: "Start every failed sync again, or those of one organization, device or alert", Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			return a.withTemporal(command.Context(), func(ctx context.Context, p *program.Program, c client.Client) error {
				retried, err := a.retry(ctx, p, c, selection)
				if err != nil {
					return err
				}
				return a.print(struct {
					Connection string           `json:"connection"`
					Started    []launch.Retried `json:"started"`
				}{a.connection, retried}, retryText(retried))
			})
		},
	}
	command.Flags().IntVar(&selection.Organization, "organization", 0, "only what failed in this NinjaOne organization")
	command.Flags().IntVar(&selection.Device, "device", 0, "only this NinjaOne device")
	command.Flags().StringVar(&selection.Alert, "alert", "", "only the alert with this uid")
	return command
}

func (a *app) retry(ctx context.Context, p *program.Program, c client.Client, selection launch.Selection) ([]launch.Retried, error) {
	launcher, err := p.Launcher(ctx, c)
	if err != nil {
		return nil, err
	}
	return launcher.Retry(ctx, p.Store, a.connection, selection, p.AlertRules())
}

func retryText(retried []launch.Retried) string {
	if len(retried) == 0 {
		return "Nothing has failed: there is nothing to start again.\n"
	}
	var text strings.Builder
	for _, one := range retried {
		fmt.Fprintf(&text, "started %s, for %s %s\n", one.WorkflowID, one.Kind, one.NinjaID)
	}
	return text.String()
}
