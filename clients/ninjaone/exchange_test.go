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
)

func isResponseError(err error) bool {
	var unusable *ninjaone.ResponseError
	return errors.As(err, &unusable)
}

func isTransportError(err error) bool {
	var broken *ninjaone.TransportError
	return errors.As(err, &broken)
}

// endless keeps a handler open until its client goes away.
func endless(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// cancelOnRead cancels as soon as the body of an answer is read.
type cancelOnRead struct {
	http.RoundTripper
	cancel context.CancelFunc
}

func (c cancelOnRead) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := c.RoundTripper.RoundTrip(r)
	if err == nil {
		answer.Body = cancellingBody{answer.Body, c.cancel}
	}
	return answer, err
}

type cancellingBody struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (b cancellingBody) Read(p []byte) (int, error) {
	b.cancel()
	return b.ReadCloser.Read(p)
}

// The caller's cancellation and deadline come back as themselves, wherever the exchange stands.
func TestCallerContext(t *testing.T) {
	t.Parallel()
	t.Run("before the answer", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		s := newServer(t, map[string]http.HandlerFunc{"/v2/policies": func(w http.ResponseWriter, r *http.Request) {
			cancel()
			endless(w, r)
		}})
		_, err := s.client(t, nil).Policies(ctx)
		require.ErrorIs(t, err, context.Canceled)
		require.False(t, ninjaone.IsTransient(err))
	})
	t.Run("within the answer", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		s := newServer(t, map[string]http.HandlerFunc{"/v2/policies": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, `[{"id":`)
			_ = http.NewResponseController(w).Flush()
			endless(w, r)
		}})
		_, err := s.client(t, func(o *ninjaone.Options) {
			legacy(o)
			o.Transport = cancelOnRead{o.Transport, cancel}
		}).Policies(ctx)
		require.ErrorIs(t, err, context.Canceled)
		require.False(t, ninjaone.IsTransient(err))
	})
	t.Run("deadline", func(t *testing.T) {
		t.Parallel()
		s := newServer(t, map[string]http.HandlerFunc{"/v2/policies": endless})
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, err := s.client(t, legacy).Policies(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.False(t, ninjaone.IsTransient(err))
	})
}

// The client's own time limit is a transient failure and not the caller's deadline.
func TestTimeout(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"/v2/policies": endless})
	client := s.client(t, func(o *ninjaone.Options) { legacy(o); o.Timeout = 30 * time.Millisecond })
	_, err := client.Policies(t.Context())
	require.ErrorContains(t, err, "no complete answer within 30ms")
	require.NotErrorIs(t, err, context.DeadlineExceeded)
	require.True(t, ninjaone.IsTransient(err))
}

// A connection that fails is a transient error which names the call but neither address nor query.
func TestBrokenConnections(t *testing.T) {
	t.Parallel()
	hangUp := func(w http.ResponseWriter, _ *http.Request) {
		if connection, _, err := http.NewResponseController(w).Hijack(); err == nil {
			_ = connection.Close()
		}
	}
	cut := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, `[{"id":1}`)
	}
	for _, test := range []struct {
		name    string
		handler http.HandlerFunc
	}{{"hangs up", hangUp}, {"cut short", cut}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, map[string]http.HandlerFunc{"/v2/alerts": test.handler})
			_, err := s.client(t, nil).Alerts(t.Context(), ninjaone.AlertFilter{SourceType: "hunter2"})
			require.True(t, isTransportError(err), "%v", err)
			require.True(t, ninjaone.IsTransient(err))
			require.ErrorContains(t, err, "GET /v2/alerts")
			require.NotContains(t, err.Error(), "hunter2")
		})
	}
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		listener, err := net.Listen("tcp", "127.0.0.1:0") // a port that is free and then closed
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
	t.Run("certificate", func(t *testing.T) {
		t.Parallel()
		s := httptest.NewUnstartedServer(http.NotFoundHandler())
		s.Config.ErrorLog = log.New(io.Discard, "", 0) // the handshake is meant to fail
		s.StartTLS()
		t.Cleanup(s.Close)
		client, err := ninjaone.New(ninjaone.Options{BaseURL: s.URL, Credentials: ninjaone.Credentials{ClientID: "a", ClientSecret: "b"}})
		require.NoError(t, err)
		err = client.CheckCredentials(t.Context())
		require.True(t, isTransportError(err), "%v", err)
		require.False(t, ninjaone.IsTransient(err), "waiting does not repair a certificate")
	})
}

// A success must be JSON of the right shape; nothing else may pass for an empty list.
func TestUnusableAnswers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, body string
		transient  bool
	}{
		{"HTML", `<html>Maintenance</html>`, true},
		{"text", `ok`, true},
		{"empty", ``, true},
		{"null", `null`, true},
		{"cut off", `[{"id":1`, true},
		{"trailing text", `[] []`, true},
		{"object for a list", `{"resultCode":"FAILURE"}`, false},
		{"wrong member", `[{"id":"seven"}]`, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, map[string]http.HandlerFunc{"/v2/policies": reply(200, test.body)})
			policies, err := s.client(t, nil).Policies(t.Context())
			require.True(t, isResponseError(err), "%v", err)
			require.Equal(t, test.transient, ninjaone.IsTransient(err))
			require.Empty(t, policies)
		})
	}
}

// An answer is read up to 64 MiB and no further.
func TestTooLargeAnswer(t *testing.T) {
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
	_, err := s.client(t, nil).Policies(t.Context())
	require.True(t, isResponseError(err), "%v", err)
	require.ErrorContains(t, err, "larger than 64 MiB")
	require.False(t, ninjaone.IsTransient(err))
}

// A redirect is reported and not followed: it would take the credentials along.
func TestRedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"/v2/policies": reply(302, ``, "Location", "/elsewhere"), "/elsewhere": reply(200, `[]`)})
	_, err := s.client(t, nil).Policies(t.Context())
	require.ErrorContains(t, err, "302")
	require.ErrorContains(t, err, "check the base URL")
	require.Empty(t, s.requests("/elsewhere"))
}

// The observer hears of every exchange, the token's and the refused ones included.
func TestObserve(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{tokenPath: numberedTokens(), "/v2/alert/": reply(204, ""), "/v2/roles": only("token-2")})
	var mu sync.Mutex
	var calls []ninjaone.Call
	ticks := &clock{at: time.Unix(1700000000, 0)}
	client := s.client(t, func(o *ninjaone.Options) {
		o.Now = func() time.Time { ticks.pass(time.Millisecond); return ticks.now() }
		o.Observe = func(_ context.Context, call ninjaone.Call) {
			mu.Lock()
			defer mu.Unlock()
			calls = append(calls, call)
		}
	})
	_, err := client.Roles(t.Context())
	require.NoError(t, err)
	require.NoError(t, client.ResetAlert(t.Context(), "50edcf11-de92-4ecb-955b-c8066488b6cc"))

	mu.Lock()
	defer mu.Unlock()
	var heard []ninjaone.Call
	for _, call := range calls {
		require.Positive(t, call.Duration)
		require.Equal(t, call.StatusCode == 401, call.Err != nil)
		call.Duration, call.Err = 0, nil
		heard = append(heard, call)
	}
	require.Equal(t, []ninjaone.Call{
		{Operation: "token", Method: "POST", StatusCode: 200, Token: true},
		{Operation: "roles", Method: "GET", StatusCode: 401},
		{Operation: "token", Method: "POST", StatusCode: 200, Token: true},
		{Operation: "roles", Method: "GET", StatusCode: 200},
		{Operation: "reset_alert", Method: "DELETE", StatusCode: 204},
	}, heard)
}

// Every request asks for JSON and says who asks.
func TestRequestHeaders(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"/v2/policies": reply(200, `[]`)})
	_, err := s.client(t, func(o *ninjaone.Options) { o.UserAgent = "example/1" }).Policies(t.Context())
	require.NoError(t, err)
	for _, path := range []string{tokenPath, "/v2/policies"} {
		asked := s.requests(path)[0]
		require.Equal(t, "application/json", asked.Header.Get("Accept"))
		require.Equal(t, "example/1", asked.Header.Get("User-Agent"))
	}
}
