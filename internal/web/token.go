package web

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// token is the hash of the admin token: comparing hashes takes the same time whatever is given, its length included.
type token [sha256.Size]byte

func newToken(secret string) token { return sha256.Sum256([]byte(secret)) }

func (t token) is(given string) bool {
	hash := sha256.Sum256([]byte(given))
	return subtle.ConstantTimeCompare(t[:], hash[:]) == 1
}

const (
	sessionCookie   = "integrations_session"
	sessionLifetime = 12 * time.Hour
	// sessionPurpose keeps the key of sessions apart from any other that is derived from the admin token.
	sessionPurpose = "ninjaone-accelo: sessions of the Integrations page, version 1"
)

// sessions are proved by a cookie that holds when it expires and an HMAC of that. Nothing is stored, so any process with
// the same admin token accepts them; a stolen cookie can only be ended by its expiry or a new admin token.
type sessions struct{ key []byte }

func newSessions(adminToken string) (sessions, error) {
	key, err := hkdf.Key(sha256.New, []byte(adminToken), nil, sessionPurpose, sha256.Size)
	if err != nil {
		return sessions{}, fmt.Errorf("derive the key of sessions: %w", err)
	}
	return sessions{key: key}, nil
}

// sign is the value of the cookie of a session that ends at a time in seconds since 1970.
func (s sessions) sign(expiry int64) string {
	text := strconv.FormatInt(expiry, 10)
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// valid tells whether a cookie's value was signed here and has not expired. It is signed anew and compared as a whole, so
// that no second spelling of a value passes.
func (s sessions) valid(value string, now time.Time) bool {
	text, _, _ := strings.Cut(value, ".")
	expiry, err := strconv.ParseInt(text, 10, 64)
	return err == nil && hmac.Equal([]byte(s.sign(expiry)), []byte(value)) && now.Unix() < expiry
}

// open is the cookie of a new session.
func (s sessions) open(r *http.Request, now time.Time) *http.Cookie {
	return cookie(r, s.sign(now.Add(sessionLifetime).Unix()), int(sessionLifetime/time.Second))
}

// cookie is the session's cookie with a value and the seconds to keep it; negative removes it.
func cookie(r *http.Request, value string, maxAge int) *http.Cookie {
	return &http.Cookie{ //nolint:gosec // Secure has to be off for the demo, which speaks plain http
		Name: sessionCookie, Value: value, Path: overviewPath, MaxAge: maxAge,
		HttpOnly: true, Secure: byTLS(r), SameSite: http.SameSiteStrictMode,
	}
}

// byTLS tells whether the browser speaks TLS, to us or to a proxy before us. A client that lies about it harms only itself.
func byTLS(r *http.Request) bool {
	return r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https"
}
