package workflows_test

import (
	"context"
	"sync/atomic"
	"time"

	"go.temporal.io/sdk/temporal"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
)

// fakeReconcileActivities replaces the activities of a Reconcile and of the workflows that it starts.
type fakeReconcileActivities struct {
	*fakeActivities
	log             activities.NinjaReadMissedResult
	alerts          activities.NinjaCompareAlertsResult
	changedRequests activities.AcceloReadChangedRequestsResult
	overdue         activities.ReconcileOverdueResult
	deleted         activities.NinjaFindGoneResult
	// budgetUsedUp reports whether Accelo's budget is used up.
	budgetUsedUp bool
	// comparisons counts the comparisons of active alerts. The first holds of them need approval.
	comparisons, holds atomic.Int32
}

// NinjaReadMissed fakes the activity of the same name, as do the methods below.
func (s *fakeReconcileActivities) NinjaReadMissed(context.Context, activities.NinjaReadMissedInput) (activities.NinjaReadMissedResult, error) {
	return s.log, nil
}

func (s *fakeReconcileActivities) ReconcileRaise(context.Context, activities.ReconcileRaiseInput) error {
	return nil
}

func (s *fakeReconcileActivities) NinjaCompareAlerts(
	_ context.Context, in activities.NinjaCompareAlertsInput,
) (activities.NinjaCompareAlertsResult, error) {
	if s.comparisons.Add(1) <= s.holds.Load() && !in.Approved {
		return activities.NinjaCompareAlertsResult{Held: "14 of 14 open alerts are no longer listed by NinjaOne"}, nil
	}
	return s.alerts, nil
}

func (s *fakeReconcileActivities) ReconcileOverdue(context.Context, activities.ReconcileOverdueInput) (activities.ReconcileOverdueResult, error) {
	return s.overdue, nil
}

func (s *fakeReconcileActivities) AcceloReadChangedRequests(
	context.Context, activities.AcceloReadChangedRequestsInput,
) (activities.AcceloReadChangedRequestsResult, error) {
	if s.budgetUsedUp {
		return s.changedRequests, temporal.NewApplicationErrorWithOptions("waiting for Accelo's budget until 14:00", activities.WaitingForBudget,
			temporal.ApplicationErrorOptions{NextRetryDelay: time.Hour})
	}
	return s.changedRequests, nil
}

func (s *fakeReconcileActivities) ReconcileSeen(context.Context, activities.ReconcileSeenInput) error {
	return nil
}

func (s *fakeReconcileActivities) RegisterWebhooks(context.Context, activities.RegisterWebhooksInput) (activities.RegisterWebhooksResult, error) {
	return activities.RegisterWebhooksResult{Webhooks: flow.Webhooks{NinjaOne: flow.Registered, Accelo: flow.Registered}}, nil
}

func (s *fakeReconcileActivities) NinjaFindGone(context.Context, activities.NinjaFindGoneInput) (activities.NinjaFindGoneResult, error) {
	return s.deleted, nil
}

func (s *fakeReconcileActivities) AcceloMarkGone(_ context.Context, in activities.AcceloMarkGoneInput) (activities.AcceloMarkGoneResult, error) {
	return activities.AcceloMarkGoneResult{Devices: len(in.Devices), Organizations: len(in.Organizations)}, nil
}

func (s *fakeReconcileActivities) ReconcileHold(_ context.Context, in activities.ReconcileHoldInput) (activities.ReconcileHoldResult, error) {
	return activities.ReconcileHoldResult{Ours: true, WorkflowID: in.WorkflowID}, nil
}

func (s *fakeReconcileActivities) ReconcileSweep(context.Context, activities.ReconcileSweepInput) (activities.ReconcileSweepResult, error) {
	return activities.ReconcileSweepResult{Removed: 2}, nil
}

func (s *fakeReconcileActivities) ReconcileFinish(context.Context, activities.ReconcileFinishInput) error {
	return nil
}
