package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/store"
)

// failures are the first n failures of a result.
func failures(n int) []flow.ImportFailure {
	list := make([]flow.ImportFailure, n)
	for i := range list {
		list[i] = flow.ImportFailure{Kind: "device", NinjaID: fmt.Sprint(i + 1), Name: fmt.Sprintf("SRV-%d", i+1), Error: "its title is too long"}
	}
	return list
}

func TestImportText(t *testing.T) {
	t.Parallel()
	standard := store.Settings{AssetType: store.ObjectType{ID: 3, Title: "NinjaOne Device"}}
	own := renamed()
	own.AssetType = standard.AssetType
	requireGoldens(t, "import", map[string]string{
		"nothing": importText(flow.ImportResult{Seconds: 0.4}, standard),
		"one": importText(flow.ImportResult{
			Seconds: 62, Organizations: flow.Counts{Created: 1}, Devices: flow.Counts{Waiting: 1}, Alerts: flow.Counts{Failed: 1},
			APICalls: flow.APICalls{Ninjaone: 1, Accelo: 2, AcceloWrites: 1},
			Failures: []flow.ImportFailure{{Kind: "alert", NinjaID: "u-1", Name: "Disk C: is full", Error: "Accelo rejected the title"}},
		}, standard),
		"many": importText(flow.ImportResult{
			Seconds: 5400, Organizations: flow.Counts{Created: 14, Matched: 11, Updated: 2, Unchanged: 1200},
			Devices: flow.Counts{Created: 400, Waiting: 30, Failed: 500}, Alerts: flow.Counts{Created: 10, Failed: 1},
			APICalls: flow.APICalls{Ninjaone: 15, Accelo: 12453, AcceloWrites: 12449}, Failures: failures(200),
			Ambiguities: []flow.ImportFailure{{Kind: "organization", NinjaID: "7", Name: "Acme", Error: "several clients have this name: [3 4]; 3 is used"}},
		}, own),
		"no-asset-type": importText(flow.ImportResult{Seconds: 3, Devices: flow.Counts{Waiting: 2}}, renamed()),
		"plan": importText(flow.ImportResult{
			Plan: true, Seconds: 3, Organizations: flow.Counts{Created: 25}, Devices: flow.Counts{Created: 400, Failed: 2},
			APICalls: flow.APICalls{Ninjaone: 15, Accelo: 460, AcceloWrites: 450}, EstimatedSeconds: pointer(3725.0), Failures: failures(1),
		}, standard),
		"plan-unexplained": importText(flow.ImportResult{Plan: true, Devices: flow.Counts{Failed: 1}, EstimatedSeconds: pointer(1.5)}, standard),
		"plan-cancelled":   importText(flow.ImportResult{Plan: true, Cancelled: true, Seconds: 3}, standard),
		"cancelled": importText(flow.ImportResult{
			Cancelled: true, Seconds: 754, Organizations: flow.Counts{Created: 3}, Devices: flow.Counts{Created: 1},
			APICalls: flow.APICalls{Ninjaone: 4, Accelo: 9, AcceloWrites: 7},
		}, standard),
	})
}

func TestProgressText(t *testing.T) {
	t.Parallel()
	require.Equal(t, "reading NinjaOne and Accelo", phaseText(store.Progress{Phase: flow.PhaseReading}))
	require.Equal(t, "reading NinjaOne and Accelo", phaseText(store.Progress{}))
	require.Equal(t, "comparing", phaseText(store.Progress{Phase: flow.PhaseComparing}))
	require.Equal(t, "importing: 1 call to Accelo", phaseText(store.Progress{Phase: flow.PhaseImporting, AcceloCalls: 1}))
	for _, test := range []struct {
		name   string
		budget store.Budget
		want   string
	}{
		{"unknown", store.Budget{}, ""},
		{"enough", store.Budget{Limit: 5000, Remaining: 1002, Reset: noon.Add(time.Hour)}, ""},
		{"down to the reserve", store.Budget{Limit: 5000, Remaining: 1001, Reset: noon.Add(time.Hour)}, "waiting for Accelo's API budget until 13:00:00"},
		{"already reset", store.Budget{Limit: 5000, Remaining: 0, Reset: noon.Add(-time.Second)}, ""},
	} {
		require.Equal(t, test.want, budgetWaitText(test.budget, 0.2, noon), test.name)
	}
}

func TestDurationTexts(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "0 seconds", time.Second: "1 second", 5 * time.Minute: "5 minutes", 90 * time.Minute: "1 hour 30 minutes",
		3725 * time.Second: "1 hour 2 minutes 5 seconds", 24 * time.Hour: "24 hours",
	} {
		require.Equal(t, want, durationText(d))
	}
	for seconds, want := range map[float64]string{
		0: "0 s ago", 4.4: "4 s ago", 59.9: "60 s ago", 60: "1 min ago", 7200: "2 h ago", 2 * 86400: "2 days ago",
	} {
		require.Equal(t, want, ageText(seconds))
	}
	require.Equal(t, "every 5 minutes", everyText(5*time.Minute))
	require.Equal(t, "every hour", everyText(time.Hour))
	require.Equal(t, "every 1 hour 30 minutes", everyText(90*time.Minute))
	require.Equal(t, "0.4 s", secondsText(0.4))
	require.Equal(t, "1 minute 2 seconds", secondsText(62))
}
