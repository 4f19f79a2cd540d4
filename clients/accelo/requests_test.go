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

// The documentation's sample, and the forms in which a conversion may be told (contract accelo 7.1).
func TestRequest(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	v.on("GET /requests/31", request31)
	client := v.client()
	request, err := client.Request(t.Context(), 31)
	require.NoError(t, err)
	require.Equal(t, accelo.Request{
		ID: 31, Title: "Urgent support request", Body: "…", Standing: "pending", ThreadID: 1039, TypeID: 2, PriorityID: 1, ClaimerID: 23,
		AffiliationID: 77, Created: accelo.Time{Time: time.Unix(1494823725, 0).UTC()}, Modified: accelo.Time{Time: time.Unix(1494823800, 0).UTC()},
	}, request)
	require.Contains(t, v.only("/requests/31").query.Get("_fields"), "conversion_type")

	for written, want := range map[string]string{`"issue"`: "issue", `"Issues"`: "issue", `null`: "", `""`: "", `"0"`: "", `0`: ""} {
		v.on("GET /requests/31", `{"id":"31","standing":"converted","conversion_type":`+written+`,"conversion_id":"9"}`)
		request, err := client.Request(t.Context(), 31)
		require.NoError(t, err)
		require.Equal(t, want, request.ConversionType, written)
		require.Equal(t, accelo.ID(9), request.ConversionID)
		text, err := json.Marshal(request)
		require.NoError(t, err)
		var again accelo.Request
		require.NoError(t, json.Unmarshal(text, &again))
		require.Equal(t, request, again, "it survives a round trip")
	}
}

// Every filter of a query reaches Accelo; an empty list selects nothing instead of everything.
func TestRequests(t *testing.T) {
	t.Parallel()
	modified := time.Unix(1494823725, 0)
	tests := []struct {
		name  string
		query accelo.RequestQuery
		want  string // "" for no call
	}{
		{"all", accelo.RequestQuery{}, "order_by_asc(id)"},
		{"by id", accelo.RequestQuery{IDs: []accelo.ID{32, 31}}, "id(31,32),order_by_asc(id)"},
		{"of some affiliations", accelo.RequestQuery{Standings: []string{"pending", "open"}, AffiliationIDs: []accelo.ID{77, 78}, TypeID: 2}, "standing(pending,open),affiliation(77,78),type(2),order_by_asc(id)"},
		{"changed", accelo.RequestQuery{ModifiedAfter: modified, AfterID: 5}, "date_modified_after(1494823725),id_greater_than(5),order_by_asc(id)"},
		{"no ids", accelo.RequestQuery{IDs: []accelo.ID{}}, ""},
		{"no standings", accelo.RequestQuery{Standings: []string{}}, ""},
		{"no affiliations", accelo.RequestQuery{AffiliationIDs: []accelo.ID{}}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			v := newVendor(t)
			v.on("GET /requests", "["+request31+"]")
			found := collect(t, v.client().Requests(t.Context(), test.query))
			if test.want == "" {
				require.Empty(t, found)
				require.Empty(t, v.requests("/requests"))
				return
			}
			require.Len(t, found, 1)
			require.Equal(t, test.want, v.only("/requests").query.Get("_filters"))
			require.Contains(t, v.only("/requests").query.Get("_fields"), ",body")
		})
	}
}

// A word that is none of Accelo's ends in an error, not in a filter; free text travels apart from the filters.
func TestRequestsCannotBeInjected(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	v.on("GET /requests", `[]`)
	client := v.client()
	for _, err := range client.Requests(t.Context(), accelo.RequestQuery{Standings: []string{"open),id(1"}}) {
		require.ErrorIs(t, err, accelo.ErrInvalid)
	}
	require.Empty(t, v.requests("/requests"))
	require.Empty(t, collect(t, client.Requests(t.Context(), accelo.RequestQuery{Search: "Disk (C:), 95 %&_limit=1", WithoutBody: true})))
	query := v.only("/requests").query
	require.Equal(t, "Disk (C:), 95 %&_limit=1", query.Get("_search"))
	require.Equal(t, "order_by_asc(id)", query.Get("_filters"))
	require.NotContains(t, query.Get("_fields"), "body")
}

// Many ids cost one call per hundred, and no more.
func TestRequestsByManyIDs(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	v.handle("GET /requests", func(w http.ResponseWriter, r *http.Request) {
		filters := r.URL.Query().Get("_filters")
		ids := strings.Split(filters[len("id("):strings.Index(filters, ")")], ",")
		items := make([]string, len(ids))
		for i, id := range ids {
			items[i] = fmt.Sprintf(`{"id":%q}`, id)
		}
		answer("["+strings.Join(items, ",")+"]")(w, r)
	})
	ids := make([]accelo.ID, 200)
	for i := range ids {
		ids[i] = accelo.ID(i + 1)
	}
	require.Len(t, collect(t, v.client().Requests(t.Context(), accelo.RequestQuery{IDs: ids})), 200)
	require.Len(t, v.requests("/requests"), 2)
}

// A request is made with an affiliation, so that Accelo makes no company or contact of its own, and never without a
// body (contract accelo 7.5).
func TestCreateRequest(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	v.on("POST /requests", request31)
	client := v.client()
	_, err := client.CreateRequest(t.Context(), accelo.NewRequest{Title: "Urgent support request", TypeID: 2, AffiliationID: 77, PriorityID: 1})
	require.NoError(t, err)
	form := v.only("/requests").form
	require.Equal(t, []string{" "}, form["body"])
	require.Equal(t, "77", form.Get("affiliation_id"))
	require.Equal(t, "1", form.Get("priority_id"))
	require.NotContains(t, form, "standing")
	for _, incomplete := range []accelo.NewRequest{{Title: "x", TypeID: 2}, {Title: "x", AffiliationID: 77}, {TypeID: 2, AffiliationID: 77}} {
		_, err = client.CreateRequest(t.Context(), incomplete)
		require.ErrorIs(t, err, accelo.ErrInvalid)
	}
	require.Len(t, v.requests("/requests"), 1)
}

// Only what changed is sent; converting is not ours to do (contract accelo 7.6).
func TestUpdateRequest(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	v.on("PUT /requests/31", request31)
	client := v.client()
	nobody := accelo.ID(0)
	_, err := client.UpdateRequest(t.Context(), 31, accelo.RequestChange{Standing: accelo.StandingClosed, ClaimerID: &nobody})
	require.NoError(t, err)
	form := v.only("/requests/31").form
	require.Equal(t, "closed", form.Get("standing"))
	require.Equal(t, "0", form.Get("claimer_id"))
	require.Len(t, form, 3)
	_, err = client.UpdateRequest(t.Context(), 31, accelo.RequestChange{Standing: accelo.StandingConverted})
	require.ErrorIs(t, err, accelo.ErrInvalid)
	_, err = client.UpdateRequest(t.Context(), 31, accelo.RequestChange{})
	require.ErrorIs(t, err, accelo.ErrInvalid)
}

// Types come wrapped, by a call that takes neither fields nor paging (contract accelo 7.4).
func TestRequestTypes(t *testing.T) {
	t.Parallel()
	v := newVendor(t)
	v.on("GET /requests/types", `{"request_types":[{"id":"2","title":"Support","status":"active","unresolved_count":"21","subscribed":0}]}`)
	types, err := v.client().RequestTypes(t.Context())
	require.NoError(t, err)
	require.Equal(t, []accelo.RequestType{{ID: 2, Title: "Support", Status: "active"}}, types)
	require.Empty(t, v.only("/requests/types").query)
}

// Priorities are gathered from requests, each round asking for those not seen yet.
func TestRequestPriorities(t *testing.T) {
	t.Parallel()
	priority := func(id, factor int) string {
		return fmt.Sprintf(`{"id":"7","request_priority":{"id":"%d","title":"P%d","color":"red","factor":"%d"}}`, id, id, factor)
	}
	page := func(last string) string {
		return "[" + strings.Repeat(priority(1, 2)+",", 99) + last + "]"
	}
	v := newVendor(t)
	v.handle("GET /requests", inTurn(answer(page(priority(1, 2))), answer(page(priority(3, 5))), answer(`[{"id":"2","request_priority":"0"}]`)))
	found, err := v.client().RequestPriorities(t.Context())
	require.NoError(t, err)
	require.Equal(t, []accelo.RequestPriority{{ID: 1, Title: "P1", Color: "red", Factor: 2}, {ID: 3, Title: "P3", Color: "red", Factor: 5}}, found)
	calls := v.requests("/requests")
	require.Len(t, calls, 3)
	require.Equal(t, "order_by_desc(id)", calls[0].query.Get("_filters"))
	require.Equal(t, "order_by_desc(id),request_priority_not(1)", calls[1].query.Get("_filters"))
	require.Equal(t, "order_by_desc(id),request_priority_not(1,3)", calls[2].query.Get("_filters"))
}
