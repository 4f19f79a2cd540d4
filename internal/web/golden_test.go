package web

import (
	"encoding/json"
	"flag"
	"fmt"
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/status"
	"ninjaone-accelo/internal/store"
)

var update = flag.Bool("update", false, "write the golden files from what the page says now")

// goldenNow is the page's clock in golden tests.
var goldenNow = time.Date(2025, 3, 19, 13, 41, 15, 0, time.UTC)

// The golden files hold everything the page says, so that a change of its wording shows up as a diff.
func TestGolden(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		render func(p *Pages, w http.ResponseWriter, r *http.Request)
	}{
		{"empty", func(p *Pages, w http.ResponseWriter, r *http.Request) { p.renderCards(w, r, status.Report{}, nil) }},
		{"cards", func(p *Pages, w http.ResponseWriter, r *http.Request) {
			p.renderCards(w, r, status.Report{Connections: []status.Connection{healthyConnection(), unhealthyConnection()}}, nil)
		}},
		{"healthy", func(p *Pages, w http.ResponseWriter, r *http.Request) {
			p.renderOverview(w, r, healthyConnection(), healthyView(p))
		}},
		{"unhealthy", func(p *Pages, w http.ResponseWriter, r *http.Request) {
			p.renderOverview(w, r, unhealthyConnection(), unhealthyView(p))
		}},
		{"failures", func(p *Pages, w http.ResponseWriter, r *http.Request) {
			c := unhealthyConnection()
			c.Failures = c.Failures[:2] // the others would only lengthen the golden file
			p.failures(w, r, c)
		}},
		{"import_running", func(p *Pages, w http.ResponseWriter, r *http.Request) {
			p.renderImports(w, r, healthyConnection(), importPage{
				Name: "default", Labels: store.Settings{}.Labels(), Follow: true,
				Running: &runningImport{
					ID: "r-1", WorkflowID: "full-import/default", StartedAt: goldenNow.Add(-3 * time.Minute),
					progressEvent: newProgressEvent(store.Progress{Phase: flow.PhaseImporting, Done: 400, Total: 1850, AcceloCalls: 512}),
				},
			}, &message{At: besideImport, Text: "Import started."})
		}},
		{"import_preview", func(p *Pages, w http.ResponseWriter, r *http.Request) {
			p.renderImports(w, r, healthyConnection(), previewPage(), &message{At: besideImport, Text: "Nothing to cancel.", Problem: true})
		}},
		{"rules", func(p *Pages, w http.ResponseWriter, r *http.Request) {
			p.laterTab(rulesTab, rulesLater)(w, r, healthyConnection())
		}},
		{"database_unavailable", func(p *Pages, w http.ResponseWriter, r *http.Request) { p.renderUnavailable(w, r) }},
		{"login_error", func(p *Pages, w http.ResponseWriter, r *http.Request) { p.login(w, r) }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			pages, err := New(Options{
				Store: &store.Store{}, Operations: &operate.Operator{}, AdminToken: "correct-horse-battery-staple", TemporalUIURL: "https://temporal.example", Namespace: "default",
				Logger: slog.New(slog.DiscardHandler), Now: func() time.Time { return goldenNow },
			})
			require.NoError(t, err)
			recorder := httptest.NewRecorder()
			test.render(pages, recorder, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/integrations", nil))
			require.NotContains(t, recorder.Body.String(), "This page can't be displayed")
			requireGolden(t, test.name, visibleText(recorder.Body.String()))
		})
	}
}

// healthyConnection needs nothing from anyone.
func healthyConnection() status.Connection {
	reset := goldenNow.Add(12 * time.Minute)
	return status.Connection{
		Connection: "default", Ready: true, Accepted: true, WasConnected: true, RequestType: "NinjaOne Alerts",
		NinjaoneURL: "https://eu.ninjarmm.com", AcceloURL: "https://acme.api.accelo.com", Labels: store.Settings{}.Labels(), CreatesAssets: true,
		Links: status.Counts{Organizations: 12, Devices: 1840, Alerts: 31}, OpenAlerts: 1,
		AcceloBudget: status.Budget{Limit: 5000, Remaining: 4211, Reset: &reset},
		LastReconcile: asJSON(flow.ReconcileResult{
			WorkflowID: "reconcile/default", StartedAt: goldenNow.Add(-4 * time.Minute), Seconds: 1.5,
			Webhooks: flow.Webhooks{NinjaOne: flow.Registered, Accelo: flow.Registered},
		}),
	}
}

func healthyView(p *Pages) connectionView {
	view := p.connectionView(healthyConnection())
	seen, checked := goldenNow.Add(-90*time.Second), goldenNow.Add(-2*time.Second)
	view.LastEvent, view.EventsCompleteAt = &seen, &checked
	finished := goldenNow.Add(-3 * time.Hour)
	view.LastImport = newImportView(store.Import{
		WorkflowID: "full-import/default", FinishedAt: &finished, Result: asJSON(flow.ImportResult{
			Seconds: 150, Organizations: flow.Counts{Created: 2, Matched: 10}, Devices: flow.Counts{Created: 1840}, Alerts: flow.Counts{Created: 1},
			APICalls: flow.APICalls{Ninjaone: 14, Accelo: 2103, AcceloWrites: 1855},
		}),
	})
	return view
}

// manyHeld returns n devices whose deletion needs approval.
func manyHeld(n int) []store.HeldChange {
	held := make([]store.HeldChange, n)
	for i := range held {
		held[i] = store.HeldChange{Kind: store.Devices, ID: strconv.Itoa(i + 1)}
	}
	return held
}

// unhealthyConnection has everything wrong at once, and its deployment renamed assets.
func unhealthyConnection() status.Connection {
	reset := goldenNow.Add(30 * time.Minute)
	settings := store.Settings{Titles: map[string]store.Label{"asset": {SingularTitle: "Machine", PluralTitle: "Machines"}}}
	c := status.Connection{
		Connection: "acme", WasConnected: true, NinjaoneURL: "https://n.example", AcceloURL: "https://a.example:8443", Labels: settings.Labels(), Todo: []string{`Create the request type "NinjaOne Alerts".`},
		Links: status.Counts{Organizations: 3, Devices: 7}, Waiting: status.Counts{Devices: 2}, OpenAlerts: 14,
		AcceloBudget: status.Budget{Limit: 5000, Remaining: 900, Reset: &reset},
		PendingApproval: &store.PendingApproval{
			WorkflowID: "reconcile/acme", Reason: "14 of 14 open alerts are missing", Since: goldenNow.Add(-5 * time.Minute),
			Changes: manyHeld(21), Count: 21,
		},
		ManualChanges: []status.ManualChange{
			{Kind: "organization", NinjaID: "7", AcceloID: 4711, Field: "name", Label: "name", Kept: "Acme LLC", NinjaOne: "Acme"},
			{Kind: "device", NinjaID: "8", AcceloID: 4712, Field: "title", Label: "title", NinjaOne: "SRV-01"},
		},
		LastReconcile: asJSON(flow.ReconcileResult{
			WorkflowID: "reconcile/acme", StartedAt: goldenNow.Add(-5 * time.Minute), Seconds: 2,
			Healed:   flow.Healed{Triggers: 3, Resets: 2, Requests: 1},
			Webhooks: flow.Webhooks{NinjaOne: "not registered: credentials not accepted", Accelo: flow.Registered},
			Left:     []string{"changed requests: Accelo is unavailable"},
		}),
	}
	for i := range maxRows + 3 {
		c.Failures = append(c.Failures, store.Failure{
			Kind: "device", NinjaID: fmt.Sprint(9 + i), Name: "SRV-09", WorkflowID: "import-organization/acme/7",
			Error: "Accelo rejected the title.", Since: goldenNow.Add(-2 * time.Hour),
		})
	}
	c.Failures[0].Name = ""
	return c
}

func unhealthyView(p *Pages) connectionView {
	view := p.connectionView(unhealthyConnection())
	view.Checklist = checklist(unhealthyConnection(), store.SetupSteps{Reviewed: true})
	finished := goldenNow.Add(-26 * time.Hour)
	view.LastImport = newImportView(store.Import{WorkflowID: "full-import/acme", FinishedAt: &finished, Result: json.RawMessage(`["unknown"]`)})
	return view
}

// previewPage is the import tab with a preview that has more than one page.
func previewPage() importPage {
	finished, estimate := goldenNow.Add(-time.Minute), 4200.0
	run := store.Import{
		ID: "r-0", Plan: true, WorkflowID: "full-import/default", StartedAt: goldenNow.Add(-2 * time.Minute), FinishedAt: &finished,
		Result: asJSON(flow.ImportResult{
			Plan: true, Seconds: 45, EstimatedSeconds: &estimate, Organizations: flow.Counts{Created: 1, Matched: 1}, Devices: flow.Counts{Created: 99},
			APICalls: flow.APICalls{Ninjaone: 14, Accelo: 212, AcceloWrites: 199},
		}),
	}
	return importPage{
		Name: "default", Labels: store.Settings{}.Labels(), Runs: []runRow{{Import: run, Result: *newImportView(run)}},
		Plan: &planView{
			importView: *newImportView(run), Estimate: "70 minutes", Actions: shownActions, Next: "?organization=7&kind=device&id=8",
			Changes: []rules.Change{
				{Kind: rules.OrganizationChange, NinjaID: "7", OrganizationID: 7, Organization: "Acme", Name: "Acme", Action: rules.Match, AcceloID: 70, Why: "It has the same name."},
				{
					Kind: rules.DeviceChange, NinjaID: "8", OrganizationID: 7, Organization: "Acme", Name: "SRV-08", Action: rules.Create,
					Fields: []rules.FieldChange{{Field: "title", After: "SRV-08"}, {Field: "role", Before: "Servers"}},
					Cost:   rules.APICalls{Accelo: 2, AcceloWrites: 2}, Why: "Nothing in Accelo matches it.",
				},
			},
		},
	}
}

// A reconciliation names only what it recovered.
func TestRecovered(t *testing.T) {
	t.Parallel()
	labels := store.Settings{}.Labels()
	require.Equal(t, "No events were missed.", recovered(flow.Healed{}, labels))
	require.Equal(t, "Recovered 1 missed alert.", recovered(flow.Healed{Triggers: 1}, labels))
	require.Equal(t, "Recovered 1 missed reset and 2 request changes.", recovered(flow.Healed{Resets: 1, Requests: 2}, labels))
	require.Equal(t, "Recovered 3 missed alerts, 2 missed resets and 1 request change.",
		recovered(flow.Healed{Triggers: 3, Resets: 2, Requests: 1}, labels))
}

func requireGolden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o750))
		require.NoError(t, os.WriteFile(file, []byte(got), 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), got, "run the test with -update if the new wording is right")
}

// visibleText is what a page says, one line per block, with marks for headings, buttons, links, commands and table cells.
func visibleText(body string) string {
	for _, mark := range []struct{ tag, text string }{
		{`(?s)<!doctype.*?<title>`, "Title: "},
		{`</?svg[^>]*>|<rect[^>]*>`, ""},
		{`<h1[^>]*>`, "\n# "},
		{`<h2[^>]*>`, "\n## "},
		{`<h3[^>]*>`, "\n### "},
		{`<li>`, "\n- "},
		{`<button[^>]*>`, "\n[button] "},
		{`<label[^>]*>`, "\n[textbox] "},
		{`<a [^>]*>`, "[link] "},
		{`</?code>`, "`"},
		{`</t[hd]>\s*<t[hd][^>]*>`, " | "},
		{`</(title|h1|h2|h3|p|li|tr|a|label|button)>|<(p|tr|div|section)[^>]*>`, "\n"},
		{`<[^>]*>`, ""},
	} {
		body = regexp.MustCompile(mark.tag).ReplaceAllString(body, mark.text)
	}
	var text strings.Builder
	for line := range strings.Lines(html.UnescapeString(body)) {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			text.WriteString(line + "\n")
		}
	}
	return text.String()
}

func asJSON(value any) json.RawMessage {
	encoded, err := json.Marshal(value)
	if err != nil {
		return nil
	}
	return encoded
}
