package config_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/config"
)

// A mistyped setting is a fault that names the setting that was probably meant.
func TestUnknownSettings(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, variable, want string
	}{
		{"missing letter", "ACCELO_CLIENT_SECRT", "did you mean ACCELO_CLIENT_SECRET?"},
		{"swapped letters", "ADMIN_TOEKN", "did you mean ADMIN_TOKEN?"},
		{"plural", "ASSET_REFRESH_INTERVALS", "did you mean ASSET_REFRESH_INTERVAL?"},
		{"lower case", "task_queue", "did you mean TASK_QUEUE?"},
		{"missing word", "ALERT_SEVERITY", "did you mean ALERT_MIN_SEVERITY?"},
		{"mistyped setting of Temporal", "TEMPORAL_NAMSPACE", "did you mean TEMPORAL_NAMESPACE?"},
		{"no similar setting", "NINJAONE_SECRET", "remove it"},
		{"only the prefix", "ON_", "remove it"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := config.Load(environ(map[string]string{test.variable: "hunter2"}))
			require.Equal(t, []string{test.variable}, variables(t, err))
			require.ErrorContains(t, err, test.variable+" is not a setting: "+test.want)
			require.NotContains(t, err.Error(), "hunter2")
		})
	}
}

// Variables of other programs are ignored, even if Kubernetes gives them one of our prefixes.
func TestForeignVariables(t *testing.T) {
	t.Parallel()
	foreign := []string{
		"_", "A", "HOSTNAME", "LANG", "GOMAXPROCS", "HTTPS_PROXY", "KUBERNETES_SERVICE_HOST", "PGUSER", "DEMO_ONCE",
		"NINJAONE_ACCELO_SERVICE_HOST", "NINJAONE_ACCELO_SERVICE_PORT", "NINJAONE_ACCELO_SERVICE_PORT_HTTP",
		"NINJAONE_ACCELO_PORT", "NINJAONE_ACCELO_PORT_8080_TCP", "NINJAONE_ACCELO_PORT_8080_TCP_ADDR",
		"TEMPORAL_CLI_SHOW_STACKS", "TEMPORAL_PORT_7233_TCP", "TEMPORAL_TLS_CA", "TEMPORAL_TLS_KEY",
	}
	settings := make(map[string]string)
	for _, name := range foreign {
		settings[name] = "x"
	}
	_, err := config.Load(environ(settings))
	require.NoError(t, err)
}
