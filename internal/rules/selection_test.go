package rules_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/rules"
)

// Nothing chosen is everything, and equal selections are the same in whatever order.
func TestSelection(t *testing.T) {
	t.Parallel()
	var all rules.Selection
	require.True(t, all.Everything())
	require.True(t, all.Has(rules.AlertRecords) && all.HasOrganization(8))
	require.Equal(t, "everything", all.String())
	require.Equal(t, all, rules.Selection{Records: []string{"alerts", "devices", "organizations"}, Organizations: []int{}}.Normalized())

	some := rules.Selection{Records: []string{"devices", "organizations", "devices"}, Organizations: []int{9, 7, 9}}
	require.Equal(t, rules.Selection{Records: []string{"organizations", "devices"}, Organizations: []int{7, 9}}, some.Normalized())
	require.True(t, some.Same(some.Normalized()))
	require.False(t, some.Same(all))
	require.False(t, some.Has(rules.AlertRecords) || some.HasOrganization(8) || some.Everything())
	require.Equal(t, "organizations and devices of 2 chosen organizations", some.Normalized().String())
	require.Equal(t, "devices", rules.Selection{Records: []string{"devices"}}.String())
	require.Equal(t, "organizations, devices and active alerts of 1 chosen organization", rules.Selection{Organizations: []int{7}}.String())
}
