package activities

import (
	"context"
	"time"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/flow"
)

// NinjaReadMissedInput asks for events of the activity log that never reached us.
type NinjaReadMissedInput struct {
	Connection string `json:"connection"`
}

// NinjaReadMissedResult are the oldest of them.
type NinjaReadMissedResult struct {
	Missed []flow.MissedAlert `json:"missed"`
	// Rules decide which of them open a request, and when.
	Rules flow.AlertRules `json:"rules,omitzero"`
	// Mark is the cursor: the activity up to which nothing is missing once these are durable. MarkedTime is when it happened.
	Mark       int64     `json:"mark"`
	MarkedTime time.Time `json:"marked_time,omitzero"`
	// More means that further events are missing above the cursor.
	More     bool          `json:"more,omitempty"`
	APICalls flow.APICalls `json:"api_calls,omitzero"`
}

// NinjaReadMissed reads NinjaOne's activity log back to the cursor and returns the alert events that we don't know.
func (a *Activities) NinjaReadMissed(ctx context.Context, in NinjaReadMissedInput) (NinjaReadMissedResult, error) {
	missed, err := a.reconciler.MissedEvents(ctx, in.Connection)
	return NinjaReadMissedResult{
		Missed: missed.Alerts, Rules: a.options.Alerts, Mark: missed.Cursor, MarkedTime: missed.CursorTime, More: missed.More,
		APICalls: apiCalls(ctx),
	}, err
}

// ReconcileRaiseInput says up to which activity every event is durable.
type ReconcileRaiseInput struct {
	Connection string    `json:"connection"`
	Mark       int64     `json:"mark"`
	MarkedTime time.Time `json:"marked_time,omitzero"`
	// Whole means that nothing above the cursor was missing either when the log was read.
	Whole bool `json:"whole,omitempty"`
}

// ReconcileRaise advances the cursor. It is a local activity.
func (a *Activities) ReconcileRaise(ctx context.Context, in ReconcileRaiseInput) error {
	known := time.Time{}
	if in.Whole {
		known = time.Now()
	}
	return a.store.AdvanceCursor(ctx, in.Connection, in.Mark, in.MarkedTime, known)
}

// NinjaCompareAlertsInput asks to compare NinjaOne's active alerts with ours.
type NinjaCompareAlertsInput struct {
	Connection string `json:"connection"`
	// Approved lets an unusually large change through.
	Approved bool `json:"approved,omitempty"`
	// After leaves out alerts up to this uid, which were handed out before.
	After string `json:"after,omitempty"`
}

// NinjaCompareAlertsResult are the differences.
type NinjaCompareAlertsResult struct {
	Missed []flow.MissedAlert `json:"missed"`
	Rules  flow.AlertRules    `json:"rules,omitzero"`
	// More means that there are further differences after the last of these.
	More bool `json:"more,omitempty"`
	// Held is why the resets among the differences wait for approval.
	Held     string        `json:"held,omitempty"`
	APICalls flow.APICalls `json:"api_calls,omitzero"`
}

// NinjaCompareAlerts compares NinjaOne's list of active alerts with ours and returns missed triggers and missed resets.
func (a *Activities) NinjaCompareAlerts(ctx context.Context, in NinjaCompareAlertsInput) (NinjaCompareAlertsResult, error) {
	found, err := a.reconciler.CompareActive(ctx, in.Connection, in.Approved, in.After)
	return NinjaCompareAlertsResult{
		Missed: found.Alerts, Rules: a.options.Alerts, More: found.More, Held: found.NeedsApproval, APICalls: apiCalls(ctx),
	}, err
}

// AcceloReadChangedRequestsInput asks for requests that changed in Accelo without an event reaching us.
type AcceloReadChangedRequestsInput struct {
	Connection string `json:"connection"`
}

// AcceloReadChangedRequestsResult are those requests.
type AcceloReadChangedRequestsResult struct {
	RequestIDs []int64 `json:"request_ids"`
	// Seen is the newest change that was compared, by Accelo's clock: everything up to it is known once these are followed.
	Seen     time.Time     `json:"seen,omitzero"`
	APICalls flow.APICalls `json:"api_calls,omitzero"`
}

// AcceloReadChangedRequests returns the requests of our type whose standing isn't what we know.
func (a *Activities) AcceloReadChangedRequests(
	ctx context.Context, in AcceloReadChangedRequestsInput,
) (AcceloReadChangedRequestsResult, error) {
	changed, err := a.reconciler.ChangedRequests(accelo.WithLane(ctx, accelo.Bulk), in.Connection)
	return AcceloReadChangedRequestsResult{RequestIDs: changed.IDs, Seen: changed.Cursor, APICalls: apiCalls(ctx)}, err
}

// ReconcileSeenInput says up to when requests have been compared.
type ReconcileSeenInput struct {
	Connection string    `json:"connection"`
	Seen       time.Time `json:"seen"`
}

// ReconcileSeen stores it. It is a local activity.
func (a *Activities) ReconcileSeen(ctx context.Context, in ReconcileSeenInput) error {
	return a.store.AdvanceRequestCursor(ctx, in.Connection, in.Seen)
}
