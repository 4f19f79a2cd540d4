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

// Assets that people have deleted are looked for by the list, not one by one, and never made again by themselves; what NinjaOne
// says of their devices meanwhile is written nowhere.
func TestDeletedAssetsAreParked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	id, organization, ids := w.inOrder(names(5)...)
	require.Equal(t, 5, w.devices(id, organization).Created)
	for _, device := range ids[:3] {
		require.NoError(t, w.accelo.DeleteAsset(w.link(store.Devices, device).AcceloID))
	}
	require.NoError(t, w.ninja.UpdateDevice(ids[0], func(d *ninjasim.Device) { d.DisplayName = "Bessie" }))
	planned, _ := w.plan()
	require.Equal(t, flow.Counts{Failed: 3, Unchanged: 2}, planned.Devices)
	require.Empty(t, w.parked(), "a plan parks nothing")

	id = w.read()
	w.forget()
	w.compare(id)
	w.work(id)
	require.Equal(t, []string{"GET /api/v0/assets", "GET /api/v0/assets"}, w.calls(), "when comparing, and before anybody is told")
	failures, err := w.database.Failures(t.Context(), "default")
	require.NoError(t, err)
	require.Len(t, failures, 3)
	for _, failure := range failures {
		require.Contains(t, failure.Error, fmt.Sprintf("`starter recreate device %s`", failure.NinjaID))
	}
	require.Len(t, w.titles(), 2)
}

// An error on the way never means that an asset was deleted: nothing is parked, and the next attempt finds out.
func TestTroubleWhileLookingForAssets(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	id, organization, ids := w.inOrder("SHIP")
	w.devices(id, organization)
	require.NoError(t, w.accelo.DeleteAsset(w.link(store.Devices, ids[0]).AcceloID))
	id = w.read()
	down := lab.Fault{Kind: lab.FaultHTML502, Method: "GET", Path: "/assets$", Count: 1}
	w.trouble(down)
	_, err := runIn[activities.ImportCompareResult](w.env(), w.steps.ImportCompare,
		activities.ImportCompareInput{Connection: "default", ImportID: id})
	require.Equal(t, activities.Unavailable, failure(t, err).Type())
	w.compare(id)
	w.company(id, organization)
	w.trouble(down)
	_, err = w.syncDevices(id, organization)
	require.Equal(t, activities.Unavailable, failure(t, err).Type())
	require.Empty(t, w.parked())
	require.Equal(t, 1, w.devices(id, organization).Failed)
}

// What a listing does not show may be there all the same: an asset that was put into another company is found there by the import
// of its organization alone, and the difference bears the companies' names.
func TestAssetThatWasNotListedIsFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	id, organization, ids := w.inOrder("SHIP")
	w.devices(id, organization)
	leasing, err := w.accelo.AddCompany("Leasing", "active")
	require.NoError(t, err)
	asset := w.link(store.Devices, ids[0]).AcceloID
	require.NoError(t, w.accelo.MoveAsset(asset, leasing.ID))
	for range 2 {
		id = w.begin(false)
		w.readInto(id, organization)
		w.compare(id)
		w.work(id)
		require.Empty(t, w.parked())
		kept := w.link(store.Devices, ids[0]).ManualChanges
		require.Len(t, kept, 1)
		require.Equal(t, []string{"company", "Leasing", "Planet Express"}, []string{kept[0].Field, kept[0].AcceloText(), kept[0].NinjaText()})
	}
	notes := w.notes("asset", asset)
	require.Len(t, notes, 1)
	require.Equal(t, `Manual change kept: company "Leasing" (NinjaOne: "Planet Express")`, notes[0].Subject)
}

// An alert whose device's asset was deleted says so on its request, and takes that for no missing call of the API's.
func TestAlertOfADeletedAsset(t *testing.T) {
	t.Parallel()
	o := newOffice(t, settings{})
	asset := o.asset()
	require.NoError(t, o.accelo.DeleteAsset(asset))
	alert := o.fires(full)
	opened := o.opens(alert, "opened")
	result := o.links(alert, opened.IncidentID)
	require.Contains(t, result.Text, "was deleted in Accelo")
	require.Contains(t, result.Text, fmt.Sprintf("`starter recreate device %d`", o.device))
	require.Nil(t, o.canLink())
	notes := o.notes("request", opened.RequestID)
	require.Len(t, notes, 1)
	require.Contains(t, notes[0].Body, "Its asset was deleted in Accelo.")
}
