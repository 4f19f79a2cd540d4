package connect_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/connect"
	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/ninjaone"
	"ninjaone-accelo/internal/store"
)

// sandbox returns a connection to a sandbox deployment that has synced organization 5 as company 1001.
func sandbox(t testing.TB) *rig {
	t.Helper()
	r := newRig(t, ninjaone.Options{Organizations: 3, Devices: 10, AccessKeyID: "key", SecretAccessKey: "key-secret"},
		accelo.Options{Deployment: "sandbox", Companies: 2})
	r.options.PublicURL = "https://hooks.example.com"
	require.True(t, r.connect().Ready)
	r.sync(1001)
	return r
}

// sync stores that organization 5 is a company.
func (r *rig) sync(company int64) {
	r.t.Helper()
	_, err := r.store.Relink(r.t.Context(), store.Correction{
		Key: store.KeyOf(r.name, store.Organizations, 5), Actor: "a test", OrganizationID: 5, AcceloID: company, CompanyID: company,
	})
	require.NoError(r.t, err)
}

// company returns the company of organization 5, or 0.
func (r *rig) company() int64 {
	r.t.Helper()
	links, err := r.store.LinksByID(r.t.Context(), r.name, store.Organizations, []string{"5"})
	require.NoError(r.t, err)
	return links["5"].AcceloID
}

// otherDeployment points the credentials to another deployment, where the same client ID and company IDs exist.
func (r *rig) otherDeployment(label string) *accelo.Simulator {
	r.t.Helper()
	other := accelo.New(accelo.Options{Deployment: label, Companies: 2, Seed: 9})
	r.t.Cleanup(other.Close)
	r.credentials.Accelo.URL = serve(r.t, other)
	return other
}

// otherTenant points the credentials to another tenant, where the same client ID and device IDs exist.
func (r *rig) otherTenant(options ninjaone.Options) *ninjaone.Simulator {
	r.t.Helper()
	other := ninjaone.New(options)
	r.t.Cleanup(other.Close)
	r.credentials.NinjaOne.URL = serve(r.t, other)
	return other
}

// requireRefused requires that a run stored and wrote nothing, and says how to go on.
func (r *rig) requireRefused(report connect.Report, before store.Connection, reasons ...string) {
	r.t.Helper()
	require.Equal(r.t, connect.PairRefused, report.Pair.Change, report.Pair)
	require.False(r.t, report.Ready)
	require.Len(r.t, report.Todo, 1)
	for _, part := range append(reasons, "Nothing was changed", "`starter connect --new-pair`", "`starter connect --same-pair`", "1 organization") {
		require.Contains(r.t, report.Todo[0], part)
	}
	require.Equal(r.t, before, r.stored())
	require.Equal(r.t, int64(1001), r.company())
}

// Credentials of another deployment don't inherit the links of the first: `connect` refuses, and everything goes on as before.
func TestConnectRefusesAnotherDeployment(t *testing.T) {
	t.Parallel()
	r := sandbox(t)
	before := r.stored()
	require.Equal(t, "sandbox", before.Identity.Accelo.Deployment)
	production := r.otherDeployment("production")
	for range 2 {
		r.requireRefused(r.connect(), before, "belongs to the Accelo deployment sandbox, and the credentials are for production")
	}
	for _, call := range production.Lab().Calls.Calls(100) {
		require.Equal(t, http.MethodGet, strings.Replace(call.Method, "POST", "GET", 1), call.Path)
		require.NotContains(t, call.Path, "/assets", "nothing may be provisioned before the accounts are known")
	}
	require.Len(t, r.accelo.Snapshot().Subscriptions, 1)
}

// With the choice to move, the next pair begins with nothing of the former one, and the former deployment sends nothing any more.
func TestConnectMovesToANewPair(t *testing.T) {
	t.Parallel()
	r := sandbox(t)
	before := r.stored()
	secrets, err := r.provider.WebhookSecrets(t.Context(), r.name)
	require.NoError(t, err)
	production := r.otherDeployment("production")
	r.options.NewPair = true
	report := r.connect()
	require.Equal(t, connect.PairMoved, report.Pair.Change)
	require.Equal(t, int64(2), report.Pair.Number)
	require.True(t, report.Ready)
	require.Equal(t, "production", report.Accelo.Deployment)
	require.Zero(t, r.company())
	after := r.stored()
	require.Equal(t, int64(2), after.PairNumber)
	require.Equal(t, "production", after.Identity.Accelo.Deployment)
	require.Equal(t, r.credentials.Accelo.URL, after.AcceloURL)
	require.NotZero(t, before.Settings.AssetType.ID)
	require.Equal(t, *report.AssetType.ID, after.Settings.AssetType.ID)
	renewed, err := r.provider.WebhookSecrets(t.Context(), r.name)
	require.NoError(t, err)
	require.NotContains(t, renewed.NinjaOne, secrets.NinjaOne[0], "what the former accounts send is refused")
	require.Empty(t, r.accelo.Snapshot().Subscriptions)
	require.Len(t, production.Snapshot().Subscriptions, 1)

	r.sync(2002)
	again := r.connect()
	require.Equal(t, connect.PairKept, again.Pair.Change, "the choice applies to other accounts only")
	require.Equal(t, int64(2002), r.company())
	require.Empty(t, again.Pair.Reason)
}

// The same deployment at another address keeps everything, whatever names it.
func TestConnectKeepsTheSameDeployment(t *testing.T) {
	t.Parallel()
	const forbidden = `{"response":null,"meta":{"status":"invalid_permission","message":"no"}}`
	for name, replies := range map[string]map[string]reply{
		"tokeninfo":          nil,
		"tokeninfo refused":  {"GET /api/v0/tokeninfo": {403, forbidden}},
		"nothing in it":      {"GET /api/v0/tokeninfo": {200, `{"response":{"staff_id":"14"},"meta":{"status":"ok"}}`}},
		"as a whole address": {"GET /api/v0/tokeninfo": {200, `{"response":{"deployment":"https://SANDBOX.accelo.com"},"meta":{"status":"ok"}}`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := sandbox(t)
			require.NoError(t, r.store.SaveCapability(t.Context(), r.name, "link_assets_to_requests", true))
			before := r.stored()
			r.replies = replies
			proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
				if request.Header.Get("Authorization") == "" && request.URL.Path == "/api/v0/tokeninfo" {
					r.accelo.ServeHTTP(w, request) // CheckDeployment
					return
				}
				r.serveAccelo(w, request)
			}))
			t.Cleanup(proxy.Close)
			r.credentials.Accelo.URL = proxy.URL
			report := r.connect()
			require.Equal(t, connect.PairKept, report.Pair.Change, report.Pair.Reason)
			require.True(t, report.Ready)
			require.Equal(t, int64(1001), r.company())
			after := r.stored()
			require.Equal(t, proxy.URL, after.AcceloURL)
			require.Equal(t, before.Settings, after.Settings, "what was learned about the deployment stays")
			require.Equal(t, before.PairSince, after.PairSince)
		})
	}
}

// If nothing names the deployment, another address might lead anywhere: that is for the user to say. The same application at the same
// address needs no name.
func TestConnectToAnUnnamedDeployment(t *testing.T) {
	t.Parallel()
	unnamed := map[string]reply{
		"GET /api/v0/tokeninfo": {200, `{"response":{"staff_id":"14"},"meta":{"status":"ok"}}`},
		"POST /oauth2/v0/token": {200, `{"access_token":"x","token_type":"Bearer","expires_in":"3600"}`},
		"GET /api/v0/user":      {200, `{"response":{},"meta":{"status":"ok"}}`},
	}
	r := sandbox(t)
	before := r.stored()
	address := r.credentials.Accelo.URL
	r.replies = unnamed
	r.credentials.Accelo.URL = serve(t, http.HandlerFunc(r.serveAccelo))
	r.requireRefused(r.connect(), before, "doesn't say whether")

	r.options.SamePair = true
	report := r.connect()
	require.Equal(t, connect.PairKept, report.Pair.Change)
	require.Contains(t, report.Pair.Reason, "doesn't say whether")
	require.Equal(t, int64(1001), r.company())

	r.options.SamePair, r.replies, r.credentials.Accelo.URL = false, nil, address
	report = r.connect()
	require.Equal(t, connect.PairKept, report.Pair.Change, "the user vouched for the deployment that was known: %s", report.Pair.Reason)
}

// Credentials of another tenant are recognized by its records, because NinjaOne names no tenant, and every tenant of a region has the
// same address.
func TestConnectRefusesAnotherTenant(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		tenant ninjaone.Options
		reason string
	}{
		{"other devices of the same ids", ninjaone.Options{Seed: 9, Organizations: 3, Devices: 10}, "is another device there"},
		{"the same world, set up later", ninjaone.Options{Organizations: 3, Devices: 10, Now: func() time.Time { return time.Now().Add(time.Hour) }}, "is another device there"},
		{"organizations without devices", ninjaone.Options{Seed: 9, Organizations: 40}, "organization"},
		{"an empty tenant", ninjaone.Options{}, "none of 10 devices, 0 of 3 organizations"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := sandbox(t)
			before := r.stored()
			require.Len(t, before.Identity.NinjaOne.Devices, 10)
			other := r.otherTenant(test.tenant)
			r.requireRefused(r.connect(), before, test.reason)
			require.Nil(t, other.Snapshot().Webhook)

			r.options.NewPair = true
			report := r.connect()
			require.Equal(t, connect.PairMoved, report.Pair.Change)
			require.Zero(t, r.company())
			require.NotNil(t, other.Snapshot().Webhook)
			state, err := r.store.ReconcileState(t.Context(), r.name)
			require.NoError(t, err)
			require.NotZero(t, state.Cursor, "the other tenant's activity log begins now")
		})
	}
}

// The same tenant under another address, or with another application, keeps everything.
func TestConnectKeepsTheSameTenant(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*rig){
		"another address": func(r *rig) { r.credentials.NinjaOne.URL = serve(r.t, r.ninjaOne) },
		"the legacy keys": func(r *rig) {
			r.credentials.NinjaOne.ClientID, r.credentials.NinjaOne.ClientSecret = "", ""
			r.credentials.NinjaOne.AccessKeyID, r.credentials.NinjaOne.SecretAccessKey = "key", "key-secret"
		},
		"another address, devices deleted and organizations renamed": func(r *rig) {
			world := r.ninjaOne.Snapshot()
			for _, device := range world.Devices[:7] {
				require.NoError(r.t, r.ninjaOne.DeleteDevice(device.ID))
			}
			require.NoError(r.t, r.ninjaOne.RenameOrganization(world.Organizations[0].ID, "Wernstrom Labs"))
			r.credentials.NinjaOne.URL = serve(r.t, r.ninjaOne)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := sandbox(t)
			state, err := r.store.ReconcileState(t.Context(), r.name)
			require.NoError(t, err)
			change(r)
			report := r.connect()
			require.Equal(t, connect.PairKept, report.Pair.Change, report.Pair.Reason)
			require.True(t, report.Ready)
			require.Equal(t, int64(1001), r.company())
			require.Equal(t, r.credentials.NinjaOne.URL, r.stored().NinjaoneURL)
			after, err := r.store.ReconcileState(t.Context(), r.name)
			require.NoError(t, err)
			require.Equal(t, state.Cursor, after.Cursor, "the activity log goes on")
		})
	}
}

// A connection that has synced nothing has nothing that other accounts could mistake for theirs.
func TestConnectMovesAnUnusedConnection(t *testing.T) {
	t.Parallel()
	r := newRig(t, ninjaone.Options{Organizations: 3, Devices: 10}, accelo.Options{Deployment: "sandbox"})
	r.connect()
	r.otherDeployment("production")
	report := r.connect()
	require.Equal(t, connect.PairMoved, report.Pair.Change)
	require.True(t, report.Ready)
	require.Equal(t, "production", r.stored().Identity.Accelo.Deployment)
}

// A connection of an earlier version does not know whose its accounts are. It adopts what the vendors say as long as the credentials
// stay, and asks the accounts that it has before others replace them.
func TestConnectLearnsTheIdentity(t *testing.T) {
	t.Parallel()
	earlier := func(t *testing.T) *rig {
		t.Helper()
		r := sandbox(t)
		require.NoError(t, r.store.SaveIdentity(t.Context(), r.name, store.Identity{}))
		return r
	}
	t.Run("the same credentials", func(t *testing.T) {
		t.Parallel()
		r := earlier(t)
		require.Equal(t, connect.PairKept, r.connect().Pair.Change)
		require.Equal(t, "sandbox", r.stored().Identity.Accelo.Deployment)
		require.Len(t, r.stored().Identity.NinjaOne.Devices, 10)
	})
	t.Run("another deployment", func(t *testing.T) {
		t.Parallel()
		r := earlier(t)
		before := r.stored()
		r.otherDeployment("production")
		r.requireRefused(r.connect(), before, "belongs to the Accelo deployment sandbox")
	})
	t.Run("another tenant", func(t *testing.T) {
		t.Parallel()
		r := earlier(t)
		before := r.stored()
		r.otherTenant(ninjaone.Options{Seed: 9, Organizations: 3, Devices: 10})
		r.requireRefused(r.connect(), before, "is another device there")
	})
	t.Run("another address", func(t *testing.T) {
		t.Parallel()
		r := earlier(t)
		r.credentials.Accelo.URL, r.credentials.NinjaOne.URL = serve(t, r.accelo), serve(t, r.ninjaOne)
		report := r.connect()
		require.Equal(t, connect.PairKept, report.Pair.Change, report.Pair.Reason)
		require.Equal(t, int64(1001), r.company())
	})
	t.Run("the accounts it has are gone", func(t *testing.T) {
		t.Parallel()
		r := earlier(t)
		before := r.stored()
		r.replies = map[string]reply{"GET /api/v0/tokeninfo": {401, `{"response":null,"meta":{"status":"invalid_client"}}`}}
		r.otherDeployment("production")
		r.requireRefused(r.connect(), before, "doesn't say whether")
	})
}

// The address of a proxy may lead to another deployment one day. The connection then stops until a user has decided.
func TestConnectNoticesAnotherDeploymentBehindTheSameAddress(t *testing.T) {
	t.Parallel()
	r := sandbox(t)
	other := accelo.New(accelo.Options{Deployment: "production"})
	t.Cleanup(other.Close)
	r.accelo.Close()
	r.accelo = other
	report := r.connect()
	require.Equal(t, connect.PairRefused, report.Pair.Change)
	require.Contains(t, report.Todo[0], "belongs to the Accelo deployment sandbox, and the credentials are for production")
	require.False(t, r.stored().Settings.Connected, "flows must not use it")
	require.Equal(t, report.Todo, r.stored().Todo)
	require.Empty(t, other.Snapshot().AssetTypes)

	r.options.SamePair = true // Accelo has renamed it
	report = r.connect()
	require.True(t, report.Ready)
	require.Equal(t, int64(1001), r.company())
	require.Equal(t, "production", r.stored().Identity.Accelo.Deployment)
}

// Credentials of another account that are not accepted can't be asked whose they are, so they replace nothing.
func TestConnectWithUnacceptedCredentialsOfAnotherAccount(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*rig){
		"Accelo":   func(r *rig) { r.otherDeployment("production"); r.credentials.Accelo.ClientSecret = "wrong" },
		"NinjaOne": func(r *rig) { r.otherTenant(ninjaone.Options{}); r.credentials.NinjaOne.ClientSecret = "wrong" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := sandbox(t)
			before := r.stored()
			r.options.NewPair = true
			change(r)
			report := r.connect()
			require.Equal(t, connect.PairRefused, report.Pair.Change)
			require.Len(t, report.Todo, 1)
			require.Contains(t, report.Todo[0], name)
			require.Contains(t, report.Pair.Reason, "Nothing was changed")
			require.Equal(t, before, r.stored())
		})
	}
}
