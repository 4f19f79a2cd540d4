package test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
)

// A company that people merged into another is followed there by whatever trail is left, although nothing else has changed:
// later devices go there, and what people call the survivor stays.
func TestMergedCompanyIsFollowed(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		mode   accelo.Mode
		merged func(e *testEnv, contact int64)
	}{
		{"by its contact", "open", nil},
		{"by its contact, as documented", "documented", nil},
		{"by the old id, which answers with the survivor", "open", func(e *testEnv, contact int64) {
			e.accelo.act("set-switches", map[string]any{"merge_answers_survivor": true})
			e.callAcceloAPI(http.MethodDelete, "/affiliations/"+itoa(contact), nil)
		}},
		{"by the assets of its devices", "no-extension-keys", func(e *testEnv, contact int64) {
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
			if test.merged != nil {
				test.merged(e, merged.DefaultAffiliationID)
			}

			require.Equal(t, 1, e.runImport("--plan").Organizations.Updated)
			report := e.runImport()
			require.Empty(t, report.Failures)
			require.Equal(t, counts{Updated: 1, Unchanged: 1}, report.Organizations)
			require.Len(t, report.Ambiguities, 1, "the report tells where it went")
			require.Contains(t, report.Ambiguities[0].Error, "into company "+itoa(survivor.ID))
			require.Len(t, e.accelo.state().Companies, 1, "nothing is made again")
			require.Equal(t, "Beta", e.companyByID(survivor.ID).Name)
			require.Equal(t, []manualChange{{"organization", itoa(acme), survivor.ID, "name", "Beta", "Acme"}}, e.manualChanges())
			require.Equal(t, []string{`Manual change kept: name "Beta" (NinjaOne: "Acme")`}, e.noteSubjects("company", survivor.ID))
			e.requireNoChanges()

			e.addWorkstation(acme, "ACME-LAPTOP")
			e.ninjaOne.act("organizations/rename", map[string]any{"id": acme, "name": "Acme International"})
			e.runImport()
			require.Equal(t, "Beta", e.companyByID(survivor.ID).Name, "an organization that was merged in does not rename its host")
			if test.mode != accelo.ModeDocumented {
				asset := e.assetTitled("ACME-LAPTOP")
				require.Equal(t, []int64{survivor.ID, survivor.DefaultAffiliationID}, []int64{asset.AgainstID, asset.AffiliationID})
			}
			e.requireNoWrites()
		})
	}
}

// A chain of mergers ends at the last company, for every organization; where that bears an organization's name, it is as if it
// had been matched.
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

// A single organization that is imported by itself follows its company as well, and does not double what the survivor has.
func TestAlertsOfMergedCompany(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		contact bool
	}{{"its contact moved along", true}, {"its contact is gone", false}} {
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
			require.Len(t, e.linkedAssets("request", request.ID), 1, "a device that nobody has imported has its asset in the survivor")
			require.Equal(t, survivor.ID, e.assetTitled("ACME-NEW").AgainstID)
			require.Empty(t, e.runImport().Failures)
			_, request = e.openRequest(int(device), 3)
			require.Equal(t, survivor.DefaultAffiliationID, request.AffiliationID, "the import has found the survivor's primary contact")
			e.requireIdle()
			e.requireNoWrites()
		})
	}
}

// Where neither contact nor assets are left, the requests of the alerts lead to the survivor.
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
	require.Equal(t, counts{Unchanged: 2}, e.runImport().Organizations, "the alert has found out already")
	require.Equal(t, []manualChange{{"organization", itoa(acme), survivor.ID, "name", "Beta", "Acme"}}, e.manualChanges())
	e.requireNoWrites()
}

// A company that was deleted outright is never made again by itself: the organization is parked with the choice, and so are its
// alerts; what was moved by hand before is no trail.
func TestDeletedCompanyFails(t *testing.T) {
	t.Parallel()
	e := newConnectedAlertEnv(t, scenario{})
	acme, beta := e.addOrganization("Acme"), e.addOrganization("Beta")
	device := e.addWorkstation(acme, "ACME-PC")
	e.addWorkstation(acme, "ACME-MOVED")
	e.addWorkstation(beta, "BETA-PC")
	e.importAll()
	e.waitUntilIdle()
	gone, other := e.companyNamed("Acme"), e.companyNamed("Beta")
	e.accelo.act("move-asset", map[string]any{"id": e.assetTitled("ACME-MOVED").ID, "company_id": other.ID})
	e.accelo.act("delete-company", map[string]any{"id": gone.ID})
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
