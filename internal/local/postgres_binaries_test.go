package local

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNewestFirst(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for _, version := range []string{"9.6", "17", "10", "9.10"} {
		require.NoError(t, os.MkdirAll(filepath.Join(root, "postgresql@"+version, "bin"), 0o700))
	}
	var order []string
	for _, directory := range newestFirst(filepath.Join(root, "postgresql@*", "bin")) {
		order = append(order, filepath.Base(filepath.Dir(directory)))
	}
	require.Equal(t, []string{"postgresql@17", "postgresql@10", "postgresql@9.10", "postgresql@9.6"}, order)
}

// A directory must contain every program of the server: many machines only have the client.
func TestHasServer(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	require.False(t, hasServer(directory))
	for _, name := range []string{"initdb", "postgres"} {
		require.False(t, hasServer(directory))
		require.NoError(t, os.WriteFile(filepath.Join(directory, name), nil, 0o700))
	}
	require.True(t, hasServer(directory))
	require.NoError(t, os.Chmod(filepath.Join(directory, "postgres"), 0o600))
	require.False(t, hasServer(directory))
}

func TestInstallCommand(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		uid     int
		has     []string
		command string
		want    string
	}{
		{name: "Debian as root", has: []string{"apt-get", "sudo"}, command: "sh"},
		{name: "Debian as a user", uid: 1000, has: []string{"apt-get", "sudo"}, command: "sudo"},
		{name: "Debian as a user without sudo", uid: 1000, has: []string{"apt-get"}, want: "apt-get needs root"},
		{name: "Fedora as root", has: []string{"dnf"}, command: "sh"},
		{name: "macOS as a user", uid: 501, has: []string{"brew", "sudo"}, command: "sh"},
		{name: "Homebrew as root", has: []string{"brew"}, want: "none of"},
		{name: "no package manager", uid: 1000, has: []string{"sudo"}, want: "none of"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			command, err := installCommand(tt.uid, func(program string) bool {
				for _, name := range tt.has {
					if name == program {
						return true
					}
				}
				return false
			})
			if tt.want != "" {
				require.ErrorContains(t, err, tt.want)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tt.command, command[0])
		})
	}
}

// The error for a missing server says what to install.
func TestFindPostgresMissing(t *testing.T) {
	if len(newestFirst("/usr/lib/postgresql/*/bin"))+len(newestFirst("/usr/pgsql-*/bin")) == 0 {
		t.Setenv("PATH", t.TempDir())
		_, err := FindPostgres(t.Context())
		require.ErrorContains(t, err, "make tools")
		return
	}
	t.Setenv("PATH", t.TempDir())
	directory, err := FindPostgres(t.Context())
	require.NoError(t, err, "the usual directories are searched without PATH")
	require.True(t, hasServer(directory))
}

func TestExitError(t *testing.T) {
	t.Parallel()
	cause := errors.New("signal: killed")
	err := &exitError{name: "postgres", cause: cause, output: "FATAL: no space"}
	require.ErrorIs(t, err, cause)
	require.ErrorContains(t, err, "FATAL: no space")
	require.ErrorContains(t, &exitError{name: "temporal"}, "exit code 0")
}
