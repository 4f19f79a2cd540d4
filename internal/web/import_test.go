package web_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// begin stores an import that runs.
func (f *fixture) begin(id string, plan bool) {
	f.t.Helper()
	require.NoError(f.t, f.store.BeginImport(f.t.Context(), store.Import{
		ID: id, Connection: "default", WorkflowID: flow.FullImportID("default"), Plan: plan,
	}))
}

func (f *fixture) finish(id string, result flow.ImportResult) {
	f.t.Helper()
	stored, err := json.Marshal(result)
	require.NoError(f.t, err)
	require.NoError(f.t, f.store.FinishImport(f.t.Context(), id, stored))
}

// While an import runs its progress is shown with what can be done about it, and browsers without scripts reload the page.
func TestImportRunning(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.connect("default")
	session := f.logIn()
	body := f.get("/integrations/default/import", session).body
	require.Contains(t, textOf(body), "Preview import Full Import")
	require.NotContains(t, body, "http-equiv")
	require.NotContains(t, body, "data-events")

	f.begin("r-1", false)
	require.NoError(t, f.store.SetPhase(t.Context(), "r-1", flow.PhaseImporting))
	body = f.get("/integrations/default/import", session).body
	require.Contains(t, textOf(body), "Import running Importing Started")
	require.Contains(t, textOf(body), "Pause Resume Cancel")
	require.Contains(t, body, `<progress aria-label="Import"`)
	require.Contains(t, body, `data-events="/integrations/default/import/events?running=1"`)
	require.Contains(t, body, `<noscript><meta http-equiv="refresh" content="5"></noscript>`)
	require.Contains(t, body, `name="id" value="r-1"`)
	require.NotContains(t, textOf(body), "Full Import")
	f.buttons.paused = true
	require.Contains(t, textOf(f.get("/integrations/default/import", session).body), "Import paused Importing Started")

	f.finish("r-1", flow.ImportResult{Seconds: 150, Devices: flow.Counts{Created: 1234, Failed: 2}})
	text := textOf(f.get("/integrations/default/import", session).body)
	require.Contains(t, text, "import finished in 2 minutes 1,234 created 2 failed")
	require.Contains(t, text, "Full Import")
}

// An import that ended without a result says so, and another one can be started.
func TestImportFailed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.connect("default")
	f.begin("r-1", false)
	f.buttons.ended = true
	session := f.logIn()
	body := f.get("/integrations/default/import", session).body
	require.Contains(t, textOf(body), "import ended without a result Workflow in Temporal")
	require.Contains(t, textOf(body), "Full Import")
	require.NotContains(t, body, "<progress")
	require.Contains(t, f.get("/integrations/default/import/events?running=1", session).body, "event: end")

	require.NoError(t, f.store.SaveSettings(t.Context(), "default", store.Settings{}, false, nil))
	require.Contains(t, textOf(f.press(session, "/integrations/default/import/full", nil).body), "is not set up: connect it first.")
	require.Empty(t, f.buttons.asked)
}

// A preview lists every change with its cost, page by page.
func TestImportPreview(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.connect("default")
	f.begin("r-1", true)
	changes := make([]rules.Change, 0, 150)
	for i := range 150 {
		changes = append(changes, rules.Change{
			Kind: rules.DeviceChange, NinjaID: fmt.Sprint(i + 1), OrganizationID: 7, Organization: "Acme", Name: fmt.Sprintf("<b>PC-%03d</b>", i+1),
			Action: rules.Create, Cost: rules.APICalls{Accelo: 2}, Why: "Nothing matches it.", Fields: []rules.FieldChange{{Field: "title", After: "<i>x</i>"}},
		})
	}
	require.NoError(t, f.store.AddChanges(t.Context(), "r-1", changes))
	estimate := 4200.0
	f.finish("r-1", flow.ImportResult{
		Plan: true, EstimatedSeconds: &estimate, Devices: flow.Counts{Created: 150}, APICalls: flow.APICalls{Accelo: 300, AcceloWrites: 150},
	})
	session := f.logIn()
	body := f.get("/integrations/default/import", session).body
	text := textOf(body)
	require.Contains(t, text, "An import would take 300 calls to Accelo, 150 of them writes. Estimated time: 70 minutes.")
	require.Contains(t, text, "<b>PC-001</b> device 1 Acme create Nothing matches it. title: <i>x</i> 2")
	require.Contains(t, text, "PC-100")
	require.NotContains(t, text, "PC-101")
	require.Empty(t, foreignMarkup(body))
	require.Contains(t, body, `href="?id=100&amp;kind=device&amp;organization=7"`)
	text = textOf(f.get("/integrations/default/import?id=100&kind=device&organization=7", session).body)
	require.Contains(t, text, "PC-101")
	require.Contains(t, text, "PC-150")
	require.NotContains(t, text, "PC-100")
	require.Contains(t, text, "First page")
	for _, query := range []string{"?id=%00&kind=device", "?organization=x&id=%FF", "?kind=nothing&id=5", "?id=999999999999999999999"} {
		require.Equal(t, http.StatusOK, f.get("/integrations/default/import"+query, session).code, query)
	}

	require.NoError(t, f.store.AddChanges(t.Context(), "r-1", []rules.Change{
		{Kind: rules.OrganizationChange, NinjaID: "7", OrganizationID: 7, Organization: "Acme", Name: "=Acme", Action: rules.Match, AcceloID: 70, Why: "Same name"},
	}))
	text = textOf(f.get("/integrations/default/import?action=match", session).body)
	require.Contains(t, text, "organization 7")
	require.NotContains(t, text, "PC-0")
	require.Contains(t, textOf(f.get("/integrations/default/import?q=pc-14", session).body), "PC-149")
	require.NotContains(t, textOf(f.get("/integrations/default/import?q=pc-14", session).body), "PC-001")
	require.Contains(t, textOf(f.get("/integrations/default/import?q=70", session).body), "organization 7")
	require.Contains(t, f.get("/integrations/default/import?q=acme&action=create", session).body, "&amp;q=acme")
	require.Contains(t, f.get("/integrations/default/import?q=nobody", session).body, "No change fits this filter.")
	file := f.get("/integrations/default/import/csv?action=match", session).body
	require.Equal(t, 2, strings.Count(file, "\n"), file)
	require.Contains(t, file, "7,Acme,organization,7,'=Acme,match,70,,,,0,Same name")

	f.begin("r-2", false)
	require.NotContains(t, textOf(f.get("/integrations/default/import", session).body), "PC-001", "the import drops the preview")
	require.Equal(t, 1, strings.Count(f.get("/integrations/default/import/csv", session).body, "\n"))
}

// The script hears how far the import is, and when it has ended.
func TestImportEvents(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.connect("default")
	f.begin("r-1", false)
	server := httptest.NewServer(f.mux)
	t.Cleanup(server.Close)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/integrations/default/import/events", nil)
	require.NoError(t, err)
	request.AddCookie(f.logIn())
	response, err := server.Client().Do(request)
	require.NoError(t, err)
	defer func() { require.NoError(t, response.Body.Close()) }()
	require.Equal(t, "text/event-stream", response.Header.Get("Content-Type"))
	lines := bufio.NewScanner(response.Body)
	for range 3 { // the first two lines say how soon to connect again
		require.True(t, lines.Scan())
	}
	var event struct{ Done, Total int }
	data, found := strings.CutPrefix(lines.Text(), "data: ")
	require.True(t, found)
	require.NoError(t, json.Unmarshal([]byte(data), &event))
	f.finish("r-1", flow.ImportResult{})
	ended := false
	for lines.Scan() {
		ended = ended || lines.Text() == "event: end"
	}
	require.True(t, ended)

	session := f.logIn()
	require.Contains(t, f.get("/integrations/default/import/events?running=1", session).body, "event: end", "it ended between two streams")
	require.Equal(t, http.StatusSeeOther, f.get("/integrations/default/import/events").code, "it needs a session")
}

// Only a page that needs it loads the script, which comes from us.
func TestScript(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.connect("default")
	session := f.logIn()
	got := f.get("/integrations/default/import", session)
	require.Contains(t, got.body, ownScript)
	require.Contains(t, got.header.Get("Content-Security-Policy"), "script-src 'self'")
	require.Contains(t, f.get("/integrations/default", session).body, ownScript, "it refreshes the page")
	require.NotContains(t, f.get("/integrations/default/audit", session).body, "<script")
	require.Contains(t, f.get("/assets/page.js").header.Get("Content-Type"), "javascript")
}

// The form says what an import brings in, and may change the request type.
func TestImportChoices(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.connect("default")
	session := f.logIn()
	require.NoError(t, f.store.NoteOrganizations(t.Context(), "default", []store.NamedOrganization{{NinjaID: "8", Name: "Acme <b>"}}))
	shown := f.get("/integrations/default/import", session).body
	for _, text := range []string{
		`<label for="request_type">Request type</label>`, "We recommend one of its own", `> Organizations</label>`, `> Devices</label>`,
		`> Active alerts</label>`, `> All organizations</label>`, `> Chosen organizations</label>`, `<option value="8">Acme &lt;b&gt; (8)</option>`,
	} {
		require.Contains(t, shown, text)
	}
	press := func(path string, values url.Values) string {
		f.buttons.asked = nil
		return textOf(f.press(session, "/integrations/default/import/"+path, values).body)
	}
	press("full", url.Values{"scope": {"chosen"}, "records": {"organizations", "devices"}, "organizations": {"8", "9"}})
	require.Equal(t, []string{"import default plan=false [organizations devices] [8 9]"}, f.buttons.asked)
	press("preview", url.Values{"scope": {"all"}, "records": {"organizations"}, "organizations": {"8"}})
	require.Equal(t, []string{"import default plan=true [organizations] []"}, f.buttons.asked)
	require.Contains(t, press("full", url.Values{"scope": {"all"}}), "Choose at least one of organizations, devices and active alerts.")
	require.Contains(t, press("full", url.Values{"scope": {"chosen"}, "records": {"devices"}}), "Choose the organizations to import, or all organizations.")
	require.Empty(t, f.buttons.asked)
	press("preview", url.Values{"scope": {"all"}, "records": {"devices"}, "request_type": {"Alerts"}, "shown.request_type": {"Ticket"}})
	require.Equal(t, []string{"options of default: map[request_type:Alerts]", "import default plan=true [devices] []"}, f.buttons.asked)
}
