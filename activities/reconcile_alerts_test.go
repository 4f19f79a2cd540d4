package activities_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/simulator/lab"
)

func (f *fixture) compareAlerts(in activities.NinjaCompareAlertsInput) activities.NinjaCompareAlertsResult {
	f.t.Helper()
	in.Connection = "default"
	result, err := runIn[activities.NinjaCompareAlertsResult](f.env(), f.steps.NinjaCompareAlerts, in)
	require.NoError(f.t, err)
	return result
}

// sql changes the database directly.
func (f *fixture) sql(statement string) {
	f.t.Helper()
	database, err := pgx.Connect(f.t.Context(), f.url)
	require.NoError(f.t, err)
	_, err = database.Exec(f.t.Context(), statement)
	require.NoError(f.t, err)
	require.NoError(f.t, database.Close(f.t.Context()))
}

// importedOnce records a finished full import.
func (f *fixture) importedOnce() {
	f.sql(`INSERT INTO imports (id, connection, workflow_id, finished_at) VALUES ('once', 'default', '` + flow.FullImportID("default") + `', now())`)
}

// A listed but unknown alert was missed, but only after an import has brought in the alerts that were active before. An alert that is
// no longer listed was reset if its own log says so, unless it is so recent that the list may lag.
func TestCompareAlerts(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	missed, cleared := f.triggerAlert("a"), f.triggerAlert("b")
	f.mustOpen(cleared, flow.Opened)
	f.reset(cleared)
	require.Empty(t, f.compareAlerts(activities.NinjaCompareAlertsInput{}).Missed, "no import yet, and the reset is recent")
	f.importedOnce()
	f.ageAlerts()
	result := f.compareAlerts(activities.NinjaCompareAlertsInput{})
	require.Equal(t, map[string]string{missed.UID: "T", cleared.UID: "R"}, missedEvents(result.Missed))
	require.Empty(t, result.Held)
	require.Empty(t, result.Doubts)
	require.Equal(t, flow.APICalls{Ninjaone: 3}, result.APICalls, "the list, the device's own list, and the log of the one that is missing")
	for _, alert := range result.Missed {
		require.True(t, alert.Again)
		if alert.Trigger != nil {
			require.Equal(t, "SHIP", alert.Trigger.DeviceName, "from the device's link")
			require.Equal(t, f.organization, alert.Trigger.OrganizationID)
		}
		if alert.Reset != nil {
			require.Positive(t, alert.Reset.ActivityID, "the reset that the log reports")
		}
	}
}

// A failed read is not an empty list.
func TestCompareAlertsAfterFailedRead(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	f.mustOpen(f.triggerAlert("a"), flow.Opened)
	require.NoError(t, f.ninja.Lab.Faults.Set(lab.Fault{Kind: lab.FaultHTML502, Path: "alerts"}))
	_, err := runIn[activities.NinjaCompareAlertsResult](f.env(), f.steps.NinjaCompareAlerts,
		activities.NinjaCompareAlertsInput{Connection: "default", Approved: true})
	require.Error(t, err)
}

// Requests that someone closed, converted or reopened are found. Our own changes and other requests are not.
func TestReadChangedRequests(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	changed := func() activities.AcceloReadChangedRequestsResult {
		t.Helper()
		result, err := runIn[activities.AcceloReadChangedRequestsResult](f.env(), f.steps.AcceloReadChangedRequests,
			activities.AcceloReadChangedRequestsInput{Connection: "default"})
		require.NoError(t, err)
		return result
	}
	require.Zero(t, changed().APICalls, "without open requests there is nothing to ask")
	unchanged, closed, converted, reopened := f.triggerAlert("a"), f.triggerAlert("b"), f.triggerAlert("c"), f.triggerAlert("d")
	requests := map[string]int64{}
	for _, alert := range []rules.Alert{unchanged, closed, converted, reopened} {
		requests[alert.UID] = f.mustOpen(alert, flow.Opened).RequestID
	}
	f.reset(reopened)
	f.mustClose(reopened, "closed")
	require.Empty(t, changed().RequestIDs, "our own close does not count")
	f.sql(`UPDATE incidents SET closed_at = closed_at - interval '1 minute' WHERE state = 'closed'`)
	require.NoError(t, f.accelo.CloseRequest(requests[closed.UID]))
	require.NoError(t, f.accelo.ReopenRequest(requests[reopened.UID]))
	_, err := f.accelo.ConvertRequest(requests[converted.UID], "issue")
	require.NoError(t, err)
	result := changed()
	require.ElementsMatch(t, []int64{requests[closed.UID], requests[converted.UID], requests[reopened.UID]}, result.RequestIDs)
	require.WithinDuration(t, time.Now(), result.Seen, time.Minute)
	require.Equal(t, flow.APICalls{Accelo: 1}, result.APICalls)

	for _, uid := range []string{closed.UID, converted.UID, reopened.UID} {
		_, err := runIn[activities.AcceloFollowRequestResult](f.env(), f.steps.AcceloFollowRequest,
			activities.AcceloFollowRequestInput{Connection: "default", RequestID: requests[uid], Compared: true})
		require.NoError(t, err)
	}
	_, err = f.resetAlerts(closed.UID, converted.UID)
	require.NoError(t, err)
	require.Empty(t, changed().RequestIDs)
}

// A request that is dated in the future hides no change of another one.
func TestChangeBehindAFutureDate(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	f := newAlertFixture(t, settings{acceloClock: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }})
	future, closed := f.mustOpen(f.triggerAlert("a"), flow.Opened).RequestID, f.mustOpen(f.triggerAlert("b"), flow.Opened).RequestID
	ahead.Store(int64(365 * 24 * time.Hour))
	require.NoError(t, f.accelo.CloseRequest(future))
	ahead.Store(0)
	compare := func() []int64 {
		t.Helper()
		in := activities.AcceloReadChangedRequestsInput{Connection: "default"}
		found, err := runIn[activities.AcceloReadChangedRequestsResult](f.env(), f.steps.AcceloReadChangedRequests, in)
		require.NoError(t, err)
		require.NoError(t, f.steps.ReconcileSeen(t.Context(), activities.ReconcileSeenInput{Connection: "default", Seen: found.Seen}))
		return found.RequestIDs
	}
	require.Equal(t, []int64{future}, compare())
	require.NoError(t, f.accelo.CloseRequest(closed))
	require.Contains(t, compare(), closed)
}

// The first comparison goes back to the first request, even if it is closed: a closed request can still be converted.
func TestFirstComparisonFindsClosedRequests(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	cleared := f.triggerAlert("a")
	request := f.mustOpen(cleared, flow.Opened).RequestID
	f.reset(cleared)
	f.mustClose(cleared, "closed")
	f.mustOpen(f.triggerAlert("b"), flow.Opened)
	f.sql(`UPDATE incidents SET created_at = created_at + interval '1 hour' WHERE state = 'open'`)
	_, err := f.accelo.ConvertRequest(request, "issue")
	require.NoError(t, err)
	result, err := runIn[activities.AcceloReadChangedRequestsResult](f.env(), f.steps.AcceloReadChangedRequests,
		activities.AcceloReadChangedRequestsInput{Connection: "default"})
	require.NoError(t, err)
	require.Equal(t, []int64{request}, result.RequestIDs)
}
