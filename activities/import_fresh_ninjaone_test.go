package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	ninjasim "ninjaone-accelo/internal/simulator/ninjaone"
	"ninjaone-accelo/internal/store"
)

// An import does not take back what an alert has synced since the import read NinjaOne: it reads such a device again.
func TestDeviceSyncedByAnAlertAfterTheListing(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	require.NoError(t, f.ninja.UpdateDevice(f.device, func(d *ninjasim.Device) { d.DisplayName = "first" }))
	id := f.beginAndRead()
	f.compare(id)
	require.NoError(t, f.ninja.UpdateDevice(f.device, func(d *ninjasim.Device) { d.DisplayName = "second" }))
	f.syncAlertDevice(f.triggerAlert("full"), 0)
	asset := f.asset()
	require.Equal(t, "second", f.accelo.Snapshot().FieldValues(asset)["display_name"])
	require.NoError(t, f.ninja.UpdateDevice(f.device, func(d *ninjasim.Device) { d.DNSName = "third.example" }))

	f.company(id, f.organization)
	f.resetCalls()
	require.Equal(t, flow.Counts{Updated: 1}, f.devices(id, f.organization))
	require.Contains(t, f.calls(), "GET /v2/device/{id}")
	values := f.accelo.Snapshot().FieldValues(asset)
	require.Equal(t, []string{"second", "third.example"}, []string{values["display_name"], values["dns_name"]})
	f.finishAndSettle(id)
}

// A device that moved to another organization since, or was deleted, is left to the next import and to the reconciliation.
func TestDeviceMovedByAnAlertAfterTheListing(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	other := f.ninja.AddOrganization("Momcorp", "")
	f.fullImport()
	require.NoError(t, f.ninja.UpdateDevice(f.device, func(d *ninjasim.Device) { d.DisplayName = "first" }))
	id := f.beginAndRead()
	f.compare(id)
	require.NoError(t, f.ninja.MoveDevice(f.device, other))
	f.syncAlertDevice(f.triggerAlert("full"), 0)
	momcorp := f.link(store.Organizations, other).AcceloID
	require.Equal(t, momcorp, f.accelo.Snapshot().Assets[0].AgainstID)

	f.importOrganizations(id)
	require.Equal(t, momcorp, f.accelo.Snapshot().Assets[0].AgainstID, "the import does not move it back")
	require.Equal(t, momcorp, f.link(store.Devices, f.device).CompanyID)
	f.finishAndSettle(id)
}

// Of two imports that run at once, the one that read NinjaOne earlier does not take back a name that the later one has written.
func TestOlderImportKeepsANewerName(t *testing.T) {
	t.Parallel()
	f, older, organization, _ := nominated(t, func(o *ninjasim.Organization) { o.Name = "Planet Express II" })
	f.sql(`UPDATE imports SET workflow_id = '` + flow.FullImportID("default") + `' WHERE id = '` + older + `'`) // the later one is of one organization
	require.NoError(t, f.ninja.RenameOrganization(organization, "Planet Express III"))
	require.Equal(t, rules.Updated, f.fullImportOf(organization).Outcome)
	require.Equal(t, rules.Unchanged, f.company(older, organization).Outcome)
	require.Equal(t, "Planet Express III", f.accelo.Snapshot().Companies[0].Name)
	f.finishAndSettle(older)
}
