package vendors_test

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"ninjaone-accelo/activities"
	client "ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/store"
)

// Clients are made once, and again only for what changed: a new client has neither a token nor the limits on calls in flight
// that the others share.
func TestClientsAreReused(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	p := o.provider(1)
	o.save(p, "default", oauth())
	first := o.connection(p, "default")
	again := o.connection(p, "default")
	require.Same(t, first.NinjaOne, again.NinjaOne)
	require.Same(t, first.Accelo, again.Accelo)

	require.NoError(t, o.store.SaveSettings(t.Context(), "default", store.Settings{PageSize: 500}, true, nil))
	settled := o.connection(p, "default")
	require.True(t, settled.Ready, "what is stored is always read")
	require.NotSame(t, first.NinjaOne, settled.NinjaOne, "its page size changed")
	require.Same(t, first.Accelo, settled.Accelo)

	fresh := oauth()
	fresh.Accelo.ClientSecret = "new"
	o.save(p, "default", fresh)
	rotated := o.connection(p, "default")
	require.NotSame(t, first.Accelo, rotated.Accelo)
	require.Same(t, first.Accelo.Budget(), rotated.Accelo.Budget(), "the deployment still has one budget")
}

// A connection whose version the caller has read is read again only when that version is new.
func TestConnectionAt(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	p := o.provider(1)
	at := func(version int64) activities.Connection {
		t.Helper()
		connection, err := p.ConnectionAt(t.Context(), "default", version)
		require.NoError(t, err)
		return connection
	}
	_, err := p.ConnectionAt(t.Context(), "default", 0)
	require.ErrorIs(t, err, store.ErrNotFound)
	o.save(p, "default", oauth())
	first := at(1)
	require.Equal(t, int64(1), first.Version)

	require.NoError(t, o.store.SaveSettings(t.Context(), "default", store.Settings{PageSize: 500}, true, nil))
	require.Equal(t, first, at(1), "nothing was read")
	settled := at(2)
	require.Equal(t, 500, settled.Settings.PageSize)
	require.Same(t, first.Accelo, settled.Accelo)
	require.Equal(t, settled, at(1), "what is newer than the caller knows is read, and is right")
}

func TestClientsOfOneConnectionAreMadeOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	p := o.provider(1)
	o.save(p, "default", oauth())
	o.save(p, "second", oauth())
	made := make([]activities.Connection, 20)
	var group errgroup.Group
	for i := range made {
		group.Go(func() (err error) {
			made[i], err = p.Connection(t.Context(), "default")
			return err
		})
	}
	require.NoError(t, group.Wait())
	for _, connection := range made {
		require.Same(t, made[0].Accelo, connection.Accelo)
		require.Same(t, made[0].NinjaOne, connection.NinjaOne)
	}
	second := o.connection(p, "second")
	require.NotSame(t, made[0].Accelo, second.Accelo)
	require.NotSame(t, made[0].Accelo.Budget(), second.Accelo.Budget(), "connections do not share a budget")
}

// The gauge of Accelo's budget is what replies say; it outlives settings, is stored, and is known to the next process.
func TestBudgetIsKept(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	simulator := accelo.New(accelo.Options{RateLimit: 100})
	server := httptest.NewServer(simulator)
	t.Cleanup(func() {
		server.Close()
		simulator.Close()
	})
	p := o.provider(1)
	credentials := oauth()
	credentials.Accelo = config.Accelo{URL: server.URL, ClientID: accelo.DefaultClientID, ClientSecret: accelo.DefaultClientSecret}
	o.save(p, "default", credentials)
	o.save(p, "silent", oauth())
	o.connection(p, "silent")
	connection := o.connection(p, "default")
	require.False(t, connection.Accelo.Budget().State().Known)
	p.SaveBudgets(t.Context())
	require.Equal(t, store.Budget{}, o.connection(p, "default").Budget, "nothing is known, so nothing is stored")

	_, err := connection.Accelo.TokenInfo(t.Context())
	require.NoError(t, err)
	require.NoError(t, o.store.SaveSettings(t.Context(), "default", store.Settings{PageSize: 10}, true, nil))
	state := o.connection(p, "default").Accelo.Budget().State()
	require.Equal(t, 100, state.Limit)
	require.Equal(t, 99, state.Remaining)
	require.Equal(t, 20, state.Reserve)

	p.SaveBudgets(t.Context())
	stored := o.connection(p, "default").Budget
	require.Equal(t, 100, stored.Limit)
	require.Equal(t, 99, stored.Remaining)
	require.Equal(t, 3600, stored.WindowSeconds)
	require.WithinDuration(t, state.Reset, stored.Reset, 0)
	require.Equal(t, store.Budget{}, o.connection(p, "silent").Budget)

	p.SaveBudgets(t.Context())
	require.True(t, stored.SeenAt.Equal(o.connection(p, "default").Budget.SeenAt), "what did not change is not stored again")

	next := o.connection(o.provider(1), "default").Accelo.Budget().State()
	require.Equal(t, 99, next.Remaining, "another process goes on where this one is")
	require.True(t, next.Known)
}

// Run stores the gauges, for the last time when it is told to end.
func TestRunStoresBudgets(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	p := o.provider(1)
	o.save(p, "default", oauth())
	gauge := o.connection(p, "default").Accelo.Budget()
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
		connection, err := o.store.Connection(t.Context(), "default")
		require.NoError(t, err)
		return connection.Budget.Remaining
	}
	await(t, "the stored budget", func() bool { return stored() == 90 })
	seed(80)
	cancel()
	<-ended
	require.Equal(t, 80, stored())
}

// await polls until done, for as long as a test may reasonably take.
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
			require.FailNow(t, "never came about: "+what)
		}
	}
}
