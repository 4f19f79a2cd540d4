package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
)

// readAlerts stages NinjaOne's active alerts in an import that has read both vendors.
func (f *fixture) readAlerts(id string) {
	f.t.Helper()
	_, err := runIn[any](f.env(), f.steps.NinjaReadAlerts, activities.ReadInput{Connection: "default", ImportID: id})
	require.NoError(f.t, err)
}

func (f *fixture) nextAlerts(id, after string, limit int) activities.ImportNextAlertsResult {
	f.t.Helper()
	result, err := runIn[activities.ImportNextAlertsResult](f.env(), f.steps.ImportNextAlerts,
		activities.ImportNextAlertsInput{ImportID: id, After: after, Limit: limit})
	require.NoError(f.t, err)
	return result
}

// An import hands out the active alerts that no webhook has brought, in pages, as their webhooks would describe them.
func TestImportReadsAlerts(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{alerts: flow.AlertRules{MinSeverity: "MODERATE", HoldDown: time.Hour}})
	known := f.triggerAlert(slow)
	f.mustOpen(known, "opened")
	want := map[string]rules.Alert{}
	for range 3 {
		alert := f.triggerAlert(full)
		want[alert.UID] = alert
	}
	id := f.beginAndRead()
	f.resetCalls()
	f.readAlerts(id)
	require.Equal(t, []string{"GET /v2/alerts"}, f.calls())
	f.compare(id)

	var uids []string
	for after := ""; ; after = uids[len(uids)-1] {
		next := f.nextAlerts(id, after, 2)
		require.Equal(t, flow.AlertRules{MinSeverity: "MODERATE"}, next.Rules, "an alert that is already active has no hold-down")
		if len(next.Alerts) == 0 {
			break
		}
		require.LessOrEqual(t, len(next.Alerts), 2)
		for _, alert := range next.Alerts {
			uids = append(uids, alert.UID)
			expected := want[alert.UID]
			require.WithinDuration(t, expected.TriggeredAt, alert.TriggeredAt, time.Minute)
			expected.TriggeredAt, expected.ActivityID = alert.TriggeredAt, 0 // the list has no activity ID
			require.Equal(t, expected, alert)
		}
	}
	require.Len(t, uids, 3)
	require.IsIncreasing(t, uids)
}

// Alerts are counted by outcome. Known alerts and those below the severity count as unchanged.
func TestImportCountsAlerts(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{alerts: flow.AlertRules{MinSeverity: "MAJOR"}})
	known := f.triggerAlert(slow)
	f.mustOpen(known, "opened")
	first, second := f.triggerAlert(full), f.triggerAlert(full)
	minor := f.fixture.device(f.organization, "LAB")
	_, err := f.ninja.TriggerAlert(minor, ninjaSpec("MINOR"))
	require.NoError(t, err)

	plan := f.beginImport(true)
	f.readInto(plan, 0)
	f.readAlerts(plan)
	f.compare(plan)
	require.Equal(t, flow.Counts{Created: 1, Matched: 1, Unchanged: 2}, f.finish(activities.ImportFinishInput{ImportID: plan}).Alerts,
		"the second alert joins the request of the first")

	id := f.beginAndRead()
	f.readAlerts(id)
	f.compare(id)
	f.importOrganizations(id)
	require.Len(t, f.nextAlerts(id, "", 10).Alerts, 2)
	_, err = runIn[any](f.env(), f.steps.ImportAlertDone, activities.ImportAlertDoneInput{
		ImportID: id, Outcomes: map[string]string{first.UID: "created", second.UID: "failed"},
		Errors: map[string]string{second.UID: "rejected by Accelo"}, APICalls: flow.APICalls{Ninjaone: 3, Accelo: 20, AcceloWrites: 10},
	})
	require.NoError(t, err)
	require.Empty(t, f.nextAlerts(id, "", 10).Alerts, "an alert with an outcome is not handed out again")
	result := f.finish(activities.ImportFinishInput{ImportID: id})
	require.Equal(t, flow.Counts{Created: 1, Unchanged: 2, Failed: 1}, result.Alerts)
	require.Len(t, result.Failures, 1)
	require.Equal(t, second.UID, result.Failures[0].NinjaID)
	require.Equal(t, "rejected by Accelo", result.Failures[0].Error)
	require.GreaterOrEqual(t, result.APICalls.AcceloWrites, int64(10))
}
