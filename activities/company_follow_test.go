package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/rules"
	accelosim "ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/lab"
	"ninjaone-accelo/internal/store"
)

// merged is a world in which the company of an organization with one device was merged into another one.
func merged(t *testing.T) (w *world, organization int, gone store.Link, survivor int64) {
	t.Helper()
	w = newWorld(t, settings{})
	organization = w.ninja.AddOrganization("Planet Express", "")
	w.device(organization, "SHIP")
	w.fullImport()
	gone = w.link(store.Organizations, organization)
	company, err := w.accelo.AddCompany("Momcorp", "active")
	require.NoError(t, err)
	_, _, err = w.accelo.AddContact(company.ID, "Mom", "", "")
	require.NoError(t, err)
	require.NoError(t, w.accelo.MergeCompanies(gone.AcceloID, company.ID))
	return w, organization, gone, company.ID
}

// An organization that is imported by itself follows its company as well, and adopts what the survivor has.
func TestOrganizationAloneFollowsAMerger(t *testing.T) {
	t.Parallel()
	w, organization, _, survivor := merged(t)
	_, err := w.accelo.AddAsset(assetType, survivor, "LAB", nil)
	require.NoError(t, err)
	w.device(organization, "LAB")
	id := w.begin(false)
	w.readInto(id, organization)
	w.compare(id)
	require.Equal(t, activities.AcceloSyncCompanyResult{CompanyID: survivor, Outcome: "updated", Devices: 1}, w.company(id, organization))
	require.Equal(t, 1, w.devices(id, organization).Matched)
	require.Equal(t, []string{"LAB", "SHIP"}, w.titles())
	link := w.link(store.Organizations, organization)
	require.Equal(t, []int64{survivor, survivor}, []int64{link.AcceloID, link.CompanyID})
	require.Equal(t, w.accelo.Snapshot().Companies[0].DefaultAffiliationID, link.AffiliationID)
	w.writes()
	require.Equal(t, 1, w.fullImport().Organizations.Unchanged)
	require.Empty(t, w.writes())
}

// An error on the way never means that a company is gone: whatever fails, the link stays where it was, nothing is parked, and
// the next attempt follows.
func TestTroubleWhileFollowing(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/companies$", `/companies/\d+$`, "/affiliations$"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			w, organization, gone, survivor := merged(t)
			id := w.read()
			w.compare(id)
			w.trouble(lab.Fault{Kind: lab.FaultHTML502, Method: "GET", Path: path, Count: 1})
			_, err := w.syncCompany(id, organization)
			require.Equal(t, activities.Unavailable, failure(t, err).Type())
			require.Equal(t, gone.AcceloID, w.link(store.Organizations, organization).AcceloID)
			require.Empty(t, w.parked())
			require.Equal(t, survivor, w.company(id, organization).CompanyID)
		})
	}
}

// A company that a listing merely left out is no reason for anything.
func TestCompanyThatWasNotListed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	organization := w.ninja.AddOrganization("Planet Express", "")
	w.fullImport()
	before := w.link(store.Organizations, organization)
	id := w.begin(false)
	_, err := runIn[activities.ReadResult](w.env(), w.steps.NinjaRead, activities.ReadInput{Connection: "default", ImportID: id})
	require.NoError(t, err)
	w.compare(id)
	w.writes()
	require.Equal(t, rules.Unchanged, w.company(id, organization).Outcome)
	require.Empty(t, w.writes())
	after := w.link(store.Organizations, organization)
	require.Equal(t, []int64{before.AcceloID, before.AffiliationID}, []int64{after.AcceloID, after.AffiliationID})
}

// A survivor without a contact gets one, since requests and assets have to name somebody.
func TestSurvivorWithoutAContact(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	require.NoError(t, w.accelo.SetSwitches(accelosim.Switches{NoDefaultAffiliation: true}))
	organization := w.ninja.AddOrganization("Planet Express", "")
	w.fullImport()
	gone := w.link(store.Organizations, organization)
	company, err := w.accelo.AddCompany("Momcorp", "active")
	require.NoError(t, err)
	require.NoError(t, w.accelo.MergeCompanies(gone.AcceloID, company.ID))
	require.Equal(t, 1, w.fullImport().Organizations.Updated)
	link := w.link(store.Organizations, organization)
	require.Equal(t, []int64{company.ID, gone.AffiliationID}, []int64{link.AcceloID, link.AffiliationID}, "the contact has moved along")
	require.Equal(t, 1, w.fullImport().Organizations.Unchanged)
	require.Len(t, w.accelo.Snapshot().Contacts, 1)
}
