package tenant_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/secret"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// sandbox are credentials of another deployment.
func sandbox() config.VendorCredentials {
	c := oauth()
	c.Accelo.URL, c.Accelo.Deployment = "https://sandbox.api.accelo.com", "sandbox"
	return c
}

// identify stores that a connection's accounts are known.
func (f *fixture) identify(name, deployment string) {
	f.t.Helper()
	require.NoError(f.t, f.store.SaveIdentity(f.t.Context(), name, store.Identity{Accelo: store.AcceloIdentity{Deployment: deployment}}))
}

// A start with credentials of another account changes nothing: the running sync keeps its account, and only `connect` may decide
// about the other one. A new secret of the same application is used at once.
func TestSaveKeepsTheAccount(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		change func(*config.VendorCredentials)
		vendor string
	}{
		{"Accelo's deployment", func(c *config.VendorCredentials) { *c = sandbox() }, "Accelo"},
		{"Accelo's application", func(c *config.VendorCredentials) { c.Accelo.ClientID = "another" }, "Accelo"},
		{"NinjaOne's region", func(c *config.VendorCredentials) { c.NinjaOne.URL = "https://eu.ninjarmm.com" }, "NinjaOne"},
		{"NinjaOne's application: every US tenant has this address", func(c *config.VendorCredentials) { c.NinjaOne.ClientID = "another" }, "NinjaOne"},
		{"the legacy keys", func(c *config.VendorCredentials) { *c = legacy() }, "NinjaOne"},
		{"both", func(c *config.VendorCredentials) {
			*c = sandbox()
			c.NinjaOne.ClientID = "another"
		}, "NinjaOne and Accelo"},
		{"a new secret", func(c *config.VendorCredentials) { c.Accelo.ClientSecret, c.NinjaOne.ClientSecret = "new", "new" }, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			p := f.provider(1)
			f.save(p, "default", oauth())
			f.identify("default", "acme")
			before, err := f.store.Connection(t.Context(), "default")
			require.NoError(t, err)

			changed := oauth()
			test.change(&changed)
			err = p.Save(t.Context(), "default", changed)
			after, readErr := f.store.Connection(t.Context(), "default")
			require.NoError(t, readErr)
			proposed, readErr := p.Proposed(t.Context(), "default")
			require.NoError(t, readErr)
			if test.vendor == "" {
				require.NoError(t, err)
				require.Greater(t, after.Version, before.Version)
				require.Equal(t, tenant.Same{NinjaOne: true, Accelo: true}, proposed.Same)
				return
			}
			var other *tenant.OtherAccountError
			require.ErrorAs(t, err, &other)
			require.Equal(t, test.vendor, other.Vendor)
			require.ErrorContains(t, err, "`starter connect`")
			require.NotContains(t, err.Error(), "hunter2")
			require.Equal(t, before, after)
			require.Equal(t, changed.Accelo.URL, proposed.Accelo.BaseURL())
			require.Equal(t, changed.NinjaOne.URL, proposed.NinjaOne.BaseURL())
			require.Equal(t, changed.Accelo.URL, proposed.AcceloURL)
			require.NotEqual(t, tenant.Same{NinjaOne: true, Accelo: true}, proposed.Same)
			current := f.connection(p, "default")
			require.Equal(t, "https://acme.api.accelo.com", current.Accelo.BaseURL())

			f.save(p, "default", oauth())
			proposed, err = p.Proposed(t.Context(), "default")
			require.NoError(t, err)
			require.Equal(t, "https://acme.api.accelo.com", proposed.Accelo.BaseURL(), "the settings were put back")
		})
	}
}

// As long as a connection knows nothing of its accounts, another account can't be mistaken for them: it is stored at once.
func TestSaveReplacesAnUnusedAccount(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	p := f.provider(1)
	f.save(p, "default", oauth())
	f.save(p, "default", sandbox())
	stored, err := f.store.Connection(t.Context(), "default")
	require.NoError(t, err)
	require.Equal(t, "https://sandbox.api.accelo.com", stored.AcceloURL)

	require.NoError(t, f.store.RecordFailure(t.Context(), store.Failure{Connection: "default", Kind: store.Devices, NinjaID: "8", Error: "x"}))
	require.Error(t, p.Save(t.Context(), "default", oauth()), "a connection of an earlier version, with records but no identity")
}

// Another key can't tell whose the stored credentials are, so a start with it seals nothing again.
func TestSaveWithWrongKey(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.save(f.provider(1), "default", oauth())
	f.identify("default", "acme")
	before := f.row("default")
	other := f.provider(2)
	err := other.Save(t.Context(), "default", oauth())
	require.ErrorIs(t, err, secret.ErrKey)
	require.ErrorContains(t, err, "keeps its stored credentials")
	require.Equal(t, before, f.row("default"))
	proposed, err := other.Proposed(t.Context(), "default")
	require.NoError(t, err)
	require.ErrorIs(t, proposed.Unopened, secret.ErrKey)
	require.Equal(t, tenant.Same{}, proposed.Same)
}

// A proposal is adopted for the same pair, which keeps everything.
func TestAdopt(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	p, worker := f.provider(1), f.provider(1)
	f.save(p, "default", oauth())
	f.identify("default", "acme")
	require.NoError(t, f.store.SaveSettings(t.Context(), "default", store.Settings{Connected: true, RequestType: store.ObjectType{ID: 20}}, true, nil))
	seen := f.connection(worker, "default")
	bound := store.WithPair(t.Context(), seen.Pair())

	proxied := oauth()
	proxied.Accelo.URL, proxied.Accelo.Deployment = "https://proxy.example", ""
	require.Error(t, p.Save(t.Context(), "default", proxied))
	proposal, err := p.Proposed(t.Context(), "default")
	require.NoError(t, err)
	identity := store.Identity{Accelo: store.AcceloIdentity{Deployment: "acme", Source: "tokeninfo"}}
	require.NoError(t, p.Adopt(t.Context(), proposal, identity))

	current, err := worker.Ready(bound, "default")
	require.NoError(t, err, "flows of the pair go on")
	require.Equal(t, "https://proxy.example", current.Accelo.BaseURL())
	require.Equal(t, int64(20), current.Settings.RequestType.ID)
	require.Equal(t, identity, current.Identity)
	require.ErrorIs(t, p.Adopt(t.Context(), proposal, identity), store.ErrConnectionChanged)
	proposal, err = p.Proposed(t.Context(), "default")
	require.NoError(t, err)
	require.Equal(t, tenant.Same{NinjaOne: true, Accelo: true}, proposal.Same)
}

// After a move, a worker that runs since before has neither the clients nor the budget of the former pair, and what began under it
// gets no client at all.
func TestMove(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	p, worker := f.provider(1), f.provider(1)
	f.save(p, "default", oauth())
	f.identify("default", "acme")
	require.NoError(t, f.store.SaveSettings(t.Context(), "default", store.Settings{Connected: true}, true, nil))
	before := f.connection(worker, "default")
	bound := store.WithPair(t.Context(), before.Pair())
	before.Accelo.Budget().Seed(accelo.BudgetState{Known: true, Limit: 5000, Remaining: 1, Reset: time.Now().Add(time.Hour)})

	require.Error(t, p.Save(t.Context(), "default", sandbox()))
	proposal, err := p.Proposed(t.Context(), "default")
	require.NoError(t, err)
	pair, err := p.Move(t.Context(), proposal, store.Identity{Accelo: store.AcceloIdentity{Deployment: "sandbox"}})
	require.NoError(t, err)
	require.Equal(t, int64(2), pair.Number)

	_, err = worker.Ready(bound, "default")
	require.ErrorIs(t, err, store.ErrFormerPair)
	_, err = worker.ReadyAt(bound, "default", before.Version+1)
	require.ErrorIs(t, err, store.ErrFormerPair)
	_, err = worker.Ready(t.Context(), "default")
	require.ErrorContains(t, err, "not set up yet", "the other deployment has no request type yet")
	after := f.connection(worker, "default")
	require.Equal(t, "https://sandbox.api.accelo.com", after.Accelo.BaseURL())
	require.False(t, after.Accelo.Budget().State().Known)

	worker.SaveBudgets(t.Context())
	stored, err := f.store.Connection(t.Context(), "default")
	require.NoError(t, err)
	require.Zero(t, stored.Budget, "the former deployment's budget is not the new one's")
	require.Error(t, worker.Save(t.Context(), "default", oauth()), "a program that still has the former settings does not move it back")
}

// A move to the same credentials, of a proxy that leads to another deployment now, has its own client and budget too.
func TestMoveWithTheSameCredentials(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	p := f.provider(1)
	f.save(p, "default", oauth())
	before := f.connection(p, "default")
	proposal, err := p.Proposed(t.Context(), "default")
	require.NoError(t, err)
	_, err = p.Move(t.Context(), proposal, store.Identity{})
	require.NoError(t, err)
	after := f.connection(p, "default")
	require.NotSame(t, before.Accelo, after.Accelo)
	require.NotSame(t, before.Accelo.Budget(), after.Accelo.Budget())
}
