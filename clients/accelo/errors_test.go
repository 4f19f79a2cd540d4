package accelo_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/accelo"
)

// A failed write is in doubt unless Accelo certainly did not carry it out. A read never is.
func TestInDoubt(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		handler http.HandlerFunc
		inDoubt bool
	}{
		{name: "connection closed", handler: closeConnection, inDoubt: true},
		{name: "500 with an envelope", handler: reject(500, "server_error", "oops"), inDoubt: true},
		{name: "502 with HTML", handler: respond(502, "<html>Bad Gateway</html>"), inDoubt: true},
		{name: "503", handler: respond(503, ""), inDoubt: true},
		{name: "200 with HTML", handler: respond(200, "<html>maintenance</html>"), inDoubt: true},
		{name: "200 truncated", handler: respond(200, `{"response":{"id":"45"`), inDoubt: true},
		{name: "200 without an ID", handler: succeed(`{}`), inDoubt: true},
		{name: "200 with an invalid ID", handler: succeed(`{"id":"x"}`), inDoubt: true},
		{name: "200 with null", handler: succeed(`null`), inDoubt: true},
		{name: "200 with server_error", handler: reject(200, "server_error", "oops"), inDoubt: true},
		{name: "200 without meta.status", handler: respond(200, `{"meta":{},"response":{"id":"45"}}`), inDoubt: true},
		{name: "404 with HTML", handler: respond(404, "<html>Not Found</html>"), inDoubt: true},
		{name: "redirect", handler: respond(307, ""), inDoubt: true},
		{name: "oversized response", handler: func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"response":{"id":"45","name":"`)
			filler := strings.Repeat("x", 1<<20)
			for range 17 {
				if _, err := io.WriteString(w, filler); err != nil {
					return
				}
			}
		}, inDoubt: true},
		{name: "400", handler: reject(400, "invalid_request", "no such thing"), inDoubt: false},
		{name: "200 with invalid_request", handler: reject(200, "invalid_request", "no such thing"), inDoubt: false},
		{name: "400 duplicate", handler: reject(400, "duplicate", "name"), inDoubt: false},
		{name: "401 twice", handler: reject(401, "invalid_client", "no"), inDoubt: false},
		{name: "403", handler: reject(403, "invalid_permission", "no"), inDoubt: false},
		{name: "429", handler: reject(429, "too_many_requests", "Rate limit exceeded"), inDoubt: false},
		{name: "429 with HTML", handler: respond(429, "<html>slow down</html>"), inDoubt: false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			s.handle("POST /companies", test.handler)
			s.handle("GET /companies/45", test.handler)
			client := s.client()
			_, err := client.CreateCompany(t.Context(), accelo.NewCompany{Name: "X"})
			require.Error(t, err)
			require.Equal(t, test.inDoubt, accelo.InDoubt(err), "%v", err)
			require.Less(t, len(err.Error()), 1000)

			_, err = client.Company(t.Context(), 45)
			require.False(t, accelo.InDoubt(err), "a read is never in doubt: %v", err)
		})
	}
	require.False(t, accelo.InDoubt(nil))
	require.False(t, accelo.InDoubt(errors.New("something else")))
	require.True(t, accelo.InDoubt(fmt.Errorf("wrapped: %w", &accelo.APIError{StatusCode: 502})))
	require.True(t, accelo.InDoubt(&accelo.TransportError{Sent: true, Err: io.EOF}))
	require.False(t, accelo.InDoubt(&accelo.TransportError{Err: io.EOF}))
}

// A write is not in doubt if the connection failed, and the error does not contain names.
func TestDialFailureIsNotInDoubt(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.respond("GET /companies/45", company45)
	dialErr := &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	down := false
	client := s.client(func(o *accelo.Options) {
		dialer := &net.Dialer{}
		o.Transport = &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if down {
				return nil, dialErr
			}
			return dialer.DialContext(ctx, network, address)
		}}
	})
	_, err := client.Company(t.Context(), 45)
	require.NoError(t, err)
	down = true
	_, err = client.CreateCompany(t.Context(), accelo.NewCompany{Name: "Secret Customer"})
	var transport *accelo.TransportError
	require.ErrorAs(t, err, &transport)
	require.False(t, transport.Sent)
	require.ErrorIs(t, err, dialErr)
	require.False(t, accelo.InDoubt(err))
	require.True(t, accelo.IsTransient(err))

	_, err = client.FindCompaniesByName(t.Context(), "Secret Customer")
	require.NotContains(t, err.Error(), "Customer", "errors contain no names")
}

// The client's own timeout is transient and leaves a write in doubt. It does not look like the caller's deadline.
func TestTimeout(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	release := make(chan struct{})
	s.handle("POST /companies", func(http.ResponseWriter, *http.Request) { <-release })
	t.Cleanup(func() { close(release) })
	client := s.client(func(o *accelo.Options) { o.Timeout = 50 * time.Millisecond })
	_, err := client.CreateCompany(t.Context(), accelo.NewCompany{Name: "X"})
	require.ErrorContains(t, err, "no complete response within 50ms")
	require.True(t, accelo.InDoubt(err))
	require.True(t, accelo.IsTransient(err))
	require.NotErrorIs(t, err, context.DeadlineExceeded)
}

// The caller's cancellation is returned with its cause. A write is only in doubt if it was sent.
func TestCancellation(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.respond("GET /companies/45", company45)
	arrived, release := make(chan struct{}), make(chan struct{})
	s.handle("POST /companies", func(http.ResponseWriter, *http.Request) {
		close(arrived)
		<-release
	})
	t.Cleanup(func() { close(release) })
	client := s.client()
	_, err := client.Company(t.Context(), 45)
	require.NoError(t, err)

	cause := errors.New("the worker is stopping")
	ctx, cancel := context.WithCancelCause(t.Context())
	failed := make(chan error, 1)
	go func() {
		_, err := client.CreateCompany(ctx, accelo.NewCompany{Name: "X"})
		failed <- err
	}()
	receive(t, arrived)
	cancel(cause)
	err = receive(t, failed)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, err, cause)
	require.True(t, accelo.InDoubt(err), "the write was sent")
	require.False(t, accelo.IsTransient(err))

	_, err = client.CreateCompany(ctx, accelo.NewCompany{Name: "X"})
	require.ErrorIs(t, err, context.Canceled)
	require.False(t, accelo.InDoubt(err), "the write was not sent")
}

// Each response satisfies exactly the predicates listed for it (accelo.md 3.3).
func TestPredicates(t *testing.T) {
	t.Parallel()
	predicates := map[string]func(error) bool{
		"invalid request": accelo.IsInvalidRequest, "unrecognized endpoint": accelo.IsUnrecognizedEndpoint,
		"unauthorized": accelo.IsUnauthorized, "locked out": accelo.IsLockedOut, "forbidden": accelo.IsForbidden,
		"duplicate": accelo.IsDuplicate, "unsupported": accelo.IsUnsupported, "unreadable": accelo.IsUnreadable,
		"rate limited": accelo.IsRateLimited, "transient": accelo.IsTransient,
	}
	tests := []struct {
		name    string
		handler http.HandlerFunc
		want    []string
	}{
		{name: "missing object", handler: reject(400, "invalid_request", "The request could not be interpreted."), want: []string{"invalid request", "unsupported"}},
		{name: "unknown endpoint", handler: reject(400, "invalid_request", "The resource endpoint was not recognized."), want: []string{"invalid request", "unrecognized endpoint", "unsupported"}},
		{name: "unauthorized", handler: reject(401, "invalid_client", "no"), want: []string{"unauthorized"}},
		{name: "unauthorized, as documented", handler: reject(401, "unauthorized client", "no"), want: []string{"unauthorized"}},
		{name: "locked out", handler: reject(401, "too_many_failed_logins", "no"), want: []string{"locked out", "transient"}},
		{name: "forbidden", handler: reject(403, "invalid_permission", "no"), want: []string{"forbidden"}},
		{name: "outside the scope", handler: reject(400, "invalid_scope", "no"), want: []string{"forbidden"}},
		{name: "duplicate", handler: reject(400, "duplicate", "name"), want: []string{"duplicate"}},
		{name: "rate limit", handler: reject(429, "too_many_requests", "Rate limit exceeded"), want: []string{"rate limited", "transient"}},
		{name: "server error", handler: reject(500, "server_error", "oops"), want: []string{"transient"}},
		{name: "200 with a server error", handler: reject(200, "server_error", "oops"), want: []string{"transient"}},
		{name: "200 with a rejection", handler: reject(200, "invalid_request", "no"), want: []string{"invalid request", "unsupported"}},
		{name: "bad gateway", handler: respond(502, "<html>"), want: []string{"transient"}},
		{name: "404", handler: respond(404, "<html>"), want: []string{"transient", "unsupported"}},
		{name: "405", handler: respond(405, ""), want: []string{"transient", "unsupported"}},
		{name: "object of another type", handler: succeed(`{"id":"x"}`), want: []string{"transient", "unreadable"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			s.handle("GET /companies/45", test.handler)
			_, err := s.client().Company(t.Context(), 45)
			require.Error(t, err)
			var got []string
			for name, is := range predicates {
				if is(fmt.Errorf("wrapped: %w", err)) {
					got = append(got, name)
				}
			}
			require.ElementsMatch(t, test.want, got)
		})
	}
}

// A 429 is retried when Accelo says so; without Retry-After, the caller's own backoff decides.
func TestRetryAt(t *testing.T) {
	t.Parallel()
	reset := time.Date(2026, 3, 4, 14, 0, 0, 0, time.UTC)
	limited := reject(429, "too_many_requests", "Rate limit exceeded for planet-express.api.accelo.com")
	tests := []struct {
		name    string
		handler http.HandlerFunc
		want    time.Time
	}{
		{name: "429 with Retry-After", handler: withRetryAfter("90", limited), want: newClock().now().Add(90 * time.Second)},
		{name: "429 without Retry-After", handler: limited, want: time.Time{}},
		{name: "another error", handler: reject(500, "server_error", "oops"), want: time.Time{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			s.handle("GET /companies/45", test.handler)
			_, err := s.client(withClock(newClock())).Company(t.Context(), 45)
			require.True(t, test.want.Equal(accelo.RetryAt(err)))
		})
	}
	require.Equal(t, reset, accelo.RetryAt(&accelo.BudgetError{Until: reset}))
	require.Zero(t, accelo.RetryAt(errors.New("something else")))
}
