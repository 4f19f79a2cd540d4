package ninjaone_test

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/version"
)

func isResponseError(err error) bool {
	var response *ninjaone.ResponseError
	return errors.As(err, &response)
}

func isTransportError(err error) bool {
	var transport *ninjaone.TransportError
	return errors.As(err, &transport)
}

// hang keeps a request open until the client gives up.
func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// cancelOnRead is a transport that cancels as soon as the body of a response is read.
type cancelOnRead struct {
	http.RoundTripper
	cancel context.CancelFunc
}

func (c cancelOnRead) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := c.RoundTripper.RoundTrip(r)
	if err == nil {
		response.Body = cancellingBody{response.Body, c.cancel}
	}
	return response, err
}

type cancellingBody struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (b cancellingBody) Read(p []byte) (int, error) {
	b.cancel()
	return b.ReadCloser.Read(p)
}

// The caller's cancellation and deadline are returned as such and are not transient.
func TestCallerContext(t *testing.T) {
	t.Parallel()
	t.Run("cancelled before the response", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		s := newServer(t, map[string]http.HandlerFunc{"/v2/policies": func(w http.ResponseWriter, r *http.Request) {
			cancel()
			hang(w, r)
		}})
		_, err := s.client(t).Policies(ctx)
		require.ErrorIs(t, err, context.Canceled)
		require.False(t, ninjaone.IsTransient(err))
	})
	t.Run("cancelled during the response", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		s := newServer(t, map[string]http.HandlerFunc{"/v2/policies": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, `[{"id":`)
			_ = http.NewResponseController(w).Flush()
			hang(w, r)
		}})
		client := s.client(t, withLegacyKey, func(o *ninjaone.Options) { o.Transport = cancelOnRead{o.Transport, cancel} })
		_, err := client.Policies(ctx)
		require.ErrorIs(t, err, context.Canceled)
		require.False(t, ninjaone.IsTransient(err))
	})
	t.Run("deadline", func(t *testing.T) {
		t.Parallel()
		s := newServer(t, map[string]http.HandlerFunc{"/v2/policies": hang})
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, err := s.client(t, withLegacyKey).Policies(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.False(t, ninjaone.IsTransient(err))
	})
}

// The client's own timeout is transient and does not look like the caller's deadline.
func TestTimeout(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"/v2/policies": hang})
	client := s.client(t, withLegacyKey, func(o *ninjaone.Options) { o.Timeout = 30 * time.Millisecond })
	_, err := client.Policies(t.Context())
	require.ErrorContains(t, err, "no complete response within 30ms")
	require.NotErrorIs(t, err, context.DeadlineExceeded)
	require.True(t, ninjaone.IsTransient(err))
}

// A failed connection is transient. The error names the call but has neither its address nor its query.
func TestConnectionFailures(t *testing.T) {
	t.Parallel()
	closeConnection := func(w http.ResponseWriter, _ *http.Request) {
		if connection, _, err := http.NewResponseController(w).Hijack(); err == nil {
			_ = connection.Close()
		}
	}
	truncateBody := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, `[{"id":1}`)
	}
	for _, test := range []struct {
		name    string
		handler http.HandlerFunc
	}{
		{name: "connection closed", handler: closeConnection},
		{name: "body truncated", handler: truncateBody},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, map[string]http.HandlerFunc{"/v2/activities": test.handler})
			_, err := s.client(t).Activities(t.Context(), ninjaone.ActivityQuery{Type: "hunter2"})
			require.True(t, isTransportError(err), "%v", err)
			require.True(t, ninjaone.IsTransient(err))
			require.ErrorContains(t, err, "GET /v2/activities")
			require.NotContains(t, err.Error(), "hunter2")
			require.NotContains(t, err.Error(), s.URL)
		})
	}
	t.Run("connection refused", func(t *testing.T) {
		t.Parallel()
		listener, err := net.Listen("tcp", "127.0.0.1:0") // reserves a port that nothing listens on afterwards
		require.NoError(t, err)
		require.NoError(t, listener.Close())
		client, err := ninjaone.New(ninjaone.Options{
			BaseURL:     "http://" + listener.Addr().String(),
			Credentials: ninjaone.Credentials{ClientID: clientID, ClientSecret: clientSecret},
		})
		require.NoError(t, err)
		err = client.CheckCredentials(t.Context())
		require.True(t, isTransportError(err) && ninjaone.IsTransient(err), "%v", err)
		require.NotContains(t, err.Error(), clientSecret)
	})
	t.Run("untrusted certificate", func(t *testing.T) {
		t.Parallel()
		s := httptest.NewUnstartedServer(http.NotFoundHandler())
		s.Config.ErrorLog = log.New(io.Discard, "", 0) // the failed handshake is expected
		s.StartTLS()
		t.Cleanup(s.Close)
		client, err := ninjaone.New(ninjaone.Options{BaseURL: s.URL, Credentials: ninjaone.Credentials{ClientID: "a", ClientSecret: "b"}})
		require.NoError(t, err)
		err = client.CheckCredentials(t.Context())
		require.True(t, isTransportError(err), "%v", err)
		require.False(t, ninjaone.IsTransient(err), "waiting does not fix a certificate")
	})
}

// A 2xx response must be JSON of the right type; nothing else counts as an empty list.
func TestUnreadableResponses(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, body string
		transient  bool
	}{
		{name: "HTML", body: `<html>Maintenance</html>`, transient: true},
		{name: "text", body: `ok`, transient: true},
		{name: "empty", body: ``, transient: true},
		{name: "truncated", body: `[{"id":1`, transient: true},
		{name: "trailing text", body: `[] []`, transient: true},
		{name: "object instead of a list", body: `{"resultCode":"FAILURE"}`, transient: false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, map[string]http.HandlerFunc{"/v2/policies": respond(200, test.body)})
			policies, err := s.client(t).Policies(t.Context())
			require.True(t, isResponseError(err), "%v", err)
			require.Equal(t, test.transient, ninjaone.IsTransient(err))
			require.Empty(t, policies)
		})
	}
}

// A response body is read up to 64 MiB.
func TestOversizedResponse(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"/v2/policies": func(w http.ResponseWriter, _ *http.Request) {
		spaces := strings.Repeat(" ", 1<<20)
		_, _ = io.WriteString(w, "[")
		for range 65 {
			if _, err := io.WriteString(w, spaces); err != nil {
				return
			}
		}
		_, _ = io.WriteString(w, "]")
	}})
	_, err := s.client(t).Policies(t.Context())
	require.True(t, isResponseError(err), "%v", err)
	require.ErrorContains(t, err, "larger than 64 MiB")
	require.False(t, ninjaone.IsTransient(err))
}

// A redirect is an error, because following it would send the credentials along.
func TestRedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"/v2/policies": respond(302, ``, "Location", "/elsewhere"), "/elsewhere": respond(200, `[]`)})
	_, err := s.client(t).Policies(t.Context())
	require.ErrorContains(t, err, "302")
	require.ErrorContains(t, err, "check the base URL")
	require.Empty(t, s.requests("/elsewhere"))
}

// The observer is called for every exchange, including token requests and rejected ones.
func TestObserve(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{
		tokenPath: numberedTokens(), "/v2/policies": acceptOnly("token-2"), "/v2/alert/": respond(204, ""),
	})
	var mu sync.Mutex
	var calls []ninjaone.Call
	ticking := &clock{at: time.Unix(1700000000, 0)}
	client := s.client(t, func(o *ninjaone.Options) {
		o.Now = func() time.Time { ticking.advance(time.Millisecond); return ticking.now() }
		o.Observe = func(_ context.Context, call ninjaone.Call) {
			mu.Lock()
			defer mu.Unlock()
			calls = append(calls, call)
		}
	})
	_, err := client.Policies(t.Context())
	require.NoError(t, err)
	require.NoError(t, client.ResetAlert(t.Context(), uid))

	mu.Lock()
	defer mu.Unlock()
	for i, call := range calls {
		require.Positive(t, call.Duration)
		require.Equal(t, call.StatusCode == http.StatusUnauthorized, call.Err != nil)
		calls[i].Duration, calls[i].Err = 0, nil
	}
	require.Equal(t, []ninjaone.Call{
		{Operation: "token", Method: "POST", StatusCode: 200, Token: true},
		{Operation: "policies", Method: "GET", StatusCode: 401},
		{Operation: "token", Method: "POST", StatusCode: 200, Token: true},
		{Operation: "policies", Method: "GET", StatusCode: 200},
		{Operation: "reset_alert", Method: "DELETE", StatusCode: 204},
	}, calls)
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
			s := newServer(t, map[string]http.HandlerFunc{"/v2/policies": respond(200, `[]`)})
			_, err := s.client(t, func(o *ninjaone.Options) { o.UserAgent = test.userAgent }).Policies(t.Context())
			require.NoError(t, err)
			for _, path := range []string{tokenPath, "/v2/policies"} {
				request := s.requests(path)[0]
				require.Equal(t, "application/json", request.Header.Get("Accept"))
				require.Equal(t, test.want, request.Header.Get("User-Agent"))
			}
		})
	}
}
