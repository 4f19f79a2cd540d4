package operate_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/connect"
	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/ninjaone"
	"ninjaone-accelo/internal/store"
)

var admin = operate.Actor{Name: "ada", Surface: "API", Role: operate.Administrator}

// accounts are the simulated accounts of one pair, with credentials.
type accounts struct {
	ninjaOne *ninjaone.Simulator
	accelo   *accelo.Simulator
	operate.Credentials
}

func newAccounts(t *testing.T, deployment string) accounts {
	t.Helper()
	a := accounts{
		ninjaOne: ninjaone.New(ninjaone.Options{Organizations: 1, Devices: 1}),
		accelo:   accelo.New(accelo.Options{Deployment: deployment, Companies: 1}),
	}
	t.Cleanup(a.ninjaOne.Close)
	t.Cleanup(a.accelo.Close)
	n, c := httptest.NewServer(a.ninjaOne), httptest.NewServer(a.accelo)
	t.Cleanup(n.Close)
	t.Cleanup(c.Close)
	a.NinjaOne = operate.NinjaOneCredentials{URL: n.URL, ClientID: "demo-client", ClientSecret: "demo-secret"}
	a.Accelo = operate.AcceloCredentials{URL: c.URL, ClientID: accelo.DefaultClientID, ClientSecret: accelo.DefaultClientSecret}
	return a
}

// withConnector lets the operator set up connections.
func (f *fixture) withConnector() *fixture {
	f.Operator = operate.New(operate.Options{Store: f.store, Tenants: f.tenants, Connector: func(choices connect.Choices) *connect.Connector {
		return connect.New(f.store, f.tenants, connect.Options{PublicURL: "https://hooks.example.com", Choices: choices})
	}})
	return f
}

// Connections are created side by side, each with its own options and webhooks. Removing one leaves nothing of it and everything of the other.
func TestConnectionsSideBySide(t *testing.T) {
	t.Parallel()
	f := newFixture(t).withConnector()
	first, second := newAccounts(t, "first"), newAccounts(t, "second")
	for name, in := range map[string]accounts{"Acme North": first, "acme-2": second} {
		report, err := f.Create(t.Context(), admin, operate.NewConnection{
			Name: name, Credentials: in.Credentials, Options: config.Chosen{"alert_hold_down": "2m"},
		})
		require.NoError(t, err)
		require.True(t, report.Ready, report.Todo)
		require.Len(t, in.accelo.Snapshot().Subscriptions, 1)
	}
	options, err := f.Options(t.Context(), viewer, "acme-2")
	require.NoError(t, err)
	require.Equal(t, "2m", options.Options["alert_hold_down"])
	require.NotContains(t, options.Defaults, "alert_hold_down")
	require.Contains(t, options.Defaults, "request_type")

	before := second.accelo.Snapshot()
	doubts, err := f.Disconnect(t.Context(), admin, "acme-2")
	require.NoError(t, err)
	require.Equal(t, []string{"its schedule and what runs in Temporal are ended once Temporal is back"}, doubts, "the vendors don't wait for it")
	_, err = f.store.Connection(t.Context(), "acme-2")
	require.ErrorIs(t, err, store.ErrNotFound)
	after := second.accelo.Snapshot()
	require.Empty(t, after.Subscriptions)
	require.Nil(t, second.ninjaOne.Snapshot().Webhook)
	before.Subscriptions, after.Subscriptions, before.Rate = nil, nil, after.Rate
	require.Equal(t, before, after, "nothing else is touched in Accelo")
	require.Len(t, first.accelo.Snapshot().Subscriptions, 1)
	require.NotNil(t, first.ninjaOne.Snapshot().Webhook)

	report, err := f.Create(t.Context(), admin, operate.NewConnection{Name: "acme-2", Credentials: second.Credentials})
	require.NoError(t, err)
	require.True(t, report.Ready, "the name and the accounts are free again")
}

// What can't be right is refused with the member at fault, before anything is stored.
func TestCreateRefuses(t *testing.T) {
	t.Parallel()
	f := newFixture(t).withConnector()
	good := newAccounts(t, "good")
	_, err := f.Create(t.Context(), admin, operate.NewConnection{Name: "taken", Credentials: good.Credentials})
	require.NoError(t, err)
	other := newAccounts(t, "other")
	for name, test := range map[string]struct {
		change func(*operate.NewConnection)
		member string
		reason string
	}{
		"no name":         {func(in *operate.NewConnection) { in.Name = "" }, "name", "not usable"},
		"a path":          {func(in *operate.NewConnection) { in.Name = "a/b" }, "name", "not usable"},
		"a template":      {func(in *operate.NewConnection) { in.Name = "{{.}}<script>" }, "name", "not usable"},
		"a long name":     {func(in *operate.NewConnection) { in.Name = strings.Repeat("a", 64) }, "name", "not usable"},
		"wrong secret":    {func(in *operate.NewConnection) { in.NinjaOne.ClientSecret = "wrong" }, "ninjaone", "does not accept the credentials"},
		"wrong Accelo":    {func(in *operate.NewConnection) { in.Accelo.ClientSecret = "wrong" }, "accelo", "does not accept the credentials"},
		"no secret":       {func(in *operate.NewConnection) { in.NinjaOne.ClientSecret = "" }, "ninjaone.client_secret", "is not set"},
		"no deployment":   {func(in *operate.NewConnection) { in.Accelo.URL = "" }, "accelo.deployment", "accelo.deployment is not set"},
		"a wrong kind":    {func(in *operate.NewConnection) { in.NinjaOne.Auth = "basic" }, "ninjaone.auth", "oauth"},
		"plain http":      {func(in *operate.NewConnection) { in.NinjaOne.URL = "http://ninja.example.com" }, "ninjaone.url", "plain http"},
		"unreachable":     {func(in *operate.NewConnection) { in.NinjaOne.URL = "http://127.0.0.1:1" }, "ninjaone", "cannot reach NinjaOne"},
		"a wrong option":  {func(in *operate.NewConnection) { in.Options = config.Chosen{"on_reset": "explode"} }, "on_reset", "close-unclaimed"},
		"legacy control":  {func(in *operate.NewConnection) { in.Options = config.Chosen{"remote_control": "legacy"} }, "remote_control", "legacy pair"},
		"unknown options": {func(in *operate.NewConnection) { in.Options = config.Chosen{"colour": "red"} }, "colour", "is not an option"},
	} {
		in := operate.NewConnection{Name: "another", Credentials: other.Credentials}
		test.change(&in)
		_, err := f.Create(t.Context(), admin, in)
		var invalid *operate.InvalidError
		require.ErrorAs(t, err, &invalid, name)
		require.Equal(t, test.member, invalid.Member, name)
		require.Contains(t, invalid.Reason, test.reason, name)
		require.NotContains(t, invalid.Reason, "demo-secret", name)
	}
	var conflict *operate.ConflictError
	_, err = f.Create(t.Context(), admin, operate.NewConnection{Name: "taken", Credentials: other.Credentials})
	require.ErrorAs(t, err, &conflict)
	_, err = f.Create(t.Context(), admin, operate.NewConnection{Name: "another", Credentials: good.Credentials})
	require.ErrorAs(t, err, &conflict)
	require.Contains(t, conflict.Reason, `connection "taken" already uses these accounts`)
	_, err = f.Create(t.Context(), jane, operate.NewConnection{Name: "another", Credentials: other.Credentials})
	var forbidden *operate.ForbiddenError
	require.ErrorAs(t, err, &forbidden)
	_, err = f.store.Connection(t.Context(), "another")
	require.ErrorIs(t, err, store.ErrNotFound)
}

// Secrets that are left out are kept. New credentials are checked first; those of other accounts change nothing unless that is chosen.
func TestChangeCredentials(t *testing.T) {
	t.Parallel()
	f := newFixture(t).withConnector()
	a := newAccounts(t, "acme")
	_, err := f.Create(t.Context(), admin, operate.NewConnection{Name: "acme", Credentials: a.Credentials})
	require.NoError(t, err)
	_, err = f.store.Relink(t.Context(), store.Correction{
		Key: store.KeyOf("acme", store.Organizations, 5), Actor: "a test", OrganizationID: 5, AcceloID: 1001, CompanyID: 1001,
	})
	require.NoError(t, err)
	before, err := f.store.Connection(t.Context(), "acme")
	require.NoError(t, err)

	report, err := f.Change(t.Context(), admin, operate.Change{Connection: "acme"})
	require.NoError(t, err)
	require.True(t, report.Ready, report.Todo)
	same, err := f.store.Connection(t.Context(), "acme")
	require.NoError(t, err)
	require.Equal(t, before.NinjaoneSealed, same.NinjaoneSealed)

	other := newAccounts(t, "other")
	report, err = f.Change(t.Context(), admin, operate.Change{Connection: "acme", Credentials: other.Credentials})
	require.NoError(t, err)
	require.False(t, report.Ready)
	require.Len(t, report.Todo, 1)
	same, err = f.store.Connection(t.Context(), "acme")
	require.NoError(t, err)
	require.Equal(t, before.AcceloURL, same.AcceloURL, "nothing was changed")
	report, err = f.Connect(t.Context(), admin, "acme", connect.Choices{})
	require.NoError(t, err)
	require.True(t, report.Ready, "the refused credentials are forgotten")

	report, err = f.Change(t.Context(), admin, operate.Change{
		Connection: "acme", Credentials: other.Credentials, Choices: connect.Choices{NewPair: true},
	})
	require.NoError(t, err)
	require.True(t, report.Ready, report.Todo)
	require.Equal(t, connect.PairMoved, report.Pair.Change)
	require.Empty(t, a.accelo.Snapshot().Subscriptions)
}

// Two people who change the options at the same time don't overwrite each other.
func TestSetOptions(t *testing.T) {
	t.Parallel()
	f := newFixture(t).withConnector()
	a := newAccounts(t, "acme")
	_, err := f.Create(t.Context(), admin, operate.NewConnection{Name: "acme", Credentials: a.Credentials})
	require.NoError(t, err)
	seen, err := f.Options(t.Context(), viewer, "acme")
	require.NoError(t, err)
	changed, err := f.SetOptions(t.Context(), admin, operate.SetOptions{
		Connection: "acme", Options: config.Chosen{"on_reset": "note", "alert_hold_down": ""}, Before: &seen,
	})
	require.NoError(t, err)
	require.Equal(t, "note", changed.Options["on_reset"])
	require.Contains(t, changed.Defaults, "alert_hold_down", "an empty option has its default")
	var conflict *operate.ConflictError
	_, err = f.SetOptions(t.Context(), admin, operate.SetOptions{Connection: "acme", Options: config.Chosen{"on_reset": "close"}, Before: &seen})
	require.ErrorAs(t, err, &conflict)

	_, err = f.SetOptions(t.Context(), admin, operate.SetOptions{Connection: "acme", Options: config.Chosen{"request_type": "Support"}})
	require.NoError(t, err)
	stored, err := f.store.Connection(t.Context(), "acme")
	require.NoError(t, err)
	require.NotEqual(t, "NinjaOne Alerts", stored.Settings.RequestType.Title, "the new type is looked for at once")
}
