package ninjaone_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/ninjaone"
)

func cursorOf(t *testing.T, query string) string {
	t.Helper()
	values, err := url.ParseQuery(query)
	require.NoError(t, err)
	return values.Get("cursor")
}

func TestActivities(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"GET /v2/activities": reply(200, fixture(t, "activities.json"))})
	page, err := s.client(t, nil).Activities(t.Context(), ninjaone.ActivityQuery{})
	require.NoError(t, err)
	require.Equal(t, ninjaone.ActivityPage{LastActivityID: 347371500, Activities: []ninjaone.Activity{{
		ID: 347371446, ActivityTime: stamp(t, "2025-09-29T08:06:05.953166Z"), DeviceID: 5948, ActivityType: "ACTIONSET",
		StatusCode: "START_REQUESTED", Status: "Start Requested", SourceConfigUID: "4e6ade9a-e196-4dbb-92f9-6b968bdc08be",
		SourceName: "Example automation", UserID: 31, Message: "Scheduled automation 'Example automation' running on demand", Type: "Action Set",
	}}}, page)
	require.Equal(t, int64(347371446), page.OldestID())
	require.Equal(t, int64(347371500), page.NewestID())
}

// The parameters are those of the account-wide path (contract ninjaone 6.1), the page size within its limits.
func TestActivityQuery(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		query ninjaone.ActivityQuery
		want  string
	}{
		{"nothing", ninjaone.ActivityQuery{}, "pageSize=1000"},
		{"smallest page", ninjaone.ActivityQuery{PageSize: 1}, "pageSize=10"},
		{"negative page", ninjaone.ActivityQuery{PageSize: -1}, "pageSize=10"},
		{"largest page", ninjaone.ActivityQuery{PageSize: 5000}, "pageSize=1000"},
		{"backwards", ninjaone.ActivityQuery{OlderThan: 77, Type: "CONDITION", Status: "TRIGGERED"}, "olderThan=77&pageSize=1000&status=TRIGGERED&type=CONDITION"},
		{"forwards", ninjaone.ActivityQuery{NewerThan: 1 << 40}, "newerThan=1099511627776&pageSize=1000"},
		{"series", ninjaone.ActivityQuery{SeriesUID: "a&b +c"}, "pageSize=1000&seriesUid=a%26b%20%2Bc"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, map[string]http.HandlerFunc{"/v2/activities": reply(200, `{"lastActivityId":9,"activities":[]}`)})
			page, err := s.client(t, nil).Activities(t.Context(), test.query)
			require.NoError(t, err)
			require.Equal(t, int64(9), page.NewestID())
			require.Zero(t, page.OldestID())
			require.Equal(t, test.want, s.requests("/v2/activities")[0].Query)
		})
	}
}

func TestActivityQueryRefusesBothDirections(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	_, err := s.client(t, nil).Activities(t.Context(), ninjaone.ActivityQuery{OlderThan: 2, NewerThan: 1})
	require.ErrorIs(t, err, ninjaone.ErrInvalid)
	require.Empty(t, s.requests(tokenPath))
}

// The bare array of some tenants is read too, and rows come newest first whatever the server's order.
func TestActivityPageShapes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, body     string
		ids            []int64
		oldest, newest int64
	}{
		{"envelope", `{"lastActivityId":9,"activities":[{"id":3},{"id":5}]}`, []int64{5, 3}, 3, 9},
		{"envelope that lags", `{"lastActivityId":4,"activities":[{"id":5}]}`, []int64{5}, 5, 5},
		{"bare array", ` [{"id":3},{"id":5}]`, []int64{5, 3}, 3, 5},
		{"empty array", `[]`, []int64{}, 0, 0},
		{"no rows", `{"lastActivityId":9}`, []int64{}, 0, 9},
		{"other object", `{"resultCode":"FAILURE"}`, nil, 0, 0},
		{"row without an id", `[{"message":"x"}]`, nil, 0, 0},
		{"other rows", `{"activities":{}}`, nil, 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, map[string]http.HandlerFunc{"/v2/activities": reply(200, test.body)})
			page, err := s.client(t, nil).Activities(t.Context(), ninjaone.ActivityQuery{})
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
