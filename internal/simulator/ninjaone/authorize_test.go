package ninjaone_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/lab"
	"ninjaone-accelo/internal/simulator/ninjaone"
)

const redirectURI = "https://sync.example/connect/ninjaone/callback"

// webTenant starts a tenant whose Web application has a redirect URI.
func webTenant(t *testing.T, options ninjaone.Options) *tenant {
	t.Helper()
	options.RedirectURIs = []string{redirectURI}
	return newTenant(t, options)
}

// authorizePath returns the address of an authorization request; pairs change its parameters, and an empty value removes one.
func authorizePath(pairs ...string) string {
	query := url.Values{
		"response_type": {"code"}, "client_id": {ninjaone.DefaultWebClientID}, "redirect_uri": {redirectURI},
		"scope": {"monitoring management offline_access"}, "state": {"s&1"},
	}
	for i := 0; i < len(pairs); i += 2 {
		query.Set(pairs[i], pairs[i+1])
		if pairs[i+1] == "" {
			query.Del(pairs[i])
		}
	}
	return "/ws/oauth/authorize?" + query.Encode()
}

// signIn goes through the pages as a user and returns the query with which the browser returns to the client.
func (n *tenant) signIn(path, email, action string) url.Values {
	n.t.Helper()
	login := n.do(http.MethodGet, path, "", nil)
	require.Equal(n.t, http.StatusFound, login.status, login.body)
	form := n.do(http.MethodGet, login.header.Get("Location"), "", nil)
	require.Equal(n.t, http.StatusOK, form.status)
	require.Contains(n.t, form.body, `<label for="email">Email</label>`)
	consent := n.form(login.header.Get("Location"), url.Values{"email": {email}, "password": {ninjaone.DefaultPassword}})
	require.Equal(n.t, http.StatusSeeOther, consent.status, consent.body)
	page := n.do(http.MethodGet, consent.header.Get("Location"), "", nil)
	require.Contains(n.t, page.body, "<li>monitoring</li>")
	back := n.form(consent.header.Get("Location"), url.Values{"action": {action}})
	require.Equal(n.t, http.StatusFound, back.status, back.body)
	target, err := url.Parse(back.header.Get("Location"))
	require.NoError(n.t, err)
	require.True(n.t, strings.HasPrefix(target.String(), redirectURI+"?"), target)
	return target.Query()
}

// webToken calls the token endpoint as the Web application.
func (n *tenant) webToken(pairs ...string) reply {
	n.t.Helper()
	form := url.Values{"client_id": {ninjaone.DefaultWebClientID}, "client_secret": {ninjaone.DefaultWebClientSecret}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return n.form("/ws/oauth/token", form)
}

type tokenReply struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	Scope   string `json:"scope"`
}

func (n *tenant) tokens(got reply) tokenReply {
	n.t.Helper()
	require.Equal(n.t, http.StatusOK, got.status, got.body)
	var tokens tokenReply
	require.NoError(n.t, json.Unmarshal([]byte(got.body), &tokens))
	n.token = tokens.Access
	return tokens
}

// exchange exchanges a code.
func (n *tenant) exchange(code string) reply {
	n.t.Helper()
	return n.webToken("grant_type", "authorization_code", "code", code, "redirect_uri", redirectURI)
}

func (n *tenant) refresh(token string) reply {
	n.t.Helper()
	return n.webToken("grant_type", "refresh_token", "refresh_token", token)
}

func (n *tenant) refused(got reply, status int, name string) {
	n.t.Helper()
	require.Equal(n.t, status, got.status, got.body)
	require.Contains(n.t, got.body, `"error":"`+name+`"`)
}

// A user signs in and consents; the client exchanges the code and refreshes its tokens (ninjaone.md 2.1.3 and 2.1.4).
func TestAuthorizationCode(t *testing.T) {
	t.Parallel()
	n := webTenant(t, ninjaone.Options{})
	back := n.signIn(authorizePath(), ninjaone.AdministratorEmail, "allow")
	require.Equal(t, "s&1", back.Get("state"))
	require.NotEmpty(t, back.Get("code"))

	first := n.tokens(n.exchange(back.Get("code")))
	require.Equal(t, "monitoring management offline_access", first.Scope)
	require.NotEmpty(t, first.Refresh)
	require.Equal(t, http.StatusOK, n.call(http.MethodGet, "/v2/organizations", "").status)
	require.Equal(t, http.StatusNoContent, n.call(http.MethodDelete, "/v2/webhook", "").status)
	n.refused(n.exchange(back.Get("code")), 400, "invalid_grant")

	second := n.tokens(n.refresh(first.Refresh))
	require.NotEqual(t, first.Refresh, second.Refresh)
	require.Equal(t, http.StatusOK, n.call(http.MethodGet, "/v2/organizations", "").status)
	n.refused(n.refresh(first.Refresh), 400, "invalid_grant")
	n.tokens(n.refresh(second.Refresh))
	require.Empty(t, n.Lab.Calls.Violations())
}

// Without the scope offline_access there is no refresh token.
func TestAuthorizationWithoutRefreshToken(t *testing.T) {
	t.Parallel()
	n := webTenant(t, ninjaone.Options{})
	back := n.signIn(authorizePath("scope", "monitoring", "state", ""), ninjaone.AdministratorEmail, "allow")
	require.NotContains(t, back, "state")
	require.Empty(t, n.tokens(n.exchange(back.Get("code"))).Refresh)
}

// A user may deny, and a wrong password leads nowhere.
func TestAuthorizationDenied(t *testing.T) {
	t.Parallel()
	n := webTenant(t, ninjaone.Options{})
	back := n.signIn(authorizePath(), ninjaone.AdministratorEmail, "deny")
	require.Equal(t, "access_denied", back.Get("error"))
	require.Equal(t, "s&1", back.Get("state"))
	require.NotContains(t, back, "code")

	login := n.do(http.MethodGet, authorizePath(), "", nil).header.Get("Location")
	got := n.form(login, url.Values{"email": {"x<y@msp.example"}, "password": {"wrong"}})
	require.Equal(t, http.StatusUnauthorized, got.status)
	require.Contains(t, got.body, "The email address or the password is wrong.")
	require.Contains(t, got.body, `value="x&lt;y@msp.example"`)

	consent := strings.Replace(login, "login", "consent", 1)
	require.Equal(t, http.StatusSeeOther, n.do(http.MethodGet, consent, "", nil).status, "no consent without a sign-in")
	require.Equal(t, http.StatusBadRequest, n.form(consent, url.Values{"action": {"allow"}}).status)
	require.Equal(t, http.StatusBadRequest, n.do(http.MethodGet, login, "", nil).status, "that ended the sign-in")
}

// A technician can sign in, but not register a webhook (ninjaone.md 7.1).
func TestTechnicianMayNotRegisterWebhooks(t *testing.T) {
	t.Parallel()
	n := webTenant(t, ninjaone.Options{})
	n.tokens(n.exchange(n.signIn(authorizePath(), ninjaone.TechnicianEmail, "allow").Get("code")))
	require.Equal(t, http.StatusOK, n.call(http.MethodGet, "/v2/organizations", "").status)
	got := n.call(http.MethodPut, "/v2/webhook", `{"url":"https://sync.example/"}`)
	require.Equal(t, http.StatusForbidden, got.status)
	require.Contains(t, got.body, "Only system administrators")
}

// Wrong requests never return to the client, and an unknown client is not found (ninjaone.md 2.1.3).
func TestAuthorizeErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name        string
		change      []string
		error, text string
	}{
		{"redirect URI with a slash", []string{"redirect_uri", redirectURI + "/"}, "unauthorized_client", "Invalid redirect_uri"},
		{"redirect URI in another case", []string{"redirect_uri", strings.Replace(redirectURI, "sync", "Sync", 1)}, "unauthorized_client", "Invalid redirect_uri"},
		{"no redirect URI", []string{"redirect_uri", ""}, "unauthorized_client", "Invalid redirect_uri"},
		{"application for machines", []string{"client_id", "demo-client"}, "unauthorized_client", "Invalid redirect_uri"},
		{"no scope", []string{"scope", ""}, "invalid_scope", "Invalid scope"},
		{"scope that is not enabled", []string{"scope", "monitoring control"}, "invalid_scope", "Invalid scope control for client"},
		{"no response type", []string{"response_type", ""}, "unsupported_response_type", "Unsupported response type"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			n := webTenant(t, ninjaone.Options{})
			got := n.do(http.MethodGet, authorizePath(test.change...), "", nil)
			require.Equal(t, http.StatusFound, got.status, got.body)
			target := got.header.Get("Location")
			require.Equal(t, "/ws/oauth/error?"+url.Values{"error": {test.error}, "error_description": {test.text}}.Encode(), target)
			page := n.do(http.MethodGet, target, "", nil)
			require.Contains(t, page.body, test.text)
		})
	}
	n := webTenant(t, ninjaone.Options{})
	for _, path := range []string{authorizePath("client_id", "other"), authorizePath("client_id", "")} {
		got := n.do(http.MethodGet, path, "", nil)
		require.Equal(t, http.StatusNotFound, got.status)
		require.Contains(t, got.body, `"resultCode":"Client app not exist"`)
	}
	require.Equal(t, http.StatusMethodNotAllowed, n.do(http.MethodPost, authorizePath(), "", nil).status)
}

// Switches select the other reported answers to wrong requests.
func TestAuthorizeErrorSwitches(t *testing.T) {
	t.Parallel()
	n := webTenant(t, ninjaone.Options{Switches: ninjaone.Switches{WrongRedirect404: true, AuthorizeErrorsReturn: true}})
	require.Equal(t, http.StatusNotFound, n.do(http.MethodGet, authorizePath("redirect_uri", "https://other.example/"), "", nil).status)
	got := n.do(http.MethodGet, authorizePath("scope", "control"), "", nil)
	require.Equal(t, redirectURI+"?error=invalid_scope&error_description=Invalid+scope+control+for+client&state=s%261", got.header.Get("Location"))
}

// Mistakes that NinjaOne accepts are recorded.
func TestAuthorizeViolations(t *testing.T) {
	t.Parallel()
	n := webTenant(t, ninjaone.Options{})
	path := strings.TrimPrefix(authorizePath("state", "", "client_secret", "hush", "code_challenge", "x"), "/ws")
	require.Equal(t, http.StatusFound, n.do(http.MethodGet, path, "", nil).status)
	var details []string
	for _, violation := range n.Lab.Calls.Violations() {
		details = append(details, violation.Detail)
	}
	require.Len(t, details, 4)
	require.Contains(t, strings.Join(details, "\n"), "code_challenge")
	for _, call := range n.Lab.Calls.Calls(0) {
		require.NotContains(t, call.Query, "hush")
	}
}

// A code works once, for a minute, and only for its client and redirect URI.
func TestCodeErrors(t *testing.T) {
	t.Parallel()
	n := webTenant(t, ninjaone.Options{})
	code := func() string { return n.signIn(authorizePath(), ninjaone.AdministratorEmail, "allow").Get("code") }
	n.refused(n.exchange("unknown"), 400, "invalid_grant")
	n.refused(n.webToken("grant_type", "authorization_code", "code", code(), "redirect_uri", redirectURI+"/"), 400, "invalid_grant")
	n.refused(n.webToken("grant_type", "authorization_code", "code", code()), 400, "invalid_grant")
	wrong := code()
	n.refused(n.webToken("grant_type", "authorization_code", "code", wrong, "redirect_uri", redirectURI, "client_secret", "no"), 401, "invalid_client")
	n.tokens(n.exchange(wrong))
	late := code()
	n.clock.advance(time.Minute)
	n.refused(n.exchange(late), 400, "invalid_grant")
	n.refused(n.webToken("grant_type", "client_credentials"), 400, "unauthorized_client")
	require.Equal(t, http.StatusNotFound, n.webToken("grant_type", "authorization_code", "client_id", "other").status)
}

// A refresh token dies with its authorization, however often it was used, unless a switch lets it slide.
func TestRefreshTokenDies(t *testing.T) {
	t.Parallel()
	n := webTenant(t, ninjaone.Options{})
	first := n.tokens(n.exchange(n.signIn(authorizePath(), ninjaone.AdministratorEmail, "allow").Get("code")))
	n.refused(n.webToken("grant_type", "refresh_token", "refresh_token", first.Refresh, "scope", "control"), 400, "invalid_scope")
	n.clock.advance(28 * 24 * time.Hour)
	require.Equal(t, http.StatusUnauthorized, n.call(http.MethodGet, "/v2/organizations", "").status)
	second := n.tokens(n.refresh(first.Refresh))
	n.clock.advance(24 * time.Hour)
	n.refused(n.refresh(second.Refresh), 400, "invalid_grant")

	n.SetSwitches(ninjaone.Switches{SlidingRefresh: true, RefreshInvalidToken: true})
	third := n.tokens(n.exchange(n.signIn(authorizePath(), ninjaone.AdministratorEmail, "allow").Get("code")))
	n.clock.advance(28 * 24 * time.Hour)
	fourth := n.tokens(n.refresh(third.Refresh))
	n.clock.advance(28 * 24 * time.Hour)
	n.tokens(n.refresh(fourth.Refresh))
	n.refused(n.refresh(fourth.Refresh), 400, "invalid_token")

	n.SetSwitches(ninjaone.Switches{KeepRefreshToken: true})
	fifth := n.tokens(n.exchange(n.signIn(authorizePath(), ninjaone.AdministratorEmail, "allow").Get("code")))
	require.Equal(t, fifth.Refresh, n.tokens(n.refresh(fifth.Refresh)).Refresh)
	n.tokens(n.refresh(fifth.Refresh))
}

// The lab ends tokens and codes, denies consent and changes applications.
func TestSignInActions(t *testing.T) {
	t.Parallel()
	n := webTenant(t, ninjaone.Options{})
	n.act("apps/update", `{"client_id":"demo-web-client","redirect_uris":["https://x.example/","`+redirectURI+`"],"scopes":"monitoring,management,control"}`)
	code := func() string {
		return n.signIn(authorizePath("scope", "monitoring control offline_access"), ninjaone.AdministratorEmail, "allow").Get("code")
	}
	first := n.tokens(n.exchange(code()))
	require.EqualValues(t, 1, n.act("tokens/expire", "")["expired"])
	require.Contains(t, n.call(http.MethodGet, "/v2/organizations", "").body, "expired_token")
	second := n.tokens(n.refresh(first.Refresh))
	require.EqualValues(t, 1, n.act("refresh-tokens/expire", "")["expired"])
	n.refused(n.refresh(second.Refresh), 400, "invalid_grant")
	late := code()
	require.EqualValues(t, 1, n.act("codes/expire", "")["expired"])
	n.refused(n.exchange(late), 400, "invalid_grant")

	require.NoError(t, n.Lab.Faults.Set(lab.Fault{Kind: "code-expired", Count: 1}))
	n.refused(n.exchange(code()), 400, "invalid_grant")
	require.NoError(t, n.Lab.Faults.Set(lab.Fault{Kind: "consent-denied", Count: 1}))
	require.Empty(t, code())
	n.tokens(n.exchange(code()))

	n.act("apps/update", `{"client_id":"demo-web-client","grants":["authorization_code","client_credentials"]}`)
	n.tokens(n.webToken("grant_type", "client_credentials", "scope", "monitoring"))
	got := n.do(http.MethodGet, authorizePath(), "", nil)
	require.Contains(t, got.header.Get("Location"), "offline_access")
	require.Equal(t, http.StatusNotFound, n.do(http.MethodPost, "/_lab/apps/update", `{"client_id":"other"}`, nil).status)
	require.NotContains(t, n.do(http.MethodGet, "/_lab/state", "", nil).body, "demo-web-secret")
}
