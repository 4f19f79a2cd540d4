package ninjaone_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/lab"
	"ninjaone-accelo/internal/simulator/ninjaone"
)

// activities is the envelope of ninjaone.md 6.1.
type activities struct {
	LastActivityID     int64            `json:"lastActivityId"`
	LastNodeActivityID int64            `json:"lastNodeActivityId"`
	Activities         []map[string]any `json:"activities"`
}

func (a activities) ids() []int { return ids(a.Activities) }

// tenantWithLongLog starts a tenant with more than two pages of alerts in its log.
func tenantWithLongLog(t *testing.T) *tenant {
	t.Helper()
	n := smallTenant(t)
	_, err := n.TriggerStorm(nil, 0, 450, ninjaone.AlertSpec{})
	require.NoError(t, err)
	return n
}

func newestFirst(list []int) bool {
	return slices.IsSortedFunc(list, func(a, b int) int { return b - a })
}

// The log is sorted newest first, with 200 rows by default and 10 to 1,000 on request. lastActivityId is that of the
// account (ninjaone.md 6.1).
func TestActivitiesAreNewestFirst(t *testing.T) {
	t.Parallel()
	n := tenantWithLongLog(t)
	var log activities
	for size, want := range map[string]int{"": 200, "?pageSize=50": 50, "?pageSize=1": 10, "?pageSize=5000": len(n.Snapshot().Activities)} {
		n.get("/v2/activities"+size, &log)
		require.Len(t, log.Activities, min(want, 1000), size)
		require.True(t, newestFirst(log.ids()))
		require.EqualValues(t, log.LastActivityID, log.ids()[0])
	}
	var older activities
	n.get("/v2/activities", &log)
	n.get(fmt.Sprintf("/v2/activities?type=CONDITION&olderThan=%d", log.ids()[100]), &older)
	require.Equal(t, log.LastActivityID, older.LastActivityID, "it is the account's, not the page's")
	require.Less(t, older.ids()[0], log.ids()[100], "olderThan is exclusive")
}

// Paging backwards with olderThan finds every row exactly once (ninjaone.md 6.4).
func TestPagingBackwards(t *testing.T) {
	t.Parallel()
	n := tenantWithLongLog(t)
	var all []int
	for last := ""; ; {
		var log activities
		n.get("/v2/activities?type=CONDITION&pageSize=100"+last, &log)
		if len(log.Activities) == 0 {
			break
		}
		all = append(all, log.ids()...)
		last = fmt.Sprintf("&olderThan=%d", log.ids()[len(log.ids())-1])
	}
	want := 0
	for _, activity := range n.Snapshot().Activities {
		if activity.Type == "CONDITION" {
			want++
		}
	}
	require.Len(t, all, want)
	require.True(t, newestFirst(all))
	require.Len(t, slices.Compact(all), want)
}

// If more than one page is newer, newerThan returns the newest rows unless the switch is set (ninjaone.md 10).
func TestNewerThan(t *testing.T) {
	t.Parallel()
	n := tenantWithLongLog(t)
	var whole, page activities
	n.get("/v2/activities?pageSize=1000", &whole)
	cursor := whole.ids()[300]
	n.get(fmt.Sprintf("/v2/activities?pageSize=100&newerThan=%d", cursor), &page)
	require.Equal(t, whole.ids()[:100], page.ids(), "the newest hundred: paging forwards loses rows")

	n.act("switches", `{"newer_than_oldest_first":true}`)
	n.get(fmt.Sprintf("/v2/activities?pageSize=100&newerThan=%d", cursor), &page)
	require.Equal(t, whole.ids()[200:300], page.ids(), "the oldest hundred above the cursor, still newest first")

	n.get(fmt.Sprintf("/v2/activities?newerThan=%d", time.Now().Unix()), &page)
	require.Empty(t, page.Activities, "a timestamp is not an ID: it is above all of them")
}

// Each log silently ignores the other one's name of the type parameter (ninjaone.md 9).
func TestWrongTypeParametersAreIgnored(t *testing.T) {
	t.Parallel()
	n := smallTenant(t)
	device := n.Snapshot().Alerts[0].DeviceID
	require.NoError(t, n.LogOnUser(device, `D\u`))
	kinds := func(path string) map[string]bool {
		var log activities
		n.get(path, &log)
		seen := map[string]bool{}
		for _, row := range log.Activities {
			seen[row["activityType"].(string)] = true
		}
		return seen
	}
	require.Equal(t, map[string]bool{"CONDITION": true}, kinds("/v2/activities?type=CONDITION"))
	require.Greater(t, len(kinds("/v2/activities?activityType=CONDITION")), 1)
	path := fmt.Sprintf("/v2/device/%d/activities", device)
	require.Equal(t, map[string]bool{"CONDITION": true}, kinds(path+"?activityType=CONDITION"))
	require.Greater(t, len(kinds(path+"?type=CONDITION")), 1)
	require.Equal(t, 2, n.Lab.Counters().Violations)
}

// Each filter only returns matching rows (ninjaone.md 6.1).
func TestActivityFilters(t *testing.T) {
	t.Parallel()
	n := smallTenant(t)
	alert := n.Snapshot().Alerts[7]
	_, err := n.ResetAlertBy(alert.UID, 31)
	require.NoError(t, err)
	now := n.clock.Now().Unix()
	device := alert.DeviceID
	for query, want := range map[string]func(row map[string]any) bool{
		"status=TRIGGERED,RESET": func(row map[string]any) bool { return row["activityType"] == "CONDITION" },
		"status=RESET":           func(row map[string]any) bool { return row["seriesUid"] == alert.UID },
		"user=31":                func(row map[string]any) bool { return row["userId"] == 31.0 },
		"class=USER":             func(row map[string]any) bool { return row["userId"] == 31.0 },
		"sourceConfigUid=" + alert.SourceConfigUID: func(row map[string]any) bool { return row["sourceConfigUid"] == alert.SourceConfigUID },
		fmt.Sprintf("df=id%%3D%d", device):         func(row map[string]any) bool { return row["deviceId"] == float64(device) },
		fmt.Sprintf("after=%d", now-3700):          func(row map[string]any) bool { return row["activityTime"].(float64) > float64(now-3700) },
		fmt.Sprintf("before=%d", now-3700):         func(row map[string]any) bool { return row["activityTime"].(float64) < float64(now-3700) },
	} {
		var log activities
		n.get("/v2/activities?"+query, &log)
		require.NotEmpty(t, log.Activities, query)
		for _, row := range log.Activities {
			require.True(t, want(row), "%s: %v", query, row)
		}
	}
	n.AddOrganization("New", "")
	var log activities
	n.get("/v2/activities?class=SYSTEM", &log)
	require.Equal(t, "CLIENT_CREATED", log.Activities[0]["statusCode"])
	require.NotContains(t, log.Activities[0], "deviceId")
}

// A row has codes and their display texts (ninjaone.md 6.3).
func TestActivityShape(t *testing.T) {
	t.Parallel()
	n := smallTenant(t)
	var log activities
	got := n.get("/v2/activities?type=CONDITION", &log)
	row := log.Activities[0]
	require.Equal(t, "TRIGGERED", row["statusCode"])
	require.Equal(t, "Triggered", row["status"])
	require.Equal(t, "Condition", row["type"])
	require.Contains(t, row, "subject")
	require.NotContains(t, row, "device", "the log has no devices")
	require.Regexp(t, `"activityTime":\d{10}\.\d{9}`, got.body)
}

func TestDeviceActivities(t *testing.T) {
	t.Parallel()
	n := smallTenant(t)
	alert := n.Snapshot().Alerts[0]
	var log activities
	n.get(fmt.Sprintf("/v2/device/%d/activities", alert.DeviceID), &log)
	require.EqualValues(t, log.ids()[0], log.LastNodeActivityID)
	for _, row := range log.Activities {
		require.EqualValues(t, alert.DeviceID, row["deviceId"])
	}
	require.Equal(t, 400, n.call(http.MethodGet, fmt.Sprintf("/v2/device/%d/activities?olderThan=3000000000", alert.DeviceID), "").status, "IDs are int32 here")
	require.Less(t, log.LastActivityID, int64(1)<<31)
}

func TestActivityFaults(t *testing.T) {
	t.Parallel()
	n := smallTenant(t)
	require.NoError(t, n.Lab.Faults.Set(lab.Fault{Kind: "bare-array"}))
	require.NotEmpty(t, n.rows("/v2/activities"))
	require.NoError(t, n.Lab.Faults.Set(lab.Fault{Kind: "feed-lag", DelayMillis: 5000}))
	triggered, err := n.TriggerAlert(n.approvedDevice().ID, ninjaone.AlertSpec{})
	require.NoError(t, err)
	var log activities
	n.get("/v2/activities", &log)
	require.NotContains(t, log.ids(), int(triggered.ActivityID), "it is not in the log yet")
	n.clock.advance(5 * time.Second)
	n.get("/v2/activities", &log)
	require.Contains(t, log.ids(), int(triggered.ActivityID))
}
