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

// The same fault again joins the open request, with a note that says how often, at most one in a quarter of an hour.
func TestRecurrencesJoin(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{})
	first := o.opens(o.fires(full), "opened")
	o.forget()
	for i, note := range []bool{true, false, false} {
		joined := o.opens(o.fires(full), "joined")
		require.Equal(t, first.RequestID, joined.RequestID)
		require.Contains(t, joined.Text, itoa(i+2)+" occurrences")
		if note {
			require.Equal(t, []string{"POST /api/v0/activities"}, o.calls())
		}
	}
	require.Empty(t, o.calls(), "the note was written a moment ago")
	o.ages(first.IncidentID, "noted_at", 14*time.Minute)
	o.opens(o.fires(full), "joined")
	require.Empty(t, o.calls())
	o.ages(first.IncidentID, "noted_at", 2*time.Minute)
	last := o.fires(full)
	o.opens(last, "joined")
	notes := o.notes("request", first.RequestID)
	require.Len(t, notes, 2)
	require.Equal(t, "Repeat alert (2 occurrences)", notes[0].Subject)
	require.Equal(t, "Repeat alert (6 occurrences)", notes[1].Subject)
	require.Contains(t, notes[1].Body, last.UID)
	require.Len(t, o.accelo.Snapshot().Requests, 1)
}

// What is not the same fault has a request of its own: another condition, another device, and any without a condition.
func TestOtherFaultsDoNotJoin(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{})
	other := o.world.device(o.organization, "LAB")
	nameless := o.fires(full)
	nameless.Condition = ""
	for _, alert := range []rules.Alert{o.fires(full), o.fires(slow), o.world.fires(other, full), nameless} {
		o.opens(alert, "opened")
	}
	require.Len(t, o.accelo.Snapshot().Requests, 4)
}

// A recurrence that comes while the request is being opened is counted, and its note is for the next one to write.
func TestJoinsWhileOpening(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{})
	leader, second := o.fires(full), o.fires(full)
	o.onCall(1, "POST /api/v0/requests", func() bool {
		joined := o.opens(second, "joined")
		require.Zero(t, joined.RequestID)
		require.Contains(t, joined.Text, "still being opened")
		return true
	})
	o.opens(leader, "opened")
	require.Equal(t, []string{"POST /api/v0/requests"}, o.calls())
	o.closes(leader, "others-active")
	o.closes(second, "closed")
}

// a new one.
func TestReopenWindow(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		window  time.Duration
		outcome flow.Outcome
	}{
		{"within", time.Hour, "reopened"},
		{"after", time.Nanosecond, "opened"},
		{"none", 0, "opened"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			o := newOffice(t, settings{reopen: test.window})
			alert := o.fires(full)
			first := o.opens(alert, "opened")
			o.closes(alert, "closed")
			o.forget()
			again := o.opens(o.fires(full), test.outcome)
			require.False(t, again.ResetMeanwhile)
			if test.outcome == "opened" {
				require.NotEqual(t, first.RequestID, again.RequestID)
				require.Equal(t, "closed", o.request(first.RequestID).Standing)
				return
			}
			require.Equal(t, []string{"PUT /api/v0/requests/{id}"}, o.calls())
			require.Equal(t, first.RequestID, again.RequestID)
			require.Equal(t, "open", o.request(first.RequestID).Standing)
			o.follows(first.RequestID, 1, "echo")

			require.NoError(t, o.accelo.CloseRequest(first.RequestID))
			o.follows(first.RequestID, 1, "closed")
			require.Equal(t, first.RequestID, o.opens(o.fires(full), "reopened").RequestID)
		})
	}
}

// A request that was converted is never taken up again.
func TestConvertedRequestIsNotReopened(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{reopen: time.Hour})
	first := o.opens(o.fires(full), "opened")
	_, err := o.accelo.ConvertRequest(first.RequestID, "issue")
	require.NoError(t, err)
	o.follows(first.RequestID, 1, "converted")
	require.NotEqual(t, first.RequestID, o.opens(o.fires(full), "opened").RequestID)
}

// An outage while a request is reopened is waited out: in the end it is open, and it was set so by one call that worked.
func TestOutageWhileReopening(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{reopen: time.Hour})
	alert := o.fires(full)
	first := o.opens(alert, "opened")
	o.closes(alert, "closed")
	o.trouble(lab.Fault{Kind: lab.FaultHTML502, Method: "PUT", Path: "/requests/", Count: 2})
	again := o.fires(full)
	result, err := persist[activities.AcceloOpenRequestResult](o.world, o.steps.AcceloOpenRequest,
		activities.AcceloOpenRequestInput{Connection: "default", Alert: again})
	require.NoError(t, err)
	require.Equal(t, flow.Reopened, result.Outcome)
	require.Equal(t, first.RequestID, result.RequestID)
	require.Equal(t, "open", o.request(first.RequestID).Standing)
	o.closes(again, "closed")
}
