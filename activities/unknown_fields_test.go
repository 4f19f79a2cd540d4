package activities_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/rules"
	ninjasim "ninjaone-accelo/internal/simulator/ninjaone"
	"ninjaone-accelo/internal/store"
)

// A device that is read for an alert never empties a field: what its single record lacks, the listing or a report may have. The next import
// finds nothing to write either, and a change that the single record has comes through.
func TestAlertLeavesUnknownFieldsAlone(t *testing.T) {
	t.Parallel()
	for _, omitted := range []string{
		"lastLoggedInUser", "displayName", "dnsName", "policyId,rolePolicyId", "lastContact,lastUpdate", "nodeClass", "systemName",
		"systemName,displayName,dnsName,lastLoggedInUser,policyId,rolePolicyId,lastContact,lastUpdate,nodeClass,system",
	} {
		t.Run(omitted, func(t *testing.T) {
			t.Parallel()
			f := newAlertFixture(t, settings{refresh: 1})
			require.NoError(t, f.ninja.SetTeamViewer(f.organization, true, "WINDOWS_WORKSTATION"))
			require.NoError(t, f.ninja.LogOnUser(f.device, `PLANEX\fry`))
			require.NoError(t, f.ninja.UpdateDevice(f.device, func(d *ninjasim.Device) { d.DisplayName = "Bessie" }))
			f.fullImport()
			before, link := f.accelo.Snapshot().FieldValues(f.asset()), f.link(store.Devices, f.device)
			require.Len(t, before, len(rules.Fields()), "every field has a value")
			f.ninja.SetSwitches(ninjasim.Switches{SingleRecordsOmit: omitted})
			f.writes()
			require.Equal(t, "device unchanged", f.syncAlertDevice(f.triggerAlert(full), 0).Text)
			require.Empty(t, f.writes())
			require.Equal(t, before, f.accelo.Snapshot().FieldValues(f.asset()))
			after := f.link(store.Devices, f.device)
			require.Equal(t, []any{link.Baseline, link.MatchKey, link.Facts}, []any{after.Baseline, after.MatchKey, after.Facts})
			require.Equal(t, 1, f.fullImport().Devices.Unchanged)
			require.Empty(t, f.writes())

			require.NoError(t, f.ninja.UpdateDevice(f.device, func(d *ninjasim.Device) {
				d.DNSName, d.DisplayName = "ship.example.com", "Old Bessie"
			}))
			f.syncAlertDevice(f.triggerAlert(slow), 0)
			values := f.accelo.Snapshot().FieldValues(f.asset())
			if !strings.Contains(omitted, "dnsName") {
				require.Equal(t, "ship.example.com", values["dns_name"])
			}
			if !strings.Contains(omitted, "displayName") {
				require.Equal(t, "Old Bessie", values["display_name"])
			}
		})
	}
}

// What is removed in NinjaOne is removed by an import, whose listing has every member that is set.
func TestImportEmptiesFields(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	require.NoError(t, f.ninja.UpdateDevice(f.device, func(d *ninjasim.Device) { d.DisplayName = "Bessie" }))
	f.fullImport()
	require.NoError(t, f.ninja.UpdateDevice(f.device, func(d *ninjasim.Device) { d.DisplayName = "" }))
	f.syncAlertDevice(f.triggerAlert(full), 0)
	require.Equal(t, "Bessie", f.accelo.Snapshot().FieldValues(f.asset())["display_name"])
	f.fullImport()
	require.Empty(t, f.accelo.Snapshot().FieldValues(f.asset())["display_name"])
}

// An import of one organization reads it alone: that empties neither its company's comments nor its devices' remote control links.
func TestImportOfOneOrganizationLeavesUnknownFieldsAlone(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	organization := f.ninja.AddOrganization("Planet Express", "delivers")
	require.NoError(t, f.ninja.SetTeamViewer(organization, true))
	device := f.device(organization, "SHIP")
	f.fullImport()
	asset := f.link(store.Devices, device).AcceloID
	link := f.accelo.Snapshot().FieldValues(asset)[rules.RemoteControlField]
	require.NotEmpty(t, link)
	f.ninja.SetSwitches(ninjasim.Switches{SingleRecordsOmit: "description,settings"})
	f.writes()
	id := f.beginImport(false)
	f.readInto(id, organization)
	f.compare(id)
	f.importOrganizations(id)
	require.Empty(t, f.writes())
	require.Equal(t, "delivers", f.accelo.Snapshot().Companies[0].Comments)
	require.True(t, f.link(store.Organizations, organization).Facts.TeamViewer.Enabled)
	require.Equal(t, link, f.accelo.Snapshot().FieldValues(asset)[rules.RemoteControlField])
	require.Equal(t, 1, f.fullImport().Organizations.Unchanged)
	require.Empty(t, f.writes())
}
