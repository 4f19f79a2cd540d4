package accelo_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/accelo"
	simulator "ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/lab"
)

// Every fault is transient. If a create is in doubt, a search finds whether the object was created.
func TestContractFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		fault   lab.Fault
		inDoubt bool
		created bool
	}{
		{name: "500", fault: lab.Fault{Kind: lab.FaultStatus}, inDoubt: true, created: false},
		{name: "502 with HTML", fault: lab.Fault{Kind: lab.FaultHTML502}, inDoubt: true, created: false},
		{name: "404 with HTML", fault: lab.Fault{Kind: lab.FaultHTML404}, inDoubt: true, created: false},
		{name: "200 without ok", fault: lab.Fault{Kind: simulator.FaultNotOK}, inDoubt: true, created: false},
		{name: "connection closed before", fault: lab.Fault{Kind: lab.FaultDropBefore}, inDoubt: true, created: false},
		{name: "response lost", fault: lab.Fault{Kind: lab.FaultLoseReply}, inDoubt: true, created: true},
		{name: "429", fault: lab.Fault{Kind: lab.FaultTooMany}, inDoubt: false, created: false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := newDeployment(t, simulator.Options{})
			ctx := t.Context()
			test.fault.Path, test.fault.Count = "^/api/v0/companies$", 1
			require.NoError(t, d.sim.Lab().Faults.Set(test.fault))
			_, err := d.CreateCompany(ctx, accelo.NewCompany{Name: "Planet Express"})
			require.True(t, accelo.IsTransient(err), "%v", err)
			require.Equal(t, test.inDoubt, accelo.InDoubt(err), "%v", err)
			found, err := d.FindCompaniesByName(ctx, "Planet Express")
			require.NoError(t, err)
			require.Equal(t, test.created, len(found) == 1)
		})
	}
}

// A revoked token is replaced once, and wrong credentials are sent once, which is far from a lock-out.
func TestContractTokens(t *testing.T) {
	t.Parallel()
	d := newDeployment(t, simulator.Options{})
	_, err := d.TokenInfo(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, d.sim.RevokeTokens())
	_, err = d.CreateCompany(t.Context(), accelo.NewCompany{Name: "Planet Express"})
	require.NoError(t, err)
	require.Equal(t, 2, d.sim.Lab().Calls.Counters().Auth)

	wrong, err := accelo.New(accelo.Options{BaseURL: d.BaseURL(), ClientID: simulator.DefaultClientID, ClientSecret: "wrong"})
	require.NoError(t, err)
	for range 200 {
		_, err := wrong.TokenInfo(t.Context())
		require.True(t, accelo.IsUnauthorized(err))
	}
	require.Equal(t, 3, d.sim.Lab().Calls.Counters().Auth)

	reader, err := accelo.New(accelo.Options{
		BaseURL: d.BaseURL(), ClientID: simulator.DefaultClientID, ClientSecret: simulator.DefaultClientSecret, Scope: "read(all)",
	})
	require.NoError(t, err)
	_, err = reader.CreateCompany(t.Context(), accelo.NewCompany{Name: "Planet Express"})
	require.True(t, accelo.IsForbidden(err))
	require.False(t, accelo.InDoubt(err))
}

// Concurrent bulk calls leave the reserve untouched, never cause a 429, and continue after the reset.
func TestContractBudget(t *testing.T) {
	t.Parallel()
	clock := newClock()
	d := newDeployment(t, simulator.Options{RateLimit: 50, Now: clock.now})
	bulk := accelo.WithLane(t.Context(), accelo.Bulk)
	useUp := func(ctx context.Context) error {
		var err error
		for err == nil {
			_, err = d.RequestTypes(ctx)
		}
		return err
	}
	_, err := d.RequestTypes(bulk)
	require.NoError(t, err)
	failures := make(chan error, 8)
	var group sync.WaitGroup
	for range cap(failures) {
		group.Go(func() { failures <- useUp(bulk) })
	}
	group.Wait()
	for range cap(failures) {
		var budget *accelo.BudgetError
		require.ErrorAs(t, <-failures, &budget)
		require.True(t, budget.Until.Equal(d.sim.RateStatus().Resets))
	}
	require.GreaterOrEqual(t, d.sim.RateStatus().Remaining, 10)

	require.True(t, accelo.IsRateLimited(useUp(t.Context())))
	require.Zero(t, d.sim.RateStatus().Remaining, "urgent calls may use everything")
	require.Zero(t, d.sim.Lab().Calls.Counters().ByStatus[429])

	clock.advance(time.Hour)
	_, err = d.RequestTypes(bulk)
	require.NoError(t, err)
	require.Equal(t, 49, d.Budget().State().Remaining)
}
