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

// A failed alert that is reset needs no request: its failure is cleared, and a retry opens nothing.
func TestFailedAlertIsReset(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	alert, early := f.triggerAlert(full), f.triggerAlert(slow)
	f.injectFaults(refusesRequests())
	for _, one := range []rules.Alert{alert, early} {
		_, err := f.open(one)
		require.Equal(t, activities.Refused, applicationError(t, err).Type())
	}
	f.mustClose(alert, "tombstone")
	require.Equal(t, []string{"alert " + early.UID}, f.failed())

	f.sql(`DELETE FROM failures`) // as if the reset arrived before the trigger failed
	f.mustClose(early, "opening")
	_, err := f.open(early)
	require.NoError(t, err)

	f.injectFaults()
	for _, one := range []rules.Alert{alert, early, alert} {
		f.mustOpen(one, flow.AlreadyReset)
	}
	require.Empty(t, f.accelo.Snapshot().Requests)
	require.Empty(t, f.failed())

	again := f.triggerAlert(full)
	f.mustOpen(again, "opened")
	require.Len(t, f.accelo.Snapshot().Requests, 1, "the same fault later gets a new request")
}

// If another alert waits for the same request, the request is still opened.
func TestFailedAlertIsResetWhileAnotherWaits(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	alert, second := f.triggerAlert(full), f.triggerAlert(full)
	f.injectFaults(refusesRequests())
	_, err := f.open(alert)
	require.Error(t, err)
	f.mustOpen(second, "joined")
	f.mustClose(alert, "others-active")
	require.Equal(t, []string{"alert " + alert.UID}, f.failed())
	f.injectFaults()
	f.mustOpen(alert, "opened")
	require.Empty(t, f.failed())
	f.mustClose(second, "closed")
}

// If Accelo rejects what a reset requires, the reset is shown as failed and retried like any other failure.
func TestRejectedResetFails(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	alert := f.triggerAlert(full)
	request := f.mustOpen(alert, "opened").RequestID
	f.injectFaults(lab.Fault{Kind: lab.FaultStatus, Status: 400, Method: "PUT", Path: "/requests/"})
	_, err := runIn[activities.AcceloCloseRequestResult](f.env(), f.steps.AcceloCloseRequest,
		activities.AcceloCloseRequestInput{Connection: "default", UID: alert.UID, Message: "over"})
	require.Equal(t, activities.Refused, applicationError(t, err).Type())
	require.Equal(t, []string{"alert " + alert.UID}, f.failed())
	failures, err := f.database.Failures(t.Context(), "default")
	require.NoError(t, err)
	require.Equal(t, store.ResetEvent, failures[0].EventType)
	overdue, err := runIn[activities.ReconcileOverdueResult](f.env(), f.steps.ReconcileOverdue,
		activities.ReconcileOverdueInput{Connection: "default", Now: true})
	require.NoError(t, err)
	require.Empty(t, overdue.Alerts)
	require.Equal(t, []flow.AlertResetInput{{Connection: "default", UID: alert.UID, Message: "over"}}, overdue.Resets)

	f.injectFaults()
	require.Equal(t, request, f.mustClose(alert, "closed").RequestID)
	require.Empty(t, f.failed())
}

// A request that can't be found needs no close, and does not cause a reset.
func TestDeletedRequest(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	alert := f.triggerAlert(full)
	request := f.mustOpen(alert, "opened").RequestID
	require.NoError(t, f.deleteRequest(request))
	followed := f.mustFollow(request, 1, flow.Unchanged)
	require.Empty(t, followed.Reset)
	require.Contains(t, followed.Text, "can't be found")
	f.mustClose(alert, "gone")
	require.Empty(t, f.failed())
	f.mustOpen(f.triggerAlert(full), "opened")
}

// A reset ends even if the request was deleted after its conversion, and nothing takes its note.
func TestDeletedConversion(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	alert := f.triggerAlert(full)
	request := f.mustOpen(alert, "opened").RequestID
	_, err := f.accelo.ConvertRequest(request, "issue")
	require.NoError(t, err)
	f.mustFollow(request, 1, "converted")
	require.NoError(t, f.deleteRequest(request))
	f.injectFaults(lab.Fault{Kind: lab.FaultStatus, Status: 400, Method: "POST", Path: "/activities$"})
	f.mustClose(alert, "gone")
	require.Empty(t, f.failed())
}
