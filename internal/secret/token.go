package secret

import (
	"crypto/rand"
	"encoding/base64"
)

// tokenBytes is the amount of randomness in a token: too much to guess.
const tokenBytes = 32

// NewToken returns a random token of 43 characters that are safe in URLs and headers (base64url).
func NewToken() string {
	random := make([]byte, tokenBytes)
	_, _ = rand.Read(random) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(random)
}
