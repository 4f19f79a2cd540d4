package ninjaone_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/ninjaone"
)

// report is one page of the logged-on users report with rows for the devices from first on.
func report(t *testing.T, first, rows int, cursor string) string {
	t.Helper()
	results := make([]map[string]any, rows)
	for i := range results {
		results[i] = map[string]any{"deviceId": first + i, "userName": fmt.Sprintf(`EXAMPLE\u%d`, first+i), "logonTime": 1742391675.0}
	}
	page := map[string]any{"results": results}
	if cursor != "" {
		page["cursor"] = json.RawMessage(cursor)
	}
	data, err := json.Marshal(page)
	require.NoError(t, err)
	return string(data)
}

func TestLoggedOnUsers(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"GET /v2/queries/logged-on-users": reply(200, fixture(t, "logged_on_users.json"))})
	for page, err := range s.client(t, nil).LoggedOnUsers(t.Context(), ninjaone.Devices().InOrganizations(2)) {
		require.NoError(t, err)
		require.Equal(t, []ninjaone.LoggedOnUser{{DeviceID: 7, UserName: `EXAMPLE\jdoe`, LogonTime: stamp(t, "2025-03-19T13:41:15Z")}}, page)
	}
	asked := s.requests("/v2/queries/logged-on-users")
	require.Len(t, asked, 1, "a short page is the last")
	require.Equal(t, "df=org%20%3D%202&pageSize=10000", asked[0].Query)
}

// The cursor rules of contract ninjaone 4.7.
func TestLoggedOnUsersCursor(t *testing.T) {
	t.Parallel()
	full := func(first int, cursor string) string { return report(t, first, 10000, cursor) }
	const one, moved, two = `{"name":"one","offset":0}`, `{"name":"one","offset":10000}`, `{"name":"two","offset":0}`
	for _, test := range []struct {
		name  string
		pages []string // the last one repeats
		rows  int
		asked []string // cursors
	}{
		{"ends on a short page", []string{full(1, one), report(t, 10001, 5, two)}, 10005, []string{"", "one"}},
		{"ends on an empty page", []string{full(1, one), report(t, 0, 0, one)}, 10000, []string{"", "one"}},
		{"ends without a cursor", []string{full(1, "")}, 10000, []string{""}},
		{"ends on an empty cursor", []string{full(1, `{}`)}, 10000, []string{""}},
		{"follows the offset under one name", []string{full(1, one), full(10001, moved), report(t, 20001, 1, moved)}, 20001, []string{"", "one", "one"}},
		{"ends when the cursor does not move", []string{full(1, one), full(10001, one)}, 20000, []string{"", "one"}},
		{"tolerates an empty report without results", []string{`{"cursor":{"name":"one"}}`}, 0, []string{""}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			next := make(chan string, len(test.pages))
			for _, page := range test.pages {
				next <- page
			}
			last := test.pages[len(test.pages)-1]
			s := newServer(t, map[string]http.HandlerFunc{"/v2/queries/logged-on-users": func(w http.ResponseWriter, r *http.Request) {
				select {
				case page := <-next:
					reply(200, page)(w, r)
				default:
					reply(200, last)(w, r)
				}
			}})
			rows := 0
			for page, err := range s.client(t, nil).LoggedOnUsers(t.Context(), ninjaone.Devices()) {
				require.NoError(t, err)
				require.NotEmpty(t, page)
				rows += len(page)
			}
			require.Equal(t, test.rows, rows)
			var asked []string
			for _, r := range s.requests("/v2/queries/logged-on-users") {
				asked = append(asked, cursorOf(t, r.Query))
			}
			require.Equal(t, test.asked, asked)
		})
	}
}

// Another envelope, or none, is an error and not an empty report.
func TestLoggedOnUsersOtherShapes(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `[]`, `{"results":{}}`, `{"resultCode":"FAILURE"}`} {
		s := newServer(t, map[string]http.HandlerFunc{"/v2/queries/logged-on-users": reply(200, body)})
		failures := 0
		for _, err := range s.client(t, nil).LoggedOnUsers(t.Context(), ninjaone.Devices()) {
			require.True(t, isResponseError(err), "%s: %v", body, err)
			failures++
		}
		require.Equal(t, 1, failures, body)
	}
}
