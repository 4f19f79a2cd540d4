package test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/local"
)

// One message names all faults in the settings, without a stack trace, and the exit code is 2.
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

// Wrong usage ends with exit code 2, a command that can't run with 1. Both say why.
func TestCommandErrors(t *testing.T) {
	t.Parallel()
	e := newTestEnv(t, scenario{})
	for _, test := range []struct {
		name      string
		arguments []string
		code      int
		says      string
	}{
		{name: "no command", arguments: nil, code: 2, says: "import"},
		{name: "unknown command", arguments: []string{"improt"}, code: 2, says: "improt"},
		{name: "unknown flag", arguments: []string{"import", "--plann"}, code: 2, says: "plann"},
		{name: "too many arguments", arguments: []string{"connect", "everything"}, code: 2, says: "everything"},
		{name: "invalid connection name", arguments: []string{"status", "--connection", "a/b"}, code: 2, says: "a/b"},
		{name: "plan of one organization", arguments: []string{"import", "--plan", "--organization", "2"}, code: 2, says: "--organization"},
		{name: "unknown connection", arguments: []string{"import", "--connection", "other"}, code: 1, says: "other"},
		{name: "status of unknown connection", arguments: []string{"status", "--connection", "other"}, code: 1, says: "other"},
		{name: "connect of unknown connection", arguments: []string{"connect", "--connection", "other"}, code: 1, says: "other"},
	} {
		result := e.starter(test.arguments...)
		require.Equal(t, test.code, result.Code, test.name)
		require.Empty(t, result.Stdout, test.name)
		require.Contains(t, result.Stderr, test.says, test.name)
	}
}

// `starter connect` explains what it can't do itself: exit code 3 if an administrator has something to do, 1 if a vendor is unreachable.
// Otherwise it creates what is missing. A second run changes nothing.
func TestConnect(t *testing.T) {
	t.Parallel()
	e := newTestEnv(t, scenario{companies: 5})
	closedPort, err := local.ReservePort(e.ctx, 0)
	require.NoError(t, err)
	t.Cleanup(closedPort.Release)
	for _, test := range []struct {
		name    string
		setting string
		code    int
		// says is part of the to-do list or of the message.
		says string
	}{
		{name: "NinjaOne's secret is wrong", setting: "NINJAONE_CLIENT_SECRET=wrong", code: 3, says: "NINJAONE_CLIENT_SECRET"},
		{name: "NinjaOne's region is wrong", setting: "NINJAONE_CLIENT_ID=elsewhere", code: 3, says: "NINJAONE_URL names another region"},
		{name: "Accelo's secret is wrong", setting: "ACCELO_CLIENT_SECRET=wrong", code: 3, says: "ACCELO_CLIENT_SECRET"},
		{name: "missing request type", setting: "ACCELO_REQUEST_TYPE=Alarms", code: 3, says: `Create the request type "Alarms"`},
		{
			name: "NinjaOne is down", setting: "NINJAONE_URL=http://" + closedPort.Address(), code: 1,
			says: "cannot reach NinjaOne at http://" + closedPort.Address(),
		},
		{
			name: "Accelo is down", setting: "ACCELO_URL=http://" + closedPort.Address(), code: 1,
			says: "cannot reach Accelo at http://" + closedPort.Address(),
		},
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
		if test.name != "missing request type" {
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
	created := e.accelo.state()
	again := e.starter("connect", "--json")
	require.Equal(t, 0, again.Code)
	second := decodeStrict[connectReport](t, again.Stdout)
	require.Equal(t, first.AssetType, second.AssetType)
	require.Equal(t, created.AssetTypes, e.accelo.state().AssetTypes)
	require.Equal(t, created.CustomFields, e.accelo.state().CustomFields)
	require.Len(t, created.CustomFields, len(e.initial.CustomFields)+10)
	require.Equal(t, created.Assets, e.accelo.state().Assets)
}
