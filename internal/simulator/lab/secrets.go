package lab

import (
	"crypto/rand"
	"encoding/base64"
	"sync"
	"time"
)

// expiredKept is how long an expired secret stays, so that a call with it can be told from one with an unknown secret.
const expiredKept = time.Hour

// Secrets holds values under random secrets that expire, such as tokens, authorization codes and forms that are being
// filled in. It is safe for concurrent use.
type Secrets[T any] struct {
	now func() time.Time

	mu   sync.Mutex
	kept map[string]secret[T]
}

type secret[T any] struct {
	value   T
	expires time.Time
}

// NewSecrets returns an empty set with a clock.
func NewSecrets[T any](now func() time.Time) *Secrets[T] {
	return &Secrets[T]{now: now, kept: map[string]secret[T]{}}
}

// Issue stores a value until it expires and returns its new secret.
func (s *Secrets[T]) Issue(value T, expires time.Time) string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // crypto/rand never fails.
	name := base64.RawURLEncoding.EncodeToString(raw)
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	for old, kept := range s.kept {
		if now.After(kept.expires.Add(expiredKept)) {
			delete(s.kept, old)
		}
	}
	s.kept[name] = secret[T]{value: value, expires: expires}
	return name
}

// Get returns the value of a secret, and whether the secret has not expired. A secret that is unknown has not been found.
func (s *Secrets[T]) Get(name string) (value T, valid, found bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.get(name)
}

func (s *Secrets[T]) get(name string) (value T, valid, found bool) {
	kept, found := s.kept[name]
	return kept.value, found && s.now().Before(kept.expires), found
}

// Take removes a secret and returns its value, and whether it was valid until now: of two calls only one gets it.
func (s *Secrets[T]) Take(name string) (value T, valid bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	value, valid, _ = s.get(name)
	delete(s.kept, name)
	return value, valid
}

// Set changes the value of a secret that exists, and when it expires.
func (s *Secrets[T]) Set(name string, value T, expires time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, found := s.kept[name]; found {
		s.kept[name] = secret[T]{value: value, expires: expires}
	}
}

// Expire makes a secret expire now.
func (s *Secrets[T]) Expire(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire(name)
}

// ExpireAll makes every secret expire now and returns how many were valid.
func (s *Secrets[T]) ExpireAll() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	expired := 0
	for name := range s.kept {
		expired += s.expire(name)
	}
	return expired
}

func (s *Secrets[T]) expire(name string) int {
	value, valid, _ := s.get(name)
	if !valid {
		return 0
	}
	s.kept[name] = secret[T]{value: value, expires: s.now()}
	return 1
}

// Drop removes every secret and returns how many were valid. From now on they are unknown.
func (s *Secrets[T]) Drop() int {
	dropped := s.ExpireAll()
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.kept)
	return dropped
}
