package localtest

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/durationpb"

	"ninjaone-accelo/internal/flow"
)

// The environment variables of running servers.
const (
	// PostgresVariable contains the URL of a PostgreSQL server, with its superuser.
	PostgresVariable = "TEST_POSTGRES_URL"
	// TemporalVariable contains the host and port of a Temporal server.
	TemporalVariable = "TEST_TEMPORAL_ADDRESS"
)

const (
	// preparation bounds everything that a test waits for in this package. The first test waits for the servers to start.
	preparation = 2 * time.Minute
	retention   = 24 * time.Hour
)

// Database creates an empty database for one test and returns its DATABASE_URL. The database is dropped when the test ends, even
// if there are connections to it.
func Database(t testing.TB) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), preparation)
	defer cancel()
	server, err := shared.postgresURL(ctx)
	require.NoError(t, err)
	return databaseFrom(ctx, t, server, "")
}

// Copy creates a database like Database that holds what prepare writes. Prepare runs once in the test process, always the same function, on a
// database that the others are copies of; it must leave no connection open.
func Copy(t testing.TB, prepare func(ctx context.Context, url string) error) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), preparation)
	defer cancel()
	server, err := shared.postgresURL(ctx)
	require.NoError(t, err)
	template, err := shared.templateOf(ctx, server, prepare)
	require.NoError(t, err)
	return databaseFrom(ctx, t, server, template)
}

// databaseFrom creates a database for one test, as a copy of a template unless that is empty.
func databaseFrom(ctx context.Context, t testing.TB, server, template string) string {
	t.Helper()
	name, err := createDatabase(ctx, server, template)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), preparation)
		defer cancel()
		if err := dropDatabase(ctx, server, name); err != nil {
			t.Logf("the database of the test was not removed: %v", err)
		}
	})
	database, err := urlOf(server, name)
	require.NoError(t, err)
	return database
}

func createDatabase(ctx context.Context, server, template string) (name string, err error) {
	name = "test_" + strings.ToLower(rand.Text())
	statement := "CREATE DATABASE " + pgx.Identifier{name}.Sanitize()
	if template != "" {
		statement += " TEMPLATE " + pgx.Identifier{template}.Sanitize()
	}
	return name, execute(ctx, server, statement)
}

func dropDatabase(ctx context.Context, server, name string) error {
	return execute(ctx, server, "DROP DATABASE "+pgx.Identifier{name}.Sanitize()+" WITH (FORCE)")
}

// urlOf returns the URL of a database of a server.
func urlOf(server, name string) (string, error) {
	database, err := url.Parse(server)
	if err != nil {
		return "", err
	}
	database.Path = "/" + name
	return database.String(), nil
}

func execute(ctx context.Context, server, statement string) error {
	connection, err := pgx.Connect(ctx, server)
	if err != nil {
		return err
	}
	defer func() { _ = connection.Close(ctx) }()
	_, err = connection.Exec(ctx, statement)
	return err
}

// Temporal creates a namespace with our search attributes for one test, and returns the server's address and the name of the
// namespace. The namespace exists as long as the server.
func Temporal(t testing.TB) (address, namespace string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), preparation)
	defer cancel()
	address, err := shared.temporalAddress(ctx)
	require.NoError(t, err)
	namespace = "test-" + strings.ToLower(rand.Text())
	require.NoError(t, register(ctx, address, namespace))
	return address, namespace
}

func register(ctx context.Context, address, namespace string) error {
	c, err := client.DialContext(ctx, client.Options{HostPort: address})
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = c.WorkflowService().RegisterNamespace(ctx, &workflowservice.RegisterNamespaceRequest{
		Namespace:                        namespace,
		WorkflowExecutionRetentionPeriod: durationpb.New(retention),
	})
	if err != nil {
		return err
	}
	attributes := map[string]enums.IndexedValueType{}
	for _, name := range flow.SearchAttributes() {
		attributes[name] = enums.INDEXED_VALUE_TYPE_KEYWORD
	}
	_, err = c.OperatorService().AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{
		Namespace: namespace, SearchAttributes: attributes,
	})
	return err
}

// TemporalClient creates a namespace like Temporal, and returns a client for it that is closed when the test ends.
func TemporalClient(t testing.TB) client.Client {
	t.Helper()
	address, namespace := Temporal(t)
	c, err := client.DialContext(t.Context(), client.Options{HostPort: address, Namespace: namespace})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

// Run runs the tests of a package, and then shuts down the servers that were started for them. For TestMain:
//
//	func TestMain(m *testing.M) { os.Exit(localtest.Run(m)) }
func Run(m *testing.M) int {
	code := m.Run()
	ctx, cancel := context.WithTimeout(context.Background(), preparation)
	defer cancel()
	if err := shared.stop(ctx); err != nil {
		_, _ = os.Stderr.WriteString("shut down the servers of the tests: " + err.Error() + "\n")
		return max(code, 1)
	}
	return code
}
