package ninjaone_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/ninjaone"
)

func timestamp(t *testing.T, rfc3339 string) ninjaone.Timestamp {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, rfc3339)
	require.NoError(t, err)
	return ninjaone.Timestamp(at.UTC())
}

// Listings return the basic organization, detailed calls its settings too.
func TestOrganizations(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{
		"GET /v2/organizations":          respond(200, testdata(t, "organizations.json")),
		"GET /v2/organizations-detailed": respond(200, "["+testdata(t, "organization_detailed.json")+"]"),
		"GET /v2/organization/2":         respond(200, testdata(t, "organization_detailed.json")),
	})
	client := s.client(t)
	detailed := ninjaone.Organization{
		ID: 2, Name: "Example Org",
		Settings: &ninjaone.OrganizationSettings{TeamViewer: &ninjaone.Feature{Enabled: true, Targets: []string{"WINDOWS_WORKSTATION"}}},
	}
	for page, err := range client.Organizations(t.Context(), ninjaone.OrganizationQuery{}) {
		require.NoError(t, err)
		require.Equal(t, []ninjaone.Organization{{ID: 2, Name: "Example Org"}, {ID: 5, Name: "Second Org"}}, page)
	}
	for page, err := range client.OrganizationsDetailed(t.Context(), ninjaone.OrganizationQuery{}) {
		require.NoError(t, err)
		require.Equal(t, []ninjaone.Organization{detailed}, page)
	}
	got, err := client.Organization(t.Context(), 2)
	require.NoError(t, err)
	require.Equal(t, detailed, got)
	require.Len(t, s.requests("/v2/organizations-detailed"), 1)
}

// The documented payloads of a basic and a detailed device are read.
func TestDevice(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{
		"GET /v2/device/7":    respond(200, testdata(t, "device_basic.json")),
		"GET /v2/device/5948": respond(200, testdata(t, "device_detailed.json")),
	})
	client := s.client(t)
	basic, err := client.Device(t.Context(), 7)
	require.NoError(t, err)
	require.Equal(t, ninjaone.Device{
		ID: 7, OrganizationID: 2, NodeClass: "VMWARE_VM_HOST", RolePolicyID: 43, ApprovalStatus: "APPROVED",
		DisplayName: "192.0.2.43", SystemName: "esxi03.example.local", DNSName: "192.0.2.43",
		LastContact: timestamp(t, "2025-03-19T19:24:12.744Z"), LastUpdate: timestamp(t, "2025-03-19T19:24:12.744Z"),
	}, basic)

	detailed, err := client.Device(t.Context(), 5948)
	require.NoError(t, err)
	require.Equal(t, 243, detailed.PolicyID)
	require.Equal(t, `EXAMPLE\jdoe`, detailed.LastLoggedInUser)
	require.Equal(t, &ninjaone.System{BIOSSerialNumber: "0000-0000", SerialNumber: "0000-0000"}, detailed.System)
}

// Null counts as absent, unknown enumeration values are kept, and unknown fields are ignored.
func TestUnknownAndNullFields(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"/v2/device/1": respond(200,
		`{"id":1,"nodeClass":"QUANTUM_TOASTER","approvalStatus":"LIMBO","displayName":null,"system":null,"lastContact":null,"new":{"a":[1]}}`)})
	got, err := s.client(t).Device(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, ninjaone.Device{ID: 1, NodeClass: "QUANTUM_TOASTER", ApprovalStatus: "LIMBO"}, got)
}

// A response with another record than the requested one is an error.
func TestResponseWithAnotherRecord(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{
		"/v2/device/1": respond(200, testdata(t, "device_basic.json")), "/v2/organization/1": respond(200, `{"resultCode":"FAILURE"}`),
	})
	client := s.client(t)
	_, err := client.Device(t.Context(), 1)
	require.True(t, isResponseError(err), "%v", err)
	_, err = client.Organization(t.Context(), 1)
	require.True(t, isResponseError(err), "%v", err)
}

// Invalid IDs are rejected before anything is sent. An invalid filter must not be dropped, because that would select everything.
func TestInvalidIDsAreNotSent(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	client := s.client(t)
	ctx := t.Context()
	for name, call := range map[string]func(id int) error{
		"organization":  func(id int) error { _, err := client.Organization(ctx, id); return err },
		"device":        func(id int) error { _, err := client.Device(ctx, id); return err },
		"custom fields": func(id int) error { _, err := client.DeviceCustomFields(ctx, id); return err },
	} {
		require.ErrorIs(t, call(0), ninjaone.ErrInvalid, name)
		require.ErrorIs(t, call(-1), ninjaone.ErrInvalid, name)
	}
	failures := 0
	for _, err := range client.DevicesDetailed(ctx, ninjaone.DeviceQuery{OrganizationID: -1}) {
		require.ErrorIs(t, err, ninjaone.ErrInvalid)
		failures++
	}
	for _, err := range client.LoggedOnUsers(ctx, -1) {
		require.ErrorIs(t, err, ninjaone.ErrInvalid)
		failures++
	}
	require.Equal(t, 2, failures)
	require.Empty(t, s.requests(tokenPath))
}

// A device that does not exist is reported as not found.
func TestUnknownDevice(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"/v2/device/": respond(404, `{"resultCode":"NOT_FOUND","errorMessage":"Device not found"}`)})
	client := s.client(t)
	_, err := client.Device(t.Context(), 9)
	require.True(t, ninjaone.IsNotFound(err), "%v", err)
	_, err = client.DeviceCustomFields(t.Context(), 9)
	require.True(t, ninjaone.IsNotFound(err), "%v", err)
}

// The organization filter is sent as `df`, with %20 for spaces, next to the paging parameters.
func TestDeviceQuery(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name      string
		query     ninjaone.DeviceQuery
		wantQuery string
	}{
		{name: "all", query: ninjaone.DeviceQuery{}, wantQuery: "pageSize=1000"},
		{name: "one organization", query: ninjaone.DeviceQuery{OrganizationID: 13}, wantQuery: "df=org%20%3D%2013&pageSize=1000"},
		{
			name:      "one organization, after an ID",
			query:     ninjaone.DeviceQuery{OrganizationID: 13, AfterID: 5900},
			wantQuery: "after=5900&df=org%20%3D%2013&pageSize=1000",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, map[string]http.HandlerFunc{
				"GET /v2/devices":          respond(200, "["+testdata(t, "device_detailed.json")+"]"),
				"GET /v2/devices-detailed": respond(200, "["+testdata(t, "device_detailed.json")+"]"),
			})
			client := s.client(t)
			for page, err := range client.Devices(t.Context(), test.query) {
				require.NoError(t, err)
				require.Len(t, page, 1)
			}
			for page, err := range client.DevicesDetailed(t.Context(), test.query) {
				require.NoError(t, err)
				require.Len(t, page, 1)
			}
			require.Equal(t, []string{test.wantQuery}, s.queries("/v2/devices"))
			require.Equal(t, []string{test.wantQuery}, s.queries("/v2/devices-detailed"))
		})
	}
}

func TestPolicies(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{
		"GET /v2/policies": respond(200, `[{"id":43,"parentPolicyId":1,"name":"ESXi","nodeClass":"VMWARE_VM_HOST","updated":1707363433.5,"nodeClassDefault":true}]`),
	})
	policies, err := s.client(t).Policies(t.Context())
	require.NoError(t, err)
	require.Equal(t, []ninjaone.Policy{{ID: 43, Name: "ESXi"}}, policies)
}

// Custom fields are returned as NinjaOne sends them.
func TestDeviceCustomFields(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{
		"GET /v2/device/7/custom-fields": respond(200, `{"teamviewerId":"123456789","checked":1759136768000,"on":true}`),
	})
	fields, err := s.client(t).DeviceCustomFields(t.Context(), 7)
	require.NoError(t, err)
	require.Equal(t, map[string]json.RawMessage{
		"teamviewerId": json.RawMessage(`"123456789"`), "checked": json.RawMessage(`1759136768000`), "on": json.RawMessage(`true`),
	}, fields)
}

// Alerts of older servers have no severity and priority, those of newer ones do.
func TestAlerts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, body         string
		severity, priority string
	}{
		{name: "older server", body: testdata(t, "alerts.json")},
		{
			name:     "newer server",
			body:     `[{"uid":"` + uid + `","deviceId":33,"severity":"MAJOR","priority":"HIGH","psaTicketId":{"id":1}}]`,
			severity: "MAJOR", priority: "HIGH",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, map[string]http.HandlerFunc{"GET /v2/alerts": respond(200, test.body)})
			list, err := s.client(t).Alerts(t.Context())
			require.NoError(t, err)
			alerts := list.Alerts
			require.Len(t, alerts, 1)
			require.Equal(t, uid, alerts[0].UID)
			require.Equal(t, 33, alerts[0].DeviceID)
			require.Equal(t, test.severity, alerts[0].Severity)
			require.Equal(t, test.priority, alerts[0].Priority)
		})
	}
}

// The documented payload of an alert is read.
func TestAlertFields(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"GET /v2/alerts": respond(200, testdata(t, "alerts.json"))})
	list, err := s.client(t).Alerts(t.Context())
	require.NoError(t, err)
	alerts := list.Alerts
	require.Contains(t, alerts[0].Message, "Microsoft-Windows-Kernel-Power")
	alerts[0].Message = ""
	require.Equal(t, []ninjaone.Alert{{
		UID: uid, DeviceID: 33, CreateTime: timestamp(t, "2024-10-31T00:01:55Z"),
		SourceConfigUID: "cae74b14-cac8-4c35-8dea-f6ed59622602", Subject: "41",
	}}, alerts)
}

// An alert without a UID hides no other one, and the list says that it has one.
func TestAlertWithoutUID(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"/v2/alerts": respond(200, `[{"deviceId":1},{"uid":"`+uid+`"},7]`)})
	list, err := s.client(t).Alerts(t.Context())
	require.NoError(t, err)
	require.Equal(t, ninjaone.AlertList{Alerts: []ninjaone.Alert{{UID: uid}}, Unreadable: 2}, list)
}

func TestResetAlert(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{"DELETE /v2/alert/" + uid: respond(204, "")})
	require.NoError(t, s.client(t).ResetAlert(t.Context(), uid))
	require.Len(t, s.requests("/v2/alert/"+uid), 1)
}

// Only a UUID becomes part of the path. An activity ID is not one (ninjaone.md 5.4).
func TestResetAlertRejectsOtherIDs(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	client := s.client(t)
	for _, id := range []string{"", "177210", uid + "/reset", "../webhook", uid + "\n", "50edcf11de924ecb955bc8066488b6cc", "50edcf11-de92-4ecb-955b-c8066488b6cg"} {
		require.ErrorIs(t, client.ResetAlert(t.Context(), id), ninjaone.ErrInvalid, "%q", id)
	}
	require.Empty(t, s.requests(tokenPath))
}
