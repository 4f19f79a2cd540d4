package accelo_test

import (
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
)

// Only the client itself can revoke its token, and an unknown token is an error (accelo.md 2.8).
func TestRevoke(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{})
	revoke := func(secret, token string) (int, string) {
		request := d.request(http.MethodPost, "/oauth2/v0/revoke", form("token", token))
		request.SetBasicAuth(accelo.DefaultClientID, secret)
		status, _, content := d.send(request)
		return status, string(content)
	}
	status, body := revoke("wrong", d.token)
	require.Equal(t, http.StatusUnauthorized, status, body)
	d.get("/tokeninfo").ok()
	status, body = revoke(accelo.DefaultClientSecret, "unknown")
	require.Equal(t, http.StatusBadRequest, status, body)
	request := d.request(http.MethodPost, "/oauth2/v0/revoke",
		form("token", d.token, "client_id", accelo.DefaultClientID, "client_secret", accelo.DefaultClientSecret))
	request.Header.Del("Authorization")
	d.do(request).ok()
	d.get("/tokeninfo").refused(401, "invalid_client")
	d.do(d.request(http.MethodGet, "/oauth2/v0/token", nil)).unrecognized()
}

// A token reply has the documented fields and no refresh token; expires_in is a string and a number in turn (accelo.md 2.5).
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
			kinds = append(kinds, "string")
		case float64:
			require.InDelta(t, 86400, v, 0)
			kinds = append(kinds, "number")
		}
	}
	require.ElementsMatch(t, []string{"string", "number"}, kinds)
}

// Invalid token calls return errors of RFC 6749 instead of the envelope (accelo.md 2.5 and 14).
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
			"lifetime that is not a number", accelo.DefaultClientID, accelo.DefaultClientSecret,
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

// A switch allows credentials in the form.
func TestFormCredentials(t *testing.T) {
	t.Parallel()
	d := start(t, accelo.Options{Switches: accelo.Switches{FormCredentials: true}})
	status, _ := d.tokenCallAs("", "", form("grant_type", "client_credentials",
		"client_id", accelo.DefaultClientID, "client_secret", accelo.DefaultClientSecret))
	require.Equal(t, http.StatusOK, status)
}

// A token ends when it expires or is revoked.
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
