package deploy_test

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/sdk/client"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/local"
	"ninjaone-accelo/internal/local/localtest"
)

// runScript runs a setup script with a directory of programs on PATH, and with some variables.
func runScript(t *testing.T, script, programs string, variables ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "sh", filepath.Join("temporal", script))
	command.Env = append(variables, "PATH="+programs+":"+os.Getenv("PATH"), "HOME="+t.TempDir())
	output, err := command.CombinedOutput()
	require.NoError(t, err, string(output))
	return string(output)
}

// The namespace script creates a namespace with all search attributes of the workflows, and may run again.
func TestSetupNamespace(t *testing.T) {
	t.Parallel()
	cli, err := local.FindTemporal()
	require.NoError(t, err)
	address, other := localtest.Temporal(t)
	namespace := other + "-compose"
	for range 2 {
		runScript(t, "setup-namespace.sh", filepath.Dir(cli), "TEMPORAL_ADDRESS="+address, "TEMPORAL_NAMESPACE="+namespace)
	}
	c, err := client.DialContext(t.Context(), client.Options{HostPort: address, Namespace: namespace})
	require.NoError(t, err)
	defer c.Close()
	attributes, err := c.OperatorService().ListSearchAttributes(t.Context(),
		&operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	require.NoError(t, err)
	require.ElementsMatch(t, flow.SearchAttributes(), slices.Collect(maps.Keys(attributes.GetCustomAttributes())))
}

// The schema script creates each database before its schema, and updates both to the newest version.
func TestSetupSchema(t *testing.T) {
	t.Parallel()
	programs := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(programs, "temporal-sql-tool"), []byte("#!/bin/sh\necho \"$@\"\n"), 0o700))
	calls := strings.Split(strings.TrimSpace(runScript(t, "setup-schema.sh", programs)), "\n")
	require.Equal(t, []string{
		"--database temporal create-database",
		"--database temporal setup-schema --version 0.0",
		"--database temporal update-schema --schema-name postgresql/v12/temporal",
		"--database temporal_visibility create-database",
		"--database temporal_visibility setup-schema --version 0.0",
		"--database temporal_visibility update-schema --schema-name postgresql/v12/visibility",
	}, calls)
}
