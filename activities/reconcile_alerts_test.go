package activities_test

import (
	"strconv"
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

// sql changes the database behind the product's back.
func (f *fixture) sql(statement string) {
	f.t.Helper()
	database, err := pgx.Connect(f.t.Context(), f.url)
	require.NoError(f.t, err)
	_, err = database.Exec(f.t.Context(), statement)
	require.NoError(f.t, err)
	require.NoError(f.t, database.Close(f.t.Context()))
}

// imported makes a world one whose full import has come to its end.
func (f *fixture) importedOnce() {
	f.sql(`INSERT INTO imports (id, connection, workflow_id, finished_at) VALUES ('once', 'default', '` + flow.FullImportID("default") + `', now())`)
}

// A listed alert that nobody told us of was missed, but only once the import has brought in what was active before; one that is
// not listed any more was reset, unless it is so fresh that the list may lag behind.
func TestCompareAlerts(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	unheard, over := f.triggerAlert("a"), f.triggerAlert("b")
	f.mustOpen(over, flow.Opened)
	f.reset(over)
	require.Empty(t, f.compareAlerts(activities.NinjaCompareAlertsInput{}).Missed, "no import yet, and the reset is fresh")
	f.importedOnce()
	f.sql(`UPDATE alerts SET created_at = now() - interval '1 hour'`)
	result := f.compareAlerts(activities.NinjaCompareAlertsInput{})
	require.Equal(t, map[string]string{unheard.UID: "T", over.UID: "R"}, told(result.Missed))
	require.Empty(t, result.Held)
	require.Equal(t, flow.APICalls{Ninjaone: 1}, result.APICalls)
	for _, alert := range result.Missed {
		if alert.Trigger != nil {
			require.Equal(t, "SHIP", alert.Trigger.DeviceName, "told from the device's link")
			require.Equal(t, f.organization, alert.Trigger.OrganizationID)
		}
	}
}

// The brake is on past ten and past a fifth, both; approval lets the fresh ones through as well.
func TestBrakeOnMassReset(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name         string
		open, vanish int
		held         bool
	}{
		{"ten of ten", 10, 10, false},
		{"eleven of eleven", 11, 11, true},
		{"eleven of fifty-five", 55, 11, false},
		{"eleven of fifty-four", 54, 11, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newAlertFixture(t, settings{})
			for i := range test.open {
				alert := f.triggerAlert(strconv.Itoa(i))
				f.sql(`INSERT INTO alerts (connection, uid, state) VALUES ('default', '` + alert.UID + `', 'active')`)
				if i < test.vanish {
					f.reset(alert)
				}
			}
			f.sql(`UPDATE alerts SET created_at = now() - interval '1 hour'`)
			result := f.compareAlerts(activities.NinjaCompareAlertsInput{})
			if !test.held {
				require.Empty(t, result.Held)
				require.Len(t, result.Missed, test.vanish)
				return
			}
			require.Contains(t, result.Held, strconv.Itoa(test.vanish)+" of "+strconv.Itoa(test.open))
			require.Empty(t, result.Missed)
			f.sql(`UPDATE alerts SET created_at = now()`)
			approved := f.compareAlerts(activities.NinjaCompareAlertsInput{Approved: true})
			require.Empty(t, approved.Held)
			require.Len(t, approved.Missed, test.vanish)
		})
	}
}

// An error is no empty list.
func TestCompareAlertsNotFromAnError(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	f.mustOpen(f.triggerAlert("a"), flow.Opened)
	require.NoError(t, f.ninja.Lab.Faults.Set(lab.Fault{Kind: lab.FaultHTML502, Path: "alerts"}))
	_, err := runIn[activities.NinjaCompareAlertsResult](f.env(), f.steps.NinjaCompareAlerts,
		activities.NinjaCompareAlertsInput{Connection: "default", Approved: true})
	require.Error(t, err)
}

// Requests are found that people closed, converted or opened again; our own changes and other people's requests are not.
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
	require.Zero(t, changed().APICalls, "nothing is open: nothing to ask")
	quiet, closed, converted, reopened := f.triggerAlert("a"), f.triggerAlert("b"), f.triggerAlert("c"), f.triggerAlert("d")
	requests := map[string]int64{}
	for _, alert := range []rules.Alert{quiet, closed, converted, reopened} {
		requests[alert.UID] = f.mustOpen(alert, flow.Opened).RequestID
	}
	f.reset(reopened)
	f.mustClose(reopened, "closed")
	require.Empty(t, changed().RequestIDs, "our own close is no change")
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

// The first comparison goes back to the first request, whatever its standing is: people convert what is closed as well.
func TestFirstComparisonFindsWhatWasClosed(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	over := f.triggerAlert("a")
	request := f.mustOpen(over, flow.Opened).RequestID
	f.reset(over)
	f.mustClose(over, "closed")
	f.mustOpen(f.triggerAlert("b"), flow.Opened)
	f.sql(`UPDATE incidents SET created_at = created_at + interval '1 hour' WHERE state = 'open'`)
	_, err := f.accelo.ConvertRequest(request, "issue")
	require.NoError(t, err)
	result, err := runIn[activities.AcceloReadChangedRequestsResult](f.env(), f.steps.AcceloReadChangedRequests,
		activities.AcceloReadChangedRequestsInput{Connection: "default"})
	require.NoError(t, err)
	require.Equal(t, []int64{request}, result.RequestIDs)
}
