package ninjaone_test

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/lenient"
	"ninjaone-accelo/clients/ninjaone"
)

// keysetList serves rows with these IDs (ninjaone.md 3.1).
type keysetList struct {
	ids       []int
	cap       int  // silently shortens pages, if above 0
	inclusive bool // repeats the row with the ID given as `after`
}

func (k keysetList) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	size, err := strconv.Atoi(r.URL.Query().Get("pageSize"))
	if err != nil {
		http.Error(w, `{"error":"pageSize is missing"}`, http.StatusBadRequest)
		return
	}
	if k.cap > 0 {
		size = min(size, k.cap)
	}
	after, _ := strconv.Atoi(r.URL.Query().Get("after"))
	rows := []map[string]any{}
	for _, id := range k.ids {
		if (id > after || k.inclusive && id == after) && len(rows) < size {
			rows = append(rows, map[string]any{"id": id, "name": fmt.Sprint("n", id)})
		}
	}
	_ = json.NewEncoder(w).Encode(rows)
}

// upTo returns the IDs 1 to n.
func upTo(n int) []int {
	ids := make([]int, n)
	for i := range ids {
		ids[i] = i + 1
	}
	return ids
}

// collectPages returns the IDs on each page.
func collectPages(pages iter.Seq2[[]ninjaone.Organization, error]) (ids [][]int, err error) {
	for page, err := range pages {
		if err != nil {
			return ids, err
		}
		onPage := make([]int, 0, len(page))
		for _, organization := range page {
			onPage = append(onPage, organization.ID)
		}
		ids = append(ids, onPage)
	}
	return ids, nil
}

// Paging yields every row once, however the server counts, and requests no more pages than needed.
func TestKeysetPaging(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name        string
		list        keysetList
		afterID     int
		want        [][]int
		wantQueries []string
	}{
		{name: "empty list", list: keysetList{}, afterID: 0, want: nil, wantQueries: []string{"pageSize=3"}},
		{name: "one short page", list: keysetList{ids: upTo(2)}, afterID: 0, want: [][]int{{1, 2}}, wantQueries: []string{"pageSize=3"}},
		{
			name:        "ends at a short page",
			list:        keysetList{ids: upTo(5)},
			afterID:     0,
			want:        [][]int{{1, 2, 3}, {4, 5}},
			wantQueries: []string{"pageSize=3", "after=3&pageSize=3"},
		},
		{
			name:        "requests one more page after a full last page",
			list:        keysetList{ids: upTo(6)},
			afterID:     0,
			want:        [][]int{{1, 2, 3}, {4, 5, 6}},
			wantQueries: []string{"pageSize=3", "after=3&pageSize=3", "after=6&pageSize=3"},
		},
		{name: "starts after an ID", list: keysetList{ids: upTo(5)}, afterID: 3, want: [][]int{{4, 5}}, wantQueries: []string{"after=3&pageSize=3"}},
		{
			name:        "inclusive server",
			list:        keysetList{ids: upTo(6), inclusive: true},
			afterID:     0,
			want:        [][]int{{1, 2, 3}, {4, 5}, {6}},
			wantQueries: []string{"pageSize=3", "after=3&pageSize=3", "after=5&pageSize=3"},
		},
		{name: "unsorted page", list: keysetList{ids: []int{9, 2, 5}}, afterID: 0, want: [][]int{{2, 5, 9}}, wantQueries: []string{"pageSize=3", "after=9&pageSize=3"}},
		{name: "duplicate row on a page", list: keysetList{ids: []int{4, 4}}, afterID: 0, want: [][]int{{4}}, wantQueries: []string{"pageSize=3"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, map[string]http.HandlerFunc{"GET /v2/organizations": test.list.ServeHTTP})
			got, err := collectPages(s.client(t, withPageSize(3)).Organizations(t.Context(), ninjaone.OrganizationQuery{AfterID: test.afterID}))
			require.NoError(t, err)
			require.Equal(t, test.want, got)
			require.Equal(t, test.wantQueries, s.queries("/v2/organizations"))
		})
	}
}

// Paging ends if a server ignores `after` and returns the same page again.
func TestKeysetPagingEndsIfTheServerIgnoresAfter(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"/v2/organizations": respond(200, `[{"id":1},{"id":2},{"id":3}]`)})
	got, err := collectPages(s.client(t, withPageSize(3)).Organizations(t.Context(), ninjaone.OrganizationQuery{}))
	require.NoError(t, err)
	require.Equal(t, [][]int{{1, 2, 3}}, got)
	require.Len(t, s.requests("/v2/organizations"), 2)
}

// No page is requested after the caller stops.
func TestKeysetPagingStopsWithTheCaller(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"/v2/organizations": keysetList{ids: upTo(9)}.ServeHTTP})
	for page, err := range s.client(t, withPageSize(3)).Organizations(t.Context(), ninjaone.OrganizationQuery{}) {
		require.NoError(t, err)
		require.Len(t, page, 3)
		break
	}
	require.Len(t, s.requests("/v2/organizations"), 1)
}

// An error is yielded once, after the pages before it.
func TestKeysetPagingYieldsAnErrorOnce(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"/v2/organizations": func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("after") {
			respond(503, ``)(w, r)
			return
		}
		keysetList{ids: upTo(3)}.ServeHTTP(w, r)
	}})
	var pages, failures int
	for page, err := range s.client(t, withPageSize(3)).Organizations(t.Context(), ninjaone.OrganizationQuery{}) {
		if err == nil {
			pages++
			continue
		}
		failures++
		require.Nil(t, page)
		require.True(t, ninjaone.IsTransient(err))
	}
	require.Equal(t, 1, pages)
	require.Equal(t, 1, failures)
}

// Ranging over the same iterator again starts from the first page.
func TestKeysetPagingCanBeRepeated(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"/v2/organizations": keysetList{ids: upTo(4)}.ServeHTTP})
	pages := s.client(t, withPageSize(3)).Organizations(t.Context(), ninjaone.OrganizationQuery{})
	first, err := collectPages(pages)
	require.NoError(t, err)
	second, err := collectPages(pages)
	require.NoError(t, err)
	require.Equal(t, first, second)
}

// A row without a readable ID hides no other one, and is counted.
func TestRowWithoutID(t *testing.T) {
	t.Parallel()
	for rows, want := range map[string]struct{ read, skipped int }{
		`[{"name":"x"}]`:                       {0, 1},
		`[{"id":1},null,{"id":"2"},{"id":{}}]`: {2, 2},
		`[{"id":-4},{"id":3}]`:                 {1, 1},
	} {
		skipped := 0
		s := newServer(t, map[string]http.HandlerFunc{"/v2/organizations": respond(200, rows)})
		client := s.client(t, func(o *ninjaone.Options) {
			o.Skipped = func(_ context.Context, some lenient.Skipped) {
				require.Equal(t, "organizations", some.Operation)
				skipped += some.Records
			}
		})
		read, err := collectPages(client.Organizations(t.Context(), ninjaone.OrganizationQuery{}))
		require.NoError(t, err, rows)
		require.Len(t, slices.Concat(read...), want.read, rows)
		require.Equal(t, want.skipped, skipped, rows)
	}
}

// A server that sends fewer rows than asked for hides none of them, however the tenant has grown since it was first read.
func TestSilentCap(t *testing.T) {
	t.Parallel()
	list := keysetList{ids: upTo(60), cap: 25}
	s := newServer(t, map[string]http.HandlerFunc{"/v2/organizations": list.ServeHTTP})
	client := s.client(t)
	for range 2 {
		read, err := collectPages(client.Organizations(t.Context(), ninjaone.OrganizationQuery{}))
		require.NoError(t, err)
		require.Equal(t, upTo(60), slices.Concat(read...))
	}
	require.Len(t, s.requests("/v2/organizations"), 6, "the third page is shorter than the first, so it is the last")
}

// A page whose rows can't be read at all can't be continued, so it is an error unless it ends the list.
func TestPageWithoutIDs(t *testing.T) {
	t.Parallel()
	rows := "[" + strings.Repeat(`{"id":"x"},`, 19) + `{"id":"x"}]`
	s := newServer(t, map[string]http.HandlerFunc{"/v2/organizations": respond(200, rows)})
	_, err := collectPages(s.client(t).Organizations(t.Context(), ninjaone.OrganizationQuery{}))
	require.True(t, isResponseError(err), "%v", err)
}
