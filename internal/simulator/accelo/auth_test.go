package accelo_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
)

// A token reply has the fields of contract 2.5; expires_in is a text and a number in turn, and there is no refresh token.
func TestTokenReply(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{})
	var kinds []string
	for range 2 {
		status, body := d.tokenCall(form("grant_type", "client_credentials", "expires_in", "86400"))
		require.Equal(t, http.StatusOK, status)
		require.Equal(t, "Bearer", body["token_type"])
		require.Equal(t, "planet-express", body["deployment"])
		require.NotContains(t, body, "refresh_token")
		details, ok := body["account_details"].(map[string]any)
		require.True(t, ok)
		require.Contains(t, details, "user_defined_titles")
		switch v := body["expires_in"].(type) {
		case string:
			require.Equal(t, "86400", v)
			kinds = append(kinds, "text")
		case float64:
			require.InDelta(t, 86400, v, 0)
			kinds = append(kinds, "number")
		}
	}
	require.ElementsMatch(t, []string{"text", "number"}, kinds)
}

// Wrong token calls answer RFC 6749 errors instead of the envelope (contract 2.5 and 14).
func TestTokenErrors(t *testing.T) {
	t.Parallel()
	good := form("grant_type", "client_credentials")
	tests := []struct {
		name, id, secret string
		form             url.Values
		status           int
		error            string
	}{
		{"wrong secret", accelo.DefaultClientID, "nope", good, 401, "invalid_client"},
		{"unknown client", "x@y", accelo.DefaultClientSecret, good, 401, "invalid_client"},
		{"no credentials", "", "", good, 401, "invalid_client"},
		{
			"percent-encoded credentials", url.QueryEscape(accelo.DefaultClientID), accelo.DefaultClientSecret, good, 401,
			"invalid_client",
		},
		{
			"credentials in the form", "", "",
			form("grant_type", "client_credentials", "client_id", accelo.DefaultClientID, "client_secret", accelo.DefaultClientSecret),
			401, "invalid_client",
		},
		{"no grant type", accelo.DefaultClientID, accelo.DefaultClientSecret, form(), 400, "invalid_request"},
		{
			"unknown grant type", accelo.DefaultClientID, accelo.DefaultClientSecret, form("grant_type", "password"), 400,
			"unsupported_grant_type",
		},
		{
			"code of a web application", accelo.DefaultClientID, accelo.DefaultClientSecret,
			form("grant_type", "authorization_code", "code", "1"), 400, "invalid_grant",
		},
		{
			"malformed scope", accelo.DefaultClientID, accelo.DefaultClientSecret,
			form("grant_type", "client_credentials", "scope", "read:all"), 400, "invalid_scope",
		},
		{
			"unfinished scope", accelo.DefaultClientID, accelo.DefaultClientSecret,
			form("grant_type", "client_credentials", "scope", "read(all),write("), 400, "invalid_scope",
		},
		{
			"lifetime that is no number", accelo.DefaultClientID, accelo.DefaultClientSecret,
			form("grant_type", "client_credentials", "expires_in", "soon"), 400, "invalid_request",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := start(t, accelo.Options{})
			status, body := d.tokenCallAs(test.id, test.secret, test.form)
			require.Equal(t, test.status, status)
			require.Equal(t, test.error, body["error"])
			require.NotEmpty(t, body["error_description"])
			require.NotContains(t, body, "meta")
		})
	}
}

// Form credentials work where the switch says so.
func TestFormCredentials(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{Switches: accelo.Switches{FormCredentials: true}})
	status, _ := d.tokenCallAs("", "", form("grant_type", "client_credentials",
		"client_id", accelo.DefaultClientID, "client_secret", accelo.DefaultClientSecret))
	require.Equal(t, http.StatusOK, status)
}

// Without scope a token reads everything and writes nothing; a scope of resources holds for these only; write includes read.
func TestScopes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, scope                           string
		readCompany, writeCompany, readAssets bool
	}{
		{"default", "", true, false, true},
		{"read all", "read(all)", true, false, true},
		{"write all", "write(all)", true, true, true},
		{"one resource", "read(companies)", true, false, false},
		{"write of one resource", "write(companies)", true, true, false},
		{"two resources", "read(assets,companies)", true, false, true},
		{"joined by comma", "read(assets),write(companies,contacts)", true, true, true},
		{"joined by space", "read(assets) write(companies)", true, true, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := start(t, accelo.Options{})
			d.token = d.newToken(test.scope)
			check := func(allowed bool, r reply) {
				if allowed {
					r.ok()
					return
				}
				r.refused(http.StatusForbidden, "invalid_permission")
				require.NotEmpty(t, r.Header.Get("X-RateLimit-Remaining"), "an authenticated reply has rate headers")
			}
			check(test.readCompany, d.get("/companies"))
			check(test.writeCompany, d.post("/companies", form("name", "A")))
			check(test.readAssets, d.get("/assets"))
			d.get("/tokeninfo").ok()
		})
	}
}

// No or bad credentials are 401 invalid_client without rate headers (contract 3.7); two at once are 400.
func TestResourceAuthentication(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{})
	tests := []struct {
		name, header, query string
		status              int
		meta                string
	}{
		{"none", "", "", 401, "invalid_client"},
		{"unknown token", "Bearer nope", "", 401, "invalid_client"},
		{"other scheme", "Basic " + base64.StdEncoding.EncodeToString([]byte("a:b")), "", 401, "invalid_client"},
		{"header", "Bearer " + d.token, "", 200, "ok"},
		{"header in lower case", "bearer " + d.token, "", 200, "ok"},
		{"parameter", "", "?_bearer_token=" + d.token, 200, "ok"},
		{"both", "Bearer " + d.token, "?_bearer_token=" + d.token, 400, "invalid_request"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			request := d.request(http.MethodGet, "/api/v0/companies"+test.query, nil)
			request.Header.Del("Authorization")
			if test.header != "" {
				request.Header.Set("Authorization", test.header)
			}
			r := d.do(request)
			require.Equal(t, test.status, r.Status)
			require.Equal(t, test.meta, r.Meta.Status)
			if test.status == http.StatusUnauthorized {
				require.Empty(t, r.Header.Get("X-RateLimit-Limit"))
				require.JSONEq(t, "null", string(r.Response))
			}
		})
	}
}

// Tokens end at their lifetime, when revoked by their client, and when all are revoked.
func TestTokenEnds(t *testing.T) {
	t.Parallel()
	c := newClock()
	d := start(t, accelo.Options{Now: c.Now})

	_, body := d.tokenCall(form("grant_type", "client_credentials", "expires_in", "60"))
	d.token, _ = body["access_token"].(string)
	info := d.get("/tokeninfo").object()
	require.Equal(t, strconv.FormatInt(c.Now().Add(time.Minute).Unix(), 10), info["expiry_date"])
	require.Equal(t, "planet-express", info["deployment"])
	c.advance(time.Minute)
	d.get("/tokeninfo").refused(401, "invalid_client")

	d.token = d.newToken("")
	revoke := d.request(http.MethodPost, "/oauth2/v0/revoke", form("token", d.token))
	revoke.SetBasicAuth(accelo.DefaultClientID, accelo.DefaultClientSecret)
	d.do(revoke).ok()
	d.get("/tokeninfo").refused(401, "invalid_client")

	d.token = d.newToken("")
	require.Equal(t, 2, d.sim.RevokeTokens())
	d.get("/tokeninfo").refused(401, "invalid_client")
}

// More than 100 failures in five minutes lock out, with Retry-After, good credentials too; each attempt restarts the timer
// (contract 2.10).
func TestLockOut(t *testing.T) {
	t.Parallel()
	c := newClock()
	d := start(t, accelo.Options{Now: c.Now})
	for range 100 {
		status, _ := d.tokenCallAs(accelo.DefaultClientID, "wrong", form("grant_type", "client_credentials"))
		require.Equal(t, http.StatusUnauthorized, status)
	}
	d.get("/tokeninfo").ok()
	d.tokenCallAs(accelo.DefaultClientID, "wrong", form("grant_type", "client_credentials"))

	locked := d.get("/tokeninfo")
	locked.refused(401, "too_many_failed_logins")
	require.Equal(t, "300", locked.Header.Get("Retry-After"))
	c.advance(4 * time.Minute)
	d.get("/tokeninfo").refused(401, "too_many_failed_logins")
	c.advance(4 * time.Minute)
	d.get("/tokeninfo").refused(401, "too_many_failed_logins")
	c.advance(5 * time.Minute)
	d.get("/tokeninfo").ok()
}

// Failures that lie more than five minutes apart do not add up, and missing credentials are no failed login.
func TestNoLockOut(t *testing.T) {
	t.Parallel()
	c := newClock()
	d := start(t, accelo.Options{Now: c.Now})
	token := d.token
	for range 3 {
		d.token = "wrong"
		for range 60 {
			d.get("/tokeninfo").refused(401, "invalid_client")
		}
		c.advance(5 * time.Minute)
	}
	for range 150 {
		request := d.request(http.MethodGet, "/api/v0/tokeninfo", nil)
		request.Header.Del("Authorization")
		d.do(request).refused(401, "invalid_client")
	}
	d.token = token
	d.get("/tokeninfo").ok()
}

// A deployment that does not exist answers 400 before any credential is looked at (contract 1).
func TestUnknownDeployment(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{})
	tests := []struct {
		name, host string
		status     int
		message    string
	}{
		{"other label", "omicron.api.accelo.com", 400, "Deployment 'omicron' was not found."},
		{"other label on this machine", "omicron.localhost:8082", 400, "Deployment 'omicron' was not found."},
		{"own label", "planet-express.api.accelo.com", 401, ""},
		{"own label in capitals", "Planet-Express.api.accelo.com", 401, ""},
		{"no label", "127.0.0.1:1", 401, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			request := d.request(http.MethodGet, "/api/v0/tokeninfo", nil)
			request.Header.Del("Authorization")
			request.Host = test.host
			r := d.do(request)
			require.Equal(t, test.status, r.Status)
			if test.message != "" {
				require.Equal(t, test.message, r.Meta.Message)
			}
		})
	}
}

// Every authenticated call counts and says so in three headers; over the limit it is 429; the window begins anew after its
// reset; /oauth2 does not count (contract 3.7).
func TestRateLimit(t *testing.T) {
	t.Parallel()
	c := newClock()
	d := start(t, accelo.Options{Now: c.Now, RateLimit: 3, RateWindow: 10 * time.Second})
	d.token = d.newToken("")
	for i, call := range []func() reply{
		func() reply { return d.get("/companies") },
		func() reply { return d.get("/nonsense") },
		func() reply { return d.post("/companies", form("name", "A")) },
	} {
		r := call()
		require.Equal(t, "3", r.Header.Get("X-RateLimit-Limit"))
		require.Equal(t, strconv.Itoa(2-i), r.Header.Get("X-RateLimit-Remaining"))
		require.Equal(t, strconv.FormatInt(c.Now().Add(10*time.Second).Unix(), 10), r.Header.Get("X-RateLimit-Reset"))
	}
	over := d.get("/companies")
	message := over.refused(http.StatusTooManyRequests, "too_many_requests")
	require.Equal(t, "Rate limit exceeded for planet-express.api.accelo.com", message)
	require.Equal(t, "api.accelo.com/docs/#rate-limiting", over.Meta.MoreInfo)
	require.Equal(t, "0", over.Header.Get("X-RateLimit-Remaining"))
	require.Empty(t, over.Header.Get("Retry-After"))
	d.newToken("")

	require.NoError(t, d.sim.SetSwitches(accelo.Switches{RetryAfterOn429: true}))
	require.Equal(t, "11", d.get("/companies").Header.Get("Retry-After"))

	c.advance(10 * time.Second)
	require.Equal(t, "2", d.get("/companies").Header.Get("X-RateLimit-Remaining"))
	d.sim.SpendCalls(2)
	d.get("/companies").refused(http.StatusTooManyRequests, "too_many_requests")
	d.sim.SetRateLimit(100, 0)
	d.get("/companies").ok()
	require.Equal(t, 99, d.sim.RateStatus().Remaining)
}
