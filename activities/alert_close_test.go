package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/simulator/lab"
)

// closePersistently closes an alert's request, attempt after attempt.
func (w *world) closePersistently(alert rules.Alert) activities.AcceloCloseRequestResult {
	w.t.Helper()
	result, err := persist[activities.AcceloCloseRequestResult](w, w.steps.AcceloCloseRequest, closeInput(alert))
	require.NoError(w.t, err)
	return result
}

// The choices of ON_RESET: close, leave it to whoever has claimed it, or never close. Where it is not closed a note says that
// the alert is over.
func TestOnReset(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		choice  rules.OnReset
		claimed bool
		outcome flow.Outcome
	}{
		{"", false, "closed"},
		{rules.OnResetClose, true, "closed"},
		{rules.OnResetCloseUnclaimed, false, "closed"},
		{rules.OnResetCloseUnclaimed, true, "noted"},
		{rules.OnResetNote, false, "noted"},
	} {
		t.Run(string(test.choice)+" "+string(test.outcome), func(t *testing.T) {
			t.Parallel()
			o := newOffice(t, settings{onReset: test.choice})
			alert := o.fires(full)
			request := o.opens(alert, "opened").RequestID
			if test.claimed {
				require.NoError(t, o.accelo.ClaimRequest(request, o.accelo.Snapshot().Staff[0].ID))
			}
			before := o.request(request).Standing
			o.forget()
			require.Equal(t, request, o.closes(alert, test.outcome).RequestID)
			if test.outcome == "closed" {
				require.Equal(t, []string{"GET /api/v0/requests/{id}", "PUT /api/v0/requests/{id}"}, o.calls())
				require.Equal(t, "closed", o.request(request).Standing)
				require.Empty(t, o.notes("request", request))
				o.closes(alert, "already-closed")
				require.Empty(t, o.calls())
				return
			}
			require.Equal(t, []string{"GET /api/v0/requests/{id}", "POST /api/v0/activities"}, o.calls())
			require.Equal(t, before, o.request(request).Standing)
			notes := o.notes("request", request)
			require.Len(t, notes, 1)
			require.Equal(t, "Alert reset in NinjaOne", notes[0].Subject)
			require.Contains(t, notes[0].Body, "Disk C: has room again")
			require.Contains(t, notes[0].Body, alert.UID)
		})
	}
}

// A request stays open until the last of its alerts is reset.
func TestLastResetCloses(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{})
	first, second := o.fires(full), o.fires(full)
	request := o.opens(first, "opened").RequestID
	o.opens(second, "joined")
	o.forget()
	require.Equal(t, request, o.closes(first, "others-active").RequestID)
	require.Empty(t, o.calls())
	o.closes(second, "closed")
	require.Equal(t, "closed", o.request(request).Standing)
	o.closes(first, "already-closed")
}

// An alert that joins at the last moment, when the request is just about to be closed, keeps it open.
func TestJoinsBeforeTheClose(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{})
	first, second := o.fires(full), o.fires(full)
	request := o.opens(first, "opened").RequestID
	o.onCall(1, "GET /api/v0/requests/"+itoa(int(request)), func() bool {
		o.opens(second, "joined")
		return true
	})
	o.closes(first, "others-active")
	require.NotEqual(t, "closed", o.request(request).Standing)
	o.closes(second, "closed")
}

// One that fires while the request is being closed has a request of its own.
func TestFiresDuringTheClose(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{})
	first, second := o.fires(full), o.fires(full)
	request := o.opens(first, "opened").RequestID
	o.onCall(1, "PUT /api/v0/requests/"+itoa(int(request)), func() bool {
		require.NotEqual(t, request, o.opens(second, "opened").RequestID)
		return true
	})
	o.closes(first, "closed")
	require.Len(t, o.accelo.Snapshot().Requests, 2)
	require.NotEqual(t, "closed", o.accelo.Snapshot().Requests[1].Standing)
}

// What a person has done with the request counts: closed, nothing is left to do; converted, the ticket gets a note instead.
func TestResetAfterAPerson(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{})
	alert := o.fires(full)
	request := o.opens(alert, "opened").RequestID
	require.NoError(t, o.accelo.CloseRequest(request))
	o.forget()
	o.closes(alert, "already-closed")
	require.Equal(t, []string{"GET /api/v0/requests/{id}"}, o.calls())
	o.closes(alert, "already-closed")
	require.Empty(t, o.calls())

	for _, followed := range []bool{false, true} { // whether the conversion has been told of before
		o := newOffice(t, settings{onConvert: rules.OnConvertKeep})
		alert := o.fires(full)
		request := o.opens(alert, "opened").RequestID
		ticket, err := o.accelo.ConvertRequest(request, "issue")
		require.NoError(t, err)
		if followed {
			o.follows(request, 1, "converted")
		}
		o.closes(alert, "noted")
		require.Equal(t, "converted", o.request(request).Standing)
		notes := o.notes("issue", ticket.ID)
		require.Len(t, notes, 1)
		require.Contains(t, notes[0].Body, alert.UID)
		require.Empty(t, o.notes("request", request))
	}
}

// A reset that we made ourselves, because the request was converted, is no news for the ticket.
func TestOwnResetIsAnEcho(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{})
	alert := o.fires(full)
	request := o.opens(alert, "opened").RequestID
	ticket, err := o.accelo.ConvertRequest(request, "issue")
	require.NoError(t, err)
	require.Equal(t, []string{alert.UID}, o.follows(request, 1, "converted").Reset)
	_, err = o.resets(alert.UID)
	require.NoError(t, err)
	o.forget()
	o.closes(alert, "echo")
	require.Empty(t, o.calls())
	require.Empty(t, o.notes("issue", ticket.ID))
}

// An outage while the request is closed is waited out, a lost reply too: in the end it is closed, by us, and the fault's
// return has a request of its own.
func TestTroubleWhileClosing(t *testing.T) {
	t.Parallel()
	for _, fault := range []lab.Fault{
		{Kind: lab.FaultHTML502, Method: "PUT", Path: "/requests/", Count: 1},
		{Kind: lab.FaultLoseReply, Method: "PUT", Path: "/requests/", Count: 1},
		{Kind: lab.FaultHTML502, Method: "GET", Path: "/requests/", Count: 2},
	} {
		t.Run(fault.Kind+" "+fault.Method, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t, settings{})
			alert := o.fires(full)
			request := o.opens(alert, "opened").RequestID
			o.trouble(fault)
			result := o.closePersistently(alert)
			require.Contains(t, []flow.Outcome{flow.Closed, flow.AlreadyClosed}, result.Outcome)
			require.Equal(t, request, result.RequestID)
			require.Equal(t, "closed", o.request(request).Standing)
			o.follows(request, 1, "echo")
			require.NotEqual(t, request, o.opens(o.fires(full), "opened").RequestID)
		})
	}
}

// What Accelo finally refuses ends the flow.
func TestRefusedClose(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{})
	alert := o.fires(full)
	o.opens(alert, "opened")
	o.trouble(lab.Fault{Kind: lab.FaultStatus, Status: 400, Method: "PUT", Path: "/requests/"})
	_, err := o.close(alert)
	require.Equal(t, activities.Refused, failure(t, err).Type())
	require.True(t, failure(t, err).NonRetryable())
}

// The note of a reset whose reply was lost is not written twice.
func TestLostReplyOfAResetsNote(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{onReset: rules.OnResetNote})
	alert := o.fires(full)
	request := o.opens(alert, "opened").RequestID
	o.forget()
	o.trouble(lab.Fault{Kind: lab.FaultLoseReply, Method: "POST", Path: "/activities$", Count: 1})
	require.Equal(t, flow.Noted, o.closePersistently(alert).Outcome)
	require.Equal(t, map[string]int{"POST /api/v0/activities": 1}, o.writes())
	require.Len(t, o.notes("request", request), 1)
}

// A request that is noted and not closed gets a note about each reset, also when an earlier one was about another alert.
func TestNoteAfterAnotherNote(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{onReset: rules.OnResetNote, claims: short})
	first, second := o.fires(full), o.fires(full)
	request := o.opens(first, "opened").RequestID
	o.closes(first, "noted")
	o.opens(second, "joined")
	o.trouble(lab.Fault{Kind: lab.FaultHTML502, Method: "POST", Path: "/activities$", Count: 1})
	o.closePersistently(second)
	var told []string
	for _, note := range o.notes("request", request) {
		if note.Subject == "Alert reset in NinjaOne" {
			told = append(told, note.Body)
		}
	}
	require.Len(t, told, 2)
	require.Contains(t, told[1], second.UID)
}
