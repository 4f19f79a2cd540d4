package vendors_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/local/localtest"
	"ninjaone-accelo/internal/secret"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/vendors"
)

func TestMain(m *testing.M) { os.Exit(localtest.Run(m)) }

// office is a database and the providers of processes that share it.
type office struct {
	t     testing.TB
	url   string
	store *store.Store
}

func newOffice(t testing.TB) *office {
	t.Helper()
	url := localtest.Database(t)
	database, err := store.Open(t.Context(), url, store.Options{}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(database.Close)
	return &office{t: t, url: url, store: database}
}

// provider is a process of its own, with a key of 32 equal bytes.
func (o *office) provider(key byte) *vendors.Provider {
	o.t.Helper()
	box, err := secret.New(bytes.Repeat([]byte{key}, secret.KeySize))
	require.NoError(o.t, err)
	return vendors.New(vendors.Options{Store: o.store, Box: box, Reserve: 0.2, Logger: slog.New(slog.DiscardHandler)})
}

// oauth are credentials whose every secret is easy to recognize.
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

func (o *office) save(p *vendors.Provider, name string, credentials config.VendorCredentials) {
	o.t.Helper()
	require.NoError(o.t, p.Save(o.t.Context(), name, credentials))
}

func (o *office) connection(p *vendors.Provider, name string) activities.Connection {
	o.t.Helper()
	connection, err := p.Connection(o.t.Context(), name)
	require.NoError(o.t, err)
	require.NotNil(o.t, connection.NinjaOne)
	require.NotNil(o.t, connection.Accelo)
	return connection
}

// row is everything that the database has of a connection: as text, and the bytes of what is sealed.
func (o *office) row(name string) []byte {
	o.t.Helper()
	direct, err := pgx.Connect(o.t.Context(), o.url)
	require.NoError(o.t, err)
	defer func() { _ = direct.Close(context.WithoutCancel(o.t.Context())) }()
	var text string
	var ninjaOne, accelo, webhooks []byte
	require.NoError(o.t, direct.QueryRow(o.t.Context(),
		`SELECT c::text, ninjaone_sealed, accelo_sealed, webhooks_sealed FROM connections c WHERE name = $1`, name).
		Scan(&text, &ninjaOne, &accelo, &webhooks))
	require.NotEmpty(o.t, ninjaOne)
	require.NotEmpty(o.t, accelo)
	return bytes.Join([][]byte{[]byte(text), ninjaOne, accelo, webhooks}, nil)
}

func (o *office) exec(statement string, arguments ...any) {
	o.t.Helper()
	direct, err := pgx.Connect(o.t.Context(), o.url)
	require.NoError(o.t, err)
	defer func() { _ = direct.Close(context.WithoutCancel(o.t.Context())) }()
	_, err = direct.Exec(o.t.Context(), statement, arguments...)
	require.NoError(o.t, err)
}
