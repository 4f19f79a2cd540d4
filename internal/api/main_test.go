package api_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/internal/api"
	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/connect"
	"ninjaone-accelo/internal/launch"
	"ninjaone-accelo/internal/local/localtest"
	"ninjaone-accelo/internal/local/storetest"
	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/secret"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

func TestMain(m *testing.M) { os.Exit(localtest.Run(m)) }

const adminToken = "an admin token of the tests"

// fixture is an API with a database, whose only connection is called msp. It has a Temporal server if a test starts one.
type fixture struct {
	t       testing.TB
	store   *store.Store
	tenants *tenant.Provider
	mux     *http.ServeMux
	api     *api.API
	token   string
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	f := newEmpty(t)
	f.connect("msp")
	return f
}

// connect stores a connection.
func (f *fixture) connect(name string) {
	f.t.Helper()
	require.NoError(f.t, f.tenants.Save(f.t.Context(), name, config.VendorCredentials{
		NinjaOne: config.NinjaOne{URL: "http://127.0.0.1:1", ClientID: "id", ClientSecret: "secret"},
		Accelo:   config.Accelo{URL: "http://127.0.0.1:1", ClientID: "id", ClientSecret: "secret"},
	}))
}

// newEmpty returns a fixture without a connection.
func newEmpty(t testing.TB) *fixture {
	t.Helper()
	f := &fixture{t: t, token: adminToken}
	var err error
	f.store, err = store.Open(t.Context(), storetest.Database(t), store.Options{}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(f.store.Close)
	box, err := secret.New(make([]byte, secret.KeySize))
	require.NoError(t, err)
	f.tenants = tenant.NewProvider(tenant.Options{Store: f.store, Box: box, Logger: slog.New(slog.DiscardHandler)})
	f.register(nil)
	return f
}

func (f *fixture) register(launcher *launch.Launcher) {
	f.t.Helper()
	f.mux = http.NewServeMux()
	var err error
	f.api, err = api.Register(f.mux, api.Options{
		Store: f.store, AdminToken: adminToken, Logger: slog.New(slog.DiscardHandler),
		Operator: operate.New(operate.Options{
			Store: f.store, Tenants: f.tenants, Launcher: launcher,
			Connector: func(choices connect.Choices) *connect.Connector {
				return connect.New(f.store, f.tenants, connect.Options{PublicURL: "https://hooks.example.com", Choices: choices})
			},
		}),
	})
	require.NoError(f.t, err)
}

// withTemporal starts Temporal and a worker whose workflows do what a test wants, by workflow type.
func (f *fixture) withTemporal(t *testing.T, workflows map[string]any) *fixture {
	t.Helper()
	address, namespace := localtest.Temporal(t)
	c, err := client.DialContext(t.Context(), client.Options{HostPort: address, Namespace: namespace})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	w := worker.New(c, "queue", worker.Options{})
	for name, run := range workflows {
		w.RegisterWorkflowWithOptions(run, workflow.RegisterOptions{Name: name})
	}
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
	f.register(launch.New(c, "queue", nil))
	return f
}

type answer struct {
	t      testing.TB
	code   int
	header http.Header
	body   string
}

// send sends a request with the fixture's token. A body that is not empty is JSON.
func (f *fixture) send(method, path, body string) answer {
	f.t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	request := httptest.NewRequestWithContext(f.t.Context(), method, path, reader)
	request.Header.Set("Authorization", "Bearer "+f.token)
	request.Header.Set("Content-Type", "application/json")
	return f.do(request)
}

func (f *fixture) do(request *http.Request) answer {
	f.t.Helper()
	recorder := httptest.NewRecorder()
	f.mux.ServeHTTP(recorder, request)
	return answer{t: f.t, code: recorder.Code, header: recorder.Header(), body: recorder.Body.String()}
}

func (f *fixture) get(path string) answer {
	f.t.Helper()
	return f.send(http.MethodGet, "/api/v1"+path, "")
}

func (f *fixture) post(path, body string) answer {
	f.t.Helper()
	return f.send(http.MethodPost, "/api/v1"+path, body)
}

// object requires a status and decodes the body.
func (a answer) object(code int) map[string]any {
	a.t.Helper()
	require.Equal(a.t, code, a.code, a.body)
	var object map[string]any
	require.NoError(a.t, json.Unmarshal([]byte(a.body), &object), a.body)
	return object
}

// requireProblem requires a problem document that names a location, unless that is empty.
func (a answer) requireProblem(code int, location string) {
	a.t.Helper()
	problem := a.object(code)
	require.Equal(a.t, "application/problem+json", a.header.Get("Content-Type"))
	require.InDelta(a.t, code, problem["status"], 0)
	require.NotEmpty(a.t, problem["title"])
	require.NotEmpty(a.t, problem["detail"])
	if location != "" {
		require.Contains(a.t, a.body, `"location":"`+location+`"`)
	}
}

// link stores a link, as a sync does.
func (f *fixture) link(kind store.Kind, ninjaID string, acceloID int64) {
	f.t.Helper()
	f.linkWith(kind, ninjaID, acceloID)
}

func (f *fixture) linkWith(kind store.Kind, ninjaID string, acceloID int64, changes ...rules.ManualChange) {
	f.t.Helper()
	_, _, err := f.store.Ensure(f.t.Context(), store.Creation{
		Key: store.Key{Connection: "msp", Kind: kind, NinjaID: ninjaID}, OrganizationID: 7, MatchKey: ninjaID,
		Find: func(context.Context, *store.Doubtful) (*store.Link, error) {
			return &store.Link{OrganizationID: 7, AcceloID: acceloID, CompanyID: 4, ManualChanges: changes}, nil
		},
	})
	require.NoError(f.t, err)
}

func (f *fixture) fail(ninjaID string) {
	f.t.Helper()
	require.NoError(f.t, f.store.RecordFailure(f.t.Context(), store.Failure{
		Connection: "msp", Kind: store.Devices, NinjaID: ninjaID, OrganizationID: 7, Name: "SHIP", Error: "rejected",
	}))
}
