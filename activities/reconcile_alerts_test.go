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

func (w *world) compared(in activities.NinjaCompareAlertsInput) activities.NinjaCompareAlertsResult {
	w.t.Helper()
	in.Connection = "default"
	result, err := runIn[activities.NinjaCompareAlertsResult](w.env(), w.steps.NinjaCompareAlerts, in)
	require.NoError(w.t, err)
	return result
}

// sql changes the database behind the product's back.
func (w *world) sql(statement string) {
	w.t.Helper()
	database, err := pgx.Connect(w.t.Context(), w.url)
	require.NoError(w.t, err)
	_, err = database.Exec(w.t.Context(), statement)
	require.NoError(w.t, err)
	require.NoError(w.t, database.Close(w.t.Context()))
}

// imported makes a world one whose full import has come to its end.
func (w *world) importedOnce() {
	w.sql(`INSERT INTO imports (id, connection, workflow_id, finished_at) VALUES ('once', 'default', '` + flow.FullImportID("default") + `', now())`)
}

// A listed alert that nobody told us of was missed, but only once the import has brought in what was active before; one that is
// not listed any more was reset, unless it is so fresh that the list may lag behind.
func TestCompareAlerts(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{})
	unheard, over := o.fires("a"), o.fires("b")
	o.opens(over, flow.Opened)
	o.reset(over)
	require.Empty(t, o.compared(activities.NinjaCompareAlertsInput{}).Missed, "no import yet, and the reset is fresh")
	o.importedOnce()
	o.sql(`UPDATE alerts SET created_at = now() - interval '1 hour'`)
	result := o.compared(activities.NinjaCompareAlertsInput{})
	require.Equal(t, map[string]string{unheard.UID: "T", over.UID: "R"}, told(result.Missed))
	require.Empty(t, result.Held)
	require.Equal(t, flow.APICalls{Ninjaone: 1}, result.APICalls)
	for _, alert := range result.Missed {
		if alert.Trigger != nil {
			require.Equal(t, "SHIP", alert.Trigger.DeviceName, "told from the device's link")
			require.Equal(t, o.organization, alert.Trigger.OrganizationID)
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
			o := newOffice(t, settings{})
			for i := range test.open {
				alert := o.fires(strconv.Itoa(i))
				o.sql(`INSERT INTO alerts (connection, uid, state) VALUES ('default', '` + alert.UID + `', 'active')`)
				if i < test.vanish {
					o.reset(alert)
				}
			}
			o.sql(`UPDATE alerts SET created_at = now() - interval '1 hour'`)
			result := o.compared(activities.NinjaCompareAlertsInput{})
			if !test.held {
				require.Empty(t, result.Held)
				require.Len(t, result.Missed, test.vanish)
				return
			}
			require.Contains(t, result.Held, strconv.Itoa(test.vanish)+" of "+strconv.Itoa(test.open))
			require.Empty(t, result.Missed)
			o.sql(`UPDATE alerts SET created_at = now()`)
			approved := o.compared(activities.NinjaCompareAlertsInput{Approved: true})
			require.Empty(t, approved.Held)
			require.Len(t, approved.Missed, test.vanish)
		})
	}
}

// An error is no empty list.
func TestCompareAlertsNotFromAnError(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{})
	o.opens(o.fires("a"), flow.Opened)
	require.NoError(t, o.ninja.Lab.Faults.Set(lab.Fault{Kind: lab.FaultHTML502, Path: "alerts"}))
	_, err := runIn[activities.NinjaCompareAlertsResult](o.env(), o.steps.NinjaCompareAlerts,
		activities.NinjaCompareAlertsInput{Connection: "default", Approved: true})
	require.Error(t, err)
}

// Requests are found that people closed, converted or opened again; our own changes and other people's requests are not.
func TestReadChangedRequests(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{})
	changed := func() activities.AcceloReadChangedRequestsResult {
		t.Helper()
		result, err := runIn[activities.AcceloReadChangedRequestsResult](o.env(), o.steps.AcceloReadChangedRequests,
			activities.AcceloReadChangedRequestsInput{Connection: "default"})
		require.NoError(t, err)
		return result
	}
	require.Zero(t, changed().APICalls, "nothing is open: nothing to ask")
	quiet, closed, converted, reopened := o.fires("a"), o.fires("b"), o.fires("c"), o.fires("d")
	requests := map[string]int64{}
	for _, alert := range []rules.Alert{quiet, closed, converted, reopened} {
		requests[alert.UID] = o.opens(alert, flow.Opened).RequestID
	}
	o.reset(reopened)
	o.closes(reopened, "closed")
	require.Empty(t, changed().RequestIDs, "our own close is no change")
	o.sql(`UPDATE incidents SET closed_at = closed_at - interval '1 minute' WHERE state = 'closed'`)
	require.NoError(t, o.accelo.CloseRequest(requests[closed.UID]))
	require.NoError(t, o.accelo.ReopenRequest(requests[reopened.UID]))
	_, err := o.accelo.ConvertRequest(requests[converted.UID], "issue")
	require.NoError(t, err)
	result := changed()
	require.ElementsMatch(t, []int64{requests[closed.UID], requests[converted.UID], requests[reopened.UID]}, result.RequestIDs)
	require.WithinDuration(t, time.Now(), result.Seen, time.Minute)
	require.Equal(t, flow.APICalls{Accelo: 1}, result.APICalls)

	for _, uid := range []string{closed.UID, converted.UID, reopened.UID} {
		_, err := runIn[activities.AcceloFollowRequestResult](o.env(), o.steps.AcceloFollowRequest,
			activities.AcceloFollowRequestInput{Connection: "default", RequestID: requests[uid], Compared: true})
		require.NoError(t, err)
	}
	_, err = o.resets(closed.UID, converted.UID)
	require.NoError(t, err)
	require.Empty(t, changed().RequestIDs)
}

// The first comparison goes back to the first request, whatever its standing is: people convert what is closed as well.
func TestFirstComparisonFindsWhatWasClosed(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{})
	over := o.fires("a")
	request := o.opens(over, flow.Opened).RequestID
	o.reset(over)
	o.closes(over, "closed")
	o.opens(o.fires("b"), flow.Opened)
	o.sql(`UPDATE incidents SET created_at = created_at + interval '1 hour' WHERE state = 'open'`)
	_, err := o.accelo.ConvertRequest(request, "issue")
	require.NoError(t, err)
	result, err := runIn[activities.AcceloReadChangedRequestsResult](o.env(), o.steps.AcceloReadChangedRequests,
		activities.AcceloReadChangedRequestsInput{Connection: "default"})
	require.NoError(t, err)
	require.Equal(t, []int64{request}, result.RequestIDs)
}
