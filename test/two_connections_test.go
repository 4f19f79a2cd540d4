package test

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/ninjaone"
)

// A second connection is made on the page of the running program, beside the environment's. Both tenants and both deployments have records of
// the same ids. Its import and its alerts reach its own deployment, and nothing of it the other; removed, it leaves nothing behind.
func TestTwoConnections(t *testing.T) {
	t.Parallel()
	e := newImportedAlertEnv(t, scenario{organizations: 2, devices: 4})
	start := func(name string, arguments ...string) string {
		t.Helper()
		address, err := e.stack.StartSimulator(e.ctx, name, 0, append(arguments, "-seed", "77")...)
		require.NoError(t, err)
		return address
	}
	tenant := simulator[ninjaone.World]{e.testEnv, start("ninjaone-simulator", "-organizations", "2", "-devices", "4", "-alerts", "0")}
	deployment := simulator[accelo.World]{e.testEnv, start("accelo-simulator", "-companies", "2", "-deployment", "second")}
	first := e.accelo.state()

	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	browser := &http.Client{Jar: jar}
	submit := func(path string, values url.Values) string {
		t.Helper()
		request, err := http.NewRequestWithContext(e.ctx, http.MethodPost, e.serveURL+path, strings.NewReader(values.Encode()))
		require.NoError(t, err)
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Origin", e.serveURL)
		response, err := browser.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, http.StatusOK, response.StatusCode, path)
		return response.Request.URL.Path
	}
	submit("/login", url.Values{"token": {adminToken}})
	require.Equal(t, "/integrations/second", submit("/integrations/new", url.Values{
		"name": {"second"}, "region": {tenant.url}, "auth": {"oauth"}, "client_id": {"demo-client"}, "client_secret": {"demo-secret"},
		"deployment": {deployment.url}, "accelo_client_id": {accelo.DefaultClientID}, "accelo_client_secret": {accelo.DefaultClientSecret},
	}))
	require.Equal(t, 0, e.starter("import", "--connection", "second", "--json").Code)
	device := tenant.state().Devices[0]
	before := deployment.state()
	tenant.act("trigger", map[string]any{"device_id": device.ID, "message": "disk full", "severity": "MAJOR"})
	e.waitUntil("the alert has its request and asset in its own deployment", func() bool {
		after := deployment.state()
		return len(after.Requests) == len(before.Requests)+1 && len(after.AssetLinks) == len(before.AssetLinks)+1
	})
	require.Equal(t, first.Requests, e.accelo.state().Requests)
	require.Equal(t, first.Companies, e.accelo.state().Companies)
	require.Equal(t, first.Assets, e.accelo.state().Assets)

	kept := deployment.state()
	submit("/integrations/second/disconnect", url.Values{"confirmed": {"second"}})
	left := deployment.state()
	require.Empty(t, left.Subscriptions)
	require.Nil(t, tenant.state().Webhook)
	require.Equal(t, kept.Requests, left.Requests)
	require.Equal(t, kept.Assets, left.Assets)
	require.NotEmpty(t, e.accelo.state().Subscriptions, "the other connection goes on")
	_, opened := e.openRequest(e.ninjaOne.state().Devices[0].ID, 1)
	require.NotZero(t, opened.ID)
}
