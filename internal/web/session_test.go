package web

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Only signed values are sessions, and only until they expire.
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
