package accelo_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/clients/lenient"
	"ninjaone-accelo/internal/rules"
)

// companyPage returns a page of companies with consecutive IDs.
func companyPage(firstID, count int) string {
	items := make([]string, count)
	for i := range items {
		items[i] = fmt.Sprintf(`{"id":"%d","name":"Company %d"}`, firstID+i, firstID+i)
	}
	return "[" + strings.Join(items, ",") + "]"
}

// Listings are paged by ID, a hundred at a time, and end at a page that is shorter than another was (accelo.md 4.1).
func TestKeysetPaging(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.handle("GET /companies", sequence(succeed(companyPage(1, 100)), succeed(companyPage(201, 100)), succeed(companyPage(501, 7))))
	client := s.client()
	require.Len(t, allRows(t, client.Companies(t.Context(), accelo.CompanyQuery{})), 207)
	requests := s.requests("/companies")
	require.Len(t, requests, 3)
	for i, filters := range []string{"order_by_asc(id)", "id_greater_than(100),order_by_asc(id)", "id_greater_than(300),order_by_asc(id)"} {
		require.Equal(t, filters, requests[i].query.Get("_filters"))
		require.Equal(t, "100", requests[i].query.Get("_limit"))
		require.Equal(t, "name,standing,comments,default_affiliation", requests[i].query.Get("_fields"))
		require.NotContains(t, requests[i].query, "_page")
	}
	require.Len(t, allRows(t, client.Companies(t.Context(), accelo.CompanyQuery{AfterID: 400})), 7)
	require.Equal(t, "id_greater_than(400),order_by_asc(id)", s.requests("/companies")[3].query.Get("_filters"))
}

// A deployment that never sends more than fifty hides nothing, however short a page is (accelo.md 4.1).
func TestSilentLimit(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.handle("GET /companies", sequence(succeed(companyPage(1, 50)), succeed(companyPage(51, 50)), succeed(companyPage(101, 9))))
	require.Len(t, allRows(t, s.client().Companies(t.Context(), accelo.CompanyQuery{})), 109)
}

// A record without a readable ID hides no other one, and is counted.
func TestRecordWithoutID(t *testing.T) {
	t.Parallel()
	s, skipped := newServer(t), 0
	s.respond("GET /companies", `[{"id":{"x":1},"name":"A"},{"id":7,"name":12,"comments":["x"],"default_affiliation":"none"},null]`)
	client := s.client(func(o *accelo.Options) {
		o.Skipped = func(_ context.Context, some lenient.Skipped) { skipped += some.Records }
	})
	companies := allRows(t, client.Companies(t.Context(), accelo.CompanyQuery{}))
	require.Equal(t, []accelo.Company{{ID: 7, Name: "12", WithoutComments: true}}, companies)
	require.Equal(t, 2, skipped)
}

// Paging ends at an empty page, with the caller, or with an error. A server that ignores the filter is an error, because
// paging would never end.
func TestKeysetPagingEnds(t *testing.T) {
	t.Parallel()
	failures := func(client *accelo.Client) (failures []error) {
		for _, err := range client.Companies(t.Context(), accelo.CompanyQuery{}) {
			if err != nil {
				failures = append(failures, err)
			}
		}
		return failures
	}
	fullPage := succeed(companyPage(1, 100))
	t.Run("at an empty page", func(t *testing.T) {
		t.Parallel()
		s := newServer(t)
		s.handle("GET /companies", sequence(fullPage, succeed(`[]`)))
		require.Len(t, allRows(t, s.client().Companies(t.Context(), accelo.CompanyQuery{})), 100)
	})
	t.Run("with the caller", func(t *testing.T) {
		t.Parallel()
		s := newServer(t)
		s.handle("GET /companies", fullPage)
		for page, err := range s.client().Companies(t.Context(), accelo.CompanyQuery{}) {
			require.NoError(t, err)
			require.Len(t, page, 100)
			break
		}
		require.Len(t, s.requests("/companies"), 1)
	})
	t.Run("if the server ignores the filter", func(t *testing.T) {
		t.Parallel()
		s := newServer(t)
		s.handle("GET /companies", fullPage)
		got := failures(s.client())
		require.Len(t, got, 1)
		require.ErrorContains(t, got[0], "no progress")
	})
	t.Run("with an error", func(t *testing.T) {
		t.Parallel()
		s := newServer(t)
		s.handle("GET /companies", sequence(fullPage, reject(500, "server_error", "oops")))
		got := failures(s.client())
		require.Len(t, got, 1)
		require.True(t, accelo.IsTransient(got[0]))
	})
}

// The documented sample, whose values are all strings, is read, and so is a company without a contact (accelo.md 5.1).
func TestCompany(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.respond("GET /companies/45", `{"id":"45","name":"A Fresh New Company","standing":"active","status":"3","phone":"61448824724","fax":null,"website":"www.example.com","custom_id":"","default_affiliation":"12","postal_address":"31","staff_bookmarked":"0","comments":"…","date_created":"1495669367","date_modified":"1495671183","date_last_interacted":"1495675655"}`)
	s.respond("GET /companies/46", `{"name":"No Contact","id":46,"comments":null,"default_affiliation":"0"}`)
	client := s.client()
	company, err := client.Company(t.Context(), 45)
	require.NoError(t, err)
	require.Equal(t, accelo.Company{ID: 45, Name: "A Fresh New Company", Standing: "active", Comments: "…", DefaultAffiliation: 12}, company)
	company, err = client.Company(t.Context(), 46)
	require.NoError(t, err)
	require.Equal(t, accelo.Company{ID: 46, Name: "No Contact"}, company)
}

// Companies are read by ID, a hundred per call and each once (accelo.md 5.6).
func TestCompaniesByID(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.respond("GET /companies", companyPage(45, 1))
	client := s.client()
	found, err := client.CompaniesByID(t.Context(), []accelo.ID{46, 45, 46})
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.Equal(t, "id(45,46),order_by_asc(id)", s.request("/companies").query.Get("_filters"))

	ids := make([]accelo.ID, 250)
	for i := range ids {
		ids[i] = accelo.ID(i + 1)
	}
	_, err = client.CompaniesByID(t.Context(), ids)
	require.NoError(t, err)
	require.Len(t, s.requests("/companies"), 4)
	none, err := client.CompaniesByID(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, none)
	require.Len(t, s.requests("/companies"), 4)
	_, err = client.CompaniesByID(t.Context(), []accelo.ID{-1})
	require.ErrorIs(t, err, accelo.ErrInvalid)
}

// The companies with exactly the name are found among the search results, active ones first, then in order of ID (accelo.md
// 4.8).
func TestFindCompaniesByName(t *testing.T) {
	t.Parallel()
	results := `[{"id":"9","name":"ACME (Zug), AG","standing":"inactive"},{"id":"12","name":" acme  (zug), ag ","standing":"active"},` +
		`{"id":"11","name":"ACME (Zug), AG","standing":"active"},{"id":"3","name":"ACME (Zug), AG Holding","standing":"active"}]`
	long := strings.Repeat("Longer ", 37) + "Name"
	tests := []struct {
		name         string
		wanted       string
		handlers     []http.HandlerFunc
		want         []accelo.ID
		wantSearches []string
	}{
		{name: "several", wanted: "ACME (Zug), AG", handlers: []http.HandlerFunc{succeed(results)}, want: []accelo.ID{11, 12, 9}, wantSearches: []string{"ACME (Zug), AG"}},
		{name: "found by one word in the second search", wanted: "ACME (Zug), AG", handlers: []http.HandlerFunc{succeed(`[]`), succeed(results)}, want: []accelo.ID{11, 12, 9}, wantSearches: []string{"ACME (Zug), AG", "ACME"}},
		{name: "none", wanted: "ACME (Zug), AG", handlers: []http.HandlerFunc{succeed(`[]`)}, want: nil, wantSearches: []string{"ACME (Zug), AG", "ACME"}},
		{name: "none with plain words", wanted: "Planet  Express 2", handlers: []http.HandlerFunc{succeed(`[]`)}, want: nil, wantSearches: []string{"Planet Express 2"}},
		{name: "results, but none with the name", wanted: "Acme", handlers: []http.HandlerFunc{succeed(results)}, want: nil, wantSearches: []string{"Acme"}},
		{name: "composed and decomposed", wanted: "Zu\u0308rich", handlers: []http.HandlerFunc{succeed(`[{"id":"1","name":"Zürich"}]`)}, want: []accelo.ID{1}, wantSearches: []string{"Zu\u0308rich"}},
		{
			name: "accents in every word, decomposed in Accelo", wanted: "Société Zürich",
			handlers:     []http.HandlerFunc{succeed(`[]`), succeed(`[]`), succeed(`[{"id":"1","name":"Société Zürich"}]`)},
			want:         []accelo.ID{1},
			wantSearches: []string{"Société Zürich", "Société", "Socie\u0301te\u0301"},
		},
		{
			name: "accents in every word, composed in Accelo", wanted: "Socie\u0301te\u0301",
			handlers:     []http.HandlerFunc{succeed(`[]`), succeed(`[{"id":"1","name":"Société"}]`)},
			want:         []accelo.ID{1},
			wantSearches: []string{"Socie\u0301te\u0301", "Société"},
		},
		{
			name: "longer in Accelo than names are written", wanted: long[:rules.MaxName],
			handlers:     []http.HandlerFunc{succeed(`[{"id":"1","name":"` + strings.ToLower(long) + `"}]`)},
			want:         []accelo.ID{1},
			wantSearches: []string{long[:rules.MaxName]},
		},
		{name: "empty name", wanted: " \t", handlers: nil, want: nil, wantSearches: nil},
		{name: "no letters", wanted: "***", handlers: []http.HandlerFunc{succeed(`[]`)}, want: nil, wantSearches: []string{"***"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			if test.handlers != nil {
				s.handle("GET /companies", sequence(test.handlers...))
			}
			found, err := s.client().FindCompaniesByName(t.Context(), test.wanted)
			require.NoError(t, err)
			var ids []accelo.ID
			for _, company := range found {
				ids = append(ids, company.ID)
			}
			require.Equal(t, test.want, ids)
			var searches []string
			for _, request := range s.requests("/companies") {
				searches = append(searches, request.query.Get("_search"))
				require.NotContains(t, request.query, "_filters")
			}
			require.Equal(t, test.wantSearches, searches)
			if test.want == nil {
				require.Len(t, searches, accelo.SearchCalls(test.wanted))
			}
		})
	}
}

// Search results are paged by number. A failure is an error and never "not found", and so is a server that ignores the page
// number.
func TestSearchPages(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.handle("GET /companies", sequence(succeed(companyPage(1, 100)), succeed(companyPage(101, 3))))
	client := s.client()
	found, err := client.FindCompaniesByName(t.Context(), "company 103")
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.Equal(t, "1", s.requests("/companies")[1].query.Get("_page"))

	s.handle("GET /companies", succeed(companyPage(1, 100)))
	_, err = client.FindCompaniesByName(t.Context(), "Company 103")
	require.ErrorContains(t, err, "repeats")

	s.handle("GET /companies", sequence(succeed(companyPage(1, 100)), reject(500, "server_error", "oops")))
	found, err = client.FindCompaniesByName(t.Context(), "Company 1")
	require.True(t, accelo.IsTransient(err))
	require.Empty(t, found)
}

// Writes are forms with documented keys only. A company is created active (accelo.md 5.3).
func TestWriteCompany(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.respond("POST /companies", company45)
	s.respond("PUT /companies/45", company45)
	client := s.client()
	_, err := client.CreateCompany(t.Context(), accelo.NewCompany{Name: "A & B = C; 100 % (Zug), AG", Comments: "line\r\nline"})
	require.NoError(t, err)
	request := s.request("/companies")
	require.Equal(t, "application/x-www-form-urlencoded", request.header.Get("Content-Type"))
	require.Empty(t, request.query)
	require.Equal(t, map[string][]string{
		"name": {"A & B = C; 100 % (Zug), AG"}, "comments": {"line\r\nline"}, "standing": {"active"},
		"_fields": {"name,standing,comments,default_affiliation"},
	}, map[string][]string(request.form))

	empty := ""
	_, err = client.UpdateCompany(t.Context(), 45, accelo.CompanyChange{Comments: &empty})
	require.NoError(t, err)
	change := s.request("/companies/45")
	require.Equal(t, http.MethodPut, change.method)
	require.Contains(t, change.form, "comments", "an empty text is sent")
	require.NotContains(t, change.form, "name")

	_, err = client.UpdateCompany(t.Context(), 45, accelo.CompanyChange{})
	require.ErrorIs(t, err, accelo.ErrInvalid)
	_, err = client.CreateCompany(t.Context(), accelo.NewCompany{})
	require.ErrorIs(t, err, accelo.ErrInvalid)
	require.False(t, accelo.InDoubt(err))
}
