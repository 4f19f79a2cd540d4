//go:build record

package workflows_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
)

// reconcileSteps stands in for the activities of a Reconcile and of the flows that it starts.
type reconcileSteps struct {
	*fakeSteps
	log     activities.NinjaReadMissedResult
	alerts  activities.NinjaCompareAlertsResult
	changed activities.AcceloReadChangedRequestsResult
	overdue activities.ReconcileOverdueResult
	gone    activities.NinjaFindGoneResult
	// budget tells that Accelo's is used up.
	budget bool
	// looks counts the looks at the list of alerts; the brake lets go after so many.
	looks, holds atomic.Int32
}

// NinjaReadMissed stands in for the activity of this name, as do the following.
func (s *reconcileSteps) NinjaReadMissed(context.Context, activities.NinjaReadMissedInput) (activities.NinjaReadMissedResult, error) {
	return s.log, nil
}

func (s *reconcileSteps) ReconcileRaise(context.Context, activities.ReconcileRaiseInput) error {
	return nil
}

func (s *reconcileSteps) NinjaCompareAlerts(
	_ context.Context, in activities.NinjaCompareAlertsInput,
) (activities.NinjaCompareAlertsResult, error) {
	if s.looks.Add(1) <= s.holds.Load() && !in.Approved {
		return activities.NinjaCompareAlertsResult{Held: "14 of 14 open alerts are no longer listed by NinjaOne"}, nil
	}
	return s.alerts, nil
}

func (s *reconcileSteps) ReconcileOverdue(context.Context, activities.ReconcileOverdueInput) (activities.ReconcileOverdueResult, error) {
	return s.overdue, nil
}

func (s *reconcileSteps) AcceloReadChangedRequests(
	context.Context, activities.AcceloReadChangedRequestsInput,
) (activities.AcceloReadChangedRequestsResult, error) {
	if s.budget {
		return s.changed, temporal.NewApplicationErrorWithOptions("waiting for Accelo's budget until 14:00", activities.WaitingForBudget,
			temporal.ApplicationErrorOptions{NextRetryDelay: time.Hour})
	}
	return s.changed, nil
}

func (s *reconcileSteps) ReconcileSeen(context.Context, activities.ReconcileSeenInput) error {
	return nil
}

func (s *reconcileSteps) RegisterWebhooks(context.Context, activities.RegisterWebhooksInput) (activities.RegisterWebhooksResult, error) {
	return activities.RegisterWebhooksResult{Webhooks: flow.Webhooks{NinjaOne: flow.Registered, Accelo: flow.Registered}}, nil
}

func (s *reconcileSteps) NinjaFindGone(context.Context, activities.NinjaFindGoneInput) (activities.NinjaFindGoneResult, error) {
	return s.gone, nil
}

func (s *reconcileSteps) AcceloMarkGone(_ context.Context, in activities.AcceloMarkGoneInput) (activities.AcceloMarkGoneResult, error) {
	return activities.AcceloMarkGoneResult{Devices: len(in.Devices), Organizations: len(in.Organizations)}, nil
}

func (s *reconcileSteps) ReconcileHold(_ context.Context, in activities.ReconcileHoldInput) (activities.ReconcileHoldResult, error) {
	return activities.ReconcileHoldResult{Ours: true, WorkflowID: in.WorkflowID}, nil
}

func (s *reconcileSteps) ReconcileFinish(context.Context, activities.ReconcileFinishInput) error {
	return nil
}

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
		log:     activities.NinjaReadMissedResult{Missed: []activities.MissedAlert{missed("a", true, true), missed("b", false, true)}, Mark: 10},
		alerts:  activities.NinjaCompareAlertsResult{Missed: []activities.MissedAlert{missed("c", true, false)}},
		changed: activities.AcceloReadChangedRequestsResult{RequestIDs: []int64{31}, Seen: time.Now()},
		overdue: activities.ReconcileOverdueResult{
			Alerts: []flow.Alert{{UID: "d"}}, Organizations: []flow.ImportOrganizationInput{{Connection: "default", OrganizationID: 1}},
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
}
