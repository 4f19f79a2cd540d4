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

// A new organization gets a company and a primary contact, by two calls and no other.
func TestCompanyIsCreated(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	organization := w.ninja.AddOrganization("  Planet   Express ", "delivers")
	w.device(organization, "SHIP")
	id := w.read()
	w.compare(id)
	w.accelo.Lab().ResetCounters()
	result := w.company(id, organization)
	require.Equal(t, rules.Created, result.Outcome)
	require.Equal(t, 1, result.Devices)
	require.Equal(t, 2, w.accelo.Lab().Counters().Total-w.accelo.Lab().Counters().Auth)

	world := w.accelo.Snapshot()
	require.Len(t, world.Companies, 1)
	require.Equal(t, "Planet Express", world.Companies[0].Name)
	require.Equal(t, "delivers", world.Companies[0].Comments)
	require.Equal(t, "active", world.Companies[0].Standing)
	require.Equal(t, result.CompanyID, world.Companies[0].ID)
	require.Len(t, world.Contacts, 1)
	require.Equal(t, "NinjaOne", world.Contacts[0].Firstname)
	require.Equal(t, "Planet Express", world.Contacts[0].Surname)
	link := w.link(store.Organizations, organization)
	require.Equal(t, store.Linked, link.State)
	require.Equal(t, world.Companies[0].DefaultAffiliationID, link.AffiliationID)
}

// A company of the same name is taken over as it is, with its contact.
func TestCompanyIsMatched(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	company, err := w.accelo.AddCompany("PLANET EXPRESS", "active")
	require.NoError(t, err)
	require.NoError(t, w.accelo.EditCompanyComments(company.ID, "our best client"))
	_, affiliation, err := w.accelo.AddContact(company.ID, "Turanga", "Leela", "")
	require.NoError(t, err)
	organization := w.ninja.AddOrganization("Planet Express", "delivers")
	id := w.read()
	w.compare(id)
	w.accelo.Lab().ResetCounters()
	result := w.company(id, organization)
	require.Equal(t, rules.Matched, result.Outcome)
	require.Equal(t, company.ID, result.CompanyID)
	require.Zero(t, w.accelo.Lab().Counters().Total, "everything was known already")
	require.Equal(t, affiliation.ID, w.link(store.Organizations, organization).AffiliationID)

	again := w.fullImport()
	require.Equal(t, 1, again.Organizations.Unchanged)
	require.Empty(t, w.writes())
	require.Equal(t, "our best client", w.accelo.Snapshot().Companies[0].Comments)
}

// A company without a contact gets one; with contacts but no primary one, the first that is active serves.
func TestContactOfAMatchedCompany(t *testing.T) {
	t.Parallel()
	t.Run("none", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, settings{})
		_, err := w.accelo.AddCompany("Planet Express", "active")
		require.NoError(t, err)
		organization := w.ninja.AddOrganization("Planet Express", "")
		id := w.read()
		require.Equal(t, rules.Matched, w.company(id, organization).Outcome)
		require.Equal(t, map[string]int{"POST /api/v0/contacts": 1}, w.writes())
		require.Len(t, w.accelo.Snapshot().Contacts, 1)
		require.Equal(t, w.accelo.Snapshot().Affiliations[0].ID, w.link(store.Organizations, organization).AffiliationID)
	})
	t.Run("no primary one", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, settings{})
		require.NoError(t, w.accelo.SetSwitches(accelosim.Switches{NoDefaultAffiliation: true}))
		company, err := w.accelo.AddCompany("Planet Express", "active")
		require.NoError(t, err)
		_, affiliation, err := w.accelo.AddContact(company.ID, "Turanga", "Leela", "")
		require.NoError(t, err)
		organization := w.ninja.AddOrganization("Planet Express", "")
		id := w.read()
		w.company(id, organization)
		require.Empty(t, w.writes())
		require.Equal(t, affiliation.ID, w.link(store.Organizations, organization).AffiliationID)
	})
}

// Of several companies of one name the active one with the lowest id is taken, and the result says that there were several.
func TestAmbiguousCompany(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	_, err := w.accelo.AddCompany("Planet Express", "inactive")
	require.NoError(t, err)
	second, err := w.accelo.AddCompany("Planet Express", "active")
	require.NoError(t, err)
	_, err = w.accelo.AddCompany("Planet Express", "active")
	require.NoError(t, err)
	organization := w.ninja.AddOrganization("Planet Express", "")
	result := w.fullImport()
	require.Equal(t, second.ID, w.link(store.Organizations, organization).AcceloID)
	require.Equal(t, 1, result.Organizations.Matched)
	require.Empty(t, result.Failures)
	require.Len(t, result.Ambiguities, 1)
	require.Equal(t, "Planet Express", result.Ambiguities[0].Name)
	require.Contains(t, result.Ambiguities[0].Error, "several companies have this name")
}

// A company that came into being after the comparison, which Accelo then refuses to make a second time, is taken over as a
// match: its contact and what people wrote into it stay.
func TestCompanyIsADuplicate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	require.NoError(t, w.accelo.SetSwitches(accelosim.Switches{DuplicateNames: true, NoDefaultAffiliation: true}))
	organization := w.ninja.AddOrganization("Planet Express", "delivers")
	id := w.read()
	w.compare(id)
	company, err := w.accelo.AddCompany("planet express", "active")
	require.NoError(t, err)
	require.NoError(t, w.accelo.EditCompanyComments(company.ID, "our best client"))
	_, affiliation, err := w.accelo.AddContact(company.ID, "Turanga", "Leela", "")
	require.NoError(t, err)

	result := w.company(id, organization)
	require.Equal(t, company.ID, result.CompanyID)
	require.Equal(t, rules.Matched, result.Outcome)
	require.Len(t, w.accelo.Snapshot().Contacts, 1, "it has a contact")
	require.Equal(t, affiliation.ID, w.link(store.Organizations, organization).AffiliationID)
	require.Equal(t, 1, w.fullImport().Organizations.Unchanged)
	require.Empty(t, w.link(store.Organizations, organization).ManualChanges, "nobody changed anything since")
}

// Organizations of one name share a company and its one contact, whoever comes first.
func TestTwinOrganizations(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	first, second := w.ninja.AddOrganization("Planet Express", ""), w.ninja.AddOrganization("planet  express", "")
	id := w.read()
	w.compare(id)
	require.Equal(t, rules.Created, w.company(id, second).Outcome)
	require.Equal(t, rules.Matched, w.company(id, first).Outcome)
	require.Len(t, w.accelo.Snapshot().Companies, 1)
	require.Len(t, w.accelo.Snapshot().Contacts, 1)
	one, other := w.link(store.Organizations, first), w.link(store.Organizations, second)
	require.Equal(t, one.AcceloID, other.AcceloID)
	require.Equal(t, one.AffiliationID, other.AffiliationID)
}

// When the contact of the first twin is refused, the second is not held up by it for ever.
func TestTwinOfARefusedContact(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	first, second := w.ninja.AddOrganization("Planet Express", ""), w.ninja.AddOrganization("Planet Express", "")
	id := w.read()
	w.compare(id)
	w.trouble(lab.Fault{Kind: lab.FaultStatus, Method: "POST", Path: "/contacts$", Status: 400, Count: 1})
	require.Equal(t, rules.Failed, w.company(id, first).Outcome)
	require.Equal(t, rules.Matched, w.company(id, second).Outcome)
	require.Equal(t, rules.Unchanged, w.fullImportOf(first).Outcome, "the first finds the contact of the second")
	require.Len(t, w.accelo.Snapshot().Companies, 1)
	require.Len(t, w.accelo.Snapshot().Contacts, 1)
}

// fullImportOf syncs the company of one organization in an import of its own.
func (w *world) fullImportOf(organization int) activities.AcceloSyncCompanyResult {
	w.t.Helper()
	id := w.begin(false)
	w.readInto(id, organization)
	w.compare(id)
	return w.company(id, organization)
}

// NinjaOne's changes reach the company, except where a person has changed it since.
func TestCompanyIsUpdated(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	organization := w.ninja.AddOrganization("Planet Express", "delivers")
	w.fullImport()
	company := w.link(store.Organizations, organization).AcceloID
	require.NoError(t, w.ninja.RenameOrganization(organization, "Planet Express II"))
	require.Equal(t, 1, w.fullImport().Organizations.Updated)
	require.Equal(t, "Planet Express II", w.accelo.Snapshot().Companies[0].Name)
	require.Equal(t, 1, w.fullImport().Organizations.Unchanged)

	require.NoError(t, w.accelo.RenameCompany(company, "Zoidberg & Co"))
	require.Equal(t, 1, w.fullImport().Organizations.Unchanged)
	require.NoError(t, w.ninja.RenameOrganization(organization, "Planet Express III"))
	w.writes()
	require.Equal(t, 1, w.fullImport().Organizations.Unchanged)
	require.Equal(t, map[string]int{"POST /api/v0/activities": 1}, w.writes(), "a note tells what was kept")
	require.Equal(t, 1, w.fullImport().Organizations.Unchanged)
	require.Empty(t, w.writes())
	require.Equal(t, "Zoidberg & Co", w.accelo.Snapshot().Companies[0].Name, "people win")
}

// What Accelo finally refuses parks the organization with all its devices, and a later run that succeeds takes it out.
func TestRefusedCompanyIsParked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	refused, fine := w.ninja.AddOrganization("Omicron Persei 8", ""), w.ninja.AddOrganization("Planet Express", "")
	w.device(refused, "LRRR")
	w.device(fine, "SHIP")
	w.trouble(lab.Fault{Kind: lab.FaultStatus, Method: "POST", Path: "/companies$", Status: 400, Count: 1})
	result := w.fullImport()
	require.Equal(t, 1, result.Organizations.Failed)
	require.Equal(t, 1, result.Devices.Failed)
	require.Equal(t, 1, result.Organizations.Created)
	require.Equal(t, 1, result.Devices.Created)
	require.Len(t, result.Failures, 2)
	require.Equal(t, []string{"organization 2"}, w.parked())
	require.Len(t, w.accelo.Snapshot().Companies, 1)

	result = w.fullImport()
	require.Equal(t, 1, result.Organizations.Created)
	require.Empty(t, result.Failures)
	require.Empty(t, w.parked())
}

// An organization that is not part of the import cannot be synced.
func TestUnknownOrganization(t *testing.T) {
	t.Parallel()
	w := newWorld(t, settings{})
	id := w.read()
	_, err := w.syncCompany(id, 99)
	require.Equal(t, activities.Refused, failure(t, err).Type())
	require.True(t, failure(t, err).NonRetryable())
	require.Empty(t, w.parked())
}
