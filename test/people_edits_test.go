package test

import (
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
)

// What a person renames or edits in Accelo stays, whatever NinjaOne says; the difference shows in `status`, and one note on the
// record tells of it. Where nobody touched anything, NinjaOne's changes go through.
func TestHandEditsStay(t *testing.T) {
	t.Parallel()
	for _, mode := range modes() {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			w := adopting(t, mode)
			acme, beta := w.organization("Acme"), w.organization("Beta")
			device, other := w.machine(acme, "ACME-PC"), w.machine(beta, "BETA-PC")
			w.first()
			company, untouched, asset := w.companyNamed("Acme"), w.companyNamed("Beta"), w.assetTitled("ACME-PC")
			w.accelo.act("rename-company", map[string]any{"id": company.ID, "name": "Acme LLC"})
			w.accelo.act("edit-company-comments", map[string]any{"id": company.ID, "comments": "bills quarterly"})
			w.accelo.act("edit-asset-title", map[string]any{"id": asset.ID, "title": "Reception"})
			w.ninjaOne.act("organizations/describe", map[string]any{"id": acme, "description": "makes everything"})
			w.ninjaOne.act("organizations/rename", map[string]any{"id": beta, "name": "Beta (2026)"})
			w.ninjaOne.act("organizations/describe", map[string]any{"id": beta, "description": "newer"})
			w.ninjaOne.act("devices/update", map[string]any{"id": other, "system_name": "BETA-PC-2"})

			require.Empty(t, w.imports().Failures)
			changed := w.companyByID(company.ID)
			require.Equal(t, []string{"Acme LLC", "bills quarterly"}, []string{changed.Name, changed.Comments})
			require.Equal(t, "Reception", w.assetByID(asset.ID).Title)
			followed := w.companyByID(untouched.ID)
			require.Equal(t, []string{"Beta (2026)", "newer"}, []string{followed.Name, followed.Comments})
			w.assetTitled("BETA-PC-2")
			require.Equal(t, []kept{
				{"device", text(device), asset.ID, "title", "Reception", "ACME-PC"},
				{"organization", text(acme), company.ID, "name", "Acme LLC", "Acme"},
				{"organization", text(acme), company.ID, "comments", "bills quarterly", "makes everything"},
			}, w.differences())
			require.Equal(t, []string{`Manual change kept: name "Acme LLC" (NinjaOne: "Acme")`,
				`Manual change kept: comments "bills quarterly" (NinjaOne: "makes everything")`},
				w.notesOn("company", company.ID))
			require.Equal(t, []string{`Manual change kept: title "Reception" (NinjaOne: "ACME-PC")`}, w.notesOn("asset", asset.ID))
			w.idle()

			w.ninjaOne.act("organizations/rename", map[string]any{"id": acme, "name": "Acme Worldwide"})
			w.imports()
			require.Equal(t, "Acme LLC", w.companyByID(company.ID).Name)
			require.Len(t, w.notesOn("company", company.ID), 3, "another difference, another note")
			w.idle()

			w.accelo.act("rename-company", map[string]any{"id": company.ID, "name": "Acme Worldwide"})
			w.imports()
			require.Len(t, w.differences(), 2, "both sides agree on the name")
			w.ninjaOne.act("organizations/rename", map[string]any{"id": acme, "name": "Acme Universal"})
			w.imports()
			require.Equal(t, "Acme Universal", w.companyByID(company.ID).Name, "and NinjaOne's changes come through again")
			w.idle()
		})
	}
}

// The contact made here is for people to rename and edit: no import touches it again, and none makes another.
func TestContactIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := adopting(t, "open")
	acme := w.organization("Acme")
	w.machine(acme, "ACME-PC")
	w.first()
	contacts := w.accelo.state().Contacts
	require.Len(t, contacts, 1)
	w.accelo.act("edit-contact", map[string]any{"id": contacts[0].ID, "firstname": "Jane", "surname": "Doe", "email": "jane@acme.example"})
	w.ninjaOne.act("organizations/rename", map[string]any{"id": acme, "name": "Acme Worldwide"})
	w.imports()
	w.machine(acme, "ACME-PC-2")
	w.imports()
	contacts = w.accelo.state().Contacts
	require.Len(t, contacts, 1)
	require.Equal(t, []string{"Jane", "Doe", "jane@acme.example"}, []string{contacts[0].Firstname, contacts[0].Surname, contacts[0].Email})
	w.idle()
}

// An asset names the company's primary contact from the start, the one made here where there was none; another one that a person
// gave it stays, and is told of once.
func TestContactOfAnAsset(t *testing.T) {
	t.Parallel()
	for _, mode := range modes() {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			contactOfAnAsset(t, mode)
		})
	}
}

func contactOfAnAsset(t *testing.T, mode string) {
	w := adopting(t, mode)
	existing := w.accelo.id("add-company", map[string]any{"name": "Beta", "standing": "active"})
	w.accelo.act("add-contact", map[string]any{"company_id": existing, "firstname": "Ann", "surname": "Prime"})
	acme, beta := w.organization("Acme"), w.organization("Beta")
	w.machine(acme, "ACME-PC")
	device := w.machine(beta, "BETA-PC")
	w.first()
	require.Equal(t, w.companyNamed("Acme").DefaultAffiliationID, w.assetTitled("ACME-PC").AffiliationID)
	require.Equal(t, []string{"Ann", "NinjaOne"}, firstNames(w.accelo.state()))
	asset, primary := w.assetTitled("BETA-PC"), w.companyByID(existing).DefaultAffiliationID
	require.NotZero(t, primary)
	require.Equal(t, primary, asset.AffiliationID)

	w.accelo.act("add-contact", map[string]any{"company_id": existing, "firstname": "Bob", "surname": "Second"})
	affiliations := w.accelo.state().Affiliations
	second := affiliations[len(affiliations)-1].ID
	w.accelo.act("choose-asset-contact", map[string]any{"id": asset.ID, "affiliation_id": second})
	w.ninjaOne.act("devices/update", map[string]any{"id": device, "system_name": "BETA-PC-2"})
	w.imports()
	require.Equal(t, second, w.assetTitled("BETA-PC-2").AffiliationID, "the rename goes through, the contact stays")
	require.Equal(t, []kept{{"device", text(device), asset.ID, "contact", "Bob Second", "Ann Prime"}}, w.differences())
	require.Equal(t, []string{`Manual change kept: contact "Bob Second" (NinjaOne: "Ann Prime")`}, w.notesOn("asset", asset.ID))
	w.idle()
}

func firstNames(world accelo.World) []string {
	names := []string{}
	for _, contact := range world.Contacts {
		names = append(names, contact.Firstname)
	}
	slices.Sort(names)
	return names
}

// The custom fields of an asset belong to NinjaOne: what a person enters there is neither looked at nor kept, and is replaced when
// NinjaOne's value changes.
func TestCustomFieldsBelongToNinjaOne(t *testing.T) {
	t.Parallel()
	for _, mode := range modes() {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			w := adopting(t, mode)
			device := w.machine(w.organization("Acme"), "ACME-PC")
			w.ninjaOne.act("devices/update", map[string]any{"id": device, "display_name": "Reception"})
			w.first()
			asset := w.assetTitled("ACME-PC").ID
			require.Equal(t, "Reception", w.value(asset, "display_name"))
			entered := theOne(t, "value", w.accelo.state().CustomValues, func(v accelo.CustomValue) bool {
				return v.LinkID == asset && v.Value == "Reception"
			})
			w.callAccelo(http.MethodPut, "/assets/"+text(asset)+"/extensions/values/"+text(entered.ID), url.Values{"value": {"by hand"}})
			require.Equal(t, "by hand", w.value(asset, "display_name"))
			w.idle()
			require.Equal(t, "by hand", w.value(asset, "display_name"))
			require.Empty(t, w.differences())
			w.ninjaOne.act("devices/update", map[string]any{"id": device, "display_name": "Front desk"})
			require.Equal(t, counts{Updated: 1}, w.imports().Devices)
			require.Equal(t, "Front desk", w.value(asset, "display_name"))
			w.idle()
		})
	}
}
