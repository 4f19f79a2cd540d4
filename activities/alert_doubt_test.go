package activities_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	accelosim "ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/lab"
	"ninjaone-accelo/internal/store"
)

// openPersistently opens an alert's request, attempt after attempt.
func (w *world) openPersistently(alert rules.Alert) activities.AcceloOpenRequestResult {
	w.t.Helper()
	result, err := persist[activities.AcceloOpenRequestResult](w, w.steps.AcceloOpenRequest,
		activities.AcceloOpenRequestInput{Connection: "default", Alert: alert})
	require.NoError(w.t, err)
	return result
}

// A request whose creation nobody saw the reply of is recognized by the alert's mark, among others of the same company, and
// adopted: there is one.
func TestLostReplyOfARequest(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(alert *rules.Alert){
		"fired a moment ago":         func(*rules.Alert) {},
		"not told when it fired":     func(alert *rules.Alert) { alert.TriggeredAt = time.Time{} },
		"with a mark in its message": func(alert *rules.Alert) { alert.Message += "\n\nNinjaOne alert UID: another\n" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t, settings{claims: long})
			other := o.opens(o.fires(slow), "opened")
			alert := o.fires(full)
			edit(&alert)
			o.forget()
			o.trouble(lab.Fault{Kind: lab.FaultLoseReply, Method: "POST", Path: "/requests$", Count: 1})
			result := o.openPersistently(alert)
			require.Equal(t, flow.Opened, result.Outcome)
			require.NotEqual(t, other.RequestID, result.RequestID)
			require.False(t, other.Found)
			require.True(t, result.Found, "somebody may have worked on it already")
			require.Equal(t, map[string]int{"POST /api/v0/requests": 1}, o.writes())
			requests := o.accelo.Snapshot().Requests
			require.Len(t, requests, 2)
			require.Equal(t, requests[1].ID, result.RequestID)
			require.Empty(t, o.parked())
			o.closes(alert, "closed")
		})
	}
}

// A create that may still take effect is waited for before it is sent again.
func TestDoubtfulRequestIsWaitedFor(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{claims: long})
	alert := o.fires(full)
	o.trouble(lab.Fault{Kind: lab.FaultDropBefore, Method: "POST", Path: "/requests$", Count: 1})
	_, err := o.open(alert)
	require.Equal(t, activities.Unavailable, failure(t, err).Type())
	_, err = o.open(alert)
	require.Equal(t, activities.ClaimHeld, failure(t, err).Type())
	require.False(t, failure(t, err).NonRetryable())
	require.Empty(t, o.accelo.Snapshot().Requests)
	require.Empty(t, o.parked())
}

// When the time is up and the request is not there, it is created, once.
func TestDoubtAboutARequestEnds(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{claims: short})
	o.trouble(lab.Fault{Kind: lab.FaultDropBefore, Method: "POST", Path: "/requests$", Count: 2})
	require.Equal(t, flow.Opened, o.openPersistently(o.fires(full)).Outcome)
	require.Len(t, o.accelo.Snapshot().Requests, 1)
}

// Two workers that have the same alert at once open one request; the slower one finds it.
func TestAlertOnTwoWorkers(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{claims: store.ClaimTimes{}})
	alert := o.fires(full)
	o.onCall(1, "POST /api/v0/requests", func() bool {
		_, err := o.open(alert)
		require.Equal(t, activities.ClaimHeld, failure(t, err).Type())
		return true
	})
	first := o.opens(alert, "opened")
	require.Equal(t, first.RequestID, o.opens(alert, "opened").RequestID)
	require.Len(t, o.accelo.Snapshot().Requests, 1)
}

// A note whose reply was lost is not written twice.
func TestLostReplyOfANote(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{})
	first := o.opens(o.fires(full), "opened")
	o.trouble(lab.Fault{Kind: lab.FaultLoseReply, Method: "POST", Path: "/activities$", Count: 1})
	o.forget()
	require.Equal(t, flow.Joined, o.openPersistently(o.fires(full)).Outcome)
	require.Equal(t, map[string]int{"POST /api/v0/activities": 1}, o.writes())
	require.Len(t, o.notes("request", first.RequestID), 1)
}

// A note that failed is written by the next attempt.
func TestFailedNoteIsWritten(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{claims: short})
	first := o.opens(o.fires(full), "opened")
	o.trouble(lab.Fault{Kind: lab.FaultHTML502, Method: "POST", Path: "/activities$", Count: 1})
	require.Equal(t, flow.Joined, o.openPersistently(o.fires(full)).Outcome)
	notes := o.notes("request", first.RequestID)
	require.Len(t, notes, 1)
	require.Equal(t, "Repeat alert (2 occurrences)", notes[0].Subject)
}

// Whoever tries again is not told by Temporal that it is not the first: a workflow that was reset or started anew, and a local activity
// that begins again on another worker, count from one. What was begun is claimed, and so is looked for.
func TestLostReplyInAnEarlierExecution(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		mode accelosim.Mode
		path string
	}{
		{"asset link", accelosim.ModeOpen, "/links$"},
		{"device note", accelosim.ModeDocumented, "/activities$"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t, settings{mode: test.mode})
			alert := o.fires(full)
			opened := o.opens(alert, "opened")
			o.trouble(lab.Fault{Kind: lab.FaultLoseReply, Method: "POST", Path: test.path, Count: 1})
			o.writes()
			_, err := runIn[activities.AcceloSyncAlertDeviceResult](o.env(), o.steps.AcceloSyncAlertDevice, linkInput(alert, opened.IncidentID))
			require.Error(t, err)
			require.Len(t, o.writes(), 1)
			o.links(alert, opened.IncidentID)
			require.Empty(t, o.writes(), "it was there")
		})
	}
	t.Run("note of a recurrence", func(t *testing.T) {
		t.Parallel()
		o := newOffice(t, settings{})
		o.opens(o.fires(full), "opened")
		again := o.fires(full)
		o.trouble(lab.Fault{Kind: lab.FaultLoseReply, Method: "POST", Path: "/activities$", Count: 1})
		o.writes()
		_, err := o.open(again)
		require.Error(t, err)
		require.Len(t, o.writes(), 1)
		o.opens(again, "joined")
		require.Empty(t, o.writes(), "it was there")
	})
}
