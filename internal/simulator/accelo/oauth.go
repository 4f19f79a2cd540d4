package accelo

import (
	"net/http"
	"strings"
)

// oauth serves /oauth2, which the rate limit does not cover (accelo.md 3.7).
func (s *Simulator) oauth(w http.ResponseWriter, r *http.Request) {
	p, err := readParams(w, r)
	if err != nil {
		oauthError(w, http.StatusBadRequest, "invalid_request", err.Error())
		return
	}
	path := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/oauth2/"), "/")
	reads := r.Method == http.MethodGet
	switch {
	case (reads || r.Method == http.MethodPost) && path == "v0/authorize":
		s.authorize(w, r, p)
	case (reads || r.Method == http.MethodPost) && r.URL.Path == loginPath:
		s.login(w, r, p)
	case (reads || r.Method == http.MethodPost) && r.URL.Path == approvalPath:
		s.approval(w, r, p)
	case r.Method == http.MethodPost && path == "v0/token":
		s.token(w, r, p)
	case r.Method == http.MethodPost && (path == "v0/revoke" || path == "revoke"):
		s.revoke(w, r, p)
	default:
		envelope{}.refuse(w, unrecognized())
	}
}

// oauthError replies with an error of RFC 6749, which the token endpoint uses instead of the envelope (accelo.md 2.5).
func oauthError(w http.ResponseWriter, code int, name, description string) {
	if code == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="accelo"`)
	}
	writeJSON(w, code, object{{"error", name}, {"error_description", description}})
}

func locale() object {
	return object{{"currency", object{{"symbol", "$"}}}, {"timezone", "UTC"}}
}

// revoke serves a call that revokes a token, which must belong to the client (accelo.md 2.8).
func (s *Simulator) revoke(w http.ResponseWriter, r *http.Request, p params) {
	if s.auth.lockedOut(r) {
		envelope{}.refuse(w, lockOut())
		return
	}
	app, known := s.client(r, p, true)
	if !known {
		s.auth.failed(r)
		oauthError(w, http.StatusUnauthorized, "invalid_client", "The client credentials are invalid.")
		return
	}
	if !s.auth.revoke(p.get("token"), app.id) {
		envelope{}.refuse(w, invalid("The token is unknown."))
		return
	}
	envelope{}.answer(w, nothing{})
}

// deploymentName turns a label into a name: planet-express becomes Planet Express.
func deploymentName(label string) string {
	words := strings.Split(label, "-")
	for i, word := range words {
		if word != "" {
			words[i] = strings.ToUpper(word[:1]) + word[1:]
		}
	}
	return strings.Join(words, " ")
}
