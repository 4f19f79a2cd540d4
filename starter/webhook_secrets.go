package main

import (
	"context"
	"sync"
	"time"

	"ninjaone-accelo/internal/vendors"
	"ninjaone-accelo/internal/webhook"
)

// secretsAge is how long webhook secrets are kept in memory: new ones are made at the earliest moment when old ones are still
// valid, so that a storm of deliveries need not read them each time.
const secretsAge = 10 * time.Second

// webhookSecrets gives the receiver the secrets of a connection.
type webhookSecrets struct {
	vendors *vendors.Provider

	mu    sync.Mutex
	known map[string]knownSecrets
}

type knownSecrets struct {
	secrets webhook.Secrets
	read    time.Time
}

func newWebhookSecrets(provider *vendors.Provider) *webhookSecrets {
	return &webhookSecrets{vendors: provider, known: map[string]knownSecrets{}}
}

// WebhookSecrets implements webhook.Connections.
func (w *webhookSecrets) WebhookSecrets(ctx context.Context, connection string) (webhook.Secrets, error) {
	w.mu.Lock()
	known, ok := w.known[connection]
	w.mu.Unlock()
	if ok && time.Since(known.read) < secretsAge && len(known.secrets.NinjaOne) > 0 {
		return known.secrets, nil
	}
	secrets, err := w.vendors.WebhookSecrets(ctx, connection)
	if err != nil {
		return webhook.Secrets{}, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.known[connection] = knownSecrets{webhook.Secrets(secrets), time.Now()}
	return webhook.Secrets(secrets), nil
}
