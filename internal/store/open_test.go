package store_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"ninjaone-accelo/internal/local/localtest"
	"ninjaone-accelo/internal/store"
)

// Programs that start together migrate an empty database once.
func TestOpenConcurrently(t *testing.T) {
	t.Parallel()
	address := localtest.Database(t)
	var group errgroup.Group
	start := make(chan struct{})
	for range 10 {
		group.Go(func() error {
			<-start
			s, err := store.Open(t.Context(), address, store.Options{}, quiet())
			if err != nil {
				return err
			}
			defer s.Close()
			_, err = s.Connections(t.Context())
			return err
		})
	}
	close(start)
	require.NoError(t, group.Wait())
	d := &database{t: t, url: address}
	require.Equal(t, 1, value[int](d, `SELECT count(*)::int FROM goose_db_version WHERE version_id = 1 AND is_applied`))
}

// Opening a database again changes nothing.
func TestOpenAgain(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	again, err := store.Open(t.Context(), d.url, store.Options{}, quiet())
	require.NoError(t, err)
	defer again.Close()
	require.NoError(t, again.Ping(t.Context()))
	stored, err := again.Connection(t.Context(), connection)
	require.NoError(t, err)
	require.Equal(t, int64(1), stored.Version)
}

// Errors explain what is wrong with DATABASE_URL without repeating it, because it holds a password.
func TestOpenErrors(t *testing.T) {
	t.Parallel()
	here, err := url.Parse(localtest.Database(t))
	require.NoError(t, err)
	absent := *here
	absent.User, absent.Path = url.UserPassword(here.User.Username(), "hunter2"), "/nowhere"
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, closed.Close())
	for _, test := range []struct{ name, url, want string }{
		{"invalid URL", "postgres://u:hunter2@h:notaport/d", "postgres://USER:PASSWORD@HOST:5432/DATABASE"},
		{"no server", "postgres://u:hunter2@" + closed.Addr().String() + "/d", "check DATABASE_URL and that the server is running"},
		{"no such database", absent.String(), "check DATABASE_URL"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := store.Open(t.Context(), test.url, store.Options{}, quiet())
			require.ErrorContains(t, err, test.want)
			require.NotContains(t, err.Error(), "hunter2")
		})
	}
}

// A program that starts before its database waits for it.
func TestOpenWithinWaits(t *testing.T) {
	t.Parallel()
	gate := newGate(t, localtest.Database(t))
	var waited atomic.Bool
	logger := slog.New(handler{func() {
		waited.Store(true)
		gate.open.Store(true)
	}})
	s, err := store.OpenWithin(t.Context(), time.Minute, gate.url, store.Options{}, logger)
	require.NoError(t, err)
	defer s.Close()
	require.True(t, waited.Load())
	require.NoError(t, s.Ping(t.Context()))
}

func TestOpenWithinGivesUp(t *testing.T) {
	t.Parallel()
	gate := newGate(t, localtest.Database(t))
	_, err := store.OpenWithin(t.Context(), 0, gate.url, store.Options{}, quiet())
	require.ErrorContains(t, err, "check DATABASE_URL and that the server is running")

	ctx, cancel := context.WithCancel(t.Context())
	_, err = store.OpenWithin(ctx, time.Hour, gate.url, store.Options{}, slog.New(handler{cancel}))
	require.ErrorIs(t, err, context.Canceled)

	_, err = store.OpenWithin(t.Context(), time.Hour, "postgres://h:notaport", store.Options{}, quiet())
	require.ErrorContains(t, err, "is not a PostgreSQL URL", "an invalid URL is not retried")
}

// handler calls a function whenever OpenWithin logs that it waits.
type handler struct{ logged func() }

func (h handler) Enabled(context.Context, slog.Level) bool { return true }
func (h handler) WithAttrs([]slog.Attr) slog.Handler       { return h }
func (h handler) WithGroup(string) slog.Handler            { return h }
func (h handler) Handle(_ context.Context, record slog.Record) error {
	if record.Message == "waiting for PostgreSQL" {
		h.logged()
	}
	return nil
}

// gate is a proxy that drops connections until it is open.
type gate struct {
	url  string
	open atomic.Bool
}

func newGate(t *testing.T, databaseURL string) *gate {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address, err := url.Parse(databaseURL)
	require.NoError(t, err)
	target := address.Host
	address.Host = listener.Addr().String()
	g := &gate{url: address.String()}
	var connections sync.WaitGroup
	connections.Go(func() {
		for {
			client, err := listener.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err == nil {
				connections.Go(func() { g.pass(client, target) })
			}
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		connections.Wait()
	})
	return g
}

func (g *gate) pass(client net.Conn, target string) {
	defer func() { _ = client.Close() }()
	if !g.open.Load() {
		return
	}
	server, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()
	var back sync.WaitGroup
	back.Go(func() { _, _ = io.Copy(client, server); _ = client.Close() })
	_, _ = io.Copy(server, client)
	_ = server.Close()
	back.Wait()
}
