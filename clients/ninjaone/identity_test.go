package ninjaone_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/ninjaone"
)

// A device is recognized by its UID and the time of its creation, in every form that NinjaOne might write them.
func TestDeviceIdentity(t *testing.T) {
	t.Parallel()
	created := timestamp(t, "2024-02-08T03:37:13.892432Z")
	for _, test := range []struct {
		name, body string
		want       ninjaone.DeviceIdentity
	}{
		{
			"as recorded", `{"id":7,"uid":"a8b0c9d0-aaf6-422e-975c-000000005948","created":1707363433.892432000,"organizationId":2}`,
			ninjaone.DeviceIdentity{ID: 7, UID: "a8b0c9d0-aaf6-422e-975c-000000005948", Created: created},
		},
		{"in capitals", `{"id":7,"uid":" A8B0 "}`, ninjaone.DeviceIdentity{ID: 7, UID: "a8b0"}},
		{"as an ISO time", `{"id":7,"created":"2024-02-08T03:37:13.892432Z"}`, ninjaone.DeviceIdentity{ID: 7, Created: created}},
		{"without a UID, as older tenants", `{"id":7,"created":1707363433.892432}`, ninjaone.DeviceIdentity{ID: 7, Created: created}},
		{"odd members", `{"id":"7","uid":["12"],"created":{"at":1}}`, ninjaone.DeviceIdentity{ID: 7}},
		{"null", `{"id":7,"uid":null,"created":null}`, ninjaone.DeviceIdentity{ID: 7}},
		{"out of range", `{"id":7,"created":-62135596800}`, ninjaone.DeviceIdentity{ID: 7}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, map[string]http.HandlerFunc{
				"GET /v2/device/7": respond(200, test.body), "GET /v2/devices": respond(200, "["+test.body+"]"),
			})
			one, err := s.client(t).DeviceIdentity(t.Context(), 7)
			require.NoError(t, err)
			require.Equal(t, test.want, one)
			list, err := s.client(t).FirstDevices(t.Context(), 20)
			require.NoError(t, err)
			require.Equal(t, []ninjaone.DeviceIdentity{test.want}, list)
			require.Equal(t, []string{"pageSize=20"}, s.queries("/v2/devices"))
		})
	}
}

// The first records are those with the lowest IDs, however many a server sends.
func TestFirstRecords(t *testing.T) {
	t.Parallel()
	s := newServer(t, map[string]http.HandlerFunc{
		"GET /v2/devices":       respond(200, `[{"id":9},{"id":7},{"id":8}]`),
		"GET /v2/organizations": respond(200, `[{"id":5,"name":"b"},{"id":2,"name":"a"}]`),
	})
	devices, err := s.client(t).FirstDevices(t.Context(), 2)
	require.NoError(t, err)
	require.Equal(t, []ninjaone.DeviceIdentity{{ID: 7}, {ID: 8}}, devices)
	organizations, err := s.client(t).FirstOrganizations(t.Context(), 5)
	require.NoError(t, err)
	require.Equal(t, []ninjaone.Organization{{ID: 2, Name: "a"}, {ID: 5, Name: "b"}}, organizations)
}
