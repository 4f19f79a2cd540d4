package config_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/rules"
)

// What someone chose for a connection goes before the environment, and that before the defaults of the product.
func TestResolveOptions(t *testing.T) {
	t.Parallel()
	defaults := config.DefaultsOf(map[string]string{"ALERT_HOLD_DOWN": "2m", "ON_RESET": "note", "DATABASE_URL": "not an option"})
	options, err := defaults.Resolve(config.Chosen{"on_reset": " close-unclaimed ", "request_type": "Alerts", "budget_reserve": "0.3"})
	require.NoError(t, err)
	require.Equal(t, rules.OnResetCloseUnclaimed, options.OnReset)
	require.Equal(t, 2*time.Minute, options.AlertHoldDown)
	require.Equal(t, "Alerts", options.RequestType)
	require.InDelta(t, 0.3, options.BudgetReserve, 0)
	require.Equal(t, rules.OnConvertReset, options.OnConvert)
	require.Equal(t, rules.OnResetNote, defaults.Options().OnReset)
	require.Equal(t, 5*time.Minute, config.Defaults{}.Options().ReconcileInterval)
}

// Every fault of the chosen options is named after its option, with what to write instead.
func TestResolveNamesFaults(t *testing.T) {
	t.Parallel()
	_, err := config.Defaults{}.Resolve(config.Chosen{
		"alert_min_severity": "high", "budget_reserve": "1.5", "reconcile_interval": "0s", "remote_control": "elsewhere", "colour": "red",
		"alert_hold_down": "soon",
	})
	var faults config.Faults
	require.ErrorAs(t, err, &faults)
	named := map[string]string{}
	for _, fault := range faults {
		named[fault.Variable] = fault.Error()
	}
	require.Len(t, named, 6)
	require.Equal(t, `alert_min_severity is "high": write one of NONE, MINOR, MODERATE, MAJOR, CRITICAL`, named["alert_min_severity"])
	require.Equal(t, `reconcile_interval is too short: "0s": write at least 1s`, named["reconcile_interval"])
	require.Contains(t, named["colour"], "is not an option: write one of request_type, asset_type")
	for _, name := range []string{"budget_reserve", "remote_control", "alert_hold_down"} {
		require.Contains(t, named, name)
	}
}

// Options as texts give the same options again.
func TestOptionsAsTexts(t *testing.T) {
	t.Parallel()
	options := config.Options{
		RequestType: "Alerts", AssetType: "Device", BudgetReserve: 0.25, AlertMinSeverity: "MINOR", AlertHoldDown: 90 * time.Second,
		AlertReopenWindow: 36 * time.Hour, OnReset: rules.OnResetNote, OnConvert: rules.OnConvertKeep,
		RemoteControl:        rules.RemoteControl{Source: rules.RemoteControlCustomField, Field: "a b", URLTemplate: "https://x.example/{value}"},
		AssetRefreshInterval: time.Hour, ReconcileInterval: 10 * time.Minute,
	}
	values := options.Values()
	require.Equal(t, "36h", values["alert_reopen_window"])
	require.Equal(t, "1m30s", values["alert_hold_down"])
	require.Equal(t, "10m", values["reconcile_interval"])
	require.Equal(t, "custom-field:a b=https://x.example/{value}", values["remote_control"])
	resolved, err := config.Defaults{}.Resolve(values)
	require.NoError(t, err)
	require.Equal(t, options, resolved)
	require.Equal(t, options, options.Defaults().Options())
	require.Len(t, config.OptionNames(), len(values))
	require.Equal(t, "ACCELO_REQUEST_TYPE", config.Variable("request_type"))
	require.Empty(t, config.Variable("colour"))
}
