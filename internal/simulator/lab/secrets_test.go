package lab_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/lab"
)

// A secret is valid until it expires, is taken or is dropped, and an expired one is still known for a while.
func TestSecrets(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	s := lab.NewSecrets[string](func() time.Time { return now })
	state := func(name string) [2]bool {
		_, valid, found := s.Get(name)
		return [2]bool{valid, found}
	}
	first, second := s.Issue("a", now.Add(time.Minute)), s.Issue("b", now.Add(time.Hour))
	value, valid, found := s.Get(first)
	require.Equal(t, []any{"a", true, true}, []any{value, valid, found})
	require.Equal(t, [2]bool{false, false}, state("unknown"))

	now = now.Add(time.Minute)
	require.Equal(t, [2]bool{false, true}, state(first), "expired")
	require.Equal(t, [2]bool{true, true}, state(second))
	s.Set(first, "c", now.Add(time.Minute))
	require.Equal(t, [2]bool{true, true}, state(first))

	value, valid = s.Take(first)
	require.Equal(t, []any{"c", true}, []any{value, valid})
	_, valid = s.Take(first)
	require.False(t, valid, "only one call takes it")

	s.Expire(second)
	require.Equal(t, [2]bool{false, true}, state(second))
	now = now.Add(2 * time.Hour)
	third := s.Issue("d", now.Add(time.Minute))
	require.Equal(t, [2]bool{false, false}, state(second), "forgotten")
	require.Equal(t, 1, s.ExpireAll())
	require.Equal(t, 0, s.Drop())
	require.Equal(t, [2]bool{false, false}, state(third))
}
