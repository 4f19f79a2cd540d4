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

const tokenPath = "/ws/oauth/token"

// clock is a time that only the test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// numberedTokens gives out token-1, token-2 and so on.
func numberedTokens() http.HandlerFunc {
	var count atomic.Int64
	return func(w http.ResponseWriter, r *http.Request) {
		reply(200, fmt.Sprintf(`{"access_token":"token-%d","expires_in":3600,"token_type":"Bearer"}`, count.Add(1)))(w, r)
	}
}

// only accepts one token and answers others as contract ninjaone 2.1.6.
func only(token string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+token {
			reply(401, `{"error":"invalid_token","error_description":"expired"}`)(w, r)
			return
		}
		reply(200, `[]`)(w, r)
	}
}

// The token request is that of contract ninjaone 2.1.2, and the token serves many calls.
func TestTokenRequest(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"GET /v2/policies": only("token-1")})
	client := s.client(t, nil)
	for range 3 {
		_, err := client.Policies(t.Context())
		require.NoError(t, err)
	}
	asked := s.requests(tokenPath)
	require.Len(t, asked, 1)
	require.Equal(t, http.MethodPost, asked[0].Method)
	require.Equal(t, "application/x-www-form-urlencoded", asked[0].Header.Get("Content-Type"))
	require.Empty(t, asked[0].Header.Get("Authorization"), "the credentials go into the form")
	form, err := url.ParseQuery(asked[0].Body)
	require.NoError(t, err)
	require.Equal(t, url.Values{
		"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {clientSecret},
		"scope": {"monitoring management"},
	}, form)
}

// A token is replaced shortly before it expires, by the injected clock.
func TestTokenExpiry(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{tokenPath: numberedTokens(), "GET /v2/policies": reply(200, `[]`)})
	now := &clock{at: time.Unix(1700000000, 0)}
	client := s.client(t, func(o *ninjaone.Options) { o.Now = now.now })
	for _, step := range []struct {
		pass   time.Duration
		tokens int
	}{{0, 1}, {58 * time.Minute, 1}, {90 * time.Second, 2}, {time.Minute, 2}} {
		now.pass(step.pass)
		_, err := client.Policies(t.Context())
		require.NoError(t, err)
		require.Len(t, s.requests(tokenPath), step.tokens)
	}
}

// After a 401 the call is repeated once with a new token.
func TestRevokedTokenIsReplaced(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{tokenPath: numberedTokens(), "GET /v2/policies": only("token-2")})
	_, err := s.client(t, nil).Policies(t.Context())
	require.NoError(t, err)
	require.Len(t, s.requests(tokenPath), 2)
	require.Len(t, s.requests("/v2/policies"), 2)
}

// The body is sent again with the new token.
func TestRevokedTokenIsReplacedForAWrite(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{
		tokenPath: numberedTokens(),
		"PUT /v2/webhook": func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") == "Bearer token-1" {
				reply(401, `{"error":"expired_token"}`)(w, r)
				return
			}
			w.WriteHeader(http.StatusNoContent)
		},
	})
	require.NoError(t, s.client(t, nil).PutWebhook(t.Context(), exampleHook()))
	asked := s.requests("/v2/webhook")
	require.Len(t, asked, 2)
	require.NotEmpty(t, asked[1].Body)
	require.Equal(t, asked[0].Body, asked[1].Body)
}

// Tokens that are always refused end in an error, not in a loop.
func TestRefusedTokensDoNotLoop(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{tokenPath: numberedTokens(), "GET /v2/policies": only("none")})
	_, err := s.client(t, nil).Policies(t.Context())
	require.True(t, ninjaone.IsUnauthorized(err), "%v", err)
	require.False(t, ninjaone.IsTransient(err))
	require.Len(t, s.requests(tokenPath), 2)
	require.Len(t, s.requests("/v2/policies"), 2)
}

// A refused secret costs one question.
func TestRefusedSecretIsAskedOnce(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{tokenPath: reply(401, `{"error":"invalid_client"}`)})
	_, err := s.client(t, nil).Policies(t.Context())
	require.True(t, ninjaone.IsUnauthorized(err), "%v", err)
	require.Len(t, s.requests(tokenPath), 1)
	require.Empty(t, s.requests("/v2/policies"))
}

// However many calls need a token at once, one is asked for; also when all of them find theirs revoked.
func TestOneTokenForManyCalls(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, accepted string
		tokens         int
	}{{"first token", "token-1", 1}, {"revoked token", "token-2", 2}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, map[string]http.HandlerFunc{tokenPath: numberedTokens(), "GET /v2/policies": only(test.accepted)})
			client := s.client(t, nil)
			var calls errgroup.Group
			for range 30 {
				calls.Go(func() error {
					_, err := client.Policies(t.Context())
					return err
				})
			}
			require.NoError(t, calls.Wait())
			require.Len(t, s.requests(tokenPath), test.tokens)
		})
	}
}

// A caller who gives up while the token is being fetched gets its own cancellation, and others still get the token.
func TestCancelledCallerLeavesTheTokenToOthers(t *testing.T) {
	t.Parallel()
	asked, release := make(chan struct{}), make(chan struct{})
	s := newServer(t, map[string]http.HandlerFunc{
		tokenPath: func(w http.ResponseWriter, r *http.Request) {
			close(asked)
			<-release
			reply(200, tokenBody)(w, r)
		},
		"GET /v2/policies": only("token-1"),
	})
	client := s.client(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { _, err := client.Policies(ctx); first <- err }()
	<-asked
	go func() { _, err := client.Policies(t.Context()); second <- err }()
	cancel()
	require.ErrorIs(t, <-first, context.Canceled)
	close(release)
	require.NoError(t, <-second)
	require.Len(t, s.requests(tokenPath), 1)
}

// What the token endpoint may answer, and what it is taken for (contract ninjaone 2.1.6 and 8.4).
func TestTokenErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		status int
		body   string
		is     func(error) bool
		says   string
	}{
		{"wrong region", 404, `{"resultCode":"Client app not exist","incidentId":"WEB_MGMT_SERVICE-1"}`, ninjaone.IsWrongRegion, "region"},
		{"wrong secret", 401, `{"error":"invalid_client"}`, ninjaone.IsUnauthorized, "check the id"},
		{"wrong secret as 400", 400, `{"error":"invalid_client"}`, ninjaone.IsUnauthorized, "check the id"},
		{"grant not enabled", 400, `{"error":"unauthorized_client"}`, ninjaone.IsUnauthorized, "grant"},
		{"error in a success", 200, `{"error":"invalid_client"}`, ninjaone.IsUnauthorized, "invalid_client"},
		{"scope not enabled", 400, `{"error":"invalid_scope"}`, ninjaone.IsForbidden, "scopes"},
		{"throttled", 429, `{}`, ninjaone.IsRateLimited, "429"},
		{"throttle page", 200, `<html><title>Too many requests</title></html>`, ninjaone.IsRateLimited, "Too many requests"},
		{"down", 503, ``, ninjaone.IsTransient, "503"},
		{"no such endpoint", 404, `<html></html>`, ninjaone.IsUnsupported, "base URL"},
		{"not JSON", 200, `hello`, ninjaone.IsTransient, "not JSON"},
		{"no token", 200, `{"token_type":"Bearer"}`, isResponseError, "no access token"},
		{"token of the wrong type", 200, `{"access_token":12345}`, isResponseError, "no access token"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, map[string]http.HandlerFunc{tokenPath: reply(test.status, test.body)})
			err := s.client(t, nil).CheckCredentials(t.Context())
			require.Error(t, err)
			require.True(t, test.is(err), "%v", err)
			require.ErrorContains(t, err, test.says)
			require.NotContains(t, err.Error(), s.URL)
			require.NotContains(t, err.Error(), clientSecret)
		})
	}
}
