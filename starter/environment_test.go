package main

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/internal/local/localtest"
	"ninjaone-accelo/internal/local/storetest"
	"ninjaone-accelo/internal/store"
)

// environment is a database, and Temporal if a test asks for it, with the settings that name both.
type environment struct {
	t       *testing.T
	environ []string
	store   *store.Store
}

// newEnvironment sets up the connection `default` with vendors that do not answer.
func newEnvironment(t *testing.T) *environment {
	t.Helper()
	e := &environment{t: t, environ: []string{
		"DATABASE_URL=" + storetest.Database(t), "CREDENTIALS_KEY=" + base64.StdEncoding.EncodeToString(make([]byte, 32)), "LOG_LEVEL=error",
		"NINJAONE_URL=http://127.0.0.1:1", "NINJAONE_CLIENT_ID=id", "NINJAONE_CLIENT_SECRET=secret",
		"ACCELO_URL=http://127.0.0.1:1", "ACCELO_CLIENT_ID=id", "ACCELO_CLIENT_SECRET=secret", "TEMPORAL_ADDRESS=127.0.0.1:1",
	}}
	require.Zero(t, e.run("status").code) // creates the schema and stores the connection
	var err error
	e.store, err = store.Open(t.Context(), strings.TrimPrefix(e.environ[0], "DATABASE_URL="), store.Options{}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(e.store.Close)
	return e
}

// worker starts Temporal and a worker whose workflows do what a test wants, by workflow type.
func (e *environment) worker(workflows map[string]any) client.Client {
	e.t.Helper()
	address, namespace := localtest.Temporal(e.t)
	e.environ = append(e.environ, "TEMPORAL_ADDRESS="+address, "TEMPORAL_NAMESPACE="+namespace)
	c, err := client.DialContext(e.t.Context(), client.Options{HostPort: address, Namespace: namespace})
	require.NoError(e.t, err)
	e.t.Cleanup(c.Close)
	w := worker.New(c, "ninjaone-accelo", worker.Options{})
	for name, run := range workflows {
		w.RegisterWorkflowWithOptions(run, workflow.RegisterOptions{Name: name})
	}
	require.NoError(e.t, w.Start())
	e.t.Cleanup(w.Stop)
	return c
}

func (e *environment) run(arguments ...string) outcome {
	e.t.Helper()
	return runStarter(e.t, e.environ, arguments...)
}

// runJSON runs a command with --json, and requires that it prints exactly one JSON object.
func (e *environment) runJSON(code int, arguments ...string) map[string]any {
	e.t.Helper()
	result := e.run(append(arguments, "--json")...)
	require.Equal(e.t, code, result.code, result.stderr)
	var object map[string]any
	decoder := json.NewDecoder(strings.NewReader(result.stdout))
	require.NoError(e.t, decoder.Decode(&object), result.stdout)
	_, err := decoder.Token()
	require.ErrorIs(e.t, err, io.EOF, result.stdout)
	return object
}

// requireFailure requires that a command fails with an exit code and a message, and prints no result.
func (e *environment) requireFailure(code int, want string, arguments ...string) {
	e.t.Helper()
	result := e.run(arguments...)
	require.Equal(e.t, code, result.code, result.stderr)
	require.Contains(e.t, result.stderr, want)
	require.Empty(e.t, result.stdout)
}
