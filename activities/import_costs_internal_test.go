package activities

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/clients/accelo"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/tenant"
)

// Every decision costs the calls that carrying it out takes.
func TestCosts(t *testing.T) {
	t.Parallel()
	yes, no, title := true, false, "SHIP"
	device := rules.Device{ID: 7, SystemName: "SHIP", NodeClass: "WINDOWS_SERVER", PageURL: "https://app.ninjarmm.com/#/deviceDashboard/7/overview"}
	fields := rules.Values(device)
	require.Len(t, fields, 3)
	for _, test := range []struct {
		name          string
		takesFields   *bool
		count         func(*costs)
		reads, writes int
	}{
		{"new company", nil, func(c *costs) { c.company(rules.CompanyDecision{Action: rules.Create}, true) }, 0, 2},
		{"matched company", nil, func(c *costs) { c.company(rules.CompanyDecision{Action: rules.Match}, false) }, 0, 0},
		{"matched company without a contact", nil, func(c *costs) { c.company(rules.CompanyDecision{Action: rules.Match}, true) }, 1, 1},
		{"changed company", nil, func(c *costs) { c.company(rules.CompanyDecision{Action: rules.Update}, false) }, 0, 1},
		{"unchanged company", nil, func(c *costs) { c.company(rules.CompanyDecision{Action: rules.NoChange}, false) }, 0, 0},
		{"new asset", &yes, func(c *costs) { c.asset(device, rules.AssetDecision{Action: rules.Create}) }, 0, 1},
		{"new asset, fields one by one", &no, func(c *costs) { c.asset(device, rules.AssetDecision{Action: rules.Create}) }, 0, 4},
		{"two new assets, not known yet", nil, func(c *costs) {
			c.asset(device, rules.AssetDecision{Action: rules.Create})
			c.asset(device, rules.AssetDecision{Action: rules.Create})
		}, 1, 2},
		{"matched asset", &yes, func(c *costs) { c.asset(device, rules.AssetDecision{Action: rules.Match, Fields: fields}) }, 1, 3},
		{"renamed asset", &yes, func(c *costs) { c.asset(device, rules.AssetDecision{Action: rules.Update, Title: &title}) }, 0, 1},
		{"changed asset", &yes, func(c *costs) {
			c.asset(device, rules.AssetDecision{Action: rules.Update, Fields: map[string]string{"role": "x"}})
		}, 1, 1},
		{"unchanged asset", &yes, func(c *costs) { c.asset(device, rules.AssetDecision{Action: rules.NoChange}) }, 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var connection tenant.Connection
			connection.Settings.Capabilities.SetFieldsOnCreate = test.takesFields
			c := &costs{connection: connection}
			test.count(c)
			require.Equal(t, test.reads+test.writes, c.calls)
			require.Equal(t, test.writes, c.writes)
		})
	}
}

// An estimate is the reading, the calls at the pace that was seen, and the waits for the budget.
func TestEstimate(t *testing.T) {
	t.Parallel()
	// Ten calls took a second, so that four at a time take 26 ms each with what goes on around them.
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
