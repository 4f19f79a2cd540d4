package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/program"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/status"
)

// changesPage is how many changes are read from the database at a time.
const changesPage = 1000

// planResult is a plan's result, with its changes if --changes asked for them.
type planResult struct {
	flow.ImportResult
	Changes []rules.Change `json:"changes"`
}

func (o *importOptions) addChanges(command *cobra.Command) {
	command.Flags().BoolVar(&o.changes, "changes", false, "list every change that the import would make")
	command.Flags().StringVar(&o.csv, "csv", "", "write every change to this CSV `file`")
}

// checkChanges returns a usage error if the flags for a plan's changes don't fit the rest.
func (o *importOptions) checkChanges() error {
	switch {
	case !o.changes && o.csv == "":
		return nil
	case !o.plan:
		return usageError("--changes and --csv list what a plan would do: add --plan")
	case !o.wait:
		return usageError("--changes and --csv need the finished plan: they can't be combined with --wait=false")
	}
	return nil
}

// printPlan prints a plan with the changes that the flags asked for.
func (a *app) printPlan(
	ctx context.Context, p *program.Program, importID string, options importOptions, result flow.ImportResult, text string,
) error {
	changes, err := readChanges(ctx, p, importID)
	if err != nil {
		return err
	}
	if len(changes) == 0 && changedRecords(result) > 0 {
		return errors.New("another import has started and replaced the plan; run the command again")
	}
	if options.csv != "" {
		if err := writeChangesFile(options.csv, changes); err != nil {
			return err
		}
		fmt.Fprintf(a.stderr, "Wrote %s to %s.\n", rules.Count(len(changes), "change"), options.csv)
	}
	if !options.changes {
		return a.print(result, text)
	}
	return a.print(planResult{result, changes}, text+changesText(changes))
}

func readChanges(ctx context.Context, p *program.Program, importID string) ([]rules.Change, error) {
	all, after := []rules.Change{}, rules.Change{}
	for {
		page, err := p.Store.Changes(ctx, importID, after, changesPage)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if len(page) < changesPage {
			return all, nil
		}
		after = page[len(page)-1]
	}
}

// changedRecords counts the records that a plan would change.
func changedRecords(result flow.ImportResult) int {
	count := 0
	for _, c := range []flow.Counts{result.Organizations, result.Devices, result.Alerts} {
		count += c.Created + c.Matched + c.Updated + c.Waiting + c.Failed
	}
	return count
}

// changesText lists changes by organization, in the order they are in.
func changesText(changes []rules.Change) string {
	if len(changes) == 0 {
		return "\nNothing to change.\n"
	}
	var text strings.Builder
	organization := -1
	for _, change := range changes {
		if change.OrganizationID != organization {
			organization = change.OrganizationID
			fmt.Fprintf(&text, "\n%s\n", organizationText(change))
		}
		fmt.Fprintf(&text, "  %-8s %s %s %q: %s\n", change.Action, change.Kind, change.NinjaID, rules.CleanName(change.Name), change.Why)
		for _, field := range change.Fields {
			fmt.Fprintf(&text, "           %s: %s -> %s\n", field.Field, valueText(field.Before), valueText(field.After))
		}
	}
	return text.String()
}

func organizationText(change rules.Change) string {
	switch {
	case change.OrganizationID == 0:
		return "Without an organization:"
	case change.Organization == "":
		return fmt.Sprintf("Organization %d:", change.OrganizationID)
	}
	return fmt.Sprintf("%s (organization %d):", rules.CleanName(change.Organization), change.OrganizationID)
}

func valueText(value string) string {
	const limit = 80
	return strconv.Quote(rules.Truncate(rules.CleanName(value), limit))
}

func writeChangesFile(path string, changes []rules.Change) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600) //nolint:gosec // the user names the file
	if err != nil {
		return fmt.Errorf("write the changes: %w", err)
	}
	err = status.WriteChanges(file, changes)
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return fmt.Errorf("write the changes to %s: %w", path, err)
	}
	return nil
}
