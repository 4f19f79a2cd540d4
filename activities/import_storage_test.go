package activities_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	accelosim "ninjaone-accelo/internal/simulator/accelo"
	ninjasim "ninjaone-accelo/internal/simulator/ninjaone"
	"ninjaone-accelo/internal/store"
)

// storageForms are ways in which a deployment may store and show texts, alone and together.
func storageForms() map[string]accelosim.Switches {
	return map[string]accelosim.Switches{
		"as sent":                    {},
		"trimmed":                    {StoreTrimmed: true},
		"composed":                   {StoreComposed: true},
		"without tags":               {StoreWithoutTags: true},
		"three bytes":                {StoreThreeBytes: true},
		"cut at 50":                  {StoreCut: 50},
		"cut at 100":                 {StoreCut: 100},
		"with a line end":            {StoreLineEnd: true},
		"normalized links":           {StoreNormalizedLinks: true},
		"read with entities":         {ReadEntities: true},
		"dates as text":              {ReadDatesAsText: true},
		"replies repeat":             {WriteReplies: "sent"},
		"replies without the fields": {WriteReplies: "nothing"},
		"an old database":            {StoreTrimmed: true, StoreThreeBytes: true, StoreCut: 50},
		"an HTML page":               {StoreComposed: true, StoreWithoutTags: true, StoreLineEnd: true, ReadEntities: true, StoreNormalizedLinks: true},
		"everything": {
			StoreTrimmed: true, StoreComposed: true, StoreWithoutTags: true, StoreThreeBytes: true, StoreCut: 64, StoreLineEnd: true,
			StoreNormalizedLinks: true, ReadEntities: true, ReadDatesAsText: true,
		},
	}
}

// awkward is a text that every storage form changes.
func awkward(word string) string {
	return word + " 🚀 <i>Ca\u0301fe</i> & O'Neil's " + strings.Repeat("very long name ", 8) + "end"
}

// However a deployment stores and shows texts, and whatever its replies say about them: an unchanged import writes nothing and takes no call
// for a record, no form is taken for a manual change, NinjaOne's changes come through, and a user's edit stays.
func TestImportKnowsStoredForms(t *testing.T) {
	t.Parallel()
	for name, switches := range storageForms() {
		for _, replies := range []string{"", "sent", "nothing"} {
			for _, mode := range []accelosim.Mode{accelosim.ModeOpen, accelosim.ModeNoExtensionKeys} {
				if switches.WriteReplies != "" && replies != "" {
					continue
				}
				switches := switches
				if replies != "" {
					switches.WriteReplies = replies
				}
				t.Run(name+", replies "+replies+", "+string(mode), func(t *testing.T) {
					t.Parallel()
					importStored(t, switches, mode)
				})
			}
		}
	}
}

func importStored(t *testing.T, switches accelosim.Switches, mode accelosim.Mode) {
	t.Helper()
	f := newFixture(t, settings{mode: mode})
	require.NoError(t, f.accelo.SetSwitches(switches))
	organization := f.ninja.AddOrganization(awkward("Planet"), "Head office: 12 Main St\n"+awkward("description")+" \n")
	device := f.device(organization, awkward("SHIP"))
	update := func(display string) {
		require.NoError(t, f.ninja.UpdateDevice(device, func(d *ninjasim.Device) { d.DisplayName = awkward(display) }))
	}
	update("Bessie")
	result := f.fullImport()
	require.Equal(t, 1, result.Organizations.Created)
	require.Equal(t, 1, result.Devices.Created)
	f.requireUnchanged(organization, device)

	update("Old Bessie")
	f.writes()
	require.Equal(t, 1, f.fullImport().Devices.Updated)
	require.Equal(t, map[string]int{"PUT /api/v0/assets/{id}/extensions/values/{id}": 1}, f.writes(), "of the custom fields, only the one that changed")
	f.requireUnchanged(organization, device)

	require.NoError(t, f.ninja.RenameOrganization(organization, awkward("Planet Express")))
	require.NoError(t, f.ninja.UpdateOrganization(organization, func(o *ninjasim.Organization) { o.Description = awkward("another description") }))
	require.NoError(t, f.ninja.UpdateDevice(device, func(d *ninjasim.Device) { d.SystemName = awkward("SHIP-II") }))
	result = f.fullImport()
	require.Equal(t, 1, result.Organizations.Updated)
	require.Equal(t, 1, result.Devices.Updated)
	world := f.accelo.Snapshot()
	require.True(t, strings.HasPrefix(world.Companies[0].Name, "Planet Express "), world.Companies[0].Name)
	require.True(t, strings.HasPrefix(world.Companies[0].Comments, "another description "), world.Companies[0].Comments)
	require.True(t, strings.HasPrefix(world.Assets[0].Title, "SHIP-II "), world.Assets[0].Title)
	f.requireUnchanged(organization, device)

	company, asset := world.Companies[0].ID, world.Assets[0].ID
	require.NoError(t, f.accelo.RenameCompany(company, awkward("Momcorp")))
	require.NoError(t, f.accelo.RenameAsset(asset, awkward("BOAT")))
	require.NoError(t, f.ninja.RenameOrganization(organization, "Planet Express III"))
	f.fullImport()
	require.True(t, strings.HasPrefix(f.accelo.Snapshot().Companies[0].Name, "Momcorp "))
	require.Len(t, f.link(store.Organizations, organization).ManualChanges, 1)
	require.Len(t, f.link(store.Devices, device).ManualChanges, 1)
	f.requireManualChanges(organization, device, 1)
}

// requireUnchanged requires that two more imports find nothing to do and nothing that someone changed.
func (f *fixture) requireUnchanged(organization, device int) {
	f.t.Helper()
	f.requireManualChanges(organization, device, 0)
}

func (f *fixture) requireManualChanges(organization, device, count int) {
	f.t.Helper()
	for range 2 {
		f.writes()
		result := f.fullImport()
		require.Equal(f.t, 1, result.Organizations.Unchanged)
		require.Equal(f.t, 1, result.Devices.Unchanged)
		for endpoint, calls := range f.accelo.Lab().Counters().ByEndpoint {
			listing := endpoint == "GET /api/v0/companies" || endpoint == "GET /api/v0/assets" || strings.HasPrefix(endpoint, "POST /oauth2")
			require.True(f.t, listing, "%d × %s", calls, endpoint)
		}
		require.Len(f.t, f.link(store.Organizations, organization).ManualChanges, count)
		require.Len(f.t, f.link(store.Devices, device).ManualChanges, count)
	}
}
