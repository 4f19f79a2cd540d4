package web_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/ninjaone"
)

// grantNinjaOne signs in on NinjaOne's pages.
func grantNinjaOne() chromedp.Tasks {
	return chromedp.Tasks{
		sees(`//h1[text()="Sign in to NinjaOne"]`), chromedp.SendKeys("#email", ninjaone.AdministratorEmail, chromedp.ByQuery),
		chromedp.SendKeys("#password", ninjaone.DefaultPassword, chromedp.ByQuery), click("Sign in"), click("Allow"),
	}
}

// grantAccelo logs in and authorizes on Accelo's pages.
func grantAccelo() chromedp.Tasks {
	return chromedp.Tasks{
		sees(`//h1[text()="Log in to Accelo"]`), chromedp.SendKeys("#username", "Turanga.Leela", chromedp.ByQuery),
		chromedp.SendKeys("#password", accelo.DefaultPassword, chromedp.ByQuery), click("Log in"), click("Allow Access"),
	}
}

// A user on a phone connects from NinjaOne's side, disconnects, and connects from Accelo's side: the forms lead to the vendors' own pages and
// back, which the content security policy would stop if a form itself did.
func TestBrowserSignsIn(t *testing.T) {
	t.Parallel()
	s := newSignIns(t, true)
	b := newBrowser(t)
	b.Run(
		chromedp.Navigate(s.page.URL+"/connect/ninjaone"), sees(`//h1[text()="Log in"]`),
		chromedp.SendKeys("#token", adminToken, chromedp.ByQuery), click("Log in"),
	)
	b.Step(grantNinjaOne(), sees(`//h1[text()="Do you already have an Accelo account?"]`))
	b.RequireFits("the question")
	b.InNewTab(click("No, start a trial"), sees(`//h1[text()="Start your free Accelo trial"]`))
	var link string
	b.Step(
		chromedp.Location(&link), chromedp.Navigate(s.page.URL+"/integrations"), sees(`//span[text()="Connecting"]`),
	)
	require.True(t, strings.HasPrefix(link, s.page.URL+"/connect/pending/"), link)
	b.RequireFits("a pending connection's card")
	b.Step(
		click("Resume"), sees(`//h1[text()="Do you already have an Accelo account?"]`), chromedp.SendKeys("#deployment", s.acme.URL, chromedp.ByQuery),
		chromedp.SendKeys("#name", "Begun at NinjaOne", chromedp.ByQuery), click("Yes, log in and authorize"),
	)
	b.Step(grantAccelo(), sees(`//h1[normalize-space()="Begun at NinjaOne"]`))
	b.RequireFits("connected")
	b.Step(click("Settings"), click("Disconnect"), sees(`//h2[contains(., "Disconnect Begun at NinjaOne?")]`), click("Disconnect"), sees(`//h1[text()="Integrations"]`))
	require.Empty(t, s.deployment.Snapshot().Subscriptions, "the webhook goes with the tokens of the user who signed in")
	require.Nil(t, s.msp.Snapshot().Webhook)

	b.Step(
		click("Connect your deployment to NinjaOne"), chromedp.SendKeys("#name", "Begun at Accelo", chromedp.ByQuery),
		chromedp.SetValue("#region", s.ninja.URL, chromedp.ByQuery), chromedp.Click(`input[value="sign-in"][name="auth"]`, chromedp.ByQuery),
		chromedp.SendKeys("#deployment", s.acme.URL, chromedp.ByQuery), chromedp.Click(`input[value="sign-in"][name="accelo_auth"]`, chromedp.ByQuery),
		chromedp.Click(`details > summary`, chromedp.ByQuery), sees(`//button[text()="Copy"]`),
	)
	b.RequireFits("the form")
	b.Step(click("Connect"), grantNinjaOne())
	b.Step(grantAccelo(), sees(`//h1[normalize-space()="Begun at Accelo"]`))
	b.RequireFits("connected again")
	require.Empty(t, s.msp.Lab.Calls.Violations())
}
