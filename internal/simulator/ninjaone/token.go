package ninjaone

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"ninjaone-accelo/internal/simulator/lab"
)

// serveToken serves the token endpoint (ninjaone.md 2.1.2 to 2.1.4, errors in 2.1.6).
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
	app, found := s.app(id)
	switch {
	case !found:
		unknownClient(w, r)
	case !app.knows(secret):
		replyStatus(w, r, http.StatusUnauthorized, gatewayError{Error: "invalid_client", Description: "Bad client credentials", Code: 10})
	default:
		s.serveGrant(w, r, app)
	}
}

// unknownClient replies as recorded for a client that is unknown, typically because its region is another (ninjaone.md 2.1.6).
func unknownClient(w http.ResponseWriter, r *http.Request) {
	replyStatus(w, r, http.StatusNotFound, map[string]string{
		"resultCode": "Client app not exist", "incidentId": "WEB_MGMT_SERVICE-" + newUID(),
	})
}

// serveGrant issues tokens to a known application.
func (s *Simulator) serveGrant(w http.ResponseWriter, r *http.Request, app App) {
	name := r.PostForm.Get("grant_type")
	grants := map[string]func(http.ResponseWriter, *http.Request, App){
		grantClientCredentials: s.grantToMachine, grantCode: s.grantForCode, grantRefresh: s.grantForRefresh,
	}
	switch serve := grants[name]; {
	case serve == nil:
		oauthError(w, r, http.StatusBadRequest, "unsupported_grant_type", "Unsupported grant type")
	case !app.allows(name):
		oauthError(w, r, http.StatusBadRequest, "unauthorized_client", "The grant is not enabled for this application")
	default:
		serve(w, r, app)
	}
}

// grantToMachine serves the client credentials grant, which never returns a refresh token (ninjaone.md 2.1.2).
func (s *Simulator) grantToMachine(w http.ResponseWriter, r *http.Request, app App) {
	scopes := strings.Fields(r.PostForm.Get("scope"))
	if s.Switches().TolerateOfflineAccess {
		scopes = slices.DeleteFunc(scopes, func(scope string) bool { return scope == scopeOffline })
	}
	if len(scopes) == 0 {
		scopes = app.Scopes
	}
	if slices.Contains(scopes, scopeOffline) {
		oauthError(w, r, http.StatusBadRequest, "invalid_scope", "Invalid scope: "+scopeOffline)
		return
	}
	if scope, refused := app.refused(scopes); refused {
		oauthError(w, r, http.StatusBadRequest, "invalid_scope", "Invalid scope: "+scope)
		return
	}
	s.replyTokens(w, r, grant{clientID: app.ClientID, scopes: scopes}, "")
}

// grantForCode exchanges a code, which works once and only with the redirect URI that it was sent to (ninjaone.md 2.1.3).
func (s *Simulator) grantForCode(w http.ResponseWriter, r *http.Request, app App) {
	g, valid := s.tokens.codes.Take(r.PostForm.Get("code"))
	if !valid || g.clientID != app.ClientID || g.redirectURI != r.PostForm.Get("redirect_uri") {
		oauthError(w, r, http.StatusBadRequest, "invalid_grant", "Invalid authorization code")
		return
	}
	g.ends = s.options.Now().Add(s.options.RefreshLifetime)
	refresh := ""
	if slices.Contains(g.scopes, scopeOffline) {
		refresh = s.tokens.refresh.Issue(g, g.ends)
	}
	s.replyTokens(w, r, g, refresh)
}

// grantForRefresh exchanges a refresh token. The new one replaces it, so of two calls with it one fails (ninjaone.md 2.1.4).
func (s *Simulator) grantForRefresh(w http.ResponseWriter, r *http.Request, app App) {
	sent, switches := r.PostForm.Get("refresh_token"), s.Switches()
	g, valid, _ := s.tokens.refresh.Get(sent)
	if !valid || g.clientID != app.ClientID {
		refuseRefresh(w, r, switches)
		return
	}
	asked := strings.Fields(r.PostForm.Get("scope"))
	for _, scope := range asked {
		if !slices.Contains(g.scopes, scope) {
			oauthError(w, r, http.StatusBadRequest, "invalid_scope", "Invalid scope: "+scope)
			return
		}
	}
	refresh := sent
	if !switches.KeepRefreshToken {
		if g, valid = s.tokens.refresh.Take(sent); !valid {
			refuseRefresh(w, r, switches)
			return
		}
		if switches.SlidingRefresh {
			g.ends = s.options.Now().Add(s.options.RefreshLifetime)
		}
		refresh = s.tokens.refresh.Issue(g, g.ends)
	}
	if len(asked) > 0 {
		g.scopes = asked
	}
	s.replyTokens(w, r, g, refresh)
}

// refuseRefresh refuses a refresh token that is unknown, expired or spent, with either of the two recorded errors.
func refuseRefresh(w http.ResponseWriter, r *http.Request, switches Switches) {
	name := "invalid_grant"
	if switches.RefreshInvalidToken {
		name = "invalid_token"
	}
	oauthError(w, r, http.StatusBadRequest, name, "Invalid refresh token")
}

func (s *Simulator) replyTokens(w http.ResponseWriter, r *http.Request, g grant, refresh string) {
	w.Header().Set("Cache-Control", "no-store")
	answer := map[string]any{
		"access_token": s.tokens.issue(g), "expires_in": int(s.options.TokenLifetime.Seconds()),
		"scope": strings.Join(g.scopes, " "), "token_type": "Bearer",
	}
	if refresh != "" {
		answer["refresh_token"] = refresh
	}
	reply(w, r, answer)
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
