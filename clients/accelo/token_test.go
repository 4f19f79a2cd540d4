package accelo_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/version"
)

const company45 = `{"standing":"active","id":"45","default_affiliation":"12","name":"A Fresh New Company","comments":"…"}`

// A token is requested with the credentials as they are, as a form, and with a scope (accelo.md 2.2 and 2.3).
func TestTokenRequest(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.respond("GET /companies/45", company45)
	_, err := s.client().Company(t.Context(), 45)
	require.NoError(t, err)

	request := s.request(tokenPath)
	require.Equal(t, http.MethodPost, request.method)
	require.Equal(t, basicAuth(clientID, clientSecret), request.header.Get("Authorization"))
	require.Equal(t, "application/x-www-form-urlencoded", request.header.Get("Content-Type"))
	require.Empty(t, request.query)
	require.Equal(t, "client_credentials", request.form.Get("grant_type"))
	require.Equal(t, "read(all),write(all)", request.form.Get("scope"))
	require.NotContains(t, request.form, "client_secret")
	require.Equal(t, "Bearer token-1", s.request("/companies/45").header.Get("Authorization"))
}

// A token is replaced shortly before it expires, whether expires_in is a string or a number (accelo.md 2.5).
func TestTokenExpiry(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, expiresIn string
		kept, renewed   time.Duration
	}{
		{name: "a string", expiresIn: `"3600"`, kept: 54 * time.Minute, renewed: 55*time.Minute + time.Second},
		{name: "a number", expiresIn: `3600`, kept: 54 * time.Minute, renewed: 55*time.Minute + time.Second},
		{name: "short lifetime", expiresIn: `"100"`, kept: 80 * time.Second, renewed: 91 * time.Second},
		{name: "no expiry", expiresIn: `null`, kept: 23 * time.Hour, renewed: 24 * time.Hour},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, clock := newServer(t), newClock()
			s.respond("GET /companies/45", company45)
			s.tokenHandler = issueToken(1, test.expiresIn)
			client := s.client(withClock(clock))
			call := func() {
				_, err := client.Company(t.Context(), 45)
				require.NoError(t, err)
			}
			call()
			clock.advance(test.kept)
			call()
			require.Len(t, s.requests(tokenPath), 1)
			clock.advance(test.renewed - test.kept)
			call()
			require.Len(t, s.requests(tokenPath), 2)
		})
	}
}

// Concurrent calls share one token request.
func TestConcurrentCallsShareOneToken(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.respond("GET /companies/45", company45)
	client := s.client()
	var group sync.WaitGroup
	for range 30 {
		group.Go(func() {
			_, err := client.Company(t.Context(), 45)
			require.NoError(t, err)
		})
	}
	group.Wait()
	require.Len(t, s.requests(tokenPath), 1)
}

// A caller that gives up while a token is being fetched gets its own cancellation; the others still get the token.
func TestCancelledCallerDoesNotCancelTheTokenRequest(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.respond("GET /companies/45", company45)
	requested, release := make(chan struct{}), make(chan struct{})
	s.tokenHandler = func(w http.ResponseWriter, r *http.Request) {
		close(requested)
		<-release
		issueToken(1, `"3600"`)(w, r)
	}
	client := s.client()
	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan error, 1)
	go func() {
		_, err := client.Company(ctx, 45)
		first <- err
	}()
	receive(t, requested)
	cancel()
	err := receive(t, first)
	require.ErrorIs(t, err, context.Canceled)
	require.False(t, accelo.InDoubt(err))
	close(release)
	_, err = client.Company(t.Context(), 45)
	require.NoError(t, err)
	require.Len(t, s.requests(tokenPath), 1)
}

// After a 401, the call is retried once with a new token. A write is sent with the same body.
func TestRevokedTokenIsReplaced(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.handle("POST /companies", sequence(reject(401, "invalid_client", "The token was revoked."), succeed(company45)))
	company, err := s.client().CreateCompany(t.Context(), accelo.NewCompany{Name: "A Fresh New Company"})
	require.NoError(t, err)
	require.Equal(t, accelo.ID(45), company.ID)
	requests := s.requests("/companies")
	require.Len(t, requests, 2)
	require.Equal(t, "Bearer token-1", requests[0].header.Get("Authorization"))
	require.Equal(t, "Bearer token-2", requests[1].header.Get("Authorization"))
	require.Equal(t, requests[0].form, requests[1].form)
	require.Len(t, s.requests(tokenPath), 2)
}

// If the new token is rejected too, further calls fail without being sent, for longer each time.
func TestRejectedTokensDoNotLoop(t *testing.T) {
	t.Parallel()
	s, clock := newServer(t), newClock()
	s.handle("GET /companies/45", reject(401, "invalid_client", "This address is restricted."))
	client := s.client(withClock(clock))
	for _, hold := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 5 * time.Minute, 5 * time.Minute} {
		before := len(s.requests("/companies/45"))
		for range 5 {
			_, err := client.Company(t.Context(), 45)
			require.True(t, accelo.IsUnauthorized(err))
			require.Equal(t, clock.now().Add(hold), accelo.RetryAt(err))
		}
		require.Len(t, s.requests("/companies/45"), before+2)
		clock.advance(hold)
	}
	s.respond("GET /companies/45", company45)
	_, err := client.Company(t.Context(), 45)
	require.NoError(t, err, "the client recovers automatically")
}

// Rejected credentials are not sent again for 30 seconds, then for longer each time. The error reveals no secret.
func TestRejectedCredentialsAreHeldBack(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		handler http.HandlerFunc
	}{
		{name: "RFC 6749", handler: respond(401, `{"error":"invalid_client","error_description":"Unknown client `+clientSecret+`"}`)},
		{name: "envelope", handler: reject(401, "invalid_client", "Unknown client "+clientSecret)},
		{name: "invalid scope", handler: respond(400, `{"error":"invalid_scope","error_description":"`+clientSecret+`"}`)},
		{name: "HTML", handler: respond(401, `<html>`+clientSecret+`</html>`)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, clock := newServer(t), newClock()
			s.tokenHandler = test.handler
			client := s.client(withClock(clock))
			for i, hold := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 5 * time.Minute} {
				for range 3 {
					_, err := client.CreateCompany(t.Context(), accelo.NewCompany{Name: "X"})
					var token *accelo.TokenError
					require.ErrorAs(t, err, &token)
					require.Equal(t, clock.now().Add(hold), token.Until)
					require.False(t, accelo.InDoubt(err))
					require.False(t, accelo.IsTransient(err))
					require.NotContains(t, err.Error(), clientSecret)
				}
				require.Len(t, s.requests(tokenPath), i+1)
				clock.advance(hold)
			}
			require.Empty(t, s.requests("/companies"))
		})
	}
}

// An outage of the token endpoint holds nothing back: the next call requests a token again. No write is in doubt.
func TestTokenOutageIsNotHeldBack(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		handler http.HandlerFunc
	}{
		{name: "500", handler: respond(500, `{"meta":{"status":"server_error","message":"oops"}}`)},
		{name: "502 with HTML", handler: respond(502, "<html>Bad Gateway</html>")},
		{name: "404 with HTML", handler: respond(404, "<html>Not Found</html>")},
		{name: "connection closed", handler: closeConnection},
		{name: "no token", handler: respond(200, `{}`)},
		{name: "HTML", handler: respond(200, `<html>`)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			s.respond("POST /companies", company45)
			s.tokenHandler = sequence(test.handler, issueToken(2, `"3600"`))
			client := s.client(withClock(newClock()))
			_, err := client.CreateCompany(t.Context(), accelo.NewCompany{Name: "X"})
			require.Error(t, err)
			require.True(t, accelo.IsTransient(err), "%v", err)
			require.False(t, accelo.InDoubt(err))
			_, err = client.CreateCompany(t.Context(), accelo.NewCompany{Name: "X"})
			require.NoError(t, err)
		})
	}
}

// After a lock-out, whether on a token request or on a call, nothing is sent until Retry-After: each further attempt would
// restart the timer (accelo.md 2.10).
func TestLockout(t *testing.T) {
	t.Parallel()
	lockout := func(body string) http.HandlerFunc { return withRetryAfter("420", respond(401, body)) }
	flat := `{"status":"too_many_failed_logins","message":"locked out","more_info":"https://api.accelo.com/docs/#status-codes"}`
	tests := []struct {
		name              string
		tokenHandler      http.HandlerFunc
		callHandler       http.HandlerFunc
		wantTokenRequests int
		wantCalls         int
	}{
		{name: "token endpoint, envelope", tokenHandler: lockout(`{"meta":` + flat + `,"response":null}`), callHandler: nil, wantTokenRequests: 1, wantCalls: 0},
		{name: "token endpoint, flat", tokenHandler: lockout(flat), callHandler: nil, wantTokenRequests: 1, wantCalls: 0},
		{name: "call", tokenHandler: nil, callHandler: lockout(`{"meta":` + flat + `,"response":null}`), wantTokenRequests: 1, wantCalls: 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, clock := newServer(t), newClock()
			s.tokenHandler = test.tokenHandler
			if test.callHandler != nil {
				s.handle("GET /companies/45", test.callHandler)
			}
			client := s.client(withClock(clock))
			until := clock.now().Add(7 * time.Minute)
			for range 10 {
				_, err := client.Company(t.Context(), 45)
				require.True(t, accelo.IsLockedOut(err))
				require.True(t, accelo.IsTransient(err))
				require.False(t, accelo.IsUnauthorized(err))
				require.Equal(t, until, accelo.RetryAt(err))
				clock.advance(time.Second)
			}
			require.Len(t, s.requests(tokenPath), test.wantTokenRequests)
			require.Len(t, s.requests("/companies/45"), test.wantCalls)

			s.mu.Lock()
			s.tokenHandler = nil
			s.mu.Unlock()
			s.respond("GET /companies/45", company45)
			clock.advance(7 * time.Minute)
			_, err := client.Company(t.Context(), 45)
			require.NoError(t, err)
		})
	}
}

// The observer is called for every exchange, including token requests and rejected ones. Neither it nor an error sees a
// secret.
func TestObserve(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.handle("POST /companies", sequence(reject(400, "invalid_request", "bad token token-1 and "+clientSecret), succeed(company45)))
	var mu sync.Mutex
	var calls []accelo.Call
	client := s.client(func(o *accelo.Options) {
		o.Observe = func(_ context.Context, call accelo.Call) {
			mu.Lock()
			defer mu.Unlock()
			calls = append(calls, call)
		}
	})
	_, err := client.CreateCompany(t.Context(), accelo.NewCompany{Name: "X"})
	require.ErrorContains(t, err, "[redacted]")
	_, err = client.CreateCompany(t.Context(), accelo.NewCompany{Name: "X"})
	require.NoError(t, err)

	mu.Lock()
	defer mu.Unlock()
	require.Len(t, calls, 3)
	require.Equal(t, "Token", calls[0].Operation)
	require.True(t, calls[0].Token)
	require.False(t, calls[0].Write)
	require.Equal(t, "CreateCompany", calls[1].Operation)
	require.True(t, calls[1].Write)
	require.Equal(t, 400, calls[1].StatusCode)
	require.Error(t, calls[1].Err)
	require.Equal(t, 200, calls[2].StatusCode)
	require.NoError(t, calls[2].Err)
	text := fmt.Sprint(calls)
	require.NotContains(t, text, clientSecret)
	require.NotContains(t, text, "token-1")
}

// Every request, including the one for a token, asks for JSON and names the program and its version.
func TestRequestHeaders(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, userAgent, want string
	}{
		{name: "default", userAgent: "", want: version.UserAgent()},
		{name: "option", userAgent: "example/1", want: "example/1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			s.respond("GET /companies/45", company45)
			_, err := s.client(func(o *accelo.Options) { o.UserAgent = test.userAgent }).Company(t.Context(), 45)
			require.NoError(t, err)
			for _, path := range []string{tokenPath, "/companies/45"} {
				request := s.request(path)
				require.Equal(t, "application/json", request.header.Get("Accept"))
				require.Equal(t, test.want, request.header.Get("User-Agent"))
			}
		})
	}
}
