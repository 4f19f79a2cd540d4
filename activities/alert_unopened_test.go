package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/simulator/lab"
	"ninjaone-accelo/internal/store"
)

func refusesRequests() lab.Fault {
	return lab.Fault{Kind: lab.FaultStatus, Status: 400, Method: "POST", Path: "/requests$"}
}

// An alert that could have no request needs none once it is reset: nothing of it stays parked, and trying it again opens nothing.
func TestParkedAlertIsReset(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{})
	alert, early := o.fires(full), o.fires(slow)
	o.trouble(refusesRequests())
	for _, one := range []rules.Alert{alert, early} {
		_, err := o.open(one)
		require.Equal(t, activities.Refused, failure(t, err).Type())
	}
	o.closes(alert, "tombstone")
	require.Equal(t, []string{"alert " + early.UID}, o.parked())

	o.sql(`DELETE FROM failures`) // as if the reset came while its trigger was not parked yet
	o.closes(early, "opening")
	_, err := o.open(early)
	require.NoError(t, err)

	o.trouble()
	for _, one := range []rules.Alert{alert, early, alert} {
		o.opens(one, flow.AlreadyReset)
	}
	require.Empty(t, o.accelo.Snapshot().Requests)
	require.Empty(t, o.parked())

	again := o.fires(full)
	o.opens(again, "opened")
	require.Len(t, o.accelo.Snapshot().Requests, 1, "the fault's next time is a request of its own")
}

// While another alert waits for the same request, it is still to be opened.
func TestParkedAlertIsResetWhileAnotherWaits(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{})
	alert, second := o.fires(full), o.fires(full)
	o.trouble(refusesRequests())
	_, err := o.open(alert)
	require.Error(t, err)
	o.opens(second, "joined")
	o.closes(alert, "others-active")
	require.Equal(t, []string{"alert " + alert.UID}, o.parked())
	o.trouble()
	o.opens(alert, "opened")
	require.Empty(t, o.parked())
	o.closes(second, "closed")
}

// A reset that Accelo refuses to have followed is shown, and tried again like everything that is parked.
func TestRefusedResetIsParked(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{})
	alert := o.fires(full)
	request := o.opens(alert, "opened").RequestID
	o.trouble(lab.Fault{Kind: lab.FaultStatus, Status: 400, Method: "PUT", Path: "/requests/"})
	_, err := runIn[activities.AcceloCloseRequestResult](o.env(), o.steps.AcceloCloseRequest,
		activities.AcceloCloseRequestInput{Connection: "default", UID: alert.UID, Message: "over"})
	require.Equal(t, activities.Refused, failure(t, err).Type())
	require.Equal(t, []string{"alert " + alert.UID}, o.parked())
	parked, err := o.database.Failures(t.Context(), "default")
	require.NoError(t, err)
	require.Equal(t, store.ResetEvent, parked[0].EventType)
	overdue, err := runIn[activities.ReconcileOverdueResult](o.env(), o.steps.ReconcileOverdue,
		activities.ReconcileOverdueInput{Connection: "default", Now: true})
	require.NoError(t, err)
	require.Empty(t, overdue.Alerts)
	require.Equal(t, []flow.AlertResetInput{{Connection: "default", UID: alert.UID, Message: "over"}}, overdue.Resets)

	o.trouble()
	require.Equal(t, request, o.closes(alert, "closed").RequestID)
	require.Empty(t, o.parked())
}

// A request that is not to be found has nothing to be closed, and is no reason to reset anything.
func TestRequestIsGone(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{})
	alert := o.fires(full)
	request := o.opens(alert, "opened").RequestID
	require.NoError(t, o.accelo.DeleteRequest(request))
	followed := o.follows(request, 1, flow.Unchanged)
	require.Empty(t, followed.Reset)
	require.Contains(t, followed.Text, "can't be found")
	o.closes(alert, "gone")
	require.Empty(t, o.parked())
	o.opens(o.fires(full), "opened")
}
