package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/client"

	"ninjaone-accelo/internal/launch"
	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/program"
	"ninjaone-accelo/internal/store"
)

func (a *app) retryCommand() *cobra.Command {
	var selection launch.Selection
	command := &cobra.Command{
		Use: "retry", Short: "Retry every failed sync, or those of one organization, device or alert",
		Long: "Retry every failed sync, or those of one organization, device or alert. Several flags select what any of them selects.",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error {
			if err := checkSelection(command, selection); err != nil {
				return err
			}
			return a.withTemporal(command.Context(), func(ctx context.Context, p *program.Program, c client.Client) error {
				o, err := operator(ctx, p, c)
				if err != nil {
					return err
				}
				retried, err := o.Retry(ctx, actor(command), operate.Retry{Connection: a.connection, Selection: selection})
				if err != nil {
					return a.explain(err)
				}
				return a.print(struct {
					Connection string          `json:"connection"`
					Started    []store.Failure `json:"started"`
				}{a.connection, retried.Failures}, retryText(retried.Failures, selection))
			})
		},
	}
	command.Flags().IntVar(&selection.Organization, "organization", 0, "retry only what failed in this NinjaOne organization (ID)")
	command.Flags().IntVar(&selection.Device, "device", 0, "retry only this NinjaOne device (ID)")
	command.Flags().StringVar(&selection.Alert, "alert", "", "retry only this alert (UID)")
	return command
}

// checkSelection rejects empty flags: they would select every failed sync.
func checkSelection(command *cobra.Command, selection launch.Selection) error {
	for _, flag := range []struct {
		name  string
		given bool
	}{{"organization", selection.Organization > 0}, {"device", selection.Device > 0}, {"alert", selection.Alert != ""}} {
		if command.Flags().Changed(flag.name) && !flag.given {
			return usageError("--" + flag.name + " needs the ID of a failed record; leave the flag out to retry everything")
		}
	}
	return nil
}

// retryText says which syncs are running again. Some of them may have been running already.
func retryText(retried []store.Failure, selection launch.Selection) string {
	if len(retried) == 0 {
		if selection != (launch.Selection{}) {
			return "No failed sync matches: nothing to retry.\n"
		}
		return "No failed syncs: nothing to retry.\n"
	}
	var text strings.Builder
	for _, one := range retried {
		fmt.Fprintf(&text, "Retrying %s %s (%s)\n", one.Kind, one.NinjaID, one.WorkflowID)
	}
	return text.String()
}
