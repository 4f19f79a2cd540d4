package ninjaone

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"ninjaone-accelo/internal/simulator/lab"
)

// The scopes of the application, whose platform is "API Services (machine-to-machine)" (ninjaone.md 2.1.1).
const (
	scopeMonitoring = "monitoring"
	scopeManagement = "management"
	scopeControl    = "control"
)

// tokens holds the issued access tokens.
type tokens struct {
	options Options

	mu     sync.Mutex
	issued map[string]token
}

type token struct {
	scopes  []string
	expires time.Time
}

func newTokens(options Options) *tokens {
	return &tokens{options: options, issued: map[string]token{}}
}

func (t *tokens) revokeAll() {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.issued)
}

// issue creates an access token.
func (t *tokens) issue(scopes []string) string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // crypto/rand never fails.
	access := base64.RawURLEncoding.EncodeToString(raw)
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.options.Now()
	for old, kept := range t.issued {
		// Expired tokens stay for an hour, so that they are rejected as expired rather than as unknown.
		if now.After(kept.expires.Add(time.Hour)) {
			delete(t.issued, old)
		}
	}
	t.issued[access] = token{scopes: scopes, expires: now.Add(t.options.TokenLifetime)}
	return access
}

// expire makes a token expire now.
func (t *tokens) expire(access string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if kept, found := t.issued[access]; found {
		kept.expires = t.options.Now()
		t.issued[access] = kept
	}
}

// scopes returns the scopes of a token, or the error to reply with.
func (t *tokens) scopes(access string) ([]string, *gatewayError) {
	t.mu.Lock()
	defer t.mu.Unlock()
	kept, found := t.issued[access]
	switch {
	case !found:
		return nil, &errInvalidToken
	case !t.options.Now().Before(kept.expires):
		return nil, &errExpiredToken
	default:
		return kept.scopes, nil
	}
}

// serveToken serves the token endpoint with the client credentials grant (ninjaone.md 2.1.2, 2.1.6).
func (s *Simulator) serveToken(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		methodNotAllowed(w, r, http.MethodPost)
		return
	}
	if r.URL.RawQuery != "" {
		lab.RecordViolation(r.Context(), "the token endpoint only reads the form body; credentials in a URL end up in logs")
	}
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil || len(r.PostForm) == 0 {
		oauthError(w, r, http.StatusBadRequest, "invalid_request", "The body must be application/x-www-form-urlencoded")
		return
	}
	id, secret := credentials(r)
	switch {
	case id != s.options.ClientID:
		// As recorded: a client is unknown in the wrong region (ninjaone.md 9).
		replyStatus(w, r, http.StatusNotFound, map[string]string{
			"resultCode": "Client app not exist", "incidentId": "WEB_MGMT_SERVICE-" + newUID(),
		})
	case secret != s.options.ClientSecret:
		replyStatus(w, r, http.StatusUnauthorized, gatewayError{Error: "invalid_client", Description: "Bad client credentials", Code: 10})
	default:
		s.grant(w, r)
	}
}

// grant issues a token to a known client.
func (s *Simulator) grant(w http.ResponseWriter, r *http.Request) {
	switch r.PostForm.Get("grant_type") {
	case "client_credentials":
	case "authorization_code", "refresh_token":
		oauthError(w, r, http.StatusBadRequest, "unauthorized_client", "The grant is not enabled for this application")
		return
	default:
		oauthError(w, r, http.StatusBadRequest, "unsupported_grant_type", "Unsupported grant type")
		return
	}
	enabled := []string{scopeMonitoring, scopeManagement, scopeControl}
	scopes := strings.Fields(r.PostForm.Get("scope"))
	// offline_access asks for a refresh token, which this grant never returns.
	scopes = slices.DeleteFunc(scopes, func(scope string) bool { return scope == "offline_access" })
	if len(scopes) == 0 {
		scopes = enabled
	}
	for _, scope := range scopes {
		if !slices.Contains(enabled, scope) {
			oauthError(w, r, http.StatusBadRequest, "invalid_scope", "Invalid scope: "+scope)
			return
		}
	}
	w.Header().Set("Cache-Control", "no-store")
	reply(w, r, map[string]any{
		"access_token": s.tokens.issue(scopes), "expires_in": int(s.options.TokenLifetime.Seconds()),
		"scope": strings.Join(scopes, " "), "token_type": "Bearer",
	})
}

// credentials returns the client's credentials from the body or from HTTP Basic, encoded as in RFC 6749.
func credentials(r *http.Request) (id, secret string) {
	user, password, ok := r.BasicAuth()
	if !ok {
		return r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	}
	return unescaped(user), unescaped(password)
}

func unescaped(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil {
		return plain
	}
	return text
}

func oauthError(w http.ResponseWriter, r *http.Request, status int, name, description string) {
	replyStatus(w, r, status, map[string]string{"error": name, "error_description": description})
}
