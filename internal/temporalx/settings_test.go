package temporalx_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/temporalx"
)

// The target follows from the standard variables and a profile file, with the defaults of interface section 2.
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
			"set and empty",
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

// Settings that cannot work are told from a server that is not there.
func TestResolveFaults(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "temporal.toml")
	require.NoError(t, os.WriteFile(file, []byte("[profile.default]\n"), 0o600))
	tests := []struct {
		name    string
		environ []string
	}{
		{"profile that is not in the file", []string{"TEMPORAL_CONFIG_FILE=" + file, "TEMPORAL_PROFILE=nobody"}},
		{"certificate that is not there", []string{"TEMPORAL_TLS_CLIENT_CERT_PATH=/nonexistent", "TEMPORAL_TLS_CLIENT_KEY_PATH=/nonexistent"}},
		{"half a certificate", []string{"TEMPORAL_TLS_CLIENT_CERT_DATA=x"}},
		{"authority that is no certificate", []string{"TEMPORAL_TLS_SERVER_CA_CERT_DATA=x"}},
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
