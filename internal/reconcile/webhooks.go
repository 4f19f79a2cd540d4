package reconcile

import (
	"context"
	"errors"
	"time"

	"ninjaone-accelo/internal/flow"
)

// registerInterval is how often NinjaOne's webhook is registered again although nothing seems wrong: each registration leaves an
// entry in the customer's activity log.
const registerInterval = time.Hour

// RegisterWebhooks restores both registrations: Accelo deletes subscriptions that were too slow, and another tool may have replaced
// NinjaOne's only one (ninjaone.md 7.1, accelo.md 10.4). With again, NinjaOne's is registered even if that was done within the last
// hour, because its events did not arrive. It also removes what is left of ours in deployments that the connection has left; the
// doubts say what could not be removed.
func (r *Reconciler) RegisterWebhooks(ctx context.Context, connection string, again bool) (flow.Webhooks, []string, error) {
	webhooks, err := r.registerWebhooks(ctx, connection, again)
	doubts, leaveErr := r.Webhooks.LeaveFormer(ctx, connection)
	return webhooks, doubts, errors.Join(err, leaveErr)
}

func (r *Reconciler) registerWebhooks(ctx context.Context, connection string, again bool) (flow.Webhooks, error) {
	if _, err := r.Tenants.Ready(ctx, connection); err != nil {
		return flow.Webhooks{}, err
	}
	state, err := r.Store.ReconcileState(ctx, connection)
	if err != nil {
		return flow.Webhooks{}, err
	}
	ninjaOne := again || state.WebhookRegisteredAt == nil || time.Since(*state.WebhookRegisteredAt) > registerInterval
	webhooks, err := r.Webhooks.RegisterWebhooks(ctx, connection, ninjaOne)
	if err == nil && ninjaOne && webhooks.NinjaOne == flow.Registered {
		err = r.Store.MarkWebhookRegistered(ctx, connection, time.Now())
	}
	return webhooks, err
}
