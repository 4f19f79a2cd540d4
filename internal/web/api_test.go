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

// Only the admin token as a bearer opens the API; everything else is told how to do it, in JSON.
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
		{"beginning of the token", "Bearer " + adminToken[:10], http.StatusUnauthorized},
		{"token and more", "Bearer " + adminToken + "x", http.StatusUnauthorized},
		{"another scheme", "Basic " + adminToken, http.StatusUnauthorized},
		{"no scheme", adminToken, http.StatusUnauthorized},
		{"the token", "Bearer " + adminToken, http.StatusOK},
		{"schemes have no case", "bearer " + adminToken, http.StatusOK},
	}
	for _, test := range tests {
		for _, path := range []string{"/api/v1/connections", "/api/v1/connections/default"} {
			request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
			request.Header.Set("Authorization", test.authorization)
			answer := f.send(request)
			require.Equal(t, test.want, answer.code, "%s: %s", test.name, path)
			require.Equal(t, "application/json", answer.header.Get("Content-Type"), test.name)
			require.Equal(t, "no-store", answer.header.Get("Cache-Control"), test.name)
			if test.want == http.StatusUnauthorized {
				require.Contains(t, answer.header.Get("WWW-Authenticate"), "Bearer realm=", test.name)
				require.NotEmpty(t, errorOf(t, answer), test.name)
			}
		}
	}
}

// A session of the page is no key to the API: a browser would send it along with another site's request.
func TestAPIKnowsNoCookies(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	require.Equal(t, http.StatusUnauthorized, f.get("/api/v1/connections", f.logIn()).code)
}

// The reply has the fields of interface section 6, filled from the database.
func TestAPIShowsStatus(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.connect("default", "Make the request type")
	f.connect("second")
	f.link(store.KeyOf("default", store.Organizations, 7), 70, rules.ManualChange{Field: "name", Kept: "Acme LLC", Ninja: "Acme"})
	require.NoError(t, f.store.Wait(t.Context(), store.Link{Connection: "default", Kind: store.Devices, NinjaID: "8"}))
	f.park(store.Failure{Connection: "default", Kind: store.Devices, NinjaID: "9", Name: "SRV", WorkflowID: "w", Error: "no"})
	f.finishImport("default", flow.ImportResult{Connection: "default", Seconds: 2})

	answer := f.getJSON("/api/v1/connections", adminToken)
	require.Equal(t, http.StatusOK, answer.code)
	var all struct {
		Connections []map[string]any `json:"connections"`
	}
	require.NoError(t, json.Unmarshal([]byte(answer.body), &all))
	require.Len(t, all.Connections, 2)

	answer = f.getJSON("/api/v1/connections/default", adminToken)
	require.Equal(t, http.StatusOK, answer.code)
	var one map[string]any
	require.NoError(t, json.Unmarshal([]byte(answer.body), &one))
	require.Equal(t, all.Connections[0], one)
	require.Equal(t, "default", one["connection"])
	require.Equal(t, false, one["ready"])
	require.Equal(t, []any{"Make the request type"}, one["todo"])
	require.Equal(t, map[string]any{"organizations": 1.0, "devices": 0.0, "alerts": 0.0}, one["links"])
	require.Equal(t, map[string]any{"organizations": 0.0, "devices": 1.0, "alerts": 0.0}, one["waiting"])
	require.Len(t, one["failures"], 1)
	require.Len(t, one["differences"], 1)
	require.Contains(t, one["last_import"], "organizations")
	for _, key := range []string{"open_alerts", "accelo_budget", "activity_cursor", "cursor_age_seconds", "last_reconcile"} {
		require.Contains(t, one, key)
	}
	require.NotContains(t, answer.body, "sealed")
}

// Without connections there is a list all the same, and it is empty.
func TestAPIWithoutConnections(t *testing.T) {
	t.Parallel()
	answer := newFixture(t).getJSON("/api/v1/connections", adminToken)
	require.Equal(t, http.StatusOK, answer.code)
	require.JSONEq(t, `{"connections":[]}`, answer.body)
}

// A name is looked up as it is, whatever characters it has, and an unknown one is 404.
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
		{"pattern of SQL", "/api/v1/connections/%25", http.StatusNotFound},
		{"quote", "/api/v1/connections/'%20OR%201=1", http.StatusNotFound},
		{"zero byte", "/api/v1/connections/a%00b", http.StatusNotFound},
		{"no text", "/api/v1/connections/%FF", http.StatusNotFound},
		{"empty", "/api/v1/connections/", http.StatusNotFound},
	}
	for _, test := range tests {
		require.Equal(t, test.want, f.getJSON(test.path, adminToken).code, test.name)
	}
	require.Contains(t, errorOf(t, f.getJSON("/api/v1/connections/nobody", adminToken)), "no connection")
}

// While the database is away the API says so, and nothing about where it is.
func TestAPIWithoutDatabase(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.connect("default")
	f.loseDatabase()
	for _, path := range []string{"/api/v1/connections", "/api/v1/connections/default"} {
		answer := f.getJSON(path, adminToken)
		require.Equal(t, http.StatusServiceUnavailable, answer.code)
		require.NotEmpty(t, answer.header.Get("Retry-After"))
		require.Contains(t, errorOf(t, answer), "database")
		require.NotContains(t, answer.body, "127.0.0.1")
	}
}

// Times in the reply are RFC 3339, and a budget that nobody has seen has no reset.
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

func errorOf(t *testing.T, answer reply) string {
	t.Helper()
	var body map[string]string
	require.NoError(t, json.Unmarshal([]byte(answer.body), &body), answer.body)
	require.Len(t, body, 1)
	return body["error"]
}
