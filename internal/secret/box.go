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
	ErrKey = errors.New("CREDENTIALS_KEY is not the key that these credentials were stored with, no key in CREDENTIALS_KEY_PREVIOUS is either, " +
		"or they have been altered: set the key that they were stored with")
	// ErrForm is returned by Open if the value does not have the form that Seal returns.
	ErrForm = errors.New("stored credentials have an unknown form: enter them again, or run the version that stored them")
)

// Box seals and opens values with XChaCha20-Poly1305. The newest key seals, and every key opens. Its nonces are random, and long enough not
// to repeat. It is safe for concurrent use.
type Box struct {
	// keys begin with the newest one.
	keys []cipher.AEAD
}

// New returns a Box for keys of KeySize bytes: the decoded CREDENTIALS_KEY, and those of CREDENTIALS_KEY_PREVIOUS.
func New(newest []byte, previous ...[]byte) (*Box, error) {
	box := &Box{}
	for i, key := range append([][]byte{newest}, previous...) {
		aead, err := chacha20poly1305.NewX(key)
		if err != nil {
			name := "CREDENTIALS_KEY"
			if i > 0 {
				name = "CREDENTIALS_KEY_PREVIOUS"
			}
			return nil, fmt.Errorf("%s has %d bytes instead of %d", name, len(key), KeySize)
		}
		box.keys = append(box.keys, aead)
	}
	return box, nil
}

// Seal encrypts a value under the newest key. The context names where it is stored, such as connection and column. Open needs the same
// context, so a value that is moved to another row or column does not open there.
func (b *Box) Seal(plaintext []byte, context string) ([]byte, error) {
	sealed := make([]byte, header, header+len(plaintext)+chacha20poly1305.Overhead)
	sealed[0] = version
	nonce := sealed[1:header]
	if _, err := rand.Read(nonce); err != nil {
		return nil, fmt.Errorf("generate a nonce: %w", err)
	}
	return b.keys[0].Seal(sealed, nonce, plaintext, associated(context)), nil
}

// Open decrypts what Seal returned for the same context under any of the keys. It fails with ErrForm or ErrKey.
func (b *Box) Open(sealed []byte, context string) ([]byte, error) {
	plaintext, _, err := b.open(sealed, context)
	return plaintext, err
}

// Reseal returns a value sealed under the newest key. Changed is false if it is already. It fails like Open.
func (b *Box) Reseal(sealed []byte, context string) (fresh []byte, changed bool, err error) {
	plaintext, key, err := b.open(sealed, context)
	if err != nil || key == 0 {
		return sealed, false, err
	}
	fresh, err = b.Seal(plaintext, context)
	return fresh, err == nil, err
}

// open also returns which key opens the value: 0 is the newest.
func (b *Box) open(sealed []byte, context string) (plaintext []byte, key int, err error) {
	if len(sealed) < header+chacha20poly1305.Overhead || sealed[0] != version {
		return nil, 0, ErrForm
	}
	for key, aead := range b.keys {
		if plaintext, err = aead.Open(nil, sealed[1:header], sealed[header:], associated(context)); err == nil {
			return plaintext, key, nil
		}
	}
	return nil, 0, ErrKey
}

// associated returns the data that is authenticated with the ciphertext, but not stored.
func associated(context string) []byte {
	return append([]byte{version}, context...)
}
