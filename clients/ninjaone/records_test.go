package ninjaone_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/ninjaone"
)

func stamp(t *testing.T, rfc3339 string) ninjaone.Timestamp {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, rfc3339)
	require.NoError(t, err)
	return ninjaone.Timestamp(at.UTC())
}

func TestOrganizations(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{
		"GET /v2/organizations":          reply(200, fixture(t, "organizations.json")),
		"GET /v2/organizations-detailed": reply(200, "["+fixture(t, "organization_detailed.json")+"]"),
		"GET /v2/organization/2":         reply(200, fixture(t, "organization_detailed.json")),
	})
	client := s.client(t, nil)
	detailed := ninjaone.Organization{
		ID: 2, Name: "Example Org", NodeApprovalMode: "AUTOMATIC",
		Policies: []ninjaone.PolicyAssignment{{NodeRoleID: 1, PolicyID: 43}, {NodeRoleID: 9, PolicyID: 57}},
		Settings: &ninjaone.OrganizationSettings{
			TeamViewer: &ninjaone.Feature{Product: "TEAMVIEWER", Enabled: true, Targets: []string{"WINDOWS_WORKSTATION"}},
		},
	}
	for page, err := range client.Organizations(t.Context(), 0) {
		require.NoError(t, err)
		require.Equal(t, []ninjaone.Organization{
			{ID: 2, Name: "Example Org", NodeApprovalMode: "AUTOMATIC"}, {ID: 5, Name: "Second Org", NodeApprovalMode: "MANUAL"},
		}, page)
	}
	for page, err := range client.OrganizationsDetailed(t.Context(), 0) {
		require.NoError(t, err)
		require.Equal(t, []ninjaone.Organization{detailed}, page)
	}
	got, err := client.Organization(t.Context(), 2)
	require.NoError(t, err)
	require.Equal(t, detailed, got)
	require.Len(t, s.requests("/v2/organizations-detailed"), 1)
}

func TestDevice(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{
		"GET /v2/device/7":    reply(200, fixture(t, "device_basic.json")),
		"GET /v2/device/5948": reply(200, fixture(t, "device_detailed.json")),
	})
	client := s.client(t, nil)
	basic, err := client.Device(t.Context(), 7)
	require.NoError(t, err)
	require.Equal(t, ninjaone.Device{
		ID: 7, ParentDeviceID: 6, OrganizationID: 2, LocationID: 2, NodeClass: "VMWARE_VM_HOST", NodeRoleID: 9, RolePolicyID: 43,
		ApprovalStatus: "APPROVED", DisplayName: "192.0.2.43", SystemName: "esxi03.example.local", DNSName: "192.0.2.43",
		Created:     stamp(t, "2024-02-08T03:37:13.892432Z"),
		LastContact: stamp(t, "2025-03-19T19:24:12.744Z"), LastUpdate: stamp(t, "2025-03-19T19:24:12.744Z"),
	}, basic)

	detailed, err := client.Device(t.Context(), 5948)
	require.NoError(t, err)
	require.Equal(t, 243, detailed.PolicyID)
	require.Equal(t, `EXAMPLE\jdoe`, detailed.LastLoggedInUser)
	require.Equal(t, "AgentDevice", detailed.DeviceType)
	require.Equal(t, []string{"10.10.88.4"}, detailed.IPAddresses)
	require.Equal(t, &ninjaone.System{
		Name: "SRV-RDS-001", Manufacturer: "Microsoft Corporation", Model: "Virtual Machine", BIOSSerialNumber: "0000-0000",
		SerialNumber: "0000-0000", Domain: "EXAMPLE", ChassisType: "DESKTOP", VirtualMachine: true,
	}, detailed.System)
	require.Equal(t, "Windows Server 2022 Standard Edition", detailed.OS.Name)
	require.Equal(t, stamp(t, "2025-09-25T00:50:43Z"), detailed.OS.LastBootTime)
}

// Nulls are absent members, and values that did not exist when this was written pass through.
func TestUnknownAndNullMembers(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"/v2/device/1": reply(200,
		`{"id":1,"nodeClass":"QUANTUM_TOASTER","approvalStatus":"LIMBO","displayName":null,"tags":null,"system":null,"lastContact":null,"new":{"a":[1]}}`)})
	got, err := s.client(t, nil).Device(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, ninjaone.Device{ID: 1, NodeClass: "QUANTUM_TOASTER", ApprovalStatus: "LIMBO"}, got)
}

// An answer about another record is never taken for the one asked for.
func TestAnswerAboutAnotherRecord(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{
		"/v2/device/1": reply(200, fixture(t, "device_basic.json")), "/v2/organization/1": reply(200, `{"resultCode":"FAILURE"}`),
	})
	client := s.client(t, nil)
	_, err := client.Device(t.Context(), 1)
	require.True(t, isResponseError(err), "%v", err)
	_, err = client.Organization(t.Context(), 1)
	require.True(t, isResponseError(err), "%v", err)
}

func TestInvalidIDsAreNotSent(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	client := s.client(t, nil)
	for name, call := range map[string]func(int) error{
		"organization":  func(id int) error { _, err := client.Organization(t.Context(), id); return err },
		"device":        func(id int) error { _, err := client.Device(t.Context(), id); return err },
		"device alerts": func(id int) error { _, err := client.DeviceAlerts(t.Context(), id); return err },
		"custom fields": func(id int) error { _, err := client.DeviceCustomFields(t.Context(), id); return err },
	} {
		require.ErrorIs(t, call(0), ninjaone.ErrInvalid, name)
		require.ErrorIs(t, call(-1), ninjaone.ErrInvalid, name)
	}
	require.Empty(t, s.requests(tokenPath))
}

func TestUnknownDevice(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"/v2/device/": reply(404, `{"resultCode":"NOT_FOUND","errorMessage":"Device not found"}`)})
	client := s.client(t, nil)
	_, err := client.Device(t.Context(), 9)
	require.True(t, ninjaone.IsNotFound(err), "%v", err)
	_, err = client.DeviceAlerts(t.Context(), 9)
	require.True(t, ninjaone.IsNotFound(err), "%v", err)
	_, err = client.DeviceCustomFields(t.Context(), 9)
	require.True(t, ninjaone.IsNotFound(err), "%v", err)
}

// The filter goes into `df` with %20 for spaces, beside the paging parameters.
func TestDevicesDetailed(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"GET /v2/devices-detailed": reply(200, "["+fixture(t, "device_detailed.json")+"]")})
	filter := ninjaone.Devices().InOrganizations(13, 14).WithStatus("APPROVED")
	for page, err := range s.client(t, nil).DevicesDetailed(t.Context(), filter, 5900) {
		require.NoError(t, err)
		require.Len(t, page, 1)
	}
	asked := s.requests("/v2/devices-detailed")
	require.Len(t, asked, 1)
	require.Equal(t, "after=5900&df=org%20in%20%2813%2C14%29%20AND%20status%20%3D%20APPROVED&pageSize=1000", asked[0].Query)
}

func TestPoliciesAndRoles(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{
		"GET /v2/policies": reply(200, `[{"id":43,"parentPolicyId":1,"name":"ESXi","nodeClass":"VMWARE_VM_HOST","updated":1707363433.5,"nodeClassDefault":true}]`),
		"GET /v2/roles":    reply(200, `[{"id":9,"name":"VMWARE_VM_HOST","nodeClass":"VMWARE_VM_HOST","custom":false,"chassisType":"UNKNOWN"}]`),
	})
	client := s.client(t, nil)
	policies, err := client.Policies(t.Context())
	require.NoError(t, err)
	require.Equal(t, []ninjaone.Policy{{
		ID: 43, ParentPolicyID: 1, Name: "ESXi", NodeClass: "VMWARE_VM_HOST", NodeClassDefault: true, Updated: stamp(t, "2024-02-08T03:37:13.5Z"),
	}}, policies)
	roles, err := client.Roles(t.Context())
	require.NoError(t, err)
	require.Equal(t, []ninjaone.Role{{ID: 9, Name: "VMWARE_VM_HOST", NodeClass: "VMWARE_VM_HOST", ChassisType: "UNKNOWN"}}, roles)
}

func TestDeviceCustomFields(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"GET /v2/device/7/custom-fields": reply(200, `{"teamviewerId":"123456789","checked":1759136768000,"on":true}`)})
	fields, err := s.client(t, nil).DeviceCustomFields(t.Context(), 7)
	require.NoError(t, err)
	require.Equal(t, map[string]json.RawMessage{
		"teamviewerId": json.RawMessage(`"123456789"`), "checked": json.RawMessage(`1759136768000`), "on": json.RawMessage(`true`),
	}, fields)
}

func TestAlerts(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{
		"GET /v2/alerts":           reply(200, fixture(t, "alerts.json")),
		"GET /v2/device/33/alerts": reply(200, `[{"uid":"`+uid+`","deviceId":33,"severity":"MAJOR","priority":"HIGH","psaTicketId":{"id":1}}]`),
	})
	client := s.client(t, nil)
	alerts, err := client.Alerts(t.Context(), ninjaone.AlertFilter{SourceType: "CONDITION_PING", Devices: ninjaone.Devices().WithIDs(33)})
	require.NoError(t, err)
	require.Len(t, alerts, 1)
	alert := alerts[0]
	require.Contains(t, string(alert.Data), "agent_cond_eventlog2")
	alert.Data, alert.Message = nil, ""
	require.Equal(t, ninjaone.Alert{
		UID: uid, DeviceID: 33, CreateTime: stamp(t, "2024-10-31T00:01:55Z"), UpdateTime: stamp(t, "2024-10-31T00:01:55Z"),
		SourceType: "CONDITION_WINDOWS_EVENT_LOG_TRIGGERED", SourceConfigUID: "cae74b14-cac8-4c35-8dea-f6ed59622602", Subject: "41",
	}, alert)
	require.Equal(t, "df=id%20%3D%2033&sourceType=CONDITION_PING", s.requests("/v2/alerts")[0].Query)

	alerts, err = client.DeviceAlerts(t.Context(), 33)
	require.NoError(t, err)
	require.Equal(t, "MAJOR", alerts[0].Severity)
	require.JSONEq(t, `{"id":1}`, string(alerts[0].PSATicketID))
}

// An alert that cannot be identified is not left out silently.
func TestAlertWithoutUID(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"/v2/alerts": reply(200, `[{"deviceId":1}]`)})
	_, err := s.client(t, nil).Alerts(t.Context(), ninjaone.AlertFilter{})
	require.True(t, isResponseError(err), "%v", err)
}

func TestResetAlert(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"DELETE /v2/alert/" + uid: reply(204, "")})
	require.NoError(t, s.client(t, nil).ResetAlert(t.Context(), uid))
	require.Len(t, s.requests("/v2/alert/"+uid), 1)
}

// Only a UUID enters the path; an activity id is not one (contract ninjaone 5.4).
func TestResetAlertRefusesOtherIDs(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	client := s.client(t, nil)
	for _, id := range []string{"", "177210", uid + "/reset", "../webhook", uid + "\n", "50edcf11de924ecb955bc8066488b6cc", "50edcf11-de92-4ecb-955b-c8066488b6cg"} {
		require.ErrorIs(t, client.ResetAlert(t.Context(), id), ninjaone.ErrInvalid, "%q", id)
	}
	require.Empty(t, s.requests(tokenPath))
}
