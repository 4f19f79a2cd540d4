package tenant_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/local/localtest"
	"ninjaone-accelo/internal/local/storetest"
	"ninjaone-accelo/internal/secret"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

func TestMain(m *testing.M) { os.Exit(localtest.Run(m)) }

// fixture is a database and the providers of several processes that share it.
type fixture struct {
	t     testing.TB
	url   string
	store *store.Store
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	url := storetest.Database(t)
	database, err := store.Open(t.Context(), url, store.Options{}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(database.Close)
	return &fixture{t: t, url: url, store: database}
}

// provider returns the provider of a new process whose keys each consist of 32 equal bytes. The newest comes first.
func (f *fixture) provider(newest byte, previous ...byte) *tenant.Provider {
	f.t.Helper()
	return tenant.NewProvider(tenant.Options{Store: f.store, Box: f.box(newest, previous...), Logger: slog.New(slog.DiscardHandler)})
}

// lostKey returns the provider of a new process whose user says that the former key is lost.
func (f *fixture) lostKey(key byte) *tenant.Provider {
	f.t.Helper()
	return tenant.NewProvider(tenant.Options{Store: f.store, Box: f.box(key), LostKey: true, Logger: slog.New(slog.DiscardHandler)})
}

func (f *fixture) box(newest byte, previous ...byte) *secret.Box {
	f.t.Helper()
	older := make([][]byte, len(previous))
	for i, key := range previous {
		older[i] = bytes.Repeat([]byte{key}, secret.KeySize)
	}
	box, err := secret.New(bytes.Repeat([]byte{newest}, secret.KeySize), older...)
	require.NoError(f.t, err)
	return box
}

// oauth returns credentials in which every secret contains "hunter2".
func oauth() config.VendorCredentials {
	return config.VendorCredentials{
		NinjaOne: config.NinjaOne{URL: "https://app.ninjarmm.com", ClientID: "ninja-id-hunter2", ClientSecret: "ninja-secret-hunter2"},
		Accelo: config.Accelo{
			URL: "https://acme.api.accelo.com", Deployment: "acme", ClientID: "accelo-id-hunter2", ClientSecret: "accelo-secret-hunter2",
		},
	}
}

func legacy() config.VendorCredentials {
	keys := oauth()
	keys.NinjaOne = config.NinjaOne{URL: keys.NinjaOne.URL, AccessKeyID: "key-hunter2", SecretAccessKey: "key-secret-hunter2"}
	return keys
}

func (f *fixture) save(p *tenant.Provider, name string, credentials config.VendorCredentials) {
	f.t.Helper()
	require.NoError(f.t, p.Save(f.t.Context(), name, credentials))
}

func (f *fixture) connection(p *tenant.Provider, name string) tenant.Connection {
	f.t.Helper()
	connection, err := p.Connection(f.t.Context(), name)
	require.NoError(f.t, err)
	require.NotNil(f.t, connection.NinjaOne)
	require.NotNil(f.t, connection.Accelo)
	return connection
}

// row returns the stored row of a connection: its text, followed by the sealed bytes.
func (f *fixture) row(name string) []byte {
	f.t.Helper()
	direct, err := pgx.Connect(f.t.Context(), f.url)
	require.NoError(f.t, err)
	defer func() { _ = direct.Close(context.WithoutCancel(f.t.Context())) }()
	var text string
	var ninjaOne, accelo, webhooks []byte
	require.NoError(f.t, direct.QueryRow(f.t.Context(),
		`SELECT c::text, ninjaone_sealed, accelo_sealed, webhooks_sealed FROM connections c WHERE name = $1`, name).
		Scan(&text, &ninjaOne, &accelo, &webhooks))
	require.NotEmpty(f.t, ninjaOne)
	require.NotEmpty(f.t, accelo)
	return bytes.Join([][]byte{[]byte(text), ninjaOne, accelo, webhooks}, nil)
}

func (f *fixture) exec(statement string, arguments ...any) {
	f.t.Helper()
	direct, err := pgx.Connect(f.t.Context(), f.url)
	require.NoError(f.t, err)
	defer func() { _ = direct.Close(context.WithoutCancel(f.t.Context())) }()
	_, err = direct.Exec(f.t.Context(), statement, arguments...)
	require.NoError(f.t, err)
}
