package web

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// However many networks try, the memory for counting them stays bounded, and those who tried long ago are forgotten.
func TestAttemptsAreBounded(t *testing.T) {
	t.Parallel()
	a, now := newAttempts(), time.Unix(1_800_000_000, 0)
	for i := range maxNetworks {
		require.True(t, a.allow(fmt.Sprintf("10.%d.%d.%d:1", i>>16, i>>8&255, i&255), now))
	}
	require.False(t, a.allow("192.0.2.1:1", now), "all networks are taken")
	require.True(t, a.allow("10.0.0.1:2", now), "those counted already go on")
	require.True(t, a.allow("192.0.2.1:1", now.Add(attemptInterval)))
	require.Less(t, len(a.networks), 10)
}

// An address that cannot be read is throttled with all others like it.
func TestAttemptsWithoutAddress(t *testing.T) {
	t.Parallel()
	a, now := newAttempts(), time.Unix(1_800_000_000, 0)
	for i := range attemptsAtOnce {
		require.True(t, a.allow(fmt.Sprintf("@%d", i), now))
	}
	require.False(t, a.allow("", now))
}

// Lengths of time are said in whole units that say enough.
func TestSpoken(t *testing.T) {
	t.Parallel()
	for length, want := range map[time.Duration]string{
		0: "less than a second", 999 * time.Millisecond: "less than a second", time.Second: "1 second",
		90 * time.Second: "90 seconds", 119 * time.Second: "119 seconds", 2 * time.Minute: "2 minutes",
		90 * time.Minute: "90 minutes", 47 * time.Hour: "47 hours", 48 * time.Hour: "2 days",
	} {
		require.Equal(t, want, spoken(length))
	}
}

// No value but the ones that were signed is a session.
func FuzzSession(f *testing.F) {
	const expiry = 1_800_000_000
	signed, err := newSessions("correct-horse-battery-staple")
	require.NoError(f, err)
	good := signed.sign(expiry)
	for _, seed := range []string{good, "", ".", "0.", "-1.", "9223372036854775808.x", good + ".", "0" + good} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		require.Equal(t, value == good, signed.valid(value, time.Unix(expiry-1, 0)))
		require.False(t, signed.valid(value, time.Unix(expiry, 0)))
	})
}
