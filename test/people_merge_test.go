package test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

// A company that people merged into another is followed there by whatever trail is left, although nothing else has changed:
// later devices go there, and what people call the survivor stays.
func TestMergeIsFollowed(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		mode   string
		merged func(w *world, contact int64)
	}{
		{"by its contact", "open", nil},
		{"by its contact, as documented", "documented", nil},
		{"by the old id, which answers with the survivor", "open", func(w *world, contact int64) {
			w.accelo.act("set-switches", map[string]any{"merge_answers_survivor": true})
			w.callAccelo(http.MethodDelete, "/affiliations/"+text(contact), nil)
		}},
		{"by the assets of its devices", "no-extension-keys", func(w *world, contact int64) {
			w.callAccelo(http.MethodDelete, "/affiliations/"+text(contact), nil)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := adopting(t, test.mode)
			acme, beta := w.organization("Acme"), w.organization("Beta")
			w.machine(acme, "ACME-PC")
			w.machine(beta, "BETA-PC")
			w.first()
			merged, survivor := w.companyNamed("Acme"), w.companyNamed("Beta")
			w.accelo.act("merge-companies", map[string]any{"from": merged.ID, "into": survivor.ID})
			if test.merged != nil {
				test.merged(w, merged.DefaultAffiliationID)
			}

			require.Equal(t, 1, w.imports("--plan").Organizations.Updated)
			report := w.imports()
			require.Empty(t, report.Failures)
			require.Equal(t, counts{Updated: 1, Unchanged: 1}, report.Organizations)
			require.Len(t, report.Ambiguities, 1, "the report tells where it went")
			require.Contains(t, report.Ambiguities[0].Error, "in company "+text(survivor.ID))
			require.Len(t, w.accelo.state().Companies, 1, "nothing is made again")
			require.Equal(t, "Beta", w.companyByID(survivor.ID).Name)
			require.Equal(t, []kept{{"organization", text(acme), survivor.ID, "name", "Beta", "Acme"}}, w.differences())
			require.Equal(t, []string{`Manual change kept: name "Beta" (NinjaOne: "Acme")`}, w.notesOn("company", survivor.ID))
			w.idle()

			w.machine(acme, "ACME-LAPTOP")
			w.ninjaOne.act("organizations/rename", map[string]any{"id": acme, "name": "Acme International"})
			w.imports()
			require.Equal(t, "Beta", w.companyByID(survivor.ID).Name, "an organization that was merged in does not rename its host")
			if test.mode != "documented" {
				asset := w.assetTitled("ACME-LAPTOP")
				require.Equal(t, []int64{survivor.ID, survivor.DefaultAffiliationID}, []int64{asset.AgainstID, asset.AffiliationID})
			}
			w.again()
		})
	}
}

// A chain of mergers ends at the last company, for every organization; where that bears an organization's name, it is as if it
// had been matched.
func TestMergersOfManyEndAtOne(t *testing.T) {
	t.Parallel()
	for _, mode := range modes() {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			mergersOfManyEndAtOne(t, mode)
		})
	}
}

func mergersOfManyEndAtOne(t *testing.T, mode string) {
	w := adopting(t, mode)
	for _, name := range []string{"Acme", "Beta", "Gamma"} {
		w.machine(w.organization(name), name+"-PC")
	}
	w.first()
	acme, beta, gamma := w.companyNamed("Acme"), w.companyNamed("Beta"), w.companyNamed("Gamma")
	w.accelo.act("merge-companies", map[string]any{"from": acme.ID, "into": beta.ID})
	w.accelo.act("merge-companies", map[string]any{"from": beta.ID, "into": gamma.ID})
	w.accelo.act("rename-company", map[string]any{"id": gamma.ID, "name": "ACME"})
	require.Equal(t, counts{Updated: 2, Unchanged: 1}, w.imports().Organizations)
	for _, difference := range w.differences() {
		require.Equal(t, gamma.ID, difference.AcceloID)
		require.NotEqual(t, "Acme", difference.NinjaOne)
	}
	require.Len(t, w.differences(), 2, "Beta and Gamma")
	for _, title := range []string{"Acme-PC", "Beta-PC", "Gamma-PC"} {
		require.Equal(t, gamma.ID, w.assetTitled(title).AgainstID)
	}
	w.idle()
}

// A single organization that is imported by itself follows its company as well, and does not double what the survivor has.
func TestAlertsOfAMergedCompany(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		contact bool
	}{{"its contact moved along", true}, {"its contact is gone", false}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := connectedAlerts(t, scenario{})
			acme, beta := w.organization("Acme"), w.organization("Beta")
			device := w.machine(acme, "ACME-PC")
			w.machine(beta, "BETA-PC")
			w.first()
			w.quiet()
			merged, survivor := w.companyNamed("Acme"), w.companyNamed("Beta")
			w.accelo.act("merge-companies", map[string]any{"from": merged.ID, "into": survivor.ID})
			if !test.contact {
				w.callAccelo(http.MethodDelete, "/affiliations/"+text(merged.DefaultAffiliationID), nil)
			}
			_, request := w.opens(int(device), 1)
			want := survivor.DefaultAffiliationID
			if test.contact {
				want = merged.DefaultAffiliationID
			}
			require.Equal(t, want, request.AffiliationID)
			require.Equal(t, []int64{w.assetTitled("ACME-PC").ID}, w.linked("request", request.ID))
			_, request = w.opens(int(w.machine(acme, "ACME-NEW")), 2)
			require.Len(t, w.linked("request", request.ID), 1, "a device that nobody has imported has its asset in the survivor")
			require.Equal(t, survivor.ID, w.assetTitled("ACME-NEW").AgainstID)
			require.Empty(t, w.imports().Failures)
			_, request = w.opens(int(device), 3)
			require.Equal(t, survivor.DefaultAffiliationID, request.AffiliationID, "the import has found the survivor's primary contact")
			w.standStill()
			w.again()
		})
	}
}

// Where neither contact nor assets are left, the requests of the alerts lead to the survivor.
func TestMergeIsFollowedByRequests(t *testing.T) {
	t.Parallel()
	w := startAlerts(t, scenario{accelo: []string{"-mode", "documented"}})
	require.Equal(t, 3, w.run("connect").Code)
	acme := w.organization("Acme")
	w.organization("Beta")
	device := w.machine(acme, "ACME-PC")
	require.Empty(t, w.imports().Failures)
	w.quiet()
	_, request := w.opens(int(device), 1)
	merged, survivor := w.companyNamed("Acme"), w.companyNamed("Beta")
	w.accelo.act("merge-companies", map[string]any{"from": merged.ID, "into": survivor.ID})
	w.callAccelo(http.MethodPut, "/requests/"+text(request.ID), url.Values{"affiliation_id": {text(survivor.DefaultAffiliationID)}})
	w.callAccelo(http.MethodDelete, "/affiliations/"+text(merged.DefaultAffiliationID), nil)
	_, request = w.opens(int(device), 2)
	require.Equal(t, survivor.DefaultAffiliationID, request.AffiliationID)
	require.Equal(t, counts{Unchanged: 2}, w.imports().Organizations, "the alert has found out already")
	require.Equal(t, []kept{{"organization", text(acme), survivor.ID, "name", "Beta", "Acme"}}, w.differences())
	w.again()
}

// A company that was deleted outright is never made again by itself: the organization is parked with the choice, and so are its
// alerts; what was moved by hand before is no trail.
func TestDeletedCompanyIsParked(t *testing.T) {
	t.Parallel()
	w := connectedAlerts(t, scenario{})
	acme, beta := w.organization("Acme"), w.organization("Beta")
	device := w.machine(acme, "ACME-PC")
	w.machine(acme, "ACME-MOVED")
	w.machine(beta, "BETA-PC")
	w.first()
	w.quiet()
	gone, other := w.companyNamed("Acme"), w.companyNamed("Beta")
	w.accelo.act("move-asset", map[string]any{"id": w.assetTitled("ACME-MOVED").ID, "company_id": other.ID})
	w.accelo.act("delete-company", map[string]any{"id": gone.ID})
	w.machine(acme, "ACME-NEW")

	for range 2 {
		report := w.again()
		require.Equal(t, counts{Failed: 1, Unchanged: 1}, report.Organizations)
		require.Positive(t, report.Devices.Failed)
		require.Contains(t, report.Failures[0].Error, "starter relink organization "+text(acme))
		require.Contains(t, report.Failures[0].Error, "starter recreate organization "+text(acme))
		require.Len(t, w.accelo.state().Companies, 1)
	}
	uid := w.trigger(int(device), condition(1))
	w.quiet()
	require.Empty(t, w.requests(uid))
	reasons := map[string]string{}
	for _, failure := range w.status().Failures {
		reasons[failure.Kind] = failure.Error
	}
	require.Contains(t, reasons["organization"], "was deleted in Accelo")
	require.Contains(t, reasons["alert"], "starter recreate organization "+text(acme))
	w.again()
	require.Len(t, w.accelo.state().Companies, 1)
}
