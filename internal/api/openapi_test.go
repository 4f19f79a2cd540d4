package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/require"
)

// operations returns every operation of the document by method and path.
func operations(document *huma.OpenAPI) map[string]*huma.Operation {
	all := map[string]*huma.Operation{}
	for path, item := range document.Paths {
		for method, operation := range map[string]*huma.Operation{
			http.MethodGet: item.Get, http.MethodPost: item.Post, http.MethodPut: item.Put, http.MethodPatch: item.Patch, http.MethodDelete: item.Delete,
		} {
			if operation != nil {
				all[method+" "+path] = operation
			}
		}
	}
	return all
}

func fillPath(path string) string {
	return strings.NewReplacer("{name}", "msp", "{kind}", "device", "{id}", "8").Replace(path)
}

// The document describes the routes of interface.md 9, and nothing that no handler answers.
func TestOpenAPIListsTheRoutes(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	served := f.get("/openapi.json").object(http.StatusOK)
	require.Equal(t, "3.1.0", served["openapi"])
	const one = "/connections/{name}"
	known := operations(f.api.OpenAPI())
	for _, route := range []string{
		"GET /connections", "GET " + one, "GET " + one + "/organizations", "PUT " + one + "/organizations/{id}",
		"POST " + one + "/organizations/match", "POST " + one + "/imports", "GET " + one + "/imports/{id}",
		"GET " + one + "/imports/{id}/changes", "GET " + one + "/imports/{id}/events", "POST " + one + "/imports/{id}/pause",
		"POST " + one + "/imports/{id}/resume", "POST " + one + "/imports/{id}/cancel", "POST " + one + "/reconciles",
		"POST " + one + "/reconciles/approve", "POST " + one + "/test-alert", "GET " + one + "/test-alert", "GET " + one + "/failures", "POST " + one + "/failures/retry", "POST " + one + "/failures/dismiss",
		"GET " + one + "/records", "GET " + one + "/records/{kind}/{id}", "POST " + one + "/records/{kind}/{id}/sync",
		"POST " + one + "/records/{kind}/{id}/relink", "POST " + one + "/records/{kind}/{id}/unlink", "GET " + one + "/alerts",
		"GET " + one + "/audit", "GET /audit", "GET /tokens", "POST /tokens", "DELETE /tokens/{id}",
	} {
		method, path, _ := strings.Cut(route, " ")
		require.Contains(t, known, method+" /api/v1"+path)
	}
	ids := map[string]bool{}
	for route, operation := range known {
		require.False(t, ids[operation.OperationID], operation.OperationID)
		ids[operation.OperationID] = true
		method, path, _ := strings.Cut(route, " ")
		_, pattern := f.mux.Handler(httptest.NewRequestWithContext(t.Context(), method, fillPath(path), nil))
		require.Equal(t, route, pattern)
	}
}

// What handlers answer is what the document says: the status, the type of content, and a body that fits the schema.
func TestAnswersFitTheDocument(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.link("device", "8", 12)
	f.fail("8")
	document := f.api.OpenAPI()
	for route, operation := range operations(document) {
		method, path, _ := strings.Cut(route, " ")
		for _, body := range []string{"", "{}", `{"name":"ci","role":"viewer"}`, `{"kind":"device","ninja_id":"8"}`, `{"accelo_id":12}`, `[]`} {
			got := f.send(method, fillPath(path), body)
			described := operation.Responses[strconv.Itoa(got.code)]
			require.NotNil(t, described, "%s answered %d: %s", route, got.code, got.body)
			if got.code == http.StatusNoContent {
				continue
			}
			content := described.Content[got.header.Get("Content-Type")]
			require.NotNil(t, content, "%s answered %d as %s", route, got.code, got.header.Get("Content-Type"))
			requireFits(t, document, content.Schema, got.body, route)
		}
	}
}

func requireFits(t *testing.T, document *huma.OpenAPI, schema *huma.Schema, body, route string) {
	t.Helper()
	var value any
	require.NoError(t, json.Unmarshal([]byte(body), &value), route)
	result := &huma.ValidateResult{}
	huma.Validate(document.Components.Schemas, schema, huma.NewPathBuffer([]byte{}, 0), huma.ModeReadFromServer, value, result)
	require.Empty(t, result.Errors, "%s: %s", route, body)
}
