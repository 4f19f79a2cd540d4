package test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/local/browsertest"
	"ninjaone-accelo/internal/simulator/lab"
)

// The names that the user of the test gives the connections.
const (
	fromAccelo   = "Planet Express"
	fromNinjaOne = "Momcorp"
	fromTrial    = "Slurm"
)

// A user makes connections on the page, from either side and with a trial, previews and imports, pauses, and retries what failed. Every page that is
// seen on the way is inspected: no errors, nothing from another host, no wider than a phone, dark where the user likes it dark, and accessible.
func TestPage(t *testing.T) {
	t.Parallel()
	e := newPageEnv(t, scenario{organizations: 12, devices: 60, companies: 8, ninjaOne: []string{"-alerts", "4"}})
	e.browser.Run(e.open("/integrations"), sees(`//h1[text()="Log in"]`))
	e.browser.Inspect("log in")
	e.browser.Step(logIn(), sees(`//h2[text()="No connections yet"]`))
	e.browser.Inspect("no connections")

	e.connectsWithKeys()
	e.previews()
	e.imports()
	e.retries()
	e.looksAround()

	e.connectsFromNinjaOne()
	e.startsTrial()
	e.asksAboutAccelo() // and leaves it there
	e.browser.Step(e.open("/integrations"), sees(`//a[normalize-space()="`+fromTrial+`"]`))
	e.browser.Inspect("integrations")
	e.browser.Picture("integrations", "body", 800)
	require.Empty(t, e.ninjaOne.violations())
	require.Empty(t, e.accelo.violations())
}

// previews matches the organizations and looks at every change of an import before it.
func (e *pageEnv) previews() {
	e.t.Helper()
	e.browser.Step(click("Organizations"), click("Match automatically"), sees(`//button[text()="Confirm"]`))
	e.browser.Inspect("organizations proposed")
	e.browser.Picture("connect-organizations", "body", 900)
	e.browser.Step(click("Confirm"), sees(`//*[@role="status" and starts-with(normalize-space(), "Confirmed")]`))
	e.browser.Step(click("Import"), sees(`//button[text()="Full Import"]`))
	e.browser.Inspect("import")
	e.browser.Step(click("Preview import"), sees(`//h2[text()="Preview"]`))
	e.browser.Inspect("preview")
	e.browser.Picture("connect-preview", "[aria-labelledby=plan]", 640)
	require.Equal(e.t, e.initial.Companies, e.accelo.state().Companies, "a preview writes nothing")
}

// imports starts the import, pauses it, and lets it go on. Accelo rejects one company.
func (e *pageEnv) imports() {
	e.t.Helper()
	e.accelo.setFaults(
		lab.Fault{Kind: "not-ok-200", Method: "POST", Path: "/companies$", Count: 1, Params: map[string]string{
			"status": "invalid_request", "message": "Companies can't be added while this deployment is being updated.",
		}},
		lab.Fault{Kind: lab.FaultDelay, Method: "POST", Path: "/assets$", DelayMillis: 2000},
	)
	e.browser.Step(click("Full Import"), sees(`//progress`), sees(`//button[text()="Pause"]`))
	e.waitUntil("the import creates assets", func() bool { return e.accelo.count("POST", "/assets") > 2 })
	e.browser.Step(click("Pause"), sees(`//h3[text()="Import paused"]`), sees(`//progress`))
	e.browser.Inspect("import running")
	e.browser.Picture("connect-import", "body", 800)
	e.accelo.setFaults()
	e.browser.Step(click("Resume"), sees(`//td[contains(., "finished in")]`), sees(`//button[text()="Full Import"]`))
	e.browser.Inspect("import finished")
}

// retries retries the record that Accelo rejected.
func (e *pageEnv) retries() {
	e.t.Helper()
	e.browser.Step(click("Failures"), sees(`//button[text()="Retry"]`))
	e.browser.Inspect("failures")
	e.browser.Picture("connect-failures", "body", 800)
	e.browser.Step(click("Retry"), sees(`//*[@role="status" and contains(., "Retrying")]`))
	e.reloadsUntil(`//p[text()="None."]`)
	e.browser.Inspect("no failures")
}

// looksAround inspects the pages that nothing has led to yet.
func (e *pageEnv) looksAround() {
	e.t.Helper()
	for _, tab := range []string{"Overview", "Organizations", "Alerts", "Rules", "Settings", "Audit"} {
		e.browser.Step(click(tab), sees(`//a[@aria-current="page" and text()="`+tab+`"]`))
		e.browser.Inspect(tab)
	}
	e.browser.Step(click("Overview"), click("Reconcile now"), sees(`//*[@role="status" and text()="Reconciliation started."]`))
	for _, tab := range []string{"Organizations", "Alerts"} {
		e.browser.Step(click(tab), browsertest.Press(`//tbody//th/a`), sees(`//h3[text()="Events"]`))
		e.browser.Inspect("record from " + tab)
	}
}
