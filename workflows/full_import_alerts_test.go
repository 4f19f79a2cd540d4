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

// alerts are n active alerts whose flows end with an outcome.
func alerts(n int, outcome flow.Outcome) (alerts []rules.Alert) {
	for i := range n {
		alerts = append(alerts, rules.Alert{UID: fmt.Sprintf("alert-%03d", i), Subject: string(outcome)})
	}
	return alerts
}

func uids(alerts []rules.Alert) (uids []string) {
	for _, alert := range alerts {
		uids = append(uids, alert.UID)
	}
	return uids
}

// Active alerts are brought in once the organizations are there, a few at a time, and counted by what became of each.
func TestImportAlerts(t *testing.T) {
	t.Parallel()
	fake := newFakeSteps(3)
	outcomes := map[flow.Outcome]string{
		flow.Opened: "created", flow.Joined: "matched", flow.Reopened: "updated",
		flow.AlreadyReset: "unchanged", "fails": "failed",
	}
	want := map[string]string{}
	for outcome, counted := range outcomes {
		uid := "alert-" + string(outcome)
		fake.alerts = append(fake.alerts, rules.Alert{UID: uid, Subject: string(outcome)})
		want[uid] = counted
	}
	fake.alerts = append(fake.alerts, alerts(15, flow.Opened)...)
	slices.SortFunc(fake.alerts, func(a, b rules.Alert) int {
		if a.UID < b.UID {
			return -1
		}
		return 1
	})
	for _, alert := range alerts(15, "") {
		want[alert.UID] = "created"
	}
	s := newImport(t, fake, nil).reading(time.Second)
	s.fullImport(flow.FullImportInput{Connection: "default"})
	s.succeeded()
	require.Contains(t, s.called(), "NinjaReadAlerts")
	require.Equal(t, want, fake.alertOutcomes)
	require.Equal(t, map[string]string{"alert-fails": "this cannot succeed"}, fake.alertErrors)
	require.Equal(t, 4, s.children.alertPeak)
}

// A plan brings in no alert.
func TestPlanWithAlerts(t *testing.T) {
	t.Parallel()
	fake := newFakeSteps(1)
	fake.alerts = alerts(3, flow.Opened)
	s := newImport(t, fake, nil).reading(time.Second)
	s.fullImport(flow.FullImportInput{Connection: "default", Plan: true})
	s.succeeded()
	require.Contains(t, s.called(), "NinjaReadAlerts")
	require.Empty(t, s.children.alerts)
}

// However often an import continues as new among its alerts, every one is brought in, and none twice.
func TestContinueAsNewAmongAlerts(t *testing.T) {
	t.Parallel()
	fake := newFakeSteps(2)
	fake.alerts, fake.page = alerts(30, flow.Opened), 7
	var taken []string
	runs := 0
	for next := (&flow.FullImportInput{Connection: "default"}); next != nil; runs++ {
		require.Less(t, runs, 20)
		s := newImport(t, fake, nil).reading(time.Second)
		s.at(90*time.Second, func() { s.SetContinueAsNewSuggested(true) })
		s.fullImport(*next)
		taken = append(taken, s.children.alerts...)
		next = s.continued()
	}
	require.Greater(t, runs, 2)
	require.ElementsMatch(t, uids(fake.alerts), taken)
	require.Len(t, fake.alertOutcomes, 30)
}

// A cancelled import brings in no further alert, lets the requests under way be opened, and counts them.
func TestCancelAmongAlerts(t *testing.T) {
	t.Parallel()
	fake := newFakeSteps(0)
	fake.alerts = alerts(20, flow.Opened)
	s := newImport(t, fake, nil).reading(time.Second)
	s.at(30*time.Second, s.CancelWorkflow)
	s.fullImport(flow.FullImportInput{Connection: "default"})
	require.True(t, s.cancelled().Cancelled)
	require.Len(t, s.children.alerts, 4)
	require.Len(t, fake.alertOutcomes, 4)
	for uid, outcome := range fake.alertOutcomes {
		require.Equal(t, "created", outcome, uid)
	}
}
