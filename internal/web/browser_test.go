package web_test

import (
	"net/http/httptest"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/local/browsertest"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

var (
	newBrowser  = browsertest.New
	click, sees = browsertest.Click, browsertest.Sees
)

// A user on a phone in dark mode logs in, opens a connection and all of its tabs, and follows an import as it runs.
func TestBrowser(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.connect("default", "Create the request type NinjaOne Alerts.")
	f.link(store.KeyOf("default", store.Devices, 8), 80, rules.ManualChange{Field: "title", Accelo: "Reception", Ninja: "SRV-08"})
	f.fail(store.Failure{
		Connection: "default", Kind: store.Devices, NinjaID: "9", Name: "SRV-0123456789-0123456789-0123456789-0123456789", OrganizationID: 7,
		WorkflowID: "import-organization/default/7", Error: "Accelo rejected the title",
	})
	require.NoError(t, f.store.NoteOrganizations(t.Context(), "default", []store.NamedOrganization{{NinjaID: "7", Name: "Planet Express"}}))
	f.trigger(rules.Alert{UID: "u-1", DeviceID: 8, DeviceName: "SRV-08", OrganizationID: 7, Message: "Disk C: is full"}, 31)
	server := httptest.NewServer(f.mux)
	t.Cleanup(server.Close)

	b := newBrowser(t)
	b.Run(
		chromedp.Navigate(server.URL+"/integrations"), sees(`//h1[text()="Log in"]`),
		chromedp.SendKeys("#token", adminToken, chromedp.ByQuery),
	)
	b.RequireFits("login")
	b.Run(click("Log in"), sees(`//h1[text()="Integrations"]`))
	b.RequireFits("cards")
	b.Run(click("default"), sees(`//h1[normalize-space()="default"]`))
	for _, tab := range []string{"Overview", "Organizations", "Import", "Alerts", "Rules", "Failures", "Settings", "Audit"} {
		b.Run(click(tab), sees(`//a[@aria-current="page" and text()="`+tab+`"]`))
		b.RequireFits(tab)
	}
	b.Run(click("Organizations"), sees(`//button[text()="Match automatically"]`), chromedp.Click("summary", chromedp.ByQuery), sees(`//button[text()="Save"]`))
	b.RequireFits("choosing a company")
	b.Run(chromedp.Navigate(server.URL+"/integrations/default/records/device/8"), sees(`//button[text()="Sync now"]`))
	b.RequireFits("record")

	b.Run(click("Import"), click("Full Import"), sees(`//*[@role="status" and text()="Import started."]`))
	f.begin("r-1", false)
	require.NoError(t, f.store.SetPhase(t.Context(), "r-1", flow.PhaseComparing))
	b.Run(sees(`//progress`), sees(`//*[@data-progress and text()="Comparing"]`), sees(`//button[text()="Pause"]`))
	b.RequireFits("running import")
	f.finish("r-1", flow.ImportResult{Seconds: 2})
	b.Run(sees(`//button[text()="Full Import"]`), sees(`//td[contains(., "finished in 2 seconds")]`))
	b.Run(click("Log out"), sees(`//h1[text()="Log in"]`))
	b.RequireFits("logged out")
}
