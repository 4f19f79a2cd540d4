package ninjaone_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/lab"
)

// report is the envelope of ninjaone.md 4.7.
type report struct {
	Cursor *struct {
		Name    string  `json:"name"`
		Offset  int     `json:"offset"`
		Count   int     `json:"count"`
		Expires float64 `json:"expires"`
	} `json:"cursor"`
	Results []map[string]any `json:"results"`
}

// A report of one page has no cursor. A longer one is read by the cursor's name until a page is empty.
func TestReportPaging(t *testing.T) {
	t.Parallel()
	n := smallTenant(t)
	var whole, page report
	n.get("/v2/queries/logged-on-users", &whole)
	require.Nil(t, whole.Cursor)
	require.Greater(t, len(whole.Results), 60)

	var all []map[string]any
	next := ""
	for range 100 {
		page = report{}
		n.get("/v2/queries/logged-on-users?pageSize=25"+next, &page)
		if len(page.Results) == 0 {
			break
		}
		require.Equal(t, len(all), page.Cursor.Offset)
		all = append(all, page.Results...)
		next = "&cursor=" + page.Cursor.Name
	}
	require.Equal(t, whole.Results, all)
	require.Nil(t, page.Cursor)
	row := all[0]
	require.Contains(t, row["userName"], `\`)
	require.NotZero(t, row["logonTime"])
	require.NotZero(t, row["deviceId"])
}

// A page size below the minimum is raised to 10.
func TestReportPageSize(t *testing.T) {
	t.Parallel()
	n := smallTenant(t)
	var page report
	n.get("/v2/queries/logged-on-users?pageSize=1", &page)
	require.Len(t, page.Results, 10)
}

func TestReportCursorsEnd(t *testing.T) {
	t.Parallel()
	n := smallTenant(t)
	var page report
	n.get("/v2/queries/logged-on-users?pageSize=10", &page)
	path := "/v2/queries/logged-on-users?pageSize=10&cursor="
	require.Equal(t, 404, n.call(http.MethodGet, path+"unknown", "").status)
	n.clock.advance(11 * time.Minute)
	require.Equal(t, 404, n.call(http.MethodGet, path+page.Cursor.Name, "").status)
}

// A cursor that does not move repeats name, offset and rows.
func TestReportCursorStuck(t *testing.T) {
	t.Parallel()
	n := smallTenant(t)
	require.NoError(t, n.Lab.Faults.Set(lab.Fault{Kind: "cursor-stuck"}))
	var first, second report
	n.get("/v2/queries/logged-on-users?pageSize=10", &first)
	n.get("/v2/queries/logged-on-users?pageSize=10&cursor="+first.Cursor.Name, &second)
	require.Equal(t, first, second)
}

func TestReportFilter(t *testing.T) {
	t.Parallel()
	n := smallTenant(t)
	classes := map[int]string{}
	for _, device := range n.Snapshot().Devices {
		classes[device.ID] = device.NodeClass
	}
	path := "/v2/queries/logged-on-users?df=class%3DMAC"
	var page report
	n.get(path, &page)
	require.NotEmpty(t, page.Results)
	for _, row := range page.Results {
		require.Equal(t, "MAC", classes[int(row["deviceId"].(float64))])
	}
	require.NoError(t, n.Lab.Faults.Set(lab.Fault{Kind: "class-ignored"}))
	var more report
	n.get(path, &more)
	require.Greater(t, len(more.Results), len(page.Results))
}

func TestOtherReports(t *testing.T) {
	t.Parallel()
	n := smallTenant(t)
	for path, member := range map[string]string{"operating-systems": "buildNumber", "computer-systems": "serialNumber", "device-health": "healthStatus"} {
		var page report
		n.get("/v2/queries/"+path, &page)
		require.NotEmpty(t, page.Results, path)
		require.Contains(t, page.Results[0], member)
		require.Contains(t, page.Results[0], "deviceId", fmt.Sprint(path))
	}
}
