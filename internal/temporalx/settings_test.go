package temporalx_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/temporalx"
)

// Resolve combines the standard variables, a profile file and the defaults (interface.md 2).
func TestResolve(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "temporal.toml")
	require.NoError(t, os.WriteFile(file, []byte(`
[profile.default]
address = "from-file:7233"
[profile.staging]
address = "staging:7233"
namespace = "staging"
`), 0o600))
	tests := []struct {
		name    string
		environ []string
		want    temporalx.Target
	}{
		{"nothing set", nil, temporalx.Target{Address: "127.0.0.1:7233", Namespace: "default"}},
		{
			"address and namespace",
			[]string{"TEMPORAL_ADDRESS=temporal:7233", "TEMPORAL_NAMESPACE=msp"},
			temporalx.Target{Address: "temporal:7233", Namespace: "msp"},
		},
		{
			"set but empty",
			[]string{"TEMPORAL_ADDRESS=", "TEMPORAL_NAMESPACE= ", "TEMPORAL_TLS_CLIENT_CERT_PATH="},
			temporalx.Target{Address: "127.0.0.1:7233", Namespace: "default"},
		},
		{
			"file",
			[]string{"TEMPORAL_CONFIG_FILE=" + file},
			temporalx.Target{Address: "from-file:7233", Namespace: "default"},
		},
		{
			"profile",
			[]string{"TEMPORAL_CONFIG_FILE=" + file, "TEMPORAL_PROFILE=staging"},
			temporalx.Target{Address: "staging:7233", Namespace: "staging"},
		},
		{
			"variable over file",
			[]string{"TEMPORAL_CONFIG_FILE=" + file, "TEMPORAL_PROFILE=staging", "TEMPORAL_NAMESPACE=other"},
			temporalx.Target{Address: "staging:7233", Namespace: "other"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := temporalx.Resolve(test.environ)
			require.NoError(t, err)
			require.Equal(t, test.want, got)
		})
	}
}

// Wrong settings are distinguished from an unreachable server.
func TestResolveFaults(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "temporal.toml")
	require.NoError(t, os.WriteFile(file, []byte("[profile.default]\n"), 0o600))
	tests := []struct {
		name    string
		environ []string
	}{
		{"profile missing from the file", []string{"TEMPORAL_CONFIG_FILE=" + file, "TEMPORAL_PROFILE=nobody"}},
		{"missing certificate file", []string{"TEMPORAL_TLS_CLIENT_CERT_PATH=/nonexistent", "TEMPORAL_TLS_CLIENT_KEY_PATH=/nonexistent"}},
		{"half a certificate", []string{"TEMPORAL_TLS_CLIENT_CERT_DATA=x"}},
		{"invalid CA certificate", []string{"TEMPORAL_TLS_SERVER_CA_CERT_DATA=x"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := temporalx.Resolve(test.environ)
			require.ErrorIs(t, err, temporalx.ErrSettings)
			_, err = temporalx.Dial(t.Context(), temporalx.Options{Environ: test.environ})
			require.ErrorIs(t, err, temporalx.ErrSettings)
		})
	}
}
