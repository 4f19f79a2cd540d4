package accelo

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// oauth serves /oauth2, which the rate limit does not cover (accelo.md 3.7).
func (s *Simulator) oauth(w http.ResponseWriter, r *http.Request) {
	p, err := readParams(w, r)
	if err != nil {
		oauthError(w, http.StatusBadRequest, "invalid_request", err.Error())
		return
	}
	path := strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/oauth2/"), "/")
	switch {
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

// knowsClient checks the client's credentials in HTTP Basic or, if formAllowed, in the form. Unlike RFC 6749, Accelo
// documents Basic without percent-encoding.
func (s *Simulator) knowsClient(r *http.Request, p params, formAllowed bool) bool {
	if id, secret, ok := r.BasicAuth(); ok {
		return equal(id, s.options.ClientID) && equal(secret, s.options.ClientSecret)
	}
	return formAllowed && equal(p.get("client_id"), s.options.ClientID) && equal(p.get("client_secret"), s.options.ClientSecret)
}

// token serves a token call of the service application (accelo.md 2.3 and 2.5).
func (s *Simulator) token(w http.ResponseWriter, r *http.Request, p params) {
	if s.auth.lockedOut(r) {
		envelope{}.refuse(w, lockOut())
		return
	}
	if !s.knowsClient(r, p, s.Switches().FormCredentials) {
		s.auth.failed(r)
		oauthError(w, http.StatusUnauthorized, "invalid_client", "The client credentials are invalid.")
		return
	}
	switch p.get("grant_type") {
	case "client_credentials":
	case "":
		oauthError(w, http.StatusBadRequest, "invalid_request", "The parameter grant_type is missing.")
		return
	case "authorization_code", "refresh_token":
		oauthError(w, http.StatusBadRequest, "invalid_grant", "Grant was not found (possibly expired).")
		return
	default:
		oauthError(w, http.StatusBadRequest, "unsupported_grant_type", "The grant type is not supported.")
		return
	}
	granted, ok := parseScopes(p.get("scope"))
	if !ok {
		oauthError(w, http.StatusBadRequest, "invalid_scope", "The scope is malformed.")
		return
	}
	seconds := int64(defaultLifetime / time.Second)
	if p.has("expires_in") {
		var err error
		if seconds, err = strconv.ParseInt(p.get("expires_in"), 10, 32); err != nil || seconds <= 0 {
			oauthError(w, http.StatusBadRequest, "invalid_request", "The parameter expires_in must be a number of seconds.")
			return
		}
	}
	s.grant(w, granted, seconds)
}

func (s *Simulator) grant(w http.ResponseWriter, granted scopes, seconds int64) {
	user := s.serviceUser()
	value, asNumber := s.auth.issue(token{
		scopes: granted, staff: user.ID, expires: s.options.Now().Add(time.Duration(seconds) * time.Second),
	})
	var expires any = number(seconds)
	if asNumber {
		expires = seconds
	}
	writeJSON(w, http.StatusOK, object{
		{"access_token", value},
		{"token_type", "Bearer"},
		{"expires_in", expires},
		{"deployment", s.options.Deployment},
		{"deployment_name", deploymentName(s.options.Deployment)},
		{"deployment_uri", "https://" + s.options.Deployment + ".accelo.com"},
		{"account_id", number(user.ID)},
		{"account_details", s.account(user)},
	})
}

// account returns the details of the user that the service application runs as.
func (s *Simulator) account(user Staff) object {
	return object{
		{"id", number(user.ID)},
		{"firstname", user.Firstname},
		{"surname", user.Surname},
		{"username", user.Username},
		{"email", user.Email},
		{"title", orNull(user.Title)},
		{"position", user.Position},
		{"phone", user.Phone},
		{"fax", ""},
		{"mobile", nil},
		{"initials", user.Firstname[:1] + user.Surname[:1]},
		{"access_level", "admin"},
		{"locale", locale()},
		{"user_defined_titles", s.userTitles()},
		{"user_access", userAccess()},
	}
}

func locale() object {
	return object{{"currency", object{{"symbol", "$"}}}, {"timezone", "UTC"}}
}

func userAccess() object {
	rights := json.RawMessage(`{"view":"1","add":"1","manages":"1","admin":"1","dashboard":""}`)
	var o object
	for _, name := range titledObjects() {
		o = append(o, member{name, rights})
	}
	return o
}

// revoke serves a call that revokes a token (accelo.md 2.8).
func (s *Simulator) revoke(w http.ResponseWriter, r *http.Request, p params) {
	if s.auth.lockedOut(r) {
		envelope{}.refuse(w, lockOut())
		return
	}
	if !s.knowsClient(r, p, true) {
		s.auth.failed(r)
		oauthError(w, http.StatusUnauthorized, "invalid_client", "The client credentials are invalid.")
		return
	}
	if !s.auth.revoke(p.get("token")) {
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
