package tenant_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/secret"
	"ninjaone-accelo/internal/tenant"
)

func webhookSecrets(t *testing.T, p *tenant.Provider, rotate bool) tenant.WebhookSecrets {
	t.Helper()
	secrets, err := p.EnsureWebhookSecrets(t.Context(), "default", rotate)
	require.NoError(t, err)
	return secrets
}

// Webhook secrets are created once. A rotation puts new ones first and keeps the previous ones valid, but no older ones.
func TestWebhookSecrets(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	p := f.provider(1)
	f.save(p, "default", oauth())
	none, err := p.WebhookSecrets(t.Context(), "default")
	require.NoError(t, err)
	require.Equal(t, int64(1), none.Pair.Number)
	require.Equal(t, tenant.WebhookSecrets{Pair: none.Pair, Options: config.Defaults{}.Options()}, none)

	first := webhookSecrets(t, p, false)
	require.Equal(t, first, webhookSecrets(t, f.provider(1), false))
	kinds := func(s tenant.WebhookSecrets) [][]string { return [][]string{s.NinjaOne, s.Accelo, s.AcceloTokens} }
	seen := map[string]bool{}
	for _, kind := range kinds(first) {
		require.Len(t, kind, 1)
		require.GreaterOrEqual(t, len(kind[0]), 32)
		require.False(t, seen[kind[0]], "all secrets differ")
		seen[kind[0]] = true
		require.NotContains(t, string(f.row("default")), kind[0])
	}

	second := webhookSecrets(t, p, true)
	third := webhookSecrets(t, p, true)
	for i := range kinds(first) {
		old, current := kinds(second)[i], kinds(third)[i]
		require.Len(t, old, 2)
		require.Equal(t, kinds(first)[i][0], old[1])
		require.Equal(t, []string{current[0], old[0]}, current)
		require.NotEqual(t, old[0], current[0])
	}
	stored, err := p.WebhookSecrets(t.Context(), "default")
	require.NoError(t, err)
	require.Equal(t, third, stored)
}

// Processes that create the secrets at the same time end up with the same ones.
func TestConcurrentEnsureWebhookSecrets(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.save(f.provider(1), "default", oauth())
	created := make([]tenant.WebhookSecrets, 8)
	var group errgroup.Group
	for i := range created {
		p := f.provider(1)
		group.Go(func() (err error) {
			created[i], err = p.EnsureWebhookSecrets(t.Context(), "default", false)
			return err
		})
	}
	require.NoError(t, group.Wait())
	for _, secrets := range created {
		require.Equal(t, created[0], secrets)
	}
}

// Another CREDENTIALS_KEY can't read them, and replaces them only if a user has said that theirs is lost.
func TestWebhookSecretsOfAnotherKey(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.save(f.provider(1), "default", oauth())
	former := webhookSecrets(t, f.provider(1), false)
	other := f.provider(2)
	_, err := other.WebhookSecrets(t.Context(), "default")
	require.ErrorIs(t, err, secret.ErrKey)
	_, err = other.EnsureWebhookSecrets(t.Context(), "default", false)
	require.ErrorIs(t, err, secret.ErrKey)
	_, err = other.EnsureWebhookSecrets(t.Context(), "default", true)
	require.ErrorIs(t, err, secret.ErrKey)
	require.Equal(t, former, webhookSecrets(t, f.provider(1), false))
	fresh := webhookSecrets(t, f.lostKey(2), false)
	require.Len(t, fresh.NinjaOne, 1)
	require.NotEqual(t, former.NinjaOne, fresh.NinjaOne)
}
