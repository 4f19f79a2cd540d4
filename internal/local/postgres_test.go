package local

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

func startPostgres(t *testing.T, o PostgresOptions) *Postgres {
	t.Helper()
	o.Fast = true
	postgres, err := StartPostgres(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, postgres.Stop(context.WithoutCancel(t.Context()))) })
	return postgres
}

// clusterDirectory returns a directory that the server's account can reach, unlike t.TempDir if we are root.
func clusterDirectory(t *testing.T) string {
	t.Helper()
	directory, err := os.MkdirTemp("", "local-test-")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(directory)) })
	return directory
}

func query(t *testing.T, postgres *Postgres, database, sql string) string {
	t.Helper()
	connection, err := pgx.Connect(t.Context(), postgres.URL(database))
	require.NoError(t, err)
	defer func() { _ = connection.Close(t.Context()) }()
	var answer string
	require.NoError(t, connection.QueryRow(t.Context(), sql).Scan(&answer))
	return answer
}

// A cluster can be created, queried, restarted and killed without loss, and keeps its port.
func TestPostgresLifecycle(t *testing.T) {
	t.Parallel()
	postgres := startPostgres(t, PostgresOptions{})
	require.NoError(t, postgres.CreateDatabase(t.Context(), "Odd name"))
	require.NoError(t, postgres.CreateDatabase(t.Context(), "Odd name"), "a second call changes nothing")
	require.Equal(t, "UTF8", query(t, postgres, "Odd name", "SHOW server_encoding"))
	require.Equal(t, "C", query(t, postgres, "Odd name", "SELECT datcollate FROM pg_database WHERE datname = 'Odd name'"))
	url := postgres.URL("Odd name")

	connection, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)
	_, err = connection.Exec(t.Context(), "CREATE TABLE kept AS SELECT 'still here' AS what")
	require.NoError(t, err)

	require.NoError(t, postgres.Restart(t.Context()))
	require.Error(t, connection.Ping(t.Context()), "a restart ends the sessions")
	require.Equal(t, "still here", query(t, postgres, "Odd name", "SELECT what FROM kept"))

	postgres.Kill()
	_, err = pgx.Connect(t.Context(), url)
	require.Error(t, err)
	require.NoError(t, postgres.Restart(t.Context()))
	require.Equal(t, url, postgres.URL("Odd name"))
	require.Equal(t, "still here", query(t, postgres, "Odd name", "SELECT what FROM kept"))
}

// A temporary cluster leaves neither files nor processes behind.
func TestPostgresLeavesNothing(t *testing.T) {
	t.Parallel()
	postgres, err := StartPostgres(t.Context(), PostgresOptions{Fast: true})
	require.NoError(t, err)
	require.DirExists(t, postgres.Directory())
	require.NoError(t, postgres.Stop(t.Context()))
	require.NoDirExists(t, postgres.Directory())
	require.True(t, ended(postgres.Program().PID()))
	require.NoError(t, postgres.Stop(t.Context()), "a second call changes nothing")
}

// A cluster in the caller's directory is reused with its password, even after an interrupted start.
func TestPostgresDirectoryKept(t *testing.T) {
	t.Parallel()
	directory := clusterDirectory(t)
	first, err := StartPostgres(t.Context(), PostgresOptions{Directory: directory, Fast: true})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(first.Directory())) })
	require.NoError(t, first.CreateDatabase(t.Context(), "kept"))
	require.NoError(t, os.MkdirAll(filepath.Join(first.Directory(), "data.new", "base"), 0o700))
	require.NoError(t, first.Stop(t.Context()))
	require.DirExists(t, first.Directory())

	second := startPostgres(t, PostgresOptions{Directory: directory})
	require.Equal(t, first.Directory(), second.Directory())
	require.Equal(t, "kept", query(t, second, "kept", "SELECT current_database()"))
}

// The server never runs as root, and only its account can access its files.
func TestPostgresAccount(t *testing.T) {
	t.Parallel()
	postgres := startPostgres(t, PostgresOptions{})
	process, err := os.Stat("/proc/" + strconv.Itoa(postgres.Program().PID()))
	require.NoError(t, err)
	owner, ok := process.Sys().(*syscall.Stat_t)
	require.True(t, ok)
	require.NotZero(t, owner.Uid)
	directory, err := os.Stat(postgres.Directory())
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), directory.Mode().Perm())
	require.Equal(t, owner.Uid, directory.Sys().(*syscall.Stat_t).Uid)
}

// A cluster of another major version is rejected with advice.
func TestPostgresVersion(t *testing.T) {
	t.Parallel()
	directory := clusterDirectory(t)
	require.NoError(t, os.MkdirAll(filepath.Join(directory, "data"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(directory, "data", "PG_VERSION"), []byte("8\n"), 0o600))
	_, err := StartPostgres(t.Context(), PostgresOptions{Directory: directory})
	require.ErrorContains(t, err, "was created by PostgreSQL 8")
}
