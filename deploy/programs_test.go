package deploy_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// buildPrograms builds packages and returns the directory of the programs.
func buildPrograms(t *testing.T, packages ...string) string {
	t.Helper()
	directory := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", append([]string{"build", "-o", directory}, packages...)...)
	build.Dir = ".."
	output, err := build.CombinedOutput()
	require.NoError(t, err, string(output))
	return directory
}

// exitCode runs a program with the required settings and one more, and returns its exit code and output.
func exitCode(t *testing.T, setting, program string, arguments ...string) (code int, output string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), program, arguments...)
	command.Env = append(minimum(), setting)
	out, err := command.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode(), string(out)
	}
	require.NoError(t, err)
	return 0, string(out)
}

// The programs have the commands that the images and docker-compose.yml run.
func TestPrograms(t *testing.T) {
	t.Parallel()
	stages := readDockerfile(t)
	directory := buildPrograms(t, "./worker", "./starter")
	for name, variable := range map[string]string{"worker": "METRICS_ADDRESS", "starter": "LISTEN_ADDRESS"} {
		t.Run("health check of "+name, func(t *testing.T) {
			t.Parallel()
			checkHealth(t, variable, filepath.Join(directory, name), stages[name].health[1:])
		})
	}
	for _, name := range []string{"worker", "starter"} {
		t.Run("version of "+name, func(t *testing.T) {
			t.Parallel()
			code, output := exitCode(t, "LOG_LEVEL=info", filepath.Join(directory, name), "--version")
			require.Zero(t, code, output)
			require.Regexp(t, `^`+name+` version \S+ \(commit \S+, go1\.\S+\)\n$`, output)
			code, output = exitCode(t, "LOG_LEVEL=info", filepath.Join(directory, name), "completion", "bash")
			require.Zero(t, code, output)
		})
	}
	// The commands that docker-compose.yml runs, or tells users to run.
	for _, command := range append(stages["starter"].command, "connect", "import") {
		t.Run("command "+command, func(t *testing.T) {
			t.Parallel()
			code, output := exitCode(t, "LOG_LEVEL=info", filepath.Join(directory, "starter"), command, "--help")
			require.Zero(t, code, output)
			require.Contains(t, output, "starter "+command)
		})
	}
}

// checkHealth proves that a health check asks the program on the port of its own setting.
func checkHealth(t *testing.T, variable, program string, arguments []string) {
	t.Helper()
	var healthy atomic.Bool
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/healthz" || !healthy.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer server.Close()
	setting := variable + "=:" + port(server.Listener.Addr().String())
	expect := func(want int) {
		code, output := exitCode(t, setting, program, arguments...)
		require.Equal(t, want, code, output)
	}
	expect(1)
	healthy.Store(true)
	expect(0)
	server.Close()
	expect(1)
}
