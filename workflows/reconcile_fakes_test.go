package workflows_test

import (
	"context"
	"sync/atomic"
	"time"

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
