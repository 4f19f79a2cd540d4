package web_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/web"
)

// Without a session only the login is shown; with one the page is, until logout.
func TestLoginAndLogout(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.connect("secret customer")
	got := f.get("/integrations")
	require.Equal(t, http.StatusSeeOther, got.code)
	require.Equal(t, "/integrations/login", got.header.Get("Location"))
	require.NotContains(t, got.body, "secret customer")
	require.Contains(t, f.get("/integrations/login").body, `<label for="token">`)

	session := f.logIn()
	require.True(t, session.HttpOnly)
	require.Equal(t, http.SameSiteStrictMode, session.SameSite)
	require.Equal(t, "/integrations", session.Path)
	require.Equal(t, 12*60*60, session.MaxAge)
	require.NotContains(t, session.Value, adminToken)
	require.Contains(t, f.get("/integrations", session).body, "secret customer")
	require.Equal(t, "/integrations", f.get("/integrations/login", session).header.Get("Location"))

	out := f.form("/integrations/logout", nil)
	out.AddCookie(session)
	got = f.send(out)
	require.Equal(t, http.StatusSeeOther, got.code)
	require.Negative(t, got.cookie.MaxAge)
	require.Empty(t, got.cookie.Value)
}

// The cookie is Secure if the browser uses TLS, to us or to a proxy.
func TestCookieIsSecureUnderTLS(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	require.False(t, f.logIn().Secure)
	forwarded := f.form("/integrations/login", url.Values{"token": {adminToken}})
	forwarded.Header.Set("X-Forwarded-Proto", "https")
	require.True(t, f.send(forwarded).cookie.Secure)
	direct := f.form("https://integrations.example/integrations/login", url.Values{"token": {adminToken}})
	require.True(t, f.send(direct).cookie.Secure)
}

// Only the admin token in the form's body logs in. A wrong token is never echoed.
func TestLoginRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	tests := []struct {
		name    string
		request *http.Request
		want    int
	}{
		{"wrong", f.form("/integrations/login", url.Values{"token": {"<b>guess</b>"}}), http.StatusForbidden},
		{"empty", f.form("/integrations/login", nil), http.StatusForbidden},
		{"in the URL", f.form("/integrations/login?token="+adminToken, nil), http.StatusForbidden},
		{"too large", f.form("/integrations/login", url.Values{"token": {strings.Repeat("x", 1<<20)}}), http.StatusBadRequest},
	}
	for i, test := range tests {
		test.request.RemoteAddr = "198.51.100." + string(rune('1'+i)) + ":4711"
		got := f.send(test.request)
		require.Equal(t, test.want, got.code, test.name)
		require.Nil(t, got.cookie, test.name)
		require.Contains(t, got.body, `role="alert"`, test.name)
		require.NotContains(t, got.body, "guess", test.name)
	}
}

// After five attempts in a row a network has to wait, even with the correct token. Others can still log in.
func TestLoginIsThrottled(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	try := func(remote, token string) response {
		request := f.form("/integrations/login", url.Values{"token": {token}})
		request.RemoteAddr = remote
		return f.send(request)
	}
	for range 5 {
		require.Equal(t, http.StatusForbidden, try("[2001:db8::1]:1", "guess").code)
	}
	blocked := try("[2001:db8::ffff]:2", adminToken) // a neighbour in the same /64
	require.Equal(t, http.StatusTooManyRequests, blocked.code)
	require.Equal(t, "10", blocked.header.Get("Retry-After"))
	require.Nil(t, blocked.cookie)
	require.Equal(t, http.StatusSeeOther, try("[2001:db8:0:1::1]:1", adminToken).code)
	require.Equal(t, http.StatusSeeOther, try("203.0.113.5:1", adminToken).code)
	f.clock = f.clock.Add(10 * time.Second)
	require.Equal(t, http.StatusSeeOther, try("[2001:db8::1]:1", adminToken).code)
}

// A session ends after twelve hours by the server's clock.
func TestSessionExpires(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	session := f.logIn()
	f.clock = f.clock.Add(12*time.Hour - time.Second)
	require.Equal(t, http.StatusOK, f.get("/integrations", session).code)
	f.clock = f.clock.Add(time.Second)
	require.Equal(t, http.StatusSeeOther, f.get("/integrations", session).code)
}

// A cookie that differs from what was signed is rejected.
func TestSessionCannotBeForged(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	good := f.logIn().Value
	expiry, signature, found := strings.Cut(good, ".")
	require.True(t, found)
	other := "A"
	if strings.HasPrefix(signature, other) {
		other = "B"
	}
	tests := []struct{ name, value string }{
		{"empty", ""},
		{"no signature", expiry},
		{"empty signature", expiry + "."},
		{"later expiry", "9" + good},
		{"other spelling of the expiry", "0" + good},
		{"signed expiry", "+" + good},
		{"changed signature", expiry + "." + other + signature[1:]},
		{"shortened signature", good[:len(good)-1]},
		{"lengthened signature", good + "A"},
		{"the token itself", adminToken},
	}
	for _, test := range tests {
		require.Equal(t, http.StatusSeeOther, f.getWithCookies("integrations_session="+test.value).code, test.name)
	}
	require.Equal(t, http.StatusSeeOther, f.getWithCookies("session="+good).code, "a cookie of another name")
	require.Equal(t, http.StatusOK, f.getWithCookies("integrations_session=x; integrations_session="+good).code,
		"a stray cookie of the same name is ignored")
}

// Every process with the same admin token accepts a session; one with another token rejects it.
func TestSessionsAreStateless(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	session := f.logIn()
	f.serve(web.Options{})
	require.Equal(t, http.StatusOK, f.get("/integrations", session).code)
	f.serve(web.Options{AdminToken: "another-token-of-the-admin"})
	require.Equal(t, http.StatusSeeOther, f.get("/integrations", session).code)
}

// A form submitted from another site is blocked, whichever header the browser reports it in.
func TestCrossSitePostRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	tests := []struct {
		name          string
		header, value string
		want          int
	}{
		{"another site", "Sec-Fetch-Site", "cross-site", http.StatusForbidden},
		{"another host of the site", "Sec-Fetch-Site", "same-site", http.StatusForbidden},
		{"another origin", "Origin", "https://evil.example", http.StatusForbidden},
		{"hidden origin", "Origin", "null", http.StatusForbidden},
		{"our page", "Sec-Fetch-Site", "same-origin", http.StatusSeeOther},
		{"our origin", "Origin", "http://example.com", http.StatusSeeOther},
		{"not a browser", "Accept", "*/*", http.StatusSeeOther},
	}
	for _, test := range tests {
		for _, path := range []string{"/integrations/login", "/integrations/logout"} {
			request := f.form(path, url.Values{"token": {adminToken}})
			request.RemoteAddr = "198.51.100.1:1"
			request.Header.Set(test.header, test.value)
			got := f.send(request)
			require.Equal(t, test.want, got.code, "%s: %s", test.name, path)
			require.Equal(t, test.want == http.StatusSeeOther, got.cookie != nil, "%s: %s", test.name, path)
		}
	}
}

// A browser logs in over TLS, sees the page, logs out and is redirected to the login.
func TestBrowserSession(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	server := httptest.NewTLSServer(f.mux)
	t.Cleanup(server.Close)
	browser := server.Client()
	browser.Jar = newJar(t)
	require.Contains(t, visit(t, browser, http.MethodGet, server.URL+"/integrations", nil), "Admin token")
	page := visit(t, browser, http.MethodPost, server.URL+"/integrations/login", url.Values{"token": {" " + adminToken + "\n"}})
	require.Contains(t, page, "No connections yet")
	require.Contains(t, visit(t, browser, http.MethodGet, server.URL+"/integrations/", nil), "No connections yet")
	require.Contains(t, visit(t, browser, http.MethodPost, server.URL+"/integrations/logout", nil), "Admin token")
	require.Contains(t, visit(t, browser, http.MethodGet, server.URL+"/integrations", nil), "Admin token")
}
