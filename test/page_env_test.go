package test

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/local/browsertest"
	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/ninjaone"
)

var click, sees, fill = browsertest.Click, browsertest.Sees, browsertest.Fill

const (
	adminToken = "a token for tests alone"
	// acceloUser is a user of every simulated deployment.
	acceloUser = "Turanga.Leela"
)

// pageEnv is a running product whose environment defines no connection: a user makes them on the page, in a browser. The vendors know the page's
// redirect URIs, and the second tenant and deployment are those of `/connect/ninjaone`.
type pageEnv struct {
	*testEnv
	browser  *browsertest.Browser
	serveURL string
	second   struct {
		ninjaOne simulator[ninjaone.World]
		accelo   simulator[accelo.World]
	}
}

func newPageEnv(t testing.TB, s scenario) *pageEnv {
	t.Helper()
	e := &pageEnv{}
	s.prepare = func(created *testEnv, s *scenario) {
		e.testEnv = created
		url, err := created.stack.ServeURL(created.ctx)
		require.NoError(t, err)
		tenant, deployment := e.reserve(), e.reserve()
		e.second.ninjaOne, e.second.accelo = simulator[ninjaone.World]{created, "http://" + tenant}, simulator[accelo.World]{created, "http://" + deployment}
		s.ninjaOne = append(s.ninjaOne, "-redirect-uri", url+"/connect/ninjaone/callback", "-also", tenant)
		s.accelo = append(s.accelo, "-redirect-uri", url+"/connect/accelo/callback", "-also", "momcorp@"+deployment)
	}
	newTestEnv(t, s)
	e.stack.Set(
		"NINJAONE_CLIENT_ID=", "NINJAONE_CLIENT_SECRET=", "ACCELO_URL=", "ACCELO_CLIENT_ID=", "ACCELO_CLIENT_SECRET=",
		"TEMPORAL_UI_URL=http://127.0.0.1:8233", "NINJAONE_URL="+e.second.ninjaOne.url, "ACCELO_TRIAL_URL="+e.accelo.url+"/signup/",
		"NINJAONE_WEB_CLIENT_ID="+ninjaone.DefaultWebClientID, "NINJAONE_WEB_CLIENT_SECRET="+ninjaone.DefaultWebClientSecret,
		"ACCELO_WEB_CLIENT_ID="+accelo.DefaultWebClientID, "ACCELO_WEB_CLIENT_SECRET="+accelo.DefaultWebClientSecret,
	)
	url, err := e.stack.ServeURL(e.ctx)
	require.NoError(t, err)
	e.stack.Set("PUBLIC_URL=" + url)
	e.startWorker()
	_, e.serveURL, err = e.stack.StartServe(e.ctx)
	require.NoError(t, err)
	e.browser = browsertest.New(t)
	return e
}

func (e *pageEnv) reserve() string {
	e.t.Helper()
	address, err := e.stack.Reserve(e.ctx, 0)
	require.NoError(e.t, err)
	return address
}

// open loads one of our pages.
func (e *pageEnv) open(path string) chromedp.Action { return chromedp.Navigate(e.serveURL + path) }

// reloadsUntil reloads the page until it has an element: what it shows goes on without it.
func (e *pageEnv) reloadsUntil(path string) {
	e.t.Helper()
	e.waitUntil("the page shows "+path, func() bool {
		var found bool
		e.browser.Step(chromedp.Reload(), chromedp.WaitReady("main", chromedp.ByQuery),
			chromedp.Evaluate("document.evaluate(`"+path+"`, document, null, XPathResult.BOOLEAN_TYPE).booleanValue", &found))
		return found
	})
}

// signInAtNinjaOne signs in on NinjaOne's pages and allows access.
func signInAtNinjaOne() chromedp.Action {
	return chromedp.Tasks{
		sees(`//h1[text()="Sign in to NinjaOne"]`), fill("email", ninjaone.AdministratorEmail), fill("password", ninjaone.DefaultPassword),
		click("Sign in"), click("Allow"),
	}
}

// authorizeAccelo logs in on Accelo's pages and allows access.
func authorizeAccelo(user, password string) chromedp.Action {
	return chromedp.Tasks{
		sees(`//h1[text()="Log in to Accelo"]`), fill("username", user), fill("password", password), click("Log in"), click("Allow Access"),
	}
}

// logIn logs in on the page that the browser is on.
func logIn() chromedp.Action {
	return chromedp.Tasks{sees(`//h1[text()="Log in"]`), fill("token", adminToken), click("Log in")}
}
