package api_test

import (
	"net/http"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whatever a client posts, it gets an answer of ours: never a crash, and never a success that nobody asked for.
func FuzzBodies(f *testing.F) {
	fixture := newFixture(f)
	var routes []string
	for route := range operations(fixture.api.OpenAPI()) {
		if !strings.HasPrefix(route, http.MethodGet) {
			routes = append(routes, route)
		}
	}
	sort.Strings(routes)
	for i := range routes {
		f.Add(i, "8", `{"kind":"device","ninja_id":"8","all":true}`)
	}
	f.Add(0, "\x00", `{"organizations":[1e99]}`)
	f.Add(1, "..", "[[[[")
	f.Add(2, "%2F", `{"name":"\u0000","role":"viewer","expires_at":"9999-99-99"}`)
	f.Fuzz(func(t *testing.T, index int, id, body string) {
		route := routes[((index%len(routes))+len(routes))%len(routes)]
		method, path, _ := strings.Cut(route, " ")
		fixture := *fixture
		fixture.t = t
		got := fixture.send(method, strings.NewReplacer("{name}", "msp", "{kind}", "device", "{id}", escape(id)).Replace(path), body)
		require.GreaterOrEqual(t, got.code, http.StatusOK)
		require.NotEqual(t, http.StatusInternalServerError, got.code, got.body)
		if got.code >= http.StatusBadRequest && got.header.Get("Content-Type") != "" {
			require.Contains(t, got.header.Get("Content-Type"), "json", got.body)
		}
	})
}

// escape makes a path segment that httptest accepts.
func escape(id string) string {
	escaped := strings.Builder{}
	for _, b := range []byte(id) {
		escaped.WriteString("%" + strings.ToUpper(string("0123456789abcdef"[b>>4])+string("0123456789abcdef"[b&15])))
	}
	if escaped.Len() == 0 {
		return "x"
	}
	return escaped.String()
}
