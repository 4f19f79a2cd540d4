package test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/ninjaone"
)

type correctReport struct {
	Connection string `json:"connection"`
	Kind       string `json:"kind"`
	NinjaID    string `json:"ninja_id"`
	Before     int64  `json:"before"`
	AcceloID   int64  `json:"accelo_id"`
	// Devices are the devices whose assets are created again with their organization.
	Devices []string `json:"devices,omitempty"`
}

// correct runs a correction, which must succeed.
func (e *testEnv) correct(arguments ...string) correctReport {
	e.t.Helper()
	result := e.starter(append(arguments, "--json")...)
	require.Equal(e.t, 0, result.Code, result.Stderr)
	return decodeStrict[correctReport](e.t, result.Stdout)
}

// requireSynced imports again and requires that nothing fails and nothing is written to Accelo.
func (e *testEnv) requireSynced() {
	e.t.Helper()
	e.accelo.resetCounters()
	report := e.runImport()
	require.Zero(e.t, report.Organizations.Failed+report.Devices.Failed)
	require.Zero(e.t, e.accelo.counters().Writes, "%v", e.accelo.counters().ByEndpoint)
}

// newWrongMatch returns an environment in which an organization was matched with the wrong company. The right one exists too.
func newWrongMatch(t *testing.T, mode accelo.Mode) (e *testEnv, organization ninjaone.Organization, wrong, right int64) {
	t.Helper()
	e = newTestEnv(t, scenario{accelo: []string{"-mode", string(mode)}})
	if mode == accelo.ModeDocumented {
		e.addAssetType()
	}
	wrong = e.accelo.actID("add-company", map[string]any{"name": "Acme", "standing": "active"})
	right = e.accelo.actID("add-company", map[string]any{"name": "Acme of Springfield", "standing": "active"})
	e.accelo.act("add-contact", map[string]any{"company_id": right, "firstname": "Homer", "surname": "S"})
	e.accelo.act("edit-company-comments", map[string]any{"id": right, "comments": "pays late"})
	id := e.ninjaOne.actID("organizations", map[string]any{"name": "Acme", "description": ""})
	e.ninjaOne.actID("devices", map[string]any{"organization_id": id, "node_class": "MAC", "system_name": "SRV"})
	e.startWorker()
	require.Equal(t, 0, e.starter("connect").Code)
	e.runImport()
	organization = e.ninjaOne.state().Organizations[0]
	require.Equal(t, wrong, e.links("--kind", "organization")[0].AcceloID)
	return e, organization, wrong, right
}

// `starter relink` corrects a wrong company: nothing of the right one is overwritten, its contact is used, later devices go there, and
// the history names the actor.
func TestRelinkCompany(t *testing.T) {
	t.Parallel()
	for _, mode := range acceloModes() {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			e, organization, wrong, right := newWrongMatch(t, mode)
			id := strconv.Itoa(organization.ID)
			e.accelo.resetCounters()
			require.Equal(t, correctReport{Connection: connection, Kind: "organization", NinjaID: id, Before: wrong, AcceloID: right},
				e.correct("relink", "company", id, itoa(right)))
			require.Zero(t, e.accelo.counters().Writes)
			require.Equal(t, "a user (starter relink)", e.show("organization", id).History[0].Actor)
			e.ninjaOne.actID("devices", map[string]any{"organization_id": organization.ID, "node_class": "MAC", "system_name": "NEW"})

			report := e.runImport()
			require.Empty(t, report.Failures)
			link := e.links("--kind", "organization")[0]
			require.Equal(t, right, link.AcceloID)
			require.Len(t, link.ManualChanges, 1, "the company keeps its name, which shows as a manual change")
			state := e.accelo.state()
			at := slices.IndexFunc(state.Companies, func(c accelo.Company) bool { return c.ID == right })
			require.Equal(t, []string{"Acme of Springfield", "pays late"}, []string{state.Companies[at].Name, state.Companies[at].Comments})
			require.Equal(t, state.Companies[at].DefaultAffiliationID, link.AffiliationID)
			for _, device := range e.links("--kind", "device", "--search", "NEW") {
				require.Equal(t, right, device.CompanyID)
			}
			e.requireSynced()
			e.ninjaOne.act("organizations/rename", map[string]any{"id": organization.ID, "name": "Acme Renamed"})
			e.runImport()
			require.Equal(t, "Acme of Springfield", e.companyByID(right).Name)
		})
	}
}

// `starter relink` corrects a wrong asset: the right asset keeps its title, and its custom fields become the device's. An asset of
// another device or of another type is refused.
func TestRelinkAsset(t *testing.T) {
	t.Parallel()
	for _, mode := range acceloModes() {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			e, organization, company, _ := newWrongMatch(t, mode)
			asset := func(kind, title string) int64 {
				return e.accelo.actID("add-asset", map[string]any{"type": kind, "company_id": company, "title": title})
			}
			right := asset(assetType, "The Server In The Cellar")
			e.accelo.act("add-asset-type", map[string]any{"title": "Printer"})
			other := e.ninjaOne.actID("devices", map[string]any{"organization_id": organization.ID, "node_class": "MAC", "system_name": "OTHER"})
			taken := asset(assetType, "OTHER")
			e.runImport()
			require.Equal(t, taken, e.links("--kind", "device", "--search", itoa(other))[0].AcceloID)

			first := e.links("--kind", "device", "--search", "SRV")[0]
			for _, test := range []struct {
				name, id, says string
				code           int
			}{
				{name: "another device's", id: itoa(taken), says: "already linked to device " + itoa(other), code: 1},
				{name: "of another type", id: itoa(asset("Printer", "SRV")), says: `does not have the type "NinjaOne Device"`, code: 1},
				{name: "does not exist", id: "999999", says: "asset 999999 does not exist in Accelo", code: 1},
				{name: "not an ID", id: "x", says: "is not an Accelo ID", code: 2},
			} {
				result := e.starter("relink", "device", first.NinjaID, test.id)
				require.Equal(t, test.code, result.Code, test.name)
				require.Contains(t, result.Stderr, test.says, test.name)
			}
			require.Equal(t, first, e.links("--kind", "device", "--search", "SRV")[0], "a refused relink changes nothing")

			e.correct("links", "relink", "device", first.NinjaID, itoa(right))
			e.runImport()
			link := e.links("--kind", "device", "--search", first.NinjaID)
			at := slices.IndexFunc(link, func(l linkReport) bool { return l.NinjaID == first.NinjaID })
			require.Equal(t, right, link[at].AcceloID)
			state := e.accelo.state()
			at = slices.IndexFunc(state.Assets, func(a accelo.Asset) bool { return a.ID == right })
			require.Equal(t, "The Server In The Cellar", state.Assets[at].Title)
			require.True(t, strings.HasSuffix(state.FieldValues(right)["ninja_url"], "/"+first.NinjaID+"/overview"))
			e.requireSynced()
		})
	}
}

// `links forget` makes the next import match the record again. `recreate` refuses an object that still exists, and creates a deleted one
// again.
func TestForgetAndRecreate(t *testing.T) {
	t.Parallel()
	e, _, company, _ := newWrongMatch(t, accelo.ModeOpen)
	asset := e.links("--kind", "device")[0]
	require.Equal(t, correctReport{Connection: connection, Kind: "device", NinjaID: asset.NinjaID, Before: asset.AcceloID, AcceloID: 0},
		e.correct("links", "forget", "device", asset.NinjaID))
	require.Empty(t, e.links("--kind", "device"))
	require.Equal(t, "forgotten", e.show("device", asset.NinjaID).History[0].State)
	require.Equal(t, counts{Matched: 1}, e.runImport().Devices)
	require.Equal(t, asset.AcceloID, e.links("--kind", "device")[0].AcceloID)

	refused := e.starter("recreate", "device", asset.NinjaID)
	require.Equal(t, 1, refused.Code)
	require.Contains(t, refused.Stderr, "still exists in Accelo")
	e.accelo.act("delete-asset", map[string]any{"id": asset.AcceloID})
	require.Zero(t, e.correct("recreate", "device", asset.NinjaID).AcceloID)
	require.Equal(t, counts{Created: 1}, e.runImport().Devices)
	e.requireSynced()
	require.Len(t, e.accelo.state().Assets, len(e.initial.Assets)+1)

	organization := e.links("--kind", "organization")[0]
	refused = e.starter("recreate", "organization", organization.NinjaID)
	require.Equal(t, 1, refused.Code)
	e.accelo.act("delete-company", map[string]any{"id": company})
	e.correct("recreate", "organization", organization.NinjaID)
	require.Equal(t, counts{Created: 1}, e.runImport().Organizations)
	require.NotEqual(t, company, e.links("--kind", "organization")[0].AcceloID)
}

// A correction refuses a link that a worker is creating, changes nothing, and says when to try again.
func TestCorrectionsRefuseClaims(t *testing.T) {
	t.Parallel()
	e, _, _, right := newWrongMatch(t, accelo.ModeOpen)
	direct, err := pgx.Connect(e.ctx, e.database)
	require.NoError(t, err)
	t.Cleanup(func() { _ = direct.Close(e.ctx) })
	link := e.links("--kind", "organization")[0]
	for _, state := range []string{"claimed", "doubt"} {
		_, err = direct.Exec(e.ctx, `UPDATE links SET state = $1, claimed_until = now() + interval '1 hour', doubt_until = now() + interval '1 hour'
			WHERE kind = 'organization'`, state)
		require.NoError(t, err)
		for _, arguments := range [][]string{
			{"relink", "organization", link.NinjaID, itoa(right)}, {"links", "forget", "organization", link.NinjaID},
		} {
			result := e.starter(arguments...)
			require.Equal(t, 1, result.Code)
			require.Contains(t, result.Stderr, "Try again after that")
		}
	}
	require.Equal(t, link.AcceloID, e.links("--kind", "organization")[0].AcceloID)
}

// After an alert is relinked to another request, its reset closes that one.
func TestRelinkRequest(t *testing.T) {
	t.Parallel()
	e := newImportedAlertEnv(t, scenario{organizations: 2, devices: 4})
	device, _ := e.device(0)
	uid, first := e.openRequest(device.ID, 0)
	e.waitUntilIdle()
	add := func(kind int64) int64 {
		return e.accelo.actID("add-request", map[string]any{"type_id": kind, "affiliation_id": first.AffiliationID, "title": "By hand", "body": "x"})
	}
	right, closed := add(first.TypeID), add(first.TypeID)
	e.accelo.act("close-request", map[string]any{"id": closed})
	_, second := e.openRequest(device.ID, 1)
	e.waitUntilIdle()
	for _, test := range []struct {
		name, id, says string
	}{
		{name: "closed", id: itoa(closed), says: "pending or open"},
		{name: "another alert's", id: itoa(second.ID), says: "already linked to alert"},
		{name: "of another type", id: itoa(add(e.otherRequestType(first.TypeID))), says: "does not have the type"},
		{name: "does not exist", id: "999999", says: "request 999999 does not exist"},
	} {
		result := e.starter("relink", "request", uid, test.id)
		require.Equal(t, 1, result.Code, test.name)
		require.Contains(t, result.Stderr, test.says, test.name)
	}
	require.Equal(t, first.ID, e.correct("relink", "request", uid, itoa(right)).Before)
	e.reset(uid)
	e.waitUntilIdle()
	require.Equal(t, "closed", e.requestByID(right).Standing)
	require.Equal(t, "pending", e.requestByID(first.ID).Standing)
}

func (e *alertEnv) otherRequestType(known int64) int64 {
	types := e.accelo.state().RequestTypes
	return types[slices.IndexFunc(types, func(r accelo.RequestType) bool { return r.ID != known })].ID
}
