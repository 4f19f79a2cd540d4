package deploy_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/local"
	"ninjaone-accelo/internal/local/stack"
)

// The lines of the README work as written: after `make up`, the starter finds everything, and the next `make up` finds the
// data of the last one.
func TestUp(t *testing.T) {
	t.Parallel()
	bin := buildPrograms(t, "./worker", "./starter", "./deploy/local", "./internal/simulator/cmd/...")
	temporal, err := local.FindTemporal()
	require.NoError(t, err)
	require.NoError(t, os.Symlink(temporal, filepath.Join(bin, "temporal")))
	checkout := newCheckout(t, bin)

	end := startUp(t, bin, checkout)
	info, err := os.Stat(filepath.Join(checkout, ".local", "up.env"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "it contains secrets")
	starter(t, bin, checkout, "import", "--plan")
	require.Zero(t, links(t, bin, checkout))
	starter(t, bin, checkout, "import")
	imported := links(t, bin, checkout)
	require.Positive(t, imported)
	end()
	require.NoFileExists(t, filepath.Join(checkout, ".local", "up.env"))

	end = startUp(t, bin, checkout)
	require.Equal(t, imported, links(t, bin, checkout), "the database is kept")
	end()
}

// newCheckout returns a directory with an .env for two simulators. The account that runs PostgreSQL for root can reach it.
func newCheckout(t *testing.T, bin string) string {
	t.Helper()
	checkout, err := os.MkdirTemp("", "deploy-test-")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(checkout, 0o755))
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(checkout)) })
	vendors := stack.New(stack.Options{Bin: bin})
	t.Cleanup(func() { require.NoError(t, vendors.Stop(context.WithoutCancel(t.Context()))) })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	ninjaOne, err := vendors.StartSimulator(ctx, "ninjaone-simulator", 0, "-organizations", "3", "-devices", "12")
	require.NoError(t, err)
	accelo, err := vendors.StartSimulator(ctx, "accelo-simulator", 0)
	require.NoError(t, err)
	env := []string{
		"NINJAONE_URL=" + ninjaOne, "NINJAONE_CLIENT_ID=demo-client", "NINJAONE_CLIENT_SECRET='demo-secret'",
		"ACCELO_URL=" + accelo, "ACCELO_CLIENT_ID=demo-client@planet-express.accelo.com", "ACCELO_CLIENT_SECRET='demo-secret'",
	}
	require.NoError(t, os.WriteFile(filepath.Join(checkout, ".env"), []byte(strings.Join(env, "\n")+"\n"), 0o600))
	return checkout
}

// startUp runs `local up` until it is ready, and returns what ends it as Ctrl-C does.
func startUp(t *testing.T, bin, checkout string) (end func()) {
	t.Helper()
	up, err := local.StartProgram(t.Context(), local.ProgramOptions{
		Path: filepath.Join(bin, "local"), Args: []string{"up"}, Env: emptyEnvironment(t), Directory: checkout,
	})
	require.NoError(t, err)
	t.Cleanup(up.Kill)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for !strings.Contains(up.Output(), "Everything keeps running") {
		select {
		case <-ticker.C:
		case <-up.Done():
			require.FailNow(t, "local up ended", up.Output())
		case <-ctx.Done():
			require.FailNow(t, "local up is not ready", up.Output())
		}
	}
	return func() { require.NoError(t, up.Stop(context.WithoutCancel(t.Context()))) }
}

// starter runs a command of the starter in the checkout, as a user would, and returns its JSON.
func starter(t *testing.T, bin, checkout string, arguments ...string) []byte {
	t.Helper()
	command := exec.CommandContext(t.Context(), filepath.Join(bin, "starter"), append(arguments, "--json")...)
	command.Dir, command.Env = checkout, emptyEnvironment(t)
	var diagnostics strings.Builder
	command.Stderr = &diagnostics
	output, err := command.Output()
	require.NoError(t, err, diagnostics.String())
	return output
}

// links returns the number of linked organizations and devices.
func links(t *testing.T, bin, checkout string) int {
	t.Helper()
	var status struct {
		Connections []struct {
			Links struct{ Organizations, Devices int }
		}
	}
	require.NoError(t, json.Unmarshal(starter(t, bin, checkout, "status"), &status))
	require.Len(t, status.Connections, 1)
	return status.Connections[0].Links.Organizations + status.Connections[0].Links.Devices
}

// emptyEnvironment returns an environment without settings.
func emptyEnvironment(t *testing.T) []string {
	t.Helper()
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir()}
}
