package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // what the signature most likely is, and the vendor's choice (contract accelo 10.5)
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

// secrets are those of the connection, or those of nobody where it does not exist. An error means that they cannot be read.
func (r *Receiver) secrets(ctx context.Context, connection string) (tenant.WebhookSecrets, error) {
	// The database could refuse such a name, which must not look like an outage.
	if connection != rules.CleanName(connection) || utf8.RuneCountInString(connection) > maxText {
		return r.nobody, nil
	}
	ctx, cancel := context.WithTimeout(ctx, secretsTime)
	defer cancel()
	secrets, err := r.connections.WebhookSecrets(ctx, connection)
	if errors.Is(err, store.ErrNotFound) {
		return r.nobody, nil
	}
	if err != nil {
		return tenant.WebhookSecrets{}, fmt.Errorf("the secrets cannot be read: %w", err)
	}
	return secrets, nil
}

// recognized tells whether what was sent is one of the secrets. The time it takes tells neither how much of it is right nor
// which secret it is.
func recognized(sent string, secrets []string) bool {
	digest, found := sha256.Sum256([]byte(sent)), 0
	for _, secret := range secrets {
		expected := sha256.Sum256([]byte(secret))
		same := subtle.ConstantTimeCompare(digest[:], expected[:])
		if secret != "" {
			found |= same
		}
	}
	return found == 1
}

// signature is the digest of a body as the header X-Hub-Signature gives it.
type signature struct {
	algorithm string
	hash      func() hash.Hash
	prefix    string
	digest    []byte
}

// parseSignature reads the forms that contract accelo 10.5 calls possible, in either case of letters: the length of the
// digest tells the algorithm, and a prefix that names one may precede it. The error tells the form, never the digest.
func parseSignature(header string) (signature, error) {
	name, digits, found := strings.Cut(header, "=")
	prefix := strings.ToLower(name)
	switch {
	case !found:
		prefix, digits = "", header
	case prefix != "sha1" && prefix != "sha256" && prefix != "md5":
		return signature{}, fmt.Errorf("a signature of %d characters has an unknown prefix", len(header))
	}
	digest, err := hex.DecodeString(digits)
	if err != nil {
		return signature{}, fmt.Errorf("a signature of %d characters is not hexadecimal", len(header))
	}
	switch len(digest) {
	case sha1.Size:
		return signature{algorithm: "sha1", hash: sha1.New, prefix: prefix, digest: digest}, nil
	case sha256.Size:
		return signature{algorithm: "sha256", hash: sha256.New, prefix: prefix, digest: digest}, nil
	}
	return signature{}, fmt.Errorf("a signature has %d digits; SHA-1 has 40 and SHA-256 has 64", len(digits))
}

// signs tells whether the digest is that of the body under one of the keys, in constant time like recognized.
func (s signature) signs(body []byte, keys []string) bool {
	found := false
	for _, key := range keys {
		mac := hmac.New(s.hash, []byte(key))
		_, _ = mac.Write(body) // a hash never fails
		same := hmac.Equal(mac.Sum(nil), s.digest)
		found = found || same && key != ""
	}
	return found
}
