package accelo_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/accelo"
)

// recorder records every byte that the client sends. It calls afterDial after each new connection, where a test can pretend that
// the process was frozen.
type recorder struct {
	mu        sync.Mutex
	written   []byte
	afterDial func()
}

func (r *recorder) transport() *http.Transport {
	dialer := &net.Dialer{}
	return &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dialer.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		if r.afterDial != nil {
			r.afterDial()
		}
		return &recordedConn{Conn: conn, recorder: r}, nil
	}}
}

func (r *recorder) text() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return string(r.written)
}

type recordedConn struct {
	net.Conn
	recorder *recorder
}

func (c *recordedConn) Write(p []byte) (int, error) {
	c.recorder.mu.Lock()
	c.recorder.written = append(c.recorder.written, p...)
	c.recorder.mu.Unlock()
	return c.Conn.Write(p)
}

func requireStale(t *testing.T, err error) {
	t.Helper()
	var transport *accelo.TransportError
	require.ErrorAs(t, err, &transport)
	require.False(t, transport.Sent)
	require.ErrorIs(t, err, accelo.ErrStale)
	require.False(t, accelo.InDoubt(err))
}

// A write whose deadline passes while connecting is not sent: no byte of its body is written, the server never handles it, and
// net/http does not try again.
func TestDeadlineGuardStopsAFrozenWrite(t *testing.T) {
	t.Parallel()
	s, clock := newServer(t), newClock()
	s.respond("POST /requests", `{"id":"31","title":"Disk full"}`)
	recorder := &recorder{}
	dials := 0
	recorder.afterDial = func() {
		if dials++; dials == 2 { // the first one is for the token
			clock.advance(time.Minute)
		}
	}
	transport := recorder.transport()
	transport.DisableKeepAlives = true
	client := s.client(withClock(clock), func(o *accelo.Options) { o.Transport = transport })

	ctx := accelo.WithDeadlineGuard(t.Context(), clock.now().Add(30*time.Second))
	_, err := client.CreateRequest(ctx, accelo.NewRequest{Title: "Disk full", Body: "C: is full", TypeID: 2, AffiliationID: 77})
	requireStale(t, err)
	require.Empty(t, s.requests("/requests"))
	require.NotContains(t, recorder.text(), "title=Disk")
	require.Equal(t, 2, dials)
	require.Zero(t, client.Budget().State().InFlight)
}

// A write is sent before its deadline and not after. Reads are not affected.
func TestDeadlineGuard(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		deadline time.Duration // from now
		sent     bool
	}{
		{name: "in time", deadline: time.Second, sent: true},
		{name: "at the deadline", deadline: 0, sent: false},
		{name: "late", deadline: -time.Second, sent: false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, clock := newServer(t), newClock()
			s.respond("POST /requests", `{"id":"31","title":"Disk full"}`)
			s.respond("GET /requests/31", `{"id":"31","title":"Disk full","standing":"open"}`)
			s.respond("DELETE /webhooks/subscriptions/583f4b8028dc59073860a6d1", `null`)
			client := s.client(withClock(clock))
			ctx := accelo.WithDeadlineGuard(t.Context(), clock.now().Add(test.deadline))
			_, err := client.CreateRequest(ctx, accelo.NewRequest{Title: "Disk full", TypeID: 2, AffiliationID: 77})
			unsubscribeErr := client.Unsubscribe(ctx, "583f4b8028dc59073860a6d1")
			if test.sent {
				require.NoError(t, err)
				require.NoError(t, unsubscribeErr)
			} else {
				requireStale(t, err)
				requireStale(t, unsubscribeErr)
				require.Empty(t, s.requests("/requests"))
			}
			_, err = client.Request(ctx, 31)
			require.NoError(t, err, "reads are not guarded")
		})
	}
}

// The wall clock counts even if the monotonic clock says otherwise, because that one stops while a machine is suspended.
func TestDeadlineGuardUsesTheWallClock(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.respond("POST /requests", `{"id":"31"}`)
	start := time.Now()
	woken := start.Add(-time.Hour) // monotonic: an hour ago
	wall := time.Now().Add(time.Hour).Round(0)
	now := start
	client := s.client(func(o *accelo.Options) { o.Now = func() time.Time { return now } })
	ctx := accelo.WithDeadlineGuard(t.Context(), start.Add(time.Minute))
	now = wall
	_, err := client.CreateRequest(ctx, accelo.NewRequest{Title: "x", TypeID: 2, AffiliationID: 77})
	requireStale(t, err)
	now = woken
	_, err = client.CreateRequest(ctx, accelo.NewRequest{Title: "x", TypeID: 2, AffiliationID: 77})
	require.NoError(t, err)
}

// A response that arrives before the body was sent does not mean success.
func TestDeadlineGuardIgnoresAnEarlyResponse(t *testing.T) {
	t.Parallel()
	s, clock := newServer(t), newClock()
	answered := make(chan struct{})
	transport := roundTripper(func(r *http.Request) (*http.Response, error) {
		if r.URL.Path == tokenPath {
			return s.Client().Transport.RoundTrip(r)
		}
		clock.advance(time.Hour)
		_, err := io.ReadAll(r.Body)
		if err == nil {
			t.Error("the body could be read")
		}
		close(answered)
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(http.NoBody)}, nil
	})
	client := s.client(withClock(clock), func(o *accelo.Options) { o.Transport = transport })
	ctx := accelo.WithDeadlineGuard(t.Context(), clock.now().Add(time.Minute))
	_, err := client.CreateRequest(ctx, accelo.NewRequest{Title: "x", TypeID: 2, AffiliationID: 77})
	receive(t, answered)
	requireStale(t, err)
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// If net/http reads the body again on another connection, the deadline is checked again, and a guard that has expired stays
// expired.
func TestDeadlineGuardChecksEveryAttempt(t *testing.T) {
	t.Parallel()
	s, clock := newServer(t), newClock()
	var second error
	transport := roundTripper(func(r *http.Request) (*http.Response, error) {
		if r.URL.Path == tokenPath {
			return s.Client().Transport.RoundTrip(r)
		}
		first, err := io.ReadAll(r.Body)
		if err != nil || len(first) == 0 {
			t.Error("the first attempt is before the deadline")
		}
		again, err := r.GetBody()
		if err != nil {
			t.Error("the second attempt starts before the deadline")
			return nil, err
		}
		clock.advance(time.Hour)
		_, second = io.ReadAll(again)
		_, third := r.GetBody()
		if third == nil {
			t.Error("the guard has expired")
		}
		return nil, second
	})
	client := s.client(withClock(clock), func(o *accelo.Options) { o.Transport = transport })
	ctx := accelo.WithDeadlineGuard(t.Context(), clock.now().Add(time.Minute))
	_, err := client.CreateRequest(ctx, accelo.NewRequest{Title: "x", TypeID: 2, AffiliationID: 77})
	require.ErrorIs(t, second, accelo.ErrStale)
	requireStale(t, err)
}
