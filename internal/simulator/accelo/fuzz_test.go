package accelo_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
)

// bearer gets a token without a network.
func bearer(tb testing.TB, sim *accelo.Simulator) string {
	tb.Helper()
	request := httptest.NewRequestWithContext(tb.Context(), http.MethodPost, "/oauth2/v0/token",
		strings.NewReader("grant_type=client_credentials&scope=write(all)"))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.SetBasicAuth(accelo.DefaultClientID, accelo.DefaultClientSecret)
	recorder := httptest.NewRecorder()
	sim.ServeHTTP(recorder, request)
	_, rest, found := strings.Cut(recorder.Body.String(), `"access_token":"`)
	require.True(tb, found, recorder.Body.String())
	token, _, _ := strings.Cut(rest, `"`)
	return token
}

// benchmarkCall returns a function that serves one GET and requires success.
func benchmarkCall(b *testing.B, sim *accelo.Simulator, target string) func() {
	b.Helper()
	sim.SetRateLimit(1<<40, 0)
	token := bearer(b, sim)
	return func() {
		request := httptest.NewRequestWithContext(b.Context(), http.MethodGet, target, nil)
		request.Header.Set("Authorization", "Bearer "+token)
		recorder := httptest.NewRecorder()
		sim.ServeHTTP(recorder, request)
		if recorder.Code != http.StatusOK {
			b.Error(recorder.Body.String())
		}
	}
}

// FuzzQueries sends arbitrary fields, filters and searches to lists, which must return 200 or 400 and never panic.
func FuzzQueries(f *testing.F) {
	for _, seed := range [][3]string{
		{"_ALL,affiliation(company(),contact())", "standing(active),order_by_asc(id)", "kurt (wagner)"},
		{"a(b(c(", "_OR(_AND(id(1)),search(x))", ""},
		{",,,", "search(((a)b", "\x00"},
		{"x)", "against(company(1,2),job(3))", "ÿ"},
		{"id()", `{"id":[1]}`, "%"},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	sim := accelo.New(accelo.Options{Companies: 30})
	f.Cleanup(sim.Close)
	sim.SetRateLimit(1<<40, 0)
	token := bearer(f, sim)
	f.Fuzz(func(t *testing.T, fields, filters, search string) {
		for _, path := range []string{"companies", "requests", "assets", "affiliations", "activities"} {
			target := "/api/v0/" + path + "?" + url.Values{"_fields": {fields}, "_filters": {filters}, "_search": {search}}.Encode()
			asJSON := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v0/"+path+"?_method=get", strings.NewReader(`{"_filters":`+filters+`}`))
			asJSON.Header.Set("Content-Type", "application/json")
			for _, request := range []*http.Request{httptest.NewRequestWithContext(t.Context(), http.MethodGet, target, nil), asJSON} {
				request.Header.Set("Authorization", "Bearer "+token)
				recorder := httptest.NewRecorder()
				sim.ServeHTTP(recorder, request)
				require.Contains(t, []int{http.StatusOK, http.StatusBadRequest}, recorder.Code, recorder.Body.String())
			}
		}
	})
}
