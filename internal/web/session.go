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

// token is the hash of the admin token. Comparing hashes takes the same time for every input, whatever its length.
type token [sha256.Size]byte

func newToken(secret string) token { return sha256.Sum256([]byte(secret)) }

func (t token) matches(given string) bool {
	hash := sha256.Sum256([]byte(given))
	return subtle.ConstantTimeCompare(t[:], hash[:]) == 1
}

const (
	sessionCookie   = "integrations_session"
	sessionLifetime = 12 * time.Hour
	// sessionPurpose separates the session key from any other key derived from the admin token.
	sessionPurpose = "ninjaone-accelo: sessions of the Integrations page, version 1"
)

// sessions issues and checks session cookies, which hold their expiry and its HMAC. Nothing is stored, so every process with
// the same admin token accepts them, and a stolen cookie works until it expires or the token changes.
type sessions struct{ key []byte }

func newSessions(adminToken string) (sessions, error) {
	key, err := hkdf.Key(sha256.New, []byte(adminToken), nil, sessionPurpose, sha256.Size)
	if err != nil {
		return sessions{}, fmt.Errorf("derive the session key: %w", err)
	}
	return sessions{key: key}, nil
}

// sign returns the cookie value of a session that expires at a Unix time in seconds.
func (s sessions) sign(expiry int64) string {
	text := strconv.FormatInt(expiry, 10)
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(text))
	return text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// valid reports whether a cookie value is one that sign returns and has not expired. It signs the expiry again and compares
// whole values, so no other spelling of a value passes.
func (s sessions) valid(value string, now time.Time) bool {
	text, _, _ := strings.Cut(value, ".")
	expiry, err := strconv.ParseInt(text, 10, 64)
	return err == nil && hmac.Equal([]byte(s.sign(expiry)), []byte(value)) && now.Unix() < expiry
}

// newCookie returns the cookie of a new session.
func (s sessions) newCookie(r *http.Request, now time.Time) *http.Cookie {
	return cookie(r, s.sign(now.Add(sessionLifetime).Unix()), int(sessionLifetime/time.Second))
}

// cookie returns the session cookie with a value and its maximum age in seconds; a negative age deletes it.
func cookie(r *http.Request, value string, maxAge int) *http.Cookie {
	return &http.Cookie{ //nolint:gosec // Secure has to be off for the demo, which uses plain HTTP
		Name: sessionCookie, Value: value, Path: overviewPath, MaxAge: maxAge,
		HttpOnly: true, Secure: isTLS(r), SameSite: http.SameSiteStrictMode,
	}
}

// isTLS reports whether the browser uses TLS, to us or to a proxy in front of us. A client that forges the header harms only
// itself.
func isTLS(r *http.Request) bool {
	return r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https"
}
