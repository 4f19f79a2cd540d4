package activities_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/simulator/lab"
	"ninjaone-accelo/internal/store"
)

// A company that someone created after the listing is used, with its contact and comments, in whatever spelling counts as the same name.
// One search finds that out.
func TestCompanyCreatedAfterTheListing(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		ninja, accelo string
		searches      int
	}{
		{"Momcorp", "Momcorp", 1},
		{"Momcorp", "MOMCORP", 1},
		{"Mom Corp", "  mom   corp\t", 1},
		{"Mom's & Co", "Mom&#39;s &amp; Co", 2}, // how the search treats punctuation is unknown
	} {
		t.Run(test.accelo, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, settings{})
			organization := f.ninja.AddOrganization(test.ninja, "robots")
			f.device(organization, "BENDER")
			id := f.beginAndRead()
			f.compare(id)
			company, err := f.accelo.AddCompany(test.accelo, "active")
			require.NoError(t, err)
			require.NoError(t, f.accelo.EditCompanyComments(company.ID, "our best client"))
			_, affiliation, err := f.accelo.AddContact(company.ID, "Mom", "", "")
			require.NoError(t, err)
			f.resetCalls()
			require.Equal(t, activities.AcceloSyncCompanyResult{CompanyID: company.ID, Outcome: rules.Matched, Devices: 1}, f.company(id, organization))
			require.Equal(t, slices.Repeat([]string{"GET /api/v0/companies"}, test.searches), f.calls())
			require.Equal(t, 1, f.devices(id, organization).Created)
			require.Equal(t, affiliation.ID, f.accelo.Snapshot().Assets[0].AffiliationID)
			require.Len(t, f.accelo.Snapshot().Companies, 1)
			require.Len(t, f.accelo.Snapshot().Contacts, 1)
			require.Equal(t, "our best client", f.accelo.Snapshot().Companies[0].Comments)
			f.finishAndSettle(id)
		})
	}
}

// A company that was renamed to an organization's name after the listing is used as well.
func TestCompanyRenamedToTheOrganizationAfterTheListing(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	company, err := f.accelo.AddCompany("Mom's Old-Fashioned Robot Oil", "active")
	require.NoError(t, err)
	organization := f.ninja.AddOrganization("Momcorp", "")
	id := f.beginAndRead()
	f.compare(id)
	require.NoError(t, f.accelo.RenameCompany(company.ID, "MomCorp"))
	require.Equal(t, company.ID, f.company(id, organization).CompanyID)
	require.Len(t, f.accelo.Snapshot().Companies, 1)
	f.finishAndSettle(id)
}

// A company that the listing matched by name is read before it is linked: if it no longer is the organization's, the one that is gets
// linked, and if there is none, it is created.
func TestMatchedCompanyChangedAfterTheListing(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		change  func(f *fixture, matched int64) error
		outcome rules.Outcome
		total   int
	}{
		{"unchanged", func(*fixture, int64) error { return nil }, rules.Matched, 1},
		{"renamed", func(f *fixture, matched int64) error { return f.accelo.RenameCompany(matched, "Mom's Friendly Robots") }, rules.Created, 2},
		{"deleted", func(f *fixture, matched int64) error { return f.accelo.DeleteCompany(matched) }, rules.Created, 1},
		{"merged into another of the name", func(f *fixture, matched int64) error {
			survivor, err := f.accelo.AddCompany("MOMCORP", "active")
			require.NoError(f.t, err)
			return f.accelo.MergeCompanies(matched, survivor.ID)
		}, rules.Matched, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t, settings{})
			company, err := f.accelo.AddCompany("Momcorp", "active")
			require.NoError(t, err)
			_, _, err = f.accelo.AddContact(company.ID, "Mom", "", "")
			require.NoError(t, err)
			organization := f.ninja.AddOrganization("Momcorp", "")
			id := f.beginAndRead()
			f.compare(id)
			require.NoError(t, test.change(f, company.ID))
			require.Equal(t, test.outcome, f.company(id, organization).Outcome)
			world := f.accelo.Snapshot()
			require.Len(t, world.Companies, test.total)
			require.Equal(t, world.Companies[len(world.Companies)-1].ID, f.link(store.Organizations, organization).AcceloID)
			f.finishAndSettle(id)
		})
	}
}

// A contact that someone added while the contact of a new company could not be created is used.
func TestContactAddedBeforeOurs(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{claims: short})
	organization := f.ninja.AddOrganization("Momcorp", "")
	id := f.beginAndRead()
	f.compare(id)
	f.injectFaults(lab.Fault{Kind: lab.FaultDropBefore, Method: "POST", Path: "/contacts$", Count: 1})
	_, err := f.syncCompany(id, organization)
	require.Error(t, err)
	f.sql(`DELETE FROM links WHERE kind = 'contact'`) // the claim ended without a doubt
	f.sql(`UPDATE links SET written_at = now() - interval '1 hour' WHERE kind = 'organization'`)
	_, affiliation, err := f.accelo.AddContact(f.link(store.Organizations, organization).AcceloID, "Mom", "", "")
	require.NoError(t, err)
	f.company(id, organization)
	require.Equal(t, affiliation.ID, f.link(store.Organizations, organization).AffiliationID)
	require.Len(t, f.accelo.Snapshot().Contacts, 1)
}

// An organization that a user linked after the listing keeps that company.
func TestOrganizationLinkedAfterTheListing(t *testing.T) {
	t.Parallel()
	for _, linked := range []bool{false, true} {
		f := newFixture(t, settings{})
		organization := f.ninja.AddOrganization("Momcorp", "robots")
		if linked {
			f.fullImport()
			require.NoError(t, f.ninja.RenameOrganization(organization, "Momcorp Inc"))
		}
		right, err := f.accelo.AddCompany("Mom's Friendly Robots", "active")
		require.NoError(t, err)
		id := f.beginAndRead()
		f.compare(id)
		baseline := rules.Baseline{rules.NameKeyField: {Ninja: "Momcorp"}, rules.CommentsField: {Ninja: "robots"}}
		_, err = f.database.Relink(t.Context(), store.Correction{
			Key: store.KeyOf("default", store.Organizations, organization), OrganizationID: organization, AcceloID: right.ID, CompanyID: right.ID,
			Actor: "a user", Baseline: rules.BaselineAfterRelink(baseline, map[string]string{rules.NameKeyField: "Mom's Friendly Robots", rules.CommentsField: ""}),
		})
		require.NoError(t, err)
		require.Equal(t, right.ID, f.company(id, organization).CompanyID)
		names := []string{}
		for _, company := range f.accelo.Snapshot().Companies {
			names = append(names, company.Name)
		}
		require.Contains(t, names, "Mom's Friendly Robots")
		require.NotContains(t, names, "Momcorp Inc")
		f.finishAndSettle(id)
	}
}
