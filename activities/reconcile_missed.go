package activities

import (
	"context"
	"time"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/reconcile"
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
	More bool `json:"more,omitempty"`
	// Silence counts the newest events of the log that never reached us. Heard means that the one before them did.
	Silence  int           `json:"silence,omitempty"`
	Heard    bool          `json:"heard,omitempty"`
	APICalls flow.APICalls `json:"api_calls,omitzero"`
}

// NinjaReadMissed reads NinjaOne's activity log back to the cursor and returns the alert events that we don't know.
func (a *Activities) NinjaReadMissed(ctx context.Context, in NinjaReadMissedInput) (NinjaReadMissedResult, error) {
	missed, err := a.reconciler.MissedEvents(ctx, in.Connection)
	return NinjaReadMissedResult{
		Missed: missed.Alerts, Rules: missed.Rules, Mark: missed.Cursor, MarkedTime: missed.CursorTime, More: missed.More,
		Silence: missed.Silence, Heard: missed.Heard,
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
	// Check is when the run began to compare everything. What two such checks see are two looks.
	Check time.Time `json:"check,omitzero"`
	// Now looks at all disputed alerts at once, even those that were looked at recently.
	Now bool `json:"now,omitempty"`
	// Approved lets through what was shown to a user by ApprovedAt.
	Approved   bool      `json:"approved,omitempty"`
	ApprovedAt time.Time `json:"approved_at,omitzero"`
	// After leaves out missed alerts up to this uid, which were handed out before.
	After string `json:"after,omitempty"`
}

// NinjaCompareAlertsResult are the differences.
type NinjaCompareAlertsResult struct {
	Missed []flow.MissedAlert `json:"missed"`
	Rules  flow.AlertRules    `json:"rules,omitzero"`
	// Requests were closed or converted by a person, but their alerts are still active.
	Requests []int64 `json:"requests,omitempty"`
	// More means that there are further missed alerts after the uid After.
	More  bool   `json:"more,omitempty"`
	After string `json:"after,omitempty"`
	// Held is why the resets among the differences wait for approval.
	Held string `json:"held,omitempty"`
	// Doubts say why NinjaOne's answers can't be trusted.
	Doubts   []string      `json:"doubts,omitempty"`
	APICalls flow.APICalls `json:"api_calls,omitzero"`
}

// NinjaCompareAlerts compares NinjaOne's list of active alerts with ours and returns missed triggers and missed resets.
func (a *Activities) NinjaCompareAlerts(ctx context.Context, in NinjaCompareAlertsInput) (NinjaCompareAlertsResult, error) {
	check := checkOf(in.Connection, in.Check, in.Now, in.ApprovedAt)
	found, err := a.reconciler.CompareActive(ctx, check, in.After)
	return NinjaCompareAlertsResult{
		Missed: found.Alerts, Rules: found.Rules, Requests: found.Requests, More: found.More, After: found.After,
		Held: found.NeedsApproval, Doubts: found.Doubts, APICalls: apiCalls(ctx),
	}, err
}

func checkOf(connection string, at time.Time, now bool, approved time.Time) reconcile.Check {
	check := reconcile.NewCheck(connection, at)
	check.Now, check.Approved = now, approved
	return check
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
