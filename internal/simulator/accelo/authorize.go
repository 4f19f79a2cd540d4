package accelo

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"ninjaone-accelo/internal/simulator/lab"
)

// authorization is what a web application asks a user for, and what a code stands for.
type authorization struct {
	client string
	scopes scopes
	// staff is the user who logged in, or 0.
	staff int64
	// redirectURI is where the browser returns to. sentURI is the parameter, which may have been left out.
	redirectURI, sentURI, state string
}

const (
	// approvalTime is how long an authorization waits for the user.
	approvalTime = 30 * time.Minute
	// neverExpires is the lifetime of what no clock ends.
	neverExpires = 100 * 365 * 24 * time.Hour
)

// authorize checks an authorization request and sends the browser to the login (accelo.md 2.6). A wrong request is refused
// here: the browser only returns to the application once the user has decided.
func (s *Simulator) authorize(w http.ResponseWriter, r *http.Request, p params) {
	if p.get("client_id") != s.web.id || !s.knowsWeb() {
		oauthError(w, http.StatusUnauthorized, "invalid_client", "The client is unknown.")
		return
	}
	if p.get("state") == "" {
		lab.RecordViolation(r.Context(), "without a state, anyone can complete the authorization")
	}
	if p.has("client_secret") {
		lab.RecordViolation(r.Context(), "client_secret must never be in the address that the browser sees")
	}
	target, registered := s.web.allowed(p.get("redirect_uri"))
	granted, wellFormed := parseScopes(p.get("scope"))
	switch {
	case !registered:
		oauthError(w, http.StatusBadRequest, "invalid_grant", "The redirect_uri does not match a registered one.")
	case p.get("response_type") != "code":
		oauthError(w, http.StatusBadRequest, "invalid_request", "The parameter response_type must be code.")
	case encodesParentheses(r.URL.RawQuery):
		oauthError(w, http.StatusBadRequest, "invalid_scope", "The scope is malformed: its parentheses are encoded.")
	case !wellFormed:
		oauthError(w, http.StatusBadRequest, "invalid_scope", "The scope is malformed.")
	default:
		request := s.auth.approvals.Issue(authorization{
			client: s.web.id, scopes: granted, redirectURI: target, sentURI: p.get("redirect_uri"), state: p.get("state"),
		}, s.options.Now().Add(approvalTime))
		w.Header().Set("Cache-Control", "no-store")
		http.Redirect(w, r, loginPath+"?request="+request, http.StatusFound)
	}
}

// encodesParentheses reports whether the scope in a query has percent-encoded parentheses, which Accelo rejects.
func encodesParentheses(query string) bool {
	for parameter := range strings.SplitSeq(query, "&") {
		if value, found := strings.CutPrefix(parameter, "scope="); found && (strings.Contains(value, "%28") || strings.Contains(value, "%29")) {
			return true
		}
	}
	return false
}

// returnToApplication sends the browser back with more query parameters.
func returnToApplication(w http.ResponseWriter, r *http.Request, asked authorization, parameters url.Values) {
	separator := "?"
	if strings.Contains(asked.redirectURI, "?") {
		separator = "&"
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, asked.redirectURI+separator+parameters.Encode(), http.StatusFound)
}
