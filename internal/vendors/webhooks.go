package vendors

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"ninjaone-accelo/internal/secret"
)

// WebhookSecrets are what webhooks of a connection are recognized by, the current one of each first. Older ones stay valid, so
// that deliveries on their way arrive.
type WebhookSecrets struct {
	// NinjaOne are the secrets of the header that NinjaOne sends along.
	NinjaOne []string `json:"ninjaone"`
	// Accelo are the keys of Accelo's signature, AcceloTokens the unguessable part of the URL.
	Accelo       []string `json:"accelo"`
	AcceloTokens []string `json:"accelo_tokens"`
}

// keptSecrets is how many secrets of a kind are valid at a time.
const keptSecrets = 2

func webhooksPlace(connection string) string { return connection + "/webhooks" }

// WebhookSecrets returns the secrets of a connection; none where `connect` has not made any, and store.ErrNotFound for a
// connection that does not exist.
func (p *Provider) WebhookSecrets(ctx context.Context, name string) (WebhookSecrets, error) {
	sealed, err := p.options.Store.WebhookSecrets(ctx, name)
	if err != nil {
		return WebhookSecrets{}, err
	}
	return p.openWebhooks(name, sealed)
}

func (p *Provider) openWebhooks(name string, sealed []byte) (WebhookSecrets, error) {
	var secrets WebhookSecrets
	if sealed == nil {
		return secrets, nil
	}
	plain, err := p.options.Box.Open(sealed, webhooksPlace(name))
	if err != nil {
		return secrets, err
	}
	if err := json.Unmarshal(plain, &secrets); err != nil {
		return secrets, errors.New("the stored webhook secrets cannot be read: run `starter connect --rotate-secrets`")
	}
	return secrets, nil
}

// MakeWebhookSecrets returns the secrets of a connection, making them where there are none. With rotate it puts new ones
// before them.
func (p *Provider) MakeWebhookSecrets(ctx context.Context, name string, rotate bool) (WebhookSecrets, error) {
	before, err := p.options.Store.WebhookSecrets(ctx, name)
	if err != nil {
		return WebhookSecrets{}, err
	}
	secrets, err := p.openWebhooks(name, before)
	if err != nil && !rotate {
		return secrets, err
	}
	if len(secrets.NinjaOne) > 0 && !rotate {
		return secrets, nil
	}
	for _, kind := range []*[]string{&secrets.NinjaOne, &secrets.Accelo, &secrets.AcceloTokens} {
		*kind = append([]string{secret.NewToken()}, *kind...)
		*kind = (*kind)[:min(len(*kind), keptSecrets)]
	}
	plain, err := json.Marshal(secrets)
	if err != nil {
		return secrets, fmt.Errorf("encode webhook secrets: %w", err)
	}
	sealed, err := p.options.Box.Seal(plain, webhooksPlace(name))
	if err != nil {
		return secrets, err
	}
	if err := p.options.Store.SaveWebhookSecrets(ctx, name, before, sealed); err != nil {
		return secrets, err
	}
	return p.WebhookSecrets(ctx, name) // somebody else may have been faster
}
