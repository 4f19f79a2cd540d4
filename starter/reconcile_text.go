package main

import (
	"fmt"
	"strings"
	"time"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

func reconcileText(result flow.ReconcileResult, labels store.Labels, interval time.Duration) string {
	var text strings.Builder
	row := func(name string, count int) { fmt.Fprintf(&text, "  %-36s %6d\n", name, count) }
	fmt.Fprintf(&text, "Reconciled connection %s in %s: %s\n", result.Connection, secondsText(result.Seconds),
		callsText(result.APICalls.Ninjaone, result.APICalls.Accelo))
	row("missed alerts", result.Healed.Triggers)
	row("missed resets", result.Healed.Resets)
	if result.Healed.Revived > 0 {
		row("alerts active after all", result.Healed.Revived)
	}
	row(labels.Request.Plural()+" changed in Accelo", result.Healed.Requests)
	row("failed syncs retried", result.Retried)
	row("devices deleted in NinjaOne", result.Gone.Devices)
	row("organizations deleted in NinjaOne", result.Gone.Organizations)
	fmt.Fprintf(&text, "  webhooks: NinjaOne %s, Accelo %s\n", webhookText(result.Webhooks.NinjaOne), webhookText(result.Webhooks.Accelo))
	for _, left := range result.Left {
		fmt.Fprintf(&text, "  left for the next run: %s\n", left)
	}
	for _, failure := range result.Failures {
		fmt.Fprintf(&text, "  failed: %s %s: %s\n", labels.Object(failure.Kind), failure.NinjaID, failure.Error)
	}
	if result.Held != "" {
		fmt.Fprintf(&text, "\nNeeds approval: %s.\n%sIf this is expected, run `%s`, which approves these changes and no "+
			"others. Otherwise check why NinjaOne is returning fewer records; we check again %s.\n",
			result.Held, heldText(result), rules.Command(result.Connection, "reconcile --approve"), everyText(interval))
	}
	return text.String()
}

// heldText names the changes that an approval covers.
func heldText(result flow.ReconcileResult) string {
	var text strings.Builder
	for _, change := range result.HeldChanges {
		fmt.Fprintf(&text, "  %s\n", change)
	}
	if more := result.HeldCount - len(result.HeldChanges); more > 0 {
		fmt.Fprintf(&text, "  and %s\n", rules.Count(more, "other"))
	}
	return text.String()
}

// webhookText is the state of a webhook. It is empty in the result of a run that could not check the webhooks.
func webhookText(state string) string {
	if state == "" {
		return "not checked"
	}
	return state
}
