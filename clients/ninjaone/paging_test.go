package ninjaone_test

import (
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/ninjaone"
)

// keyset serves ids by the rules of contract ninjaone 3.1. A cap above 0 shortens pages silently, and an inclusive
// server repeats the row of `after`.
type keyset struct {
	ids       []int
	cap       int
	inclusive bool
}

func (k keyset) ServeHTTP(w http.ResponseWriter, r *http.Request) {
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

func upTo(n int) []int {
	ids := make([]int, n)
	for i := range ids {
		ids[i] = i + 1
	}
	return ids
}

// walk collects the ids of all pages, page by page.
func walk(pages iter.Seq2[[]ninjaone.Organization, error]) (ids [][]int, err error) {
	for page, failed := range pages {
		if failed != nil {
			return ids, failed
		}
		row := make([]int, 0, len(page))
		for _, organization := range page {
			row = append(row, organization.ID)
		}
		ids = append(ids, row)
	}
	return ids, nil
}

func TestKeysetPaging(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		serve keyset
		after int
		want  [][]int
		asked []string
	}{
		{"nothing", keyset{}, 0, nil, []string{"pageSize=3"}},
		{"one short page", keyset{ids: upTo(2)}, 0, [][]int{{1, 2}}, []string{"pageSize=3"}},
		{
			"a short page ends it",
			keyset{ids: upTo(5)},
			0,
			[][]int{{1, 2, 3}, {4, 5}},
			[]string{"pageSize=3", "after=3&pageSize=3"},
		},
		{
			"a full last page needs one more question",
			keyset{ids: upTo(6)},
			0,
			[][]int{{1, 2, 3}, {4, 5, 6}},
			[]string{"pageSize=3", "after=3&pageSize=3", "after=6&pageSize=3"},
		},
		{"begins after an id", keyset{ids: upTo(5)}, 3, [][]int{{4, 5}}, []string{"after=3&pageSize=3"}},
		{
			"inclusive server",
			keyset{ids: upTo(6), inclusive: true},
			0,
			[][]int{{1, 2, 3}, {4, 5}, {6}},
			[]string{"pageSize=3", "after=3&pageSize=3", "after=5&pageSize=3"},
		},
		{"unsorted page", keyset{ids: []int{9, 2, 5}}, 0, [][]int{{2, 5, 9}}, []string{"pageSize=3", "after=9&pageSize=3"}},
		{"row twice on a page", keyset{ids: []int{4, 4}}, 0, [][]int{{4}}, []string{"pageSize=3"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, map[string]http.HandlerFunc{"GET /v2/organizations": test.serve.ServeHTTP})
			got, err := walk(s.client(t, pageSize(3)).Organizations(t.Context(), test.after))
			require.NoError(t, err)
			require.Equal(t, test.want, got)
			var asked []string
			for _, r := range s.requests("/v2/organizations") {
				asked = append(asked, r.Query)
			}
			require.Equal(t, test.asked, asked)
		})
	}
}

// A server that ignores `after` answers the same page for ever: the walk ends when the largest id does not move.
func TestKeysetPagingEndsOnAStuckServer(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"/v2/organizations": reply(200, `[{"id":1},{"id":2},{"id":3}]`)})
	got, err := walk(s.client(t, pageSize(3)).Organizations(t.Context(), 0))
	require.NoError(t, err)
	require.Equal(t, [][]int{{1, 2, 3}}, got)
	require.Len(t, s.requests("/v2/organizations"), 2)
}

// A walk asks for nothing that its caller does not want.
func TestKeysetPagingStopsWithItsCaller(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"/v2/organizations": keyset{ids: upTo(9)}.ServeHTTP})
	for page, err := range s.client(t, pageSize(3)).Organizations(t.Context(), 0) {
		require.NoError(t, err)
		require.Len(t, page, 3)
		break
	}
	require.Len(t, s.requests("/v2/organizations"), 1)
}

// An error in the middle comes after the pages before it, once.
func TestKeysetPagingYieldsAnErrorOnce(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"/v2/organizations": func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("after") {
			reply(503, ``)(w, r)
			return
		}
		keyset{ids: upTo(3)}.ServeHTTP(w, r)
	}})
	var pages, failures int
	for page, err := range s.client(t, pageSize(3)).Organizations(t.Context(), 0) {
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

// The same iterator walks again from its start, as a retried caller would.
func TestKeysetIteratorCanBeRangedAgain(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"/v2/organizations": keyset{ids: upTo(4)}.ServeHTTP})
	pages := s.client(t, pageSize(3)).Organizations(t.Context(), 0)
	first, err := walk(pages)
	require.NoError(t, err)
	second, err := walk(pages)
	require.NoError(t, err)
	require.Equal(t, first, second)
}

// A row without an id is not left out silently.
func TestRowWithoutAnID(t *testing.T) {
	t.Parallel()
	for _, rows := range []string{`[{"name":"x"}]`, `[{"id":1},null]`, `[{"id":-4}]`} {
		s := newServer(t, map[string]http.HandlerFunc{"/v2/organizations": reply(200, rows)})
		_, err := walk(s.client(t, nil).Organizations(t.Context(), 0))
		require.True(t, isResponseError(err), "%s: %v", rows, err)
	}
}

func TestProbePageSize(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name                   string
		organizations, devices keyset
		want, calls            int
	}{
		{"empty tenant", keyset{}, keyset{}, 1000, 2},
		{"small tenant", keyset{ids: upTo(3)}, keyset{ids: upTo(20)}, 1000, 4},
		{"full pages", keyset{ids: upTo(1000)}, keyset{ids: upTo(1200)}, 1000, 2},
		{"capped devices", keyset{ids: upTo(3)}, keyset{ids: upTo(450), cap: 200}, 200, 4},
		{"capped organizations", keyset{ids: upTo(150), cap: 100}, keyset{ids: upTo(450), cap: 200}, 100, 4},
		{"cap that is not reached", keyset{ids: upTo(3)}, keyset{ids: upTo(200), cap: 200}, 1000, 4},
		{"inclusive server", keyset{ids: upTo(3), inclusive: true}, keyset{ids: upTo(5), inclusive: true}, 1000, 4},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, map[string]http.HandlerFunc{
				"GET /v2/organizations": test.organizations.ServeHTTP, "GET /v2/devices": test.devices.ServeHTTP,
			})
			got, err := s.client(t, nil).ProbePageSize(t.Context())
			require.NoError(t, err)
			require.Equal(t, test.want, got)
			asked := slices.Concat(s.requests("/v2/organizations"), s.requests("/v2/devices"))
			require.Len(t, asked, test.calls)
			require.True(t, strings.HasSuffix(asked[0].Query, "pageSize=1000"))
		})
	}
}

// A failed question is not taken for a page size.
func TestProbePageSizeFails(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"/v2/organizations": reply(200, `[]`), "/v2/devices": reply(503, ``)})
	_, err := s.client(t, nil).ProbePageSize(t.Context())
	require.True(t, ninjaone.IsTransient(err), "%v", err)
}
