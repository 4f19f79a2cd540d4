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

// openWithRetries opens the request of an alert, with retries.
func (f *fixture) openWithRetries(alert rules.Alert) activities.AcceloOpenRequestResult {
	f.t.Helper()
	result, err := runWithRetries[activities.AcceloOpenRequestResult](f, f.steps.AcceloOpenRequest,
		activities.AcceloOpenRequestInput{Connection: "default", Alert: alert})
	require.NoError(f.t, err)
	return result
}

// A request whose create reply was lost is recognized by the alert's mark, among others of the same company, and adopted. There is
// one request.
func TestLostReplyOfRequest(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(alert *rules.Alert){
		"fired a moment ago":         func(*rules.Alert) {},
		"not told when it fired":     func(alert *rules.Alert) { alert.TriggeredAt = time.Time{} },
		"with a mark in its message": func(alert *rules.Alert) { alert.Message += "\n\nNinjaOne alert UID: another\n" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newAlertFixture(t, settings{claims: long})
			other := f.mustOpen(f.triggerAlert(slow), "opened")
			alert := f.triggerAlert(full)
			edit(&alert)
			f.resetCalls()
			f.injectFaults(lab.Fault{Kind: lab.FaultLoseReply, Method: "POST", Path: "/requests$", Count: 1})
			result := f.openWithRetries(alert)
			require.Equal(t, flow.Opened, result.Outcome)
			require.NotEqual(t, other.RequestID, result.RequestID)
			require.False(t, other.Found)
			require.True(t, result.Found, "someone may have changed it already")
			require.Equal(t, map[string]int{"POST /api/v0/requests": 1}, f.writes())
			requests := f.accelo.Snapshot().Requests
			require.Len(t, requests, 2)
			require.Equal(t, requests[1].ID, result.RequestID)
			require.Empty(t, f.failed())
			f.mustClose(alert, "closed")
		})
	}
}

// A create that may still take effect is not repeated before it can no longer do so.
func TestRequestInDoubtWaits(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{claims: long})
	alert := f.triggerAlert(full)
	f.injectFaults(lab.Fault{Kind: lab.FaultDropBefore, Method: "POST", Path: "/requests$", Count: 1})
	_, err := f.open(alert)
	require.Equal(t, activities.Unavailable, applicationError(t, err).Type())
	_, err = f.open(alert)
	require.Equal(t, activities.ClaimHeld, applicationError(t, err).Type())
	require.False(t, applicationError(t, err).NonRetryable())
	require.Empty(t, f.accelo.Snapshot().Requests)
	require.Empty(t, f.failed())
}

// When that time is over and the request does not exist, it is created once.
func TestDoubtAboutRequestEnds(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{claims: short})
	f.injectFaults(lab.Fault{Kind: lab.FaultDropBefore, Method: "POST", Path: "/requests$", Count: 2})
	require.Equal(t, flow.Opened, f.openWithRetries(f.triggerAlert(full)).Outcome)
	require.Len(t, f.accelo.Snapshot().Requests, 1)
}

// Two workers with the same alert open one request. The slower one finds it.
func TestAlertOnTwoWorkers(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{claims: store.ClaimTimes{}})
	alert := f.triggerAlert(full)
	f.onCall(1, "POST /api/v0/requests", func() bool {
		_, err := f.open(alert)
		require.Equal(t, activities.ClaimHeld, applicationError(t, err).Type())
		return true
	})
	first := f.mustOpen(alert, "opened")
	require.Equal(t, first.RequestID, f.mustOpen(alert, "opened").RequestID)
	require.Len(t, f.accelo.Snapshot().Requests, 1)
}

// A note whose reply was lost is not written twice.
func TestLostReplyOfNote(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	first := f.mustOpen(f.triggerAlert(full), "opened")
	f.injectFaults(lab.Fault{Kind: lab.FaultLoseReply, Method: "POST", Path: "/activities$", Count: 1})
	f.resetCalls()
	require.Equal(t, flow.Joined, f.openWithRetries(f.triggerAlert(full)).Outcome)
	require.Equal(t, map[string]int{"POST /api/v0/activities": 1}, f.writes())
	require.Len(t, f.notes("request", first.RequestID), 1)
}

// What was created although its reply was lost is found, and not created again, even if the list that should show it is empty once.
func TestLostReplyAndEmptyList(t *testing.T) {
	t.Parallel()
	for name, path := range map[string]string{"request": "/requests", "note": "/activities"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newAlertFixture(t, settings{claims: long})
			if name == "note" {
				f.mustOpen(f.triggerAlert(full), "opened")
			}
			alert := f.triggerAlert(full)
			f.resetCalls()
			f.injectFaults(lab.Fault{Kind: lab.FaultLoseReply, Method: "POST", Path: path + "$", Count: 1})
			_, err := f.open(alert)
			require.Equal(t, activities.Unavailable, applicationError(t, err).Type())
			f.sql(`UPDATE links SET doubt_until = now() - interval '1 second' WHERE state = 'doubt'`)
			f.injectFaults(lab.Fault{Kind: accelosim.FaultListEmpty, Method: "GET", Path: path + "$", Count: 1})
			_, err = f.open(alert)
			require.NoError(t, err)
			require.Equal(t, 1, f.writes()["POST /api/v0"+path])
		})
	}
}

// A note that failed is written by the next attempt.
func TestFailedNoteIsWritten(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{claims: short})
	first := f.mustOpen(f.triggerAlert(full), "opened")
	f.injectFaults(lab.Fault{Kind: lab.FaultHTML502, Method: "POST", Path: "/activities$", Count: 1})
	require.Equal(t, flow.Joined, f.openWithRetries(f.triggerAlert(full)).Outcome)
	notes := f.notes("request", first.RequestID)
	require.Len(t, notes, 1)
	require.Equal(t, "Repeat alert (2 occurrences)", notes[0].Subject)
}

// An attempt can't rely on its attempt number: a workflow that was reset or restarted, and a local activity on another worker, count
// from one. The claim shows that an earlier attempt may have succeeded.
func TestLostReplyInEarlierExecution(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		mode accelosim.Mode
		path string
	}{
		{name: "asset link", mode: accelosim.ModeOpen, path: "/links$"},
		{name: "device note", mode: accelosim.ModeDocumented, path: "/activities$"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newAlertFixture(t, settings{mode: test.mode})
			alert := f.triggerAlert(full)
			opened := f.mustOpen(alert, "opened")
			f.injectFaults(lab.Fault{Kind: lab.FaultLoseReply, Method: "POST", Path: test.path, Count: 1})
			f.writes()
			_, err := runIn[activities.AcceloSyncAlertDeviceResult](f.env(), f.steps.AcceloSyncAlertDevice, alertDeviceInput(alert, opened.IncidentID))
			require.Error(t, err)
			require.Len(t, f.writes(), 1)
			f.syncAlertDevice(alert, opened.IncidentID)
			require.Empty(t, f.writes(), "it existed already")
		})
	}
	t.Run("note of a recurrence", func(t *testing.T) {
		t.Parallel()
		f := newAlertFixture(t, settings{})
		f.mustOpen(f.triggerAlert(full), "opened")
		again := f.triggerAlert(full)
		f.injectFaults(lab.Fault{Kind: lab.FaultLoseReply, Method: "POST", Path: "/activities$", Count: 1})
		f.writes()
		_, err := f.open(again)
		require.Error(t, err)
		require.Len(t, f.writes(), 1)
		f.mustOpen(again, "joined")
		require.Empty(t, f.writes(), "it existed already")
	})
}
