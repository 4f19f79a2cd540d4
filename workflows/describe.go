package workflows

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.temporal.io/sdk/temporal"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
)

// Texts that people read in Temporal's UI.

// maxSummary is how many bytes a summary may have.
const maxSummary = 200

// OrganizationName names an organization as people know it, with its id.
func OrganizationName(in flow.ImportOrganizationInput) string {
	id := strconv.Itoa(in.OrganizationID)
	name := cut(rules.CleanName(in.Name), 90)
	if name == "" {
		return id
	}
	return name + " (" + id + ")"
}

// OrganizationSummary is the summary of an ImportOrganization execution.
func OrganizationSummary(in flow.ImportOrganizationInput) string {
	if in.Devices == 0 {
		return "Import " + OrganizationName(in)
	}
	return fmt.Sprintf("Import %s: %s", OrganizationName(in), devices(in.Devices))
}

// DevicesSummary is the summary of the activity that syncs an organization's devices.
func DevicesSummary(in flow.ImportOrganizationInput, count int) string {
	return devices(count) + " of organization " + OrganizationName(in)
}

func devices(count int) string {
	if count == 1 {
		return "1 device"
	}
	return strconv.Itoa(count) + " devices"
}

// OrganizationAttributes makes an execution findable by connection and organization.
func OrganizationAttributes(in flow.ImportOrganizationInput) temporal.SearchAttributes {
	return temporal.NewSearchAttributes(
		flow.ConnectionAttribute.ValueSet(in.Connection),
		flow.OrganizationAttribute.ValueSet(strconv.Itoa(in.OrganizationID)),
	)
}

// AlertSummary is the summary of an AlertTriggered execution.
func AlertSummary(in flow.AlertTriggeredInput) string {
	alert := in.Alert
	device := cut(alert.DeviceName, 60)
	if device == "" {
		device = "device " + strconv.Itoa(alert.DeviceID)
	}
	return device + ": " + cut(alert.RequestTitle(), 110)
}

// RequestSummary is the summary of a RequestClosed execution.
func RequestSummary(in flow.RequestClosedInput) string {
	return fmt.Sprintf("%d changed in Accelo", in.RequestID)
}

// RequestAttributes makes an execution findable by connection and request.
func RequestAttributes(in flow.RequestClosedInput) temporal.SearchAttributes {
	return temporal.NewSearchAttributes(
		flow.ConnectionAttribute.ValueSet(in.Connection), flow.RequestAttribute.ValueSet(strconv.FormatInt(in.RequestID, 10)),
	)
}

// ReconcileSummary is the summary of a Reconcile execution.
func ReconcileSummary(connection string) string {
	return "Reconcile connection " + connection
}

// ConnectionAttributes makes an execution findable by connection.
func ConnectionAttributes(connection string) temporal.SearchAttributes {
	return temporal.NewSearchAttributes(flow.ConnectionAttribute.ValueSet(connection))
}

// cut shortens a text to at most limit bytes, at a character's boundary.
func cut(text string, limit int) string {
	for len(text) > limit {
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
	}
	return text
}

// ResultDetails is a result as a Markdown table.
func ResultDetails(result flow.ImportResult) string {
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
	for i, failure := range result.Failures {
		if i == 10 {
			fmt.Fprintf(&text, "\n… and %d more failures", len(result.Failures)-i)
			break
		}
		fmt.Fprintf(&text, "\n- %s %s: %s", failure.Kind, failure.NinjaID, cut(rules.CleanName(failure.Error), 1000))
	}
	return text.String()
}
