package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/program"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

func (a *app) linksCommand() *cobra.Command {
	command := &cobra.Command{
		Use: "links", Short: "Find records, show their history, and correct wrong matches",
		RunE: a.needsCommand,
	}
	command.AddCommand(a.linksListCommand(), a.linksShowCommand(), a.relinkCommand(), a.forgetCommand(), a.recreateCommand())
	return command
}

// parseKind reads a kind of record, named after either side.
func parseKind(name string) (store.Kind, error) {
	kind, err := operate.ParseKind(name)
	if err != nil {
		return "", &program.UsageError{Err: err}
	}
	return kind, nil
}

// failedState is what users call store.Failed.
const failedState = "failed"

// linkLine describes a record in one line, with Accelo's side in the deployment's own words.
func linkLine(link store.FoundLink, labels store.Labels) string {
	state := string(link.State)
	if link.State == store.Failed {
		state = failedState
	}
	line := fmt.Sprintf("%-12s %-8s %-8s", link.Kind, link.NinjaID, state)
	if link.AcceloID != 0 {
		line += fmt.Sprintf(" %s %d", labels.For(link.Kind).Singular(), link.AcceloID)
	}
	if link.Kind == store.Devices && link.CompanyID != 0 {
		line += fmt.Sprintf(" of %s %d", labels.Company.Singular(), link.CompanyID)
	}
	line += fmt.Sprintf("  %q", link.Name)
	if count := len(link.ManualChanges); count > 0 {
		line += "  " + rules.Count(count, "manual change")
	}
	if link.DeletedAt != nil {
		line += "  deleted in NinjaOne, noticed " + link.DeletedAt.Local().Format("2006-01-02")
	}
	switch {
	case link.Problem == "":
	case link.State == store.Failed: // the line says failed already
		line += "  " + link.Problem
	default:
		line += "  failed: " + link.Problem
	}
	return line + "\n"
}
