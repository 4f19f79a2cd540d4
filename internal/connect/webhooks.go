package connect

import (
	"context"
	"fmt"
	"strings"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/tenant"
	"ninjaone-accelo/internal/webhook"
)

// alertActivities are the activities that start workflows (ninjaone.md 6.3, ninjaone.md A.2).
func alertActivities() map[string][]string {
	return map[string][]string{"CONDITION": {"TRIGGERED", "RESET", "RESET_BY_PSA_TICKET_CALLBACK"}}
}

// registerWebhooks registers a webhook with each vendor that accepts the credentials.
func (r *run) registerWebhooks(ctx context.Context, secrets tenant.WebhookSecrets) {
	if r.report.NinjaOne.OK {
		r.report.Webhooks.NinjaOne = r.registerNinjaOne(ctx, secrets)
	}
	if r.report.Accelo.OK {
		r.report.Webhooks.Accelo = r.registerAccelo(ctx, secrets)
	}
}

// registerNinjaOne replaces the tenant's only webhook with ours, so it can be repeated (ninjaone.md 7.1).
func (r *run) registerNinjaOne(ctx context.Context, secrets tenant.WebhookSecrets) string {
	err := r.NinjaOne.PutWebhook(ctx, ninjaone.Webhook{
		URL: webhook.NinjaOneURL(r.options.PublicURL, r.Name), Activities: alertActivities(), Expand: []string{"device", "organization"},
		Headers: []ninjaone.Header{{Name: webhook.NinjaOneHeader, Value: "Bearer " + secrets.NinjaOne[0]}},
	})
	switch {
	case err == nil:
		return flow.Registered
	case ninjaone.IsForbidden(err) && r.NinjaoneAuth == tenant.SignInAuth:
		r.todo("NinjaOne does not let the user who signed in register a webhook. A system administrator has to sign in, and no other PSA may be " +
			"connected.")
		return "refused: only a system administrator can register a webhook, and only if no other PSA is connected"
	case ninjaone.IsForbidden(err):
		r.todo("NinjaOne does not let this application register a webhook. The application must belong to a system administrator " +
			"(Administration > Apps > API), and no other PSA may be connected.")
		return "refused: only a system administrator's application can register a webhook, and only if no other PSA is connected"
	}
	r.todo("Could not register NinjaOne's webhook: %v", err)
	return fmt.Sprintf("not registered: %v", err)
}

// registerAccelo leaves exactly one subscription of ours, with the current secret (accelo.md 10.1). Accelo does not return the
// secret of a subscription, so the token in its URL identifies the current one.
func (r *run) registerAccelo(ctx context.Context, secrets tenant.WebhookSecrets) string {
	url := webhook.AcceloURL(r.options.PublicURL, r.Name, secrets.AcceloTokens[0])
	subscriptions, err := r.Accelo.Subscriptions(ctx)
	if err != nil {
		r.todo("Could not read Accelo's webhook subscriptions: %v", err)
		return fmt.Sprintf("not registered: %v", err)
	}
	current := false
	var old []accelo.Subscription
	for _, subscription := range subscriptions {
		switch {
		case subscription.URL == url && subscription.EventID == accelo.EventRequestStatus && !current:
			current = true
		case r.isOurs(subscription.URL, secrets):
			old = append(old, subscription)
		}
	}
	if !current {
		_, err := r.Accelo.Subscribe(ctx, accelo.NewSubscription{URL: url, EventID: accelo.EventRequestStatus, Secret: secrets.Accelo[0]})
		if err != nil {
			r.todo("Could not register Accelo's webhook: %v", err)
			return fmt.Sprintf("not registered: %v", err)
		}
	}
	for _, subscription := range old { // only now, so that no event is lost between the two
		if err := r.Accelo.Unsubscribe(ctx, subscription.ID); err != nil {
			return fmt.Sprintf("registered, but an old subscription could not be removed: %v", err)
		}
	}
	return flow.Registered
}

// isOurs reports whether a subscription leads to this connection of this installation: it has one of our tokens, wherever it leads, or
// an address of ours. Another installation with the same credentials has others.
func (r *run) isOurs(url string, secrets tenant.WebhookSecrets) bool {
	for _, token := range secrets.AcceloTokens {
		if strings.HasSuffix(url, webhook.AcceloURL("", r.Name, token)) {
			return true
		}
	}
	for _, public := range []string{r.options.PublicURL, r.Settings.PublicURL} {
		if public != "" && strings.HasPrefix(url, webhook.AcceloURL(public, r.Name, "")) {
			return true
		}
	}
	return false
}
