package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/store"
)

// A state works once, in its own session, for its vendor, and for ten minutes. Every refusal says why.
func TestUseState(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	now := time.Now().Truncate(time.Microsecond)
	add := func(hash string, at time.Time) {
		t.Helper()
		require.NoError(t, d.AddState(t.Context(), store.OAuthState{
			Hash: []byte(hash), Session: []byte("session"), Pending: "p-1", Vendor: store.NinjaOne, CreatedAt: at,
		}))
	}
	use := func(hash, session string, vendor store.Vendor) error {
		t.Helper()
		state, err := d.UseState(t.Context(), []byte(hash), []byte(session), vendor, now)
		if err == nil {
			require.Equal(t, "p-1", state.Pending)
		}
		return err
	}
	add("gone", now.Add(-25*time.Hour))
	add("one", now.Add(-9*time.Minute))
	add("old", now.Add(-11*time.Minute))
	require.ErrorIs(t, use("one", "another", store.NinjaOne), store.ErrStateOtherSession)
	require.ErrorIs(t, use("one", "session", store.Accelo), store.ErrNotFound)
	require.NoError(t, use("one", "session", store.NinjaOne))
	require.ErrorIs(t, use("one", "session", store.NinjaOne), store.ErrStateUsed)
	require.ErrorIs(t, use("old", "session", store.NinjaOne), store.ErrStateExpired)
	require.ErrorIs(t, use("gone", "session", store.NinjaOne), store.ErrNotFound)
	require.ErrorIs(t, use("forged", "session", store.NinjaOne), store.ErrNotFound)
}

// A pending connection waits until it expires, and is not overwritten by someone who has not seen its last change.
func TestPendingConnections(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	now := time.Now().Truncate(time.Microsecond)
	require.NoError(t, d.CreatePending(t.Context(), store.PendingConnection{
		ID: "p-1", Name: "Acme", BegunAt: store.BegunAtNinjaOne, Sealed: []byte{1}, CreatedAt: now, ExpiresAt: now.Add(time.Hour),
	}))
	require.NoError(t, d.CreatePending(t.Context(), store.PendingConnection{
		ID: "p-2", Connection: "default", BegunAt: store.BegunReconnect, Sealed: []byte{2}, CreatedAt: now, ExpiresAt: now.Add(time.Minute),
	}))
	listed, err := d.PendingConnections(t.Context(), now)
	require.NoError(t, err)
	require.Len(t, listed, 1, "signing in again is not a new connection")
	pending := listed[0]
	pending.SentTo, pending.SentAt = store.Accelo, &now
	require.NoError(t, d.ChangePending(t.Context(), pending))
	require.ErrorIs(t, d.ChangePending(t.Context(), pending), store.ErrConnectionChanged)
	changed, err := d.Pending(t.Context(), "p-1", now)
	require.NoError(t, err)
	require.Equal(t, store.Accelo, changed.SentTo)
	_, err = d.Pending(t.Context(), "p-1", now.Add(time.Hour))
	require.ErrorIs(t, err, store.ErrNotFound)
	_, err = d.PendingConnections(t.Context(), now.Add(time.Minute))
	require.NoError(t, err)
	require.Equal(t, 1, value[int](d, `SELECT count(*)::int FROM pending_connections`), "what has expired goes with its secrets")
	require.NoError(t, d.EndPending(t.Context(), "p-1"))
	_, err = d.Pending(t.Context(), "p-1", now)
	require.ErrorIs(t, err, store.ErrNotFound)
}
