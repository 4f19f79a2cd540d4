package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/simulator/lab"
)

// The same fault joins the open request, with a note about how often it occurred, at most every 15 minutes.
func TestRecurrencesJoin(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	first := f.mustOpen(f.triggerAlert(full), "opened")
	f.resetCalls()
	for i, note := range []bool{true, false, false} {
		joined := f.mustOpen(f.triggerAlert(full), "joined")
		require.Equal(t, first.RequestID, joined.RequestID)
		require.Contains(t, joined.Text, itoa(i+2)+" occurrences")
		if note {
			require.Equal(t, []string{"POST /api/v0/activities"}, f.calls())
		}
	}
	require.Empty(t, f.calls(), "the last note is recent")
	f.backdate(first.IncidentID, "noted_at", 14*time.Minute)
	f.mustOpen(f.triggerAlert(full), "joined")
	require.Empty(t, f.calls())
	f.backdate(first.IncidentID, "noted_at", 2*time.Minute)
	last := f.triggerAlert(full)
	f.mustOpen(last, "joined")
	notes := f.notes("request", first.RequestID)
	require.Len(t, notes, 2)
	require.Equal(t, "Repeat alert (2 occurrences)", notes[0].Subject)
	require.Equal(t, "Repeat alert (6 occurrences)", notes[1].Subject)
	require.Contains(t, notes[1].Body, last.UID)
	require.Len(t, f.accelo.Snapshot().Requests, 1)
}

// A different fault gets its own request: another condition, another device, or an alert without a condition.
func TestOtherFaultsDoNotJoin(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	other := f.fixture.device(f.organization, "LAB")
	nameless := f.triggerAlert(full)
	nameless.Condition = ""
	for _, alert := range []rules.Alert{f.triggerAlert(full), f.triggerAlert(slow), f.fixture.triggerAlert(other, full), nameless} {
		f.mustOpen(alert, "opened")
	}
	require.Len(t, f.accelo.Snapshot().Requests, 4)
}

// A recurrence while the request is being opened is counted. The next recurrence writes the note.
func TestJoinWhileOpening(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	leader, second := f.triggerAlert(full), f.triggerAlert(full)
	f.onCall(1, "POST /api/v0/requests", func() bool {
		joined := f.mustOpen(second, "joined")
		require.Zero(t, joined.RequestID)
		require.Contains(t, joined.Text, "still being opened")
		return true
	})
	f.mustOpen(leader, "opened")
	require.Equal(t, []string{"POST /api/v0/requests"}, f.calls())
	f.mustClose(leader, "others-active")
	f.mustClose(second, "closed")
}

// Within the window the same fault reopens the request that its reset closed. Later, or without a window, it gets a new one.
func TestReopenWindow(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		window  time.Duration
		outcome flow.Outcome
	}{
		{name: "within", window: time.Hour, outcome: "reopened"},
		{name: "after", window: time.Nanosecond, outcome: "opened"},
		{name: "none", window: 0, outcome: "opened"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newAlertFixture(t, settings{reopen: test.window})
			alert := f.triggerAlert(full)
			first := f.mustOpen(alert, "opened")
			f.mustClose(alert, "closed")
			f.resetCalls()
			again := f.mustOpen(f.triggerAlert(full), test.outcome)
			require.False(t, again.ResetMeanwhile)
			if test.outcome == "opened" {
				require.NotEqual(t, first.RequestID, again.RequestID)
				require.Equal(t, "closed", f.request(first.RequestID).Standing)
				return
			}
			require.Equal(t, []string{"GET /api/v0/requests/{id}", "PUT /api/v0/requests/{id}"}, f.calls())
			require.Equal(t, first.RequestID, again.RequestID)
			require.Equal(t, "open", f.request(first.RequestID).Standing)
			f.mustFollow(first.RequestID, 1, "echo")
		})
	}
}

// A converted request is never reopened.
func TestConvertedRequestIsNotReopened(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{reopen: time.Hour})
	first := f.mustOpen(f.triggerAlert(full), "opened")
	_, err := f.accelo.ConvertRequest(first.RequestID, "issue")
	require.NoError(t, err)
	f.mustFollow(first.RequestID, 1, "converted")
	require.NotEqual(t, first.RequestID, f.mustOpen(f.triggerAlert(full), "opened").RequestID)
}

// Reopening a request is retried after an outage. In the end exactly one call reopened it.
func TestOutageWhileReopening(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{reopen: time.Hour})
	alert := f.triggerAlert(full)
	first := f.mustOpen(alert, "opened")
	f.mustClose(alert, "closed")
	f.injectFaults(lab.Fault{Kind: lab.FaultHTML502, Method: "PUT", Path: "/requests/", Count: 2})
	again := f.triggerAlert(full)
	result, err := runWithRetries[activities.AcceloOpenRequestResult](f.fixture, f.steps.AcceloOpenRequest,
		activities.AcceloOpenRequestInput{Connection: "default", Alert: again})
	require.NoError(t, err)
	require.Equal(t, flow.Reopened, result.Outcome)
	require.Equal(t, first.RequestID, result.RequestID)
	require.Equal(t, "open", f.request(first.RequestID).Standing)
	f.mustClose(again, "closed")
}

// An attempt to reset many alerts continues where the one before stopped, and an alert that NinjaOne refuses to reset keeps no other one waiting.
func TestResetsContinue(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	const count, before = 12, 8
	var request int64
	for range count {
		opened, err := f.open(f.triggerAlert(full))
		require.NoError(t, err)
		request = opened.RequestID
	}
	require.NoError(t, f.accelo.CloseRequest(request))
	uids := f.mustFollow(request, 1, "closed").Reset
	require.Len(t, uids, count)
	f.failCall(1, "DELETE /v2/alert/"+uids[before])
	_, err := f.resetAlerts(uids...)
	require.Error(t, err)
	f.resetCalls()
	require.NoError(t, f.ninja.Lab.Faults.Set(lab.Fault{Kind: lab.FaultStatus, Status: 404, Method: "DELETE", Path: "/alert/", Count: 1}))
	_, err = f.resetAlerts(uids...)
	require.ErrorContains(t, err, "lists alert "+uids[before]+" as active")
	require.Len(t, f.calls(), count-before+1, "one for each of the rest, and the list for the refused one")
	f.resetCalls()
	reset, err := f.resetAlerts(uids...)
	require.NoError(t, err)
	require.Equal(t, activities.NinjaResetAlertsResult{Reset: count}, reset)
	require.Equal(t, []string{"DELETE /v2/alert/{id}"}, f.calls())
	require.Empty(t, f.active())
}

// One read of a request names a bounded number of its alerts, and says that there are others.
func TestFollowNamesABoundedNumberOfAlerts(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	opened := f.mustOpen(f.triggerAlert(full), "opened")
	f.sql(`INSERT INTO alerts (connection, uid, state, incident_id) SELECT 'default', 'uid-' || n, 'active', ` + itoa(int(opened.IncidentID)) +
		` FROM generate_series(1, 600) AS n`)
	require.NoError(t, f.accelo.CloseRequest(opened.RequestID))
	followed := f.mustFollow(opened.RequestID, 1, "closed")
	require.Len(t, followed.Reset, 500)
	require.True(t, followed.More)
	f.sql(`UPDATE alerts SET state = 'reset' WHERE uid LIKE 'uid-5%'`)
	followed = f.mustFollow(opened.RequestID, 0, "closed")
	require.Len(t, followed.Reset, 490)
	require.False(t, followed.More)
}
