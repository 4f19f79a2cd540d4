package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// The API ignores cookies: a browser would attach them to another site's request.
func TestCookiesAreIgnored(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/v1/connections", nil)
	request.AddCookie(&http.Cookie{Name: "integrations_session", Value: adminToken}) //nolint:gosec // a request's cookie has no attributes
	f.do(request).requireProblem(http.StatusUnauthorized, "")
}

// The response has the fields of interface.md 6, filled from the database.
func TestConnections(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.connect("second")
	ctx := t.Context()
	require.NoError(t, f.store.SaveSettings(ctx, "msp", store.Settings{Connected: true}, false, []string{"Create the request type"}))
	f.linkWith(store.Organizations, "7", 70, rules.ManualChange{Field: "name", Accelo: "Acme LLC", Ninja: "Acme"})
	require.NoError(t, f.store.MarkWaiting(ctx, store.Link{Connection: "msp", Kind: store.Devices, NinjaID: "8"}))
	f.fail("9")
	result, err := json.Marshal(flow.ImportResult{Connection: "msp", Seconds: 2, Failures: []flow.ImportFailure{}})
	require.NoError(t, err)
	require.NoError(t, f.store.BeginImport(ctx, store.Import{ID: "run", Connection: "msp", WorkflowID: flow.FullImportID("msp")}))
	require.NoError(t, f.store.FinishImport(ctx, "run", result))

	connections, ok := f.get("/connections").object(http.StatusOK)["connections"].([]any)
	require.True(t, ok)
	require.Len(t, connections, 2)
	answered := f.get("/connections/msp")
	one := answered.object(http.StatusOK)
	require.Equal(t, connections[0], any(one))
	require.Equal(t, "msp", one["connection"])
	require.Equal(t, false, one["ready"])
	require.Equal(t, []any{"Create the request type"}, one["todo"])
	require.Equal(t, map[string]any{"organizations": 1.0, "devices": 0.0, "alerts": 0.0}, one["links"])
	require.Equal(t, map[string]any{"organizations": 0.0, "devices": 1.0, "alerts": 0.0}, one["waiting"])
	require.Len(t, one["failures"], 1)
	require.Len(t, one["differences"], 1)
	require.Contains(t, one["last_import"], "organizations")
	for _, key := range []string{"open_alerts", "accelo_budget", "activity_cursor", "cursor_age_seconds", "last_reconcile"} {
		require.Contains(t, one, key)
	}
	require.NotContains(t, answered.body, "sealed")
}

// Without connections the list is empty, not null.
func TestWithoutConnections(t *testing.T) {
	t.Parallel()
	got := newEmpty(t).get("/connections")
	require.Equal(t, http.StatusOK, got.code)
	require.JSONEq(t, `{"connections":[]}`, got.body)
}

// A name may hold any characters, and an unknown one is 404.
func TestNames(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.connect("Müller & Söhne/Nord")
	for _, suffix := range []string{"", "/failures", "/records"} {
		require.Equal(t, http.StatusOK, f.get("/connections/M%C3%BCller%20&%20S%C3%B6hne%2FNord"+suffix).code)
		for name, path := range map[string]string{
			"unknown": "default", "SQL pattern": "%25", "quote": "'%20OR%201=1", "NUL byte": "a%00b", "invalid UTF-8": "%FF", "empty": "",
		} {
			if name == "empty" && suffix != "" {
				continue // the mux redirects what has two slashes
			}
			require.Equal(t, http.StatusNotFound, f.get("/connections/"+path+suffix).code, name)
		}
	}
	f.get("/connections/msp/records?q=%00").requireProblem(http.StatusNotFound, "")
	f.post("/connections/msp/failures/dismiss", `{"kind":"device","ninja_id":"\u0000"}`).
		requireProblem(http.StatusUnprocessableEntity, "body.ninja_id")
}

// While the database is unavailable the API says so, without its address.
func TestWithoutDatabase(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.store.Close()
	for _, path := range []string{"/connections", "/connections/msp", "/connections/msp/failures"} {
		got := f.get(path)
		got.requireProblem(http.StatusServiceUnavailable, "")
		require.NotEmpty(t, got.header.Get("Retry-After"))
		require.Contains(t, got.body, "database unavailable")
		require.NotContains(t, got.body, "127.0.0.1")
	}
}

// Times are RFC 3339, and an unknown budget has no reset.
func TestBudget(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	require.Contains(t, f.get("/connections/msp").body, `"reset":null`)
	reset := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	require.NoError(t, f.store.SaveBudget(t.Context(), "msp", store.Budget{Limit: 5000, Remaining: 4200, Reset: reset, SeenAt: time.Now()}))
	require.Contains(t, f.get("/connections/msp").body, `{"limit":5000,"remaining":4200,"reset":"`+reset.Format(time.RFC3339)+`"}`)
}
