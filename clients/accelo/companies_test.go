package accelo_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/rules"
)

// companiesFrom is a page of companies with rising ids.
func companiesFrom(first, count int) string {
	items := make([]string, count)
	for i := range items {
		items[i] = fmt.Sprintf(`{"id":"%d","name":"Company %d"}`, first+i, first+i)
	}
	return "[" + strings.Join(items, ",") + "]"
}

func collect[T any](t *testing.T, pages func(func([]T, error) bool)) []T {
	t.Helper()
	var all []T
	for page, err := range pages {
		require.NoError(t, err)
		require.NotEmpty(t, page)
		all = append(all, page...)
	}
	return all
}

// Listings page by id, a hundred at a time, and end at a short page (contract accelo 4.1).
func TestCompaniesPageByID(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	v.handle("GET /companies", inTurn(answer(companiesFrom(1, 100)), answer(companiesFrom(201, 100)), answer(companiesFrom(501, 7))))
	client := v.client()
	require.Len(t, collect(t, client.Companies(t.Context(), accelo.CompanyQuery{})), 207)
	calls := v.requests("/companies")
	require.Len(t, calls, 3)
	for i, filters := range []string{"order_by_asc(id)", "id_greater_than(100),order_by_asc(id)", "id_greater_than(300),order_by_asc(id)"} {
		require.Equal(t, filters, calls[i].query.Get("_filters"))
		require.Equal(t, "100", calls[i].query.Get("_limit"))
		require.Equal(t, "name,standing,comments,default_affiliation", calls[i].query.Get("_fields"))
		require.NotContains(t, calls[i].query, "_page")
	}
	require.Len(t, collect(t, client.Companies(t.Context(), accelo.CompanyQuery{AfterID: 400})), 7)
	require.Equal(t, "id_greater_than(400),order_by_asc(id)", v.requests("/companies")[3].query.Get("_filters"))
}

// A walk ends with an empty page, with the caller, or with an error; a server that ignores the filter ends it too,
// instead of going round for ever.
func TestCompaniesEnd(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	client := v.client()
	v.handle("GET /companies", inTurn(answer(companiesFrom(1, 100)), answer(`[]`)))
	require.Len(t, collect(t, client.Companies(t.Context(), accelo.CompanyQuery{})), 100)

	v.handle("GET /companies", answer(companiesFrom(1, 100)))
	for page, err := range client.Companies(t.Context(), accelo.CompanyQuery{}) {
		require.NoError(t, err)
		require.Len(t, page, 100)
		break
	}
	require.Len(t, v.requests("/companies"), 3)

	var failures []error
	for _, err := range client.Companies(t.Context(), accelo.CompanyQuery{}) {
		if err != nil {
			failures = append(failures, err)
		}
	}
	require.Len(t, failures, 1)
	require.ErrorContains(t, failures[0], "no progress")

	v.handle("GET /companies", inTurn(answer(companiesFrom(1, 100)), refuse(500, "server_error", "oops")))
	failures = nil
	for _, err := range client.Companies(t.Context(), accelo.CompanyQuery{}) {
		if err != nil {
			failures = append(failures, err)
		}
	}
	require.Len(t, failures, 1)
	require.True(t, accelo.IsTransient(failures[0]))
}

// The documentation's sample, which is strings throughout (contract accelo 5.1).
func TestCompany(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	v.on("GET /companies/45", `{"id":"45","name":"A Fresh New Company","standing":"active","status":"3","phone":"61448824724","fax":null,"website":"www.example.com","custom_id":"","default_affiliation":"12","postal_address":"31","staff_bookmarked":"0","comments":"…","date_created":"1495669367","date_modified":"1495671183","date_last_interacted":"1495675655"}`)
	v.on("GET /companies/46", `{"name":"No Contact","id":46,"comments":null,"default_affiliation":"0"}`)
	client := v.client()
	company, err := client.Company(t.Context(), 45)
	require.NoError(t, err)
	require.Equal(t, accelo.Company{ID: 45, Name: "A Fresh New Company", Standing: "active", Comments: "…", DefaultAffiliation: 12}, company)
	company, err = client.Company(t.Context(), 46)
	require.NoError(t, err)
	require.Equal(t, accelo.Company{ID: 46, Name: "No Contact"}, company)
	request := v.only("/companies/45")
	require.Equal(t, "application/json", request.header.Get("Accept"))
	require.Equal(t, "ninjaone-accelo", request.header.Get("User-Agent"))
}

// Which of some companies are gone is asked a hundred at a time, each once (contract accelo 5.6).
func TestCompaniesByID(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	v.on("GET /companies", companiesFrom(45, 1))
	client := v.client()
	found, err := client.CompaniesByID(t.Context(), []accelo.ID{46, 45, 46})
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.Equal(t, "id(45,46),order_by_asc(id)", v.only("/companies").query.Get("_filters"))

	ids := make([]accelo.ID, 250)
	for i := range ids {
		ids[i] = accelo.ID(i + 1)
	}
	_, err = client.CompaniesByID(t.Context(), ids)
	require.NoError(t, err)
	require.Len(t, v.requests("/companies"), 4)
	none, err := client.CompaniesByID(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, none)
	require.Len(t, v.requests("/companies"), 4)
	_, err = client.CompaniesByID(t.Context(), []accelo.ID{-1})
	require.ErrorIs(t, err, accelo.ErrInvalid)
}

// The exact name is found among search hits, best first: active, then the lowest id (contract accelo 4.8).
func TestFindCompaniesByName(t *testing.T) {
	t.Parallel()
	hits := `[{"id":"9","name":"ACME (Zug), AG","standing":"inactive"},{"id":"12","name":" acme  (zug), ag ","standing":"active"},` +
		`{"id":"11","name":"ACME (Zug), AG","standing":"active"},{"id":"3","name":"ACME (Zug), AG Holding","standing":"active"}]`
	long := strings.Repeat("Longer ", 37) + "Name"
	tests := []struct {
		name     string
		wanted   string
		replies  []http.HandlerFunc
		found    []accelo.ID
		searches []string
	}{
		{"several", "ACME (Zug), AG", []http.HandlerFunc{answer(hits)}, []accelo.ID{11, 12, 9}, []string{"ACME (Zug), AG"}},
		{"by one word at the second try", "ACME (Zug), AG", []http.HandlerFunc{answer(`[]`), answer(hits)}, []accelo.ID{11, 12, 9}, []string{"ACME (Zug), AG", "ACME"}},
		{"none", "ACME (Zug), AG", []http.HandlerFunc{answer(`[]`)}, nil, []string{"ACME (Zug), AG", "ACME"}},
		{"hits, but none equal", "Acme", []http.HandlerFunc{answer(hits)}, nil, []string{"Acme"}},
		{"composed and decomposed", "Zu\u0308rich", []http.HandlerFunc{answer(`[{"id":"1","name":"Zürich"}]`)}, []accelo.ID{1}, []string{"Zu\u0308rich"}},
		{
			"accents in every word, decomposed in Accelo", "Société Zürich",
			[]http.HandlerFunc{answer(`[]`), answer(`[]`), answer(`[{"id":"1","name":"Société Zürich"}]`)},
			[]accelo.ID{1},
			[]string{"Société Zürich", "Société", "Socie\u0301te\u0301"},
		},
		{
			"accents in every word, composed in Accelo", "Socie\u0301te\u0301",
			[]http.HandlerFunc{answer(`[]`), answer(`[{"id":"1","name":"Société"}]`)},
			[]accelo.ID{1},
			[]string{"Socie\u0301te\u0301", "Société"},
		},
		{
			"longer in Accelo than we write names", long[:rules.MaxName],
			[]http.HandlerFunc{answer(`[{"id":"1","name":"` + strings.ToLower(long) + `"}]`)},
			[]accelo.ID{1},
			[]string{long[:rules.MaxName]},
		},
		{"an empty name", " \t", nil, nil, nil},
		{"no letters", "***", []http.HandlerFunc{answer(`[]`)}, nil, []string{"***"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			v := newVendor(t)
			if test.replies != nil {
				v.handle("GET /companies", inTurn(test.replies...))
			}
			found, err := v.client().FindCompaniesByName(t.Context(), test.wanted)
			require.NoError(t, err)
			var ids []accelo.ID
			for _, company := range found {
				ids = append(ids, company.ID)
			}
			require.Equal(t, test.found, ids)
			var searches []string
			for _, call := range v.requests("/companies") {
				searches = append(searches, call.query.Get("_search"))
				require.NotContains(t, call.query, "_filters")
			}
			require.Equal(t, test.searches, searches)
		})
	}
}

// Search hits are paged by number; a failure is never "not found", and a server that ignores the page ends the search.
func TestSearchPages(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	v.handle("GET /companies", inTurn(answer(companiesFrom(1, 100)), answer(companiesFrom(101, 3))))
	client := v.client()
	found, err := client.FindCompaniesByName(t.Context(), "company 103")
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.Equal(t, "1", v.requests("/companies")[1].query.Get("_page"))

	v.handle("GET /companies", answer(companiesFrom(1, 100)))
	_, err = client.FindCompaniesByName(t.Context(), "Company 103")
	require.ErrorContains(t, err, "repeats")

	v.handle("GET /companies", inTurn(answer(companiesFrom(1, 100)), refuse(500, "server_error", "oops")))
	found, err = client.FindCompaniesByName(t.Context(), "Company 1")
	require.True(t, accelo.IsTransient(err))
	require.Empty(t, found)
}

// Writes are forms with documented keys only; a company is made active (contract accelo 5.3).
func TestWriteCompany(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	v.on("POST /companies", company45)
	v.on("PUT /companies/45", company45)
	client := v.client()
	_, err := client.CreateCompany(t.Context(), accelo.NewCompany{Name: "A & B = C; 100 % (Zug), AG", Comments: "line\r\nline"})
	require.NoError(t, err)
	request := v.only("/companies")
	require.Equal(t, "application/x-www-form-urlencoded", request.header.Get("Content-Type"))
	require.Empty(t, request.query)
	require.Equal(t, map[string][]string{
		"name": {"A & B = C; 100 % (Zug), AG"}, "comments": {"line\r\nline"}, "standing": {"active"},
		"_fields": {"name,standing,comments,default_affiliation"},
	}, map[string][]string(request.form))

	empty := ""
	_, err = client.UpdateCompany(t.Context(), 45, accelo.CompanyChange{Comments: &empty})
	require.NoError(t, err)
	change := v.only("/companies/45")
	require.Equal(t, http.MethodPut, change.method)
	require.Contains(t, change.form, "comments", "an empty text is written, not left out")
	require.NotContains(t, change.form, "name")

	_, err = client.UpdateCompany(t.Context(), 45, accelo.CompanyChange{})
	require.ErrorIs(t, err, accelo.ErrInvalid)
	_, err = client.CreateCompany(t.Context(), accelo.NewCompany{})
	require.ErrorIs(t, err, accelo.ErrInvalid)
	require.False(t, accelo.InDoubt(err))
}
