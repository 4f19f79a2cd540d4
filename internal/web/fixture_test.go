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
	"ninjaone-accelo/internal/local/localtest"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/web"
)

const adminToken = "correct-horse-battery-staple"

// fixture is a served page over a database of its own, with a clock that the test turns.
type fixture struct {
	t        *testing.T
	database string
	store    *store.Store
	mux      *http.ServeMux
	clock    time.Time
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{t: t, database: localtest.Database(t), clock: time.Now()}
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

// serve mounts the page anew with other options.
func (f *fixture) serve(options web.Options) {
	f.t.Helper()
	if options.AdminToken == "" {
		options.AdminToken = adminToken
	}
	options.Store, options.Logger = f.store, slog.New(slog.DiscardHandler)
	options.Now = func() time.Time { return f.clock }
	pages, err := web.New(options)
	require.NoError(f.t, err)
	f.mux = http.NewServeMux()
	pages.Register(f.mux)
}

// reply is what a request was answered with.
type reply struct {
	code   int
	header http.Header
	body   string
	cookie *http.Cookie
}

func (f *fixture) send(request *http.Request) reply {
	f.t.Helper()
	recorder := httptest.NewRecorder()
	f.mux.ServeHTTP(recorder, request)
	response := recorder.Result()
	body, err := io.ReadAll(response.Body)
	require.NoError(f.t, err)
	require.NoError(f.t, response.Body.Close())
	answer := reply{code: response.StatusCode, header: response.Header, body: string(body)}
	if cookies := response.Cookies(); len(cookies) == 1 {
		answer.cookie = cookies[0]
	}
	return answer
}

func (f *fixture) get(path string, cookies ...*http.Cookie) reply {
	f.t.Helper()
	request := httptest.NewRequestWithContext(f.t.Context(), http.MethodGet, path, nil)
	for _, cookie := range cookies {
		request.AddCookie(cookie)
	}
	return f.send(request)
}

// getWith opens the page with cookies as they are written in the header.
func (f *fixture) getWith(cookies string) reply {
	f.t.Helper()
	request := httptest.NewRequestWithContext(f.t.Context(), http.MethodGet, "/integrations", nil)
	request.Header.Set("Cookie", cookies)
	return f.send(request)
}

func (f *fixture) getJSON(path, token string) reply {
	f.t.Helper()
	request := httptest.NewRequestWithContext(f.t.Context(), http.MethodGet, path, nil)
	request.Header.Set("Authorization", "Bearer "+token)
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
	answer := f.send(f.form("/integrations/login", url.Values{"token": {adminToken}}))
	require.Equal(f.t, http.StatusSeeOther, answer.code, answer.body)
	require.NotNil(f.t, answer.cookie)
	return answer.cookie
}

// connect stores a connection, ready if nothing is left to do.
func (f *fixture) connect(name string, todo ...string) {
	f.t.Helper()
	require.NoError(f.t, f.store.SaveCredentials(f.t.Context(), store.Connection{
		Name: name, NinjaoneURL: "https://n.example", NinjaoneAuth: "oauth", NinjaoneSealed: []byte("sealed"),
		AcceloURL: "https://a.example", AcceloSealed: []byte("sealed"),
	}))
	require.NoError(f.t, f.store.SaveSettings(f.t.Context(), name, store.Settings{Connected: true}, len(todo) == 0, todo))
}

func (f *fixture) link(key store.Key, acceloID int64, differences ...rules.ManualChange) {
	f.t.Helper()
	_, _, err := f.store.Ensure(f.t.Context(), store.Creation{
		Key:  key,
		Find: func(context.Context, bool) (*store.Link, error) { return nil, nil }, //nolint:nilnil // not there
		Create: func(context.Context, time.Time) (*store.Link, error) {
			return &store.Link{AcceloID: acceloID, ManualChanges: differences}, nil
		},
	})
	require.NoError(f.t, err)
}

func (f *fixture) park(failure store.Failure) {
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

// loseDatabase drops the database under the running server.
func (f *fixture) loseDatabase() {
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
