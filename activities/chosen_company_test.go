package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// A company chosen by hand wins over matching, in the plan and in the import. Its own name stays.
func TestChosenCompanyWinsOverMatching(t *testing.T) {
	t.Parallel()
	for _, single := range []bool{false, true} {
		f := newFixture(t, settings{})
		organization := f.ninja.AddOrganization("Acme", "")
		f.device(organization, "SHIP")
		_, err := f.accelo.AddCompany("Acme", "active")
		require.NoError(t, err)
		chosen, err := f.accelo.AddCompany("Acme Holding", "active")
		require.NoError(t, err)
		f.choose(organization, store.OrganizationChoice{Sync: true, CompanyID: chosen.ID})
		id := f.beginImport(false)
		if single {
			f.readInto(id, organization)
		} else {
			f.readInto(id, 0)
		}
		f.compare(id)
		planned := f.plannedChanges(id)["organization "+itoa(organization)]
		require.Equal(t, rules.Match, planned.Action)
		require.Equal(t, chosen.ID, planned.AcceloID)
		require.Contains(t, planned.Why, "was chosen for this organization")
		f.importOrganizations(id)
		require.Equal(t, flow.Counts{Matched: 1}, f.finish(activities.ImportFinishInput{ImportID: id}).Organizations)
		require.Equal(t, chosen.ID, f.link(store.Organizations, organization).AcceloID)
		require.Equal(t, chosen.ID, f.accelo.Snapshot().Assets[0].AgainstID)
		require.Equal(t, flow.Counts{Unchanged: 1}, f.fullImport().Organizations)
		require.Equal(t, "Acme Holding", f.accelo.Snapshot().Companies[1].Name)
	}
}

// A chosen company that was deleted before the import fails its organization; nothing is matched or created instead.
func TestChosenCompanyIsGone(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	organization := f.ninja.AddOrganization("Acme", "")
	f.choose(organization, store.OrganizationChoice{Sync: true, CompanyID: 4711})
	planned, _ := f.plan()
	require.Equal(t, flow.Counts{Failed: 1}, planned.Organizations)
	result := f.fullImport()
	require.Equal(t, flow.Counts{Failed: 1}, result.Organizations)
	require.Contains(t, result.Failures[0].Error, "which was chosen for organization")
	require.Empty(t, f.accelo.Snapshot().Companies)
}

// The chosen contact gets the requests and the new assets, and no other contact is created.
func TestChosenContact(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	organization := f.ninja.AddOrganization("Acme", "")
	device := f.device(organization, "SHIP")
	company, err := f.accelo.AddCompany("Acme", "active")
	require.NoError(t, err)
	_, primary, err := f.accelo.AddContact(company.ID, "Ann", "Prime", "")
	require.NoError(t, err)
	_, chosen, err := f.accelo.AddContact(company.ID, "Bob", "Chosen", "")
	require.NoError(t, err)
	require.NotEqual(t, primary.ID, chosen.ID)
	f.choose(organization, store.OrganizationChoice{Sync: true, CompanyID: company.ID, AffiliationID: chosen.ID})
	f.fullImport()
	require.Equal(t, chosen.ID, f.accelo.Snapshot().Assets[0].AffiliationID)
	opened := f.mustOpen(f.triggerAlert(device, full), flow.Opened)
	require.Equal(t, chosen.ID, f.request(opened.RequestID).AffiliationID)
	require.Equal(t, flow.Counts{Unchanged: 1}, f.fullImport().Devices)
	require.Len(t, f.accelo.Snapshot().Contacts, 2)
}

// An alert doesn't stay without a request because the chosen contact has left: the company's primary contact gets it.
func TestChosenContactHasLeft(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	link := f.link(store.Organizations, f.organization)
	f.choose(f.organization, store.OrganizationChoice{Sync: true, AffiliationID: 4711})
	opened := f.mustOpen(f.triggerAlert(full), flow.Opened)
	require.Equal(t, link.AffiliationID, f.request(opened.RequestID).AffiliationID)
	choice, err := f.database.OrganizationChoice(t.Context(), "default", f.organization)
	require.NoError(t, err)
	require.Equal(t, store.OrganizationChoice{Sync: true}, choice)
}

// A user who unlinks an organization lets matching decide again.
func TestUnlinkForgetsTheChoice(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	f.choose(f.organization, store.OrganizationChoice{Sync: true, AffiliationID: 4711})
	_, err := f.database.Forget(t.Context(), store.KeyOf("default", store.Organizations, f.organization), "jane")
	require.NoError(t, err)
	choice, err := f.database.OrganizationChoice(t.Context(), "default", f.organization)
	require.NoError(t, err)
	require.Equal(t, store.OrganizationChoice{Sync: true}, choice)
}
