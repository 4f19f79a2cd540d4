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

// A new organization gets a company and a primary contact with exactly two writes, after one search.
func TestCompanyIsCreated(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	organization := f.ninja.AddOrganization("  Planet   Express ", "delivers")
	f.device(organization, "SHIP")
	id := f.beginAndRead()
	f.compare(id)
	f.resetCalls()
	result := f.company(id, organization)
	require.Equal(t, rules.Created, result.Outcome)
	require.Equal(t, 1, result.Devices)
	require.Equal(t, []string{"GET /api/v0/companies", "POST /api/v0/companies", "POST /api/v0/contacts"}, f.calls())

	world := f.accelo.Snapshot()
	require.Len(t, world.Companies, 1)
	require.Equal(t, "Planet Express", world.Companies[0].Name)
	require.Equal(t, "delivers", world.Companies[0].Comments)
	require.Equal(t, "active", world.Companies[0].Standing)
	require.Equal(t, result.CompanyID, world.Companies[0].ID)
	require.Len(t, world.Contacts, 1)
	require.Equal(t, "NinjaOne", world.Contacts[0].Firstname)
	require.Equal(t, "Planet Express", world.Contacts[0].Surname)
	link := f.link(store.Organizations, organization)
	require.Equal(t, store.Linked, link.State)
	require.Equal(t, world.Companies[0].DefaultAffiliationID, link.AffiliationID)
}

// A company of the same name is adopted unchanged, with its contact.
func TestCompanyIsMatched(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	company, err := f.accelo.AddCompany("PLANET EXPRESS", "active")
	require.NoError(t, err)
	require.NoError(t, f.accelo.EditCompanyComments(company.ID, "our best client"))
	_, affiliation, err := f.accelo.AddContact(company.ID, "Turanga", "Leela", "")
	require.NoError(t, err)
	organization := f.ninja.AddOrganization("Planet Express", "delivers")
	id := f.beginAndRead()
	f.compare(id)
	f.resetCalls()
	result := f.company(id, organization)
	require.Equal(t, rules.Matched, result.Outcome)
	require.Equal(t, company.ID, result.CompanyID)
	require.Equal(t, []string{"GET /api/v0/companies"}, f.calls(), "the company is read again before it is linked")
	require.Equal(t, affiliation.ID, f.link(store.Organizations, organization).AffiliationID)

	again := f.fullImport()
	require.Equal(t, 1, again.Organizations.Unchanged)
	require.Empty(t, f.writes())
	require.Equal(t, "our best client", f.accelo.Snapshot().Companies[0].Comments)
}

// A company without a contact gets one. If it has contacts but no primary one, the first active contact is used.
func TestContactOfMatchedCompany(t *testing.T) {
	t.Parallel()
	t.Run("none", func(t *testing.T) {
		t.Parallel()
		f := newFixture(t, settings{})
		_, err := f.accelo.AddCompany("Planet Express", "active")
		require.NoError(t, err)
		organization := f.ninja.AddOrganization("Planet Express", "")
		id := f.beginAndRead()
		require.Equal(t, rules.Matched, f.company(id, organization).Outcome)
		require.Equal(t, map[string]int{"POST /api/v0/contacts": 1}, f.writes())
		require.Len(t, f.accelo.Snapshot().Contacts, 1)
		require.Equal(t, f.accelo.Snapshot().Affiliations[0].ID, f.link(store.Organizations, organization).AffiliationID)
	})
	t.Run("no primary contact", func(t *testing.T) {
		t.Parallel()
		f := newFixture(t, settings{})
		require.NoError(t, f.accelo.SetSwitches(accelosim.Switches{NoDefaultAffiliation: true}))
		company, err := f.accelo.AddCompany("Planet Express", "active")
		require.NoError(t, err)
		_, affiliation, err := f.accelo.AddContact(company.ID, "Turanga", "Leela", "")
		require.NoError(t, err)
		organization := f.ninja.AddOrganization("Planet Express", "")
		id := f.beginAndRead()
		f.company(id, organization)
		require.Empty(t, f.writes())
		require.Equal(t, affiliation.ID, f.link(store.Organizations, organization).AffiliationID)
	})
}

// Of several companies with the same name, the active one with the lowest ID is used, and the result mentions the ambiguity.
func TestAmbiguousCompany(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	_, err := f.accelo.AddCompany("Planet Express", "inactive")
	require.NoError(t, err)
	second, err := f.accelo.AddCompany("Planet Express", "active")
	require.NoError(t, err)
	_, err = f.accelo.AddCompany("Planet Express", "active")
	require.NoError(t, err)
	organization := f.ninja.AddOrganization("Planet Express", "")
	result := f.fullImport()
	require.Equal(t, second.ID, f.link(store.Organizations, organization).AcceloID)
	require.Equal(t, 1, result.Organizations.Matched)
	require.Empty(t, result.Failures)
	require.Len(t, result.Ambiguities, 1)
	require.Equal(t, "Planet Express", result.Ambiguities[0].Name)
	require.Contains(t, result.Ambiguities[0].Error, "several companies have this name")
}

// If a company was created after the comparison and Accelo rejects a duplicate, that company is adopted: its contact and its
// comments stay.
func TestDuplicateCompanyIsMatched(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	require.NoError(t, f.accelo.SetSwitches(accelosim.Switches{DuplicateNames: true, NoDefaultAffiliation: true}))
	organization := f.ninja.AddOrganization("Planet Express", "delivers")
	id := f.beginAndRead()
	f.compare(id)
	company, err := f.accelo.AddCompany("planet express", "active")
	require.NoError(t, err)
	require.NoError(t, f.accelo.EditCompanyComments(company.ID, "our best client"))
	_, affiliation, err := f.accelo.AddContact(company.ID, "Turanga", "Leela", "")
	require.NoError(t, err)

	result := f.company(id, organization)
	require.Equal(t, company.ID, result.CompanyID)
	require.Equal(t, rules.Matched, result.Outcome)
	require.Len(t, f.accelo.Snapshot().Contacts, 1, "the company already has a contact")
	require.Equal(t, affiliation.ID, f.link(store.Organizations, organization).AffiliationID)
	require.Equal(t, 1, f.fullImport().Organizations.Unchanged)
	require.Empty(t, f.link(store.Organizations, organization).ManualChanges, "nothing was changed since")
}

// Organizations with the same name share one company and one contact, in whatever order they are imported.
func TestOrganizationsOfOneName(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	first, second := f.ninja.AddOrganization("Planet Express", ""), f.ninja.AddOrganization("planet  express", "")
	id := f.beginAndRead()
	f.compare(id)
	require.Equal(t, rules.Created, f.company(id, second).Outcome)
	require.Equal(t, rules.Matched, f.company(id, first).Outcome)
	require.Len(t, f.accelo.Snapshot().Companies, 1)
	require.Len(t, f.accelo.Snapshot().Contacts, 1)
	one, other := f.link(store.Organizations, first), f.link(store.Organizations, second)
	require.Equal(t, one.AcceloID, other.AcceloID)
	require.Equal(t, one.AffiliationID, other.AffiliationID)
}

// If Accelo rejects the contact for the first of two such organizations, the second is not blocked.
func TestRejectedContactDoesNotBlockNamesake(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	first, second := f.ninja.AddOrganization("Planet Express", ""), f.ninja.AddOrganization("Planet Express", "")
	id := f.beginAndRead()
	f.compare(id)
	f.injectFaults(lab.Fault{Kind: lab.FaultStatus, Method: "POST", Path: "/contacts$", Status: 400, Count: 1})
	require.Equal(t, rules.Failed, f.company(id, first).Outcome)
	require.Equal(t, rules.Matched, f.company(id, second).Outcome)
	require.Equal(t, rules.Unchanged, f.fullImportOf(first).Outcome, "the first finds the contact of the second")
	require.Len(t, f.accelo.Snapshot().Companies, 1)
	require.Len(t, f.accelo.Snapshot().Contacts, 1)
}

// fullImportOf imports one organization and syncs its company.
func (f *fixture) fullImportOf(organization int) activities.AcceloSyncCompanyResult {
	f.t.Helper()
	id := f.beginImport(false)
	f.readInto(id, organization)
	f.compare(id)
	return f.company(id, organization)
}

// NinjaOne's changes reach the company, except for fields that someone changed in Accelo.
func TestCompanyIsUpdated(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	organization := f.ninja.AddOrganization("Planet Express", "delivers")
	f.fullImport()
	company := f.link(store.Organizations, organization).AcceloID
	require.NoError(t, f.ninja.RenameOrganization(organization, "Planet Express II"))
	require.Equal(t, 1, f.fullImport().Organizations.Updated)
	require.Equal(t, "Planet Express II", f.accelo.Snapshot().Companies[0].Name)
	require.Equal(t, 1, f.fullImport().Organizations.Unchanged)

	require.NoError(t, f.accelo.RenameCompany(company, "Zoidberg & Co"))
	require.Equal(t, 1, f.fullImport().Organizations.Unchanged)
	require.NoError(t, f.ninja.RenameOrganization(organization, "Planet Express III"))
	f.writes()
	require.Equal(t, 1, f.fullImport().Organizations.Unchanged)
	require.Equal(t, map[string]int{"POST /api/v0/activities": 1}, f.writes(), "a note about the manual change")
	require.Equal(t, 1, f.fullImport().Organizations.Unchanged)
	require.Empty(t, f.writes())
	require.Equal(t, "Zoidberg & Co", f.accelo.Snapshot().Companies[0].Name, "the manual change stays")
}

// If Accelo rejects a company, the organization and all its devices fail. A later run that succeeds clears the failure.
func TestRejectedCompanyFails(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	rejected, accepted := f.ninja.AddOrganization("Omicron Persei 8", ""), f.ninja.AddOrganization("Planet Express", "")
	f.device(rejected, "LRRR")
	f.device(accepted, "SHIP")
	f.injectFaults(lab.Fault{Kind: lab.FaultStatus, Method: "POST", Path: "/companies$", Status: 400, Count: 1})
	result := f.fullImport()
	require.Equal(t, 1, result.Organizations.Failed)
	require.Equal(t, 1, result.Devices.Failed)
	require.Equal(t, 1, result.Organizations.Created)
	require.Equal(t, 1, result.Devices.Created)
	require.Len(t, result.Failures, 2)
	require.Equal(t, []string{"organization 2"}, f.failed())
	require.Len(t, f.accelo.Snapshot().Companies, 1)

	result = f.fullImport()
	require.Equal(t, 1, result.Organizations.Created)
	require.Empty(t, result.Failures)
	require.Empty(t, f.failed())
}

// An organization that is not part of the import can't be synced.
func TestUnknownOrganization(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	id := f.beginAndRead()
	_, err := f.syncCompany(id, 99)
	require.Equal(t, activities.Refused, applicationError(t, err).Type())
	require.True(t, applicationError(t, err).NonRetryable())
	require.Empty(t, f.failed())
}
