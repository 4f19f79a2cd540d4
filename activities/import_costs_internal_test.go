package activities

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/tenant"
)

// The cost of a decision is the number of calls to carry it out.
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
