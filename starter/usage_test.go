package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/program"
)

// outcome is what one call of the starter printed, and its exit code.
type outcome struct {
	code           int
	stdout, stderr string
}

func runStarter(t *testing.T, environ []string, arguments ...string) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	app := &app{environ: environ, stdout: &stdout, stderr: &stderr}
	code := app.exit(app.run(t.Context(), arguments))
	return outcome{code, stdout.String(), stderr.String()}
}

// Wrong arguments end with exit code 2 before any setting is read, and leave standard output empty.
func TestWrongArguments(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, want string
		arguments  []string
	}{
		{"no command", "choose one of these commands", nil},
		{"no subcommand", "choose one of these commands", []string{"links"}},
		{"unknown command", `unknown command "improt"`, []string{"improt"}},
		{"unknown flag", "unknown flag: --plann", []string{"import", "--plann"}},
		{"unknown flag, JSON", "unknown flag: --plann", []string{"import", "--plann", "--json"}},
		{"too many arguments", "everything", []string{"connect", "everything"}},
		{"too few arguments", "accepts 3 arg(s), received 2", []string{"relink", "device", "8"}},
		{"connection with a slash", `connection "a/b"`, []string{"status", "--connection", "a/b"}},
		{"empty connection", `connection ""`, []string{"status", "--connection", ""}},
		{"flag without a number", "invalid argument", []string{"import", "--organization", "Acme"}},
		{"import of organization 0", "--organization needs the ID", []string{"import", "--organization", "0"}},
		{"import of a negative organization", "--organization needs the ID", []string{"import", "--organization", "-7"}},
		{"plan of one organization", "--plan can't be combined with --organization", []string{"import", "--plan", "--organization", "7"}},
		{"changes of an import", "add --plan", []string{"import", "--changes"}},
		{"changes without waiting", "can't be combined with --wait=false", []string{"plan", "--changes", "--wait=false"}},
		{"CSV of an import", "add --plan", []string{"import", "--csv", "changes.csv"}},
		{"plan has no organization", "unknown flag: --organization", []string{"plan", "--organization", "7"}},
		{"retry of organization 0", "--organization needs the ID", []string{"retry", "--organization", "0"}},
		{"retry of device 0", "--device needs the ID", []string{"retry", "--device", "0", "--alert", "u-1"}},
		{"retry of no alert", "--alert needs the ID", []string{"retry", "--alert", ""}},
		{"links of an unknown kind", `unknown record kind "printer"`, []string{"links", "list", "--kind", "printer"}},
		{"links in an unknown state", `unknown --state "lost"`, []string{"links", "list", "--state", "lost"}},
		{"links without a limit", "--limit must be at least 1", []string{"links", "list", "--limit", "0"}},
		{"show of an unknown kind", `unknown record kind "printer"`, []string{"links", "show", "printer", "8"}},
		{"relink of an unknown kind", `unknown record kind "printer"`, []string{"relink", "printer", "8", "12"}},
		{"relink of a contact", "correct the organization instead", []string{"relink", "contact", "7", "12"}},
		{"relink to a name", `"Acme" is not an Accelo ID (use the number in the page's URL)`, []string{"relink", "organization", "7", "Acme"}},
		{"relink to 0", `"0" is not an Accelo ID`, []string{"links", "relink", "organization", "7", "0"}},
		{"forget of a contact", "correct the organization instead", []string{"links", "forget", "contact", "7"}},
		{"forget of an alert", "alerts can't be forgotten", []string{"links", "forget", "alert", "u-1"}},
		{"recreate of an alert", "alerts can't be forgotten", []string{"recreate", "request", "u-1"}},
		{"export without a directory", "--directory is required", []string{"export-assets"}},
		{"export to an empty directory", "--directory is required", []string{"export-assets", "--directory", " "}},
	} {
		result := runStarter(t, nil, test.arguments...)
		require.Equal(t, program.ExitBadUsage, result.code, test.name)
		require.Contains(t, result.stderr, test.want, test.name)
		require.NotContains(t, result.stderr, "DATABASE_URL", test.name)
		require.Empty(t, result.stdout, test.name)
	}
}

// Without settings, every command ends with exit code 2 and names what is missing.
func TestMissingSettings(t *testing.T) {
	t.Parallel()
	for _, arguments := range [][]string{
		{"connect"},
		{"import"},
		{"plan"},
		{"reconcile"},
		{"status"},
		{"retry"},
		{"export-assets", "--directory", "out"},
		{"links", "list"},
		{"links", "show", "device", "8"},
		{"links", "forget", "device", "8"},
		{"relink", "device", "8", "12"},
		{"recreate", "device", "8"},
		{"serve"},
		{"health"},
	} {
		result := runStarter(t, nil, append(arguments, "--json")...)
		require.Equal(t, program.ExitBadUsage, result.code, arguments)
		require.Contains(t, result.stderr, "DATABASE_URL", arguments)
		require.Contains(t, result.stderr, "CREDENTIALS_KEY", arguments)
		require.Empty(t, result.stdout, arguments)
	}
}

// Help is a result: it goes to standard output, and the exit code is 0.
func TestHelp(t *testing.T) {
	t.Parallel()
	for _, arguments := range [][]string{{"--help"}, {"help"}, {"import", "--help"}, {"links", "--help"}, {"links", "relink", "--help"}} {
		result := runStarter(t, nil, arguments...)
		require.Equal(t, program.ExitDone, result.code, arguments)
		require.Contains(t, result.stdout, "Usage:", arguments)
		require.Empty(t, result.stderr, arguments)
	}
}
