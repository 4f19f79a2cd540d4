package rules_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/rules"
)

// A severity that is known is compared. A missing one, or one that NinjaOne added since, is never taken for a mild one.
func TestBelowSeverity(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		severity, least string
		below           bool
	}{
		{severity: "NONE", least: "MINOR", below: true},
		{severity: "minor ", least: "MODERATE", below: true},
		{severity: "MAJOR", least: "CRITICAL", below: true},
		{severity: "MAJOR", least: "MAJOR"},
		{severity: "CRITICAL", least: "MAJOR"},
		{severity: "NONE", least: "NONE"},
		{severity: "NONE", least: ""},
		{severity: "", least: "MAJOR"},
		{severity: " ", least: "CRITICAL"},
		{severity: "", least: "NONE"},
		{severity: "SEVERE", least: "CRITICAL"},
	} {
		require.Equal(t, test.below, rules.BelowSeverity(test.severity, test.least) != "", "%q against %q", test.severity, test.least)
	}
}

// A severity is worth finding only if it is unknown and decides something.
func TestNeedsSeverity(t *testing.T) {
	t.Parallel()
	require.True(t, rules.Alert{}.NeedsSeverity("MINOR"))
	require.True(t, rules.Alert{Severity: " "}.NeedsSeverity("CRITICAL"))
	require.False(t, rules.Alert{}.NeedsSeverity("NONE"), "every alert opens a request")
	require.False(t, rules.Alert{}.NeedsSeverity(""))
	require.False(t, rules.Alert{Severity: "NONE"}.NeedsSeverity("MAJOR"), "it was told")
}
