package accelo_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/accelo"
)

const callback = "https://sync.example.com/connect/accelo/callback"

func (s *testServer) application() *accelo.Application {
	s.t.Helper()
	application, err := accelo.NewApplication(accelo.Options{BaseURL: s.URL, ClientID: clientID, ClientSecret: clientSecret})
	require.NoError(s.t, err)
	return application
}

// The scope's parentheses are literal, because Accelo rejects encoded ones at this address only (accelo.md 2.6).
func TestAuthorizeURL(t *testing.T) {
	t.Parallel()
	to := newServer(t).application().AuthorizeURL(callback, "state-1")
	require.Contains(t, to, "&scope=read(all),write(all)")
	require.NotContains(t, strings.ToLower(to), "%28")
	require.NotContains(t, to, clientSecret)
	parsed, err := url.Parse(to)
	require.NoError(t, err)
	require.Equal(t, "/oauth2/v0/authorize", parsed.Path)
	require.Equal(t, url.Values{
		"client_id": {clientID}, "response_type": {"code"}, "redirect_uri": {callback}, "state": {"state-1"}, "scope": {"read(all),write(all)"},
	}, parsed.Query())
}

// A code and a refresh token are exchanged as accelo.md 2.6 and 2.7 say. An unknown expiry counts as one day, and a refresh token stays if
// the reply has no other.
func TestExchangeAndRefresh(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.tokenHandler = func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprint(w, `{"access_token":"token-1","refresh_token":"refresh-2","expires_in":"2592000"}`)
	}
	token, err := s.application().Exchange(t.Context(), "code-1", callback)
	require.NoError(t, err)
	require.Equal(t, "refresh-2", token.RefreshToken)
	exchange := s.request(tokenPath)
	require.Equal(t, basicAuth(clientID, clientSecret), exchange.header.Get("Authorization"))
	require.Equal(t, url.Values{"grant_type": {"authorization_code"}, "code": {"code-1"}, "redirect_uri": {callback}}, exchange.form)

	again := newServer(t)
	again.tokenHandler = func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, `{"access_token":"token-2"}`) }
	token, err = again.application().Refresh(t.Context(), "refresh-2")
	require.NoError(t, err)
	require.Equal(t, "refresh-2", token.RefreshToken)
	require.WithinDuration(t, time.Now().Add(24*time.Hour), token.Expiry, time.Hour)
	require.Equal(t, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"refresh-2"}}, again.request(tokenPath).form)
}

// An expired code and a wrong redirect URI are answered alike, and finally (accelo.md 2.6).
func TestIsGrantEnded(t *testing.T) {
	t.Parallel()
	for body, ended := range map[string]bool{
		`{"error":"invalid_grant","error_description":"Grant was not found (possibly expired)."}`: true,
		`{"error":"invalid_client","error_description":"No."}`:                                    false,
	} {
		s := newServer(t)
		s.tokenHandler = func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = fmt.Fprint(w, body)
		}
		_, err := s.application().Refresh(t.Context(), "refresh-1")
		require.Error(t, err)
		require.Equal(t, ended, accelo.IsGrantEnded(err), body)
	}
}

// sourceOfTokens returns its error, or one token.
type sourceOfTokens struct{ err error }

func (s sourceOfTokens) Token(context.Context) (string, error) { return "given-1", s.err }

func (s sourceOfTokens) Reject(string) {}

// A client uses the tokens it is given. Without one, nothing was sent: a write is not in doubt.
func TestTokenSource(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.respond("GET /companies/45", company45)
	client := func(source accelo.TokenSource) *accelo.Client {
		return s.client(func(o *accelo.Options) { o.Tokens = source })
	}
	_, err := client(sourceOfTokens{}).Company(t.Context(), 45)
	require.NoError(t, err)
	require.Equal(t, "Bearer given-1", s.request("/companies/45").header.Get("Authorization"))

	cause := &accelo.TransportError{Method: http.MethodPost, Sent: true, Err: errors.New("connection reset")}
	_, err = client(sourceOfTokens{cause}).CreateAssetType(t.Context(), "NinjaOne Device")
	require.ErrorIs(t, err, cause)
	require.False(t, accelo.InDoubt(err))
}
