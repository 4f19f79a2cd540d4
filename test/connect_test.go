package test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/local"
)

// What is wrong with the settings is said at once: all of it, by name, without a stack trace, with exit code 2.
func TestInvalidSettings(t *testing.T) {
	t.Parallel()
	e := newTestEnv(t, scenario{})
	wrong := []string{
		"DATABASE_URL=", "CREDENTIALS_KEY=c2hvcnQ=", "ACCELO_BUDGET_RESERVE=2", "ON_RESET=never", "NINJAONE_CLIENT_SECRET=",
		"ACCELO_DEPLOYMENT=acme", "ALERT_MIN_SEVERTIY=MAJOR", "RECONCILE_INTERVAL=soon", "LOG_FORMAT=xml",
	}
	named := []string{
		"DATABASE_URL", "CREDENTIALS_KEY", "ACCELO_BUDGET_RESERVE", "ON_RESET", "NINJAONE_CLIENT_SECRET", "ACCELO_URL",
		"ALERT_MIN_SEVERTIY", "RECONCILE_INTERVAL", "LOG_FORMAT",
	}
	for _, command := range [][]string{{"connect", "--json"}, {"import"}, {"status"}, {"serve"}} {
		result := e.starterWith(wrong, command...)
		require.Equal(t, 2, result.Code, "starter %s", command[0])
		require.Empty(t, result.Stdout)
		for _, name := range named {
			require.Contains(t, result.Stderr, name+" ", "starter %s", command[0])
		}
	}
	worker := exec.CommandContext(e.ctx, filepath.Join(e.options.Bin, "worker"))
	worker.Env = append(append([]string{"PATH=" + os.Getenv("PATH")}, e.options.Environment...), wrong...)
	output, err := worker.CombinedOutput()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	require.Equal(t, 2, exit.ExitCode())
	for _, name := range named {
		require.Contains(t, string(output), name+" ")
	}
}

// A call that makes no sense ends with exit code 2, one that cannot be carried out with 1; both say why.
func TestCommandErrors(t *testing.T) {
	t.Parallel()
	e := newTestEnv(t, scenario{})
	for _, test := range []struct {
		name      string
		arguments []string
		code      int
		says      string
	}{
		{"no command", nil, 2, "import"},
		{"no such command", []string{"improt"}, 2, "improt"},
		{"no such flag", []string{"import", "--plann"}, 2, "plann"},
		{"too much", []string{"connect", "everything"}, 2, "everything"},
		{"a name that is none", []string{"status", "--connection", "a/b"}, 2, "a/b"},
		{"plan of one organization", []string{"import", "--plan", "--organization", "2"}, 2, "--organization"},
		{"no such connection", []string{"import", "--connection", "other"}, 1, "other"},
		{"status of no such connection", []string{"status", "--connection", "other"}, 1, "other"},
		{"connect of no such connection", []string{"connect", "--connection", "other"}, 1, "other"},
	} {
		result := e.starter(test.arguments...)
		require.Equal(t, test.code, result.Code, test.name)
		require.Empty(t, result.Stdout, test.name)
		require.Contains(t, result.Stderr, test.says, test.name)
	}
}

// What connect cannot put right itself it explains in plain words: 3 where an administrator has something to do, 1 where a
// vendor does not answer. Once everything is right it makes what is missing, and after that changes nothing more.
func TestConnect(t *testing.T) {
	t.Parallel()
	e := newTestEnv(t, scenario{companies: 5})
	nobody, err := local.ReservePort(e.ctx, 0)
	require.NoError(t, err)
	t.Cleanup(nobody.Release)
	for _, test := range []struct {
		name    string
		setting string
		code    int
		// says is in the list of things to do, or in the message.
		says string
	}{
		{"NinjaOne's secret is wrong", "NINJAONE_CLIENT_SECRET=wrong", 3, "NINJAONE_CLIENT_SECRET"},
		{"NinjaOne's region is wrong", "NINJAONE_CLIENT_ID=elsewhere", 3, "NINJAONE_URL names another region"},
		{"Accelo's secret is wrong", "ACCELO_CLIENT_SECRET=wrong", 3, "ACCELO_CLIENT_SECRET"},
		{"there is no such request type", "ACCELO_REQUEST_TYPE=Alarms", 3, `Create the request type "Alarms"`},
		{"NinjaOne is down", "NINJAONE_URL=http://" + nobody.Address(), 1, "cannot reach NinjaOne at http://" + nobody.Address()},
		{"Accelo is down", "ACCELO_URL=http://" + nobody.Address(), 1, "cannot reach Accelo at http://" + nobody.Address()},
	} {
		result := e.starterWith([]string{test.setting}, "connect", "--json")
		require.Equal(t, test.code, result.Code, test.name)
		report := decodeStrict[connectReport](t, result.Stdout)
		require.False(t, report.Ready, test.name)
		if test.code == 3 {
			require.Len(t, report.Todo, 1, test.name)
			require.Contains(t, report.Todo[0], test.says, test.name)
		} else {
			require.Contains(t, result.Stderr, test.says, test.name)
		}
		if test.name != "there is no such request type" {
			require.NotEqual(t, report.NinjaOne.OK, report.Accelo.OK, test.name)
		}
	}

	e.accelo.act("set-switches", map[string]any{"unknown_deployment": true})
	unknown := e.starter("connect", "--json")
	require.Equal(t, 3, unknown.Code)
	require.Contains(t, decodeStrict[connectReport](t, unknown.Stdout).Todo[0], "ACCELO_DEPLOYMENT")
	e.accelo.act("set-switches", map[string]any{"unknown_deployment": false})

	first := decodeStrict[connectReport](t, e.starter("connect", "--json").Stdout)
	require.True(t, first.Ready)
	made := e.accelo.state()
	again := e.starter("connect", "--json")
	require.Equal(t, 0, again.Code)
	second := decodeStrict[connectReport](t, again.Stdout)
	require.Equal(t, first.AssetType, second.AssetType)
	require.Equal(t, made.AssetTypes, e.accelo.state().AssetTypes)
	require.Equal(t, made.CustomFields, e.accelo.state().CustomFields)
	require.Len(t, made.CustomFields, len(e.initial.CustomFields)+10)
	require.Equal(t, made.Assets, e.accelo.state().Assets)
}
