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

// Whether a create may have been carried out although it failed decides whether it may be repeated blindly.
func TestInDoubt(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		reply http.HandlerFunc
		doubt bool
	}{
		{"broken connection", hangUp, true},
		{"500 envelope", refuse(500, "server_error", "oops"), true},
		{"502 HTML", raw(502, "<html>Bad Gateway</html>"), true},
		{"503", raw(503, ""), true},
		{"200 HTML", raw(200, "<html>maintenance</html>"), true},
		{"200 cut short", raw(200, `{"response":{"id":"45"`), true},
		{"200 without an id", answer(`{}`), true},
		{"200 with an odd id", answer(`{"id":"x"}`), true},
		{"200 with nothing", answer(`null`), true},
		{"200 and server_error", refuse(200, "server_error", "oops"), true},
		{"200 and no status", raw(200, `{"meta":{},"response":{"id":"45"}}`), true},
		{"404 HTML", raw(404, "<html>Not Found</html>"), true},
		{"redirect", raw(307, ""), true},
		{"a reply without end", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"response":{"id":"45","name":"`)
			filler := strings.Repeat("x", 1<<20)
			for range 17 {
				if _, err := io.WriteString(w, filler); err != nil {
					return
				}
			}
		}, true},
		{"400", refuse(400, "invalid_request", "no such thing"), false},
		{"200 and invalid_request", refuse(200, "invalid_request", "no such thing"), false},
		{"400 duplicate", refuse(400, "duplicate", "name"), false},
		{"401 twice", refuse(401, "invalid_client", "no"), false},
		{"403", refuse(403, "invalid_permission", "no"), false},
		{"429", refuse(429, "too_many_requests", "Rate limit exceeded"), false},
		{"429 HTML", raw(429, "<html>slow down</html>"), false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			v := newVendor(t)
			v.handle("POST /companies", test.reply)
			v.handle("GET /companies/45", test.reply)
			client := v.client()
			_, err := client.CreateCompany(t.Context(), accelo.NewCompany{Name: "X"})
			require.Error(t, err)
			require.Equal(t, test.doubt, accelo.InDoubt(err), "%v", err)
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

// A vendor that cannot be reached was sent nothing.
func TestDialFailureIsNotInDoubt(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	v.on("GET /companies/45", company45)
	refused := &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	down := false
	client := v.client(func(o *accelo.Options) {
		dialer := &net.Dialer{}
		o.Transport = &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if down {
				return nil, refused
			}
			return dialer.DialContext(ctx, network, address)
		}}
	})
	_, err := client.Company(t.Context(), 45)
	require.NoError(t, err)
	down = true
	_, err = client.CreateCompany(t.Context(), accelo.NewCompany{Name: "Secret Customer"})
	var failure *accelo.TransportError
	require.ErrorAs(t, err, &failure)
	require.False(t, failure.Sent)
	require.ErrorIs(t, err, refused)
	require.False(t, accelo.InDoubt(err))
	require.True(t, accelo.IsTransient(err))

	_, err = client.FindCompaniesByName(t.Context(), "Secret Customer")
	require.NotContains(t, err.Error(), "Customer", "names stay out of errors")
}

// A vendor that never answers costs the time limit, and the write is in doubt; the caller's own context is not blamed.
func TestTimeLimit(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	release := make(chan struct{})
	v.handle("POST /companies", func(http.ResponseWriter, *http.Request) { <-release })
	t.Cleanup(func() { close(release) })
	client := v.client(func(o *accelo.Options) { o.Timeout = 50 * time.Millisecond })
	_, err := client.CreateCompany(t.Context(), accelo.NewCompany{Name: "X"})
	require.ErrorContains(t, err, "no reply within 50ms")
	require.True(t, accelo.InDoubt(err))
	require.True(t, accelo.IsTransient(err))
	require.NotErrorIs(t, err, context.DeadlineExceeded)
}

// A cancelled caller sees the cancellation, before sending and after.
func TestCancellationSurfaces(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	v.on("GET /companies/45", company45)
	arrived, release := make(chan struct{}), make(chan struct{})
	v.handle("POST /companies", func(http.ResponseWriter, *http.Request) {
		close(arrived)
		<-release
	})
	t.Cleanup(func() { close(release) })
	client := v.client()
	_, err := client.Company(t.Context(), 45)
	require.NoError(t, err)

	cause := errors.New("worker is stopping")
	ctx, cancel := context.WithCancelCause(t.Context())
	failed := make(chan error, 1)
	go func() {
		_, err := client.CreateCompany(ctx, accelo.NewCompany{Name: "X"})
		failed <- err
	}()
	await(t, arrived)
	cancel(cause)
	err = await(t, failed)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, err, cause)
	require.True(t, accelo.InDoubt(err), "it was sent")
	require.False(t, accelo.IsTransient(err))

	_, err = client.CreateCompany(ctx, accelo.NewCompany{Name: "X"})
	require.ErrorIs(t, err, context.Canceled)
	require.False(t, accelo.InDoubt(err), "it was not sent")
}

// Each refusal is told by its own predicate and by no other (contract accelo 3.3).
func TestPredicates(t *testing.T) {
	t.Parallel()
	predicates := map[string]func(error) bool{
		"invalid": accelo.IsInvalidRequest, "unrecognized": accelo.IsUnrecognizedEndpoint, "unauthorized": accelo.IsUnauthorized,
		"locked": accelo.IsLockedOut, "forbidden": accelo.IsForbidden, "duplicate": accelo.IsDuplicate,
		"unsupported": accelo.IsUnsupported, "unreadable": accelo.IsUnreadable,
		"limited": accelo.IsRateLimited, "transient": accelo.IsTransient,
	}
	tests := []struct {
		name  string
		reply http.HandlerFunc
		want  []string
	}{
		{"missing object", refuse(400, "invalid_request", "The request could not be interpreted."), []string{"invalid", "unsupported"}},
		{"unknown route", refuse(400, "invalid_request", "The resource endpoint was not recognized."), []string{"invalid", "unrecognized", "unsupported"}},
		{"unauthorized", refuse(401, "invalid_client", "no"), []string{"unauthorized"}},
		{"another client's grant", refuse(401, "unauthorized client", "no"), []string{"unauthorized"}},
		{"locked out", refuse(401, "too_many_failed_logins", "no"), []string{"locked", "transient"}},
		{"forbidden", refuse(403, "invalid_permission", "no"), []string{"forbidden"}},
		{"outside the scope", refuse(400, "invalid_scope", "no"), []string{"forbidden"}},
		{"duplicate", refuse(400, "duplicate", "name"), []string{"duplicate"}},
		{"rate", refuse(429, "too_many_requests", "Rate limit exceeded"), []string{"limited", "transient"}},
		{"server error", refuse(500, "server_error", "oops"), []string{"transient"}},
		{"200 and server error", refuse(200, "server_error", "oops"), []string{"transient"}},
		{"200 and a refusal", refuse(200, "invalid_request", "no"), []string{"invalid", "unsupported"}},
		{"bad gateway", raw(502, "<html>"), []string{"transient"}},
		{"not found", raw(404, "<html>"), []string{"transient", "unsupported"}},
		{"no such method", raw(405, ""), []string{"transient", "unsupported"}},
		{"another shape", answer(`{"id":"x"}`), []string{"transient", "unreadable"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			v := newVendor(t)
			v.handle("GET /companies/45", test.reply)
			_, err := v.client().Company(t.Context(), 45)
			require.Error(t, err)
			var got []string
			for name, holds := range predicates {
				if holds(fmt.Errorf("wrapped: %w", err)) {
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
	limited := refuse(429, "too_many_requests", "Rate limit exceeded for planet-express.api.accelo.com")
	asked := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "90")
		limited(w, r)
	}
	tests := []struct {
		name  string
		reply http.HandlerFunc
		want  time.Time
	}{
		{"429 with Retry-After", asked, newClock().Now().Add(90 * time.Second)},
		{"429 without Retry-After", limited, time.Time{}},
		{"another error", refuse(500, "server_error", "oops"), time.Time{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			v := newVendor(t)
			v.handle("GET /companies/45", test.reply)
			_, err := v.client(withClock(newClock())).Company(t.Context(), 45)
			require.True(t, test.want.Equal(accelo.RetryAt(err)))
		})
	}
	require.Equal(t, reset, accelo.RetryAt(&accelo.BudgetError{Until: reset}))
	require.Zero(t, accelo.RetryAt(errors.New("something else")))
}
