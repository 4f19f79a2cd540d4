package accelo

import (
	"crypto/subtle"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"ninjaone-accelo/internal/simulator/lab"
)

// The lock-out of accelo.md 2.10.
const (
	maxFailures   = 100
	failureWindow = 5 * time.Minute
	// defaultLifetime of a token is 30 days.
	defaultLifetime = 30 * 24 * time.Hour
)

// token is an access token of an application.
type token struct {
	client  string
	scopes  scopes
	staff   int64
	expires time.Time
	// access is the access token that a refresh token came with.
	access string
}

// authenticator holds what OAuth issues and counts failed authentications. It has its own lock.
type authenticator struct {
	now func() time.Time

	access  *lab.Secrets[token]
	refresh *lab.Secrets[token]
	codes   *lab.Secrets[authorization]
	// approvals are authorizations that a user has yet to decide on.
	approvals *lab.Secrets[authorization]

	mu       sync.Mutex
	failures map[string]*failures
	issued   int
}

// failures are the recent failed authentications from one address.
type failures struct {
	times       []time.Time
	lockedUntil time.Time
}

func newAuthenticator(now func() time.Time) *authenticator {
	return &authenticator{
		now: now, access: lab.NewSecrets[token](now), refresh: lab.NewSecrets[token](now),
		codes: lab.NewSecrets[authorization](now), approvals: lab.NewSecrets[authorization](now), failures: map[string]*failures{},
	}
}

// issue creates an access token. The lifetime is a string and a number in turn, as clients must accept both.
func (a *authenticator) issue(t token) (value string, asNumber bool) {
	value = a.access.Issue(t, t.expires)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.issued++
	return value, a.issued%2 == 0
}

// valid reports whether an access token is valid.
func (a *authenticator) valid(value string) bool {
	_, valid, _ := a.access.Get(value)
	return valid
}

// revoke revokes an access or a refresh token of a client and reports whether there was one.
func (a *authenticator) revoke(value, client string) bool {
	for _, secrets := range []*lab.Secrets[token]{a.access, a.refresh} {
		if t, valid, _ := secrets.Get(value); valid && t.client == client {
			secrets.Expire(value)
			return true
		}
	}
	return false
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
	t, valid, _ := s.auth.access.Get(value)
	if !valid {
		s.auth.failed(r)
		return token{}, unauthenticated("The access token is invalid or has expired.")
	}
	return t, nil
}

// equal compares secrets in constant time.
func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
