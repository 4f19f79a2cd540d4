package test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
)

// The remote control link is on the asset and in the first line of requests exactly while TeamViewer is enabled for the device's
// organization and class, whatever its source.
func TestRemoteControl(t *testing.T) {
	t.Parallel()
	const field = "Ninja Device Remote Control"
	for _, test := range []struct {
		name     string
		mode     accelo.Mode
		ninjaOne []string
		settings []string
		link     func(e *testEnv, device int64) string
	}{
		{
			name: "the device's page", mode: "documented", ninjaOne: nil, settings: nil,
			link: func(e *testEnv, device int64) string { return e.devicePageURL(device) },
		},
		{
			name: "a custom field", mode: "no-extension-keys", ninjaOne: nil,
			settings: []string{"REMOTE_CONTROL=custom-field:tvId=https://tv.example.com/s/{value}"},
			link:     func(e *testEnv, device int64) string { return "https://tv.example.com/s/id-" + itoa(device) },
		},
		{
			name: "the legacy API", mode: "open",
			ninjaOne: []string{"-access-key-id", "KEYID", "-secret-access-key", "legacy secret"},
			settings: []string{
				"REMOTE_CONTROL=legacy", "NINJAONE_CLIENT_ID=", "NINJAONE_CLIENT_SECRET=",
				"NINJAONE_ACCESS_KEY_ID=KEYID", "NINJAONE_SECRET_ACCESS_KEY=legacy secret",
			},
			link: func(e *testEnv, device int64) string {
				return "https://" + strings.TrimPrefix(e.ninjaOne.url, "http://") + "/remote/teamviewer?token=" + e.deviceByID(device).UID
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			e := newConnectedAlertEnvInMode(t, scenario{ninjaOne: test.ninjaOne, settings: test.settings}, test.mode)
			acme := e.addOrganization("Acme")
			device, server := e.addWorkstation(acme, "ACME-PC"), e.ninjaOne.actID("devices", map[string]any{
				"organization_id": acme, "node_class": "WINDOWS_SERVER", "system_name": "ACME-SRV",
			})
			for _, id := range []int64{device, server} {
				e.ninjaOne.act("devices/update", map[string]any{"id": id, "custom_field": "tvId", "custom_value": "id-" + itoa(id)})
			}
			teamViewer := func(enabled bool) {
				e.ninjaOne.act("organizations/teamviewer", map[string]any{
					"id": acme, "enabled": enabled, "targets": []string{"WINDOWS_WORKSTATION"},
				})
			}
			firstLine := func(n int) string {
				_, request := e.openRequest(int(device), n)
				return strings.Split(request.Body, "\n")[0]
			}
			e.importAll()
			e.waitUntilIdle()
			link, asset := test.link(e.testEnv, device), e.assetTitled("ACME-PC").ID
			require.Empty(t, e.fieldValue(asset, field), "TeamViewer is off")
			require.NotContains(t, firstLine(1), link)

			teamViewer(true)
			e.runImport()
			require.Equal(t, link, e.fieldValue(asset, field))
			require.Empty(t, e.fieldValue(e.assetTitled("ACME-SRV").ID, field), "TeamViewer is off for servers")
			require.Contains(t, firstLine(2), link)
			e.requireNoChanges()

			teamViewer(false)
			e.runImport()
			require.Empty(t, e.fieldValue(asset, field), "the link is removed")
			require.NotContains(t, firstLine(3), link)
			e.requireNoChanges()
			e.requireIdle()
		})
	}
}
