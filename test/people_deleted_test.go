package test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
)

// adoptingAlerts is adopting with alerts: a `starter serve`, and webhooks.
func adoptingAlerts(t *testing.T, s scenario, mode string) *alertWorld {
	t.Helper()
	s.accelo = append(s.accelo, "-mode", mode)
	w := startAlerts(t, s)
	w.makeType(mode)
	require.Equal(t, 0, w.run("connect").Code)
	return w
}

// makeAssets makes by hand what the deployment's API does not: an asset for every device that waits.
func (w *world) makeAssets() {
	w.t.Helper()
	state := w.ninjaOne.state()
	for _, waiting := range w.links("--kind", "device", "--state", "waiting") {
		for _, device := range state.Devices {
			if text(int64(device.ID)) == waiting.NinjaID {
				w.accelo.act("add-asset", map[string]any{"type": assetType, "company_id": waiting.CompanyID, "title": device.SystemName})
			}
		}
	}
}

// deleted is a world in which the company of an organization with two devices was deleted outright, the asset of one of them as
// well. A device and an alert have come since, and two imports have parked all of it.
type deleted struct {
	*alertWorld
	organization int64
	company      accelo.Company
	// kept is the title of the device whose asset is left, lost of the one whose asset is not, fresh of the one that has come since.
	kept, lost, fresh string
	uid               string
}

func deletedCompany(t *testing.T, mode string) deleted {
	t.Helper()
	w := deleted{alertWorld: adoptingAlerts(t, scenario{}, mode), kept: "ACME-PC", lost: "ACME-LOST", fresh: "ACME-NEW"}
	w.organization = w.alertWorld.organization("Acme")
	device := w.machine(w.organization, w.kept)
	w.machine(w.organization, w.lost)
	w.machine(w.alertWorld.organization("Beta"), "BETA-PC")
	w.first()
	w.quiet()
	w.company = w.companyNamed("Acme")
	w.accelo.act("delete-asset", map[string]any{"id": w.assetTitled(w.lost).ID})
	w.accelo.act("delete-company", map[string]any{"id": w.company.ID})
	w.machine(w.organization, w.fresh)
	w.uid = w.trigger(int(device), condition(1))
	w.quiet()
	w.requireParked()
	return w
}

// requireParked: however often it is tried, nothing is made again by itself, and everything says what a person can choose.
func (w deleted) requireParked() {
	w.t.Helper()
	before := w.accelo.state()
	for range 2 {
		report := w.again()
		require.Equal(w.t, counts{Failed: 1, Unchanged: 1}, report.Organizations)
		require.Equal(w.t, counts{Failed: 2, Unchanged: 2}, report.Devices, "nothing is to be done about the asset that is left")
	}
	w.quiet()
	reasons := map[string]int{}
	for _, failure := range w.status().Failures {
		reasons[failure.Kind]++
		require.Contains(w.t, failure.Error, "was deleted in Accelo")
		require.Contains(w.t, failure.Error, "starter relink organization "+text(w.organization))
		require.Contains(w.t, failure.Error, "starter recreate organization "+text(w.organization))
	}
	require.Equal(w.t, map[string]int{"organization": 1, "alert": 1}, reasons, "devices go with their organization")
	require.Empty(w.t, w.requests(w.uid))
	after := w.accelo.state()
	require.Len(w.t, after.Companies, len(before.Companies))
	require.Len(w.t, after.Assets, len(before.Assets))
}

// requireInOrder: every device has its asset in the company, the alert its request, nothing is parked, and an import has nothing to
// write.
func (w deleted) requireInOrder(company int64, titles ...string) {
	w.t.Helper()
	require.Equal(w.t, 1, w.reconcile(0).Retried, "the next scheduled run would have done it")
	require.Empty(w.t, w.status().Failures)
	primary := w.companyByID(company).DefaultAffiliationID
	require.NotZero(w.t, primary)
	require.Equal(w.t, primary, w.request(w.uid).AffiliationID, "the alert that was parked has its request")
	for _, title := range titles {
		asset := w.assetTitled(title)
		if title == w.kept && w.before.Mode == accelo.ModeDocumented { // the API moves no assets: it is told on the asset
			require.Len(w.t, w.notesOn("asset", asset.ID), 1)
			continue
		}
		require.Equal(w.t, []int64{company, primary}, []int64{asset.AgainstID, asset.AffiliationID}, title)
	}
	w.idle()
	w.standStill()
}

// An organization whose company was deleted is led to another one by hand: everything goes on there, and nothing is doubled.
func TestDeletedCompanyIsRelinked(t *testing.T) {
	t.Parallel()
	for _, mode := range modes() {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			w := deletedCompany(t, mode)
			other := w.accelo.id("add-company", map[string]any{"name": "Acme Holding", "standing": "active"})
			w.accelo.act("add-contact", map[string]any{"company_id": other, "firstname": "Ann", "surname": "Prime"})
			id := text(w.organization)
			w.accelo.resetCounters()
			require.Equal(t, correctReport{Connection: connection, Kind: "organization", NinjaID: id, Before: w.company.ID, AcceloID: other},
				w.correct("relink", "organization", id, itoa(other)))
			require.Zero(t, w.accelo.counters().Writes)

			report := w.imports()
			require.Len(t, report.Failures, 1, "the asset that was deleted has a choice of its own")
			require.Contains(t, report.Failures[0].Error, "starter recreate device "+report.Failures[0].NinjaID)
			w.correct("links", "recreate", "device", report.Failures[0].NinjaID)
			require.Empty(t, w.imports().Failures)
			if mode == "documented" {
				w.makeAssets()
				require.Equal(t, 2, w.imports().Devices.Matched)
			}
			require.Len(t, w.accelo.state().Companies, 2, "nothing is made again")
			require.Equal(t, "Acme Holding", w.companyByID(other).Name)
			w.requireInOrder(other, w.kept, w.lost, w.fresh)
		})
	}
}

// A company that was deleted is made again when a person says so: exactly one, with its contact and what was deleted of its devices;
// whoever deletes that one too is asked once more.
func TestDeletedCompanyIsRecreated(t *testing.T) {
	t.Parallel()
	for _, mode := range modes() {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			w := deletedCompany(t, mode)
			id := text(w.organization)
			w.accelo.resetCounters()
			result := w.correct("recreate", "organization", id)
			require.Len(t, result.Devices, 1, "the one whose asset went with the company")
			result.Devices = nil
			require.Equal(t, correctReport{Connection: connection, Kind: "organization", NinjaID: id, Before: w.company.ID}, result)
			require.Zero(t, w.accelo.counters().Writes)

			report := w.imports()
			require.Empty(t, report.Failures)
			require.Equal(t, counts{Created: 1, Unchanged: 1}, report.Organizations)
			if mode == "documented" {
				require.Equal(t, 2, report.Devices.Waiting)
				w.makeAssets()
				require.Equal(t, 2, w.imports().Devices.Matched)
			} else {
				require.Equal(t, counts{Created: 2, Updated: 1, Unchanged: 1}, report.Devices, "what is left moves along")
			}
			made, state := w.companyNamed("Acme"), w.accelo.state()
			require.NotEqual(t, w.company.ID, made.ID)
			require.Len(t, state.Companies, 2)
			affiliation := theOne(t, "contact of the company", state.Affiliations, func(a accelo.Affiliation) bool { return a.CompanyID == made.ID })
			require.Equal(t, "NinjaOne", theOne(t, "contact", state.Contacts, func(c accelo.Contact) bool { return c.ID == affiliation.ContactID }).Firstname)
			w.requireInOrder(made.ID, w.kept, w.lost, w.fresh)

			w.accelo.act("delete-company", map[string]any{"id": made.ID})
			report = w.again()
			require.Equal(t, counts{Failed: 1, Unchanged: 1}, report.Organizations)
			require.Len(t, w.accelo.state().Companies, 1)
		})
	}
}

// An asset that a person deletes is not made again by itself, whatever its device does: the device is parked with the choice, and
// its alerts go on without it.
func TestDeletedAssetIsParked(t *testing.T) {
	t.Parallel()
	for _, mode := range modes() {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			w := adoptingAlerts(t, scenario{}, mode)
			acme := w.organization("Acme")
			device, id := w.machine(acme, "ACME-PC"), ""
			id = text(device)
			w.machine(acme, "OTHER")
			w.first()
			w.quiet()
			gone, other := w.assetTitled("ACME-PC"), w.assetTitled("OTHER")
			w.accelo.act("delete-asset", map[string]any{"id": gone.ID})

			parked := func(arguments ...string) {
				report := w.again()
				if len(arguments) > 0 {
					report = w.imports(arguments...)
				}
				require.Equal(t, counts{Failed: 1, Unchanged: 1}, report.Devices)
				require.Len(t, report.Failures, 1)
				for _, says := range []string{"was deleted in Accelo", "starter relink device " + id, "starter recreate device " + id} {
					require.Contains(t, report.Failures[0].Error, says)
				}
				require.Len(t, w.accelo.state().Assets, 1)
			}
			require.Equal(t, counts{Failed: 1, Unchanged: 1}, w.imports("--plan").Devices)
			parked()
			parked()
			w.ninjaOne.act("devices/update", map[string]any{"id": device, "system_name": "ACME-PC-2", "display_name": "changed"})
			parked()
			parked("--organization", text(acme))
			require.Len(t, w.status().Failures, 1)

			uid, request := w.opens(int(device), 1)
			require.Empty(t, w.linked("request", request.ID))
			require.Contains(t, w.details(alertTriggered(uid)), "device noted on the request")
			require.Len(t, w.notes("request", request.ID), 1)
			require.NotContains(t, w.notes("request", request.ID)[0].Body, itoa(gone.ID))
			w.accelo.act("convert-request", map[string]any{"id": request.ID, "target": "issue"})
			w.quiet()
			require.False(t, w.active(uid), "a conversion resets the alert all the same")
			parked()

			require.Zero(t, w.correct("recreate", "device", id).AcceloID)
			report := w.imports()
			if mode == "documented" {
				require.Equal(t, counts{Waiting: 1, Unchanged: 1}, report.Devices)
				w.makeAssets()
				require.Equal(t, counts{Matched: 1, Unchanged: 1}, w.imports().Devices)
			} else {
				require.Equal(t, counts{Created: 1, Unchanged: 1}, report.Devices)
			}
			made := w.assetTitled("ACME-PC-2")
			require.Equal(t, w.pageOf(device), w.value(made.ID, "ninja_url"))
			require.Len(t, w.accelo.state().Assets, 2)
			require.Empty(t, w.status().Failures)
			w.idle()
			_, request = w.opens(int(device), 2)
			if mode != "documented" {
				require.Equal(t, []int64{made.ID}, w.linked("request", request.ID), "what was refused once is no missing call of the API's")
			}

			w.accelo.act("delete-asset", map[string]any{"id": made.ID})
			require.Equal(t, 1, w.again().Devices.Failed)
			spare := w.accelo.id("add-asset", map[string]any{"type": assetType, "company_id": other.AgainstID, "title": "Spare"})
			w.correct("relink", "asset", id, itoa(spare))
			require.Empty(t, w.imports().Failures)
			require.Equal(t, "Spare", w.assetByID(spare).Title, "what people have made of it stays")
			require.Equal(t, w.pageOf(device), w.value(spare, "ninja_url"))
			w.idle()
			w.standStill()
		})
	}
}
