package activities_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/simulator/lab"
	ninjasim "ninjaone-accelo/internal/simulator/ninjaone"
)

// withoutSeverity returns a fixture of a tenant whose list of active alerts names no severity, and that opens requests from MAJOR on.
func withoutSeverity(t *testing.T) *alertFixture {
	t.Helper()
	f := newAlertFixture(t, settings{alerts: flow.AlertRules{MinSeverity: "MAJOR"}})
	f.ninja.SetSwitches(ninjasim.Switches{AlertsWithoutSeverity: true})
	f.importedOnce()
	return f
}

// triggerWith triggers an alert of a severity. Each has its own condition.
func (f *alertFixture) triggerWith(severity string) string {
	f.t.Helper()
	f.imports++
	made, err := f.ninja.TriggerAlert(f.device, ninjasim.AlertSpec{SourceConfigUID: "c-" + strconv.Itoa(f.imports), Severity: severity, Priority: "HIGH"})
	require.NoError(f.t, err)
	return made.UID
}

// A severity that the list leaves out is looked up in the activity log, once. One that nobody knows is never taken for a mild one.
func TestReconcileLooksSeveritiesUp(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, severity string
		faults         []lab.Fault
		switches       ninjasim.Switches
		want, told     string
	}{
		{name: "severe", severity: "CRITICAL", want: "T", told: "CRITICAL"},
		{name: "at the minimum", severity: "MAJOR", want: "T", told: "MAJOR"},
		{name: "mild", severity: "MINOR"},
		{name: "none, as the log says", severity: "NONE"},
		{name: "seriesUid is ignored", severity: "MINOR", faults: []lab.Fault{{Kind: "series-ignored"}}},
		{name: "the log says none either", severity: "MINOR", switches: ninjasim.Switches{LogWithoutSeverity: true}, want: "T"},
		{name: "the log is forbidden", severity: "MINOR", faults: []lab.Fault{status(403, "^/v2/activities$")}, want: "T"},
		{name: "the log was trimmed", severity: "MINOR", faults: []lab.Fault{{Kind: "log-trimmed", DelayMillis: 1}}, want: "T"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := withoutSeverity(t)
			test.switches.AlertsWithoutSeverity = true
			f.ninja.SetSwitches(test.switches)
			uid := f.triggerWith(test.severity)
			f.ninja.AgeAlerts(time.Hour)
			f.ninjaFaults(test.faults...)
			found := f.recheck()
			require.Equal(t, test.want, missedEvents(found.Missed)[uid])
			if test.want != "" {
				require.Equal(t, test.told, found.Missed[0].Trigger.Severity)
			}
			f.ninjaFaults()
			f.resetCalls()
			f.recheck()
			if len(test.faults) == 0 {
				require.Equal(t, []string{"GET /v2/alerts"}, f.calls(), "its severity is known now")
			}
		})
	}
}

// An alert waits for a log that is unavailable or lags, but not for long.
func TestSeverityWaitsForTheLog(t *testing.T) {
	t.Parallel()
	f := withoutSeverity(t)
	uid := f.triggerWith("MINOR")
	f.ninjaFaults(status(503, "^/v2/activities$"))
	found := f.recheck()
	require.Empty(t, found.Missed)
	require.Contains(t, found.Doubts[0], "1 new alert came without a severity")
	f.sql(`UPDATE alert_severities SET asked_at = asked_at - interval '11 minutes'`)
	require.Equal(t, "T", missedEvents(f.recheck().Missed)[uid], "nobody knows")
	f.ninjaFaults()
	require.Empty(t, f.recheck().Missed, "the log does")

	young := f.triggerWith("MINOR")
	f.ninjaFaults(lab.Fault{Kind: "feed-lag", DelayMillis: 3_600_000})
	require.Empty(t, f.recheck().Missed, "the log may not have it yet")
	f.ninja.AgeAlerts(time.Hour)
	require.Equal(t, "T", missedEvents(f.recheck().Missed)[young])
}

// What the log once told is remembered for as long as the alert may be active, even if a list lacks it by mistake.
func TestSeverityIsRemembered(t *testing.T) {
	t.Parallel()
	f := withoutSeverity(t)
	mild := f.triggerWith("MINOR")
	f.ninja.AgeAlerts(time.Hour)
	require.Empty(t, f.recheck().Missed)
	f.sql(`UPDATE alert_severities SET listed_at = now() - interval '29 days', asked_at = now() - interval '1 year'`)
	f.ninjaFaults(listEmpty())
	f.recheck()
	f.ninjaFaults(lab.Fault{Kind: "log-trimmed", DelayMillis: 1})
	require.Empty(t, f.recheck().Missed)
	f.ninjaFaults(listEmpty(), lab.Fault{Kind: "log-trimmed", DelayMillis: 1})
	f.sql(`UPDATE alert_severities SET listed_at = now() - interval '31 days'`)
	f.recheck()
	f.ninjaFaults(lab.Fault{Kind: "log-trimmed", DelayMillis: 1})
	require.Equal(t, "T", missedEvents(f.recheck().Missed)[mild])
}

// Many alerts without a severity cost one reading of the log instead of a call for each.
func TestSeveritiesOfManyAlerts(t *testing.T) {
	t.Parallel()
	f := withoutSeverity(t)
	want := map[string]string{}
	for i := range 60 {
		if i%2 == 0 {
			want[f.triggerWith("CRITICAL")] = "T"
		} else {
			f.triggerWith("MINOR")
		}
	}
	f.resetCalls()
	require.Equal(t, want, missedEvents(f.recheck().Missed))
	require.Equal(t, []string{"GET /v2/activities", "GET /v2/alerts"}, f.calls())
}

// An import looks severities up as well. Its plan counts what it will open.
func TestImportLooksSeveritiesUp(t *testing.T) {
	t.Parallel()
	f := withoutSeverity(t)
	severe := f.triggerWith("CRITICAL")
	f.triggerWith("MINOR")
	plan := f.beginImport(true)
	f.readInto(plan, 0)
	f.readAlerts(plan)
	f.compare(plan)
	require.Equal(t, flow.Counts{Created: 1, Unchanged: 1}, f.finish(activities.ImportFinishInput{ImportID: plan}).Alerts)

	id := f.beginAndRead()
	f.resetCalls()
	f.readAlerts(id)
	require.Equal(t, []string{"GET /v2/alerts"}, f.calls(), "the plan has asked already")
	f.compare(id)
	next := f.nextAlerts(id, "", 10).Alerts
	require.Len(t, next, 1)
	require.Equal(t, severe, next[0].UID)
	require.Equal(t, "CRITICAL", next[0].Severity)
	require.Equal(t, "HIGH", next[0].Priority)
}

// An import waits for an unavailable log, but not for long, and not at all if the severity decides nothing.
func TestImportWaitsForSeverities(t *testing.T) {
	t.Parallel()
	f := withoutSeverity(t)
	f.triggerWith("MINOR")
	id := f.beginAndRead()
	f.ninjaFaults(status(503, "^/v2/activities$"))
	read := func(f *alertFixture, id string) error {
		_, err := runIn[any](f.env(), f.steps.NinjaReadAlerts, activities.ReadInput{Connection: "default", ImportID: id})
		return err
	}
	require.ErrorContains(t, read(f, id), "find the severities of 1 alert")
	f.sql(`UPDATE alert_severities SET asked_at = asked_at - interval '11 minutes'`)
	require.NoError(t, read(f, id))
	f.compare(id)
	require.Len(t, f.nextAlerts(id, "", 10).Alerts, 1, "it could be the worst")

	all := newAlertFixture(t, settings{})
	all.ninja.SetSwitches(ninjasim.Switches{AlertsWithoutSeverity: true})
	all.triggerWith("MINOR")
	id = all.beginAndRead()
	all.ninjaFaults(status(503, "^/v2/activities$"))
	require.NoError(t, read(all, id))
}

// The workflow of an alert asks for its severity alone.
func TestFindSeverity(t *testing.T) {
	t.Parallel()
	f := withoutSeverity(t)
	find := func(alert rules.Alert) (activities.NinjaFindSeverityResult, error) {
		return runIn[activities.NinjaFindSeverityResult](f.env(), f.steps.NinjaFindSeverity,
			activities.NinjaFindSeverityInput{Connection: "default", UID: alert.UID, TriggeredAt: alert.TriggeredAt})
	}
	uid := f.triggerWith("CRITICAL")
	found, err := find(rules.Alert{UID: uid})
	require.NoError(t, err)
	require.Equal(t, activities.NinjaFindSeverityResult{Severity: "CRITICAL", Priority: "HIGH", APICalls: flow.APICalls{Ninjaone: 1}}, found)
	found, err = find(rules.Alert{UID: "00000000-0000-4000-8000-000000000000", TriggeredAt: time.Now()})
	require.NoError(t, err)
	require.Empty(t, found.Severity, "the log doesn't have it yet")
	f.ninjaFaults(status(503, "^/v2/activities$"))
	_, err = find(rules.Alert{UID: "00000000-0000-4000-8000-000000000001"})
	require.Error(t, err, "the workflow decides how often to ask")
}
