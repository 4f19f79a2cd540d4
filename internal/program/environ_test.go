package program_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/program"
)

// The settings of `make up` complete an environment that names no database.
func TestEnviron(t *testing.T) {
	t.Parallel()
	const file = "ADMIN_TOKEN=from-file\nDATABASE_URL=postgres://localhost/up\nLOG_LEVEL=debug\n"
	tests := []struct {
		name    string
		file    string
		environ []string
		want    []string
	}{
		{"no file", "", []string{"HOME=/home/msp"}, []string{"HOME=/home/msp"}},
		{"database in the environment", file, []string{"DATABASE_URL=postgres://db/msp"}, []string{"DATABASE_URL=postgres://db/msp"}},
		{
			"the environment takes precedence", file,
			[]string{"DATABASE_URL=", "LOG_LEVEL=warn", "ADMIN_TOKEN= "},
			[]string{"DATABASE_URL=", "LOG_LEVEL=warn", "ADMIN_TOKEN= ", "ADMIN_TOKEN=from-file", "DATABASE_URL=postgres://localhost/up"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			directory := t.TempDir()
			if test.file != "" {
				writeLocalSettings(t, directory, test.file)
			}
			got, err := program.Environ(test.environ, directory)
			require.NoError(t, err)
			require.Equal(t, test.want, got)
		})
	}
}

// A file that can't be read is an error, not an incomplete environment.
func TestEnvironBrokenFile(t *testing.T) {
	t.Parallel()
	directory := t.TempDir()
	writeLocalSettings(t, directory, "DATABASE_URL")
	_, err := program.Environ(nil, directory)
	require.ErrorContains(t, err, ".local/up.env")
	require.Equal(t, program.ExitBadUsage, program.ExitCode(err))
}

// Env files are read as docker compose reads them.
func TestReadSettings(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), ".env")
	require.NoError(t, os.WriteFile(file, []byte(`# a comment
 NINJAONE_CLIENT_ID = client
NINJAONE_CLIENT_SECRET='se"c$ret # all of it'
ACCELO_CLIENT_SECRET="a=b"  # a comment

ACCELO_DEPLOYMENT=acme # a comment
ADMIN_TOKEN=a#b
ACCELO_URL=
REMOTE_CONTROL='custom-field:id=https://x/{value}'
`), 0o600))
	got, err := program.ReadSettings(file)
	require.NoError(t, err)
	require.Equal(t, []string{
		"NINJAONE_CLIENT_ID=client", `NINJAONE_CLIENT_SECRET=se"c$ret # all of it`, "ACCELO_CLIENT_SECRET=a=b", "ACCELO_DEPLOYMENT=acme",
		"ADMIN_TOKEN=a#b", "REMOTE_CONTROL=custom-field:id=https://x/{value}",
	}, got)

	require.NoError(t, os.WriteFile(file, []byte("A=1\n\nhunter2\n"), 0o600))
	_, err = program.ReadSettings(file)
	require.EqualError(t, err, file+", line 3: write NAME=value")
}

func writeLocalSettings(t *testing.T, directory, content string) {
	t.Helper()
	file := filepath.Join(directory, program.LocalSettings)
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o700))
	require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
}
