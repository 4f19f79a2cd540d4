package web_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/local/storetest"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/web"
)

const adminToken = "correct-horse-battery-staple"

// fixture serves the page over its own database, with a clock that the test sets.
type fixture struct {
	t        *testing.T
	database string
	store    *store.Store
	mux      *http.ServeMux
	clock    time.Time
	buttons  *fakeOperations
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{t: t, database: storetest.Database(t), clock: time.Now(), buttons: &fakeOperations{}}
	f.store = openStore(t, f.database)
	f.serve(web.Options{TemporalUIURL: "https://temporal.example/ui/", Namespace: "msp one"})
	return f
}

func openStore(t *testing.T, database string) *store.Store {
	t.Helper()
	opened, err := store.Open(t.Context(), database, store.Options{}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(opened.Close)
	return opened
}

// serve mounts the page again with other options.
func (f *fixture) serve(options web.Options) {
	f.t.Helper()
	if options.AdminToken == "" {
		options.AdminToken = adminToken
	}
	options.Store, options.Logger = f.store, slog.New(slog.DiscardHandler)
	if options.Operations == nil {
		options.Operations = f.buttons
	}
	options.Now = func() time.Time { return f.clock }
	pages, err := web.New(options)
	require.NoError(f.t, err)
	f.mux = http.NewServeMux()
	pages.Register(f.mux)
}

// response is a recorded HTTP response.
type response struct {
	code   int
	header http.Header
	body   string
	cookie *http.Cookie
}

func (f *fixture) send(request *http.Request) response {
	f.t.Helper()
	recorder := httptest.NewRecorder()
	f.mux.ServeHTTP(recorder, request)
	result := recorder.Result()
	body, err := io.ReadAll(result.Body)
	require.NoError(f.t, err)
	require.NoError(f.t, result.Body.Close())
	got := response{code: result.StatusCode, header: result.Header, body: string(body)}
	if cookies := result.Cookies(); len(cookies) == 1 {
		got.cookie = cookies[0]
	}
	return got
}

func (f *fixture) get(path string, cookies ...*http.Cookie) response {
	f.t.Helper()
	request := httptest.NewRequestWithContext(f.t.Context(), http.MethodGet, path, nil)
	for _, cookie := range cookies {
		request.AddCookie(cookie)
	}
	return f.send(request)
}

// getWithCookies opens the page with a raw Cookie header.
func (f *fixture) getWithCookies(cookies string) response {
	f.t.Helper()
	request := httptest.NewRequestWithContext(f.t.Context(), http.MethodGet, "/integrations", nil)
	request.Header.Set("Cookie", cookies)
	return f.send(request)
}

func (f *fixture) form(path string, values url.Values) *http.Request {
	f.t.Helper()
	request := httptest.NewRequestWithContext(f.t.Context(), http.MethodPost, path, strings.NewReader(values.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return request
}

// logIn returns the cookie of a new session.
func (f *fixture) logIn() *http.Cookie {
	f.t.Helper()
	got := f.send(f.form("/login", url.Values{"token": {adminToken}}))
	require.Equal(f.t, http.StatusSeeOther, got.code, got.body)
	require.NotNil(f.t, got.cookie)
	return got.cookie
}

// connect stores a connection, which is ready if it has no todo.
func (f *fixture) connect(name string, todo ...string) {
	f.t.Helper()
	require.NoError(f.t, f.store.SaveCredentials(f.t.Context(), store.Connection{
		Name: name, NinjaoneURL: "https://n.example", NinjaoneAuth: "oauth", NinjaoneSealed: []byte("sealed"),
		AcceloURL: "https://a.example", AcceloSealed: []byte("sealed"),
	}))
	require.NoError(f.t, f.store.SaveSettings(f.t.Context(), name, store.Settings{Connected: true}, len(todo) == 0, todo))
}

func (f *fixture) link(key store.Key, acceloID int64, changes ...rules.ManualChange) {
	f.t.Helper()
	_, _, err := f.store.Ensure(f.t.Context(), store.Creation{
		Key:  key,
		Find: func(context.Context, *store.Doubtful) (*store.Link, error) { return nil, nil }, //nolint:nilnil // not found
		Create: func(context.Context, time.Time) (*store.Link, error) {
			return &store.Link{AcceloID: acceloID, ManualChanges: changes}, nil
		},
	})
	require.NoError(f.t, err)
}

func (f *fixture) fail(failure store.Failure) {
	f.t.Helper()
	require.NoError(f.t, f.store.RecordFailure(f.t.Context(), failure))
}

func (f *fixture) finishImport(connection string, result any) {
	f.t.Helper()
	run := store.Import{ID: connection + "/1", Connection: connection, WorkflowID: flow.FullImportID(connection)}
	require.NoError(f.t, f.store.BeginImport(f.t.Context(), run))
	stored, err := json.Marshal(result)
	require.NoError(f.t, err)
	require.NoError(f.t, f.store.FinishImport(f.t.Context(), run.ID, stored))
}

// dropDatabase drops the database under the running server.
func (f *fixture) dropDatabase() {
	f.t.Helper()
	config, err := pgx.ParseConfig(f.database)
	require.NoError(f.t, err)
	name := config.Database
	config.Database = "postgres"
	connection, err := pgx.ConnectConfig(f.t.Context(), config)
	require.NoError(f.t, err)
	defer func() { require.NoError(f.t, connection.Close(f.t.Context())) }()
	_, err = connection.Exec(f.t.Context(), "DROP DATABASE "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)")
	require.NoError(f.t, err)
}
