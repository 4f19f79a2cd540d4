package main

import (
	"fmt"
	"strings"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// importText writes the result of an import or a plan. The settings are those after the import.
func importText(result flow.ImportResult, settings store.Settings) string {
	labels := settings.Labels()
	var text strings.Builder
	switch {
	case result.Plan && result.Cancelled:
		fmt.Fprintf(&text, "The plan was cancelled after %s. Nothing was written to Accelo. Planned until then:\n\n", secondsText(result.Seconds))
	case result.Plan:
		text.WriteString("Nothing was written to Accelo. Planned changes:\n\n")
	case result.Cancelled:
		fmt.Fprintf(&text, "Cancelled after %s. Completed before cancellation:\n\n", secondsText(result.Seconds))
	default:
		fmt.Fprintf(&text, "Imported in %s:\n\n", secondsText(result.Seconds))
	}
	text.WriteString(importTable(result))
	if off := result.SwitchedOff(); off != "" {
		text.WriteString("\n  " + off + "\n")
	}
	fmt.Fprintf(&text, "\n  %s (%s)\n", callsText(result.APICalls.Ninjaone, result.APICalls.Accelo),
		rules.Count(int(result.APICalls.AcceloWrites), "write"))
	if result.EstimatedSeconds != nil {
		fmt.Fprintf(&text, "  estimated time: %s within Accelo's hourly limit\n", secondsText(*result.EstimatedSeconds))
	}
	if len(result.Ambiguities) > 0 {
		fmt.Fprintf(&text, "\n%s to review:\n", labels.Company.PluralTitle)
		listRecords(&text, result.Ambiguities, len(result.Ambiguities), "`--json` lists them")
	}
	text.WriteString(failuresText(result))
	if result.Devices.Waiting > 0 {
		text.WriteString(waitingText(result.Connection, result.Devices.Waiting, settings))
	}
	return text.String()
}

func importTable(result flow.ImportResult) string {
	var text strings.Builder
	fmt.Fprintf(&text, "  %-14s %8s %8s %8s %10s %8s %7s\n", "", "created", "matched", "updated", "unchanged", "waiting", "failed")
	for _, row := range []struct {
		name   string
		counts flow.Counts
	}{{"organizations", result.Organizations}, {"devices", result.Devices}, {"alerts", result.Alerts}} {
		c := row.counts
		fmt.Fprintf(&text, "  %-14s %8d %8d %8d %10d %8d %7d\n",
			row.name, c.Created, c.Matched, c.Updated, c.Unchanged, c.Waiting, c.Failed)
	}
	return text.String()
}

// failuresText lists the records that failed. The result names only the first of many, so the counts say how many there are.
func failuresText(result flow.ImportResult) string {
	total := result.Organizations.Failed + result.Devices.Failed + result.Alerts.Failed
	if total == 0 {
		return ""
	}
	var text strings.Builder
	if result.Plan {
		text.WriteString("\nWould fail:\n")
		listRecords(&text, result.Failures, total, "`"+rules.Command(result.Connection, "status")+"` lists what failed after an import")
		return text.String()
	}
	text.WriteString("\nFailed (will be retried):\n")
	listRecords(&text, result.Failures, total, "`"+rules.Command(result.Connection, "status")+"` lists all of them")
	text.WriteString("Organizations and devices are retried by the next import, alerts by the next reconciliation. " +
		"Retry now with `" + rules.Command(result.Connection, "retry") + "`.\n")
	return text.String()
}

// waitingText says why devices are waiting for their assets, and what to do.
func waitingText(connection string, count int, settings store.Settings) string {
	labels := settings.Labels()
	devices := rules.Count(count, "device is", "devices are")
	if settings.AssetType.ID == 0 {
		return fmt.Sprintf("\n%s waiting because Accelo has no %s type for devices yet; run `%s` to see what to do.\n",
			devices, labels.Asset.Singular(), rules.Command(connection, "connect"))
	}
	what := fmt.Sprintf("their %[1]s, which this Accelo deployment can't create; they link automatically once the %[1]s exist", labels.Asset.Plural())
	if count == 1 {
		what = fmt.Sprintf("its %[1]s, which this Accelo deployment can't create; it links automatically once the %[1]s exists", labels.Asset.Singular())
	}
	return fmt.Sprintf("\n%s waiting for %s:\n  %s\n", devices, what, exportHint(connection, labels))
}

// listRecords lists the first entries of total records. If there are more, it says where to find them.
func listRecords(text *strings.Builder, entries []flow.ImportFailure, total int, elsewhere string) {
	shown := entries[:min(len(entries), maxListed)]
	for _, entry := range shown {
		fmt.Fprintf(text, "  %s %s %q: %s\n", entry.Kind, entry.NinjaID, entry.Name, entry.Error)
	}
	switch more := total - len(shown); {
	case more > 0 && len(shown) == 0:
		fmt.Fprintf(text, "  %s; %s\n", rules.Count(more, "record"), elsewhere)
	case more > 0:
		fmt.Fprintf(text, "  … and %d more; %s\n", more, elsewhere)
	}
}
