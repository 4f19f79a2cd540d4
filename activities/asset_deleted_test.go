package activities_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/simulator/lab"
	ninjasim "ninjaone-accelo/internal/simulator/ninjaone"
	"ninjaone-accelo/internal/store"
)

// Deleted assets are recognized by a list, not one by one, and are never recreated automatically. Changes of their devices in
// NinjaOne are not written.
func TestDeletedAssetsFail(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	id, organization, ids := f.prepareImport(names(5)...)
	require.Equal(t, 5, f.devices(id, organization).Created)
	for _, device := range ids[:3] {
		require.NoError(t, f.accelo.DeleteAsset(f.link(store.Devices, device).AcceloID))
	}
	require.NoError(t, f.ninja.UpdateDevice(ids[0], func(d *ninjasim.Device) { d.DisplayName = "Bessie" }))
	planned, _ := f.plan()
	require.Equal(t, flow.Counts{Failed: 3, Unchanged: 2}, planned.Devices)
	require.Empty(t, f.failed(), "a plan records no failures")

	id = f.beginAndRead()
	f.resetCalls()
	f.compare(id)
	f.importOrganizations(id)
	require.Equal(t, []string{"GET /api/v0/assets", "GET /api/v0/assets"}, f.calls(), "once to compare, and once before the failures are recorded")
	failures, err := f.database.Failures(t.Context(), "default")
	require.NoError(t, err)
	require.Len(t, failures, 3)
	for _, failure := range failures {
		require.Contains(t, failure.Error, fmt.Sprintf("`starter recreate device %s`", failure.NinjaID))
	}
	require.Len(t, f.titles(), 2)
}

// A failed lookup never means that an asset was deleted: no failure is recorded, and the next attempt finds out.
func TestOutageWhileLookingForAssets(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	id, organization, ids := f.prepareImport("SHIP")
	f.devices(id, organization)
	require.NoError(t, f.accelo.DeleteAsset(f.link(store.Devices, ids[0]).AcceloID))
	id = f.beginAndRead()
	down := lab.Fault{Kind: lab.FaultHTML502, Method: "GET", Path: "/assets$", Count: 1}
	f.injectFaults(down)
	_, err := runIn[activities.ImportCompareResult](f.env(), f.steps.ImportCompare,
		activities.ImportCompareInput{Connection: "default", ImportID: id})
	require.Equal(t, activities.Unavailable, applicationError(t, err).Type())
	f.compare(id)
	f.company(id, organization)
	f.injectFaults(down)
	_, err = f.syncDevices(id, organization)
	require.Equal(t, activities.Unavailable, applicationError(t, err).Type())
	require.Empty(t, f.failed())
	require.Equal(t, 1, f.devices(id, organization).Failed)
}

// An asset that a listing does not show may still exist: the import of one organization finds an asset that was moved to another
// company, and the manual change names both companies.
func TestUnlistedAssetIsFound(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	id, organization, ids := f.prepareImport("SHIP")
	f.devices(id, organization)
	leasing, err := f.accelo.AddCompany("Leasing", "active")
	require.NoError(t, err)
	asset := f.link(store.Devices, ids[0]).AcceloID
	require.NoError(t, f.accelo.MoveAsset(asset, leasing.ID))
	for range 2 {
		id = f.beginImport(false)
		f.readInto(id, organization)
		f.compare(id)
		f.importOrganizations(id)
		require.Empty(t, f.failed())
		changes := f.link(store.Devices, ids[0]).ManualChanges
		require.Len(t, changes, 1)
		require.Equal(t, []string{"company", "Leasing", "Planet Express"}, []string{changes[0].Field, changes[0].AcceloText(), changes[0].NinjaText()})
	}
	notes := f.notes("asset", asset)
	require.Len(t, notes, 1)
	require.Equal(t, `Manual change kept: company "Leasing" (NinjaOne: "Planet Express")`, notes[0].Subject)
}

// If the asset of an alert's device was deleted, its request says so. It does not mean that the deployment can't link assets.
func TestAlertOfDeletedAsset(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	asset := f.asset()
	require.NoError(t, f.accelo.DeleteAsset(asset))
	alert := f.triggerAlert(full)
	opened := f.mustOpen(alert, "opened")
	result := f.syncAlertDevice(alert, opened.IncidentID)
	require.Contains(t, result.Text, "was deleted in Accelo")
	require.Contains(t, result.Text, fmt.Sprintf("`starter recreate device %d`", f.device))
	require.Nil(t, f.canLink())
	notes := f.notes("request", opened.RequestID)
	require.Len(t, notes, 1)
	require.Contains(t, notes[0].Body, "Its asset was deleted in Accelo.")
}
