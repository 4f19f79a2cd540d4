package accelo_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/accelo"
)

const request31 = `{"id":"31","title":"Urgent support request","body":"…","standing":"pending","source":null,"thread_id":"1039","type_id":"2","type":"2","priority_id":"1","request_priority":"1","claimer_id":"23","claimer":"23","affiliation_id":"77","affiliation":"77","lead_id":"0","date_created":"1494823725","date_modified":"1494823800"}`

// The documented sample is read, and every form of a conversion is normalized (accelo.md 7.1).
func TestRequest(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.respond("GET /requests/31", request31)
	client := s.client()
	request, err := client.Request(t.Context(), 31)
	require.NoError(t, err)
	require.Equal(t, accelo.Request{
		ID: 31, Title: "Urgent support request", Body: "…", Standing: "pending", TypeID: 2, ClaimerID: 23,
		AffiliationID: 77, Modified: accelo.Time{Time: time.Unix(1494823800, 0).UTC()},
	}, request)
	require.Contains(t, s.request("/requests/31").query.Get("_fields"), "conversion_type")

	for written, want := range map[string]string{`"issue"`: "issue", `"Issues"`: "issue", `null`: "", `""`: "", `"0"`: "", `0`: ""} {
		s.respond("GET /requests/31", `{"id":"31","standing":"converted","conversion_type":`+written+`,"conversion_id":"9"}`)
		request, err := client.Request(t.Context(), 31)
		require.NoError(t, err)
		require.Equal(t, want, request.ConversionType, written)
		require.Equal(t, accelo.ID(9), request.ConversionID)
		encoded, err := json.Marshal(request)
		require.NoError(t, err)
		var again accelo.Request
		require.NoError(t, json.Unmarshal(encoded, &again))
		require.Equal(t, request, again)
	}
}

// Every field of a query becomes a filter. An empty list selects nothing instead of everything.
func TestRequests(t *testing.T) {
	t.Parallel()
	modified := time.Unix(1494823725, 0)
	tests := []struct {
		name        string
		query       accelo.RequestQuery
		wantFilters string // "" for no request
	}{
		{name: "all", query: accelo.RequestQuery{}, wantFilters: "order_by_asc(id)"},
		{name: "by ID", query: accelo.RequestQuery{IDs: []accelo.ID{32, 31}}, wantFilters: "id(31,32),order_by_asc(id)"},
		{name: "created later", query: accelo.RequestQuery{CreatedAfter: modified}, wantFilters: "date_created_after(1494823725),order_by_asc(id)"},
		{name: "modified later", query: accelo.RequestQuery{ModifiedAfter: modified, AfterID: 5}, wantFilters: "date_modified_after(1494823725),id_greater_than(5),order_by_asc(id)"},
		{name: "no IDs", query: accelo.RequestQuery{IDs: []accelo.ID{}}, wantFilters: ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			s.respond("GET /requests", "["+request31+"]")
			found := allRows(t, s.client().Requests(t.Context(), test.query))
			if test.wantFilters == "" {
				require.Empty(t, found)
				require.Empty(t, s.requests("/requests"))
				return
			}
			require.Len(t, found, 1)
			require.Equal(t, test.wantFilters, s.request("/requests").query.Get("_filters"))
			require.Contains(t, s.request("/requests").query.Get("_fields"), ",body")
		})
	}
}

// The bodies are only requested if wanted.
func TestRequestsWithoutBody(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.respond("GET /requests", `[]`)
	require.Empty(t, allRows(t, s.client().Requests(t.Context(), accelo.RequestQuery{WithoutBody: true})))
	require.NotContains(t, s.request("/requests").query.Get("_fields"), "body")
}

// An invalid filter is an error, and nothing is sent.
func TestInvalidFilterIsNotSent(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	failures := 0
	for _, err := range s.client().Requests(t.Context(), accelo.RequestQuery{IDs: []accelo.ID{-1}}) {
		require.ErrorIs(t, err, accelo.ErrInvalid)
		failures++
	}
	require.Equal(t, 1, failures)
	require.Empty(t, s.requests("/requests"))
	require.Empty(t, s.requests(tokenPath))
}

// Requests are read by ID with one call per hundred.
func TestRequestsByManyIDs(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.handle("GET /requests", func(w http.ResponseWriter, r *http.Request) {
		filters := r.URL.Query().Get("_filters")
		ids := strings.Split(filters[len("id("):strings.Index(filters, ")")], ",")
		items := make([]string, len(ids))
		for i, id := range ids {
			items[i] = fmt.Sprintf(`{"id":%q}`, id)
		}
		succeed("["+strings.Join(items, ",")+"]")(w, r)
	})
	ids := make([]accelo.ID, 200)
	for i := range ids {
		ids[i] = accelo.ID(i + 1)
	}
	require.Len(t, allRows(t, s.client().Requests(t.Context(), accelo.RequestQuery{IDs: ids})), 200)
	require.Len(t, s.requests("/requests"), 2)
}

// A request is created with an affiliation, so that Accelo creates no company or contact, and with a body, which Accelo
// requires (accelo.md 7.5).
func TestCreateRequest(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.respond("POST /requests", request31)
	client := s.client()
	_, err := client.CreateRequest(t.Context(), accelo.NewRequest{Title: "Urgent support request", TypeID: 2, AffiliationID: 77, PriorityID: 1})
	require.NoError(t, err)
	form := s.request("/requests").form
	require.Equal(t, []string{" "}, form["body"])
	require.Equal(t, "77", form.Get("affiliation_id"))
	require.Equal(t, "1", form.Get("priority_id"))
	require.NotContains(t, form, "standing")
	for _, incomplete := range []accelo.NewRequest{{Title: "x", TypeID: 2}, {Title: "x", AffiliationID: 77}, {TypeID: 2, AffiliationID: 77}} {
		_, err = client.CreateRequest(t.Context(), incomplete)
		require.ErrorIs(t, err, accelo.ErrInvalid)
	}
	require.Len(t, s.requests("/requests"), 1)
}

// Only the standing is sent. Converting a request, or setting no standing, is rejected (accelo.md 7.6).
func TestUpdateRequest(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.respond("PUT /requests/31", request31)
	client := s.client()
	_, err := client.UpdateRequest(t.Context(), 31, accelo.RequestChange{Standing: accelo.StandingClosed})
	require.NoError(t, err)
	form := s.request("/requests/31").form
	require.Equal(t, "closed", form.Get("standing"))
	require.Len(t, form, 2)
	_, err = client.UpdateRequest(t.Context(), 31, accelo.RequestChange{Standing: accelo.StandingConverted})
	require.ErrorIs(t, err, accelo.ErrInvalid)
	_, err = client.UpdateRequest(t.Context(), 31, accelo.RequestChange{})
	require.ErrorIs(t, err, accelo.ErrInvalid)
}

// Request types are wrapped, and their call takes neither fields nor paging (accelo.md 7.4).
func TestRequestTypes(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.respond("GET /requests/types", `{"request_types":[{"id":"2","title":"Support","status":"active","unresolved_count":"21","subscribed":0}]}`)
	types, err := s.client().RequestTypes(t.Context())
	require.NoError(t, err)
	require.Equal(t, []accelo.RequestType{{ID: 2, Title: "Support", Status: "active"}}, types)
	require.Empty(t, s.request("/requests/types").query)
}

// Priorities are collected from requests. Each round reads requests whose priority was not found yet.
func TestRequestPriorities(t *testing.T) {
	t.Parallel()
	priority := func(id, factor int) string {
		return fmt.Sprintf(`{"id":"7","request_priority":{"id":"%d","title":"P%d","color":"red","factor":"%d"}}`, id, id, factor)
	}
	page := func(last string) string {
		return "[" + strings.Repeat(priority(1, 2)+",", 99) + last + "]"
	}
	s := newServer(t)
	s.handle("GET /requests", sequence(succeed(page(priority(1, 2))), succeed(page(priority(3, 5))), succeed(`[{"id":"2","request_priority":"0"}]`)))
	found, err := s.client().RequestPriorities(t.Context())
	require.NoError(t, err)
	require.Equal(t, []accelo.RequestPriority{{ID: 1, Title: "P1", Factor: 2}, {ID: 3, Title: "P3", Factor: 5}}, found)
	requests := s.requests("/requests")
	require.Len(t, requests, 3)
	require.Equal(t, "order_by_desc(id)", requests[0].query.Get("_filters"))
	require.Equal(t, "order_by_desc(id),request_priority_not(1)", requests[1].query.Get("_filters"))
	require.Equal(t, "order_by_desc(id),request_priority_not(1,3)", requests[2].query.Get("_filters"))
}
