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

// Programs that start together migrate an empty database once, and all of them can use it.
func TestTenProgramsOpenAtOnce(t *testing.T) {
	t.Parallel()
	address := localtest.Database(t)
	var group errgroup.Group
	begin := make(chan struct{})
	for range 10 {
		group.Go(func() error {
			<-begin
			s, err := store.Open(t.Context(), address, store.Options{}, quiet())
			if err != nil {
				return err
			}
			defer s.Close()
			_, err = s.Connections(t.Context())
			return err
		})
	}
	close(begin)
	require.NoError(t, group.Wait())
	d := &database{t: t, url: address}
	require.Equal(t, 1, value[int](d, `SELECT count(*)::int FROM goose_db_version WHERE version_id = 1 AND is_applied`))
}

// Opening a database again changes nothing in it.
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

// What is wrong with DATABASE_URL is said without repeating it, for it holds a password.
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
		{"no URL", "postgres://u:hunter2@h:notaport/d", "postgres://USER:PASSWORD@HOST:5432/DATABASE"},
		{"nobody listens", "postgres://u:hunter2@" + closed.Addr().String() + "/d", "check DATABASE_URL and that the server is running"},
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
	door := newDoor(t, localtest.Database(t))
	var waited atomic.Bool
	logger := slog.New(handler{func() {
		waited.Store(true)
		door.open.Store(true)
	}})
	s, err := store.OpenWithin(t.Context(), time.Minute, door.url, store.Options{}, logger)
	require.NoError(t, err)
	defer s.Close()
	require.True(t, waited.Load())
	require.NoError(t, s.Ping(t.Context()))
}

func TestOpenWithinGivesUp(t *testing.T) {
	t.Parallel()
	door := newDoor(t, localtest.Database(t))
	_, err := store.OpenWithin(t.Context(), 0, door.url, store.Options{}, quiet())
	require.ErrorContains(t, err, "check DATABASE_URL and that the server is running")

	ctx, cancel := context.WithCancel(t.Context())
	_, err = store.OpenWithin(ctx, time.Hour, door.url, store.Options{}, slog.New(handler{cancel}))
	require.ErrorIs(t, err, context.Canceled)

	_, err = store.OpenWithin(t.Context(), time.Hour, "postgres://h:notaport", store.Options{}, quiet())
	require.ErrorContains(t, err, "is not a PostgreSQL URL", "what waiting cannot mend is said at once")
}

// handler calls a function for every record logged.
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

// door stands before a server and lets nobody in until it is open.
type door struct {
	url  string
	open atomic.Bool
}

func newDoor(t *testing.T, server string) *door {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	behind, err := url.Parse(server)
	require.NoError(t, err)
	target := behind.Host
	behind.Host = listener.Addr().String()
	d := &door{url: behind.String()}
	var guests sync.WaitGroup
	guests.Go(func() {
		for {
			guest, err := listener.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err == nil {
				guests.Go(func() { d.pass(guest, target) })
			}
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		guests.Wait()
	})
	return d
}

func (d *door) pass(guest net.Conn, target string) {
	defer func() { _ = guest.Close() }()
	if !d.open.Load() {
		return
	}
	host, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer func() { _ = host.Close() }()
	var back sync.WaitGroup
	back.Go(func() { _, _ = io.Copy(guest, host); _ = guest.Close() })
	_, _ = io.Copy(host, guest)
	_ = host.Close()
	back.Wait()
}
