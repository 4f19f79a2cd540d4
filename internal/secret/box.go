package secret

import (
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"
)

// KeySize is the length of a key in bytes.
const KeySize = chacha20poly1305.KeySize

// version is the first byte of every sealed value, so that another cipher can replace this one.
const version = 1

// header is the length of the version byte and the nonce that precede the ciphertext.
const header = 1 + chacha20poly1305.NonceSizeX

var (
	// ErrKey is returned by Open if the value was sealed with another key or context, or has been altered.
	ErrKey = errors.New("CREDENTIALS_KEY is not the key that these credentials were stored with, or they have been altered: " +
		"set the previous key, or enter the credentials again with `starter connect --rotate-secrets`")
	// ErrForm is returned by Open if the value does not have the form that Seal returns.
	ErrForm = errors.New("stored credentials have an unknown form: enter them again, or run the version that stored them")
)

// Box seals and opens values with XChaCha20-Poly1305 and one key. Its nonces are random, and long enough not to repeat. It
// is safe for concurrent use.
type Box struct {
	aead cipher.AEAD
}

// New returns a Box for a key of KeySize bytes, which is the decoded CREDENTIALS_KEY.
func New(key []byte) (*Box, error) {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, fmt.Errorf("CREDENTIALS_KEY has %d bytes instead of %d", len(key), KeySize)
	}
	return &Box{aead: aead}, nil
}

// Seal encrypts a value. The context names where it is stored, such as connection and column. Open needs the same context, so
// a value that is moved to another row or column does not open there.
func (b *Box) Seal(plaintext []byte, context string) ([]byte, error) {
	sealed := make([]byte, header, header+len(plaintext)+b.aead.Overhead())
	sealed[0] = version
	nonce := sealed[1:header]
	if _, err := rand.Read(nonce); err != nil {
		return nil, fmt.Errorf("generate a nonce: %w", err)
	}
	return b.aead.Seal(sealed, nonce, plaintext, associated(context)), nil
}

// Open decrypts what Seal returned for the same context. It fails with ErrForm or ErrKey.
func (b *Box) Open(sealed []byte, context string) ([]byte, error) {
	if len(sealed) < header+b.aead.Overhead() || sealed[0] != version {
		return nil, ErrForm
	}
	plaintext, err := b.aead.Open(nil, sealed[1:header], sealed[header:], associated(context))
	if err != nil {
		return nil, ErrKey
	}
	return plaintext, nil
}

// associated returns the data that is authenticated with the ciphertext, but not stored.
func associated(context string) []byte {
	return append([]byte{version}, context...)
}
