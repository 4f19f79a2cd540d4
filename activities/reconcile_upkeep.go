package activities

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

const (
	// overdueAtOnce is how many parked records of a kind a run takes up.
	overdueAtOnce = 50
	// firstRetry and lastRetry are how long after its last attempt a parked record is tried again, doubling in between.
	firstRetry, lastRetry = 5 * time.Minute, 24 * time.Hour
	// registerInterval is how often NinjaOne's webhook is made anew when nothing seems wrong with it: each leaves an entry in
	// the customer's activity log.
	registerInterval = time.Hour
	// unsettledAfter is when nobody can be at work any more on a create that was begun: far beyond lease and settling time.
	unsettledAfter = 10 * time.Minute
)

// RegisterWebhooksInput asks to see to both registrations.
type RegisterWebhooksInput struct {
	Connection string `json:"connection"`
	// Again makes NinjaOne's anew even when that was done a short while ago: its events did not arrive.
	Again bool `json:"again,omitempty"`
}

// RegisterWebhooksResult is how they stand now.
type RegisterWebhooksResult struct {
	Webhooks flow.Webhooks `json:"webhooks"`
	APICalls flow.APICalls `json:"api_calls,omitzero"`
}

// RegisterWebhooks makes sure that both vendors still tell us of events: Accelo deletes subscriptions that were too slow, and
// another tool may have replaced the only one that NinjaOne has (contract ninjaone 7.1, accelo 10.4).
func (a *Activities) RegisterWebhooks(ctx context.Context, in RegisterWebhooksInput) (RegisterWebhooksResult, error) {
	webhooks, err := a.registerWebhooks(accelo.WithLane(ctx, accelo.Bulk), in)
	return RegisterWebhooksResult{Webhooks: webhooks, APICalls: apiCalls(ctx)}, err
}

func (a *Activities) registerWebhooks(ctx context.Context, in RegisterWebhooksInput) (flow.Webhooks, error) {
	if _, err := a.tenants.Ready(ctx, in.Connection); err != nil {
		return flow.Webhooks{}, err
	}
	state, err := a.store.ReconcileState(ctx, in.Connection)
	if err != nil {
		return flow.Webhooks{}, err
	}
	anew := in.Again || state.WebhookRegisteredAt == nil || time.Since(*state.WebhookRegisteredAt) > registerInterval
	webhooks, err := a.webhooks.RegisterWebhooks(ctx, in.Connection, anew)
	if err == nil && anew && webhooks.NinjaOne == flow.Registered {
		err = a.store.MarkWebhookRegistered(ctx, in.Connection, time.Now())
	}
	return webhooks, err
}

// ReconcileOverdueInput asks for syncs that failed, or were begun and never ended.
type ReconcileOverdueInput struct {
	Connection string `json:"connection"`
	// Now takes up what is parked without waiting until it is due.
	Now bool `json:"now,omitempty"`
}

// ReconcileOverdueResult are the syncs to start again.
type ReconcileOverdueResult struct {
	Alerts        []rules.Alert                  `json:"alerts"`
	Organizations []flow.ImportOrganizationInput `json:"organizations"`
	Resets        []flow.AlertResetInput         `json:"resets,omitempty"`
	Rules         flow.AlertRules                `json:"rules,omitzero"`
}

// ReconcileOverdue finds parked records that are due for another attempt, and creates that were begun and never settled: each
// belongs to a sync that can be started again safely. It is a local activity.
func (a *Activities) ReconcileOverdue(ctx context.Context, in ReconcileOverdueInput) (ReconcileOverdueResult, error) {
	return a.overdue(ctx, in, time.Now())
}

func (a *Activities) overdue(ctx context.Context, in ReconcileOverdueInput, now time.Time) (ReconcileOverdueResult, error) {
	result := ReconcileOverdueResult{
		Alerts: []rules.Alert{}, Organizations: []flow.ImportOrganizationInput{},
		Rules: flow.AlertRules{MinSeverity: a.options.Alerts.MinSeverity},
	}
	failures, err := a.store.Failures(ctx, in.Connection)
	if err != nil {
		return result, err
	}
	for _, failure := range failures {
		if !in.Now && now.Before(failure.UpdatedAt.Add(retryDelay(failure.Attempts))) {
			continue
		}
		if failure.Kind != store.Alerts {
			result.addOrganization(in.Connection, failure.OrganizationID)
			continue
		}
		if failure.EventType == store.ResetEvent {
			var reset flow.AlertResetInput
			if err := json.Unmarshal(failure.Event, &reset); err != nil {
				return result, fmt.Errorf("stored reset of alert %s: %w", failure.NinjaID, err)
			}
			if len(result.Resets) < overdueAtOnce {
				result.Resets = append(result.Resets, reset)
			}
			continue
		}
		var alert rules.Alert
		if err := json.Unmarshal(failure.Event, &alert); err != nil {
			return result, fmt.Errorf("stored event of alert %s: %w", failure.NinjaID, err)
		}
		result.addAlert(alert)
	}
	return result, a.addUnsettled(ctx, in.Connection, now, &result)
}

// addUnsettled adds what was begun and never ended, as after somebody terminated a workflow in Temporal's UI.
func (a *Activities) addUnsettled(ctx context.Context, connection string, now time.Time, result *ReconcileOverdueResult) error {
	organizations, err := a.store.OrganizationsWithOpenClaims(ctx, connection, now.Add(-unsettledAfter))
	if err != nil {
		return err
	}
	for _, id := range organizations {
		result.addOrganization(connection, id)
	}
	stuck, err := a.store.OverdueIncidents(ctx, connection, overdueAtOnce)
	if err != nil {
		return err
	}
	for _, incident := range stuck {
		result.addAlert(rules.Alert{UID: incident.LeaderUID, DeviceID: incident.DeviceID, OrganizationID: incident.OrganizationID})
	}
	return nil
}

func (r *ReconcileOverdueResult) addOrganization(connection string, id int) {
	known := slices.ContainsFunc(r.Organizations, func(in flow.ImportOrganizationInput) bool { return in.OrganizationID == id })
	if id != 0 && !known && len(r.Organizations) < overdueAtOnce {
		r.Organizations = append(r.Organizations, flow.ImportOrganizationInput{Connection: connection, OrganizationID: id})
	}
}

func (r *ReconcileOverdueResult) addAlert(alert rules.Alert) {
	known := slices.ContainsFunc(r.Alerts, func(other rules.Alert) bool { return other.UID == alert.UID })
	if !known && len(r.Alerts) < overdueAtOnce {
		r.Alerts = append(r.Alerts, alert)
	}
}

// retryDelay is how long after its last attempt a record that failed this often is tried again.
func retryDelay(attempts int) time.Duration {
	const enough = 10 // doublings that reach lastRetry
	return min(firstRetry<<min(max(attempts-1, 0), enough), lastRetry)
}

// ReconcileHoldInput tells that a mass change waits for a person.
type ReconcileHoldInput struct {
	Connection string `json:"connection"`
	WorkflowID string `json:"workflow_id"`
	RunID      string `json:"run_id"`
	Reason     string `json:"reason"`
	// Interval is how often the run that waits looks again.
	Interval time.Duration `json:"interval"`
}

// ReconcileHoldResult tells which execution waits: the one that asked, or another.
type ReconcileHoldResult struct {
	Ours       bool   `json:"ours"`
	WorkflowID string `json:"workflow_id"`
}

// ReconcileHold puts the brake on, unless another execution has it on already. It is a local activity.
func (a *Activities) ReconcileHold(ctx context.Context, in ReconcileHoldInput) (ReconcileHoldResult, error) {
	now := time.Now()
	brake, err := a.store.RequestApproval(ctx, in.Connection, store.PendingApproval{
		WorkflowID: in.WorkflowID, RunID: in.RunID, Reason: in.Reason, Since: now, CheckedAt: now,
	}, now.Add(-2*in.Interval))
	return ReconcileHoldResult{Ours: brake.RunID == in.RunID, WorkflowID: brake.WorkflowID}, err
}

// ReconcileFinishInput is the result of a run.
type ReconcileFinishInput struct {
	Result flow.ReconcileResult `json:"result"`
	// Waiting tells that the run goes on to wait for a person.
	Waiting bool `json:"waiting,omitempty"`
}

// ReconcileFinish stores the result of a run, and takes the brake off unless the run waits. It is a local activity.
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
