package web_test

import (
	"context"
	"net/http/httptest"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// phoneWidth is the narrowest screen that the page is made for.
const phoneWidth = 375

// browser is a phone in dark mode that notes every error of a page.
type browser struct {
	t       *testing.T
	context context.Context //nolint:containedctx // chromedp keeps the browser in it
	mu      sync.Mutex
	errors  []string
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	program, err := exec.LookPath("chromium")
	require.NoError(t, err, "run `make chromium`")
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.WSURLReadTimeout(time.Minute), chromedp.Flag("disable-dev-shm-usage", true))
	limited, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	t.Cleanup(cancel)
	allocator, stop := chromedp.NewExecAllocator(limited, options...)
	t.Cleanup(stop)
	tab, closeTab := chromedp.NewContext(allocator)
	t.Cleanup(closeTab)
	b := &browser{t: t, context: tab}
	chromedp.ListenTarget(tab, func(event any) {
		b.mu.Lock()
		defer b.mu.Unlock()
		switch event := event.(type) {
		case *runtime.EventExceptionThrown:
			b.errors = append(b.errors, event.ExceptionDetails.Error())
		case *cdplog.EventEntryAdded: // such as what the content security policy blocks, and what can't be loaded
			if event.Entry.Level == cdplog.LevelError {
				b.errors = append(b.errors, event.Entry.Text+" "+event.Entry.URL)
			}
		}
	})
	b.run(
		chromedp.EmulateViewport(phoneWidth, 812),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}),
	)
	return b
}

func (b *browser) run(actions ...chromedp.Action) {
	b.t.Helper()
	require.NoError(b.t, chromedp.Run(b.context, actions...))
}

// loaded waits for what the page loads: without its style sheet, it fits nowhere.
const loaded = `new Promise(done => document.readyState === "complete" ? done(true) : addEventListener("load", () => done(true)))`

// requireFits fails if the page is wider than the phone, not dark, or has had an error.
func (b *browser) requireFits(where string) {
	b.t.Helper()
	var width int
	var ground string
	b.run(
		chromedp.Evaluate(loaded, nil, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }),
		chromedp.Evaluate(`document.documentElement.scrollWidth`, &width),
		chromedp.Evaluate(`getComputedStyle(document.body).backgroundColor`, &ground),
	)
	require.LessOrEqual(b.t, width, phoneWidth, where)
	require.Equal(b.t, "rgb(17, 22, 29)", ground, where)
	b.mu.Lock()
	defer b.mu.Unlock()
	require.Empty(b.t, b.errors, where)
}

// click presses the first link or button with a text.
func click(text string) chromedp.Action {
	return chromedp.Click(`//a[normalize-space()="`+text+`"] | //button[normalize-space()="`+text+`"]`, chromedp.BySearch, chromedp.NodeVisible)
}

// sees waits until the page has an element.
func sees(path string) chromedp.Action { return chromedp.WaitVisible(path, chromedp.BySearch) }

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
	b.run(
		chromedp.Navigate(server.URL+"/integrations"), sees(`//h1[text()="Log in"]`),
		chromedp.SendKeys("#token", adminToken, chromedp.ByQuery),
	)
	b.requireFits("login")
	b.run(click("Log in"), sees(`//h1[text()="Integrations"]`))
	b.requireFits("cards")
	b.run(click("default"), sees(`//h1[normalize-space()="default"]`))
	for _, tab := range []string{"Overview", "Organizations", "Import", "Alerts", "Rules", "Failures", "Settings", "Audit"} {
		b.run(click(tab), sees(`//a[@aria-current="page" and text()="`+tab+`"]`))
		b.requireFits(tab)
	}
	b.run(click("Organizations"), sees(`//button[text()="Match automatically"]`), chromedp.Click("summary", chromedp.ByQuery), sees(`//button[text()="Save"]`))
	b.requireFits("choosing a company")
	b.run(chromedp.Navigate(server.URL+"/integrations/default/records/device/8"), sees(`//button[text()="Sync now"]`))
	b.requireFits("record")

	b.run(click("Import"), click("Full Import"), sees(`//*[@role="status" and text()="Import started."]`))
	f.begin("r-1", false)
	require.NoError(t, f.store.SetPhase(t.Context(), "r-1", flow.PhaseComparing))
	b.run(sees(`//progress`), sees(`//*[@data-progress and text()="Comparing"]`), sees(`//button[text()="Pause"]`))
	b.requireFits("running import")
	f.finish("r-1", flow.ImportResult{Seconds: 2})
	b.run(sees(`//button[text()="Full Import"]`), sees(`//td[contains(., "finished in 2 seconds")]`))
	b.run(click("Log out"), sees(`//h1[text()="Log in"]`))
	b.requireFits("logged out")
}
