package localtest

import (
	"context"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"ninjaone-accelo/internal/flow"
)

func TestMain(m *testing.M) { os.Exit(Run(m)) }

// Every test gets its own database, which is removed afterwards even if connections are open.
func TestDatabase(t *testing.T) {
	t.Parallel()
	var first string
	t.Run("one test", func(t *testing.T) {
		first = Database(t)
		connection, err := pgx.Connect(t.Context(), first)
		require.NoError(t, err)
		_, err = connection.Exec(t.Context(), "CREATE TABLE mine (n int)")
		require.NoError(t, err)
	})
	t.Run("another test", func(t *testing.T) {
		second := Database(t)
		require.NotEqual(t, first, second)
		connection, err := pgx.Connect(t.Context(), second)
		require.NoError(t, err)
		defer func() { _ = connection.Close(t.Context()) }()
		_, err = connection.Exec(t.Context(), "SELECT n FROM mine")
		require.ErrorContains(t, err, "does not exist")
	})
	_, err := pgx.Connect(t.Context(), first)
	require.ErrorContains(t, err, "does not exist")
}

// Every test gets its own namespace, in which our search attributes are usable immediately.
func TestTemporal(t *testing.T) {
	t.Parallel()
	namespaces := map[string]bool{}
	for range 3 {
		address, namespace := Temporal(t)
		namespaces[namespace] = true
		c, err := client.DialContext(t.Context(), client.Options{HostPort: address, Namespace: namespace})
		require.NoError(t, err)
		defer c.Close()
		var attributes []temporal.SearchAttributeUpdate
		for _, name := range flow.SearchAttributes() {
			attributes = append(attributes, temporal.NewSearchAttributeKeyKeyword(name).ValueSet("x"))
		}
		_, err = c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
			ID: "same", TaskQueue: "nobody", TypedSearchAttributes: temporal.NewSearchAttributes(attributes...),
		}, "Anything")
		require.NoError(t, err)
	}
	require.Len(t, namespaces, 3)
}

func TestTemporalClient(t *testing.T) {
	t.Parallel()
	_, err := TemporalClient(t).WorkflowService().GetClusterInfo(t.Context(), &workflowservice.GetClusterInfoRequest{})
	require.NoError(t, err)
}

// Without the environment variables, the test process starts each server once, and stops it.
func TestOwnServices(t *testing.T) {
	t.Setenv(PostgresVariable, "")
	t.Setenv(TemporalVariable, "")
	var own services
	stop := func() { require.NoError(t, own.stop(context.WithoutCancel(t.Context()))) }
	t.Cleanup(stop)
	database, err := own.postgresURL(t.Context())
	require.NoError(t, err)
	again, err := own.postgresURL(t.Context())
	require.NoError(t, err)
	require.Equal(t, database, again)
	address, err := own.temporalAddress(t.Context())
	require.NoError(t, err)
	require.NoError(t, register(t.Context(), address, "mine"))
	stop()
	_, err = pgx.Connect(t.Context(), database)
	require.Error(t, err)
}
