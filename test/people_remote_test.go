package test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The remote control link is on the asset exactly while TeamViewer is on for the device's organization and class, and stands on
// the first line of requests, whatever it is made of.
func TestRemoteControl(t *testing.T) {
	t.Parallel()
	const field = "Ninja Device Remote Control"
	for _, test := range []struct {
		name     string
		mode     string
		ninjaOne []string
		settings []string
		link     func(w *world, device int64) string
	}{
		{"the device's page", "documented", nil, nil, func(w *world, device int64) string { return w.pageOf(device) }},
		{
			"a custom field", "no-extension-keys", nil,
			[]string{"REMOTE_CONTROL=custom-field:tvId=https://tv.example.com/s/{value}"},
			func(w *world, device int64) string { return "https://tv.example.com/s/id-" + text(device) },
		},
		{
			"the legacy API", "open",
			[]string{"-access-key-id", "KEYID", "-secret-access-key", "legacy secret"},
			[]string{
				"REMOTE_CONTROL=legacy", "NINJAONE_CLIENT_ID=", "NINJAONE_CLIENT_SECRET=",
				"NINJAONE_ACCESS_KEY_ID=KEYID", "NINJAONE_SECRET_ACCESS_KEY=legacy secret",
			},
			func(w *world, device int64) string {
				return "https://" + strings.TrimPrefix(w.ninjaOne.url, "http://") + "/remote/teamviewer?token=" + w.deviceByID(device).UID
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := adoptingAlerts(t, scenario{ninjaOne: test.ninjaOne, settings: test.settings}, test.mode)
			acme := w.organization("Acme")
			device, server := w.machine(acme, "ACME-PC"), w.ninjaOne.id("devices", map[string]any{
				"organization_id": acme, "node_class": "WINDOWS_SERVER", "system_name": "ACME-SRV",
			})
			for _, id := range []int64{device, server} {
				w.ninjaOne.act("devices/update", map[string]any{"id": id, "custom_field": "tvId", "custom_value": "id-" + text(id)})
			}
			teamViewer := func(enabled bool) {
				w.ninjaOne.act("organizations/teamviewer", map[string]any{
					"id": acme, "enabled": enabled, "targets": []string{"WINDOWS_WORKSTATION"},
				})
			}
			firstLine := func(n int) string {
				_, request := w.opens(int(device), n)
				return strings.Split(request.Body, "\n")[0]
			}
			w.first()
			w.quiet()
			link, asset := test.link(w.world, device), w.assetTitled("ACME-PC").ID
			require.Empty(t, w.value(asset, field), "TeamViewer is off")
			require.NotContains(t, firstLine(1), link)

			teamViewer(true)
			w.imports()
			require.Equal(t, link, w.value(asset, field))
			require.Empty(t, w.value(w.assetTitled("ACME-SRV").ID, field), "TeamViewer is off for servers")
			require.Contains(t, firstLine(2), link)
			w.idle()

			teamViewer(false)
			w.imports()
			require.Empty(t, w.value(asset, field), "it is emptied")
			require.NotContains(t, firstLine(3), link)
			w.idle()
			w.standStill()
		})
	}
}
