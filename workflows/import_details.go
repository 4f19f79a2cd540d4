package workflows

import (
	"fmt"
	"strings"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
)

const (
	// maxSummary is Temporal's limit for a summary, in bytes.
	maxSummary = 200
	// maxListed and maxListedText keep details well below Temporal's limit of 20,000 bytes.
	maxListed     = 10
	maxListedText = 1000
)

// ImportDetails returns an import's result in Markdown, for Temporal's UI.
func ImportDetails(result flow.ImportResult) string {
	var text strings.Builder
	if result.Plan {
		text.WriteString("**Plan: nothing was written.**\n\n")
	}
	text.WriteString("| | created | matched | updated | unchanged | waiting | failed |\n|---|---|---|---|---|---|---|\n")
	for _, row := range []struct {
		name   string
		counts flow.Counts
	}{{"organizations", result.Organizations}, {"devices", result.Devices}, {"alerts", result.Alerts}} {
		c := row.counts
		fmt.Fprintf(&text, "| %s | %d | %d | %d | %d | %d | %d |\n", row.name,
			c.Created, c.Matched, c.Updated, c.Unchanged, c.Waiting, c.Failed)
	}
	if off := result.SwitchedOff(); off != "" {
		text.WriteString("\n" + off + ".\n")
	}
	text.WriteString(failureList(result.Failures))
	return text.String()
}

// failureList returns the first failures as a Markdown list.
func failureList(failures []flow.ImportFailure) string {
	var text strings.Builder
	for i, failure := range failures {
		if i == maxListed {
			fmt.Fprintf(&text, "\n… and %s", rules.Count(len(failures)-i, "more failure"))
			break
		}
		fmt.Fprintf(&text, "\n- %s %s: %s", failure.Kind, failure.NinjaID, listed(failure.Error))
	}
	return text.String()
}

// listed returns a text that fits in a list: one line of limited length.
func listed(text string) string {
	return rules.TruncateBytes(rules.CleanName(text), maxListedText)
}
