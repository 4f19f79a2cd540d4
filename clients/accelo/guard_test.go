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

// sniffer records every byte that the client puts on its connections and can freeze the process, as it were, when a
// connection is ready.
type sniffer struct {
	mu      sync.Mutex
	written []byte
	freeze  func()
}

func (s *sniffer) transport() *http.Transport {
	dialer := &net.Dialer{}
	return &http.Transport{DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dialer.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		if s.freeze != nil {
			s.freeze()
		}
		return &sniffed{Conn: conn, by: s}, nil
	}}
}

func (s *sniffer) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return string(s.written)
}

type sniffed struct {
	net.Conn
	by *sniffer
}

func (c *sniffed) Write(p []byte) (int, error) {
	c.by.mu.Lock()
	c.by.written = append(c.by.written, p...)
	c.by.mu.Unlock()
	return c.Conn.Write(p)
}

func requireStale(t *testing.T, err error) {
	t.Helper()
	var failure *accelo.TransportError
	require.ErrorAs(t, err, &failure)
	require.False(t, failure.Sent)
	require.ErrorIs(t, err, accelo.ErrStale)
	require.False(t, accelo.InDoubt(err))
}

// A write whose deadline passes while its connection is made is not sent: no byte of its body leaves, no handler sees
// it whole, and net/http does not try again.
func TestDeadlineGuardStopsAFrozenWrite(t *testing.T) {
	t.Parallel()
	v, clock := newVendor(t), newClock()
	v.on("POST /requests", `{"id":"31","title":"Disk full"}`)
	sniff := &sniffer{}
	dials := 0
	sniff.freeze = func() {
		if dials++; dials == 2 { // the first one was for the token
			clock.advance(time.Minute)
		}
	}
	transport := sniff.transport()
	transport.DisableKeepAlives = true
	client := v.client(withClock(clock), func(o *accelo.Options) { o.Transport = transport })

	ctx := accelo.WithDeadlineGuard(t.Context(), clock.Now().Add(30*time.Second))
	_, err := client.CreateRequest(ctx, accelo.NewRequest{Title: "Disk full", Body: "C: is full", TypeID: 2, AffiliationID: 77})
	requireStale(t, err)
	require.Empty(t, v.requests("/requests"))
	require.NotContains(t, sniff.text(), "title=Disk")
	require.Equal(t, 2, dials)
	require.Zero(t, client.Budget().State().InFlight)
}

// A write whose deadline has passed before it begins does not even need a connection; one in time is sent.
func TestDeadlineGuard(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		deadline time.Duration
		sent     bool
	}{
		{"in time", time.Second, true},
		{"at the deadline", 0, false},
		{"late", -time.Second, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			v, clock := newVendor(t), newClock()
			v.on("POST /requests", `{"id":"31","title":"Disk full"}`)
			v.on("GET /requests/31", `{"id":"31","title":"Disk full"}`)
			v.on("DELETE /webhooks/subscriptions/583f4b8028dc59073860a6d1", `null`)
			client := v.client(withClock(clock))
			ctx := accelo.WithDeadlineGuard(t.Context(), clock.Now().Add(test.deadline))
			_, err := client.CreateRequest(ctx, accelo.NewRequest{Title: "Disk full", TypeID: 2, AffiliationID: 77})
			removed := client.Unsubscribe(ctx, "583f4b8028dc59073860a6d1")
			if test.sent {
				require.NoError(t, err)
				require.NoError(t, removed)
			} else {
				requireStale(t, err)
				requireStale(t, removed)
				require.Empty(t, v.requests("/requests"))
			}
			_, err = client.Request(ctx, 31)
			require.NoError(t, err, "reads are not guarded")
		})
	}
}

// The wall clock judges, not the monotonic one, which stands still while a machine is suspended.
func TestDeadlineGuardUsesTheWallClock(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	v.on("POST /requests", `{"id":"31"}`)
	start := time.Now()
	woken := start.Add(-time.Hour) // monotonic: an hour ago
	wall := time.Now().Add(time.Hour).Round(0)
	now := start
	client := v.client(func(o *accelo.Options) { o.Now = func() time.Time { return now } })
	ctx := accelo.WithDeadlineGuard(t.Context(), start.Add(time.Minute))
	now = wall
	_, err := client.CreateRequest(ctx, accelo.NewRequest{Title: "x", TypeID: 2, AffiliationID: 77})
	requireStale(t, err)
	now = woken
	_, err = client.CreateRequest(ctx, accelo.NewRequest{Title: "x", TypeID: 2, AffiliationID: 77})
	require.NoError(t, err)
}

// A vendor that answers to the headers alone has carried nothing out, whatever it says.
func TestDeadlineGuardDistrustsAnEarlyReply(t *testing.T) {
	t.Parallel()
	v, clock := newVendor(t), newClock()
	answered := make(chan struct{})
	transport := roundTripper(func(r *http.Request) (*http.Response, error) {
		if r.URL.Path == "/oauth2/v0/token" {
			return v.Client().Transport.RoundTrip(r)
		}
		clock.advance(time.Hour)
		_, err := io.ReadAll(r.Body)
		if err == nil {
			t.Error("the body was given out")
		}
		close(answered)
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(http.NoBody)}, nil
	})
	client := v.client(withClock(clock), func(o *accelo.Options) { o.Transport = transport })
	ctx := accelo.WithDeadlineGuard(t.Context(), clock.Now().Add(time.Minute))
	_, err := client.CreateRequest(ctx, accelo.NewRequest{Title: "x", TypeID: 2, AffiliationID: 77})
	await(t, answered)
	requireStale(t, err)
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// net/http asks for the body again after a connection died unused; by then the deadline may have passed.
func TestDeadlineGuardHoldsOnTheSecondAttempt(t *testing.T) {
	t.Parallel()
	v, clock := newVendor(t), newClock()
	var second error
	transport := roundTripper(func(r *http.Request) (*http.Response, error) {
		if r.URL.Path == "/oauth2/v0/token" {
			return v.Client().Transport.RoundTrip(r)
		}
		first, err := io.ReadAll(r.Body)
		if err != nil || len(first) == 0 {
			t.Error("the first attempt is in time")
		}
		again, err := r.GetBody()
		if err != nil {
			t.Error("the second attempt begins in time")
			return nil, err
		}
		clock.advance(time.Hour)
		_, second = io.ReadAll(again)
		_, third := r.GetBody()
		if third == nil {
			t.Error("stale is stale for good")
		}
		return nil, second
	})
	client := v.client(withClock(clock), func(o *accelo.Options) { o.Transport = transport })
	ctx := accelo.WithDeadlineGuard(t.Context(), clock.Now().Add(time.Minute))
	_, err := client.CreateRequest(ctx, accelo.NewRequest{Title: "x", TypeID: 2, AffiliationID: 77})
	require.ErrorIs(t, second, accelo.ErrStale)
	requireStale(t, err)
}
