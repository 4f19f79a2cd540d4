package local

import (
	"bufio"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Programs end when their parent is killed, so tests and the demo never leave a process behind.
func TestProgramDiesWithParent(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"sleep", "postgres"} {
		t.Run(program, func(t *testing.T) {
			t.Parallel()
			executable, err := os.Executable()
			require.NoError(t, err)
			directory := clusterDirectory(t)
			parent := exec.CommandContext(t.Context(), executable)
			parent.Env = append(os.Environ(), parentVariable+"="+program, "LOCAL_TEST_DIRECTORY="+directory)
			parent.Stderr = os.Stderr
			out, err := parent.StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, parent.Start())
			line, err := bufio.NewReader(out).ReadString('\n')
			require.NoError(t, err)
			pid, err := strconv.Atoi(strings.TrimSpace(line))
			require.NoError(t, err)
			require.False(t, ended(pid))
			children := childrenOf(t, pid)
			require.NoError(t, parent.Process.Kill())
			_ = parent.Wait()
			for _, process := range append(children, pid) {
				eventually(t, "process "+strconv.Itoa(process)+" has ended", func() bool { return ended(process) })
			}
		})
	}
}

func childrenOf(t *testing.T, pid int) []int {
	t.Helper()
	id := strconv.Itoa(pid)
	list, err := os.ReadFile("/proc/" + id + "/task/" + id + "/children")
	require.NoError(t, err)
	var children []int
	for _, field := range strings.Fields(string(list)) {
		child, err := strconv.Atoi(field)
		require.NoError(t, err)
		children = append(children, child)
	}
	return children
}
