package secret

import (
	"crypto/rand"
	"encoding/base64"
)

// tokenBytes is the randomness of a token: beyond any guessing.
const tokenBytes = 32

// NewToken returns a random token of 43 characters that are safe in URLs and headers (base64url).
func NewToken() string {
	random := make([]byte, tokenBytes)
	// Read never fails: the program ends where the system has no randomness (crypto/rand).
	_, _ = rand.Read(random)
	return base64.RawURLEncoding.EncodeToString(random)
}
