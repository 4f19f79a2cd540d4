package secret_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/secret"
)

// newBox returns a box whose key repeats one byte.
func newBox(t testing.TB, key byte) *secret.Box {
	t.Helper()
	box, err := secret.New(bytes.Repeat([]byte{key}, secret.KeySize))
	require.NoError(t, err)
	return box
}

// A sealed value is not readable, and opens with the same key and context.
func TestSealAndOpen(t *testing.T) {
	t.Parallel()
	for _, plaintext := range []string{"", "x", "client secret of some length"} {
		box := newBox(t, 1)
		sealed, err := box.Seal([]byte(plaintext), "default/accelo")
		require.NoError(t, err)
		if len(plaintext) > 1 {
			require.NotContains(t, string(sealed), plaintext)
		}
		opened, err := box.Open(sealed, "default/accelo")
		require.NoError(t, err)
		require.Equal(t, plaintext, string(opened))
	}
}

// Sealing the same value twice gives different results, so equal credentials can't be recognized.
func TestSealIsRandom(t *testing.T) {
	t.Parallel()
	box := newBox(t, 1)
	one, err := box.Seal([]byte("value"), "context")
	require.NoError(t, err)
	other, err := box.Seal([]byte("value"), "context")
	require.NoError(t, err)
	require.NotEqual(t, one, other)
}

// A value does not open with another key or context, or after it has been altered.
func TestOpenRejects(t *testing.T) {
	t.Parallel()
	sealed, err := newBox(t, 1).Seal([]byte("value"), "default/accelo")
	require.NoError(t, err)
	tests := []struct {
		name    string
		key     byte
		context string
		alter   func([]byte) []byte
		want    error
	}{
		{"another key", 2, "default/accelo", slices.Clone[[]byte], secret.ErrKey},
		{"another connection", 1, "other/accelo", slices.Clone[[]byte], secret.ErrKey},
		{"another column", 1, "default/ninjaone", slices.Clone[[]byte], secret.ErrKey},
		{"one extra byte", 1, "default/accelo", func(b []byte) []byte { return append(slices.Clone(b), 0) }, secret.ErrKey},
		{"one byte missing", 1, "default/accelo", func(b []byte) []byte { return b[:len(b)-1] }, secret.ErrKey},
		{"only a header", 1, "default/accelo", func(b []byte) []byte { return b[:25] }, secret.ErrForm},
		{"empty", 1, "default/accelo", func([]byte) []byte { return nil }, secret.ErrForm},
		{"a later version", 1, "default/accelo", func(b []byte) []byte { return append([]byte{2}, b[1:]...) }, secret.ErrForm},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			opened, err := newBox(t, test.key).Open(test.alter(sealed), test.context)
			require.ErrorIs(t, err, test.want)
			require.Nil(t, opened)
		})
	}
	require.ErrorContains(t, secret.ErrKey, "CREDENTIALS_KEY is not the key that these credentials were stored with")
}

// The newest key seals, and every key opens. Only what is sealed under an older one has to be re-encrypted.
func TestKeys(t *testing.T) {
	t.Parallel()
	one, two := newBox(t, 1), newBox(t, 2)
	ring, err := secret.New(bytes.Repeat([]byte{2}, secret.KeySize), bytes.Repeat([]byte{3}, secret.KeySize), bytes.Repeat([]byte{1}, secret.KeySize))
	require.NoError(t, err)
	old, err := one.Seal([]byte("value"), "context")
	require.NoError(t, err)
	opened, err := ring.Open(old, "context")
	require.NoError(t, err)
	require.Equal(t, "value", string(opened))

	fresh, changed, err := ring.Reseal(old, "context")
	require.NoError(t, err)
	require.True(t, changed)
	opened, err = two.Open(fresh, "context")
	require.NoError(t, err)
	require.Equal(t, "value", string(opened))
	_, err = one.Open(fresh, "context")
	require.ErrorIs(t, err, secret.ErrKey)

	again, changed, err := ring.Reseal(fresh, "context")
	require.NoError(t, err)
	require.False(t, changed)
	require.Equal(t, fresh, again)
	for _, context := range []string{"", "other"} {
		_, changed, err = ring.Reseal(old, context)
		require.ErrorIs(t, err, secret.ErrKey)
		require.False(t, changed)
	}
	_, _, err = two.Reseal(old, "context")
	require.ErrorIs(t, err, secret.ErrKey)
}

// Every bit of the nonce, the ciphertext and the tag is authenticated.
func TestEveryBitIsAuthenticated(t *testing.T) {
	t.Parallel()
	box := newBox(t, 1)
	sealed, err := box.Seal([]byte("value"), "context")
	require.NoError(t, err)
	for i := range len(sealed) * 8 {
		altered := slices.Clone(sealed)
		altered[i/8] ^= 1 << (i % 8)
		_, err := box.Open(altered, "context")
		require.Error(t, err, "bit %d", i)
	}
}

// A key of the wrong length is rejected with a message that names the setting.
func TestNewRejectsKeys(t *testing.T) {
	t.Parallel()
	for _, length := range []int{0, 16, 31, 33} {
		_, err := secret.New(make([]byte, length))
		require.ErrorContains(t, err, "CREDENTIALS_KEY has")
		_, err = secret.New(make([]byte, secret.KeySize), make([]byte, length))
		require.ErrorContains(t, err, "CREDENTIALS_KEY_PREVIOUS has")
	}
}

// Tokens are long, safe in URLs and unique.
func TestNewToken(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for range 1000 {
		token := secret.NewToken()
		require.Regexp(t, `^[A-Za-z0-9_-]{43}$`, token)
		require.False(t, seen[token])
		seen[token] = true
	}
}

// Only what Seal returned opens, only in its context, and no input panics.
func FuzzOpen(f *testing.F) {
	box := newBox(f, 1)
	sealed, err := box.Seal([]byte("value"), "context")
	require.NoError(f, err)
	f.Add(sealed, "context")
	f.Add(sealed, "")
	f.Add(sealed[:30], "context")
	f.Add([]byte{1}, "context")
	f.Fuzz(func(t *testing.T, input []byte, context string) {
		opened, err := box.Open(input, context)
		if err == nil {
			// No search finds a valid value, so this is the seed.
			require.Equal(t, "value", string(opened))
			require.Equal(t, "context", context)
		}
	})
}
