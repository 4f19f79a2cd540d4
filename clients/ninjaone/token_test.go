package ninjaone_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"ninjaone-accelo/clients/ninjaone"
)

// clock is a clock that only the test advances.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// numberedTokens issues token-1, token-2 and so on.
func numberedTokens() http.HandlerFunc {
	var count atomic.Int64
	return func(w http.ResponseWriter, r *http.Request) {
		respond(200, fmt.Sprintf(`{"access_token":"token-%d","expires_in":3600,"token_type":"Bearer"}`, count.Add(1)))(w, r)
	}
}

// acceptOnly accepts one token and rejects all others (ninjaone.md 2.1).
func acceptOnly(token string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+token {
			respond(401, `{"error":"invalid_token","error_description":"expired"}`)(w, r)
			return
		}
		respond(200, `[]`)(w, r)
	}
}

// The client requests a token as documented (ninjaone.md 2.1) and uses it for several calls.
func TestTokenRequest(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"GET /v2/policies": acceptOnly("token-1")})
	client := s.client(t)
	for range 3 {
		_, err := client.Policies(t.Context())
		require.NoError(t, err)
	}
	requests := s.requests(tokenPath)
	require.Len(t, requests, 1)
	require.Equal(t, http.MethodPost, requests[0].Method)
	require.Equal(t, "application/x-www-form-urlencoded", requests[0].Header.Get("Content-Type"))
	require.Empty(t, requests[0].Header.Get("Authorization"), "the credentials belong in the form")
	form, err := url.ParseQuery(requests[0].Body)
	require.NoError(t, err)
	require.Equal(t, url.Values{
		"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {clientSecret},
		"scope": {"monitoring management"},
	}, form)
}

// A token is replaced shortly before it expires, as measured by Options.Now.
func TestTokenExpiry(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{tokenPath: numberedTokens(), "GET /v2/policies": respond(200, `[]`)})
	now := &clock{at: time.Unix(1700000000, 0)}
	client := s.client(t, func(o *ninjaone.Options) { o.Now = now.now })
	for _, step := range []struct {
		advance    time.Duration
		wantTokens int
	}{
		{advance: 0, wantTokens: 1},
		{advance: 58 * time.Minute, wantTokens: 1},
		{advance: 90 * time.Second, wantTokens: 2},
		{advance: time.Minute, wantTokens: 2},
	} {
		now.advance(step.advance)
		_, err := client.Policies(t.Context())
		require.NoError(t, err)
		require.Len(t, s.requests(tokenPath), step.wantTokens)
	}
}

// After a 401, the call is retried once with a new token.
func TestRevokedTokenIsReplaced(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{tokenPath: numberedTokens(), "GET /v2/policies": acceptOnly("token-2")})
	_, err := s.client(t).Policies(t.Context())
	require.NoError(t, err)
	require.Len(t, s.requests(tokenPath), 2)
	require.Len(t, s.requests("/v2/policies"), 2)
}

// A write is retried with the same body.
func TestRevokedTokenIsReplacedForWrites(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{
		tokenPath: numberedTokens(),
		"PUT /v2/webhook": func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") == "Bearer token-1" {
				respond(401, `{"error":"expired_token"}`)(w, r)
				return
			}
			w.WriteHeader(http.StatusNoContent)
		},
	})
	require.NoError(t, s.client(t).PutWebhook(t.Context(), exampleWebhook()))
	requests := s.requests("/v2/webhook")
	require.Len(t, requests, 2)
	require.NotEmpty(t, requests[1].Body)
	require.Equal(t, requests[0].Body, requests[1].Body)
}

// If the new token is rejected too, the call fails instead of looping.
func TestRejectedTokensDoNotLoop(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{tokenPath: numberedTokens(), "GET /v2/policies": acceptOnly("none")})
	_, err := s.client(t).Policies(t.Context())
	require.True(t, ninjaone.IsUnauthorized(err), "%v", err)
	require.False(t, ninjaone.IsTransient(err))
	require.Len(t, s.requests(tokenPath), 2)
	require.Len(t, s.requests("/v2/policies"), 2)
}

// A rejected secret costs one token request and no call.
func TestRejectedSecretIsSentOnce(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{tokenPath: respond(401, `{"error":"invalid_client"}`)})
	_, err := s.client(t).Policies(t.Context())
	require.True(t, ninjaone.IsUnauthorized(err), "%v", err)
	require.Len(t, s.requests(tokenPath), 1)
	require.Empty(t, s.requests("/v2/policies"))
}

// Concurrent calls share one token request, even if all of them find their token revoked.
func TestConcurrentCallsShareOneToken(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, accepted string
		wantTokens     int
	}{
		{name: "first token", accepted: "token-1", wantTokens: 1},
		{name: "revoked token", accepted: "token-2", wantTokens: 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, map[string]http.HandlerFunc{tokenPath: numberedTokens(), "GET /v2/policies": acceptOnly(test.accepted)})
			client := s.client(t)
			var calls errgroup.Group
			for range 30 {
				calls.Go(func() error {
					_, err := client.Policies(t.Context())
					return err
				})
			}
			require.NoError(t, calls.Wait())
			require.Len(t, s.requests(tokenPath), test.wantTokens)
		})
	}
}

// A caller that gives up while a token is being fetched gets its own cancellation; the others still get the token.
func TestCancelledCallerDoesNotCancelTheTokenRequest(t *testing.T) {
	t.Parallel()
	requested, release := make(chan struct{}), make(chan struct{})
	s := newServer(t, map[string]http.HandlerFunc{
		tokenPath: func(w http.ResponseWriter, r *http.Request) {
			close(requested)
			<-release
			respond(200, tokenBody)(w, r)
		},
		"GET /v2/policies": acceptOnly("token-1"),
	})
	client := s.client(t)
	ctx, cancel := context.WithCancel(t.Context())
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { _, err := client.Policies(ctx); first <- err }()
	<-requested
	go func() { _, err := client.Policies(t.Context()); second <- err }()
	cancel()
	require.ErrorIs(t, <-first, context.Canceled)
	close(release)
	require.NoError(t, <-second)
	require.Len(t, s.requests(tokenPath), 1)
}

// Errors of the token endpoint are classified by their cause and reveal neither the address nor the secret (ninjaone.md 2.1
// and 8.4).
func TestTokenErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		status int
		body   string
		is     func(error) bool
		text   string
	}{
		{name: "wrong region", status: 404, body: `{"resultCode":"Client app not exist","incidentId":"WEB_MGMT_SERVICE-1"}`, is: ninjaone.IsWrongRegion, text: "region"},
		{name: "wrong secret", status: 401, body: `{"error":"invalid_client"}`, is: ninjaone.IsUnauthorized, text: "check the ID"},
		{name: "wrong secret as 400", status: 400, body: `{"error":"invalid_client"}`, is: ninjaone.IsUnauthorized, text: "check the ID"},
		{name: "grant not enabled", status: 400, body: `{"error":"unauthorized_client"}`, is: ninjaone.IsUnauthorized, text: "grant"},
		{name: "error in a success", status: 200, body: `{"error":"invalid_client"}`, is: ninjaone.IsUnauthorized, text: "invalid_client"},
		{name: "scope not enabled", status: 400, body: `{"error":"invalid_scope"}`, is: ninjaone.IsForbidden, text: "scopes"},
		{name: "throttled", status: 429, body: `{}`, is: ninjaone.IsRateLimited, text: "429"},
		{name: "throttle page", status: 200, body: `<html><title>Too many requests</title></html>`, is: ninjaone.IsRateLimited, text: "Too many requests"},
		{name: "unavailable", status: 503, body: ``, is: ninjaone.IsTransient, text: "503"},
		{name: "no such endpoint", status: 404, body: `<html></html>`, is: ninjaone.IsUnsupported, text: "base URL"},
		{name: "not JSON", status: 200, body: `hello`, is: ninjaone.IsTransient, text: "not JSON"},
		{name: "no token", status: 200, body: `{"token_type":"Bearer"}`, is: isResponseError, text: "no access token"},
		{name: "token of the wrong type", status: 200, body: `{"access_token":12345}`, is: isResponseError, text: "no access token"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, map[string]http.HandlerFunc{tokenPath: respond(test.status, test.body)})
			err := s.client(t).CheckCredentials(t.Context())
			require.Error(t, err)
			require.True(t, test.is(err), "%v", err)
			require.ErrorContains(t, err, test.text)
			require.NotContains(t, err.Error(), s.URL)
			require.NotContains(t, err.Error(), clientSecret)
		})
	}
}
