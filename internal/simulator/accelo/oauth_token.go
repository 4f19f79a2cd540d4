package accelo

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// token serves a token call (accelo.md 2.3 and 2.5 to 2.7).
func (s *Simulator) token(w http.ResponseWriter, r *http.Request, p params) {
	if s.auth.lockedOut(r) {
		envelope{}.refuse(w, lockOut())
		return
	}
	app, known := s.client(r, p, s.Switches().FormCredentials)
	if !known {
		s.auth.failed(r)
		oauthError(w, http.StatusUnauthorized, "invalid_client", "The client credentials are invalid.")
		return
	}
	seconds, err := lifetime(p)
	if err != nil {
		oauthError(w, http.StatusBadRequest, "invalid_request", err.Error())
		return
	}
	switch p.get("grant_type") {
	case "client_credentials":
		s.grantToService(w, p, app, seconds)
	case "authorization_code":
		s.grantForCode(w, p, app, seconds)
	case "refresh_token":
		s.grantForRefresh(w, p, app, seconds)
	case "":
		oauthError(w, http.StatusBadRequest, "invalid_request", "The parameter grant_type is missing.")
	default:
		oauthError(w, http.StatusBadRequest, "unsupported_grant_type", "The grant type is not supported.")
	}
}

// lifetime returns the requested lifetime of an access token in seconds.
func lifetime(p params) (int64, error) {
	if !p.has("expires_in") {
		return int64(defaultLifetime / time.Second), nil
	}
	seconds, err := strconv.ParseInt(p.get("expires_in"), 10, 32)
	if err != nil || seconds <= 0 {
		return 0, invalid("The parameter expires_in must be a number of seconds.")
	}
	return seconds, nil
}

// grantToService serves the grant of service applications, which has no refresh token (accelo.md 2.3).
func (s *Simulator) grantToService(w http.ResponseWriter, p params, app application, seconds int64) {
	if app.web {
		anotherClient(w)
		return
	}
	granted, ok := parseScopes(p.get("scope"))
	if !ok {
		oauthError(w, http.StatusBadRequest, "invalid_scope", "The scope is malformed.")
		return
	}
	answer, _ := s.issueToken(token{client: app.id, scopes: granted, staff: s.serviceUser().ID}, seconds)
	replyToken(w, answer)
}

// grantForCode exchanges a code, which works once and only with the redirect URI that it was asked for with (accelo.md 2.6).
func (s *Simulator) grantForCode(w http.ResponseWriter, p params, app application, seconds int64) {
	asked, valid, _ := s.auth.codes.Get(p.get("code"))
	if valid && asked.client != app.id {
		anotherClient(w)
		return
	}
	asked, valid = s.auth.codes.Take(p.get("code"))
	if !valid || p.get("redirect_uri") != asked.sentURI {
		noGrant(w)
		return
	}
	s.replyBoth(w, token{client: app.id, scopes: asked.scopes, staff: asked.staff}, seconds)
}

// grantForRefresh exchanges a refresh token for new tokens. Unless a switch says otherwise, it only works while its access
// token lives, and once (accelo.md 2.7).
func (s *Simulator) grantForRefresh(w http.ResponseWriter, p params, app application, seconds int64) {
	sent, switches := p.get("refresh_token"), s.Switches()
	t, valid, _ := s.auth.refresh.Get(sent)
	if valid && t.client != app.id {
		anotherClient(w)
		return
	}
	if !valid || !switches.RefreshOutlivesAccess && !s.auth.valid(t.access) {
		noGrant(w)
		return
	}
	if switches.KeepRefreshToken {
		answer, access := s.issueToken(t, seconds)
		t.access = access
		s.auth.refresh.Set(sent, t, s.options.Now().Add(neverExpires))
		replyToken(w, answer)
		return
	}
	if _, valid = s.auth.refresh.Take(sent); !valid {
		noGrant(w)
		return
	}
	s.replyBoth(w, t, seconds)
}

// noGrant refuses a code or a refresh token, whatever is wrong with it (accelo.md 2.5).
func noGrant(w http.ResponseWriter) {
	oauthError(w, http.StatusBadRequest, "invalid_grant", "Grant was not found (possibly expired).")
}

// anotherClient refuses a grant that the application can't have or that another one was given (accelo.md 3.3).
func anotherClient(w http.ResponseWriter) {
	oauthError(w, http.StatusUnauthorized, "unauthorized_client", "The grant was issued to another client.")
}

// replyBoth replies with a new access token and a new refresh token, which is bound to it.
func (s *Simulator) replyBoth(w http.ResponseWriter, t token, seconds int64) {
	answer, access := s.issueToken(t, seconds)
	t.access = access
	replyToken(w, append(answer, member{"refresh_token", s.auth.refresh.Issue(t, s.options.Now().Add(neverExpires))}))
}

func replyToken(w http.ResponseWriter, answer object) {
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, http.StatusOK, answer)
}

// issueToken issues an access token and returns the reply with it (accelo.md 2.5).
func (s *Simulator) issueToken(t token, seconds int64) (answer object, access string) {
	user := s.staffMember(t.staff)
	t.expires = s.options.Now().Add(time.Duration(seconds) * time.Second)
	access, asNumber := s.auth.issue(t)
	var expires any = number(seconds)
	if asNumber {
		expires = seconds
	}
	lifetimeName := "expires_in"
	if s.Switches().MisspelledExpiresIn {
		lifetimeName = "expires in"
	}
	return object{
		{"access_token", access},
		{"token_type", "Bearer"},
		{lifetimeName, expires},
		{"deployment", s.options.Deployment},
		{"deployment_name", deploymentName(s.options.Deployment)},
		{"deployment_uri", "https://" + s.options.Deployment + ".accelo.com"},
		{"account_id", number(user.ID)},
		{"account_details", s.account(user)},
	}, access
}

// account returns the details of a user.
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
		{"initials", initial(user.Firstname) + initial(user.Surname)},
		{"access_level", user.AccessLevel},
		{"locale", locale()},
		{"user_defined_titles", s.userTitles()},
		{"user_access", userAccess(user)},
	}
}

func initial(name string) string {
	for _, letter := range name {
		return strings.ToUpper(string(letter))
	}
	return ""
}
