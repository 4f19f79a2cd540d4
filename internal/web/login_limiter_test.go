package web

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// However many networks try, the limiter's memory stays bounded, and idle networks make room for new ones.
func TestLoginLimiterIsBounded(t *testing.T) {
	t.Parallel()
	l, now := newLoginLimiter(), time.Unix(1_800_000_000, 0)
	for i := range maxNetworks {
		require.True(t, l.allow(fmt.Sprintf("10.%d.%d.%d:1", i>>16, i>>8&255, i&255), now))
	}
	require.False(t, l.allow("192.0.2.1:1", now), "the limiter is full")
	require.True(t, l.allow("10.0.0.1:2", now), "known networks keep their allowance")
	require.True(t, l.allow("192.0.2.1:1", now.Add(loginInterval)))
	require.Less(t, len(l.networks), 10)
}

// All unreadable addresses share one allowance.
func TestLoginLimiterWithoutAddress(t *testing.T) {
	t.Parallel()
	l, now := newLoginLimiter(), time.Unix(1_800_000_000, 0)
	for i := range loginBurst {
		require.True(t, l.allow(fmt.Sprintf("@%d", i), now))
	}
	require.False(t, l.allow("", now))
}
