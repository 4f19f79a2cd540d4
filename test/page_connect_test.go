package test

import (
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
)

// connectsWithKeys makes a connection with the green button, first with a wrong secret.
func (e *pageEnv) connectsWithKeys() {
	e.t.Helper()
	e.browser.Step(click("Connect your deployment to NinjaOne"), sees(`//button[text()="Connect"]`))
	e.browser.Inspect("new connection")
	e.browser.Step(
		fill("name", fromAccelo), fill("region", e.ninjaOne.url), fill("client_id", "demo-client"), fill("client_secret", "wrong"),
		fill("deployment", e.accelo.url), fill("accelo_client_id", accelo.DefaultClientID), fill("accelo_client_secret", accelo.DefaultClientSecret),
	)
	e.browser.Picture("connect-keys", "body", 1200)
	e.browser.Step(
		click("Connect"), sees(`//*[@role="alert" and contains(., "compare Client secret")]`),
	)
	e.browser.Forgive()
	e.browser.Inspect("wrong secret")
	e.browser.Step(
		fill("client_secret", "demo-secret"), fill("accelo_client_secret", accelo.DefaultClientSecret), click("Connect"),
		sees(`//h1[normalize-space()="`+fromAccelo+`"]`), sees(`//*[@role="status" and contains(., "Preview the import next")]`),
	)
	e.browser.Inspect("connected")
}

// connectsFromNinjaOne begins at NinjaOne, says that there is an Accelo account, and imports.
func (e *pageEnv) connectsFromNinjaOne() {
	e.t.Helper()
	e.asksAboutAccelo()
	e.browser.Inspect("question")
	e.browser.Picture("connect-question", "body", 800)
	e.browser.Step(fill("deployment", e.second.accelo.url), fill("name", fromNinjaOne), click("Yes, log in and authorize"))
	e.browser.Step(
		authorizeAccelo(acceloUser, accelo.DefaultPassword), sees(`//h1[normalize-space()="`+fromNinjaOne+`"]`),
		click("Import"), click("Full Import"), sees(`//td[contains(., "finished in")]`),
	)
	require.Len(e.t, e.second.accelo.state().Subscriptions, 1)
}

func (e *pageEnv) asksAboutAccelo() {
	e.t.Helper()
	e.browser.Step(e.open("/connect/ninjaone"), signInAtNinjaOne(), sees(`//h1[text()="Do you already have an Accelo account?"]`))
}

// startsTrial begins at NinjaOne once more, without an Accelo account: the connection waits while the user signs up, and completes by itself.
func (e *pageEnv) startsTrial() {
	e.t.Helper()
	e.asksAboutAccelo()
	const email, password = "zapp@slurm.example", "a long password"
	var link, trial string
	e.browser.Run(chromedp.Location(&link))
	e.browser.InNewTab(click("No, start a trial"),
		sees(`//h1[text()="Start your free Accelo trial"]`), fill("company", fromTrial), fill("firstname", "Zapp"), fill("surname", "Brannigan"),
		fill("email", email), fill("password", password), click("Start my free trial"),
		sees(`//h1[text()="Your Accelo trial is ready"]`), chromedp.Text(`//li`, &trial, chromedp.BySearch),
	)
	e.browser.Step(e.open("/integrations"), sees(`//span[text()="Connecting"]`))
	e.browser.Inspect("waiting")
	e.browser.Step(
		chromedp.Navigate(link), sees(`//button[text()="Yes, log in and authorize"]`),
		fill("deployment", trial), fill("name", fromTrial), click("Yes, log in and authorize"),
	)
	e.browser.Step(authorizeAccelo(email, password), sees(`//h1[normalize-space()="`+fromTrial+`"]`))
	e.browser.Inspect("connected to a trial")
}
