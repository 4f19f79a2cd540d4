package main

import (
	"context"

	"golang.org/x/sync/singleflight"

	"ninjaone-accelo/internal/vendors"
	"ninjaone-accelo/internal/webhook"
)

// webhookSecrets gives the receiver the secrets of a connection. Deliveries of a storm share one reading; none is kept beyond
// that, since a delivery may bear secrets that `connect` has made a moment ago.
type webhookSecrets struct {
	vendors *vendors.Provider
	reading singleflight.Group
}

func newWebhookSecrets(provider *vendors.Provider) *webhookSecrets {
	return &webhookSecrets{vendors: provider}
}

// WebhookSecrets implements webhook.Connections.
func (w *webhookSecrets) WebhookSecrets(ctx context.Context, connection string) (webhook.Secrets, error) {
	secrets, err, _ := w.reading.Do(connection, func() (any, error) {
		return w.vendors.WebhookSecrets(ctx, connection)
	})
	if err != nil {
		return webhook.Secrets{}, err
	}
	read, _ := secrets.(vendors.WebhookSecrets)
	return webhook.Secrets(read), nil
}
