package ninjaone_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/ninjaone"
)

const callback = "https://sync.example.com/connect/ninjaone/callback"

func (s *testServer) application(t *testing.T) *ninjaone.Application {
	t.Helper()
	application, err := ninjaone.NewApplication(ninjaone.Options{
		BaseURL: s.URL, Credentials: ninjaone.Credentials{ClientID: clientID, ClientSecret: clientSecret},
	})
	require.NoError(t, err)
	return application
}

// A user is sent away with the scopes that we need, and never with the secret (ninjaone.md 2.1.3).
func TestAuthorizeURL(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	to := s.application(t).AuthorizeURL(callback, "state-1")
	require.Contains(t, to, "scope=monitoring%20management%20offline_access")
	require.NotContains(t, to, clientSecret)
	parsed, err := url.Parse(to)
	require.NoError(t, err)
	require.Equal(t, "/ws/oauth/authorize", parsed.Path)
	require.Equal(t, url.Values{
		"client_id": {clientID}, "response_type": {"code"}, "redirect_uri": {callback}, "state": {"state-1"},
		"scope": {"monitoring management offline_access"},
	}, parsed.Query())
}

// What NinjaOne would show to a user only, and never tell us, is known before the user is sent away.
func TestProbe(t *testing.T) {
	t.Parallel()
	redirect := func(to string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to, http.StatusFound) }
	}
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		is     func(error) bool
	}{
		"a sign-in page":          {redirect("/auth/#/login"), func(err error) bool { return err == nil }},
		"an unknown client":       {respond(http.StatusNotFound, `{"resultCode":"Client app not exist"}`), ninjaone.IsWrongRegion},
		"a page instead":          {respond(http.StatusNotFound, `<html>`), ninjaone.IsWrongRegion},
		"another redirect URI":    {redirect("/ws/oauth/error?error=unauthorized_client&error_description=Invalid+redirect_uri"), ninjaone.IsRedirectRefused},
		"a scope not enabled":     {redirect("/ws/oauth/error?error=invalid_scope&error_description=Invalid+scope+management+for+client"), ninjaone.IsForbidden},
		"NinjaOne has an outage":  {respond(http.StatusBadGateway, "<html>"), ninjaone.IsTransient},
		"NinjaOne wants us to go": {respond(http.StatusTooManyRequests, `{}`), ninjaone.IsRateLimited},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, map[string]http.HandlerFunc{"/ws/oauth/authorize": test.answer})
			err := s.application(t).Probe(t.Context(), callback)
			require.True(t, test.is(err), "%v", err)
		})
	}
}

// A code and a refresh token are exchanged as ninjaone.md 2.1.3 and 2.1.4 say.
func TestExchangeAndRefresh(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{
		tokenPath: respond(http.StatusOK, `{"access_token":"token-1","refresh_token":"refresh-2","expires_in":3600,"token_type":"Bearer"}`),
	})
	token, err := s.application(t).Exchange(t.Context(), "code-1", callback)
	require.NoError(t, err)
	require.Equal(t, "token-1", token.AccessToken)
	require.Equal(t, "refresh-2", token.RefreshToken)
	require.False(t, token.Expiry.IsZero())
	_, err = s.application(t).Refresh(t.Context(), "refresh-1")
	require.NoError(t, err)

	var forms []url.Values
	for _, request := range s.requests(tokenPath) {
		form, err := url.ParseQuery(request.Body)
		require.NoError(t, err)
		forms = append(forms, form)
	}
	require.Equal(t, []url.Values{
		{
			"grant_type": {"authorization_code"}, "code": {"code-1"}, "redirect_uri": {callback},
			"client_id": {clientID}, "client_secret": {clientSecret},
		},
		{"grant_type": {"refresh_token"}, "refresh_token": {"refresh-1"}, "client_id": {clientID}, "client_secret": {clientSecret}},
	}, forms)
}

// Both codes for a spent grant are final (ninjaone.md 2.1.6); nothing else is.
func TestIsGrantEnded(t *testing.T) {
	t.Parallel()
	for body, ended := range map[string]bool{
		`{"error":"invalid_grant"}`: true, `{"error":"invalid_token"}`: true, `{"error":"invalid_client"}`: false, `{}`: false,
	} {
		s := newServer(t, map[string]http.HandlerFunc{tokenPath: respond(http.StatusBadRequest, body)})
		_, err := s.application(t).Refresh(t.Context(), "refresh-1")
		require.Error(t, err)
		require.Equal(t, ended, ninjaone.IsGrantEnded(err), body)
	}
	rest := newServer(t, map[string]http.HandlerFunc{"/v2/organizations": respond(http.StatusUnauthorized, `{"error":"invalid_token"}`)})
	require.False(t, ninjaone.IsGrantEnded(rest.client(t).CheckCredentials(t.Context())), "an access token that expired is no ended grant")
}

// sourceOfTokens counts what it is told.
type sourceOfTokens struct{ rejected []string }

func (s *sourceOfTokens) Token(context.Context) (string, error) {
	return fmt.Sprintf("given-%d", 1+len(s.rejected)), nil
}

func (s *sourceOfTokens) Reject(token string) { s.rejected = append(s.rejected, token) }

// A client uses the tokens it is given, and asks for another one once if NinjaOne rejects one.
func TestTokenSource(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"/v2/organizations": func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer given-2" {
			respond(http.StatusUnauthorized, `{"error":"invalid_token"}`)(w, r)
			return
		}
		respond(http.StatusOK, `[]`)(w, r)
	}})
	source := &sourceOfTokens{}
	require.NoError(t, s.client(t, func(o *ninjaone.Options) { o.Tokens = source }).CheckCredentials(t.Context()))
	require.Equal(t, []string{"given-1"}, source.rejected)
	require.Empty(t, s.requests(tokenPath))
}
