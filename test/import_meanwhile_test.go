package test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
)

// pausedImport starts an import that has read and compared both sides and has written nothing yet. Resume lets it go on and returns its
// report.
func (e *testEnv) pausedImport() (resume func() importReport) {
	e.t.Helper()
	require.Equal(e.t, 0, e.starter("import", "--json", "--wait=false").Code)
	e.signalImport("pause") // no worker is running yet
	e.startWorker()
	e.waitUntil("the import waits to be resumed", func() bool { return e.progress().Phase == "importing" })
	require.True(e.t, e.progress().Paused)
	following := e.starterInBackground(e.ctx, "import", "--json")
	return func() importReport {
		e.signalImport("resume")
		result := following()
		report := decodeStrict[importReport](e.t, result.Stdout)
		require.Equal(e.t, exitCodeOf(report), result.Code, result.Stderr)
		return report
	}
}

// Whatever users do between the listing of an import and its writes stays, as if they had done it before: nothing is overwritten, and
// nothing is created twice.
func TestUsersActWhileAnImportRuns(t *testing.T) {
	t.Parallel()
	for _, mode := range acceloModes() {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			usersActWhileAnImportRuns(t, mode)
		})
	}
}

func usersActWhileAnImportRuns(t *testing.T, mode accelo.Mode) {
	e := newTestEnv(t, scenario{accelo: []string{"-mode", string(mode)}})
	e.addAssetTypeIfDocumented(mode)
	worker := e.startWorker()
	require.Equal(t, 0, e.starter("connect").Code)
	acme, beta, delta := e.addOrganization("Acme"), e.addOrganization("Beta"), e.addOrganization("Delta")
	reception, lent, scrapped := e.addWorkstation(beta, "BETA-1"), e.addWorkstation(beta, "BETA-2"), e.addWorkstation(beta, "BETA-3")
	described := e.addWorkstation(acme, "ACME-1")
	e.addWorkstation(delta, "DELTA-1")
	e.importAll()
	require.NoError(t, worker.Stop(e.ctx))

	e.ninjaOne.act("organizations/rename", map[string]any{"id": acme, "name": "Acme Ltd"})
	e.ninjaOne.act("organizations/describe", map[string]any{"id": acme, "description": "rockets"})
	e.ninjaOne.act("organizations/rename", map[string]any{"id": delta, "name": "Delta Ltd"})
	for device, name := range map[int64]string{reception: "BETA-1A", lent: "BETA-2A", scrapped: "BETA-3A"} {
		e.ninjaOne.act("devices/update", map[string]any{"id": device, "system_name": name})
	}
	e.ninjaOne.act("devices/update", map[string]any{"id": described, "display_name": "Front desk"})
	added := e.addWorkstation(beta, "BETA-4")
	momcorp := e.addOrganization("Momcorp")
	e.addWorkstation(momcorp, "MOM-1")
	resume := e.pausedImport()

	acmeID, betaID, deltaID := e.companyNamed("Acme").ID, e.companyNamed("Beta").ID, e.companyNamed("Delta").ID
	e.accelo.act("rename-company", map[string]any{"id": acmeID, "name": "ACME & Sons"})
	survivor := e.accelo.actID("add-company", map[string]any{"name": "Delta Holding", "standing": "active"})
	e.accelo.act("merge-companies", map[string]any{"from": deltaID, "into": survivor})
	leasing := e.accelo.actID("add-company", map[string]any{"name": "Leasing", "standing": "active"})
	byHand := e.accelo.actID("add-company", map[string]any{"name": " MOMCORP", "standing": "active"})
	e.accelo.act("edit-company-comments", map[string]any{"id": byHand, "comments": "pays in cash"})
	e.accelo.act("edit-asset-title", map[string]any{"id": e.assetTitled("BETA-1").ID, "title": "Reception"})
	e.accelo.act("move-asset", map[string]any{"id": e.assetTitled("BETA-2").ID, "company_id": leasing})
	e.accelo.act("delete-asset", map[string]any{"id": e.assetTitled("BETA-3").ID})
	e.accelo.act("edit-asset-value", map[string]any{"id": e.assetTitled("ACME-1").ID, "field": "role", "value": "by hand"})
	adopted := e.accelo.actID("add-asset", map[string]any{"type": assetType, "company_id": betaID, "title": "beta-4"})

	report := resume()
	require.Len(t, report.Failures, 1)
	require.Equal(t, itoa(scrapped), report.Failures[0].NinjaID)
	for range 2 {
		e.requirePeopleWon(acmeID, survivor, byHand, leasing)
		report = e.runImport() // adopts the asset if the API can't create assets
	}
	require.Len(t, report.Failures, 1)
	require.Equal(t, adopted, e.assetTitled("beta-4").ID)
	require.Equal(t, e.devicePageURL(added), e.fieldValue(adopted, "ninja_url"))
	require.Len(t, e.accelo.state().Companies, 5)
	e.requireNoWrites()
}

// requirePeopleWon requires what users did while the import ran.
func (e *testEnv) requirePeopleWon(acme, survivor, momcorp, leasing int64) {
	e.t.Helper()
	renamed := e.companyByID(acme)
	require.Equal(e.t, []string{"ACME & Sons", "rockets"}, []string{renamed.Name, renamed.Comments}, "only the comments were NinjaOne's to change")
	require.Equal(e.t, "Delta Holding", e.companyByID(survivor).Name)
	require.Equal(e.t, survivor, e.assetTitled("DELTA-1").AgainstID)
	require.Equal(e.t, "pays in cash", e.companyByID(momcorp).Comments)
	require.Equal(e.t, []string{" MOMCORP"}, []string{e.companyNamed("Momcorp").Name})
	e.assetTitled("Reception")
	require.Equal(e.t, leasing, e.assetTitled("BETA-2A").AgainstID, "renamed by NinjaOne, moved by hand")
	asset := e.assetTitled("ACME-1").ID
	require.Equal(e.t, []string{"Front desk", "by hand"}, []string{e.fieldValue(asset, "display_name"), e.fieldValue(asset, "role")})
	for _, title := range []string{"BETA-1", "BETA-1A", "BETA-3", "BETA-3A"} {
		for _, existing := range e.accelo.state().Assets {
			require.NotEqual(e.t, title, existing.Title)
		}
	}
}
