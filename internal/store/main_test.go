package store_test

import (
	"context"
	"log/slog"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/local/localtest"
	"ninjaone-accelo/internal/local/storetest"
	"ninjaone-accelo/internal/store"
)

func TestMain(m *testing.M) { os.Exit(localtest.Run(m)) }

// connection is the name of the connection in every test database.
const connection = "default"

// database is a store with its own database.
type database struct {
	*store.Store
	t   testing.TB
	url string
}

// open creates a database with one connection.
func open(t testing.TB, claims store.ClaimTimes) *database {
	t.Helper()
	url := storetest.Database(t)
	s, err := store.Open(t.Context(), url, store.Options{Claims: claims}, quiet())
	require.NoError(t, err)
	t.Cleanup(s.Close)
	require.NoError(t, s.SaveCredentials(t.Context(), credentials(connection)))
	return &database{Store: s, t: t, url: url}
}

// withT returns the same database for a subtest.
func (d *database) withT(t testing.TB) *database {
	return &database{Store: d.Store, t: t, url: d.url}
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func credentials(name string) store.Connection {
	return store.Connection{
		Name: name, NinjaoneURL: "https://app.ninjarmm.com", NinjaoneAuth: "oauth", NinjaoneSealed: []byte{1, 0, 255},
		AcceloURL: "https://acme.api.accelo.com", Deployment: "acme", AcceloSealed: []byte{2},
	}
}

// value runs a query for one value directly on the database.
func value[T any](d *database, query string, arguments ...any) T {
	d.t.Helper()
	direct, err := pgx.Connect(d.t.Context(), d.url)
	require.NoError(d.t, err)
	defer func() { _ = direct.Close(context.WithoutCancel(d.t.Context())) }()
	var found T
	require.NoError(d.t, direct.QueryRow(d.t.Context(), query, arguments...).Scan(&found))
	return found
}

// exec runs a statement directly on the database.
func (d *database) exec(statement string, arguments ...any) {
	d.t.Helper()
	direct, err := pgx.Connect(d.t.Context(), d.url)
	require.NoError(d.t, err)
	defer func() { _ = direct.Close(context.WithoutCancel(d.t.Context())) }()
	_, err = direct.Exec(d.t.Context(), statement, arguments...)
	require.NoError(d.t, err)
}

// link returns a link that must exist.
func (d *database) link(key store.Key) store.Link {
	d.t.Helper()
	link, err := d.Link(d.t.Context(), key)
	require.NoError(d.t, err)
	return link
}

// requireNoLink requires that a record has no link.
func (d *database) requireNoLink(key store.Key) {
	d.t.Helper()
	_, err := d.Link(d.t.Context(), key)
	require.ErrorIs(d.t, err, store.ErrNotFound)
}

func device(id int) store.Key       { return store.KeyOf(connection, store.Devices, id) }
func organization(id int) store.Key { return store.KeyOf(connection, store.Organizations, id) }

// claim returns when the claim on a device, or the doubt about it, ends. Column is claimed_until or doubt_until.
func (d *database) claim(id int, column string) time.Time {
	d.t.Helper()
	return value[time.Time](d, `SELECT `+column+` FROM links WHERE kind = 'device' AND ninja_id = $1`, strconv.Itoa(id))
}

// await polls until done returns true.
func await(t testing.TB, what string, done func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for !done() {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			require.FailNow(t, "timed out waiting for "+what)
		}
	}
}
