package tenant_test

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	client "ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// A client is rebuilt only if its own credentials or settings changed: a new client has no token and doesn't share the limit on
// concurrent calls.
func TestClientsAreReused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	p := f.provider(1)
	f.save(p, "default", oauth())
	first := f.connection(p, "default")
	again := f.connection(p, "default")
	require.Same(t, first.NinjaOne, again.NinjaOne)
	require.Same(t, first.Accelo, again.Accelo)

	require.NoError(t, f.store.SaveSettings(t.Context(), "default", store.Settings{RequestType: store.ObjectType{ID: 500}}, true, nil))
	updated := f.connection(p, "default")
	require.True(t, updated.Ready, "the stored connection is always read")
	require.NotSame(t, first.NinjaOne, updated.NinjaOne, "the connection changed")
	require.Same(t, first.Accelo, updated.Accelo)

	fresh := oauth()
	fresh.Accelo.ClientSecret = "new"
	f.save(p, "default", fresh)
	rotated := f.connection(p, "default")
	require.NotSame(t, first.Accelo, rotated.Accelo)
	require.Same(t, first.Accelo.Budget(), rotated.Accelo.Budget(), "the deployment still has one budget")
}

// A connection whose version the caller has read is read again only if that version is new.
func TestReadyAt(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	p := f.provider(1)
	at := func(version int64) tenant.Connection {
		t.Helper()
		connection, err := p.ReadyAt(t.Context(), "default", version)
		require.NoError(t, err)
		return connection
	}
	refusal := func(version int64) tenant.Kind {
		t.Helper()
		_, err := p.ReadyAt(t.Context(), "default", version)
		var refusal *tenant.Refusal
		require.ErrorAs(t, err, &refusal)
		return refusal.Kind
	}
	require.Equal(t, tenant.UnknownConnection, refusal(0))
	f.save(p, "default", oauth())
	require.Equal(t, tenant.NotConnected, refusal(1))

	settings := store.Settings{Connected: true}
	require.NoError(t, f.store.SaveSettings(t.Context(), "default", settings, true, nil))
	first := at(2)
	require.Equal(t, int64(2), first.Version)

	settings.RequestType.ID = 500
	require.NoError(t, f.store.SaveSettings(t.Context(), "default", settings, true, nil))
	require.Equal(t, first, at(2), "a known version is not read again")
	second := at(3)
	require.Equal(t, int64(500), second.Settings.RequestType.ID)
	require.Same(t, first.Accelo, second.Accelo)
	require.Equal(t, second, at(2), "a caller with an older version gets the current connection")
}

func TestConcurrentCallersShareClients(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	p := f.provider(1)
	f.save(p, "default", oauth())
	f.save(p, "second", oauth())
	connections := make([]tenant.Connection, 20)
	var group errgroup.Group
	for i := range connections {
		group.Go(func() (err error) {
			connections[i], err = p.Connection(t.Context(), "default")
			return err
		})
	}
	require.NoError(t, group.Wait())
	for _, connection := range connections {
		require.Same(t, connections[0].Accelo, connection.Accelo)
		require.Same(t, connections[0].NinjaOne, connection.NinjaOne)
	}
	second := f.connection(p, "second")
	require.NotSame(t, connections[0].Accelo, second.Accelo)
	require.NotSame(t, connections[0].Accelo.Budget(), second.Accelo.Budget(), "connections do not share a budget")
}

// The budget gauge follows Accelo's replies. It survives a change of the settings, is stored, and seeds the next process.
func TestBudgetIsKept(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	simulator := accelo.New(accelo.Options{RateLimit: 100})
	server := httptest.NewServer(simulator)
	t.Cleanup(func() {
		server.Close()
		simulator.Close()
	})
	p := f.provider(1)
	credentials := oauth()
	credentials.Accelo = config.Accelo{URL: server.URL, ClientID: accelo.DefaultClientID, ClientSecret: accelo.DefaultClientSecret}
	f.save(p, "default", credentials)
	f.save(p, "silent", oauth())
	f.connection(p, "silent")
	connection := f.connection(p, "default")
	require.False(t, connection.Accelo.Budget().State().Known)
	p.SaveBudgets(t.Context())
	require.Equal(t, store.Budget{}, f.connection(p, "default").Budget, "an unknown budget is not stored")

	_, err := connection.Accelo.TokenInfo(t.Context())
	require.NoError(t, err)
	require.NoError(t, f.store.SaveSettings(t.Context(), "default", store.Settings{RequestType: store.ObjectType{ID: 10}}, true, nil))
	state := f.connection(p, "default").Accelo.Budget().State()
	require.Equal(t, 100, state.Limit)
	require.Equal(t, 99, state.Remaining)
	require.Equal(t, 20, state.Reserve)

	p.SaveBudgets(t.Context())
	stored := f.connection(p, "default").Budget
	require.Equal(t, 100, stored.Limit)
	require.Equal(t, 99, stored.Remaining)
	require.Equal(t, 3600, stored.WindowSeconds)
	require.WithinDuration(t, state.Reset, stored.Reset, 0)
	require.Equal(t, store.Budget{}, f.connection(p, "silent").Budget)

	p.SaveBudgets(t.Context())
	require.True(t, stored.SeenAt.Equal(f.connection(p, "default").Budget.SeenAt), "an unchanged budget is not stored again")

	next := f.connection(f.provider(1), "default").Accelo.Budget().State()
	require.Equal(t, 99, next.Remaining, "another process starts from the stored reading")
	require.True(t, next.Known)
}

// Run stores the gauges at intervals and once more when it ends.
func TestRunStoresBudgets(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	p := f.provider(1)
	f.save(p, "default", oauth())
	gauge := f.connection(p, "default").Accelo.Budget()
	reset := time.Now().Add(time.Hour)
	seed := func(remaining int) {
		gauge.Seed(client.BudgetState{Known: true, Limit: 100, Remaining: remaining, Reset: reset})
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		p.Run(ctx)
	}()
	seed(90)
	stored := func() int {
		connection, err := f.store.Connection(t.Context(), "default")
		require.NoError(t, err)
		return connection.Budget.Remaining
	}
	await(t, "the stored budget", func() bool { return stored() == 90 })
	seed(80)
	cancel()
	<-ended
	require.Equal(t, 80, stored())
}

// await polls until done, for at most 30 seconds.
func await(t testing.TB, what string, done func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for !done() {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			require.FailNow(t, "timed out waiting for "+what)
		}
	}
}
