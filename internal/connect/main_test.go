package connect_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/connect"
	"ninjaone-accelo/internal/local/localtest"
	"ninjaone-accelo/internal/local/storetest"
	"ninjaone-accelo/internal/secret"
	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/ninjaone"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

func TestMain(m *testing.M) { os.Exit(localtest.Run(m)) }

// rig is one connection with both simulated vendors.
type rig struct {
	t           testing.TB
	name        string
	ninjaOne    *ninjaone.Simulator
	accelo      *accelo.Simulator
	credentials config.VendorCredentials
	store       *store.Store
	provider    *tenant.Provider
	options     connect.Options
	// database is the URL of the rig's own database.
	database string
	// acceloScope is the scope Accelo grants instead of the requested one, unless it is empty.
	acceloScope string
	// replies replace those of the Accelo simulator, by method and path.
	replies map[string]reply
}

// reply is a reply that the simulator never sends.
type reply struct {
	status int
	body   string
}

// newRig returns a rig with its own database and the connection `default`.
func newRig(t testing.TB, ninja ninjaone.Options, deployment accelo.Options) *rig {
	t.Helper()
	url := storetest.Database(t)
	r := newRigIn(t, openStoreAt(t, url), "default", ninja, deployment)
	r.database = url
	return r
}

func openStore(t testing.TB) *store.Store {
	t.Helper()
	return openStoreAt(t, storetest.Database(t))
}

func openStoreAt(t testing.TB, url string) *store.Store {
	t.Helper()
	database, err := store.Open(t.Context(), url, store.Options{}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(database.Close)
	return database
}

func newRigIn(t testing.TB, database *store.Store, name string, ninja ninjaone.Options, deployment accelo.Options) *rig {
	t.Helper()
	r := &rig{
		t: t, name: name, store: database, ninjaOne: ninjaone.New(ninja), accelo: accelo.New(deployment),
	}
	t.Cleanup(r.ninjaOne.Close)
	t.Cleanup(r.accelo.Close)
	r.credentials = config.VendorCredentials{
		NinjaOne: config.NinjaOne{URL: serve(t, r.ninjaOne), ClientID: "demo-client", ClientSecret: "demo-secret"},
		Accelo: config.Accelo{
			URL: serve(t, http.HandlerFunc(r.serveAccelo)), ClientID: accelo.DefaultClientID, ClientSecret: accelo.DefaultClientSecret,
		},
	}
	box, err := secret.New(make([]byte, secret.KeySize))
	require.NoError(t, err)
	r.provider = tenant.NewProvider(tenant.Options{Store: r.store, Box: box, Logger: slog.New(slog.DiscardHandler)})
	return r
}

func serve(t testing.TB, handler http.Handler) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// serveAccelo is the Accelo deployment.
func (r *rig) serveAccelo(w http.ResponseWriter, request *http.Request) {
	if said, ok := r.replies[request.Method+" "+request.URL.Path]; ok {
		w.WriteHeader(said.status)
		_, _ = io.WriteString(w, said.body)
		return
	}
	if r.acceloScope != "" && request.URL.Path == "/oauth2/v0/token" {
		body, err := io.ReadAll(request.Body)
		form, parseErr := url.ParseQuery(string(body))
		if err != nil || parseErr != nil {
			http.Error(w, "no form", http.StatusBadRequest)
			return
		}
		form.Set("scope", r.acceloScope)
		body = []byte(form.Encode())
		request.Body, request.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	}
	r.accelo.ServeHTTP(w, request)
}

// connect saves the credentials and runs one connect.
func (r *rig) connect() connect.Report {
	r.t.Helper()
	err := r.provider.Save(r.t.Context(), r.name, r.credentials)
	if other := new(tenant.OtherAccountError); !errors.As(err, &other) {
		require.NoError(r.t, err)
	}
	report, err := connect.New(r.store, r.provider, r.options).Run(r.t.Context(), r.name)
	require.NoError(r.t, err)
	return report
}

// stored returns the stored connection.
func (r *rig) stored() store.Connection {
	r.t.Helper()
	stored, err := r.store.Connection(r.t.Context(), r.name)
	require.NoError(r.t, err)
	return stored
}

func tenFields() []string {
	return []string{
		"display_name", "dns_name", "last_logged_in_user", "last_online", "last_update", "ninja_url", "role", "type", "sub_type",
		"Ninja Device Remote Control",
	}
}
