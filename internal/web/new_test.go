package web_test

import (
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/connect"
	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/secret"
	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/ninjaone"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
	"ninjaone-accelo/internal/web"
)

// connecting is a page that really connects, with simulated accounts and the form that names them.
func connecting(t *testing.T) (f *fixture, form url.Values, deployment *accelo.Simulator) {
	t.Helper()
	f = newFixture(t)
	box, err := secret.New(make([]byte, secret.KeySize))
	require.NoError(t, err)
	tenants := tenant.NewProvider(tenant.Options{Store: f.store, Box: box, Logger: slog.New(slog.DiscardHandler)})
	f.serve(web.Options{Operations: operate.New(operate.Options{
		Store: f.store, Tenants: tenants, Connector: func(choices connect.Choices) *connect.Connector {
			return connect.New(f.store, tenants, connect.Options{PublicURL: "https://hooks.example.com", Choices: choices})
		},
	})})
	msp := ninjaone.New(ninjaone.Options{Organizations: 1, Devices: 1})
	deployment = accelo.New(accelo.Options{Deployment: "acme"})
	t.Cleanup(msp.Close)
	t.Cleanup(deployment.Close)
	n, a := httptest.NewServer(msp), httptest.NewServer(deployment)
	t.Cleanup(n.Close)
	t.Cleanup(a.Close)
	return f, url.Values{
		"name": {"Acme"}, "region": {n.URL}, "auth": {"oauth"}, "client_id": {"demo-client"}, "client_secret": {"demo-secret"},
		"deployment": {a.URL}, "accelo_client_id": {accelo.DefaultClientID}, "accelo_client_secret": {accelo.DefaultClientSecret},
	}, deployment
}

// inputs matches the inputs of a form with their values.
var inputs = regexp.MustCompile(`<input[^>]* name="([^"]+)" value="([^"]*)"`)

// post submits a form and returns the answer itself.
func (f *fixture) post(session *http.Cookie, path string, values url.Values) response {
	f.t.Helper()
	request := f.form(path, values)
	request.AddCookie(session)
	return f.send(request)
}

// A connection is made, changed and removed on the page alone.
func TestConnectOnThePage(t *testing.T) {
	t.Parallel()
	f, form, deployment := connecting(t)
	session := f.logIn()
	blank := f.get("/integrations/new", session)
	require.Equal(t, http.StatusOK, blank.code)
	for _, text := range []string{
		"Connect your deployment to NinjaOne", "<legend>NinjaOne</legend>", "<legend>Accelo</legend>", ">Region</label>", ">Deployment</label>",
		"Access Key ID and Secret Access Key", "Client ID and client secret", ">Secret Access Key</label>", ">Connect</button>",
	} {
		require.Contains(t, blank.body, text)
	}
	page := f.press(session, "/integrations/new", form)
	require.Equal(t, http.StatusOK, page.code)
	require.Contains(t, page.body, "Connected. Preview the import next")
	require.Contains(t, page.body, "Acme")
	require.Len(t, deployment.Snapshot().Subscriptions, 1)

	settings := f.get("/integrations/Acme/settings", session)
	require.Contains(t, settings.body, `name="on_reset" value="close"`)
	require.NotContains(t, settings.body, "demo-secret")
	for _, option := range config.OptionNames() {
		require.Contains(t, settings.body, `name="`+option+`"`, "every option is on the page")
	}
	saved := f.press(session, "/integrations/Acme/options", url.Values{
		"on_reset": {"note"}, "shown.on_reset": {"close"}, "default.on_reset": {"1"},
		"request_type": {""}, "shown.request_type": {"NinjaOne Alerts"}, "default.request_type": {"1"},
	})
	require.Contains(t, saved.body, "changed the options meanwhile", "a form that has not seen every option has seen others")

	options := url.Values{}
	for _, input := range inputs.FindAllStringSubmatch(settings.body, -1) {
		options.Set(input[1], html.UnescapeString(input[2]))
	}
	options.Set("on_reset", "note")
	require.Contains(t, f.press(session, "/integrations/Acme/options", options).body, "Saved.")
	stored, err := f.store.Connection(t.Context(), "Acme")
	require.NoError(t, err)
	require.Equal(t, map[string]string{"on_reset": "note"}, stored.Chosen, "what nobody touched keeps its default")
	require.Contains(t, f.press(session, "/integrations/Acme/options", options).body, "changed the options meanwhile", "the second is told")
	options.Set("shown.on_reset", "note")
	options.Del("default.on_reset")
	options.Set("on_reset", "explode")
	require.Contains(t, f.press(session, "/integrations/Acme/options", options).body, "write one of close, close-unclaimed, note")

	kept := f.press(session, "/integrations/Acme/credentials", url.Values{"auth": {"oauth"}})
	require.Contains(t, kept.body, "Both vendors accept the credentials.")
	wrong := f.press(session, "/integrations/Acme/credentials", url.Values{"auth": {"oauth"}, "client_secret": {"wrong"}})
	require.Contains(t, wrong.body, "does not accept the credentials")

	asked := f.post(session, "/integrations/Acme/disconnect", nil)
	require.Equal(t, "/integrations/Acme/settings?disconnect=confirm", asked.header.Get("Location"))
	require.Contains(t, f.get("/integrations/Acme/settings?disconnect=confirm", session).body, "stay as they are")
	gone := f.press(session, "/integrations/Acme/disconnect", url.Values{"confirmed": {"Acme"}})
	require.Contains(t, gone.body, "Disconnected Acme.")
	require.Empty(t, deployment.Snapshot().Subscriptions)
	_, err = f.store.Connection(t.Context(), "Acme")
	require.ErrorIs(t, err, store.ErrNotFound)
}

// Every trouble has a clear message beside the field at fault, keeps what was entered but no secret, and stores nothing.
func TestConnectTroubles(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		field, value, want string
	}{
		"a hostile name":    {"name", "<script>alert(1)</script>{{.}}", "Name is not usable"},
		"the page's name":   {"name", "new", "is taken by the page"},
		"no secret":         {"client_secret", "", "is not set"},
		"a wrong secret":    {"client_secret", "wrong", "NinjaOne does not accept the credentials"},
		"a wrong Accelo":    {"accelo_client_secret", "wrong", "Accelo does not accept the credentials"},
		"no such region":    {"region", "http://127.0.0.1:1", "Cannot reach NinjaOne"},
		"a region unsafe":   {"region", "http://ninja.example.com", "plain http"},
		"no deployment":     {"deployment", "", "is not set"},
		"a template as key": {"client_id", "{{template}}", "NinjaOne"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, form, _ := connecting(t)
			session := f.logIn()
			form.Set(test.field, test.value)
			got := f.post(session, "/integrations/new", form)
			require.Equal(t, http.StatusUnprocessableEntity, got.code)
			require.Contains(t, got.body, test.want)
			require.Contains(t, got.body, `value="`+accelo.DefaultClientID+`"`, "what was entered stays")
			require.NotContains(t, got.body, "demo-secret")
			require.NotContains(t, got.body, "<script>alert")
			connections, err := f.store.Connections(t.Context())
			require.NoError(t, err)
			require.Empty(t, connections)
		})
	}
}

// Only someone who has logged in may connect.
func TestConnectNeedsASession(t *testing.T) {
	t.Parallel()
	f, form, _ := connecting(t)
	require.Equal(t, http.StatusSeeOther, f.get("/integrations/new").code)
	require.Equal(t, http.StatusSeeOther, f.send(f.form("/integrations/new", form)).code)
	connections, err := f.store.Connections(t.Context())
	require.NoError(t, err)
	require.Empty(t, connections)
}
