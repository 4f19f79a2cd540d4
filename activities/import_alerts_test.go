package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
)

// readAlerts reads NinjaOne's active alerts into an import that has read both sides.
func (w *world) readAlerts(id string) {
	w.t.Helper()
	_, err := runIn[any](w.env(), w.steps.NinjaReadAlerts, activities.ReadInput{Connection: "default", ImportID: id})
	require.NoError(w.t, err)
}

func (w *world) nextAlerts(id, after string, limit int) activities.ImportNextAlertsResult {
	w.t.Helper()
	result, err := runIn[activities.ImportNextAlertsResult](w.env(), w.steps.ImportNextAlerts,
		activities.ImportNextAlertsInput{ImportID: id, After: after, Limit: limit})
	require.NoError(w.t, err)
	return result
}

// An import hands out the active alerts that nobody has brought yet, in pages, as their webhooks would have told them.
func TestImportReadsAlerts(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{alerts: flow.AlertRules{MinSeverity: "MODERATE", HoldDown: time.Hour}})
	known := o.fires(slow)
	o.opens(known, "opened")
	want := map[string]rules.Alert{}
	for range 3 {
		alert := o.fires(full)
		want[alert.UID] = alert
	}
	id := o.read()
	o.forget()
	o.readAlerts(id)
	require.Equal(t, []string{"GET /v2/alerts"}, o.calls())

	var uids []string
	for after := ""; ; after = uids[len(uids)-1] {
		next := o.nextAlerts(id, after, 2)
		require.Equal(t, flow.AlertRules{MinSeverity: "MODERATE"}, next.Rules, "an alert that is active already is not held down")
		if len(next.Alerts) == 0 {
			break
		}
		require.LessOrEqual(t, len(next.Alerts), 2)
		for _, alert := range next.Alerts {
			uids = append(uids, alert.UID)
			expected := want[alert.UID]
			require.WithinDuration(t, expected.TriggeredAt, alert.TriggeredAt, time.Minute)
			expected.TriggeredAt, expected.ActivityID = alert.TriggeredAt, 0 // the list does not tell the activity
			require.Equal(t, expected, alert)
		}
	}
	require.Len(t, uids, 3)
	require.IsIncreasing(t, uids)
}

// Alerts are counted by what became of them: those that were brought before, or are too slight, as unchanged.
func TestImportCountsAlerts(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{alerts: flow.AlertRules{MinSeverity: "MAJOR"}})
	known := o.fires(slow)
	o.opens(known, "opened")
	first, second := o.fires(full), o.fires(full)
	slight := o.world.device(o.organization, "LAB")
	_, err := o.ninja.TriggerAlert(slight, ninjaSpec("MINOR"))
	require.NoError(t, err)

	plan := o.begin(true)
	o.readInto(plan, 0)
	o.readAlerts(plan)
	o.compare(plan)
	require.Equal(t, flow.Counts{Created: 2, Unchanged: 2}, o.finish(activities.ImportFinishInput{ImportID: plan}).Alerts)

	id := o.read()
	o.readAlerts(id)
	o.compare(id)
	o.work(id)
	require.Len(t, o.nextAlerts(id, "", 10).Alerts, 2)
	_, err = runIn[any](o.env(), o.steps.ImportAlertDone, activities.ImportAlertDoneInput{
		ImportID: id, Outcomes: map[string]string{first.UID: "created", second.UID: "failed"},
		Errors: map[string]string{second.UID: "Accelo says no"}, APICalls: flow.APICalls{Ninjaone: 3, Accelo: 20, AcceloWrites: 10},
	})
	require.NoError(t, err)
	require.Empty(t, o.nextAlerts(id, "", 10).Alerts, "what has an outcome is not handed out again")
	result := o.finish(activities.ImportFinishInput{ImportID: id})
	require.Equal(t, flow.Counts{Created: 1, Unchanged: 2, Failed: 1}, result.Alerts)
	require.Len(t, result.Failures, 1)
	require.Equal(t, second.UID, result.Failures[0].NinjaID)
	require.Equal(t, "Accelo says no", result.Failures[0].Error)
	require.GreaterOrEqual(t, result.APICalls.AcceloWrites, int64(10))
}
