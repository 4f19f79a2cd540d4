package test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
)

// addWaitingAssets adds the assets that the deployment's API can't create, one for each waiting device.
func (e *testEnv) addWaitingAssets() {
	e.t.Helper()
	state := e.ninjaOne.state()
	for _, waiting := range e.links("--kind", "device", "--state", "waiting") {
		for _, device := range state.Devices {
			if itoa(int64(device.ID)) == waiting.NinjaID {
				e.accelo.act("add-asset", map[string]any{"type": assetType, "company_id": waiting.CompanyID, "title": device.SystemName})
			}
		}
	}
}

// deletedCompany is an environment in which the company of an organization with two devices was deleted, and so was the asset of
// one of them. Since then a device and an alert were added, and two imports have marked all of these as failed.
type deletedCompany struct {
	*alertEnv
	organization int64
	company      accelo.Company
	// kept is the title of the device whose asset still exists, lost of the one whose asset was deleted, fresh of the added one.
	kept, lost, fresh string
	uid               string
}

func newDeletedCompany(t *testing.T, mode accelo.Mode) deletedCompany {
	t.Helper()
	e := deletedCompany{alertEnv: newConnectedAlertEnvInMode(t, scenario{}, mode), kept: "ACME-PC", lost: "ACME-LOST", fresh: "ACME-NEW"}
	e.organization = e.addOrganization("Acme")
	device := e.addWorkstation(e.organization, e.kept)
	e.addWorkstation(e.organization, e.lost)
	e.addWorkstation(e.addOrganization("Beta"), "BETA-PC")
	e.importAll()
	e.waitUntilIdle()
	e.company = e.companyNamed("Acme")
	e.accelo.act("delete-asset", map[string]any{"id": e.assetTitled(e.lost).ID})
	e.accelo.act("delete-company", map[string]any{"id": e.company.ID})
	e.addWorkstation(e.organization, e.fresh)
	e.uid = e.trigger(int(device), condition(1))
	e.waitUntilIdle()
	e.requireFailed()
	return e
}

// requireFailed requires that imports create nothing again, and that each failure says which commands resolve it.
func (e deletedCompany) requireFailed() {
	e.t.Helper()
	before := e.accelo.state()
	for range 2 {
		report := e.requireNoWrites()
		require.Equal(e.t, counts{Failed: 1, Unchanged: 1}, report.Organizations)
		require.Equal(e.t, counts{Failed: 2, Unchanged: 2}, report.Devices, "the asset that still exists needs no change")
	}
	e.waitUntilIdle()
	reasons := map[string]int{}
	for _, failure := range e.status().Failures {
		reasons[failure.Kind]++
		require.Contains(e.t, failure.Error, "was deleted in Accelo")
		require.Contains(e.t, failure.Error, "starter relink organization "+itoa(e.organization))
		require.Contains(e.t, failure.Error, "starter recreate organization "+itoa(e.organization))
	}
	require.Equal(e.t, map[string]int{"organization": 1, "alert": 1}, reasons, "devices fail with their organization")
	require.Empty(e.t, e.requestsOf(e.uid))
	after := e.accelo.state()
	require.Len(e.t, after.Companies, len(before.Companies))
	require.Len(e.t, after.Assets, len(before.Assets))
}

// requireResolved requires that every device has its asset in the company and the alert its request, that nothing is failed, and that
// an import writes nothing.
func (e deletedCompany) requireResolved(company int64, titles ...string) {
	e.t.Helper()
	require.Equal(e.t, 1, e.reconcile(0).Retried, "the next scheduled run would do the same")
	require.Empty(e.t, e.status().Failures)
	primary := e.companyByID(company).DefaultAffiliationID
	require.NotZero(e.t, primary)
	require.Equal(e.t, primary, e.requestOf(e.uid).AffiliationID, "the failed alert has its request")
	for _, title := range titles {
		asset := e.assetTitled(title)
		if title == e.kept && e.initial.Mode == accelo.ModeDocumented { // the API can't move assets: a note says so
			require.Len(e.t, e.noteSubjects("asset", asset.ID), 1)
			continue
		}
		require.Equal(e.t, []int64{company, primary}, []int64{asset.AgainstID, asset.AffiliationID}, title)
	}
	e.requireNoChanges()
	e.requireIdle()
}

// After an organization whose company was deleted is relinked to another company, everything continues there and nothing is duplicated.
func TestDeletedCompanyIsRelinked(t *testing.T) {
	t.Parallel()
	for _, mode := range acceloModes() {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			e := newDeletedCompany(t, mode)
			other := e.accelo.actID("add-company", map[string]any{"name": "Acme Holding", "standing": "active"})
			e.accelo.act("add-contact", map[string]any{"company_id": other, "firstname": "Ann", "surname": "Prime"})
			id := itoa(e.organization)
			e.accelo.resetCounters()
			require.Equal(t, correctReport{Connection: connection, Kind: "organization", NinjaID: id, Before: e.company.ID, AcceloID: other},
				e.correct("relink", "organization", id, itoa(other)))
			require.Zero(t, e.accelo.counters().Writes)

			report := e.runImport()
			require.Len(t, report.Failures, 1, "the deleted asset needs a separate decision")
			require.Contains(t, report.Failures[0].Error, "starter recreate device "+report.Failures[0].NinjaID)
			e.correct("links", "recreate", "device", report.Failures[0].NinjaID)
			require.Empty(t, e.runImport().Failures)
			if mode == accelo.ModeDocumented {
				e.addWaitingAssets()
				require.Equal(t, 2, e.runImport().Devices.Matched)
			}
			require.Len(t, e.accelo.state().Companies, 2, "nothing is created again")
			require.Equal(t, "Acme Holding", e.companyByID(other).Name)
			e.requireResolved(other, e.kept, e.lost, e.fresh)
		})
	}
}

// `starter recreate` creates a deleted company again, exactly once, with its contact and with the deleted assets of its devices. If the
// new company is deleted too, the organization fails again.
func TestDeletedCompanyIsRecreated(t *testing.T) {
	t.Parallel()
	for _, mode := range acceloModes() {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			e := newDeletedCompany(t, mode)
			id := itoa(e.organization)
			e.accelo.resetCounters()
			result := e.correct("recreate", "organization", id)
			require.Len(t, result.Devices, 1, "the device whose asset was deleted")
			result.Devices = nil
			require.Equal(t, correctReport{Connection: connection, Kind: "organization", NinjaID: id, Before: e.company.ID}, result)
			require.Zero(t, e.accelo.counters().Writes)

			report := e.runImport()
			require.Empty(t, report.Failures)
			require.Equal(t, counts{Created: 1, Unchanged: 1}, report.Organizations)
			if mode == accelo.ModeDocumented {
				require.Equal(t, 2, report.Devices.Waiting)
				e.addWaitingAssets()
				require.Equal(t, 2, e.runImport().Devices.Matched)
			} else {
				require.Equal(t, counts{Created: 2, Updated: 1, Unchanged: 1}, report.Devices, "the asset that still exists moves to the new company")
			}
			created, state := e.companyNamed("Acme"), e.accelo.state()
			require.NotEqual(t, e.company.ID, created.ID)
			require.Len(t, state.Companies, 2)
			affiliation := findOne(t, "contact of the company", state.Affiliations, func(a accelo.Affiliation) bool { return a.CompanyID == created.ID })
			require.Equal(t, "NinjaOne", findOne(t, "contact", state.Contacts, func(c accelo.Contact) bool { return c.ID == affiliation.ContactID }).Firstname)
			e.requireResolved(created.ID, e.kept, e.lost, e.fresh)

			e.accelo.act("delete-company", map[string]any{"id": created.ID})
			report = e.requireNoWrites()
			require.Equal(t, counts{Failed: 1, Unchanged: 1}, report.Organizations)
			require.Len(t, e.accelo.state().Companies, 1)
		})
	}
}

// A deleted asset is not created again automatically, whatever changes on its device. The device fails with the choice of commands, and
// its alerts work without the asset.
func TestDeletedAssetFails(t *testing.T) {
	t.Parallel()
	for _, mode := range acceloModes() {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			e := newConnectedAlertEnvInMode(t, scenario{}, mode)
			acme := e.addOrganization("Acme")
			device := e.addWorkstation(acme, "ACME-PC")
			id := itoa(device)
			e.addWorkstation(acme, "OTHER")
			e.importAll()
			e.waitUntilIdle()
			deleted, other := e.assetTitled("ACME-PC"), e.assetTitled("OTHER")
			e.accelo.act("delete-asset", map[string]any{"id": deleted.ID})

			requireFailed := func(arguments ...string) {
				report := e.requireNoWrites()
				if len(arguments) > 0 {
					report = e.runImport(arguments...)
				}
				require.Equal(t, counts{Failed: 1, Unchanged: 1}, report.Devices)
				require.Len(t, report.Failures, 1)
				for _, says := range []string{"was deleted in Accelo", "starter relink device " + id, "starter recreate device " + id} {
					require.Contains(t, report.Failures[0].Error, says)
				}
				require.Len(t, e.accelo.state().Assets, 1)
			}
			require.Equal(t, counts{Failed: 1, Unchanged: 1}, e.runImport("--plan").Devices)
			requireFailed()
			requireFailed()
			e.ninjaOne.act("devices/update", map[string]any{"id": device, "system_name": "ACME-PC-2", "display_name": "changed"})
			requireFailed()
			requireFailed("--organization", itoa(acme))
			require.Len(t, e.status().Failures, 1)

			uid, request := e.openRequest(int(device), 1)
			require.Empty(t, e.linkedAssets("request", request.ID))
			require.Contains(t, e.workflowDetails(alertTriggered(uid)), "added a note about the device")
			require.Len(t, e.notes("request", request.ID), 1)
			require.NotContains(t, e.notes("request", request.ID)[0].Body, itoa(deleted.ID))
			e.accelo.act("convert-request", map[string]any{"id": request.ID, "target": "issue"})
			e.waitUntilIdle()
			require.False(t, e.isActive(uid), "a conversion resets the alert anyway")
			requireFailed()

			require.Zero(t, e.correct("recreate", "device", id).AcceloID)
			report := e.runImport()
			if mode == accelo.ModeDocumented {
				require.Equal(t, counts{Waiting: 1, Unchanged: 1}, report.Devices)
				e.addWaitingAssets()
				require.Equal(t, counts{Matched: 1, Unchanged: 1}, e.runImport().Devices)
			} else {
				require.Equal(t, counts{Created: 1, Unchanged: 1}, report.Devices)
			}
			created := e.assetTitled("ACME-PC-2")
			require.Equal(t, e.devicePageURL(device), e.fieldValue(created.ID, "ninja_url"))
			require.Len(t, e.accelo.state().Assets, 2)
			require.Empty(t, e.status().Failures)
			e.requireNoChanges()
			_, request = e.openRequest(int(device), 2)
			if mode != accelo.ModeDocumented {
				require.Equal(t, []int64{created.ID}, e.linkedAssets("request", request.ID), "one refusal doesn't mean that the API can't link assets")
			}

			e.accelo.act("delete-asset", map[string]any{"id": created.ID})
			require.Equal(t, 1, e.requireNoWrites().Devices.Failed)
			spare := e.accelo.actID("add-asset", map[string]any{"type": assetType, "company_id": other.AgainstID, "title": "Spare"})
			e.correct("relink", "asset", id, itoa(spare))
			require.Empty(t, e.runImport().Failures)
			require.Equal(t, "Spare", e.assetByID(spare).Title, "the existing asset keeps its title")
			require.Equal(t, e.devicePageURL(device), e.fieldValue(spare, "ninja_url"))
			e.requireNoChanges()
			e.requireIdle()
		})
	}
}
