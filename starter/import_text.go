package main

import (
	"fmt"
	"strings"
	"time"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/store"
)

func importText(result flow.ImportResult, words store.Words) string {
	var text strings.Builder
	switch {
	case result.Plan:
		text.WriteString("Plan: nothing was written to Accelo. An import would do this:\n\n")
	case result.Cancelled:
		fmt.Fprintf(&text, "Cancelled after %s. This was done:\n\n", duration(result.Seconds))
	default:
		fmt.Fprintf(&text, "Imported in %s:\n\n", duration(result.Seconds))
	}
	fmt.Fprintf(&text, "  %-14s %8s %8s %8s %10s %8s %7s\n", "", "created", "matched", "updated", "unchanged", "waiting", "failed")
	for _, row := range []struct {
		name   string
		counts flow.Counts
	}{{"organizations", result.Organizations}, {"devices", result.Devices}, {"alerts", result.Alerts}} {
		c := row.counts
		fmt.Fprintf(&text, "  %-14s %8d %8d %8d %10d %8d %7d\n",
			row.name, c.Created, c.Matched, c.Updated, c.Unchanged, c.Waiting, c.Failed)
	}
	fmt.Fprintf(&text, "\n  calls: %d to NinjaOne, %d to Accelo (%d writes)\n",
		result.APICalls.Ninjaone, result.APICalls.Accelo, result.APICalls.AcceloWrites)
	if result.EstimatedSeconds != nil {
		fmt.Fprintf(&text, "  estimated time: %s, under Accelo's hourly limit\n", duration(*result.EstimatedSeconds))
	}
	list(&text, words.Company.Plural+" to look at", result.Ambiguities)
	list(&text, "Failed, and tried again by the next import", result.Failures)
	if result.Devices.Waiting > 0 {
		fmt.Fprintf(&text, "\n%d devices wait for %s that Accelo's API does not make; each is linked when its own appears in Accelo:\n%s\n",
			result.Devices.Waiting, words.Asset.Many(), exportHint(words))
	}
	return text.String()
}

func list(text *strings.Builder, title string, entries []flow.ImportFailure) {
	if len(entries) == 0 {
		return
	}
	fmt.Fprintf(text, "\n%s:\n", title)
	for i, entry := range entries {
		if i == 20 {
			fmt.Fprintf(text, "  … and %d more; --json lists them\n", len(entries)-i)
			return
		}
		fmt.Fprintf(text, "  %s %s %q: %s\n", entry.Kind, entry.NinjaID, entry.Name, entry.Error)
	}
}

func duration(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	if d < time.Minute {
		return fmt.Sprintf("%.1f s", seconds)
	}
	return d.Round(time.Second).String()
}
