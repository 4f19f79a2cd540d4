package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/store"
)

// Every column of bytes either holds hashes or is one that a rotation of the key re-encrypts.
func TestSealedSecretsKnowsEveryColumn(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	hashes := []string{"oauth_states.hash", "oauth_states.session", "sessions.opened_with", "sessions.secret_hash", "api_tokens.hash"}
	places := []store.SealedPlace{
		store.SealedNinjaOne, store.SealedAccelo, store.SealedWebhooks, store.SealedGrant, store.SealedFormerNinjaOne, store.SealedFormerAccelo,
		store.SealedFormerNinjaOneGrant, store.SealedFormerAcceloGrant, store.SealedPending,
	}
	want := hashes
	for _, place := range places {
		want = append(want, string(place))
	}
	require.ElementsMatch(t, want, value[[]string](d, `SELECT array_agg(table_name || '.' || column_name)::text[] FROM information_schema.columns
		WHERE table_schema = 'public' AND data_type = 'bytea'`))
}

// A secret is replaced only while it is what was read.
func TestReplaceSealed(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	d.fill(t.Context(), connection, 1001)
	secrets, err := d.SealedSecrets(t.Context())
	require.NoError(t, err)
	require.Len(t, secrets, 4)
	for _, one := range secrets {
		replaced, err := d.ReplaceSealed(t.Context(), one, []byte("fresh"))
		require.NoError(t, err)
		require.True(t, replaced, one.Place)
		replaced, err = d.ReplaceSealed(t.Context(), one, []byte("late"))
		require.NoError(t, err)
		require.False(t, replaced, one.Place)
	}
	secrets, err = d.SealedSecrets(t.Context())
	require.NoError(t, err)
	for _, one := range secrets {
		require.Equal(t, []byte("fresh"), one.Value)
	}
}
