package test

import (
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
)

// What a user edits in Accelo stays, whatever changes in NinjaOne. `starter status` and one note on the record show it. Records without
// manual changes follow NinjaOne.
func TestManualEditsAreKept(t *testing.T) {
	t.Parallel()
	for _, mode := range acceloModes() {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			e := newConnectedEnvInMode(t, mode)
			acme, beta := e.addOrganization("Acme"), e.addOrganization("Beta")
			device, other := e.addWorkstation(acme, "ACME-PC"), e.addWorkstation(beta, "BETA-PC")
			e.importAll()
			company, untouched, asset := e.companyNamed("Acme"), e.companyNamed("Beta"), e.assetTitled("ACME-PC")
			e.accelo.act("rename-company", map[string]any{"id": company.ID, "name": "Acme LLC"})
			e.accelo.act("edit-company-comments", map[string]any{"id": company.ID, "comments": "bills quarterly"})
			e.accelo.act("edit-asset-title", map[string]any{"id": asset.ID, "title": "Reception"})
			e.ninjaOne.act("organizations/describe", map[string]any{"id": acme, "description": "makes everything"})
			e.ninjaOne.act("organizations/rename", map[string]any{"id": beta, "name": "Beta (2026)"})
			e.ninjaOne.act("organizations/describe", map[string]any{"id": beta, "description": "newer"})
			e.ninjaOne.act("devices/update", map[string]any{"id": other, "system_name": "BETA-PC-2"})

			require.Empty(t, e.runImport().Failures)
			changed := e.companyByID(company.ID)
			require.Equal(t, []string{"Acme LLC", "bills quarterly"}, []string{changed.Name, changed.Comments})
			require.Equal(t, "Reception", e.assetByID(asset.ID).Title)
			followed := e.companyByID(untouched.ID)
			require.Equal(t, []string{"Beta (2026)", "newer"}, []string{followed.Name, followed.Comments})
			e.assetTitled("BETA-PC-2")
			require.Equal(t, []manualChange{
				{Kind: "device", NinjaID: itoa(device), AcceloID: asset.ID, Field: "title", Kept: "Reception", NinjaOne: "ACME-PC"},
				{Kind: "organization", NinjaID: itoa(acme), AcceloID: company.ID, Field: "name", Kept: "Acme LLC", NinjaOne: "Acme"},
				{
					Kind: "organization", NinjaID: itoa(acme), AcceloID: company.ID, Field: "comments", Kept: "bills quarterly",
					NinjaOne: "makes everything",
				},
			}, e.manualChanges())
			require.Equal(t, []string{
				`Manual change kept: name "Acme LLC" (NinjaOne: "Acme")`,
				`Manual change kept: comments "bills quarterly" (NinjaOne: "makes everything")`,
			}, e.noteSubjects("company", company.ID))
			require.Equal(t, []string{`Manual change kept: title "Reception" (NinjaOne: "ACME-PC")`}, e.noteSubjects("asset", asset.ID))
			e.requireNoChanges()

			e.ninjaOne.act("organizations/rename", map[string]any{"id": acme, "name": "Acme Worldwide"})
			e.runImport()
			require.Equal(t, "Acme LLC", e.companyByID(company.ID).Name)
			require.Len(t, e.noteSubjects("company", company.ID), 3, "a new value gets a new note")
			e.requireNoChanges()

			e.accelo.act("rename-company", map[string]any{"id": company.ID, "name": "Acme Worldwide"})
			e.runImport()
			require.Len(t, e.manualChanges(), 2, "the names are equal again")
			e.ninjaOne.act("organizations/rename", map[string]any{"id": acme, "name": "Acme Universal"})
			e.runImport()
			require.Equal(t, "Acme Universal", e.companyByID(company.ID).Name, "the name follows NinjaOne again")
			e.requireNoChanges()
		})
	}
}

// No import changes the contact that the product created, or creates another one after a user edited it.
func TestContactIsNeverUpdated(t *testing.T) {
	t.Parallel()
	e := newConnectedEnvInMode(t, "open")
	acme := e.addOrganization("Acme")
	e.addWorkstation(acme, "ACME-PC")
	e.importAll()
	contacts := e.accelo.state().Contacts
	require.Len(t, contacts, 1)
	e.accelo.act("edit-contact", map[string]any{"id": contacts[0].ID, "firstname": "Jane", "surname": "Doe", "email": "jane@acme.example"})
	e.ninjaOne.act("organizations/rename", map[string]any{"id": acme, "name": "Acme Worldwide"})
	e.runImport()
	e.addWorkstation(acme, "ACME-PC-2")
	e.runImport()
	contacts = e.accelo.state().Contacts
	require.Len(t, contacts, 1)
	require.Equal(t, []string{"Jane", "Doe", "jane@acme.example"}, []string{contacts[0].Firstname, contacts[0].Surname, contacts[0].Email})
	e.requireNoChanges()
}

// An asset has the company's primary contact from the start, which the product creates if there is none. A contact that a user chose
// stays, with one note.
func TestAssetContact(t *testing.T) {
	t.Parallel()
	for _, mode := range acceloModes() {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			assetContact(t, mode)
		})
	}
}

func assetContact(t *testing.T, mode accelo.Mode) {
	e := newConnectedEnvInMode(t, mode)
	existing := e.accelo.actID("add-company", map[string]any{"name": "Beta", "standing": "active"})
	e.accelo.act("add-contact", map[string]any{"company_id": existing, "firstname": "Ann", "surname": "Prime"})
	acme, beta := e.addOrganization("Acme"), e.addOrganization("Beta")
	e.addWorkstation(acme, "ACME-PC")
	device := e.addWorkstation(beta, "BETA-PC")
	e.importAll()
	require.Equal(t, e.companyNamed("Acme").DefaultAffiliationID, e.assetTitled("ACME-PC").AffiliationID)
	require.Equal(t, []string{"Ann", "NinjaOne"}, firstNames(e.accelo.state()))
	asset, primary := e.assetTitled("BETA-PC"), e.companyByID(existing).DefaultAffiliationID
	require.NotZero(t, primary)
	require.Equal(t, primary, asset.AffiliationID)

	e.accelo.act("add-contact", map[string]any{"company_id": existing, "firstname": "Bob", "surname": "Second"})
	affiliations := e.accelo.state().Affiliations
	second := affiliations[len(affiliations)-1].ID
	e.accelo.act("choose-asset-contact", map[string]any{"id": asset.ID, "affiliation_id": second})
	e.ninjaOne.act("devices/update", map[string]any{"id": device, "system_name": "BETA-PC-2"})
	e.runImport()
	require.Equal(t, second, e.assetTitled("BETA-PC-2").AffiliationID, "the title follows NinjaOne, the contact stays")
	require.Equal(t, []manualChange{{
		Kind: "device", NinjaID: itoa(device), AcceloID: asset.ID, Field: "contact", Kept: "Bob Second", NinjaOne: "Ann Prime",
	}}, e.manualChanges())
	require.Equal(t, []string{`Manual change kept: contact "Bob Second" (NinjaOne: "Ann Prime")`}, e.noteSubjects("asset", asset.ID))
	e.requireNoChanges()
}

func firstNames(world accelo.World) []string {
	names := []string{}
	for _, contact := range world.Contacts {
		names = append(names, contact.Firstname)
	}
	slices.Sort(names)
	return names
}

// An asset's custom fields belong to NinjaOne: a value entered by hand is no manual change, and is overwritten when NinjaOne's value
// changes.
func TestCustomFieldsFollowNinjaOne(t *testing.T) {
	t.Parallel()
	for _, mode := range acceloModes() {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			e := newConnectedEnvInMode(t, mode)
			device := e.addWorkstation(e.addOrganization("Acme"), "ACME-PC")
			e.ninjaOne.act("devices/update", map[string]any{"id": device, "display_name": "Reception"})
			e.importAll()
			asset := e.assetTitled("ACME-PC").ID
			require.Equal(t, "Reception", e.fieldValue(asset, "display_name"))
			entered := findOne(t, "value", e.accelo.state().CustomValues, func(v accelo.CustomValue) bool {
				return v.LinkID == asset && v.Value == "Reception"
			})
			e.callAcceloAPI(http.MethodPut, "/assets/"+itoa(asset)+"/extensions/values/"+itoa(entered.ID), url.Values{"value": {"by hand"}})
			require.Equal(t, "by hand", e.fieldValue(asset, "display_name"))
			e.requireNoChanges()
			require.Equal(t, "by hand", e.fieldValue(asset, "display_name"))
			require.Empty(t, e.manualChanges())
			e.ninjaOne.act("devices/update", map[string]any{"id": device, "display_name": "Front desk"})
			require.Equal(t, counts{Updated: 1}, e.runImport().Devices)
			require.Equal(t, "Front desk", e.fieldValue(asset, "display_name"))
			e.requireNoChanges()
		})
	}
}
