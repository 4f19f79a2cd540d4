package main

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/program"
	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/ninjaone"
)

// A second connection takes its credentials and options from a file. The environment's connection is neither used nor touched.
func TestConnectFromFile(t *testing.T) {
	t.Parallel()
	e := newEnvironment(t)
	tenant, deployment := ninjaone.New(ninjaone.Options{Organizations: 1}), accelo.New(accelo.Options{Deployment: "second"})
	t.Cleanup(tenant.Close)
	t.Cleanup(deployment.Close)
	n, a := httptest.NewServer(tenant), httptest.NewServer(deployment)
	t.Cleanup(n.Close)
	t.Cleanup(a.Close)
	write := func(text string) string {
		t.Helper()
		file := filepath.Join(t.TempDir(), "credentials")
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		return file
	}
	lines := "# of the second customer\nNINJAONE_URL=" + n.URL + "\nNINJAONE_CLIENT_ID=demo-client\nexport NINJAONE_CLIENT_SECRET=\"demo-secret\"\n" +
		"ACCELO_URL=" + a.URL + "\nACCELO_CLIENT_ID=" + accelo.DefaultClientID + "\nACCELO_CLIENT_SECRET=" + accelo.DefaultClientSecret +
		"\nALERT_HOLD_DOWN=2m\n"
	report := e.runJSON(program.ExitDone, "connect", "--connection", "second", "--from-file", write(lines))
	require.Equal(t, "second", report["connection"])
	require.Equal(t, true, report["ready"])

	again := e.runJSON(program.ExitDone, "connect", "--connection", "second")
	require.Equal(t, true, again["ready"], "it keeps its credentials")
	e.requireFailure(program.ExitCouldNotRun, "already uses these accounts", "connect", "--connection", "third", "--from-file", write(lines))
	e.requireFailure(program.ExitBadUsage, "COLOUR is neither a credential nor an option", "connect", "--connection", "third", "--from-file", write("COLOUR=red"))
	e.requireFailure(program.ExitBadUsage, "not lines of the form NAME=VALUE", "connect", "--connection", "third", "--from-file", write("hunter2"))
	e.requireFailure(program.ExitCouldNotRun, "no such file", "connect", "--connection", "third", "--from-file", "/nowhere")

	body := `{"ninjaone":{"client_secret":"wrong"}}`
	refused := e.runJSON(program.ExitToDo, "connect", "--connection", "second", "--from-file", write(body))
	require.Equal(t, false, refused["ready"])
	require.Equal(t, true, e.runJSON(program.ExitDone, "connect", "--connection", "second")["ready"], "nothing was stored")
}

// A connection that doesn't exist takes the environment's credentials, unless another connection uses them.
func TestConnectAnotherNameFromTheEnvironment(t *testing.T) {
	t.Parallel()
	e := newEnvironment(t)
	e.runJSON(program.ExitCouldNotRun, "connect")
	e.requireFailure(program.ExitCouldNotRun, `connection "default" already uses these accounts`, "connect", "--connection", "other")
}
