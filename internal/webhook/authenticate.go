package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // most likely what Accelo signs with (accelo.md 10.5)
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"strings"
	"unicode/utf8"

	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// secrets returns the secrets of a connection, or the decoy if it does not exist.
func (r *Receiver) secrets(ctx context.Context, connection string) (tenant.WebhookSecrets, error) {
	// The database might reject such a name, and that must not look like an outage.
	if connection != rules.CleanName(connection) || utf8.RuneCountInString(connection) > maxText {
		return r.decoy, nil
	}
	ctx, cancel := context.WithTimeout(ctx, secretsTimeout)
	defer cancel()
	secrets, err := r.connections.WebhookSecrets(ctx, connection)
	if errors.Is(err, store.ErrNotFound) {
		return r.decoy, nil
	}
	if err != nil {
		return tenant.WebhookSecrets{}, fmt.Errorf("read the webhook secrets: %w", err)
	}
	return secrets, nil
}

// ofPair makes what a delivery starts belong to the pair of accounts whose secrets it has.
func ofPair(ctx context.Context, secrets tenant.WebhookSecrets) context.Context {
	if secrets.Pair.Number == 0 {
		return ctx
	}
	return store.WithPair(ctx, secrets.Pair)
}

// matchesAny reports whether the sent value is one of the secrets. Its timing reveals neither how much of the value is right nor
// which secret matches.
func matchesAny(sent string, secrets []string) bool {
	digest, found := sha256.Sum256([]byte(sent)), 0
	for _, secret := range secrets {
		expected := sha256.Sum256([]byte(secret))
		match := subtle.ConstantTimeCompare(digest[:], expected[:])
		if secret != "" {
			found |= match
		}
	}
	return found == 1
}

// signature is the body's digest in the X-Hub-Signature header.
type signature struct {
	algorithm string
	hash      func() hash.Hash
	prefix    string
	digest    []byte
}

// parseSignature reads the forms of accelo.md 10.5 in upper or lower case. The digest's length determines the algorithm; a prefix
// with the algorithm's name is optional. The error describes the form and never contains the digest.
func parseSignature(header string) (signature, error) {
	name, digits, found := strings.Cut(header, "=")
	prefix := strings.ToLower(name)
	switch {
	case !found:
		prefix, digits = "", header
	case prefix != "sha1" && prefix != "sha256" && prefix != "md5":
		return signature{}, fmt.Errorf("signature of %d characters has an unknown prefix", len(header))
	}
	digest, err := hex.DecodeString(digits)
	if err != nil {
		return signature{}, fmt.Errorf("signature of %d characters is not hexadecimal", len(header))
	}
	switch len(digest) {
	case sha1.Size:
		return signature{algorithm: "sha1", hash: sha1.New, prefix: prefix, digest: digest}, nil
	case sha256.Size:
		return signature{algorithm: "sha256", hash: sha256.New, prefix: prefix, digest: digest}, nil
	}
	return signature{}, fmt.Errorf("signature has %d digits; SHA-1 has 40 and SHA-256 has 64", len(digits))
}

// verifies reports whether one of the keys signed the body, in constant time like matchesAny.
func (s signature) verifies(body []byte, keys []string) bool {
	found := false
	for _, key := range keys {
		mac := hmac.New(s.hash, []byte(key))
		_, _ = mac.Write(body) // a hash never fails
		match := hmac.Equal(mac.Sum(nil), s.digest)
		found = found || match && key != ""
	}
	return found
}
