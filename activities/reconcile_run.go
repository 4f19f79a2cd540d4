package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/reconcile"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// RegisterWebhooksInput asks to restore both webhook registrations.
type RegisterWebhooksInput struct {
	Connection string `json:"connection"`
	// Again registers NinjaOne's webhook even if that was done recently.
	Again bool `json:"again,omitempty"`
	// Missed means that this is because its events did not arrive, and not because a user asks for it.
	Missed bool `json:"missed,omitempty"`
	// Silence counts the newest events in NinjaOne's log that did not arrive. Heard means that the one before them did.
	Silence int  `json:"silence,omitempty"`
	Heard   bool `json:"heard,omitempty"`
}

// RegisterWebhooksResult is the state of both.
type RegisterWebhooksResult struct {
	Webhooks flow.Webhooks `json:"webhooks"`
	// Doubts say what of ours could not be removed from deployments that the connection has left.
	Doubts   []string      `json:"doubts,omitempty"`
	APICalls flow.APICalls `json:"api_calls,omitzero"`
}

// RegisterWebhooks makes sure that both vendors still send us events.
func (a *Activities) RegisterWebhooks(ctx context.Context, in RegisterWebhooksInput) (RegisterWebhooksResult, error) {
	webhooks, doubts, err := a.reconciler.RegisterWebhooks(accelo.WithLane(ctx, accelo.Bulk), in.Connection,
		reconcile.Registration{Again: in.Again, Missed: in.Missed, Silence: in.Silence, Heard: in.Heard})
	return RegisterWebhooksResult{Webhooks: webhooks, Doubts: doubts, APICalls: apiCalls(ctx)}, err
}

// ReconcileOverdueInput asks for syncs that failed, or that were started and never finished.
type ReconcileOverdueInput struct {
	Connection string `json:"connection"`
	// Now returns failed records even if they aren't due yet.
	Now bool `json:"now,omitempty"`
}

// ReconcileOverdueResult are the syncs to start again.
type ReconcileOverdueResult struct {
	Alerts        []rules.Alert                  `json:"alerts"`
	Organizations []flow.ImportOrganizationInput `json:"organizations"`
	Resets        []flow.AlertResetInput         `json:"resets,omitempty"`
	// Requests were changed by a person, and nothing has followed that.
	Requests []int64 `json:"requests,omitempty"`
	// Notes are incidents whose last note counts too few alerts.
	Notes []int64 `json:"notes,omitempty"`
	// Rules ask nothing of the alerts: their severity and hold-down were decided before.
	Rules flow.AlertRules `json:"rules,omitzero"`
}

// ReconcileOverdue returns the syncs to start again. It is a local activity.
func (a *Activities) ReconcileOverdue(ctx context.Context, in ReconcileOverdueInput) (ReconcileOverdueResult, error) {
	overdue, err := a.reconciler.Overdue(ctx, in.Connection, in.Now)
	return ReconcileOverdueResult{
		Alerts: overdue.Alerts, Organizations: overdue.Organizations, Resets: overdue.Resets,
		Requests: overdue.Requests, Notes: overdue.Notes,
	}, err
}

// AcceloNoteRepeatsInput asks for notes that say how often faults occurred.
type AcceloNoteRepeatsInput struct {
	Connection string `json:"connection"`
	// Incidents are those whose last note counts too few alerts.
	Incidents []int64 `json:"incidents"`
}

// AcceloNoteRepeatsResult counts the calls.
type AcceloNoteRepeatsResult struct {
	APICalls flow.APICalls `json:"api_calls,omitzero"`
}

// AcceloNoteRepeats writes the notes. One that Accelo rejects doesn't stop the others.
func (a *Activities) AcceloNoteRepeats(ctx context.Context, in AcceloNoteRepeatsInput) (AcceloNoteRepeatsResult, error) {
	var failed error
	for _, incident := range in.Incidents {
		failed = errors.Join(failed, a.tickets.NoteRepeats(accelo.WithLane(ctx, accelo.Bulk), in.Connection, incident))
	}
	return AcceloNoteRepeatsResult{APICalls: apiCalls(ctx)}, failed
}

// NinjaFindGoneInput asks for devices and organizations that were deleted in NinjaOne.
type NinjaFindGoneInput struct {
	Connection string `json:"connection"`
	// Check is when the run began to compare everything.
	Check time.Time `json:"check,omitzero"`
	// Now scans even if the last scan was recent.
	Now bool `json:"now,omitempty"`
	// Approved lets through what was shown to a user by ApprovedAt.
	Approved   bool      `json:"approved,omitempty"`
	ApprovedAt time.Time `json:"approved_at,omitzero"`
}

// NinjaFindGoneResult are the ids of those that aren't marked as deleted yet.
type NinjaFindGoneResult struct {
	Organizations []int `json:"organizations"`
	Devices       []int `json:"devices"`
	// Held is why some wait for approval.
	Held string `json:"held,omitempty"`
	// Doubts say which records could not be checked.
	Doubts   []string      `json:"doubts,omitempty"`
	APICalls flow.APICalls `json:"api_calls,omitzero"`
}

// NinjaFindGone returns linked records that were deleted in NinjaOne.
func (a *Activities) NinjaFindGone(ctx context.Context, in NinjaFindGoneInput) (NinjaFindGoneResult, error) {
	found, err := a.reconciler.FindDeleted(ctx, checkOf(in.Connection, in.Check, in.Now, in.ApprovedAt))
	return NinjaFindGoneResult{
		Organizations: found.Organizations, Devices: found.Devices, Held: found.NeedsApproval, Doubts: found.Doubts, APICalls: apiCalls(ctx),
	}, err
}

// AcceloMarkGoneInput names records that were deleted in NinjaOne.
type AcceloMarkGoneInput struct {
	Connection    string `json:"connection"`
	Organizations []int  `json:"organizations,omitempty"`
	Devices       []int  `json:"devices,omitempty"`
}

// AcceloMarkGoneResult counts the records that were marked.
type AcceloMarkGoneResult struct {
	Organizations int           `json:"organizations"`
	Devices       int           `json:"devices"`
	APICalls      flow.APICalls `json:"api_calls,omitzero"`
}

// AcceloMarkGone adds a note to the companies and assets of deleted records and marks their links. It deletes nothing.
func (a *Activities) AcceloMarkGone(ctx context.Context, in AcceloMarkGoneInput) (AcceloMarkGoneResult, error) {
	organizations, devices, err := a.reconciler.MarkDeleted(accelo.WithLane(ctx, accelo.Bulk), in.Connection, in.Organizations, in.Devices)
	return AcceloMarkGoneResult{Organizations: organizations, Devices: devices, APICalls: apiCalls(ctx)}, err
}

// ReconcileHoldInput says that an unusually large change waits for approval.
type ReconcileHoldInput struct {
	Connection string `json:"connection"`
	WorkflowID string `json:"workflow_id"`
	RunID      string `json:"run_id"`
	Reason     string `json:"reason"`
	// Check is the check that found the change.
	Check time.Time `json:"check,omitzero"`
	// ApprovedAt is when what the run has carried out by approval was shown.
	ApprovedAt time.Time `json:"approved_at,omitzero"`
	// Interval is how often the waiting run checks again.
	Interval time.Duration `json:"interval"`
}

// ReconcileHoldResult says which execution waits: the one that asked, or another.
type ReconcileHoldResult struct {
	Ours       bool   `json:"ours"`
	WorkflowID string `json:"workflow_id"`
	// ShownAt is when a user could read what waits. An approval covers what was shown by then.
	ShownAt time.Time `json:"shown_at,omitzero"`
	// Count is how many changes wait, and Changes names the first of them.
	Count   int      `json:"count,omitempty"`
	Changes []string `json:"changes,omitempty"`
}

// ReconcileHold stores that an execution waits for approval, unless another one already does. It is a local activity.
func (a *Activities) ReconcileHold(ctx context.Context, in ReconcileHoldInput) (ReconcileHoldResult, error) {
	now := time.Now()
	pending, err := a.store.RequestApproval(ctx, in.Connection, store.PendingApproval{
		WorkflowID: in.WorkflowID, RunID: in.RunID, Reason: in.Reason, Since: now, CheckedAt: now, ApprovedAt: in.ApprovedAt,
	}, in.Check, now.Add(-2*in.Interval))
	result := ReconcileHoldResult{
		Ours: pending.RunID == in.RunID, WorkflowID: pending.WorkflowID, ShownAt: pending.ShownAt, Count: pending.Count,
	}
	for _, change := range pending.Changes[:min(len(pending.Changes), maxNamedChanges)] {
		result.Changes = append(result.Changes, string(change.Kind)+" "+change.ID)
	}
	return result, err
}

// maxNamedChanges is how many changes that wait for approval Temporal's UI names one by one.
const maxNamedChanges = 20

// ReconcileFinishInput is the result of a run.
type ReconcileFinishInput struct {
	Result flow.ReconcileResult `json:"result"`
	// Waiting means that the run still waits for approval.
	Waiting bool `json:"waiting,omitempty"`
}

// ReconcileFinish stores the result of a run and, unless the run waits, clears its pending approval. It is a local activity.
func (a *Activities) ReconcileFinish(ctx context.Context, in ReconcileFinishInput) error {
	data, err := json.Marshal(in.Result)
	if err != nil {
		return fmt.Errorf("encode the result: %w", err)
	}
	if !in.Waiting {
		if err := a.store.ClearApproval(ctx, in.Result.Connection, in.Result.RunID); err != nil {
			return err
		}
	}
	return a.store.SaveReconcileResult(ctx, in.Result.Connection, data)
}
