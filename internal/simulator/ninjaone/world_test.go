package ninjaone_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/lab"
	"ninjaone-accelo/internal/simulator/ninjaone"
)

// The same seed and time produce the same world, another seed a different one.
func TestWorldsAreReproducible(t *testing.T) {
	t.Parallel()
	build := func(seed int64) ninjaone.World {
		now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		s := ninjaone.New(ninjaone.Options{Seed: seed, Organizations: 8, Devices: 50, ActiveAlerts: 5, Now: func() time.Time { return now }})
		defer s.Close()
		return s.Snapshot()
	}
	one, other := build(1), build(2)
	require.Equal(t, one, build(1))
	require.NotEqual(t, one.Organizations, other.Organizations)
}

// A world of benchmark size has the requested counts and a realistic distribution.
func TestBigWorld(t *testing.T) {
	t.Parallel()
	s := ninjaone.New(ninjaone.Options{Seed: 1, Organizations: 200, Devices: 5000, ActiveAlerts: 50})
	t.Cleanup(s.Close)
	world := s.Snapshot()
	require.Len(t, world.Organizations, 200)
	require.Len(t, world.Alerts, 50)
	counts, approved, classes, sameName := map[int]int{}, 0, map[string]bool{}, map[string]int{}
	for _, device := range world.Devices {
		if device.ApprovalStatus == "APPROVED" {
			approved++
			counts[device.OrganizationID]++
			classes[device.NodeClass] = true
			sameName[device.SystemName]++
		}
	}
	require.Equal(t, 5000, approved)
	require.Len(t, classes, 33)
	require.LessOrEqual(t, len(counts), 185, "some organizations have no devices")
	largest := 0
	for _, count := range counts {
		largest = max(largest, count)
	}
	require.Greater(t, largest, 75, "some organizations are large")
	require.Greater(t, sameName["DC01"], 50, "names are not unique across organizations")
}

// An empty tenant returns empty lists.
func TestEmptyWorld(t *testing.T) {
	t.Parallel()
	n := newTenant(t, ninjaone.Options{})
	n.logIn("")
	for _, path := range []string{"/v2/organizations", "/v2/devices", "/v2/alerts", "/v2/locations"} {
		require.Equal(t, "[]\n", n.call(http.MethodGet, path, "").body)
	}
	var log activities
	n.get("/v2/activities", &log)
	require.Zero(t, log.LastActivityID)
}

// A tenant that restarts later continues above its previous activity IDs.
func TestActivityIDsGrowAcrossRestarts(t *testing.T) {
	t.Parallel()
	build := func(now time.Time) int64 {
		s := ninjaone.New(ninjaone.Options{Seed: 1, Organizations: 3, Devices: 30, Now: func() time.Time { return now }})
		defer s.Close()
		activities := s.Snapshot().Activities
		return activities[len(activities)-1].ID
	}
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	require.Greater(t, build(start.Add(time.Hour)), build(start)+10_000)
}

// Injected errors have the vendor's format.
func TestInjectedErrors(t *testing.T) {
	t.Parallel()
	n := smallTenant(t)
	require.NoError(t, n.Lab.Faults.Set(lab.Fault{Kind: lab.FaultTooMany, RetryAfter: "7"}))
	got := n.call(http.MethodGet, "/v2/devices", "")
	require.Equal(t, 429, got.status)
	require.Equal(t, "7", got.header.Get("Retry-After"))
	require.Contains(t, got.body, "rate_limit_exceeded")
	require.NotEmpty(t, got.header.Get("X-Nj-Request-Id"))

	require.NoError(t, n.Lab.Faults.Set(lab.Fault{Kind: lab.FaultStatus, Status: 503}))
	got = n.call(http.MethodGet, "/v2/devices", "")
	require.Equal(t, 503, got.status)
	require.Contains(t, got.body, `"incidentId"`)

	require.NoError(t, n.Lab.Faults.Set(lab.Fault{Kind: lab.FaultThrottlePage, Status: 403}))
	got = n.call(http.MethodGet, "/v2/devices", "")
	require.Equal(t, 403, got.status)
	require.Contains(t, got.header.Get("Content-Type"), "text/html")
}

// A reset takes effect even if its reply is lost.
func TestLostReplyAfterReset(t *testing.T) {
	t.Parallel()
	n := smallTenant(t)
	uid := n.Snapshot().Alerts[0].UID
	require.NoError(t, n.Lab.Faults.Set(lab.Fault{Kind: lab.FaultLoseReply, Method: http.MethodDelete, Count: 1}))
	_, err := n.try(http.MethodDelete, "/v2/alert/"+uid, "", http.Header{"Authorization": {"Bearer " + n.token}})
	require.Error(t, err)
	require.Len(t, n.Snapshot().Alerts, 7)
	require.Equal(t, 404, n.call(http.MethodDelete, "/v2/alert/"+uid, "").status)
}

// The state over HTTP equals the snapshot in the process.
func TestStateOverHTTP(t *testing.T) {
	t.Parallel()
	n := smallTenant(t)
	got := n.do(http.MethodGet, "/_lab/state", "", nil)
	var world ninjaone.World
	require.NoError(t, json.Unmarshal([]byte(got.body), &world))
	want := n.Snapshot()
	require.Equal(t, want.Organizations, world.Organizations)
	require.Equal(t, want.Devices, world.Devices)
	require.Len(t, world.Activities, len(want.Activities))
}

// Every page of the console renders, filters, and escapes awkward names.
func TestConsole(t *testing.T) {
	t.Parallel()
	n := smallTenant(t)
	for _, path := range []string{
		"/_lab/console", "/_lab/console/tables/organizations", "/_lab/console/tables/devices?q=windows", "/_lab/console/tables/alerts",
		"/_lab/console/tables/activities?offset=50", "/_lab/console/actions", "/_lab/console/faults", "/_lab/console/deliveries",
	} {
		got := n.do(http.MethodGet, path, "", nil)
		require.Equal(t, http.StatusOK, got.status, path)
		require.Contains(t, got.body, "</html>", path)
		require.NotContains(t, got.body, "<b>Bold", path)
		require.NotContains(t, got.body, "<script>alert", path)
	}
	require.Contains(t, n.do(http.MethodGet, "/_lab/console/tables/organizations", "", nil).body, "&lt;b&gt;Bold &amp; Sons&lt;/b&gt;")
}

// Concurrent calls of all kinds leave consistent data: one webhook per trigger and reset, and no alert left over.
func TestConcurrency(t *testing.T) {
	t.Parallel()
	n, h := smallTenant(t), newReceiver(t)
	h.register(n, conditionsOnly)
	devices := n.Snapshot().Devices
	var work sync.WaitGroup
	for worker := range 8 {
		work.Go(func() {
			for i := range 10 {
				device := devices[worker*10+i].ID
				triggered, err := n.TriggerAlert(device, ninjaone.AlertSpec{})
				if err != nil {
					t.Errorf("trigger: %v", err)
					return
				}
				if status := n.call(http.MethodDelete, "/v2/alert/"+triggered.UID, "").status; status != http.StatusNoContent {
					t.Errorf("reset: %d", status)
				}
				for _, path := range []string{"/v2/devices-detailed?pageSize=20", "/v2/activities?pageSize=20", "/v2/queries/logged-on-users", "/v2/organizations-detailed"} {
					if status := n.call(http.MethodGet, path, "").status; status != http.StatusOK {
						t.Errorf("read %s: %d", path, status)
					}
				}
				if err := n.LogOnUser(device, fmt.Sprintf(`D\u%d`, i)); err != nil {
					t.Errorf("log on: %v", err)
				}
				n.CheckInDevices()
				n.Snapshot()
			}
		})
	}
	work.Wait()
	require.Len(t, n.Snapshot().Alerts, 8)
	seen := map[any]bool{}
	for _, body := range h.received(n) {
		require.False(t, seen[body["id"]])
		seen[body["id"]] = true
	}
	require.Len(t, seen, 160, "one webhook per trigger and reset")
	require.Zero(t, n.Lab.Counters().Violations)
	require.Greater(t, n.Lab.Counters().PeakInFlight, 1)
}
