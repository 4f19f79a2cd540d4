package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/ninjaone"
)

// connection is the body that creates a connection to simulated accounts.
func connection(t *testing.T, name string) (body map[string]any, deployment *accelo.Simulator) {
	t.Helper()
	tenant := ninjaone.New(ninjaone.Options{Organizations: 1, Devices: 1})
	deployment = accelo.New(accelo.Options{Deployment: "acme"})
	t.Cleanup(tenant.Close)
	t.Cleanup(deployment.Close)
	n, a := httptest.NewServer(tenant), httptest.NewServer(deployment)
	t.Cleanup(n.Close)
	t.Cleanup(a.Close)
	return map[string]any{
		"name":     name,
		"ninjaone": map[string]any{"url": n.URL, "auth": "oauth", "client_id": "demo-client", "client_secret": "demo-secret"},
		"accelo":   map[string]any{"url": a.URL, "client_id": accelo.DefaultClientID, "client_secret": accelo.DefaultClientSecret},
		"options":  map[string]any{"budget_reserve": 0.3, "alert_hold_down": "2m"},
	}, deployment
}

func encoded(t *testing.T, body any) string {
	t.Helper()
	text, err := json.Marshal(body)
	require.NoError(t, err)
	return string(text)
}

// A connection is created, looked at, changed and removed through the API alone. No answer contains a secret.
func TestConnectionThroughTheAPI(t *testing.T) {
	t.Parallel()
	f := newEmpty(t)
	body, deployment := connection(t, "acme")
	created := f.post("/connections", encoded(t, body))
	report := created.object(http.StatusCreated)
	require.Equal(t, true, report["ready"], created.body)
	require.Equal(t, map[string]any{"ninjaone": "registered", "accelo": "registered"}, report["webhooks"])
	f.post("/connections", encoded(t, body)).requireProblem(http.StatusConflict, "")
	body["name"] = "acme-again"
	f.post("/connections", encoded(t, body)).requireProblem(http.StatusConflict, "")

	options := f.get("/connections/acme/options").object(http.StatusOK)
	values, _ := options["options"].(map[string]any)
	require.Equal(t, "0.3", values["budget_reserve"])
	require.NotContains(t, options["defaults"], "alert_hold_down")
	changed := f.send(http.MethodPut, "/api/v1/connections/acme/options", `{"options":{"on_reset":"note"}}`).object(http.StatusOK)
	values, _ = changed["options"].(map[string]any)
	require.Equal(t, "note", values["on_reset"])
	require.Equal(t, "0.2", values["budget_reserve"])
	f.send(http.MethodPut, "/api/v1/connections/acme/options", `{"options":{"on_reset":"explode"}}`).requireProblem(http.StatusUnprocessableEntity, "body.on_reset")

	patched := f.send(http.MethodPatch, "/api/v1/connections/acme", `{"options":{"alert_min_severity":"MAJOR"}}`)
	require.Equal(t, true, patched.object(http.StatusOK)["ready"])
	values, _ = f.get("/connections/acme/options").object(http.StatusOK)["options"].(map[string]any)
	require.Equal(t, "note", values["on_reset"], "what a change leaves out is kept")
	require.Equal(t, "MAJOR", values["alert_min_severity"])
	half := `{"options":{"alert_min_severity":"MINOR"},"accelo":{"client_secret":"wrong"}}`
	f.send(http.MethodPatch, "/api/v1/connections/acme", half).requireProblem(http.StatusUnprocessableEntity, "body.accelo")
	values, _ = f.get("/connections/acme/options").object(http.StatusOK)["options"].(map[string]any)
	require.Equal(t, "MAJOR", values["alert_min_severity"], "nothing is stored by halves")
	f.send(http.MethodPatch, "/api/v1/connections/acme", `{"accelo":{"client_secret":"wrong"}}`).requireProblem(http.StatusUnprocessableEntity, "body.accelo")
	require.Equal(t, true, f.get("/connections/acme").object(http.StatusOK)["ready"], "nothing was stored")
	require.Equal(t, true, f.send(http.MethodPatch, "/api/v1/connections/acme",
		encoded(t, map[string]any{"accelo": map[string]any{"client_secret": accelo.DefaultClientSecret}})).object(http.StatusOK)["ready"])
	require.Equal(t, true, f.post("/connections/acme/connect", "").object(http.StatusOK)["ready"])
	require.Len(t, deployment.Snapshot().Subscriptions, 1)

	removed := f.send(http.MethodDelete, "/api/v1/connections/acme", "").object(http.StatusOK)
	require.Equal(t, []any{"its schedule and what runs in Temporal are ended once Temporal is back"}, removed["left"])
	require.Empty(t, deployment.Snapshot().Subscriptions)
	f.get("/connections/acme").requireProblem(http.StatusNotFound, "")
	for _, answer := range []answer{created, patched} {
		require.NotContains(t, answer.body, "demo-secret")
		require.NotContains(t, answer.body, accelo.DefaultClientSecret)
	}
}

// A body that can't be right is refused with the member at fault, and nothing is stored.
func TestConnectionBodies(t *testing.T) {
	t.Parallel()
	f := newEmpty(t)
	for _, test := range []struct {
		name, location string
		change         func(body, ninjaOne, accelo map[string]any)
	}{
		{"name", "body.name", func(body, _, _ map[string]any) { body["name"] = "../x" }},
		{"NinjaOne's secret", "body.ninjaone", func(_, n, _ map[string]any) { n["client_secret"] = "wrong" }},
		{"no secret", "ninjaone.client_secret", func(_, n, _ map[string]any) { delete(n, "client_secret") }},
		{"Accelo's label", "accelo.deployment", func(_, _, a map[string]any) { delete(a, "url"); a["deployment"] = "https://acme.accelo.com" }},
		{"an option", "body.on_reset", func(body, _, _ map[string]any) { body["options"] = map[string]any{"on_reset": "explode"} }},
		{"an option's type", "options.on_reset", func(body, _, _ map[string]any) { body["options"] = map[string]any{"on_reset": []string{"note"}} }},
	} {
		body, _ := connection(t, "acme")
		n, _ := body["ninjaone"].(map[string]any)
		a, _ := body["accelo"].(map[string]any)
		test.change(body, n, a)
		f.post("/connections", encoded(t, body)).requireProblem(http.StatusUnprocessableEntity, test.location)
	}
	require.Empty(t, f.get("/connections").object(http.StatusOK)["connections"])
}
