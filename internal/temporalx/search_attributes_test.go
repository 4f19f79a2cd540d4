package temporalx_test

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"
	"golang.org/x/sync/errgroup"

	"ninjaone-accelo/internal/local/localtest"
	"ninjaone-accelo/internal/telemetry"
	"ninjaone-accelo/internal/temporalx"
)

// dial connects to a new namespace on a real server.
func dial(t *testing.T) (c client.Client, namespace string) {
	t.Helper()
	address, namespace := localtest.Temporal(t)
	c, err := temporalx.Dial(t.Context(), temporalx.Options{
		Environ: []string{"TEMPORAL_ADDRESS=" + address, "TEMPORAL_NAMESPACE=" + namespace},
	})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c, namespace
}

// On a real server, programs that start at the same time all get usable attributes: a workflow starts with them.
func TestRegisterSearchAttributes(t *testing.T) {
	t.Parallel()
	c, namespace := dial(t)
	names := []string{"Connection", "TestRack", "TestShelf"}
	var programs errgroup.Group
	for range 5 {
		programs.Go(func() error {
			available, err := temporalx.RegisterSearchAttributes(t.Context(), c, namespace, names, slog.New(slog.DiscardHandler))
			if err == nil && len(available) != len(names) {
				t.Errorf("available: %v", available)
			}
			return err
		})
	}
	require.NoError(t, programs.Wait())
	_, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: "any", TaskQueue: "nobody", TypedSearchAttributes: temporal.NewSearchAttributes(
			temporal.NewSearchAttributeKeyKeyword("Connection").ValueSet("default"),
			temporal.NewSearchAttributeKeyKeyword("TestRack").ValueSet("1"),
			temporal.NewSearchAttributeKeyKeyword("TestShelf").ValueSet("2"),
		),
	}, "Anything")
	require.NoError(t, err)
}

// On a real server, attributes of another type and attributes beyond the server's limit are left out and named in the log.
func TestRegisterSearchAttributesPartly(t *testing.T) {
	t.Parallel()
	c, namespace := dial(t)
	_, err := c.OperatorService().AddSearchAttributes(t.Context(), &operatorservice.AddSearchAttributesRequest{
		Namespace:        namespace,
		SearchAttributes: map[string]enumspb.IndexedValueType{"TestRack": enumspb.INDEXED_VALUE_TYPE_INT},
	})
	require.NoError(t, err)
	var log strings.Builder
	logger := telemetry.NewLogger(&log, slog.LevelWarn, "text")
	available, err := temporalx.RegisterSearchAttributes(t.Context(), c, namespace, []string{"Connection", "TestRack"}, logger)
	require.NoError(t, err)
	require.Equal(t, []string{"Connection"}, available)
	require.Contains(t, log.String(), "other_type=TestRack")

	tooMany := []string{"Connection"}
	for _, letter := range strings.Split("ABCDEFGHIJKLMNO", "") {
		tooMany = append(tooMany, "Test"+letter)
	}
	available, err = temporalx.RegisterSearchAttributes(t.Context(), c, namespace, tooMany, logger)
	require.NoError(t, err)
	require.Equal(t, []string{"Connection"}, available)
	require.Contains(t, log.String(), "TestO")
}
