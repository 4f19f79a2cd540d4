package main

import (
	"fmt"
	"strings"

	"ninjaone-accelo/internal/connect"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

func connectText(report connect.Report) string {
	var text strings.Builder
	fmt.Fprintf(&text, "Connection %s\n", report.Connection)
	line := func(state mark, name, format string, arguments ...any) {
		fmt.Fprintf(&text, "  %s %-18s %s\n", state, name, fmt.Sprintf(format, arguments...))
	}
	line(done(report.NinjaOne.OK), "NinjaOne", "%s (%s)", report.NinjaOne.URL, report.NinjaOne.Auth)
	if report.Accelo.OK {
		line(done(true), "Accelo", "%s (%s), %s left this hour", report.Accelo.URL, report.Accelo.Deployment,
			rules.Count(report.Accelo.Remaining, "call"))
	} else {
		line(done(false), "Accelo", "%s", report.Accelo.URL)
	}
	if report.Pair.Change == connect.PairRefused {
		line(done(false), "accounts", "not those of the connection; nothing was changed")
		if len(report.Todo) == 0 || !strings.HasPrefix(report.Todo[0], report.Pair.Reason) {
			fmt.Fprintf(&text, "\n%s\n", report.Pair.Reason)
		}
		text.WriteString(todoText(report.Connection, report.Todo))
		return text.String()
	}
	if report.Pair.Change == connect.PairMoved {
		line(done(true), "accounts", "new; everything about the former ones is forgotten")
		if report.Pair.Reason != "" {
			fmt.Fprintf(&text, "    %s\n", report.Pair.Reason)
		}
	}
	for _, doubt := range report.Pair.Left {
		line(done(false), "former accounts", "%s", doubt)
	}
	state, description := typeText(report)
	line(state, report.Labels.Request.Singular()+" type", "%s", description)
	state, description = assetTypeText(report)
	line(state, report.Labels.Asset.Singular()+" type", "%s", description)
	line(done(report.Webhooks.NinjaOne == flow.Registered), "NinjaOne webhook", "%s", report.Webhooks.NinjaOne)
	line(done(report.Webhooks.Accelo == flow.Registered), "Accelo webhook", "%s", report.Webhooks.Accelo)
	line(done(strings.HasPrefix(report.Schedule, "every ")), "reconciliation", "%s", report.Schedule)
	if report.ImportSchedule != "" {
		line(done(true), "full import", "%s", report.ImportSchedule)
	}
	if report.Accelo.OK {
		text.WriteString(capabilityText(report.Capabilities, report.Labels))
	}
	if report.Ready {
		fmt.Fprintf(&text, "\nReady. Run `%s` to preview an import, `%s` to run it.\n",
			rules.Command(report.Connection, "plan"), rules.Command(report.Connection, "import"))
		if able := report.Capabilities.CreateAssets; able != nil && !*able {
			fmt.Fprintf(&text, "Devices will wait for %s: %s. See docs/degraded.md.\n", report.Labels.Asset.Plural(),
				exportHint(report.Connection, report.Labels))
		}
	}
	for _, warning := range report.Warnings {
		fmt.Fprintf(&text, "\n%s\n", warning)
	}
	text.WriteString(todoText(report.Connection, report.Todo))
	return text.String()
}

func todoText(connection string, todo []string) string {
	if len(todo) == 0 {
		return ""
	}
	var text strings.Builder
	fmt.Fprintf(&text, "\nAction required (then run `%s` again):\n", rules.Command(connection, "connect"))
	for i, item := range todo {
		fmt.Fprintf(&text, "  %d. %s\n", i+1, item)
	}
	return text.String()
}

// mark is the sign in front of a line of the report.
type mark string

const (
	markDone    mark = "✓"
	markMissing mark = "✗"
	markUnknown mark = "?"
)

func done(ok bool) mark {
	if ok {
		return markDone
	}
	return markMissing
}

// typeText describes the request type. If Accelo rejected a call before, the type may exist all the same.
func typeText(report connect.Report) (mark, string) {
	if report.RequestType.ID == nil && !report.Accelo.OK {
		return markUnknown, report.RequestType.Title + ", not checked"
	}
	return done(report.RequestType.ID != nil), report.RequestType.Title
}

func assetTypeText(report connect.Report) (mark, string) {
	missing := len(report.AssetType.MissingFields)
	switch {
	case report.AssetType.ID == nil && !report.Accelo.OK:
		return markUnknown, report.AssetType.Title + ", not checked"
	case report.AssetType.ID != nil && missing > 0:
		return markMissing, fmt.Sprintf("%s, %s missing", report.AssetType.Title, rules.Count(missing, "custom field"))
	}
	return done(report.AssetType.ID != nil), report.AssetType.Title
}

func capabilityText(capabilities store.Capabilities, labels store.Labels) string {
	var text strings.Builder
	text.WriteString("\nWhat this deployment's API allows\n")
	for _, row := range []struct {
		name string
		able *bool
	}{
		{"create " + labels.Asset.Singular() + " types", capabilities.CreateAssetTypes},
		{"create custom fields", capabilities.CreateAssetFields},
		{"create " + labels.Asset.Plural(), capabilities.CreateAssets},
		{"set custom fields on create", capabilities.SetFieldsOnCreate},
		{"link " + labels.Asset.Plural() + " to " + labels.Request.Plural(), capabilities.LinkAssetsToRequests},
	} {
		answer := "unknown until first use"
		if row.able != nil {
			answer = map[bool]string{true: "yes", false: "no"}[*row.able]
		}
		fmt.Fprintf(&text, "  %-34s %s\n", row.name, answer)
	}
	return text.String()
}
