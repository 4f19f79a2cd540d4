package ninjaone_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/lab"
	"ninjaone-accelo/internal/simulator/ninjaone"
)

// readAllPages pages through a list and returns all IDs.
func readAllPages(n *tenant, path string, size int) []int {
	var all []int
	for last := 0; ; {
		page := ids(n.rows(fmt.Sprintf("%s?pageSize=%d&after=%d", path, size, last)))
		if len(page) == 0 {
			return all
		}
		all = append(all, page...)
		last = page[len(page)-1]
	}
}

// With any page size, paging returns every row once, in ascending order of ID (ninjaone.md 3.1).
func TestPaging(t *testing.T) {
	t.Parallel()
	n := smallTenant(t)
	for path, want := range map[string]int{"/v2/organizations": 12, "/api/v2/organizations-detailed": 12, "/v2/devices": 240, "/v2/devices-detailed": 240} {
		whole := ids(n.rows(path))
		require.Len(t, whole, want, path)
		require.True(t, slices.IsSorted(whole))
		for _, size := range []int{1, 7, 240, 1000} {
			if size > 1 || want < 100 {
				require.Equal(t, whole, readAllPages(n, path, size), "%s by %d", path, size)
			}
		}
	}
	require.NotEmpty(t, readAllPages(n, "/v2/locations", 5))
}

// Deleting rows between two pages does not shift the others.
func TestPagingSurvivesDeletions(t *testing.T) {
	t.Parallel()
	n := smallTenant(t)
	all := ids(n.rows("/v2/devices"))
	first := ids(n.rows("/v2/devices?pageSize=10"))
	require.NoError(t, n.DeleteDevice(first[3]))
	require.NoError(t, n.DeleteDevice(first[9]))
	require.Equal(t, all[10:20], ids(n.rows(fmt.Sprintf("/v2/devices?pageSize=10&after=%d", first[9]))))
}

// A page never has more than 1,000 rows, and a switch silently lowers that limit.
func TestPageSizeIsCappedSilently(t *testing.T) {
	t.Parallel()
	n := newTenant(t, ninjaone.Options{Organizations: 5, Devices: 1500})
	n.logIn("")
	require.Len(t, n.rows("/v2/devices?pageSize=5000"), 1000)
	require.Len(t, n.rows("/v2/devices"), 1500, "without pageSize all rows are returned")
	n.act("switches", `{"page_cap":100}`)
	require.Len(t, n.rows("/v2/devices?pageSize=1000"), 100)
	require.NoError(t, n.Lab.Faults.Set(lab.Fault{Kind: "list-capped", Params: map[string]string{"limit": "7"}}))
	require.Len(t, n.rows("/v2/devices?pageSize=1000"), 7)
}

func TestListFaults(t *testing.T) {
	t.Parallel()
	n := smallTenant(t)
	first := n.rows("/v2/devices?pageSize=10")
	require.NoError(t, n.Lab.Faults.Set(lab.Fault{Kind: "cursor-stuck", Path: "devices"}))
	require.Equal(t, first, n.rows("/v2/devices?pageSize=10&after="+fmt.Sprint(ids(first)[9])), "the cursor does not move")
	require.NoError(t, n.Lab.Faults.Set(lab.Fault{Kind: "list-empty", Path: "alerts$"}))
	require.Empty(t, n.rows("/v2/alerts"))
	require.Len(t, n.rows("/v2/organizations"), 12)
	require.NoError(t, n.Lab.Faults.Set(lab.Fault{Kind: "list-shrunken"}))
	require.Len(t, n.rows("/v2/organizations"), 6)
}

// Malformed parameters return 400 with an application error (ninjaone.md 8.2).
func TestBadParameters(t *testing.T) {
	t.Parallel()
	n := smallTenant(t)
	for _, path := range []string{
		"/v2/devices?pageSize=x", "/v2/devices?pageSize=0", "/v2/devices?pageSize=-1", "/v2/devices?after=x", "/v2/devices?df=systemName%3Dx",
		"/v2/organization/abc", "/v2/device/99999999999", "/v2/alerts?df=org", "/v2/activities?olderThan=x", "/v2/activities?class=NONE",
		"/v2/activities?after=soon", "/v2/queries/logged-on-users?pageSize=x",
	} {
		got := n.call(http.MethodGet, path, "")
		require.Equal(t, http.StatusBadRequest, got.status, path)
		require.Contains(t, got.body, `"errorMessage"`, path)
		require.Contains(t, got.body, `"incidentId"`, path)
	}
	for _, path := range []string{"/v2/organization/1", "/v2/device/999999", "/v2/device/999999/alerts", "/v2/organization/1/devices", "/v2/nothing", "/v2//devices"} {
		got := n.call(http.MethodGet, path, "")
		require.Equal(t, http.StatusNotFound, got.status, path)
		require.Contains(t, got.body, `"resultCode"`, path)
	}
}

// Lists hide devices that aren't approved unless df asks for them (ninjaone.md 4.6).
func TestPendingDevicesAreHidden(t *testing.T) {
	t.Parallel()
	n := smallTenant(t)
	hidden := map[string][]int{}
	for _, device := range n.Snapshot().Devices {
		hidden[device.ApprovalStatus] = append(hidden[device.ApprovalStatus], device.ID)
	}
	require.NotEmpty(t, hidden["PENDING"])
	require.NotEmpty(t, hidden["DECOMMISSIONED"])
	require.Len(t, hidden["APPROVED"], 240)
	require.Equal(t, hidden["APPROVED"], ids(n.rows("/v2/devices-detailed?df=")))
	require.Equal(t, hidden["PENDING"], ids(n.rows("/v2/devices?df=status%3DPENDING")))

	id := hidden["PENDING"][0]
	var one map[string]any
	n.get(fmt.Sprintf("/v2/device/%d", id), &one)
	require.Equal(t, "PENDING", one["approvalStatus"], "a webhook may refer to it, so it can be read")
	n.act("devices/approve", fmt.Sprintf(`{"id":%d}`, id))
	require.Contains(t, ids(n.rows("/v2/devices")), id)

	owner := n.approvedDevice().OrganizationID
	n.act("devices/pending", fmt.Sprintf(`{"id":%d}`, n.approvedDevice().ID))
	for _, row := range n.rows(fmt.Sprintf("/v2/organization/%d/devices", owner)) {
		require.Equal(t, "APPROVED", row["approvalStatus"])
	}
}

// Unknown parameters are ignored and recorded as violations.
func TestUnknownParametersAreViolations(t *testing.T) {
	t.Parallel()
	n := smallTenant(t)
	require.Len(t, n.rows("/v2/organizations?limit=3"), 12)
	n.call(http.MethodGet, "/v2/alerts/summary", "")
	details := ""
	for _, violation := range n.Lab.Calls.Violations() {
		details += violation.Detail + "\n"
	}
	require.Contains(t, details, `"limit"`)
	require.Contains(t, details, "unknown path")
}
