package accelo_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/lab"
)

const redirectURI = "https://sync.example/connect/accelo/callback"

// startWeb starts a deployment whose web application has a redirect URI. Its client follows no redirects.
func startWeb(t *testing.T, options accelo.Options) *deployment {
	t.Helper()
	options.RedirectURIs = []string{redirectURI}
	d := start(t, options)
	d.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return d
}

// authorizePath returns the address of an authorization request; pairs change its parameters as they are written, and an
// empty value removes one.
func authorizePath(pairs ...string) string {
	parameters := map[string]string{
		"response_type": "code", "client_id": url.QueryEscape(accelo.DefaultWebClientID), "redirect_uri": url.QueryEscape(redirectURI),
		"scope": "read(all),write(companies,assets)", "state": "s%261",
	}
	for i := 0; i < len(pairs); i += 2 {
		parameters[pairs[i]] = pairs[i+1]
	}
	var query []string
	for name, value := range parameters {
		if value != "" {
			query = append(query, name+"="+value)
		}
	}
	return "/oauth2/v0/authorize?" + strings.Join(query, "&")
}

// page sends what a browser sends and returns the status, the page and where it is redirected to.
func (d *deployment) page(method, path string, form url.Values) (status int, body, location string) {
	d.t.Helper()
	var content any
	if form != nil {
		content = form
	}
	request := d.request(method, path, content)
	request.Header.Del("Authorization")
	status, header, raw := d.send(request)
	return status, string(raw), header.Get("Location")
}

// logIn goes through the pages as a user and returns the query with which the browser returns to the application.
func (d *deployment) logIn(path, username, action string) url.Values {
	d.t.Helper()
	status, body, login := d.page(http.MethodGet, path, nil)
	require.Equal(d.t, http.StatusFound, status, body)
	_, body, _ = d.page(http.MethodGet, login, nil)
	require.Contains(d.t, body, `<label for="username">Username or email</label>`)
	status, body, approval := d.page(http.MethodPost, login, form("username", username, "password", accelo.DefaultPassword))
	require.Equal(d.t, http.StatusSeeOther, status, body)
	_, body, _ = d.page(http.MethodGet, approval, nil)
	require.Contains(d.t, body, "Demo Web Application is requesting permission to:")
	require.Contains(d.t, body, "Allow Access")
	require.Contains(d.t, body, "No thanks")
	status, body, back := d.page(http.MethodPost, approval, form("action", action))
	require.Equal(d.t, http.StatusFound, status, body)
	require.True(d.t, strings.HasPrefix(back, redirectURI+"?"), back)
	target, err := url.Parse(back)
	require.NoError(d.t, err)
	return target.Query()
}

// webToken calls the token endpoint as the web application.
func (d *deployment) webToken(pairs ...string) (int, map[string]any) {
	d.t.Helper()
	return d.tokenCallAs(accelo.DefaultWebClientID, accelo.DefaultWebClientSecret, form(pairs...))
}

// tokens requires success, uses the access token from now on and returns the refresh token.
func (d *deployment) tokens(status int, body map[string]any) string {
	d.t.Helper()
	require.Equal(d.t, http.StatusOK, status, "%v", body)
	d.token, _ = body["access_token"].(string)
	refresh, _ := body["refresh_token"].(string)
	return refresh
}

func (d *deployment) exchange(code string, pairs ...string) (int, map[string]any) {
	d.t.Helper()
	return d.webToken(append([]string{"grant_type", "authorization_code", "code", code, "redirect_uri", redirectURI}, pairs...)...)
}

func (d *deployment) refresh(token string, pairs ...string) (int, map[string]any) {
	d.t.Helper()
	return d.webToken(append([]string{"grant_type", "refresh_token", "refresh_token", token}, pairs...)...)
}

func (d *deployment) denied(status int, body map[string]any) func(int, string) {
	d.t.Helper()
	return func(want int, name string) {
		d.t.Helper()
		require.Equal(d.t, want, status, "%v", body)
		require.Equal(d.t, name, body["error"])
		if name == "invalid_grant" {
			require.Equal(d.t, "Grant was not found (possibly expired).", body["error_description"])
		}
	}
}

// A user logs in and allows access; the application exchanges the code and refreshes its tokens (accelo.md 2.6 and 2.7).
func TestAuthorizationCode(t *testing.T) {
	t.Parallel()
	d := startWeb(t, accelo.Options{Companies: 3})
	back := d.logIn(authorizePath(), "turanga.leela", "allow")
	require.Equal(t, "s&1", back.Get("state"))

	status, body := d.exchange(back.Get("code"))
	first := d.tokens(status, body)
	require.NotEmpty(t, first)
	require.Equal(t, "planet-express", body["deployment"])
	require.Equal(t, "Leela", d.get("/tokeninfo").object()["surname"])
	d.get("/requests").ok()
	d.post("/companies", form("name", "A")).ok()
	d.post("/requests", form("title", "A")).refused(http.StatusForbidden, "invalid_permission")
	d.denied(d.exchange(back.Get("code")))(400, "invalid_grant")

	second := d.tokens(d.refresh(first))
	require.NotEqual(t, first, second)
	d.get("/tokeninfo").ok()
	d.denied(d.refresh(first))(400, "invalid_grant")
	require.NotEmpty(t, d.tokens(d.refresh(second)))
}

// A user may decline, and a wrong password leads nowhere.
func TestAuthorizationDenied(t *testing.T) {
	t.Parallel()
	d := startWeb(t, accelo.Options{})
	back := d.logIn(authorizePath(), "Turanga.Leela@planet-express.example", "deny")
	require.Equal(t, "access_denied", back.Get("error"))
	require.NotEmpty(t, back.Get("error_description"))
	require.Equal(t, "s&1", back.Get("state"))
	require.NotContains(t, back, "code")
	require.NoError(t, d.sim.SetSwitches(accelo.Switches{DenialWithoutState: true}))
	require.NotContains(t, d.logIn(authorizePath(), "turanga.leela", "deny"), "state")

	_, _, login := d.page(http.MethodGet, authorizePath(), nil)
	for name, password := range map[string]string{"turanga.leela": "wrong", "x<y": accelo.DefaultPassword, "philip.fry": accelo.DefaultPassword} {
		status, body, _ := d.page(http.MethodPost, login, form("username", name, "password", password))
		require.Equal(t, http.StatusUnauthorized, status)
		require.Contains(t, body, "The username or the password is wrong.")
		require.NotContains(t, body, "x<y")
	}
	approval := strings.Replace(login, "login", "approval", 1)
	status, _, location := d.page(http.MethodPost, approval, form("action", "allow"))
	require.Equal(t, http.StatusSeeOther, status)
	require.Equal(t, login, location, "no approval without a login")
	status, body, _ := d.page(http.MethodGet, "/oauth2/v0/login?request=unknown", nil)
	require.Equal(t, http.StatusBadRequest, status)
	require.Contains(t, body, "This login has expired.")
}

// Wrong requests are refused before the login and never return to the application (accelo.md 2.6).
func TestAuthorizeErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change []string
		status int
		error  string
	}{
		{"encoded parentheses", []string{"scope", "read%28all%29"}, 400, "invalid_scope"},
		{"one encoded parenthesis", []string{"scope", "read(all%29"}, 400, "invalid_scope"},
		{"malformed scope", []string{"scope", "monitoring"}, 400, "invalid_scope"},
		{"unknown client", []string{"client_id", "other%40planet-express.accelo.com"}, 401, "invalid_client"},
		{"service application", []string{"client_id", url.QueryEscape(accelo.DefaultClientID)}, 401, "invalid_client"},
		{"no client", []string{"client_id", ""}, 401, "invalid_client"},
		{"redirect URI with a slash", []string{"redirect_uri", url.QueryEscape(redirectURI + "/")}, 400, "invalid_grant"},
		{"no response type", []string{"response_type", ""}, 400, "invalid_request"},
		{"token", []string{"response_type", "token"}, 400, "invalid_request"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := startWeb(t, accelo.Options{})
			status, body, location := d.page(http.MethodGet, authorizePath(test.change...), nil)
			require.Equal(t, test.status, status, body)
			require.Contains(t, body, `"error":"`+test.error+`"`)
			require.Empty(t, location)
		})
	}
}

// An authorization request may be posted, and only the query has to have literal parentheses (accelo.md 2.6).
func TestAuthorizeByPost(t *testing.T) {
	t.Parallel()
	d := startWeb(t, accelo.Options{})
	status, body, location := d.page(http.MethodPost, "/oauth2/v0/authorize", form(
		"response_type", "code", "client_id", accelo.DefaultWebClientID, "redirect_uri", redirectURI, "scope", "write(all)"))
	require.Equal(t, http.StatusFound, status, body)
	require.Contains(t, location, "/oauth2/v0/login?")
	d.denied(d.tokenCallAs("", "", form()))(401, "invalid_client")
}

// Without a redirect URI the browser returns to the only one there is, and the token call has none either (accelo.md 2.6).
func TestAuthorizeWithoutRedirectURI(t *testing.T) {
	t.Parallel()
	d := startWeb(t, accelo.Options{})
	code := d.logIn(authorizePath("redirect_uri", ""), "turanga.leela", "allow").Get("code")
	require.NotEmpty(t, d.tokens(d.webToken("grant_type", "authorization_code", "code", code)))
	d.sim.SetRedirectURIs(redirectURI, redirectURI+"/other")
	status, body, _ := d.page(http.MethodGet, authorizePath("redirect_uri", ""), nil)
	require.Equal(t, http.StatusBadRequest, status, body)
	require.Len(t, d.sim.RedirectURIs(), 2)
}

// A code works once, for a minute, and only for its application and redirect URI.
func TestCodeErrors(t *testing.T) {
	t.Parallel()
	c := newClock()
	d := startWeb(t, accelo.Options{Now: c.Now})
	code := func() string { return d.logIn(authorizePath(), "turanga.leela", "allow").Get("code") }
	d.denied(d.exchange("unknown"))(400, "invalid_grant")
	d.denied(d.webToken("grant_type", "authorization_code", "code", code(), "redirect_uri", redirectURI+"/"))(400, "invalid_grant")
	d.denied(d.webToken("grant_type", "authorization_code", "code", code()))(400, "invalid_grant")
	kept := code()
	d.denied(d.tokenCall(form("grant_type", "authorization_code", "code", kept, "redirect_uri", redirectURI)))(401, "unauthorized_client")
	d.denied(d.tokenCallAs(accelo.DefaultWebClientID, "no", form("grant_type", "authorization_code", "code", kept)))(401, "invalid_client")
	d.denied(d.exchange(kept, "expires_in", "soon"))(400, "invalid_request")
	d.tokens(d.exchange(kept))
	late := code()
	c.advance(time.Minute)
	d.denied(d.exchange(late))(400, "invalid_grant")
	d.denied(d.webToken("grant_type", "client_credentials"))(401, "unauthorized_client")
}

// A refresh token only works while its access token lives, unless a switch says otherwise (accelo.md 2.7).
func TestRefreshTokenDies(t *testing.T) {
	t.Parallel()
	c := newClock()
	d := startWeb(t, accelo.Options{Now: c.Now})
	authorize := func() string {
		return d.tokens(d.exchange(d.logIn(authorizePath(), "turanga.leela", "allow").Get("code"), "expires_in", "60"))
	}
	first := authorize()
	d.denied(d.tokenCall(form("grant_type", "refresh_token", "refresh_token", first)))(401, "unauthorized_client")
	d.denied(d.refresh("unknown"))(400, "invalid_grant")
	c.advance(59 * time.Second)
	second := d.tokens(d.refresh(first, "expires_in", "60"))
	c.advance(59 * time.Second)
	d.get("/tokeninfo").ok()
	c.advance(time.Second)
	d.denied(d.refresh(second))(400, "invalid_grant")

	require.NoError(t, d.sim.SetSwitches(accelo.Switches{RefreshOutlivesAccess: true, KeepRefreshToken: true}))
	third := authorize()
	require.NotEmpty(t, third)
	c.advance(time.Hour)
	require.Empty(t, d.tokens(d.refresh(third)))
	require.Empty(t, d.tokens(d.refresh(third)))
	d.get("/tokeninfo").ok()

	require.NoError(t, d.sim.SetSwitches(accelo.Switches{MisspelledExpiresIn: true}))
	_, body := d.refresh(third)
	require.NotContains(t, body, "expires_in")
	require.Contains(t, body, "expires in")
}

// A web application revokes its tokens, and nobody else's.
func TestRevokeWebToken(t *testing.T) {
	t.Parallel()
	d := startWeb(t, accelo.Options{})
	service := d.token
	refresh := d.tokens(d.exchange(d.logIn(authorizePath(), "turanga.leela", "allow").Get("code")))
	revoke := func(token string) int {
		request := d.request(http.MethodPost, "/oauth2/v0/revoke", form("token", token))
		request.SetBasicAuth(accelo.DefaultWebClientID, accelo.DefaultWebClientSecret)
		status, _, _ := d.send(request)
		return status
	}
	require.Equal(t, http.StatusBadRequest, revoke(service))
	require.Equal(t, http.StatusOK, revoke(refresh))
	d.denied(d.refresh(refresh))(400, "invalid_grant")
	require.Equal(t, http.StatusOK, revoke(d.token))
	d.get("/tokeninfo").refused(401, "invalid_client")
}

// The lab ends tokens and codes, denies approval and changes redirect URIs.
func TestSignInActions(t *testing.T) {
	t.Parallel()
	d := startWeb(t, accelo.Options{Switches: accelo.Switches{RefreshOutlivesAccess: true}})
	d.mustAct("revoke-tokens", nil)
	code := func() string { return d.logIn(authorizePath(), "turanga.leela", "allow").Get("code") }
	first := d.tokens(d.exchange(code()))
	require.EqualValues(t, 1, d.mustAct("expire-access-tokens", nil)["expired"])
	d.get("/tokeninfo").refused(401, "invalid_client")
	second := d.tokens(d.refresh(first))
	require.EqualValues(t, 1, d.mustAct("expire-refresh-tokens", nil)["expired"])
	d.denied(d.refresh(second))(400, "invalid_grant")
	late := code()
	require.EqualValues(t, 1, d.mustAct("expire-codes", nil)["expired"])
	d.denied(d.exchange(late))(400, "invalid_grant")

	require.NoError(t, d.sim.Lab().Faults.Set(lab.Fault{Kind: accelo.FaultCodeExpired, Count: 1}))
	d.denied(d.exchange(code()))(400, "invalid_grant")
	require.NoError(t, d.sim.Lab().Faults.Set(lab.Fault{Kind: accelo.FaultApprovalDenied, Count: 1}))
	require.Empty(t, code())
	third := d.tokens(d.exchange(code()))
	d.mustAct("set-switches", map[string]any{"refresh_outlives_access": false})
	d.mustAct("expire-access-tokens", nil)
	d.denied(d.refresh(third))(400, "invalid_grant")

	d.mustAct("set-redirect-uris", map[string]any{"redirect_uris": "https://x.example/, https://y.example/"})
	require.Equal(t, []string{"https://x.example/", "https://y.example/"}, d.sim.RedirectURIs())
}

// A token has the rights of the user who approved, and replies tell them (accelo.md 2.5 and 11).
func TestUsersRights(t *testing.T) {
	t.Parallel()
	d := startWeb(t, accelo.Options{Companies: 3})
	for _, test := range []struct {
		user, level                        string
		readRequests, addCompany, addTypes bool
	}{
		{"turanga.leela", "admin", true, true, true},
		{"amy.wong", "user", true, true, false},
		{"hubert.farnsworth", "restricted", false, false, false},
	} {
		status, body := d.exchange(d.logIn(authorizePath("scope", "write(all)"), test.user, "allow").Get("code"))
		d.tokens(status, body)
		details := body["account_details"].(map[string]any)
		require.Equal(t, test.level, details["access_level"])
		access := details["user_access"].(map[string]any)["request"].(map[string]any)
		check := func(allowed bool, r reply) {
			t.Helper()
			if allowed {
				r.ok()
				return
			}
			r.refused(403, "invalid_permission")
		}
		require.Equal(t, test.readRequests, access["view"] == "1")
		d.get("/tokeninfo").ok()
		d.get("/companies").ok()
		check(test.readRequests, d.get("/requests"))
		check(test.addCompany, d.post("/companies", form("name", test.user)))
		check(test.addTypes, d.post("/assets/types", form("title", test.user)))
	}
}

// Mistakes that Accelo accepts are recorded.
func TestAuthorizeViolations(t *testing.T) {
	t.Parallel()
	d := startWeb(t, accelo.Options{})
	status, _, _ := d.page(http.MethodGet, authorizePath("state", "", "client_secret", "hush"), nil)
	require.Equal(t, http.StatusFound, status)
	require.Len(t, d.violations(), 2)
	for _, call := range d.sim.Lab().Calls.Calls(0) {
		require.NotContains(t, call.Query, "hush")
	}
}
