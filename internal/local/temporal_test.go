package local

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
)

func startTemporal(t *testing.T, o TemporalOptions) *Temporal {
	t.Helper()
	server, err := StartTemporal(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop(context.WithoutCancel(t.Context()))) })
	return server
}

func dial(t *testing.T, server *Temporal, namespace string) client.Client {
	t.Helper()
	c, err := client.DialContext(t.Context(), client.Options{HostPort: server.Address(), Namespace: namespace, Logger: noLog()})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

// Namespaces and search attributes exist as soon as the server answers. With a database file, workflows survive a restart and a
// kill, and the server keeps its address.
func TestTemporalLifecycle(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "state", "temporal.db")
	server := startTemporal(t, TemporalOptions{
		DatabaseFile:     file,
		Headless:         true,
		SearchAttributes: []string{"Connection"},
		Namespaces:       []string{"ours"},
		DynamicConfig:    map[string]string{"limit.maxIDLength": "255"},
	})
	require.Empty(t, server.UIURL())
	attributes := temporal.NewSearchAttributes(temporal.NewSearchAttributeKeyKeyword("Connection").ValueSet("default"))
	for _, id := range []string{"one", "two"} {
		_, err := dial(t, server, "ours").ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
			ID: id, TaskQueue: "nobody", TypedSearchAttributes: attributes,
		}, "Anything")
		require.NoError(t, err)
	}
	address := server.Address()
	require.FileExists(t, file+"-wal", "the write-ahead log")

	require.NoError(t, server.Restart(t.Context()))
	_, err := dial(t, server, "ours").DescribeWorkflow(t.Context(), "one", "")
	require.NoError(t, err)

	server.Kill()
	require.True(t, ended(server.Program().PID()))
	require.NoError(t, server.Restart(t.Context()))
	require.Equal(t, address, server.Address())
	_, err = dial(t, server, "ours").DescribeWorkflow(t.Context(), "two", "")
	require.NoError(t, err)
}

// UIURL is the address of the web UI.
func TestTemporalUI(t *testing.T) {
	t.Parallel()
	server := startTemporal(t, TemporalOptions{})
	eventually(t, "the UI answers", func() bool {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.UIURL(), nil)
		require.NoError(t, err)
		response, err := http.DefaultTransport.RoundTrip(request)
		return err == nil && response.Body.Close() == nil && response.StatusCode == http.StatusOK
	})
}

// The error for a server that does not start contains its output.
func TestTemporalDoesNotStart(t *testing.T) {
	t.Parallel()
	_, err := StartTemporal(t.Context(), TemporalOptions{Headless: true, DynamicConfig: map[string]string{"limit.maxIDLength": "{"}})
	require.ErrorContains(t, err, "invalid dynamic config")
}

// The CLI in bin/ takes precedence over PATH, in every directory of the module.
func TestFindTemporal(t *testing.T) {
	root := t.TempDir()
	inner := filepath.Join(root, "internal", "deep")
	require.NoError(t, os.MkdirAll(inner, 0o700))
	require.NoError(t, os.Mkdir(filepath.Join(root, "bin"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(root, "go.mod"), []byte("module example\n"), 0o600))
	t.Chdir(inner)
	t.Setenv("PATH", root)
	_, err := FindTemporal()
	require.ErrorContains(t, err, "make tools")

	onPath, own := filepath.Join(root, "temporal"), filepath.Join(root, "bin", "temporal")
	for _, want := range []string{onPath, own} {
		require.NoError(t, os.WriteFile(want, nil, 0o700))
		found, err := FindTemporal()
		require.NoError(t, err)
		require.Equal(t, want, found)
	}
}
