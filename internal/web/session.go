package web

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/http"
	"time"

	"ninjaone-accelo/internal/store"
)

// token is the hash of the admin token. Comparing hashes takes the same time for every input, whatever its length.
type token [sha256.Size]byte

func newToken(secret string) token { return sha256.Sum256([]byte(secret)) }

func (t token) matches(given string) bool {
	hash := sha256.Sum256([]byte(given))
	return subtle.ConstantTimeCompare(t[:], hash[:]) == 1
}

const (
	sessionCookie = "integrations_session"
	// sessionPurpose separates what a session is opened with from any other hash of the admin token.
	sessionPurpose = "ninjaone-accelo: sessions of the Integrations page, version 2"
	// administrator is the role of a user who logs in with the admin token, and adminName what the audit trail calls one.
	administrator = "administrator"
	adminName     = "admin token"
)

// sessionLimits say when a session ends although nobody logs out.
var sessionLimits = store.SessionLimits{Idle: 2 * time.Hour, Lifetime: 12 * time.Hour}

// openedWith returns what sessions of this admin token are opened with: changing the token ends them all.
func (t token) openedWith() []byte {
	mac := hmac.New(sha256.New, t[:])
	mac.Write([]byte(sessionPurpose))
	return mac.Sum(nil)
}

// hashSecret returns the stored form of a session's secret.
func hashSecret(secret string) []byte {
	hash := sha256.Sum256([]byte(secret))
	return hash[:]
}

// openSession logs a user in and returns the cookie.
func (p *Pages) openSession(ctx context.Context, r *http.Request) (*http.Cookie, error) {
	secret := make([]byte, sha256.Size)
	if _, err := rand.Read(secret); err != nil {
		return nil, err
	}
	value := base64.RawURLEncoding.EncodeToString(secret)
	err := p.store.OpenSession(ctx, store.Session{
		SecretHash: hashSecret(value), OpenedWith: p.token.openedWith(), Role: administrator, Who: adminName, OpenedAt: p.now(),
	}, sessionLimits)
	return cookie(r, sessionCookie, value, int(sessionLimits.Lifetime/time.Second)), err
}

// readSession returns the session of a request, or nil if it has none that is valid. Stray cookies of the same name are ignored.
func (p *Pages) readSession(ctx context.Context, r *http.Request) (*store.Session, error) {
	for _, c := range r.CookiesNamed(sessionCookie) {
		session, err := p.store.UseSession(ctx, hashSecret(c.Value), p.now(), sessionLimits)
		switch {
		case errors.Is(err, store.ErrNotFound):
		case err != nil:
			return nil, err
		case hmac.Equal(session.OpenedWith, p.token.openedWith()):
			return &session, nil
		}
	}
	return nil, nil //nolint:nilnil // not logged in
}

type sessionKey struct{}

// sessionOf returns the session of a request behind requireSession.
func sessionOf(r *http.Request) *store.Session {
	session, _ := r.Context().Value(sessionKey{}).(*store.Session)
	return session
}

// cookie returns a cookie for the whole site with its maximum age in seconds; a negative age deletes it. It is SameSite=Lax, not Strict:
// the vendors' sign-in pages lead the browser back to us, and the session has to come along. Forms from other sites are blocked by
// protect.
func cookie(r *http.Request, name, value string, maxAge int) *http.Cookie {
	return &http.Cookie{ //nolint:gosec // Secure has to be off for the demo, which uses plain HTTP
		Name: name, Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true, Secure: isTLS(r), SameSite: http.SameSiteLaxMode,
	}
}

// isTLS reports whether the browser uses TLS, to us or to a proxy in front of us. A client that forges the header harms only
// itself.
func isTLS(r *http.Request) bool {
	return r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https"
}
