package web_test

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

// Only the admin token as a bearer token grants access. Every other request gets an error in JSON.
func TestAPIAuthentication(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.connect("default")
	tests := []struct {
		name          string
		authorization string
		want          int
	}{
		{"none", "", http.StatusUnauthorized},
		{"empty bearer", "Bearer ", http.StatusUnauthorized},
		{"wrong token", "Bearer wrong", http.StatusUnauthorized},
		{"prefix of the token", "Bearer " + adminToken[:10], http.StatusUnauthorized},
		{"token with a suffix", "Bearer " + adminToken + "x", http.StatusUnauthorized},
		{"another scheme", "Basic " + adminToken, http.StatusUnauthorized},
		{"no scheme", adminToken, http.StatusUnauthorized},
		{"correct token", "Bearer " + adminToken, http.StatusOK},
		{"lower-case scheme", "bearer " + adminToken, http.StatusOK},
	}
	for _, test := range tests {
		for _, path := range []string{"/api/v1/connections", "/api/v1/connections/default"} {
			request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
			request.Header.Set("Authorization", test.authorization)
			got := f.send(request)
			require.Equal(t, test.want, got.code, "%s: %s", test.name, path)
			require.Equal(t, "application/json", got.header.Get("Content-Type"), test.name)
			require.Equal(t, "no-store", got.header.Get("Cache-Control"), test.name)
			if test.want == http.StatusUnauthorized {
				require.Contains(t, got.header.Get("WWW-Authenticate"), "Bearer realm=", test.name)
				require.NotEmpty(t, errorOf(t, got), test.name)
			}
		}
	}
}

// The API ignores session cookies: a browser would attach them to another site's request.
func TestAPIIgnoresCookies(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	require.Equal(t, http.StatusUnauthorized, f.get("/api/v1/connections", f.logIn()).code)
}

// The response has the fields of interface.md 6, filled from the database.
func TestAPIShowsStatus(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.connect("default", "Create the request type")
	f.connect("second")
	f.link(store.KeyOf("default", store.Organizations, 7), 70, rules.ManualChange{Field: "name", Accelo: "Acme LLC", Ninja: "Acme"})
	require.NoError(t, f.store.MarkWaiting(t.Context(), store.Link{Connection: "default", Kind: store.Devices, NinjaID: "8"}))
	f.fail(store.Failure{Connection: "default", Kind: store.Devices, NinjaID: "9", Name: "SRV", WorkflowID: "w", Error: "no"})
	f.finishImport("default", flow.ImportResult{Connection: "default", Seconds: 2})

	got := f.getJSON("/api/v1/connections", adminToken)
	require.Equal(t, http.StatusOK, got.code)
	var all struct {
		Connections []map[string]any `json:"connections"`
	}
	require.NoError(t, json.Unmarshal([]byte(got.body), &all))
	require.Len(t, all.Connections, 2)

	got = f.getJSON("/api/v1/connections/default", adminToken)
	require.Equal(t, http.StatusOK, got.code)
	var one map[string]any
	require.NoError(t, json.Unmarshal([]byte(got.body), &one))
	require.Equal(t, all.Connections[0], one)
	require.Equal(t, "default", one["connection"])
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
	require.NotContains(t, got.body, "sealed")
}

// Without connections the list is empty, not null.
func TestAPIWithoutConnections(t *testing.T) {
	t.Parallel()
	got := newFixture(t).getJSON("/api/v1/connections", adminToken)
	require.Equal(t, http.StatusOK, got.code)
	require.JSONEq(t, `{"connections":[]}`, got.body)
}

// A name may hold any characters, and an unknown one is 404.
func TestAPINames(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.connect("Müller & Söhne/Nord")
	tests := []struct {
		name string
		path string
		want int
	}{
		{"escaped", "/api/v1/connections/M%C3%BCller%20&%20S%C3%B6hne%2FNord", http.StatusOK},
		{"unknown", "/api/v1/connections/default", http.StatusNotFound},
		{"SQL pattern", "/api/v1/connections/%25", http.StatusNotFound},
		{"quote", "/api/v1/connections/'%20OR%201=1", http.StatusNotFound},
		{"NUL byte", "/api/v1/connections/a%00b", http.StatusNotFound},
		{"invalid UTF-8", "/api/v1/connections/%FF", http.StatusNotFound},
		{"empty", "/api/v1/connections/", http.StatusNotFound},
	}
	for _, test := range tests {
		require.Equal(t, test.want, f.getJSON(test.path, adminToken).code, test.name)
	}
	require.Contains(t, errorOf(t, f.getJSON("/api/v1/connections/unknown", adminToken)), "not found")
}

// While the database is unavailable the API says so, without its address.
func TestAPIWithoutDatabase(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.connect("default")
	f.dropDatabase()
	for _, path := range []string{"/api/v1/connections", "/api/v1/connections/default"} {
		got := f.getJSON(path, adminToken)
		require.Equal(t, http.StatusServiceUnavailable, got.code)
		require.NotEmpty(t, got.header.Get("Retry-After"))
		require.Contains(t, errorOf(t, got), "database")
		require.NotContains(t, got.body, "127.0.0.1")
	}
}

// Times are RFC 3339, and an unknown budget has no reset.
func TestAPIBudget(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.connect("default")
	require.Contains(t, f.getJSON("/api/v1/connections/default", adminToken).body, `"reset":null`)
	reset := f.clock.Add(time.Hour).UTC().Truncate(time.Second)
	require.NoError(t, f.store.SaveBudget(t.Context(), "default", store.Budget{
		Limit: 5000, Remaining: 4200, Reset: reset, SeenAt: f.clock,
	}))
	require.Contains(t, f.getJSON("/api/v1/connections/default", adminToken).body,
		`{"limit":5000,"remaining":4200,"reset":"`+reset.Format(time.RFC3339)+`"}`)
}

func errorOf(t *testing.T, got response) string {
	t.Helper()
	var body map[string]string
	require.NoError(t, json.Unmarshal([]byte(got.body), &body), got.body)
	require.Len(t, body, 1)
	return body["error"]
}
