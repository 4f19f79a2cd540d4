package ninjaone_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/lab"
	"ninjaone-accelo/internal/simulator/ninjaone"
)

// Organizations have the documented members, and only the detailed list has settings (ninjaone.md 3).
func TestOrganizationShapes(t *testing.T) {
	t.Parallel()
	n := smallTenant(t)
	world := n.Snapshot()
	plain, detailed := n.rows("/v2/organizations"), n.rows("/v2/organizations-detailed")
	for i, want := range world.Organizations {
		require.Equal(t, want.Name, plain[i]["name"])
		require.Equal(t, lab.OrganizationName(1, i), plain[i]["name"])
		require.NotContains(t, plain[i], "settings")
		require.Equal(t, want.Description != "", plain[i]["description"] != nil, "unset members are omitted")
		settings := detailed[i]["settings"].(map[string]any)
		teamViewer := settings["teamviewer"].(map[string]any)
		require.Equal(t, want.TeamViewer, teamViewer["enabled"])
		if want.TeamViewer {
			require.Equal(t, []any{"WINDOWS_SERVER", "WINDOWS_WORKSTATION", "MAC"}, teamViewer["targets"])
		}
		require.NotEmpty(t, detailed[i]["locations"])
		require.NotEmpty(t, detailed[i]["policies"])
	}
	var one map[string]any
	n.get(fmt.Sprintf("/v2/organization/%d", world.Organizations[0].ID), &one)
	require.Equal(t, detailed[0], one)
	require.Len(t, n.rows(fmt.Sprintf("/v2/organization/%d/locations", world.Organizations[0].ID)), len(world.Organizations[0].Locations))
}

// Unset members are omitted, and lists have no references (ninjaone.md 4.1).
func TestBasicNodeShape(t *testing.T) {
	t.Parallel()
	n := smallTenant(t)
	rows := n.rows("/v2/devices")
	index := 0
	for _, want := range n.Snapshot().Devices {
		if want.ApprovalStatus != "APPROVED" {
			continue
		}
		row := rows[index]
		index++
		for member, value := range map[string]string{"displayName": want.DisplayName, "systemName": want.SystemName, "dnsName": want.DNSName, "netbiosName": want.NetbiosName} {
			if value == "" {
				require.NotContains(t, row, member)
			} else {
				require.Equal(t, value, row[member])
			}
		}
		require.Equal(t, want.PolicyID != 0, row["policyId"] != nil)
		require.NotContains(t, row, "references")
		require.NotContains(t, row, "os")
		require.NotZero(t, row["rolePolicyId"])
	}
}

// Times in REST replies are numbers with nine decimals (ninjaone.md 8.1).
func TestTimesHaveNineDecimals(t *testing.T) {
	t.Parallel()
	n := smallTenant(t)
	nine := regexp.MustCompile(`^\d{10}\.\d{9}$`)
	var list []json.RawMessage
	n.get("/v2/devices-detailed?pageSize=20", &list)
	for _, row := range list {
		require.Regexp(t, nine, number(t, string(row), "created"))
		require.Regexp(t, nine, number(t, string(row), "lastContact"))
	}
	n.get("/v2/alerts", &list)
	require.Regexp(t, nine, number(t, string(list[0]), "createTime"))
}

// Each of the 33 node classes has the details of its kind of device (ninjaone.md 4.2).
func TestDetailsByKind(t *testing.T) {
	t.Parallel()
	n := newTenant(t, ninjaone.Options{Seed: 3, Organizations: 10, Devices: 400})
	n.logIn("")
	types := map[string]string{
		"WINDOWS_WORKSTATION": "AgentDevice", "MAC": "AgentDevice", "LINUX_SERVER": "AgentDevice", "VMWARE_VM_HOST": "VMHost",
		"VMWARE_VM_GUEST": "VMGuest", "NMS_SWITCH": "NMSDevice", "CLOUD_MONITOR_TARGET": "CloudMonitor", "ANDROID": "MobileDevice",
		"UNMANAGED_DEVICE": "UnmanagedDevice",
	}
	classes := map[string]bool{}
	for _, row := range n.rows("/v2/devices-detailed") {
		class := row["nodeClass"].(string)
		classes[class] = true
		if want, named := types[class]; named {
			require.Equal(t, want, row["deviceType"])
		}
		switch row["deviceType"] {
		case "AgentDevice":
			require.Contains(t, row, "os")
			require.Equal(t, row["system"].(map[string]any)["serialNumber"], row["system"].(map[string]any)["biosSerialNumber"])
		case "VMHost":
			require.Contains(t, row, "cpuModel")
			require.NotContains(t, row, "os")
		default:
			require.NotContains(t, row, "os")
		}
	}
	require.Len(t, classes, 33, "a large world has every node class")
}

// A reinstalled machine has a new ID and the same serial number.
func TestReimage(t *testing.T) {
	t.Parallel()
	for _, keep := range []bool{false, true} {
		n := smallTenant(t)
		old := n.Snapshot().Devices[slices.IndexFunc(n.Snapshot().Devices, func(d ninjaone.Device) bool {
			return d.ApprovalStatus == "APPROVED" && d.NodeClass == "WINDOWS_WORKSTATION"
		})]
		replacement := int(n.act("devices/reimage", fmt.Sprintf(`{"id":%d,"keep":%t}`, old.ID, keep))["id"].(float64))
		require.Greater(t, replacement, old.ID)
		var device map[string]any
		n.get(fmt.Sprintf("/v2/device/%d", replacement), &device)
		require.Equal(t, old.SerialNumber, device["system"].(map[string]any)["serialNumber"])
		require.Equal(t, old.SystemName, device["systemName"])
		require.NotContains(t, ids(n.rows("/v2/devices")), old.ID)
		if keep {
			n.get(fmt.Sprintf("/v2/device/%d", old.ID), &device)
			require.Equal(t, "DECOMMISSIONED", device["approvalStatus"])
		}
	}
}

// Changes in the web console are visible in the API.
func TestChangesInTheConsole(t *testing.T) {
	t.Parallel()
	n := smallTenant(t)
	organization := int(n.act("organizations", `{"name":"Émile (Nouveau), Inc.","description":"new"}`)["id"].(float64))
	device := int(n.act("devices", fmt.Sprintf(`{"organization_id":%d,"node_class":"MAC","system_name":"MAC-1"}`, organization))["id"].(float64))
	n.act("devices/update", fmt.Sprintf(`{"id":%d,"display_name":"The Mac","custom_field":"tv","custom_value":"77"}`, device))
	n.act("devices/logon", fmt.Sprintf(`{"id":%d,"user":"OFFICE\\emile"}`, device))
	n.act("organizations/rename", fmt.Sprintf(`{"id":%d,"name":"Renamed"}`, organization))
	n.act("organizations/teamviewer", fmt.Sprintf(`{"id":%d,"enabled":true,"targets":["MAC"]}`, organization))

	var one map[string]any
	n.get(fmt.Sprintf("/v2/device/%d", device), &one)
	require.Equal(t, "The Mac", one["displayName"])
	require.Equal(t, `OFFICE\emile`, one["lastLoggedInUser"])
	var user map[string]any
	n.get(fmt.Sprintf("/v2/device/%d/last-logged-on-user", device), &user)
	require.Equal(t, `OFFICE\emile`, user["userName"])
	var fields map[string]any
	n.get(fmt.Sprintf("/v2/device/%d/custom-fields", device), &fields)
	require.Equal(t, map[string]any{"tv": "77"}, fields)
	var owner map[string]any
	n.get(fmt.Sprintf("/v2/organization/%d", organization), &owner)
	require.Equal(t, "Renamed", owner["name"])

	other := n.Snapshot().Organizations[0].ID
	n.act("devices/move", fmt.Sprintf(`{"id":%d,"organization_id":%d}`, device, other))
	n.get(fmt.Sprintf("/v2/device/%d", device), &one)
	require.EqualValues(t, other, one["organizationId"])

	n.act("organizations/delete", fmt.Sprintf(`{"id":%d}`, other))
	require.Equal(t, 404, n.call(http.MethodGet, fmt.Sprintf("/v2/device/%d", device), "").status, "devices are deleted with their organization")
	require.Equal(t, 404, n.call(http.MethodGet, fmt.Sprintf("/v2/organization/%d", other), "").status)
	require.Equal(t, 404, n.do(http.MethodPost, "/_lab/devices/move", fmt.Sprintf(`{"id":%d,"organization_id":%d}`, device, organization), nil).status)
}

// The API can change and approve devices (ninjaone.md 4).
func TestPatchDeviceAndApproval(t *testing.T) {
	t.Parallel()
	n := smallTenant(t)
	id := n.approvedDevice().ID
	require.Equal(t, 204, n.call(http.MethodPatch, fmt.Sprintf("/v2/device/%d", id), `{"displayName":"Patched"}`).status)
	var one map[string]any
	n.get(fmt.Sprintf("/v2/device/%d", id), &one)
	require.Equal(t, "Patched", one["displayName"])
	require.Equal(t, 400, n.call(http.MethodPatch, fmt.Sprintf("/v2/device/%d", id), `{`).status)
	require.NoError(t, n.SetDevicePending(id))
	require.Equal(t, 204, n.call(http.MethodPost, "/v2/devices/approval/APPROVE", fmt.Sprintf(`{"devices":[%d]}`, id)).status)
	require.Contains(t, ids(n.rows("/v2/devices")), id)
}

// A dashboard link is created on demand and expires (ninjaone.md 4.8).
func TestDashboardURL(t *testing.T) {
	t.Parallel()
	n := smallTenant(t)
	id := n.approvedDevice().ID
	var link map[string]any
	n.get(fmt.Sprintf("/v2/device/%d/dashboard-url", id), &link)
	require.Contains(t, link["url"], fmt.Sprintf("/#/deviceDashboard/%d/overview", id))
	require.InDelta(t, float64(n.clock.Now().Add(5*time.Minute).Unix()), link["expires"], 1)
	got := n.call(http.MethodGet, fmt.Sprintf("/v2/device/%d/dashboard-url?redirect=true", id), "")
	require.Equal(t, http.StatusFound, got.status)
	require.Equal(t, link["url"], got.header.Get("Location"))
}

// Every device's role and policy are listed.
func TestPoliciesAndRolesAreListed(t *testing.T) {
	t.Parallel()
	n := smallTenant(t)
	policies, roles := ids(n.rows("/v2/policies")), ids(n.rows("/v2/roles"))
	direct := 0
	for _, row := range n.rows("/v2/devices") {
		require.Contains(t, roles, int(row["nodeRoleId"].(float64)))
		require.Contains(t, policies, int(row["rolePolicyId"].(float64)))
		if id, found := row["policyId"]; found {
			direct++
			require.Contains(t, policies, int(id.(float64)))
		}
	}
	require.Positive(t, direct, "some devices have their own policy")
}
