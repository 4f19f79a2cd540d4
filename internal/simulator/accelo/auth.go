package accelo

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// The lock-out of accelo.md 2.10.
const (
	maxFailures   = 100
	failureWindow = 5 * time.Minute
	// defaultLifetime of a token is 30 days.
	defaultLifetime = 30 * 24 * time.Hour
)

// token is an access token of the service application.
type token struct {
	scopes  scopes
	staff   int64
	expires time.Time
}

// authenticator holds the tokens and counts failed authentications. It has its own lock.
type authenticator struct {
	now func() time.Time

	mu       sync.Mutex
	tokens   map[string]token
	failures map[string]*failures
	issued   int
}

// failures are the recent failed authentications from one address.
type failures struct {
	times       []time.Time
	lockedUntil time.Time
}

func newAuthenticator(now func() time.Time) *authenticator {
	return &authenticator{now: now, tokens: map[string]token{}, failures: map[string]*failures{}}
}

// issue creates a token. The lifetime is a string and a number in turn, as clients must accept both.
func (a *authenticator) issue(t token) (value string, asNumber bool) {
	raw := make([]byte, 24)
	_, _ = rand.Read(raw) // never fails, as documented by crypto/rand
	value = base64.RawURLEncoding.EncodeToString(raw)
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	for old, t := range a.tokens {
		if !now.Before(t.expires) {
			delete(a.tokens, old)
		}
	}
	a.tokens[value] = t
	a.issued++
	return value, a.issued%2 == 0
}

// lookUp returns a token and whether it is valid.
func (a *authenticator) lookUp(value string) (token, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	t, ok := a.tokens[value]
	return t, ok && a.now().Before(t.expires)
}

// revoke revokes a token and reports whether it existed.
func (a *authenticator) revoke(value string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	_, ok := a.tokens[value]
	delete(a.tokens, value)
	return ok
}

// revokeAll revokes every token and returns their number.
func (a *authenticator) revokeAll() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := len(a.tokens)
	clear(a.tokens)
	return n
}

// lockedOut reports whether an address is locked out. If so, this attempt restarts the timer.
func (a *authenticator) lockedOut(r *http.Request) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	f := a.failures[address(r)]
	if f == nil || !a.now().Before(f.lockedUntil) {
		return false
	}
	f.lockedUntil = a.now().Add(failureWindow)
	return true
}

// failed counts a failed authentication. More than 100 in five minutes lock the address out.
func (a *authenticator) failed(r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	f := a.failures[address(r)]
	if f == nil {
		f = &failures{}
		a.failures[address(r)] = f
	}
	recent := f.times[:0]
	for _, at := range f.times {
		if now.Sub(at) < failureWindow {
			recent = append(recent, at)
		}
	}
	f.times = append(recent, now)
	if len(f.times) > maxFailures {
		f.times = f.times[:0]
		f.lockedUntil = now.Add(failureWindow)
	}
}

// clearFailures clears all failures and lock-outs.
func (a *authenticator) clearFailures() {
	a.mu.Lock()
	defer a.mu.Unlock()
	clear(a.failures)
}

func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

func lockOut() *refusal {
	return &refusal{
		code: http.StatusUnauthorized, status: "too_many_failed_logins", retryAfter: int(failureWindow / time.Second),
		message: "You have been locked out because of too many failed logins. Use the Retry-After header to see when to try again.",
	}
}

// authenticate returns the token of a resource call (accelo.md 2.9). A call without credentials is not a failed login.
func (s *Simulator) authenticate(r *http.Request, p params) (token, *refusal) {
	header, parameter := r.Header.Get("Authorization"), p.get("_bearer_token")
	if header != "" && parameter != "" {
		return token{}, invalid("Multiple credentials were used.")
	}
	if s.auth.lockedOut(r) {
		return token{}, lockOut()
	}
	value := parameter
	if header != "" {
		scheme, rest, _ := strings.Cut(header, " ")
		if !strings.EqualFold(scheme, "Bearer") {
			s.auth.failed(r)
			return token{}, unauthenticated("The authorization scheme is not supported; use Bearer.")
		}
		value = strings.TrimSpace(rest)
	}
	if value == "" {
		return token{}, unauthenticated("No access token was given.")
	}
	t, ok := s.auth.lookUp(value)
	if !ok {
		s.auth.failed(r)
		return token{}, unauthenticated("The access token is invalid or has expired.")
	}
	return t, nil
}

// equal compares secrets in constant time.
func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
