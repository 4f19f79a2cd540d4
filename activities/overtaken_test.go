package activities_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/rules"
	ninjasim "ninjaone-accelo/internal/simulator/ninjaone"
	"ninjaone-accelo/internal/store"
)

// relinks corrects a link by hand in the middle of a call.
func (w *world) relinks(endpoint string, correction store.Correction) {
	w.onCall(1, endpoint, func() bool {
		_, err := w.database.Relink(w.t.Context(), correction)
		return err == nil
	})
}

// A company that a person corrects while an import writes to the wrong one: the correction stands, and the next attempt goes on
// with the right one.
func TestImportIsOvertakenByARelinkOfACompany(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	organization := w.ninja.AddOrganization("Planet Express", "")
	w.fullImport()
	right, err := w.accelo.AddCompany("Momcorp", "active")
	require.NoError(t, err)
	require.NoError(t, w.ninja.RenameOrganization(organization, "Planet Express Inc."))
	id := w.read()
	w.compare(id)
	wrong := w.link(store.Organizations, organization)
	w.relinks(fmt.Sprintf("PUT /api/v0/companies/%d", wrong.AcceloID), store.Correction{
		Key: wrong.Key(), AcceloID: right.ID, CompanyID: right.ID, Actor: "a person",
		Baseline: rules.BaselineAfterRelink(wrong.Baseline, map[string]string{rules.NameKeyField: "Momcorp"}),
	})
	_, err = w.syncCompany(id, organization)
	require.Equal(t, activities.Superseded, failure(t, err).Type())
	require.False(t, failure(t, err).NonRetryable())
	require.Equal(t, right.ID, w.link(store.Organizations, organization).AcceloID)

	require.Equal(t, right.ID, w.company(id, organization).CompanyID)
	require.Empty(t, w.parked())
	link := w.link(store.Organizations, organization)
	require.Equal(t, right.ID, link.AcceloID)
	require.NotZero(t, link.AffiliationID, "the right company has its own contact")
	require.NotEqual(t, wrong.AffiliationID, link.AffiliationID)
	w.writes()
	w.fullImport()
	require.Empty(t, w.writes())
}

// The same for an asset.
func TestImportIsOvertakenByARelinkOfAnAsset(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	id, organization, ids := w.inOrder("SHIP")
	w.devices(id, organization)
	wrong := w.link(store.Devices, ids[0])
	right, err := w.accelo.AddAsset(assetType, wrong.CompanyID, "The Ship", nil)
	require.NoError(t, err)
	require.NoError(t, w.ninja.UpdateDevice(ids[0], func(d *ninjasim.Device) { d.SystemName = "SHIP-2" }))
	id = w.read()
	w.compare(id)
	w.company(id, organization)
	w.relinks(fmt.Sprintf("PUT /api/v0/assets/%d", wrong.AcceloID), store.Correction{
		Key: wrong.Key(), AcceloID: right.ID, CompanyID: wrong.CompanyID, Actor: "a person",
		Baseline: rules.BaselineAfterRelink(wrong.Baseline, map[string]string{rules.TitleField: "The Ship"}),
	})
	_, err = w.syncDevices(id, organization)
	require.Equal(t, activities.Superseded, failure(t, err).Type())
	require.Equal(t, right.ID, w.link(store.Devices, ids[0]).AcceloID)

	require.Zero(t, w.devices(id, organization).Failed)
	require.Equal(t, right.ID, w.link(store.Devices, ids[0]).AcceloID)
	w.allFields(right.ID, ids[0])
	w.writes()
	w.fullImport()
	require.Empty(t, w.writes())
}
