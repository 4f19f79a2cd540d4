package test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
)

// A merged company is followed by any evidence that is left, even if nothing else has changed: later devices go to the surviving
// company, which keeps its name.
func TestMergedCompanyIsFollowed(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name           string
		mode           accelo.Mode
		removeEvidence func(e *testEnv, contact int64)
	}{
		{name: "by its contact", mode: "open", removeEvidence: nil},
		{name: "by its contact, as documented", mode: "documented", removeEvidence: nil},
		{name: "by the old id, which answers with the survivor", mode: "open", removeEvidence: func(e *testEnv, contact int64) {
			e.accelo.act("set-switches", map[string]any{"merge_answers_survivor": true})
			e.callAcceloAPI(http.MethodDelete, "/affiliations/"+itoa(contact), nil)
		}},
		{name: "by the assets of its devices", mode: "no-extension-keys", removeEvidence: func(e *testEnv, contact int64) {
			e.callAcceloAPI(http.MethodDelete, "/affiliations/"+itoa(contact), nil)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			e := newConnectedEnvInMode(t, test.mode)
			acme, beta := e.addOrganization("Acme"), e.addOrganization("Beta")
			e.addWorkstation(acme, "ACME-PC")
			e.addWorkstation(beta, "BETA-PC")
			e.importAll()
			merged, survivor := e.companyNamed("Acme"), e.companyNamed("Beta")
			e.accelo.act("merge-companies", map[string]any{"from": merged.ID, "into": survivor.ID})
			if test.removeEvidence != nil {
				test.removeEvidence(e, merged.DefaultAffiliationID)
			}

			require.Equal(t, 1, e.runImport("--plan").Organizations.Updated)
			report := e.runImport()
			require.Empty(t, report.Failures)
			require.Equal(t, counts{Updated: 1, Unchanged: 1}, report.Organizations)
			require.Len(t, report.Ambiguities, 1, "the report says where it went")
			require.Contains(t, report.Ambiguities[0].Error, "into company "+itoa(survivor.ID))
			require.Len(t, e.accelo.state().Companies, 1, "nothing is created again")
			require.Equal(t, "Beta", e.companyByID(survivor.ID).Name)
			require.Equal(t, []manualChange{{
				Kind: "organization", NinjaID: itoa(acme), AcceloID: survivor.ID, Field: "name", Kept: "Beta", NinjaOne: "Acme",
			}}, e.manualChanges())
			require.Equal(t, []string{`Manual change kept: name "Beta" (NinjaOne: "Acme")`}, e.noteSubjects("company", survivor.ID))
			e.requireNoChanges()

			e.addWorkstation(acme, "ACME-LAPTOP")
			e.ninjaOne.act("organizations/rename", map[string]any{"id": acme, "name": "Acme International"})
			e.runImport()
			require.Equal(t, "Beta", e.companyByID(survivor.ID).Name, "an organization whose company was merged does not rename the survivor")
			if test.mode != accelo.ModeDocumented {
				asset := e.assetTitled("ACME-LAPTOP")
				require.Equal(t, []int64{survivor.ID, survivor.DefaultAffiliationID}, []int64{asset.AgainstID, asset.AffiliationID})
			}
			e.requireNoWrites()
		})
	}
}

// A chain of merges leads every organization to the last company. If that has an organization's name, it counts as a match.
func TestChainOfMerges(t *testing.T) {
	t.Parallel()
	for _, mode := range acceloModes() {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			chainOfMerges(t, mode)
		})
	}
}

func chainOfMerges(t *testing.T, mode accelo.Mode) {
	e := newConnectedEnvInMode(t, mode)
	for _, name := range []string{"Acme", "Beta", "Gamma"} {
		e.addWorkstation(e.addOrganization(name), name+"-PC")
	}
	e.importAll()
	acme, beta, gamma := e.companyNamed("Acme"), e.companyNamed("Beta"), e.companyNamed("Gamma")
	e.accelo.act("merge-companies", map[string]any{"from": acme.ID, "into": beta.ID})
	e.accelo.act("merge-companies", map[string]any{"from": beta.ID, "into": gamma.ID})
	e.accelo.act("rename-company", map[string]any{"id": gamma.ID, "name": "ACME"})
	require.Equal(t, counts{Updated: 2, Unchanged: 1}, e.runImport().Organizations)
	for _, difference := range e.manualChanges() {
		require.Equal(t, gamma.ID, difference.AcceloID)
		require.NotEqual(t, "Acme", difference.NinjaOne)
	}
	require.Len(t, e.manualChanges(), 2, "Beta and Gamma")
	for _, title := range []string{"Acme-PC", "Beta-PC", "Gamma-PC"} {
		require.Equal(t, gamma.ID, e.assetTitled(title).AgainstID)
	}
	e.requireNoChanges()
}

// Alerts of an organization whose company was merged get a request for the surviving company, without an import before, and create no
// duplicate there.
func TestAlertsOfMergedCompany(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		contact bool
	}{{name: "its contact was moved", contact: true}, {name: "its contact was deleted", contact: false}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			e := newConnectedAlertEnv(t, scenario{})
			acme, beta := e.addOrganization("Acme"), e.addOrganization("Beta")
			device := e.addWorkstation(acme, "ACME-PC")
			e.addWorkstation(beta, "BETA-PC")
			e.importAll()
			e.waitUntilIdle()
			merged, survivor := e.companyNamed("Acme"), e.companyNamed("Beta")
			e.accelo.act("merge-companies", map[string]any{"from": merged.ID, "into": survivor.ID})
			if !test.contact {
				e.callAcceloAPI(http.MethodDelete, "/affiliations/"+itoa(merged.DefaultAffiliationID), nil)
			}
			_, request := e.openRequest(int(device), 1)
			want := survivor.DefaultAffiliationID
			if test.contact {
				want = merged.DefaultAffiliationID
			}
			require.Equal(t, want, request.AffiliationID)
			require.Equal(t, []int64{e.assetTitled("ACME-PC").ID}, e.linkedAssets("request", request.ID))
			_, request = e.openRequest(int(e.addWorkstation(acme, "ACME-NEW")), 2)
			require.Len(t, e.linkedAssets("request", request.ID), 1, "a device that was never imported gets its asset in the surviving company")
			require.Equal(t, survivor.ID, e.assetTitled("ACME-NEW").AgainstID)
			require.Empty(t, e.runImport().Failures)
			_, request = e.openRequest(int(device), 3)
			require.Equal(t, survivor.DefaultAffiliationID, request.AffiliationID, "the import finds the survivor's primary contact")
			e.requireIdle()
			e.requireNoWrites()
		})
	}
}

// If neither contact nor assets are left, the requests of the alerts lead to the surviving company.
func TestMergedCompanyIsFoundByRequests(t *testing.T) {
	t.Parallel()
	e := newRunningAlertEnv(t, scenario{accelo: []string{"-mode", "documented"}})
	require.Equal(t, 3, e.starter("connect").Code)
	acme := e.addOrganization("Acme")
	e.addOrganization("Beta")
	device := e.addWorkstation(acme, "ACME-PC")
	require.Empty(t, e.runImport().Failures)
	e.waitUntilIdle()
	_, request := e.openRequest(int(device), 1)
	merged, survivor := e.companyNamed("Acme"), e.companyNamed("Beta")
	e.accelo.act("merge-companies", map[string]any{"from": merged.ID, "into": survivor.ID})
	e.callAcceloAPI(http.MethodPut, "/requests/"+itoa(request.ID), url.Values{"affiliation_id": {itoa(survivor.DefaultAffiliationID)}})
	e.callAcceloAPI(http.MethodDelete, "/affiliations/"+itoa(merged.DefaultAffiliationID), nil)
	_, request = e.openRequest(int(device), 2)
	require.Equal(t, survivor.DefaultAffiliationID, request.AffiliationID)
	require.Equal(t, counts{Unchanged: 2}, e.runImport().Organizations, "the alert has already found it")
	require.Equal(t, []manualChange{{
		Kind: "organization", NinjaID: itoa(acme), AcceloID: survivor.ID, Field: "name", Kept: "Beta", NinjaOne: "Acme",
	}}, e.manualChanges())
	e.requireNoWrites()
}

// A deleted company is never created again automatically: the organization and its alerts fail with the choice of commands. An asset
// that a user moved before is no evidence of a merge.
func TestDeletedCompanyFails(t *testing.T) {
	t.Parallel()
	e := newConnectedAlertEnv(t, scenario{})
	acme, beta := e.addOrganization("Acme"), e.addOrganization("Beta")
	device := e.addWorkstation(acme, "ACME-PC")
	e.addWorkstation(acme, "ACME-MOVED")
	e.addWorkstation(beta, "BETA-PC")
	e.importAll()
	e.waitUntilIdle()
	deleted, other := e.companyNamed("Acme"), e.companyNamed("Beta")
	e.accelo.act("move-asset", map[string]any{"id": e.assetTitled("ACME-MOVED").ID, "company_id": other.ID})
	e.accelo.act("delete-company", map[string]any{"id": deleted.ID})
	e.addWorkstation(acme, "ACME-NEW")

	for range 2 {
		report := e.requireNoWrites()
		require.Equal(t, counts{Failed: 1, Unchanged: 1}, report.Organizations)
		require.Positive(t, report.Devices.Failed)
		require.Contains(t, report.Failures[0].Error, "starter relink organization "+itoa(acme))
		require.Contains(t, report.Failures[0].Error, "starter recreate organization "+itoa(acme))
		require.Len(t, e.accelo.state().Companies, 1)
	}
	uid := e.trigger(int(device), condition(1))
	e.waitUntilIdle()
	require.Empty(t, e.requestsOf(uid))
	reasons := map[string]string{}
	for _, failure := range e.status().Failures {
		reasons[failure.Kind] = failure.Error
	}
	require.Contains(t, reasons["organization"], "was deleted in Accelo")
	require.Contains(t, reasons["alert"], "starter recreate organization "+itoa(acme))
	e.requireNoWrites()
	require.Len(t, e.accelo.state().Companies, 1)
}
