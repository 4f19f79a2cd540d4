package ninjaone_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/ninjaone"
)

// legacyCall sends a request without a body, signed independently of the simulator's code (ninjaone.md 2.2.2).
func (n *tenant) legacyCall(method, path string) reply {
	n.t.Helper()
	date := n.clock.Now().UTC().Format(http.TimeFormat)
	text := base64.StdEncoding.EncodeToString([]byte(method + "\n\n\n" + date + "\n" + path))
	mac := hmac.New(sha1.New, []byte("secret"))
	_, err := mac.Write([]byte(text))
	require.NoError(n.t, err)
	return n.do(method, path, "", http.Header{
		"Authorization": {"NJ KEY:" + base64.StdEncoding.EncodeToString(mac.Sum(nil))}, "X-Nj-Date": {date},
	})
}

func legacyTenant(t *testing.T) *tenant {
	t.Helper()
	return newTenant(t, ninjaone.Options{Organizations: 6, Devices: 60, ActiveAlerts: 4, AccessKeyID: "KEY", SecretAccessKey: "secret"})
}

// Legacy devices omit empty values, have RFC 2616 dates, and a remote control URL only with TeamViewer
// (ninjaone.md 2.3).
func TestLegacyDevices(t *testing.T) {
	t.Parallel()
	n := legacyTenant(t)
	require.Equal(t, 204, n.legacyCall(http.MethodGet, "/v1/ping").status)
	var rows []map[string]any
	require.NoError(t, json.Unmarshal([]byte(n.legacyCall(http.MethodGet, "/v1/devices").body), &rows))
	require.Len(t, rows, 60)
	world := n.Snapshot()
	for _, row := range rows {
		device := world.Devices[slices.IndexFunc(world.Devices, func(d ninjaone.Device) bool { return d.ID == int(row["id"].(float64)) })]
		owner := world.Organizations[slices.IndexFunc(world.Organizations, func(o ninjaone.Organization) bool { return o.ID == device.OrganizationID })]
		require.EqualValues(t, device.OrganizationID, row["customer_id"])
		require.Equal(t, owner.TeamViewer && slices.Contains(owner.TeamViewerTargets, device.NodeClass), row["remote_control_url"] != nil)
		require.Equal(t, device.DisplayName != "", row["display_name"] != nil)
		_, err := time.Parse(http.TimeFormat, row["last_online"].(string))
		require.NoError(t, err)
	}
}

// Legacy alerts are identified by a number, and DELETE resets them (ninjaone.md 2.3.1).
func TestLegacyAlerts(t *testing.T) {
	t.Parallel()
	n := legacyTenant(t)
	var rows []map[string]any
	require.NoError(t, json.Unmarshal([]byte(n.legacyCall(http.MethodGet, "/v1/alerts").body), &rows))
	require.Len(t, rows, 4)
	first := int(rows[0]["id"].(float64))
	require.Equal(t, true, rows[0]["can_reset"])
	require.NoError(t, json.Unmarshal([]byte(n.legacyCall(http.MethodGet, fmt.Sprintf("/v1/alerts/since/%d", first)).body), &rows))
	require.Len(t, rows, 3)
	path := fmt.Sprintf("/v1/alerts/%d", first)
	require.Equal(t, 200, n.legacyCall(http.MethodGet, path).status)
	require.Equal(t, 204, n.legacyCall(http.MethodDelete, path).status)
	require.Equal(t, 404, n.legacyCall(http.MethodGet, path).status)
	require.Len(t, n.Snapshot().Alerts, 3)
}

// Ten list calls are allowed in ten minutes; other calls are not limited (ninjaone.md 2.3.1).
func TestLegacyLimit(t *testing.T) {
	t.Parallel()
	n := legacyTenant(t)
	for range 10 {
		require.Equal(t, 200, n.legacyCall(http.MethodGet, "/v1/customers").status)
	}
	got := n.legacyCall(http.MethodGet, "/v1/devices")
	require.Equal(t, 429, got.status)
	require.Contains(t, got.body, "rate_limit_exceeded")
	require.Equal(t, 200, n.legacyCall(http.MethodGet, fmt.Sprintf("/v1/customers/%d", n.Snapshot().Organizations[0].ID)).status)
	n.clock.advance(10 * time.Minute)
	require.Equal(t, 200, n.legacyCall(http.MethodGet, "/v1/devices").status)
}
