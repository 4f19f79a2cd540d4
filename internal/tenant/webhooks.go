package tenant

import (
	"context"
	"encoding/json"
	"fmt"

	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/secret"
	"ninjaone-accelo/internal/store"
)

// WebhookSecrets authenticate the webhook deliveries of a connection. The current secret of each kind comes first. Older ones
// stay valid, so that deliveries already on their way are accepted. An empty secret is never valid.
type WebhookSecrets struct {
	// NinjaOne are the bearer tokens of the header that NinjaOne sends.
	NinjaOne []string `json:"ninjaone"`
	// Accelo are the keys of the digest in X-Hub-Signature.
	Accelo []string `json:"accelo"`
	// AcceloTokens are unguessable path segments of the Accelo URL, as a second factor.
	AcceloTokens []string `json:"accelo_tokens"`
	// Pair is the pair that the secrets belong to: what they authenticate is about its records.
	Pair store.Pair `json:"-"`
	// Options are those of the connection: they decide which alerts open a request.
	Options config.Options `json:"-"`
}

// keptSecrets is how many secrets of a kind are valid at a time.
const keptSecrets = 2

func webhooksScope(connection string) string { return connection + "/webhooks" }

// WebhookSecrets returns the secrets of a connection. They are empty if `connect` has not created any. It returns
// store.ErrNotFound for a connection that does not exist. Concurrent callers share one read; the result is not kept beyond it,
// since a delivery may carry secrets that `connect` has just created.
func (p *Provider) WebhookSecrets(ctx context.Context, name string) (WebhookSecrets, error) {
	read, err, _ := p.reads.Do(name, func() (any, error) { return p.readWebhooks(ctx, name) })
	if err != nil {
		return WebhookSecrets{}, err
	}
	secrets, _ := read.(WebhookSecrets)
	return secrets, nil
}

// CurrentWebhookSecrets returns the secrets of a connection as they are stored now. It shares no read with anyone: one that began before the
// connection moved would return the secrets of its former pair.
func (p *Provider) CurrentWebhookSecrets(ctx context.Context, name string) (WebhookSecrets, error) {
	return p.readWebhooks(ctx, name)
}

func (p *Provider) readWebhooks(ctx context.Context, name string) (WebhookSecrets, error) {
	stored, err := p.options.Store.Webhooks(ctx, name)
	if err != nil {
		return WebhookSecrets{}, err
	}
	return p.openWebhooks(name, stored)
}

func (p *Provider) openWebhooks(name string, stored store.Webhooks) (WebhookSecrets, error) {
	secrets := WebhookSecrets{Pair: stored.Pair, Options: p.optionsOf(store.Connection{Name: name, Chosen: stored.Chosen})}
	if stored.Sealed == nil {
		return secrets, nil
	}
	plain, err := p.options.Box.Open(stored.Sealed, webhooksScope(name))
	if err != nil {
		return secrets, lockedError(name, err)
	}
	if err := json.Unmarshal(plain, &secrets); err != nil {
		return secrets, fmt.Errorf("the stored webhook secrets can't be read: run `%s`", rules.Command(name, "connect --rotate-secrets"))
	}
	return secrets, nil
}

// EnsureWebhookSecrets returns the secrets of a connection and creates them if there are none. With rotate it adds new ones in
// front of the current ones. Secrets that no key opens are replaced only if a user has said that their key is lost.
func (p *Provider) EnsureWebhookSecrets(ctx context.Context, name string, rotate bool) (WebhookSecrets, error) {
	stored, err := p.options.Store.Webhooks(ctx, name)
	if err != nil {
		return WebhookSecrets{}, err
	}
	secrets, err := p.openWebhooks(name, stored)
	locked := IsLocked(err)
	if err != nil && (locked && !p.options.LostKey || !locked && !rotate) {
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
	if err := p.requireKey(ctx); err != nil {
		return secrets, err
	}
	sealed, err := p.options.Box.Seal(plain, webhooksScope(name))
	if err != nil {
		return secrets, err
	}
	if err := p.options.Store.SaveWebhookSecrets(ctx, name, stored.Sealed, sealed); err != nil {
		return secrets, err
	}
	return p.readWebhooks(ctx, name) // another process may have been faster
}
