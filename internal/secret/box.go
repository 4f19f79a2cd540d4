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

// version is the first byte of everything sealed here, so that another cipher can follow without a guess.
const version = 1

// header is the version byte and the nonce that stand before the ciphertext.
const header = 1 + chacha20poly1305.NonceSizeX

var (
	// ErrKey is returned by Open for a value that was sealed under another key or for another place, or was altered.
	ErrKey = errors.New("CREDENTIALS_KEY is not the key these credentials were stored under, or they were altered since: " +
		"set the former key, or enter the credentials again")
	// ErrForm is returned by Open for a value that Seal of this version never made.
	ErrForm = errors.New("stored credentials have an unknown form: enter them again, or run the version that stored them")
)

// Box seals and opens values with XChaCha20-Poly1305 under one key. Its nonces are random and long enough never to
// repeat. It is safe for use by several goroutines.
type Box struct {
	aead cipher.AEAD
}

// New returns a Box for a key of KeySize bytes, as CREDENTIALS_KEY gives it.
func New(key []byte) (*Box, error) {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		return nil, fmt.Errorf("CREDENTIALS_KEY has %d bytes instead of %d", len(key), KeySize)
	}
	return &Box{aead: aead}, nil
}

// Seal encrypts a value. The context names the place it is stored at, such as connection and column: the same context
// opens it, so a value moved to another row or column of the database does not open there.
func (b *Box) Seal(plaintext []byte, context string) ([]byte, error) {
	sealed := make([]byte, header, header+len(plaintext)+b.aead.Overhead())
	sealed[0] = version
	nonce := sealed[1:header]
	if _, err := rand.Read(nonce); err != nil {
		return nil, fmt.Errorf("drawing a nonce: %w", err)
	}
	return b.aead.Seal(sealed, nonce, plaintext, associated(context)), nil
}

// Open decrypts what Seal returned, given the same context. It fails with ErrForm or ErrKey.
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

// associated is the data that is authenticated with the ciphertext and not stored.
func associated(context string) []byte {
	return append([]byte{version}, context...)
}
