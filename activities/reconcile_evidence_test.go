package activities_test

import (
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/simulator/lab"
)

// ageAlerts makes all known alerts an hour older, so that NinjaOne's list must show what became of them.
func (f *fixture) ageAlerts() {
	f.t.Helper()
	f.sql(`UPDATE alerts SET created_at = created_at - interval '1 hour', updated_at = updated_at - interval '1 hour'`)
}

// opened returns an alert whose request was opened an hour ago.
func (f *alertFixture) opened(condition string) rules.Alert {
	f.t.Helper()
	alert := f.triggerAlert(condition)
	f.mustOpen(alert, flow.Opened)
	f.ageAlerts()
	return alert
}

// ninjaFaults makes NinjaOne misbehave. Without faults it works again.
func (f *fixture) ninjaFaults(faults ...lab.Fault) {
	f.t.Helper()
	require.NoError(f.t, f.ninja.Lab.Faults.Set(faults...))
}

func listEmpty() lab.Fault { return lab.Fault{Kind: "list-empty", Path: "^/v2/alerts$"} }

// deviceAlertsEmpty empties devices' own lists.
func deviceAlertsEmpty() lab.Fault { return lab.Fault{Kind: "device-alerts-empty"} }

func status(code int, path string) lab.Fault {
	return lab.Fault{Kind: lab.FaultStatus, Status: code, Path: path}
}

// checks compares active alerts n times, each time as a check of its own, and returns what each found of the alert.
func (f *alertFixture) checks(n int, alert rules.Alert) (found []string, doubts int) {
	f.t.Helper()
	for range n {
		result := f.compareAlerts(activities.NinjaCompareAlertsInput{Now: true})
		require.Empty(f.t, result.Held)
		found = append(found, missedEvents(result.Missed)[alert.UID])
		doubts += len(result.Doubts)
	}
	return found, doubts
}

// An alert that NinjaOne's list lacks is only nominated: its own reset in the log, or a deleted device, proves that it ended, and so
// does the device's own list in two checks. Anything else leaves it alone.
func TestMissingAlertNeedsEvidence(t *testing.T) {
	t.Parallel()
	const deviceAlerts, activityLog = "^/v2/device/[0-9]+/alerts$", "^/v2/activities$"
	vanish := func(f *alertFixture, alert rules.Alert) { require.NoError(f.t, f.ninja.VanishAlert(alert.UID)) }
	reset := func(f *alertFixture, alert rules.Alert) { f.reset(alert) }
	for _, test := range []struct {
		name   string
		change func(*alertFixture, rules.Alert)
		faults []lab.Fault
		want   []string
		// doubtful means that the result says what is wrong.
		doubtful bool
	}{
		{name: "it was reset", change: reset, want: []string{"R"}},
		{name: "it was reset, and seriesUid is ignored", change: reset, faults: []lab.Fault{{Kind: "series-ignored"}}, want: []string{"R"}},
		{
			name: "it was reset, and devices' lists are forbidden", change: reset, faults: []lab.Fault{status(http.StatusForbidden, deviceAlerts)},
			want: []string{"R"},
		},
		{name: "it ended without a trace", change: vanish, want: []string{"", "R"}},
		{
			name: "it ended without a trace, and the log is forbidden", change: vanish,
			faults: []lab.Fault{status(http.StatusForbidden, activityLog)}, want: []string{"", "R"},
		},
		{
			name: "it ended, and the log is trimmed", change: reset, faults: []lab.Fault{{Kind: "log-trimmed", DelayMillis: 1}},
			want: []string{"", "R"},
		},
		{
			name: "it ended, and the log lags", change: reset, faults: []lab.Fault{{Kind: "feed-lag", DelayMillis: 3_600_000}},
			want: []string{"", "R"},
		},
		{
			name: "its device was deleted", change: func(f *alertFixture, _ rules.Alert) { require.NoError(f.t, f.ninja.DeleteDevice(f.device)) },
			want: []string{"R"},
		},
		{name: "the list is empty", faults: []lab.Fault{listEmpty()}, want: []string{"", "", ""}, doubtful: true},
		{name: "the list is short", faults: []lab.Fault{{Kind: "list-shrunken", Path: "^/v2/alerts$"}}, want: []string{"", "", ""}},
		{name: "the list is reversed", faults: []lab.Fault{{Kind: "list-reversed"}}, want: []string{"", "", ""}},
		{name: "the list has everything twice", faults: []lab.Fault{{Kind: "list-duplicated"}}, want: []string{"", "", ""}},
		{
			name: "the list is empty, and devices' lists are forbidden", faults: []lab.Fault{listEmpty(), status(http.StatusForbidden, deviceAlerts)},
			want: []string{"", "", ""}, doubtful: true,
		},
		{
			name: "the list is empty, and the region lacks devices' lists", faults: []lab.Fault{listEmpty(), status(http.StatusNotFound, deviceAlerts)},
			want: []string{"", "", ""}, doubtful: true,
		},
		{
			name:   "the list is empty, and a proxy answers for devices",
			faults: []lab.Fault{listEmpty(), {Kind: lab.FaultHTML404, Path: "^/v2/device/"}}, want: []string{"", "", ""}, doubtful: true,
		},
		{
			name: "the list is empty, and devices are unavailable", faults: []lab.Fault{listEmpty(), status(http.StatusInternalServerError, deviceAlerts)},
			want: []string{"", "", ""}, doubtful: true,
		},
		{
			name: "the list is empty, and devices are throttled", faults: []lab.Fault{listEmpty(), {Kind: lab.FaultTooMany, Path: deviceAlerts}},
			want: []string{"", "", ""}, doubtful: true,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newAlertFixture(t, settings{})
			f.importedOnce()
			alert := f.opened("a")
			if test.change != nil {
				test.change(f, alert)
			}
			f.ninjaFaults(test.faults...)
			found, doubts := f.checks(len(test.want), alert)
			require.Equal(t, test.want, found)
			require.Equal(t, test.doubtful, doubts > 0)
		})
	}
}

// Two looks must agree without a contradiction between them: a list that was whole in the meantime makes the next look the first one.
func TestLooksThatAgreeMustFollowEachOther(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	alert := f.opened("a")
	for range 3 {
		f.ninjaFaults(listEmpty(), deviceAlertsEmpty())
		found, _ := f.checks(1, alert)
		require.Equal(t, []string{""}, found)
		f.ninjaFaults()
		f.checks(1, alert)
		f.ninjaFaults(listEmpty(), deviceAlertsEmpty())
		f.checks(1, alert)
		f.ninjaFaults(listEmpty())
		f.checks(1, alert)
	}
	f.ninjaFaults(listEmpty(), deviceAlertsEmpty())
	found, _ := f.checks(2, alert)
	require.Equal(t, []string{"", "R"}, found)
}

// The pages and attempts of one check are one look, however often they run.
func TestOneCheckIsOneLook(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	alert := f.opened("a")
	require.NoError(t, f.ninja.VanishAlert(alert.UID))
	in := activities.NinjaCompareAlertsInput{Check: alert.TriggeredAt}
	for range 3 {
		require.Empty(t, f.compareAlerts(in).Missed)
	}
	require.Len(t, f.compareAlerts(activities.NinjaCompareAlertsInput{}).Missed, 1)
	require.Len(t, f.compareAlerts(activities.NinjaCompareAlertsInput{}).Missed, 1, "what was decided is owed until it is done")
}

// An alert that fired a moment ago is not missing from a list that is older than that.
func TestStaleListClosesNothing(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	f.ninjaFaults(lab.Fault{Kind: "alerts-frozen"})
	f.compareAlerts(activities.NinjaCompareAlertsInput{})
	fresh := f.triggerAlert("a")
	f.mustOpen(fresh, flow.Opened)
	f.resetCalls()
	found, doubts := f.checks(2, fresh)
	require.Equal(t, []string{"", ""}, found)
	require.Zero(t, doubts)
	require.Equal(t, []string{"GET /v2/alerts", "GET /v2/alerts"}, f.calls(), "it is too young to be nominated")
	f.ageAlerts()
	found, doubts = f.checks(2, fresh)
	require.Equal(t, []string{"", ""}, found)
	require.Positive(t, doubts)
}

// One check asks each device once and not all devices at once. The next check continues with the others, and what stays doubtful is
// looked at less and less often.
func TestLooksAreBounded(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	const devices, perDevice = 60, 2
	for n := range devices {
		device := f.fixture.device(f.organization, "BOX-"+strconv.Itoa(n))
		for c := range perDevice {
			f.insertOpen(f.fixture.triggerAlert(device, strconv.Itoa(c)))
		}
	}
	f.ageAlerts()
	f.ninjaFaults(listEmpty())
	asked := func() (lists int) {
		f.resetCalls()
		f.compareAlerts(activities.NinjaCompareAlertsInput{})
		for _, endpoint := range f.calls() {
			if endpoint == "GET /v2/device/{id}/alerts" {
				lists++
			}
		}
		return lists
	}
	require.Equal(t, 50, asked())
	require.Equal(t, 50, asked(), "the ten that are left, and then those of the first check again")
	f.sql(`UPDATE differences SET since = since - interval '1 hour'`)
	require.Zero(t, asked(), "they have been doubtful for an hour, so they are looked at in an hour")
}

// insertOpen records an alert as if its request had been opened, without a call.
func (f *fixture) insertOpen(alert rules.Alert) {
	f.t.Helper()
	f.sql(`WITH i AS (INSERT INTO incidents (connection, recurrence_key, leader_uid, organization_id, device_id, request_id, state)
			VALUES ('default', '` + alert.UID + `', '` + alert.UID + `', 1, ` + strconv.Itoa(alert.DeviceID) + `,
				(SELECT coalesce(max(request_id), 900000) + 1 FROM incidents), 'open') RETURNING id)
		INSERT INTO alerts (connection, uid, state, incident_id) SELECT 'default', '` + alert.UID + `', 'active', id FROM i`)
}
