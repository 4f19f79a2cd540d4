package importer

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// An estimate covers the reading, the calls at the observed pace, and the waits for the budget.
func TestEstimate(t *testing.T) {
	t.Parallel()
	// Ten calls took one second. Four run at a time, so each adds 26 ms, including our own overhead.
	run := store.Import{Calls: store.Calls{AcceloCalls: 10, AcceloMillis: 1000}}
	for _, test := range []struct {
		name        string
		reserve     float64
		budget      accelo.BudgetState
		calls       int
		least, most float64
	}{
		{"nothing to do", 0.2, accelo.BudgetState{}, 0, 10, 10},
		{"no limit known", 0.2, accelo.BudgetState{}, 1000, 36, 36},
		{"within the budget", 0.2, accelo.BudgetState{Limit: 5000, Remaining: 4000}, 1000, 36, 36},
		{"beyond the budget", 0.2, accelo.BudgetState{Limit: 5000, Remaining: 1500}, 1000, 1800, 1830},
		{"beyond two budgets", 0.2, accelo.BudgetState{Limit: 5000, Remaining: 1500}, 5000, 5400, 5440},
		{"nothing is left for bulk work", 1, accelo.BudgetState{Limit: 5000, Remaining: 5000}, 1, 1e9, 1e10},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			gauge := accelo.NewBudget(test.reserve, nil)
			if test.budget.Limit > 0 {
				test.budget.Known, test.budget.Reset = true, time.Now().Add(30*time.Minute)
				gauge.Seed(test.budget)
			}
			client, err := accelo.New(accelo.Options{BaseURL: "https://planet-express.api.accelo.com", ClientID: "id", ClientSecret: "secret", Budget: gauge})
			require.NoError(t, err)
			seconds := estimate(run, test.calls, 10*time.Second, tenant.Connection{Accelo: client})
			require.GreaterOrEqual(t, seconds, test.least)
			require.LessOrEqual(t, seconds, test.most)
		})
	}
}
