//go:build !unit

// Package simulator_test drives the pages of both simulators in a browser.
package simulator_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/local/browsertest"
	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/ninjaone"
)

// browser finds things by role and name, as a screen reader does.
type browser struct {
	*browsertest.Browser
	t *testing.T
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	return &browser{browsertest.New(t), t}
}

// open loads an address.
func (b *browser) open(address string) {
	b.t.Helper()
	b.Run(chromedp.Navigate(address))
}

// find returns the only element with a role and a name.
func (b *browser) find(role, name string) cdp.BackendNodeID {
	b.t.Helper()
	var found cdp.BackendNodeID
	b.Run(chromedp.ActionFunc(func(ctx context.Context) error {
		root, err := dom.GetDocument().Do(ctx)
		if err != nil {
			return err
		}
		nodes, err := accessibility.QueryAXTree().WithBackendNodeID(root.BackendNodeID).WithRole(role).WithAccessibleName(name).Do(ctx)
		if err == nil && len(nodes) == 1 {
			found = nodes[0].BackendDOMNodeID
		}
		return err
	}))
	require.NotZero(b.t, found, "%s %q", role, name)
	return found
}

// fill types into a text field.
func (b *browser) fill(name, text string) {
	b.t.Helper()
	field := b.find("textbox", name)
	b.Run(chromedp.ActionFunc(func(ctx context.Context) error { return dom.Focus().WithBackendNodeID(field).Do(ctx) }), chromedp.KeyEvent(text))
}

// press clicks a button or link and waits for the next page.
func (b *browser) press(role, name string) {
	b.t.Helper()
	button := b.find(role, name)
	_, err := chromedp.RunResponse(b.Context,
		chromedp.ActionFunc(func(ctx context.Context) error { return dom.Focus().WithBackendNodeID(button).Do(ctx) }), chromedp.KeyEvent("\r"))
	require.NoError(b.t, err)
}

// address returns the address of the page.
func (b *browser) address() *url.URL {
	b.t.Helper()
	var location string
	b.Run(chromedp.Location(&location))
	parsed, err := url.Parse(location)
	require.NoError(b.t, err)
	return parsed
}

// serve serves a handler for one test and returns its URL.
func serve(t *testing.T, handler http.Handler) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// callback is the client's side, where the browser returns to.
func callback(t *testing.T) string {
	t.Helper()
	return serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})) + "/callback"
}

// A technician signs in to NinjaOne and allows or denies access.
func TestNinjaOnePages(t *testing.T) {
	t.Parallel()
	back := callback(t)
	tenant := ninjaone.New(ninjaone.Options{RedirectURIs: []string{back}})
	t.Cleanup(tenant.Close)
	b := newBrowser(t)
	start := serve(t, tenant) + "/ws/oauth/authorize?" + url.Values{
		"response_type": {"code"}, "client_id": {ninjaone.DefaultWebClientID}, "redirect_uri": {back}, "scope": {"monitoring"}, "state": {"s"},
	}.Encode()
	for button, member := range map[string]string{"Allow": "code", "Deny": "error"} {
		b.open(start)
		b.find("heading", "Sign in to NinjaOne")
		b.fill("Email", ninjaone.AdministratorEmail)
		b.fill("Password", "wrong")
		b.press("button", "Sign in")
		b.find("alert", "")
		b.fill("Password", ninjaone.DefaultPassword)
		b.press("button", "Sign in")
		b.find("heading", "Authorize Demo Web Application")
		b.press("button", button)
		require.Equal(t, back, "http://"+b.address().Host+b.address().Path)
		require.Equal(t, "s", b.address().Query().Get("state"))
		require.NotEmpty(t, b.address().Query().Get(member))
	}
	b.open(serve(t, tenant) + "/ws/oauth/authorize?client_id=" + ninjaone.DefaultWebClientID)
	b.find("heading", "Authorization failed")
}

// Someone starts a trial of Accelo, logs in to it and allows or declines access.
func TestAcceloPages(t *testing.T) {
	t.Parallel()
	back := callback(t)
	deployment := accelo.New(accelo.Options{RedirectURIs: []string{back}})
	t.Cleanup(deployment.Close)
	b := newBrowser(t)
	b.open(serve(t, deployment) + "/signup/")
	b.find("heading", "Start your free Accelo trial")
	for label, text := range map[string]string{
		"Company name": "Momcorp", "First name": "Carol", "Last name": "Miller", "Work email": "mom@momcorp.example", "Password": "robot-oil",
		"Accelo address": "momcorp",
	} {
		b.fill(label, text)
	}
	b.press("button", "Start my free trial")
	b.find("heading", "Your Accelo trial is ready")
	b.find("link", "Open momcorp")

	for button, member := range map[string]string{"Allow Access": "code", "No thanks": "error"} {
		b.open(deployment.Trials()[0].URL + "/oauth2/v0/authorize?response_type=code&scope=read(all)&state=s&client_id=" +
			url.QueryEscape(accelo.DefaultWebClientID) + "&redirect_uri=" + url.QueryEscape(back))
		b.find("heading", "Log in to Accelo")
		b.fill("Username or email", "mom@momcorp.example")
		b.fill("Password", "robot-oil")
		b.press("button", "Log in")
		b.find("heading", "Demo Web Application")
		b.press("button", button)
		require.Equal(t, back, "http://"+b.address().Host+b.address().Path)
		require.Equal(t, "s", b.address().Query().Get("state"))
		require.NotEmpty(t, b.address().Query().Get(member))
	}
}
