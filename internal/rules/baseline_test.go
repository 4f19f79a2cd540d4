package rules_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/rules"
)

// A relinked record is compared like a fresh match, but a name that differs from NinjaOne's counts as a manual change.
func TestBaselineAfterRelink(t *testing.T) {
	t.Parallel()
	before := rules.Baseline{
		"name": {Ninja: "Acme", Accelo: "Wrong Co"}, "comments": {Ninja: "old", Accelo: "old"}, "role": {Ninja: "x", Accelo: "x", ID: 7},
	}
	same := rules.BaselineAfterRelink(before, map[string]string{"name": "ACME", "comments": "manual"})
	require.Equal(t, rules.Baseline{"name": {Ninja: "Acme", Accelo: "ACME"}, "comments": {Ninja: "old", Accelo: "manual"}}, same)
	other := rules.BaselineAfterRelink(before, map[string]string{"name": "Acme LLC", "comments": ""})
	require.Equal(t, rules.Value{Ninja: "Acme", Accelo: "Acme"}, other["name"])
	require.Equal(t, rules.Baseline{}, rules.BaselineAfterRelink(nil, map[string]string{"title": "SRV"}))

	for _, name := range []string{"Acme", "Acme Renamed"} {
		decision := rules.DecideCompany(rules.Organization{ID: 1, Name: name, Description: "old"}, other, []rules.Company{{ID: 5, Name: "Acme LLC"}})
		require.Equal(t, rules.NoChange, decision.Action)
		require.Equal(t, []rules.ManualChange{{Field: "name", Accelo: "Acme LLC", Ninja: name}}, decision.ManualChanges)
	}
}
