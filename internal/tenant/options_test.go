package tenant_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/store"
)

// Each connection has its own options; one never sees another's. Both processes use a change at once, without a restart.
func TestOptionsOfEachConnection(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	p, other := f.provider(7), f.provider(7)
	for _, name := range []string{"default", "second"} {
		require.NoError(t, p.Save(t.Context(), name, oauth()))
	}
	require.NoError(t, f.store.SaveOptions(t.Context(), "second", nil, map[string]string{"alert_min_severity": "MAJOR", "budget_reserve": "0.5"}))
	for name, want := range map[string]struct {
		severity string
		reserve  float64
	}{"default": {"NONE", 0.2}, "second": {"MAJOR", 0.5}} {
		c, err := other.Connection(t.Context(), name)
		require.NoError(t, err)
		require.Equal(t, want.severity, string(c.Options.AlertMinSeverity), name)
		require.InDelta(t, want.reserve, c.Options.BudgetReserve, 0, name)
	}
	require.NoError(t, f.store.SaveOptions(t.Context(), "second", map[string]string{"alert_min_severity": "MAJOR", "budget_reserve": "0.5"},
		map[string]string{"alert_hold_down": "1m"}))
	c, err := other.Connection(t.Context(), "second")
	require.NoError(t, err)
	require.Equal(t, "NONE", string(c.Options.AlertMinSeverity))
	require.Equal(t, time.Minute, c.Options.AlertHoldDown)
}

// Two people who change the options of a connection at the same time don't overwrite each other: the second is told.
func TestOptionsChangedMeanwhile(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	require.NoError(t, f.provider(7).Save(t.Context(), "default", oauth()))
	require.NoError(t, f.store.SaveOptions(t.Context(), "default", nil, map[string]string{"on_reset": "note"}))
	require.ErrorIs(t, f.store.SaveOptions(t.Context(), "default", nil, map[string]string{"on_reset": "close"}), store.ErrConnectionChanged)
	options, err := f.provider(7).Options(t.Context(), "default")
	require.NoError(t, err)
	require.Equal(t, "note", string(options.OnReset))
}

// A stored option that this version doesn't know or understand has its default; the others apply.
func TestOptionsOfAnotherVersion(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	require.NoError(t, f.provider(7).Save(t.Context(), "default", oauth()))
	require.NoError(t, f.store.SaveOptions(t.Context(), "default", nil,
		map[string]string{"on_reset": "explode", "colour": "red", "alert_min_severity": "MINOR"}))
	options, err := f.provider(7).Options(t.Context(), "default")
	require.NoError(t, err)
	require.Equal(t, "close", string(options.OnReset))
	require.Equal(t, "MINOR", string(options.AlertMinSeverity))
}
