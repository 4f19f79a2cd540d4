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

// relinkDuring relinks a record in the middle of the next call to an endpoint.
func (f *fixture) relinkDuring(endpoint string, correction store.Correction) {
	f.onCall(1, endpoint, func() bool {
		_, err := f.database.Relink(f.t.Context(), correction)
		return err == nil
	})
}

// If a user relinks an organization while an import writes to the wrong company, the correction stands and the next attempt uses
// the right company.
func TestRelinkedCompanySupersedesImport(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	organization := f.ninja.AddOrganization("Planet Express", "")
	f.fullImport()
	right, err := f.accelo.AddCompany("Momcorp", "active")
	require.NoError(t, err)
	require.NoError(t, f.ninja.RenameOrganization(organization, "Planet Express Inc."))
	id := f.beginAndRead()
	f.compare(id)
	wrong := f.link(store.Organizations, organization)
	f.relinkDuring(fmt.Sprintf("PUT /api/v0/companies/%d", wrong.AcceloID), store.Correction{
		Key: wrong.Key(), AcceloID: right.ID, CompanyID: right.ID, Actor: "a user",
		Baseline: rules.BaselineAfterRelink(wrong.Baseline, map[string]string{rules.NameKeyField: "Momcorp"}),
	})
	_, err = f.syncCompany(id, organization)
	require.Equal(t, activities.Superseded, applicationError(t, err).Type())
	require.False(t, applicationError(t, err).NonRetryable())
	require.Equal(t, right.ID, f.link(store.Organizations, organization).AcceloID)

	require.Equal(t, right.ID, f.company(id, organization).CompanyID)
	require.Empty(t, f.failed())
	link := f.link(store.Organizations, organization)
	require.Equal(t, right.ID, link.AcceloID)
	require.NotZero(t, link.AffiliationID, "the right company has its own contact")
	require.NotEqual(t, wrong.AffiliationID, link.AffiliationID)
	f.writes()
	f.fullImport()
	require.Empty(t, f.writes())
}

// The same holds for an asset.
func TestRelinkedAssetSupersedesImport(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	id, organization, ids := f.prepareImport("SHIP")
	f.devices(id, organization)
	wrong := f.link(store.Devices, ids[0])
	right, err := f.accelo.AddAsset(assetType, wrong.CompanyID, "The Ship", nil)
	require.NoError(t, err)
	require.NoError(t, f.ninja.UpdateDevice(ids[0], func(d *ninjasim.Device) { d.SystemName = "SHIP-2" }))
	id = f.beginAndRead()
	f.compare(id)
	f.company(id, organization)
	f.relinkDuring(fmt.Sprintf("PUT /api/v0/assets/%d", wrong.AcceloID), store.Correction{
		Key: wrong.Key(), AcceloID: right.ID, CompanyID: wrong.CompanyID, Actor: "a user",
		Baseline: rules.BaselineAfterRelink(wrong.Baseline, map[string]string{rules.TitleField: "The Ship"}),
	})
	_, err = f.syncDevices(id, organization)
	require.Equal(t, activities.Superseded, applicationError(t, err).Type())
	require.Equal(t, right.ID, f.link(store.Devices, ids[0]).AcceloID)

	require.Zero(t, f.devices(id, organization).Failed)
	require.Equal(t, right.ID, f.link(store.Devices, ids[0]).AcceloID)
	f.requireAllFields(right.ID, ids[0])
	f.writes()
	f.fullImport()
	require.Empty(t, f.writes())
}
