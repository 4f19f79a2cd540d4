package vendors_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"ninjaone-accelo/internal/secret"
	"ninjaone-accelo/internal/vendors"
)

func webhookSecrets(t *testing.T, p *vendors.Provider, rotate bool) vendors.WebhookSecrets {
	t.Helper()
	secrets, err := p.MakeWebhookSecrets(t.Context(), "default", rotate)
	require.NoError(t, err)
	return secrets
}

// Webhook secrets are made once and stay. A rotation puts new ones first; the former stay valid, those before them do not.
func TestWebhookSecrets(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	p := o.provider(1)
	o.save(p, "default", oauth())
	none, err := p.WebhookSecrets(t.Context(), "default")
	require.NoError(t, err)
	require.Equal(t, vendors.WebhookSecrets{}, none)

	first := webhookSecrets(t, p, false)
	require.Equal(t, first, webhookSecrets(t, o.provider(1), false))
	kinds := func(s vendors.WebhookSecrets) [][]string { return [][]string{s.NinjaOne, s.Accelo, s.AcceloTokens} }
	seen := map[string]bool{}
	for _, kind := range kinds(first) {
		require.Len(t, kind, 1)
		require.GreaterOrEqual(t, len(kind[0]), 32)
		require.False(t, seen[kind[0]], "each is one of its own")
		seen[kind[0]] = true
		require.NotContains(t, string(o.row("default")), kind[0])
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

// Processes that make them at the same time end up with the same ones.
func TestWebhookSecretsAreMadeOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.save(o.provider(1), "default", oauth())
	made := make([]vendors.WebhookSecrets, 8)
	var group errgroup.Group
	for i := range made {
		p := o.provider(1)
		group.Go(func() (err error) {
			made[i], err = p.MakeWebhookSecrets(t.Context(), "default", false)
			return err
		})
	}
	require.NoError(t, group.Wait())
	for _, secrets := range made {
		require.Equal(t, made[0], secrets)
	}
}

// Under another key they cannot be read; a rotation makes new ones.
func TestWebhookSecretsOfAnotherKey(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.save(o.provider(1), "default", oauth())
	former := webhookSecrets(t, o.provider(1), false)
	other := o.provider(2)
	_, err := other.WebhookSecrets(t.Context(), "default")
	require.ErrorIs(t, err, secret.ErrKey)
	_, err = other.MakeWebhookSecrets(t.Context(), "default", false)
	require.ErrorIs(t, err, secret.ErrKey)
	fresh := webhookSecrets(t, other, true)
	require.Len(t, fresh.NinjaOne, 1)
	require.NotEqual(t, former.NinjaOne, fresh.NinjaOne)
}
