package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	accelosim "ninjaone-accelo/internal/simulator/accelo"
	ninjasim "ninjaone-accelo/internal/simulator/ninjaone"
)

// A plan says what an import does and costs, call by call, and writes nothing.
func TestPlanForetellsTheImport(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		mode   accelosim.Mode
		before func(w *world)
	}{
		{"a new tenant", accelosim.ModeOpen, nil},
		{"fields one by one", accelosim.ModeNoExtensionKeys, nil},
		{"no assets", accelosim.ModeDocumented, nil},
		{"companies and an asset to adopt", accelosim.ModeOpen, func(w *world) {
			company, err := w.accelo.AddCompany("Planet Express", "active")
			require.NoError(w.t, err)
			_, err = w.accelo.AddAsset(assetType, company.ID, "SHIP", nil)
			require.NoError(w.t, err)
		}},
		{"an unchanged tenant", accelosim.ModeOpen, func(w *world) { w.fullImport() }},
		{"a changed tenant", accelosim.ModeOpen, func(w *world) {
			w.fullImport()
			for _, organization := range w.ninja.Snapshot().Organizations {
				require.NoError(w.t, w.ninja.UpdateOrganization(organization.ID, func(o *ninjasim.Organization) { o.Description = "new" }))
			}
			for _, device := range w.ninja.Snapshot().Devices {
				require.NoError(w.t, w.ninja.UpdateDevice(device.ID, func(d *ninjasim.Device) { d.SystemName += "-II"; d.DisplayName = "x" }))
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, settings{mode: test.mode})
			for _, name := range []string{"Planet Express", "planet express", "Omicron Persei 8"} {
				organization := w.ninja.AddOrganization(name, "")
				w.device(organization, "SHIP")
				w.device(organization, "LAB")
			}
			if test.before != nil {
				test.before(w)
			}
			w.writes()
			plan, _ := w.plan()
			require.Empty(t, w.writes(), "a plan writes nothing")
			require.True(t, plan.Plan)
			require.NotNil(t, plan.EstimatedSeconds)
			done := w.fullImport()
			require.Equal(t, done.Organizations, plan.Organizations)
			require.Equal(t, done.Devices, plan.Devices)
			require.Equal(t, done.APICalls, plan.APICalls)
			require.Nil(t, done.EstimatedSeconds)
		})
	}
}

// What is in order already is done with the comparison, and costs nothing more.
func TestCompareMarksWhatIsInOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	first := w.ninja.AddOrganization("Planet Express", "")
	w.device(first, "SHIP")
	w.fullImport()
	second := w.ninja.AddOrganization("Omicron Persei 8", "")
	w.device(second, "LRRR")
	w.device(first, "LAB")
	id := w.read()
	require.Equal(t, activities.ImportCompareResult{
		Organizations: flow.Share{Done: 1, Total: 2}, Devices: flow.Share{Done: 1, Total: 3}, Calls: 4, Writes: 4,
	}, w.compare(id))
	require.Equal(t, flow.Share{Done: 1, Total: 2}, w.compare(id).Organizations, "a retry finds the same")
}

// Devices of an organization that NinjaOne does not list for us fail with the reason; once it is listed, nothing is left of that.
func TestOrphanedDevices(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	organization := w.ninja.AddOrganization("Planet Express", "")
	device := w.device(organization, "SHIP")
	w.fullImport()
	require.NoError(t, w.ninja.UpdateDevice(device, func(d *ninjasim.Device) { d.OrganizationID = 77 }))
	result := w.fullImport()
	require.Equal(t, flow.Counts{Failed: 1}, result.Devices)
	require.Contains(t, result.Failures[0].Error, "organization 77 is not among those")
	require.Len(t, w.parked(), 1)

	require.NoError(t, w.ninja.UpdateDevice(device, func(d *ninjasim.Device) { d.OrganizationID = organization }))
	require.Equal(t, flow.Counts{Unchanged: 1}, w.fullImport().Devices)
	require.Empty(t, w.parked(), "it is in order again")
}

// A plan does not count what it finds as failures of the product.
func TestPlanParksNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	organization := w.ninja.AddOrganization("Planet Express", "")
	device := w.device(organization, "SHIP")
	require.NoError(t, w.ninja.UpdateDevice(device, func(d *ninjasim.Device) { d.OrganizationID = 77 }))
	plan, _ := w.plan()
	require.Equal(t, flow.Counts{Failed: 1}, plan.Devices)
	require.Empty(t, w.parked())
	links, err := w.database.CountLinks(t.Context(), "default")
	require.NoError(t, err)
	require.Empty(t, links)
}
