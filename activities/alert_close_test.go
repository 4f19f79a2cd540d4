package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/simulator/lab"
)

// closeWithRetries closes the request of an alert, with retries.
func (f *fixture) closeWithRetries(alert rules.Alert) activities.AcceloCloseRequestResult {
	f.t.Helper()
	result, err := runWithRetries[activities.AcceloCloseRequestResult](f, f.steps.AcceloCloseRequest, closeInput(alert))
	require.NoError(f.t, err)
	return result
}

// ON_RESET closes the request always, only if it is unclaimed, or never. A request that stays open gets a note about the
// reset.
func TestOnReset(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		choice  rules.OnReset
		claimed bool
		outcome flow.Outcome
	}{
		{choice: "", claimed: false, outcome: "closed"},
		{choice: rules.OnResetClose, claimed: true, outcome: "closed"},
		{choice: rules.OnResetCloseUnclaimed, claimed: false, outcome: "closed"},
		{choice: rules.OnResetCloseUnclaimed, claimed: true, outcome: "noted"},
		{choice: rules.OnResetNote, claimed: false, outcome: "noted"},
	} {
		t.Run(string(test.choice)+" "+string(test.outcome), func(t *testing.T) {
			t.Parallel()
			f := newAlertFixture(t, settings{onReset: test.choice})
			alert := f.triggerAlert(full)
			request := f.mustOpen(alert, "opened").RequestID
			if test.claimed {
				require.NoError(t, f.accelo.ClaimRequest(request, f.accelo.Snapshot().Staff[0].ID))
			}
			before := f.request(request).Standing
			f.resetCalls()
			require.Equal(t, request, f.mustClose(alert, test.outcome).RequestID)
			if test.outcome == "closed" {
				require.Equal(t, []string{"GET /api/v0/requests/{id}", "PUT /api/v0/requests/{id}"}, f.calls())
				require.Equal(t, "closed", f.request(request).Standing)
				require.Empty(t, f.notes("request", request))
				f.mustClose(alert, "already-closed")
				require.Empty(t, f.calls())
				return
			}
			require.Equal(t, []string{"GET /api/v0/requests/{id}", "POST /api/v0/activities"}, f.calls())
			require.Equal(t, before, f.request(request).Standing)
			notes := f.notes("request", request)
			require.Len(t, notes, 1)
			require.Equal(t, "Alert reset in NinjaOne", notes[0].Subject)
			require.Contains(t, notes[0].Body, "Disk C: has room again")
			require.Contains(t, notes[0].Body, alert.UID)
		})
	}
}

// A request stays open until its last alert is reset.
func TestLastResetCloses(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	first, second := f.triggerAlert(full), f.triggerAlert(full)
	request := f.mustOpen(first, "opened").RequestID
	f.mustOpen(second, "joined")
	f.resetCalls()
	require.Equal(t, request, f.mustClose(first, "others-active").RequestID)
	require.Empty(t, f.calls())
	f.mustClose(second, "closed")
	require.Equal(t, "closed", f.request(request).Standing)
	f.mustClose(first, "already-closed")
}

// An alert that joins just before the request is closed keeps it open.
func TestJoinBeforeClose(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	first, second := f.triggerAlert(full), f.triggerAlert(full)
	request := f.mustOpen(first, "opened").RequestID
	f.onCall(1, "GET /api/v0/requests/"+itoa(int(request)), func() bool {
		f.mustOpen(second, "joined")
		return true
	})
	f.mustClose(first, "others-active")
	require.NotEqual(t, "closed", f.request(request).Standing)
	f.mustClose(second, "closed")
}

// An alert that is triggered while the request is being closed gets a new request.
func TestTriggerDuringClose(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	first, second := f.triggerAlert(full), f.triggerAlert(full)
	request := f.mustOpen(first, "opened").RequestID
	f.onCall(1, "PUT /api/v0/requests/"+itoa(int(request)), func() bool {
		require.NotEqual(t, request, f.mustOpen(second, "opened").RequestID)
		return true
	})
	f.mustClose(first, "closed")
	require.Len(t, f.accelo.Snapshot().Requests, 2)
	require.NotEqual(t, "closed", f.accelo.Snapshot().Requests[1].Standing)
}

// If someone already closed the request, nothing is left to do. If it was converted, the ticket gets a note instead.
func TestResetAfterManualChange(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	alert := f.triggerAlert(full)
	request := f.mustOpen(alert, "opened").RequestID
	require.NoError(t, f.accelo.CloseRequest(request))
	f.resetCalls()
	f.mustClose(alert, "already-closed")
	require.Equal(t, []string{"GET /api/v0/requests/{id}"}, f.calls())
	f.mustClose(alert, "already-closed")
	require.Empty(t, f.calls())

	for _, followed := range []bool{false, true} { // whether we already know of the conversion
		f := newAlertFixture(t, settings{onConvert: rules.OnConvertKeep})
		alert := f.triggerAlert(full)
		request := f.mustOpen(alert, "opened").RequestID
		ticket, err := f.accelo.ConvertRequest(request, "issue")
		require.NoError(t, err)
		if followed {
			f.mustFollow(request, 1, "converted")
		}
		f.mustClose(alert, "noted")
		require.Equal(t, "converted", f.request(request).Standing)
		notes := f.notes("issue", ticket.ID)
		require.Len(t, notes, 1)
		require.Contains(t, notes[0].Body, alert.UID)
		require.Empty(t, f.notes("request", request))
	}
}

// Our own reset, after a conversion, adds no note to the ticket.
func TestOwnResetIsEcho(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	alert := f.triggerAlert(full)
	request := f.mustOpen(alert, "opened").RequestID
	ticket, err := f.accelo.ConvertRequest(request, "issue")
	require.NoError(t, err)
	require.Equal(t, []string{alert.UID}, f.mustFollow(request, 1, "converted").Reset)
	_, err = f.resetAlerts(alert.UID)
	require.NoError(t, err)
	f.resetCalls()
	f.mustClose(alert, "echo")
	require.Empty(t, f.calls())
	require.Empty(t, f.notes("issue", ticket.ID))
}

// Closing the request is retried after an outage or a lost reply. In the end it is closed, by us, and the same fault later gets a
// new request.
func TestOutageWhileClosing(t *testing.T) {
	t.Parallel()
	for _, fault := range []lab.Fault{
		{Kind: lab.FaultHTML502, Method: "PUT", Path: "/requests/", Count: 1},
		{Kind: lab.FaultLoseReply, Method: "PUT", Path: "/requests/", Count: 1},
		{Kind: lab.FaultHTML502, Method: "GET", Path: "/requests/", Count: 2},
	} {
		t.Run(fault.Kind+" "+fault.Method, func(t *testing.T) {
			t.Parallel()
			f := newAlertFixture(t, settings{})
			alert := f.triggerAlert(full)
			request := f.mustOpen(alert, "opened").RequestID
			f.injectFaults(fault)
			result := f.closeWithRetries(alert)
			require.Contains(t, []flow.Outcome{flow.Closed, flow.AlreadyClosed}, result.Outcome)
			require.Equal(t, request, result.RequestID)
			require.Equal(t, "closed", f.request(request).Standing)
			f.mustFollow(request, 1, "echo")
			require.NotEqual(t, request, f.mustOpen(f.triggerAlert(full), "opened").RequestID)
		})
	}
}

// If Accelo rejects the close, the workflow ends.
func TestRejectedClose(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	alert := f.triggerAlert(full)
	f.mustOpen(alert, "opened")
	f.injectFaults(lab.Fault{Kind: lab.FaultStatus, Status: 400, Method: "PUT", Path: "/requests/"})
	_, err := f.close(alert)
	require.Equal(t, activities.Refused, applicationError(t, err).Type())
	require.True(t, applicationError(t, err).NonRetryable())
}

// A note about a reset whose reply was lost is not written twice.
func TestLostReplyOfResetNote(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{onReset: rules.OnResetNote})
	alert := f.triggerAlert(full)
	request := f.mustOpen(alert, "opened").RequestID
	f.resetCalls()
	f.injectFaults(lab.Fault{Kind: lab.FaultLoseReply, Method: "POST", Path: "/activities$", Count: 1})
	require.Equal(t, flow.Noted, f.closeWithRetries(alert).Outcome)
	require.Equal(t, map[string]int{"POST /api/v0/activities": 1}, f.writes())
	require.Len(t, f.notes("request", request), 1)
}

// A request that stays open gets a note about each reset, of each of its alerts.
func TestNoteForEachReset(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{onReset: rules.OnResetNote, claims: short})
	first, second := f.triggerAlert(full), f.triggerAlert(full)
	request := f.mustOpen(first, "opened").RequestID
	f.mustClose(first, "noted")
	f.mustOpen(second, "joined")
	f.injectFaults(lab.Fault{Kind: lab.FaultHTML502, Method: "POST", Path: "/activities$", Count: 1})
	f.closeWithRetries(second)
	var told []string
	for _, note := range f.notes("request", request) {
		if note.Subject == "Alert reset in NinjaOne" {
			told = append(told, note.Body)
		}
	}
	require.Len(t, told, 2)
	require.Contains(t, told[1], second.UID)
}
