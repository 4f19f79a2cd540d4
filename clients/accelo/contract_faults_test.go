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

// What went wrong is told apart, and whoever is in doubt finds what was made.
func TestContractFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		fault lab.Fault
		doubt bool
		made  bool
	}{
		{"500", lab.Fault{Kind: lab.FaultStatus}, true, false},
		{"502 HTML", lab.Fault{Kind: lab.FaultHTML502}, true, false},
		{"404 HTML", lab.Fault{Kind: lab.FaultHTML404}, true, false},
		{"200 but not ok", lab.Fault{Kind: simulator.FaultNotOK}, true, false},
		{"cut before", lab.Fault{Kind: lab.FaultDropBefore}, true, false},
		{"reply lost", lab.Fault{Kind: lab.FaultLoseReply}, true, true},
		{"429", lab.Fault{Kind: lab.FaultTooMany}, false, false},
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
			require.Equal(t, test.doubt, accelo.InDoubt(err), "%v", err)
			found, err := d.FindCompaniesByName(ctx, "Planet Express")
			require.NoError(t, err)
			require.Equal(t, test.made, len(found) == 1)
		})
	}
}

// A revoked token costs one new one; wrong credentials are tried once, far from the lock-out.
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

// Many bulk callers against a small limit: the reserve stays, Accelo never has to answer 429, and after the reset they
// go on.
func TestContractBudget(t *testing.T) {
	t.Parallel()
	clock := newClock()
	d := newDeployment(t, simulator.Options{RateLimit: 50, Now: clock.Now})
	bulk := accelo.WithLane(t.Context(), accelo.Bulk)
	spend := func(ctx context.Context) error {
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
		group.Go(func() { failures <- spend(bulk) })
	}
	group.Wait()
	for range cap(failures) {
		var refused *accelo.BudgetError
		require.ErrorAs(t, <-failures, &refused)
		require.True(t, refused.Until.Equal(d.sim.RateStatus().Resets))
	}
	require.GreaterOrEqual(t, d.sim.RateStatus().Remaining, 10)

	require.True(t, accelo.IsRateLimited(spend(t.Context())))
	require.Zero(t, d.sim.RateStatus().Remaining, "alerts may use all of it")
	require.Zero(t, d.sim.Lab().Calls.Counters().ByStatus[429])

	clock.advance(time.Hour)
	_, err = d.RequestTypes(bulk)
	require.NoError(t, err)
	require.Equal(t, 49, d.Budget().State().Remaining)
}
