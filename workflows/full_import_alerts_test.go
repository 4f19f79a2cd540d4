package workflows_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
)

// activeAlerts returns n active alerts whose workflows end with an outcome.
func activeAlerts(n int, outcome flow.Outcome) (alerts []rules.Alert) {
	for i := range n {
		alerts = append(alerts, rules.Alert{UID: fmt.Sprintf("alert-%03d", i), Subject: string(outcome)})
	}
	return alerts
}

func uidsOf(alerts []rules.Alert) (uids []string) {
	for _, alert := range alerts {
		uids = append(uids, alert.UID)
	}
	return uids
}

// Active alerts are imported after the organizations, a few at a time, and counted by outcome.
func TestImportAlerts(t *testing.T) {
	t.Parallel()
	fake := newFakeActivities(3)
	outcomes := map[flow.Outcome]string{
		flow.Opened: "created", flow.Joined: "matched", flow.Reopened: "updated",
		flow.AlreadyReset: "unchanged", "fails": "failed", flow.SwitchedOff: "switched-off",
	}
	want := map[string]string{}
	for outcome, counted := range outcomes {
		uid := "alert-" + string(outcome)
		fake.alerts = append(fake.alerts, rules.Alert{UID: uid, Subject: string(outcome)})
		want[uid] = counted
	}
	fake.alerts = append(fake.alerts, activeAlerts(15, flow.Opened)...)
	slices.SortFunc(fake.alerts, func(a, b rules.Alert) int {
		if a.UID < b.UID {
			return -1
		}
		return 1
	})
	for _, alert := range activeAlerts(15, "") {
		want[alert.UID] = "created"
	}
	env := newImportEnv(t, fake, nil).readingTakes(time.Second)
	env.runImport(flow.FullImportInput{Connection: "default"})
	env.importResult()
	require.Contains(t, env.callNames(), "NinjaReadAlerts")
	require.Equal(t, want, fake.alertOutcomes)
	require.Equal(t, map[string]string{"alert-fails": "this cannot succeed"}, fake.alertErrors)
	require.Equal(t, 4, env.children.alertPeak)
}

// A plan imports no alerts.
func TestPlanWithAlerts(t *testing.T) {
	t.Parallel()
	fake := newFakeActivities(1)
	fake.alerts = activeAlerts(3, flow.Opened)
	env := newImportEnv(t, fake, nil).readingTakes(time.Second)
	env.runImport(flow.FullImportInput{Connection: "default", Plan: true})
	env.importResult()
	require.Contains(t, env.callNames(), "NinjaReadAlerts")
	require.Empty(t, env.children.alerts)
}

// However often an import continues as new during its alerts, each alert is imported exactly once.
func TestContinueAsNewDuringAlerts(t *testing.T) {
	t.Parallel()
	fake := newFakeActivities(2)
	fake.alerts, fake.page = activeAlerts(30, flow.Opened), 7
	var taken []string
	runs := 0
	for next := (&flow.FullImportInput{Connection: "default"}); next != nil; runs++ {
		require.Less(t, runs, 20)
		env := newImportEnv(t, fake, nil).readingTakes(time.Second)
		env.after(90*time.Second, func() { env.SetContinueAsNewSuggested(true) })
		env.runImport(*next)
		taken = append(taken, env.children.alerts...)
		next = env.continuedAs()
	}
	require.Greater(t, runs, 2)
	require.ElementsMatch(t, uidsOf(fake.alerts), taken)
	require.Len(t, fake.alertOutcomes, 30)
}

// A cancelled import starts no further alert. It lets the running ones open their requests, and counts them.
func TestCancelDuringAlerts(t *testing.T) {
	t.Parallel()
	fake := newFakeActivities(0)
	fake.alerts = activeAlerts(20, flow.Opened)
	env := newImportEnv(t, fake, nil).readingTakes(time.Second)
	env.after(30*time.Second, env.CancelWorkflow)
	env.runImport(flow.FullImportInput{Connection: "default"})
	require.True(t, env.cancelledResult().Cancelled)
	require.Len(t, env.children.alerts, 4)
	require.Len(t, fake.alertOutcomes, 4)
	for uid, outcome := range fake.alertOutcomes {
		require.Equal(t, "created", outcome, uid)
	}
}
