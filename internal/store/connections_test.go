package store_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"ninjaone-accelo/internal/store"
)

func testSettings() store.Settings {
	yes, no := true, false
	return store.Settings{
		Connected: true, RequestType: store.ObjectType{ID: 3, Title: nasty}, AssetType: store.ObjectType{ID: 4, Title: "NinjaOne Device"},
		Fields:       map[string]store.CustomField{"role": {ID: 71, Type: "text"}, nasty: {ID: 72, Type: "hyperlink"}},
		Capabilities: store.Capabilities{CreateAssets: &yes, SetFieldsOnCreate: &no},
		Titles:       map[string]store.Label{"company": {SingularTitle: "Client", PluralTitle: "Clients"}}, Priorities: map[int]int64{1: 11, 5: 15},
	}
}

func (d *database) connection(name string) store.Connection {
	d.t.Helper()
	stored, err := d.Connection(d.t.Context(), name)
	require.NoError(d.t, err)
	return stored
}

func TestConnectionRoundTrip(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	fresh := d.connection(connection)
	require.Empty(t, fresh.Todo)
	require.NotNil(t, fresh.Todo)
	require.Empty(t, fresh.Chosen)
	fresh.Todo, fresh.Chosen = nil, nil
	want := credentials(connection)
	want.Version, want.PairNumber, want.PairSince = 1, 1, fresh.PairSince
	require.False(t, fresh.PairSince.IsZero())
	require.Equal(t, want, fresh)

	require.NoError(t, d.SaveSettings(t.Context(), connection, testSettings(), true, []string{nasty, "two"}))
	stored := d.connection(connection)
	require.Equal(t, testSettings(), stored.Settings)
	require.True(t, stored.Ready)
	require.Equal(t, []string{nasty, "two"}, stored.Todo)
	require.Equal(t, int64(2), stored.Version)

	require.NoError(t, d.SaveSettings(t.Context(), connection, store.Settings{}, false, nil))
	stored = d.connection(connection)
	require.Equal(t, store.Settings{}, stored.Settings)
	require.Equal(t, []string{}, stored.Todo)

	_, err := d.Connection(t.Context(), "unknown")
	require.ErrorIs(t, err, store.ErrNotFound)
}

// Every change of a connection raises its version.
func TestConnectionVersion(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	version := func(name string) int64 {
		t.Helper()
		found, err := d.ConnectionVersion(t.Context(), name)
		require.NoError(t, err)
		return found
	}
	require.Zero(t, version("nowhere"))
	require.Equal(t, int64(1), version(connection))
	require.NoError(t, d.SaveCapability(t.Context(), connection, "create_assets", true))
	require.Equal(t, int64(2), version(connection))
}

func TestConnectionsByName(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	for _, name := range []string{"zeta", "alpha"} {
		require.NoError(t, d.SaveCredentials(t.Context(), credentials(name)))
	}
	connections, err := d.Connections(t.Context())
	require.NoError(t, err)
	require.Len(t, connections, 3)
	require.Equal(t, "alpha", connections[0].Name)
	require.Equal(t, connection, connections[1].Name)
	require.Equal(t, "zeta", connections[2].Name)
}

// New credentials and new addresses of the same accounts keep everything else.
func TestSaveCredentials(t *testing.T) {
	t.Parallel()
	shared := open(t, store.ClaimTimes{})
	for _, test := range []struct {
		name   string
		change func(*store.Connection)
	}{
		{"a new secret", func(c *store.Connection) { c.AcceloSealed, c.NinjaoneSealed = []byte{9}, []byte{8} }},
		{"another way to log in", func(c *store.Connection) { c.NinjaoneAuth = "legacy" }},
		{"another address of NinjaOne", func(c *store.Connection) { c.NinjaoneURL = "https://msp.rmmservice.eu" }},
		{"another address of Accelo", func(c *store.Connection) { c.AcceloURL, c.Deployment = "https://proxy.example", "" }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := shared.withT(t)
			changed := credentials(test.name)
			require.NoError(t, d.SaveCredentials(t.Context(), changed))
			require.NoError(t, d.SaveSettings(t.Context(), test.name, testSettings(), true, nil))
			require.NoError(t, d.AdvanceCursor(t.Context(), test.name, 177_000, time.Now(), time.Now()))
			test.change(&changed)
			changed.Version = 2
			require.NoError(t, d.SaveCredentials(t.Context(), changed))
			stored := d.connection(test.name)
			require.True(t, stored.Ready)
			require.Equal(t, int64(3), stored.Version, "cached clients are stale")
			require.Equal(t, int64(1), stored.PairNumber)
			require.Equal(t, testSettings(), stored.Settings)
			require.Equal(t, changed.NinjaoneURL, stored.NinjaoneURL)
			require.Equal(t, changed.NinjaoneAuth, stored.NinjaoneAuth)
			require.Equal(t, changed.NinjaoneSealed, stored.NinjaoneSealed)
			require.Equal(t, changed.AcceloURL, stored.AcceloURL)
			require.Equal(t, changed.AcceloSealed, stored.AcceloSealed)
			require.Equal(t, changed.Deployment, stored.Deployment)
			state, err := d.ReconcileState(t.Context(), test.name)
			require.NoError(t, err)
			require.Equal(t, int64(177_000), state.Cursor, "the tenant's activity log goes on")
		})
	}
}

// A capability is stored without changing anything else, even if several are stored at once.
func TestSaveCapability(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	require.NoError(t, d.SaveCapability(t.Context(), connection, "create_assets", false))
	stored := d.connection(connection)
	no, yes := false, true
	require.Equal(t, store.Settings{Capabilities: store.Capabilities{CreateAssets: &no}}, stored.Settings)
	require.Equal(t, int64(2), stored.Version)

	require.NoError(t, d.SaveSettings(t.Context(), connection, testSettings(), true, []string{"one"}))
	var group errgroup.Group
	group.Go(func() error { return d.SaveCapability(t.Context(), connection, "set_fields_on_create", true) })
	group.Go(func() error { return d.SaveCapability(t.Context(), connection, "link_assets_to_requests", true) })
	require.NoError(t, group.Wait())
	want := testSettings()
	want.Capabilities.SetFieldsOnCreate, want.Capabilities.LinkAssetsToRequests = &yes, &yes
	stored = d.connection(connection)
	require.Equal(t, want, stored.Settings)
	require.True(t, stored.Ready)
	require.Equal(t, []string{"one"}, stored.Todo)
}

// The newest reading of the budget wins, in whatever order readings arrive and however their times are written.
func TestSaveBudget(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	shared := open(t, store.ClaimTimes{})
	for _, test := range []struct {
		name        string
		first, then time.Time
		want        int
	}{
		{"newer", at, at.Add(time.Second), 2},
		{"older", at.Add(time.Second), at, 1},
		{"newer by a fraction of a second", at, at.Add(500 * time.Millisecond), 2},
		{"older by a fraction", at.Add(500 * time.Millisecond), at, 1},
		{"newer with more digits", at.Add(120 * time.Millisecond), at.Add(123 * time.Millisecond), 2},
		{"the same time", at, at, 2},
		{"newer in another time zone", at, at.Add(time.Second).In(time.FixedZone("west", -8*3600)), 2},
		{"older in another time zone", at.In(time.FixedZone("west", -8*3600)), at.Add(-time.Second), 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := shared.withT(t)
			require.NoError(t, d.SaveCredentials(t.Context(), credentials(test.name)))
			first := store.Budget{Limit: 5000, Remaining: 1, Reset: at.Add(time.Hour), WindowSeconds: 3600, SeenAt: test.first}
			then := store.Budget{Limit: 5000, Remaining: 2, Reset: at.Add(time.Hour), WindowSeconds: 3600, SeenAt: test.then}
			require.NoError(t, d.SaveBudget(t.Context(), test.name, first))
			require.NoError(t, d.SaveBudget(t.Context(), test.name, then))
			stored := d.connection(test.name)
			require.Equal(t, test.want, stored.Budget.Remaining)
			require.Equal(t, 5000, stored.Budget.Limit)
			require.Equal(t, 3600, stored.Budget.WindowSeconds)
			require.WithinDuration(t, at.Add(time.Hour), stored.Budget.Reset, 0)
			require.Equal(t, int64(1), stored.Version, "a budget does not invalidate clients")
		})
	}
}

// The first writer sets the webhook secrets. Replacing them requires the current ones.
func TestSaveWebhookSecrets(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	secrets := func() []byte {
		t.Helper()
		webhooks, err := d.Webhooks(t.Context(), connection)
		require.NoError(t, err)
		return webhooks.Sealed
	}
	require.Nil(t, secrets())
	require.NoError(t, d.SaveWebhookSecrets(t.Context(), connection, nil, []byte("first")))
	require.NoError(t, d.SaveWebhookSecrets(t.Context(), connection, nil, []byte("second")))
	require.Equal(t, []byte("first"), secrets())
	require.NoError(t, d.SaveWebhookSecrets(t.Context(), connection, []byte("first"), []byte("rotated")))
	require.Equal(t, []byte("rotated"), secrets())
	require.NoError(t, d.SaveCredentials(t.Context(), credentials(connection)))
	require.Equal(t, []byte("rotated"), secrets(), "new credentials keep the webhooks")
}

func TestPolicies(t *testing.T) {
	t.Parallel()
	d := open(t, store.ClaimTimes{})
	policies, err := d.Policies(t.Context(), connection)
	require.NoError(t, err)
	require.Empty(t, policies)
	want := map[int]string{1: nasty, 243: "Servers"}
	require.NoError(t, d.SavePolicies(t.Context(), connection, want))
	policies, err = d.Policies(t.Context(), connection)
	require.NoError(t, err)
	require.Equal(t, want, policies)
}
