//go:build record

package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
)

func recordReconcile(t *testing.T, record recorder) {
	run := func(name string, fake *fakeReconcileActivities, interval time.Duration, approve bool) {
		fake.fakeActivities = newFakeActivities(1)
		fake.alertScript = alertScript{
			openResults:   []activities.AcceloOpenRequestResult{openResult(flow.Opened)},
			followResults: []activities.AcceloFollowRequestResult{followResult(flow.Closed, "a")},
		}
		s := newServer(t, fake)
		run := s.start(flow.ReconcileInput{Connection: "default", Interval: interval})
		if approve {
			s.waitUntil(func() bool { return fake.comparisons.Load() > 0 })
			require.NoError(t, s.SignalWorkflow(t.Context(), run.GetID(), "", flow.ApproveSignal, nil))
		}
		var result flow.ReconcileResult
		require.NoError(t, run.Get(t.Context(), &result))
		record.keepRun(s, historyName("reconcile", name), run)
	}
	run("nothing missed", &fakeReconcileActivities{}, time.Minute, false)
	run("everything missed", &fakeReconcileActivities{
		log:             activities.NinjaReadMissedResult{Missed: []flow.MissedAlert{missedAlert("a", true, true), missedAlert("b", false, true)}, Mark: 10},
		alerts:          activities.NinjaCompareAlertsResult{Missed: []flow.MissedAlert{missedAlert("c", true, false)}},
		changedRequests: activities.AcceloReadChangedRequestsResult{RequestIDs: []int64{31}, Seen: time.Now()},
		overdue: activities.ReconcileOverdueResult{
			Alerts: []rules.Alert{{UID: "d"}}, Organizations: []flow.ImportOrganizationInput{{Connection: "default", OrganizationID: 1}},
		},
		deleted: activities.NinjaFindGoneResult{Devices: []int{1}, Organizations: []int{2}},
	}, time.Minute, false)
	run("past its retention", &fakeReconcileActivities{}, time.Minute, false)
	revived := missedAlert("c", true, false)
	revived.Again, revived.Revived = true, true
	run("mistakes put right", &fakeReconcileActivities{
		alerts: activities.NinjaCompareAlertsResult{
			Missed: []flow.MissedAlert{revived, missedAlert("e", false, true)}, Requests: []int64{31}, Doubts: []string{"the list lacks 3 alerts"},
		},
	}, time.Minute, false)
	run("budget used up", &fakeReconcileActivities{budgetUsedUp: true}, time.Second, false)
	held := &fakeReconcileActivities{}
	held.holds.Store(2)
	run("held back and whole again", held, 200*time.Millisecond, false)
	approved := &fakeReconcileActivities{}
	approved.holds.Store(100)
	run("held back and approved", approved, time.Minute, true)

	s, _, finish := startWhileFollowing(t)
	notified := s.start(flow.ReconcileInput{Connection: "default"})
	require.NoError(t, notified.Get(t.Context(), nil))
	finish()
	record.keepRun(s, historyName("reconcile", "a request is followed already"), notified)
}
