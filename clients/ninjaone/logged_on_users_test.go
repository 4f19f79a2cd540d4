package ninjaone_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/ninjaone"
)

const reportPath = "/v2/queries/logged-on-users"

// report returns a page of the report with rows for consecutive devices.
func report(t *testing.T, firstDevice, rows int, cursor string) string {
	t.Helper()
	results := make([]map[string]any, rows)
	for i := range results {
		results[i] = map[string]any{"deviceId": firstDevice + i, "userName": fmt.Sprintf(`EXAMPLE\u%d`, firstDevice+i), "logonTime": 1742391675.0}
	}
	page := map[string]any{"results": results}
	if cursor != "" {
		page["cursor"] = json.RawMessage(cursor)
	}
	data, err := json.Marshal(page)
	require.NoError(t, err)
	return string(data)
}

// The report is limited to the organization, and a short page is the last.
func TestLoggedOnUsers(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"GET " + reportPath: respond(200, testdata(t, "logged_on_users.json"))})
	for page, err := range s.client(t).LoggedOnUsers(t.Context(), 2) {
		require.NoError(t, err)
		require.Equal(t, []ninjaone.LoggedOnUser{{DeviceID: 7, UserName: `EXAMPLE\jdoe`}}, page)
	}
	require.Equal(t, []string{"df=org%20%3D%202&pageSize=10000"}, s.queries(reportPath))
}

// Paging follows the cursor and ends however the server marks the last page (ninjaone.md 4.7).
func TestLoggedOnUsersCursor(t *testing.T) {
	t.Parallel()
	fullPage := func(firstDevice int, cursor string) string { return report(t, firstDevice, 10000, cursor) }
	const one, oneMoved, two = `{"name":"one","offset":0}`, `{"name":"one","offset":10000}`, `{"name":"two","offset":0}`
	for _, test := range []struct {
		name        string
		pages       []string // the last one repeats
		wantRows    int
		wantCursors []string
	}{
		{
			name:     "ends at a short page",
			pages:    []string{fullPage(1, one), report(t, 10001, 5, two)},
			wantRows: 10005, wantCursors: []string{"", "one"},
		},
		{
			name:     "ends at an empty page",
			pages:    []string{fullPage(1, one), report(t, 0, 0, one)},
			wantRows: 10000, wantCursors: []string{"", "one"},
		},
		{
			name:     "ends without a cursor",
			pages:    []string{fullPage(1, "")},
			wantRows: 10000, wantCursors: []string{""},
		},
		{
			name:     "ends at an empty cursor",
			pages:    []string{fullPage(1, `{}`)},
			wantRows: 10000, wantCursors: []string{""},
		},
		{
			name:     "continues if only the offset changes",
			pages:    []string{fullPage(1, one), fullPage(10001, oneMoved), report(t, 20001, 1, oneMoved)},
			wantRows: 20001, wantCursors: []string{"", "one", "one"},
		},
		{
			name:     "ends if the cursor does not change",
			pages:    []string{fullPage(1, one), fullPage(10001, one)},
			wantRows: 20000, wantCursors: []string{"", "one"},
		},
		{
			name:     "accepts an empty report without results",
			pages:    []string{`{"cursor":{"name":"one"}}`},
			wantRows: 0, wantCursors: []string{""},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			next := make(chan string, len(test.pages))
			for _, page := range test.pages {
				next <- page
			}
			last := test.pages[len(test.pages)-1]
			s := newServer(t, map[string]http.HandlerFunc{reportPath: func(w http.ResponseWriter, r *http.Request) {
				select {
				case page := <-next:
					respond(200, page)(w, r)
				default:
					respond(200, last)(w, r)
				}
			}})
			rows := 0
			for page, err := range s.client(t).LoggedOnUsers(t.Context(), 0) {
				require.NoError(t, err)
				require.NotEmpty(t, page)
				rows += len(page)
			}
			require.Equal(t, test.wantRows, rows)
			var cursors []string
			for _, query := range s.queries(reportPath) {
				values, err := url.ParseQuery(query)
				require.NoError(t, err)
				cursors = append(cursors, values.Get("cursor"))
			}
			require.Equal(t, test.wantCursors, cursors)
		})
	}
}

// A response that is not a report is an error and does not count as an empty report.
func TestLoggedOnUsersUnreadable(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `[]`, `{"results":{}}`, `{"resultCode":"FAILURE"}`} {
		s := newServer(t, map[string]http.HandlerFunc{reportPath: respond(200, body)})
		failures := 0
		for _, err := range s.client(t).LoggedOnUsers(t.Context(), 0) {
			require.True(t, isResponseError(err), "%s: %v", body, err)
			failures++
		}
		require.Equal(t, 1, failures, body)
	}
}
