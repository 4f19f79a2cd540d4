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
	play := func(name string, script *reconcileSteps, interval time.Duration, approve bool) {
		script.fakeSteps = newFakeSteps(1)
		script.alertScript = alertScript{
			opens: []activities.AcceloOpenRequestResult{opens("opened")}, follows: []activities.AcceloFollowRequestResult{saw("closed", "a")},
		}
		s := newServer(t, script)
		run := s.begin(flow.Reconcile, flow.ReconcileID("default"), flow.ReconcileInput{Connection: "default", Interval: interval})
		if approve {
			s.until(func() bool { return script.looks.Load() > 0 })
			require.NoError(t, s.SignalWorkflow(t.Context(), run.GetID(), "", flow.ApproveSignal, nil))
		}
		var result flow.ReconcileResult
		require.NoError(t, run.Get(t.Context(), &result))
		record.keepRun(s, path("reconcile", name), run)
	}
	play("nothing missed", &reconcileSteps{}, time.Minute, false)
	play("everything missed", &reconcileSteps{
		log:     activities.NinjaReadMissedResult{Missed: []flow.MissedAlert{missed("a", true, true), missed("b", false, true)}, Mark: 10},
		alerts:  activities.NinjaCompareAlertsResult{Missed: []flow.MissedAlert{missed("c", true, false)}},
		changed: activities.AcceloReadChangedRequestsResult{RequestIDs: []int64{31}, Seen: time.Now()},
		overdue: activities.ReconcileOverdueResult{
			Alerts: []rules.Alert{{UID: "d"}}, Organizations: []flow.ImportOrganizationInput{{Connection: "default", OrganizationID: 1}},
		},
		gone: activities.NinjaFindGoneResult{Devices: []int{1}, Organizations: []int{2}},
	}, time.Minute, false)
	play("budget used up", &reconcileSteps{budget: true}, time.Second, false)
	held := &reconcileSteps{}
	held.holds.Store(2)
	play("held back and whole again", held, 200*time.Millisecond, false)
	approved := &reconcileSteps{}
	approved.holds.Store(100)
	play("held back and approved", approved, time.Minute, true)
	s, _, goOn := followedAlready(t)
	run := s.begin(flow.Reconcile, flow.ReconcileID("default"), flow.ReconcileInput{Connection: "default"})
	require.NoError(t, run.Get(t.Context(), nil))
	goOn()
	record.keepRun(s, path("reconcile", "a request is followed already"), run)
}
