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

// merged returns a fixture in which the company of an organization with one device was merged into another one.
func merged(t *testing.T) (f *fixture, organization int, old store.Link, survivor int64) {
	t.Helper()
	f = newFixture(t, settings{})
	organization = f.ninja.AddOrganization("Planet Express", "")
	f.device(organization, "SHIP")
	f.fullImport()
	old = f.link(store.Organizations, organization)
	company, err := f.accelo.AddCompany("Momcorp", "active")
	require.NoError(t, err)
	_, _, err = f.accelo.AddContact(company.ID, "Mom", "", "")
	require.NoError(t, err)
	require.NoError(t, f.accelo.MergeCompanies(old.AcceloID, company.ID))
	return f, organization, old, company.ID
}

// The import of a single organization follows its company as well, and adopts assets of the surviving company.
func TestSingleOrganizationFollowsMerge(t *testing.T) {
	t.Parallel()
	f, organization, _, survivor := merged(t)
	_, err := f.accelo.AddAsset(assetType, survivor, "LAB", nil)
	require.NoError(t, err)
	f.device(organization, "LAB")
	id := f.beginImport(false)
	f.readInto(id, organization)
	f.compare(id)
	require.Equal(t, activities.AcceloSyncCompanyResult{CompanyID: survivor, Outcome: "updated", Devices: 1}, f.company(id, organization))
	require.Equal(t, 1, f.devices(id, organization).Matched)
	require.Equal(t, []string{"LAB", "SHIP"}, f.titles())
	link := f.link(store.Organizations, organization)
	require.Equal(t, []int64{survivor, survivor}, []int64{link.AcceloID, link.CompanyID})
	require.Equal(t, f.accelo.Snapshot().Companies[0].DefaultAffiliationID, link.AffiliationID)
	f.writes()
	require.Equal(t, 1, f.fullImport().Organizations.Unchanged)
	require.Empty(t, f.writes())
}

// A failed lookup never means that a company was deleted: the link stays as it was, no failure is recorded, and the next attempt
// follows the merge.
func TestOutageWhileFollowingMerge(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/companies$", `/companies/\d+$`, "/affiliations$"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			f, organization, old, survivor := merged(t)
			id := f.beginAndRead()
			f.compare(id)
			f.injectFaults(lab.Fault{Kind: lab.FaultHTML502, Method: "GET", Path: path, Count: 1})
			_, err := f.syncCompany(id, organization)
			require.Equal(t, activities.Unavailable, applicationError(t, err).Type())
			require.Equal(t, old.AcceloID, f.link(store.Organizations, organization).AcceloID)
			require.Empty(t, f.failed())
			require.Equal(t, survivor, f.company(id, organization).CompanyID)
		})
	}
}

// A company that a listing left out changes nothing.
func TestUnlistedCompany(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	organization := f.ninja.AddOrganization("Planet Express", "")
	f.fullImport()
	before := f.link(store.Organizations, organization)
	id := f.beginImport(false)
	_, err := runIn[activities.ReadResult](f.env(), f.steps.NinjaRead, activities.ReadInput{Connection: "default", ImportID: id})
	require.NoError(t, err)
	f.compare(id)
	f.writes()
	require.Equal(t, rules.Unchanged, f.company(id, organization).Outcome)
	require.Empty(t, f.writes())
	after := f.link(store.Organizations, organization)
	require.Equal(t, []int64{before.AcceloID, before.AffiliationID}, []int64{after.AcceloID, after.AffiliationID})
}

// A company that a list by ID leaves out too has not been merged as long as it answers itself, wherever people have moved its assets.
func TestCompanyThatListsLeaveOut(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	before := f.link(store.Organizations, f.organization)
	other, err := f.accelo.AddCompany("Momcorp", "active")
	require.NoError(t, err)
	require.NoError(t, f.accelo.MoveAsset(f.asset(), other.ID))
	added := f.fixture.device(f.organization, "ADDED")
	f.injectFaults(lab.Fault{Kind: "list-empty", Path: "/companies$", Count: 1}, lab.Fault{Kind: "list-empty", Path: "/affiliations$"},
		lab.Fault{Kind: lab.FaultStatus, Status: 400, Method: "POST", Path: "/assets$", Count: 1}) // after which the company is looked for
	alert := f.fixture.triggerAlert(added, full)
	f.syncAlertDevice(alert, f.mustOpen(alert, "opened").IncidentID)
	require.Equal(t, before.AcceloID, f.link(store.Organizations, f.organization).AcceloID)
}

// A surviving company without a primary contact gets one, since requests and assets need a contact.
func TestSurvivorWithoutContact(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	require.NoError(t, f.accelo.SetSwitches(accelosim.Switches{NoDefaultAffiliation: true}))
	organization := f.ninja.AddOrganization("Planet Express", "")
	f.fullImport()
	old := f.link(store.Organizations, organization)
	company, err := f.accelo.AddCompany("Momcorp", "active")
	require.NoError(t, err)
	require.NoError(t, f.accelo.MergeCompanies(old.AcceloID, company.ID))
	require.Equal(t, 1, f.fullImport().Organizations.Updated)
	link := f.link(store.Organizations, organization)
	require.Equal(t, []int64{company.ID, old.AffiliationID}, []int64{link.AcceloID, link.AffiliationID}, "the contact moved with the company")
	require.Equal(t, 1, f.fullImport().Organizations.Unchanged)
	require.Len(t, f.accelo.Snapshot().Contacts, 1)
}
