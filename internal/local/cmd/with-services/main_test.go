package main

import (
	"bytes"
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
)

// The command gets the addresses of both servers, its exit code is returned, and both servers end.
func TestRun(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), []string{"sh", "-c", `echo "$TEST_POSTGRES_URL"; echo "$TEST_TEMPORAL_ADDRESS" >&2; exit 7`}, &stdout, &stderr)
	require.Equal(t, 7, code)
	database := bytes.TrimSpace(stdout.Bytes())
	_, err := pgx.ParseConfig(string(database))
	require.NoError(t, err)
	_, err = pgx.Connect(t.Context(), string(database))
	require.ErrorContains(t, err, "connect")
	_, err = client.DialContext(t.Context(), client.Options{HostPort: string(bytes.TrimSpace(stderr.Bytes()))})
	require.Error(t, err)
}

// The servers answer while the command runs.
func TestWithServices(t *testing.T) {
	t.Parallel()
	code, err := withServices(t.Context(), func(environment []string) error {
		database := environment[len(environment)-2][len("TEST_POSTGRES_URL="):]
		connection, err := pgx.Connect(t.Context(), database)
		if err != nil {
			return err
		}
		return connection.Close(t.Context())
	})
	require.NoError(t, err)
	require.Zero(t, code)
}

func TestRunErrors(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	require.Equal(t, badUsage, run(t.Context(), nil, &stdout, &stderr))
	require.Contains(t, stderr.String(), "usage")
	require.Equal(t, couldNotRun, run(t.Context(), []string{"no-such-command-here"}, &stdout, &stderr))
	require.Contains(t, stderr.String(), "no-such-command-here")
}

// An interrupt ends the command and the servers, and the exit code is not 0.
func TestRunInterrupted(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancel(t.Context())
	var stderr bytes.Buffer
	code := run(ctx, []string{"sh", "-c", "echo ready; exec sleep 600"}, onWrite(interrupt), &stderr)
	require.Equal(t, couldNotRun, code)
	require.Contains(t, stderr.String(), context.Canceled.Error())
}

// onWrite calls the function on every write.
type onWrite func()

func (f onWrite) Write(b []byte) (int, error) {
	f()
	return len(b), nil
}
