package reconcile

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

const (
	// registerInterval is how often NinjaOne's webhook is registered again although nothing seems wrong: each registration leaves an
	// entry in the customer's activity log.
	registerInterval = time.Hour
	// minSilence is how many events in a row have to be missed for the webhook to count as replaced: a single one may just be lost.
	minSilence = 2
	// maxReplacements is how often within replacementWindow it is registered again because its events did not come. If they stay away after
	// that, another tool keeps replacing it, or NinjaOne can't reach us: going on would only fill the log.
	maxReplacements   = 3
	replacementWindow = 24 * time.Hour
)

// Registration says how to register NinjaOne's webhook, which can't be read.
type Registration struct {
	// Again registers it even if that was done within the last hour.
	Again bool
	// Missed means that this is because its newest events did not come: Silence of them.
	Missed  bool
	Silence int
	// Heard means that the one before them did: the webhook led to us then.
	Heard bool
}

// RegisterWebhooks restores both registrations: Accelo deletes subscriptions that were too slow, and another tool may have replaced
// NinjaOne's only one (ninjaone.md 7.1, accelo.md 10.4). If that does not help, NinjaOne's is left alone for a while. It also removes what is left
// of ours in deployments that the connection has left; the doubts say what could not be removed.
func (r *Reconciler) RegisterWebhooks(ctx context.Context, connection string, how Registration) (flow.Webhooks, []string, error) {
	webhooks, err := r.registerWebhooks(ctx, connection, how)
	doubts, leaveErr := r.Webhooks.LeaveFormer(ctx, connection)
	return webhooks, doubts, errors.Join(err, leaveErr)
}

func (r *Reconciler) registerWebhooks(ctx context.Context, connection string, how Registration) (flow.Webhooks, error) {
	if _, err := r.Tenants.Ready(ctx, connection); err != nil {
		return flow.Webhooks{}, err
	}
	state, err := r.Store.ReconcileState(ctx, connection)
	if err != nil {
		return flow.Webhooks{}, err
	}
	now := time.Now()
	if err := r.countSilence(ctx, connection, &state, how); err != nil {
		return flow.Webhooks{}, err
	}
	if helpless(state, how, now) {
		return r.giveUp(ctx, connection, state, now)
	}
	ninjaOne := how.Again || state.WebhookGivenUpAt != nil || state.WebhookRegisteredAt == nil || now.Sub(*state.WebhookRegisteredAt) > registerInterval
	webhooks, err := r.Webhooks.RegisterWebhooks(ctx, connection, ninjaOne)
	switch {
	case err != nil, !ninjaOne, webhooks.NinjaOne != flow.Registered:
		return webhooks, err
	case how.Missed && state.WebhookSilence >= minSilence:
		return webhooks, r.Store.MarkWebhookReplaced(ctx, connection, now)
	}
	return webhooks, r.Store.MarkWebhookRegistered(ctx, connection, now)
}

// countSilence adds what did not come to what had not come before, until something comes.
func (r *Reconciler) countSilence(ctx context.Context, connection string, state *store.ReconcileState, how Registration) error {
	before := state.WebhookSilence
	if how.Heard {
		state.WebhookSilence = 0
	}
	if how.Missed {
		state.WebhookSilence += max(how.Silence, 1)
	}
	if how.Heard && state.WebhookSilence == 0 && state.WebhookGivenUpAt != nil {
		state.WebhookGivenUpAt = nil
	} else if before == state.WebhookSilence {
		return nil
	}
	return r.Store.CountWebhookSilence(ctx, connection, state.WebhookSilence)
}

// helpless reports whether registering NinjaOne's webhook again has not helped often enough to stop. A user who asks for it gets it.
func helpless(state store.ReconcileState, how Registration, now time.Time) bool {
	if how.Again && !how.Missed {
		return false
	}
	silent := how.Missed && state.WebhookSilence >= minSilence
	return (silent || state.WebhookGivenUpAt != nil) && len(recent(state, now)) >= maxReplacements
}

// recent returns the replacements within the window, the oldest first.
func recent(state store.ReconcileState, now time.Time) []time.Time {
	for i, at := range state.WebhookReplacedAt {
		if now.Sub(at) < replacementWindow {
			return state.WebhookReplacedAt[i:]
		}
	}
	return nil
}

// giveUp leaves NinjaOne's webhook alone, and says so wherever someone may look.
func (r *Reconciler) giveUp(ctx context.Context, connection string, state store.ReconcileState, now time.Time) (flow.Webhooks, error) {
	webhooks, err := r.Webhooks.RegisterWebhooks(ctx, connection, false)
	if err != nil {
		return webhooks, err
	}
	replaced := recent(state, now)
	until := replaced[len(replaced)-maxReplacements].Add(replacementWindow).UTC().Format(time.RFC3339)
	if state.WebhookGivenUpAt == nil {
		if err := r.Store.GiveUpWebhook(ctx, connection, now); err != nil {
			return webhooks, err
		}
		tenant.LoggerFrom(ctx).Warn("NinjaOne's webhook is not registered again: its events stay away, so another tool keeps replacing it, or NinjaOne "+
			"can't reach us", "connection", connection, "registered_again", len(replaced), "until", until)
	}
	if webhooks.Todo != "" { // another connection's
		return webhooks, nil
	}
	webhooks.NinjaOne = fmt.Sprintf("not registered again before %s: its events stay away although it was registered %d times within a day",
		until, len(replaced))
	webhooks.Todo = fmt.Sprintf("NinjaOne's webhook was registered again %d times within a day, and its events still don't come. Another tool, or "+
		"another installation of this one, uses the same NinjaOne application and keeps replacing the one webhook that NinjaOne has for it, or NinjaOne "+
		"can't reach PUBLIC_URL. Give each an application of its own (Administration > Apps > API), or make PUBLIC_URL reachable. Then run `%s`. "+
		"Until then, reconciliations find the alerts, a few minutes later.", len(replaced), rules.Command(connection, "connect"))
	return webhooks, nil
}
