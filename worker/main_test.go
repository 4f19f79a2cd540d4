package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/program"
	"ninjaone-accelo/internal/version"
)

// settings are the smallest valid settings, with a database that does not exist.
var settings = []string{
	"DATABASE_URL=postgres://127.0.0.1:1/none?connect_timeout=1", "CREDENTIALS_KEY=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
}

// --version prints version, commit and Go version, and needs no settings.
func TestVersion(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"--version"}, nil, &stdout, &stderr))
	require.Equal(t, "worker version "+version.String()+"\n", stdout.String())
	require.Contains(t, stdout.String(), version.Commit())
	require.Contains(t, stdout.String(), version.GoVersion())
	require.Empty(t, stderr.String())
}

// Wrong arguments and wrong settings end with exit code 2 and a message that says what to do.
func TestBadUsage(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		arguments []string
		environ   []string
		want      string
	}{
		{"unknown command", []string{"serve"}, settings, "see worker --help"},
		{"unknown flag", []string{"--queue=x"}, settings, "see worker --help"},
		{"argument of health", []string{"health", "x"}, settings, "see worker --help"},
		{"missing settings", nil, nil, "DATABASE_URL is not set"},
		{"missing settings for health", []string{"health"}, nil, "DATABASE_URL is not set"},
		{"wrong setting", nil, append([]string{"METRICS_ADDRESS=9090"}, settings...), `METRICS_ADDRESS is "9090"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			err := run(t.Context(), test.arguments, test.environ, &stdout, &stderr)
			require.ErrorContains(t, err, test.want)
			require.Equal(t, program.ExitBadUsage, program.ExitCode(err))
			require.Empty(t, stdout.String())
		})
	}
}

// health asks the worker that listens on METRICS_ADDRESS.
func TestHealth(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/healthz" {
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	defer server.Close()
	environ := append([]string{"METRICS_ADDRESS=" + server.Listener.Addr().String()}, settings...)
	var output bytes.Buffer
	require.NoError(t, run(t.Context(), []string{"health"}, environ, &output, &output))
	server.Close()
	err := run(t.Context(), []string{"health"}, environ, &output, &output)
	require.Equal(t, program.ExitCouldNotRun, program.ExitCode(err))
}
