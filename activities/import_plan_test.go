package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	accelosim "ninjaone-accelo/internal/simulator/accelo"
	ninjasim "ninjaone-accelo/internal/simulator/ninjaone"
)

// A plan predicts the changes and the calls of an import exactly, and writes nothing.
func TestPlanPredictsImport(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		mode   accelosim.Mode
		before func(f *fixture)
	}{
		{"a new tenant", accelosim.ModeOpen, nil},
		{"fields one by one", accelosim.ModeNoExtensionKeys, nil},
		{"no assets", accelosim.ModeDocumented, nil},
		{"companies and an asset to adopt", accelosim.ModeOpen, func(f *fixture) {
			company, err := f.accelo.AddCompany("Planet Express", "active")
			require.NoError(f.t, err)
			_, err = f.accelo.AddAsset(assetType, company.ID, "SHIP", nil)
			require.NoError(f.t, err)
		}},
		{"an unchanged tenant", accelosim.ModeOpen, func(f *fixture) { f.fullImport() }},
		{"a changed tenant", accelosim.ModeOpen, func(f *fixture) {
			f.fullImport()
			for _, organization := range f.ninja.Snapshot().Organizations {
				require.NoError(f.t, f.ninja.UpdateOrganization(organization.ID, func(f *ninjasim.Organization) { f.Description = "new" }))
			}
			for _, device := range f.ninja.Snapshot().Devices {
				require.NoError(f.t, f.ninja.UpdateDevice(device.ID, func(d *ninjasim.Device) { d.SystemName += "-II"; d.DisplayName = "x" }))
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, settings{mode: test.mode})
			for _, name := range []string{"Planet Express", "planet express", "Omicron Persei 8"} {
				organization := f.ninja.AddOrganization(name, "")
				f.device(organization, "SHIP")
				f.device(organization, "LAB")
			}
			if test.before != nil {
				test.before(f)
			}
			f.writes()
			plan, _ := f.plan()
			require.Empty(t, f.writes(), "a plan writes nothing")
			require.True(t, plan.Plan)
			require.NotNil(t, plan.EstimatedSeconds)
			done := f.fullImport()
			require.Equal(t, done.Organizations, plan.Organizations)
			require.Equal(t, done.Devices, plan.Devices)
			require.Equal(t, done.APICalls, plan.APICalls)
			require.Nil(t, done.EstimatedSeconds)
		})
	}
}

// Records without changes are done after the comparison, and take no further call.
func TestCompareMarksUnchanged(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	first := f.ninja.AddOrganization("Planet Express", "")
	f.device(first, "SHIP")
	f.fullImport()
	second := f.ninja.AddOrganization("Omicron Persei 8", "")
	f.device(second, "LRRR")
	f.device(first, "LAB")
	id := f.beginAndRead()
	require.Equal(t, activities.ImportCompareResult{
		Organizations: flow.Share{Done: 1, Total: 2}, Devices: flow.Share{Done: 1, Total: 3}, Calls: 6, Writes: 4,
	}, f.compare(id))
	require.Equal(t, flow.Share{Done: 1, Total: 2}, f.compare(id).Organizations, "a retry finds the same")
}

// Devices of an organization that NinjaOne does not list fail with that reason. Once it is listed, the failures are cleared.
func TestOrphanedDevices(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	organization := f.ninja.AddOrganization("Planet Express", "")
	device := f.device(organization, "SHIP")
	f.fullImport()
	require.NoError(t, f.ninja.UpdateDevice(device, func(d *ninjasim.Device) { d.OrganizationID = 77 }))
	result := f.fullImport()
	require.Equal(t, flow.Counts{Failed: 1}, result.Devices)
	require.Contains(t, result.Failures[0].Error, "does not list organization 77")
	require.Len(t, f.failed(), 1)

	require.NoError(t, f.ninja.UpdateDevice(device, func(d *ninjasim.Device) { d.OrganizationID = organization }))
	require.Equal(t, flow.Counts{Unchanged: 1}, f.fullImport().Devices)
	require.Empty(t, f.failed(), "the failure is cleared")
}

// A plan counts failures without recording them.
func TestPlanRecordsNoFailure(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	organization := f.ninja.AddOrganization("Planet Express", "")
	device := f.device(organization, "SHIP")
	require.NoError(t, f.ninja.UpdateDevice(device, func(d *ninjasim.Device) { d.OrganizationID = 77 }))
	plan, _ := f.plan()
	require.Equal(t, flow.Counts{Failed: 1}, plan.Devices)
	require.Empty(t, f.failed())
	links, err := f.database.CountLinks(t.Context(), "default")
	require.NoError(t, err)
	require.Empty(t, links)
}
