package main

import (
	"testing"
	"time"

	"ninjaone-accelo/internal/flow"
)

func TestReconcileText(t *testing.T) {
	t.Parallel()
	registered := flow.Webhooks{NinjaOne: flow.Registered, Accelo: flow.Registered}
	requireGoldens(t, "reconcile", map[string]string{
		"nothing": reconcileText(flow.ReconcileResult{Connection: "default", Seconds: 1.2, Webhooks: registered}, standardLabels(), 5*time.Minute),
		"one": reconcileText(flow.ReconcileResult{
			Connection: "default", Seconds: 61, Healed: flow.Healed{Triggers: 1, Resets: 1, Requests: 1}, Retried: 1,
			Gone: flow.Gone{Organizations: 1, Devices: 1}, APICalls: flow.APICalls{Ninjaone: 1, Accelo: 1}, Webhooks: registered,
		}, standardLabels(), 5*time.Minute),
		"many": reconcileText(flow.ReconcileResult{
			Connection: "default", Seconds: 61, Healed: flow.Healed{Triggers: 30, Resets: 20, Requests: 10}, Retried: 50,
			APICalls: flow.APICalls{Ninjaone: 1500, Accelo: 12}, Webhooks: registered,
		}, customLabels(), 5*time.Minute),
		"everything-wrong": reconcileText(flow.ReconcileResult{
			Connection: "default", Seconds: 61,
			Webhooks: flow.Webhooks{Accelo: "not registered: credentials not accepted"},
			Healed:   flow.Healed{Revived: 2},
			Held:     "12 of 20 linked devices no longer exist in NinjaOne",
			Left:     []string{"webhooks: NinjaOne is unavailable"},

			HeldChanges: []string{"device 8", "device 9"}, HeldCount: 12,
			Failures: []flow.ImportFailure{
				{Kind: "request", NinjaID: "31", Error: "could not start its workflow"}, {Kind: "alert", NinjaID: "u-1", Error: "no message"},
			},
		}, customLabels(), time.Hour),
	})
}
