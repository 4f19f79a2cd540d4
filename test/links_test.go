package test

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/ninjaone"
)

type linkReport struct {
	Kind           string            `json:"kind"`
	NinjaID        string            `json:"ninja_id"`
	OrganizationID int               `json:"organization_id"`
	Name           string            `json:"name"`
	State          string            `json:"state"`
	AcceloID       int64             `json:"accelo_id"`
	CompanyID      int64             `json:"company_id"`
	AffiliationID  int64             `json:"affiliation_id"`
	ManualChanges  []json.RawMessage `json:"differences"`
	Problem        string            `json:"problem,omitempty"`
	WrittenAt      *time.Time        `json:"written_at"`
	GoneAt         *time.Time        `json:"gone_at"`
	UpdatedAt      time.Time         `json:"updated_at"`
}

type linksReport struct {
	Connection string       `json:"connection"`
	Total      int          `json:"total"`
	Links      []linkReport `json:"links"`
}

type showReport struct {
	Connection string          `json:"connection"`
	Link       json.RawMessage `json:"link"`
	History    []struct {
		At         time.Time       `json:"at"`
		Actor      string          `json:"actor,omitempty"`
		WorkflowID string          `json:"workflow_id,omitempty"`
		ImportID   string          `json:"import_id,omitempty"`
		Outcome    string          `json:"outcome,omitempty"`
		State      string          `json:"state"`
		AcceloID   int64           `json:"accelo_id"`
		Changes    json.RawMessage `json:"changes"`
	} `json:"history"`
}

type correctReport struct {
	Connection string `json:"connection"`
	Kind       string `json:"kind"`
	NinjaID    string `json:"ninja_id"`
	Before     int64  `json:"before"`
	AcceloID   int64  `json:"accelo_id"`
	// Devices are those whose assets are created again with their organization.
	Devices []string `json:"devices,omitempty"`
}

// links lists what a search finds.
func (e *testEnv) links(arguments ...string) []linkReport {
	e.t.Helper()
	result := e.starter(append([]string{"links", "list", "--json"}, arguments...)...)
	require.Equal(e.t, 0, result.Code, result.Stderr)
	report := decodeStrict[linksReport](e.t, result.Stdout)
	require.Equal(e.t, len(report.Links), report.Total)
	return report.Links
}

// correct runs a correction that has to succeed.
func (e *testEnv) correct(arguments ...string) correctReport {
	e.t.Helper()
	result := e.starter(append(arguments, "--json")...)
	require.Equal(e.t, 0, result.Code, result.Stderr)
	return decodeStrict[correctReport](e.t, result.Stdout)
}

func (e *testEnv) show(kind, id string) showReport {
	e.t.Helper()
	result := e.starter("links", "show", kind, id, "--json")
	require.Equal(e.t, 0, result.Code, result.Stderr)
	return decodeStrict[showReport](e.t, result.Stdout)
}

// requireSettled: an import has nothing left to write.
func (e *testEnv) requireSynced() {
	e.t.Helper()
	e.accelo.resetCounters()
	report := e.runImport()
	require.Zero(e.t, report.Organizations.Failed+report.Devices.Failed)
	require.Zero(e.t, e.accelo.counters().Writes, "%v", e.accelo.counters().ByEndpoint)
}

// Any record is found by an id of either side or by name, and tells its story.
func TestLinksSearch(t *testing.T) {
	t.Parallel()
	e := newConnectedEnv(t, scenario{organizations: 4, devices: 12})
	run := e.runImport()
	o := e.requireInSync()
	organization := o.ninja.Organizations[0]
	company := o.companyOf(organization)
	for _, search := range []string{organization.Name[1:], itoa(company.ID)} {
		found := e.links("--search", search, "--kind", "company")
		require.True(t, slices.ContainsFunc(found, func(l linkReport) bool {
			return l.Kind == "organization" && l.NinjaID == strconv.Itoa(organization.ID) && l.AcceloID == company.ID && l.Name == company.Name
		}), "%s: %v", search, found)
	}
	require.Len(t, e.links("--kind", "device", "--state", "linked"), o.approvedCount())
	require.Empty(t, e.links("--state", "waiting"))
	require.Empty(t, e.links("--search", "%"))

	shown := e.show("organization", strconv.Itoa(organization.ID))
	require.Len(t, shown.History, 1)
	require.Equal(t, []string{"full-import/default", run.RunID, "created", "linked"},
		[]string{shown.History[0].WorkflowID, shown.History[0].ImportID, shown.History[0].Outcome, shown.History[0].State})
	require.Contains(t, string(shown.History[0].Changes), `"name":{"to":`)
	words := e.starter("links", "show", "organization", strconv.Itoa(organization.ID)).Stdout
	require.Contains(t, words, "full-import/default")
	require.Contains(t, words, "company "+itoa(company.ID))
	require.Contains(t, e.starter("links", "list", "--limit", "1").Stdout, "1 of ")
}

// matched is a world in which an organization was matched with a company that is not its own, and the right one is there too.
func matched(t *testing.T, mode accelo.Mode) (e *testEnv, organization ninjaone.Organization, wrong, right int64) {
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

// A wrong match of a company is corrected by hand: nothing of the right one is overwritten, its people are its contacts, later
// devices go there, and the history tells who did it.
func TestRelinkCompany(t *testing.T) {
	t.Parallel()
	for _, mode := range acceloModes() {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			e, organization, wrong, right := matched(t, mode)
			id := strconv.Itoa(organization.ID)
			e.accelo.resetCounters()
			require.Equal(t, correctReport{Connection: connection, Kind: "organization", NinjaID: id, Before: wrong, AcceloID: right}, e.correct("relink", "company", id, itoa(right)))
			require.Zero(t, e.accelo.counters().Writes)
			require.Equal(t, "a user (starter relink)", e.show("organization", id).History[0].Actor)
			e.ninjaOne.actID("devices", map[string]any{"organization_id": organization.ID, "node_class": "MAC", "system_name": "NEW"})

			report := e.runImport()
			require.Empty(t, report.Failures)
			link := e.links("--kind", "organization")[0]
			require.Equal(t, right, link.AcceloID)
			require.Len(t, link.ManualChanges, 1, "the name that people gave the company is kept, and shown")
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

// A wrong match of an asset is corrected by hand: the right asset keeps the title that people gave it, and its fields become the
// device's. What belongs to another device, or is no asset of ours, is refused.
func TestRelinkAsset(t *testing.T) {
	t.Parallel()
	for _, mode := range acceloModes() {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			e, organization, company, _ := matched(t, mode)
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
				{"another device's", itoa(taken), "already linked to device " + itoa(other), 1},
				{"of another type", itoa(asset("Printer", "SRV")), `does not have the type "NinjaOne Device"`, 1},
				{"not there", "999999", "asset 999999 does not exist in Accelo", 1},
				{"no id", "x", "is not an Accelo ID", 2},
			} {
				result := e.starter("relink", "device", first.NinjaID, test.id)
				require.Equal(t, test.code, result.Code, test.name)
				require.Contains(t, result.Stderr, test.says, test.name)
			}
			require.Equal(t, first, e.links("--kind", "device", "--search", "SRV")[0], "nothing was changed")

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

// A link that is dropped is matched anew; one whose object is there cannot be recreated, one whose object was deleted can.
func TestForgetAndRecreate(t *testing.T) {
	t.Parallel()
	e, _, company, _ := matched(t, accelo.ModeOpen)
	asset := e.links("--kind", "device")[0]
	require.Equal(t, correctReport{Connection: connection, Kind: "device", NinjaID: asset.NinjaID, Before: asset.AcceloID, AcceloID: 0}, e.correct("links", "forget", "device", asset.NinjaID))
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

// What is under way belongs to whoever creates it: nothing is changed, and it is said when to try again.
func TestCorrectionsRefuseClaims(t *testing.T) {
	t.Parallel()
	e, _, _, right := matched(t, accelo.ModeOpen)
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

// What is asked the wrong way is said.
func TestLinksErrors(t *testing.T) {
	t.Parallel()
	e := newTestEnv(t, scenario{})
	for _, test := range []struct {
		name, says string
		code       int
		arguments  []string
	}{
		{"no command", "choose one of these commands", 2, []string{"links"}},
		{"no such kind", "unknown record kind", 2, []string{"links", "list", "--kind", "printer"}},
		{"no such state", "--state", 2, []string{"links", "list", "--state", "lost"}},
		{"too few arguments", "arg", 2, []string{"relink", "device", "7"}},
		{"a contact", "belongs to its organization", 2, []string{"links", "forget", "contact", "7"}},
		{"an alert", "Use relink", 2, []string{"recreate", "alert", "x"}},
		{"no such connection", `"nobody"`, 1, []string{"links", "list", "--connection", "nobody"}},
		{"no such record", "not found", 1, []string{"links", "show", "device", "7"}},
		{"nothing to forget", "is not linked", 1, []string{"links", "forget", "device", "7"}},
		{"not set up", "starter connect", 1, []string{"relink", "device", "7", "8"}},
	} {
		result := e.starter(test.arguments...)
		require.Equal(t, test.code, result.Code, test.name)
		require.Contains(t, result.Stderr, test.says, test.name)
		require.Empty(t, result.Stdout, test.name)
	}
}

// An alert's request can be another one, as where people go on in a request of their own: that one is closed by the reset.
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
		{"closed", itoa(closed), "pending or open"},
		{"another alert's", itoa(second.ID), "already linked to alert"},
		{"of another type", itoa(add(e.otherRequestType(first.TypeID))), "does not have the type"},
		{"not there", "999999", "request 999999 does not exist"},
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
