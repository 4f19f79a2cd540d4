package ninjaone_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/ninjaone"
)

// The documented payload of the activity log is read.
func TestActivities(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"GET /v2/activities": respond(200, testdata(t, "activities.json"))})
	page, err := s.client(t).Activities(t.Context(), ninjaone.ActivityQuery{})
	require.NoError(t, err)
	require.Equal(t, ninjaone.ActivityPage{LastActivityID: 347371500, Activities: []ninjaone.Activity{{
		ID: 347371446, ActivityTime: timestamp(t, "2025-09-29T08:06:05.953166Z"), DeviceID: 5948, ActivityType: "ACTIONSET",
		StatusCode: "START_REQUESTED", SourceConfigUID: "4e6ade9a-e196-4dbb-92f9-6b968bdc08be",
		Message: "Scheduled automation 'Example automation' running on demand",
	}}}, page)
	require.Equal(t, int64(347371446), page.OldestID())
	require.Equal(t, int64(347371500), page.NewestID())
}

// A query becomes the parameters of the account-wide log (ninjaone.md 6.1), with the page size within its limits.
func TestActivityQuery(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name      string
		query     ninjaone.ActivityQuery
		wantQuery string
	}{
		{name: "everything", query: ninjaone.ActivityQuery{}, wantQuery: "pageSize=1000"},
		{name: "page size below the minimum", query: ninjaone.ActivityQuery{PageSize: 1}, wantQuery: "pageSize=10"},
		{name: "negative page size", query: ninjaone.ActivityQuery{PageSize: -1}, wantQuery: "pageSize=10"},
		{name: "page size above the maximum", query: ninjaone.ActivityQuery{PageSize: 5000}, wantQuery: "pageSize=1000"},
		{
			name:      "older activities of one type",
			query:     ninjaone.ActivityQuery{OlderThan: 1 << 40, Type: "CONDITION"},
			wantQuery: "olderThan=1099511627776&pageSize=1000&type=CONDITION",
		},
		{name: "escaped type", query: ninjaone.ActivityQuery{Type: "a&b +c"}, wantQuery: "pageSize=1000&type=a%26b%20%2Bc"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, map[string]http.HandlerFunc{"/v2/activities": respond(200, `{"lastActivityId":9,"activities":[]}`)})
			page, err := s.client(t).Activities(t.Context(), test.query)
			require.NoError(t, err)
			require.Equal(t, int64(9), page.NewestID())
			require.Zero(t, page.OldestID())
			require.Equal(t, []string{test.wantQuery}, s.queries("/v2/activities"))
		})
	}
}

// The bare array of some tenants is accepted too, and activities come newest first whatever the server's order.
func TestActivityPageFormats(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, body     string
		ids            []int64 // nil if the page is an error
		oldest, newest int64
	}{
		{name: "object", body: `{"lastActivityId":9,"activities":[{"id":3},{"id":5}]}`, ids: []int64{5, 3}, oldest: 3, newest: 9},
		{name: "object with an old last ID", body: `{"lastActivityId":4,"activities":[{"id":5}]}`, ids: []int64{5}, oldest: 5, newest: 5},
		{name: "bare array", body: ` [{"id":3},{"id":5}]`, ids: []int64{5, 3}, oldest: 3, newest: 5},
		{name: "empty array", body: `[]`, ids: []int64{}},
		{name: "no activities", body: `{"lastActivityId":9}`, ids: []int64{}, newest: 9},
		{name: "another object", body: `{"resultCode":"FAILURE"}`},
		{name: "activity without an ID", body: `[{"message":"x"}]`},
		{name: "activities of the wrong type", body: `{"activities":{}}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, map[string]http.HandlerFunc{"/v2/activities": respond(200, test.body)})
			page, err := s.client(t).Activities(t.Context(), ninjaone.ActivityQuery{})
			if test.ids == nil {
				require.True(t, isResponseError(err), "%v", err)
				return
			}
			require.NoError(t, err)
			ids := []int64{}
			for _, activity := range page.Activities {
				ids = append(ids, activity.ID)
			}
			require.Equal(t, test.ids, ids)
			require.Equal(t, test.oldest, page.OldestID())
			require.Equal(t, test.newest, page.NewestID())
		})
	}
}
