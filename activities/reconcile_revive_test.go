package activities_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/simulator/lab"
	"ninjaone-accelo/internal/store"
)

// recheck is a check that looks at everything.
func (f *fixture) recheck() activities.NinjaCompareAlertsResult {
	f.t.Helper()
	return f.compareAlerts(activities.NinjaCompareAlertsInput{Now: true})
}

// closeByMistake closes the request of an alert as a reconciliation does that was told twice that the alert ended.
func (f *alertFixture) closeByMistake(alert rules.Alert) {
	f.t.Helper()
	f.ninjaFaults(listEmpty(), deviceAlertsEmpty())
	f.recheck()
	found := f.recheck()
	require.Equal(f.t, "R", missedEvents(found.Missed)[alert.UID])
	f.ninjaFaults()
	result, err := runIn[activities.AcceloCloseRequestResult](f.env(), f.steps.AcceloCloseRequest, activities.AcceloCloseRequestInput{
		Connection: "default", UID: alert.UID, Message: "NinjaOne no longer lists the alert as active.",
	})
	require.NoError(f.t, err)
	require.Equal(f.t, flow.Closed, result.Outcome)
}

// An alert that was reset by mistake gets its request back as soon as both lists have it: the same one, and no second one.
func TestWrongResetIsPutRight(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	f.importedOnce()
	alert := f.opened("a")
	request := f.request(f.incidentOf(alert).RequestID)
	f.closeByMistake(alert)
	require.Equal(t, "closed", f.request(request.ID).Standing)

	found := f.recheck()
	require.Equal(t, map[string]string{alert.UID: "T"}, missedEvents(found.Missed))
	require.True(t, found.Missed[0].Revived)
	require.True(t, found.Missed[0].Again)
	require.Equal(t, "SHIP", found.Missed[0].Trigger.DeviceName)
	reopened := f.mustOpen(*found.Missed[0].Trigger, flow.Reopened)
	require.Equal(t, request.ID, reopened.RequestID)
	require.NotEqual(t, "closed", f.request(request.ID).Standing)
	require.Empty(t, f.recheck().Missed)
	f.reset(alert)
	require.Equal(t, "R", missedEvents(f.recheck().Missed)[alert.UID], "its real reset is seen later")
}

// If the fault came back under another uid in the meantime, the alert joins that request: there is never a second open one.
func TestWrongResetJoinsTheOpenRequest(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	alert := f.opened("a")
	f.closeByMistake(alert)
	again := f.triggerAlert("a")
	second := f.mustOpen(again, flow.Opened)
	require.Empty(t, f.recheck().Missed)
	require.Equal(t, second.RequestID, f.incidentOf(alert).RequestID)
	f.reset(again)
	f.mustClose(again, flow.OthersActive)
}

// A request that a person converted after it was closed by mistake stays converted. Its alert is reset in NinjaOne instead.
func TestWrongResetLeavesConversions(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	alert := f.opened("a")
	request := f.incidentOf(alert).RequestID
	f.closeByMistake(alert)
	_, err := f.accelo.ConvertRequest(request, "issue")
	require.NoError(t, err)
	f.mustFollow(request, 2, flow.Converted)
	found := f.recheck()
	require.Empty(t, found.Missed)
	require.Equal(t, []int64{request}, found.Requests)
	require.Equal(t, []string{alert.UID}, f.mustFollow(request, 2, flow.Converted).Reset)
}

// A reset that NinjaOne told stands, whatever its lists still show and however far the log lags.
func TestStaleListRevivesNothing(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		faults []lab.Fault
	}{
		{name: "the log knows the reset"},
		{name: "the log lags too", faults: []lab.Fault{{Kind: "feed-lag", DelayMillis: 3_600_000}}},
		{name: "the log is forbidden", faults: []lab.Fault{status(403, "^/v2/activities$")}},
		{name: "the devices' lists are forbidden", faults: []lab.Fault{status(403, "^/v2/device/")}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newAlertFixture(t, settings{})
			alert := f.opened("a")
			f.ninjaFaults(append(test.faults, lab.Fault{Kind: "alerts-frozen"})...)
			f.recheck()
			f.reset(alert)
			f.mustClose(alert, flow.Closed)
			f.ageAlerts()
			for range 3 {
				found := f.recheck()
				require.Empty(t, found.Missed)
				require.Empty(t, found.Requests)
			}
		})
	}
}

// A person's close resets the alert. If that has no effect in NinjaOne, the close stands and the alert is reset again, but not while the
// list may lag.
func TestOwnResetWithoutEffectIsRepeated(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	alert := f.opened("a")
	request := f.incidentOf(alert).RequestID
	require.NoError(t, f.accelo.CloseRequest(request))
	f.mustFollow(request, 1, flow.Closed)
	f.sql(`UPDATE alerts SET state = 'reset', reset_by_us = true, updated_at = now()`) // NinjaOne said 204 and did nothing
	require.Empty(t, f.recheck().Requests, "it was reset just now")
	require.Empty(t, f.recheck().Requests)
	f.ageAlerts()
	require.Empty(t, f.recheck().Requests, "the first look")
	found := f.recheck()
	require.Equal(t, []int64{request}, found.Requests)
	require.Empty(t, found.Missed, "a person's close is never undone")
	require.Equal(t, []string{alert.UID}, f.mustFollow(request, 1, flow.Closed).Reset)
}

// incidentOf returns the incident of an alert.
func (f *fixture) incidentOf(alert rules.Alert) store.Incident {
	f.t.Helper()
	id := f.value(`SELECT incident_id FROM alerts WHERE uid = '` + alert.UID + `'`)
	incident, err := f.database.Incident(f.t.Context(), id)
	require.NoError(f.t, err)
	return incident
}

// value reads one number from the database.
func (f *fixture) value(query string) (value int64) {
	f.t.Helper()
	database, err := pgx.Connect(f.t.Context(), f.url)
	require.NoError(f.t, err)
	require.NoError(f.t, database.QueryRow(f.t.Context(), query).Scan(&value))
	require.NoError(f.t, database.Close(f.t.Context()))
	return value
}
