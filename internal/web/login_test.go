package web_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
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
	require.Equal(t, "/login", got.header.Get("Location"))
	require.NotContains(t, got.body, "secret customer")
	require.Contains(t, f.get("/login").body, `<label for="token">`)

	session := f.logIn()
	require.True(t, session.HttpOnly)
	require.Equal(t, http.SameSiteLaxMode, session.SameSite, "the vendors' sign-in leads back to us")
	require.Equal(t, "/", session.Path, "the session covers /integrations and /connect")
	require.Equal(t, 12*60*60, session.MaxAge)
	require.NotContains(t, session.Value, adminToken)
	require.Contains(t, f.get("/integrations", session).body, "secret customer")
	require.Equal(t, "/integrations", f.get("/login", session).header.Get("Location"))

	out := f.form("/logout", nil)
	out.AddCookie(session)
	got = f.send(out)
	require.Equal(t, http.StatusSeeOther, got.code)
	require.Negative(t, got.cookie.MaxAge)
	require.Empty(t, got.cookie.Value)
	require.Equal(t, http.StatusSeeOther, f.get("/integrations", session).code, "a copy of the cookie opens nothing")
}

// The cookie is Secure if the browser uses TLS, to us or to a proxy.
func TestCookieIsSecureUnderTLS(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	require.False(t, f.logIn().Secure)
	forwarded := f.form("/login", url.Values{"token": {adminToken}})
	forwarded.Header.Set("X-Forwarded-Proto", "https")
	require.True(t, f.send(forwarded).cookie.Secure)
	direct := f.form("https://integrations.example/login", url.Values{"token": {adminToken}})
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
		{"wrong", f.form("/login", url.Values{"token": {"<b>guess</b>"}}), http.StatusForbidden},
		{"empty", f.form("/login", nil), http.StatusForbidden},
		{"in the URL", f.form("/login?token="+adminToken, nil), http.StatusForbidden},
		{"too large", f.form("/login", url.Values{"token": {strings.Repeat("x", 1<<20)}}), http.StatusBadRequest},
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
		request := f.form("/login", url.Values{"token": {token}})
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

// A session ends twelve hours after the login by the server's clock, and earlier if nobody uses it for two.
func TestSessionExpires(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	used, idle := f.logIn(), f.logIn()
	start := f.clock
	for range 11 {
		f.clock = f.clock.Add(time.Hour)
		require.Equal(t, http.StatusOK, f.get("/integrations", used).code)
	}
	require.Equal(t, http.StatusSeeOther, f.get("/integrations", idle).code)
	f.clock = start.Add(12*time.Hour - time.Second)
	require.Equal(t, http.StatusOK, f.get("/integrations", used).code)
	f.clock = start.Add(12 * time.Hour)
	require.Equal(t, http.StatusSeeOther, f.get("/integrations", used).code)
}

// Only a cookie that a login issued is a session.
func TestSessionCannotBeForged(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	good := f.logIn().Value
	hash := sha256.Sum256([]byte(good))
	tests := []struct{ name, value string }{
		{"empty", ""},
		{"shortened", good[:len(good)-1]},
		{"lengthened", good + "A"},
		{"other case", strings.ToUpper(good)},
		{"what the database holds", base64.RawURLEncoding.EncodeToString(hash[:])},
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
func TestSessionsOfOtherProcesses(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	session := f.logIn()
	f.serve(web.Options{})
	require.Equal(t, http.StatusOK, f.get("/integrations", session).code)
	f.serve(web.Options{AdminToken: "another-token-of-the-admin"})
	require.Equal(t, http.StatusSeeOther, f.get("/integrations", session).code)
}

// A login leads to the page that the user wanted, if it is one of ours.
func TestLoginLeadsBack(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	got := f.get("/integrations/acme/failures?page=2")
	require.Equal(t, "/login?next=%2Fintegrations%2Facme%2Ffailures%3Fpage%3D2", got.header.Get("Location"))
	require.Contains(t, f.get(got.header.Get("Location")).body, `name="next" value="/integrations/acme/failures?page=2"`)
	for next, want := range map[string]string{
		"/integrations/acme/failures?page=2": "/integrations/acme/failures?page=2",
		"/connect/ninjaone":                  "/connect/ninjaone",
		"":                                   "/integrations",
		"https://evil.example/integrations":  "/integrations",
		"//evil.example/integrations":        "/integrations",
		`/\evil.example`:                     "/integrations",
		"/integrationsevil":                  "/integrations",
		"javascript:alert(1)":                "/integrations",
		"/logout":                            "/integrations",
	} {
		request := f.form("/login", url.Values{"token": {adminToken}, "next": {next}})
		request.RemoteAddr = fmt.Sprintf("203.0.113.%d:1", len(next))
		require.Equal(t, want, f.send(request).header.Get("Location"), next)
	}
}

// While the database is unavailable nobody can log in, and the page says why.
func TestLoginWithoutDatabase(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.dropDatabase()
	require.Equal(t, http.StatusOK, f.get("/login").code)
	got := f.send(f.form("/login", url.Values{"token": {adminToken}}))
	require.Equal(t, http.StatusServiceUnavailable, got.code)
	require.Contains(t, got.body, "reach the database")
	require.Nil(t, got.cookie)
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
		for _, path := range []string{"/login", "/logout"} {
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
	page := visit(t, browser, http.MethodPost, server.URL+"/login", url.Values{"token": {" " + adminToken + "\n"}})
	require.Contains(t, page, "No connections yet")
	require.Contains(t, visit(t, browser, http.MethodGet, server.URL+"/integrations/", nil), "No connections yet")
	require.Contains(t, visit(t, browser, http.MethodPost, server.URL+"/logout", nil), "Admin token")
	require.Contains(t, visit(t, browser, http.MethodGet, server.URL+"/integrations", nil), "Admin token")
}
