package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/store"
)

// A session lives as long as it is used, up to its lifetime, and ends at once when it is closed.
func TestSessions(t *testing.T) {
	t.Parallel()
	s := open(t, store.ClaimTimes{})
	limits := store.SessionLimits{Idle: time.Hour, Lifetime: 3 * time.Hour}
	start := time.Date(2025, 3, 19, 12, 0, 0, 0, time.UTC)
	open := func(secret string, at time.Time) {
		require.NoError(t, s.OpenSession(t.Context(), store.Session{
			SecretHash: []byte(secret), OpenedWith: []byte("token"), Role: "administrator", Who: "admin token", OpenedAt: at,
		}, limits))
	}
	use := func(secret string, at time.Time) error {
		_, err := s.UseSession(t.Context(), []byte(secret), at, limits)
		return err
	}
	open("idle", start)
	open("used", start)
	open("closed", start)
	session, err := s.UseSession(t.Context(), []byte("used"), start.Add(59*time.Minute), limits)
	require.NoError(t, err)
	require.Equal(t, "administrator", session.Role)
	require.Equal(t, []byte("token"), session.OpenedWith)
	require.True(t, session.SeenAt.Equal(start.Add(59*time.Minute)))
	require.NoError(t, s.CloseSession(t.Context(), []byte("closed")))
	require.ErrorIs(t, use("closed", start), store.ErrNotFound)
	require.ErrorIs(t, use("unknown", start), store.ErrNotFound)
	require.ErrorIs(t, use("idle", start.Add(time.Hour)), store.ErrNotFound)
	for _, later := range []time.Duration{110 * time.Minute, 160 * time.Minute} {
		require.NoError(t, use("used", start.Add(later)))
	}
	require.ErrorIs(t, use("used", start.Add(3*time.Hour)), store.ErrNotFound, "not even a session in use outlives its lifetime")

	open("next", start.Add(4*time.Hour))
	require.ErrorIs(t, use("used", start.Add(2*time.Hour)), store.ErrNotFound, "a login removes the sessions that have ended")
}
