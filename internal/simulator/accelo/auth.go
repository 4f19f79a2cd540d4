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

// gate holds the tokens and counts failed authentications. It has its own lock.
type gate struct {
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

func newGate(now func() time.Time) *gate {
	return &gate{now: now, tokens: map[string]token{}, failures: map[string]*failures{}}
}

// issue makes a token; every other one says its lifetime as a number rather than a text.
func (g *gate) issue(t token) (value string, asNumber bool) {
	raw := make([]byte, 24)
	_, _ = rand.Read(raw) // never fails, as documented by crypto/rand
	value = base64.RawURLEncoding.EncodeToString(raw)
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	for old, t := range g.tokens {
		if !now.Before(t.expires) {
			delete(g.tokens, old)
		}
	}
	g.tokens[value] = t
	g.issued++
	return value, g.issued%2 == 0
}

// lookUp returns a token that is still good.
func (g *gate) lookUp(value string) (token, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	t, ok := g.tokens[value]
	return t, ok && g.now().Before(t.expires)
}

// revoke ends one token and tells whether there was one.
func (g *gate) revoke(value string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	_, ok := g.tokens[value]
	delete(g.tokens, value)
	return ok
}

// revokeAll ends every token and returns how many there were.
func (g *gate) revokeAll() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := len(g.tokens)
	clear(g.tokens)
	return n
}

// lockedOut tells whether an address is locked out; asking is an attempt, which restarts the timer.
func (g *gate) lockedOut(r *http.Request) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	f := g.failures[address(r)]
	if f == nil || !g.now().Before(f.lockedUntil) {
		return false
	}
	f.lockedUntil = g.now().Add(failureWindow)
	return true
}

// failed counts a failed authentication; more than 100 in five minutes lock the address out.
func (g *gate) failed(r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.now()
	f := g.failures[address(r)]
	if f == nil {
		f = &failures{}
		g.failures[address(r)] = f
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

// forgive forgets all failures and lock-outs.
func (g *gate) forgive() {
	g.mu.Lock()
	defer g.mu.Unlock()
	clear(g.failures)
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

// authenticate finds the token of a resource call (accelo.md 2.9). No credentials at all are no failed login.
func (s *Simulator) authenticate(r *http.Request, p params) (token, *refusal) {
	header, parameter := r.Header.Get("Authorization"), p.get("_bearer_token")
	if header != "" && parameter != "" {
		return token{}, invalid("Multiple credentials were used.")
	}
	if s.gate.lockedOut(r) {
		return token{}, lockOut()
	}
	value := parameter
	if header != "" {
		scheme, rest, _ := strings.Cut(header, " ")
		if !strings.EqualFold(scheme, "Bearer") {
			s.gate.failed(r)
			return token{}, unauthenticated("The authorization scheme is not supported; use Bearer.")
		}
		value = strings.TrimSpace(rest)
	}
	if value == "" {
		return token{}, unauthenticated("No access token was given.")
	}
	t, ok := s.gate.lookUp(value)
	if !ok {
		s.gate.failed(r)
		return token{}, unauthenticated("The access token is invalid or has expired.")
	}
	return t, nil
}

// equal compares secrets in constant time.
func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
