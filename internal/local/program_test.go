package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// parentVariable makes this test binary start a program, print its process ID and wait to be killed.
const parentVariable = "LOCAL_TEST_PARENT_OF"

func TestMain(m *testing.M) {
	switch os.Getenv(parentVariable) {
	case "sleep":
		parentOf(ProgramOptions{Path: "sleep", Args: []string{"600"}})
	case "postgres":
		parentOfPostgres()
	default:
		os.Exit(m.Run())
	}
}

func parentOf(o ProgramOptions) {
	program, err := StartProgram(context.Background(), o)
	if err != nil {
		panic(err)
	}
	fmt.Println(program.PID())
	<-program.Done()
}

func parentOfPostgres() {
	postgres, err := StartPostgres(context.Background(), PostgresOptions{Fast: true, Directory: os.Getenv("LOCAL_TEST_DIRECTORY")})
	if err != nil {
		panic(err)
	}
	fmt.Println(postgres.Program().PID())
	<-postgres.Program().Done()
}

// eventually polls a condition for up to a minute.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for !condition() {
		select {
		case <-ctx.Done():
			require.FailNow(t, "not within a minute: "+what)
		case <-ticker.C:
		}
	}
}

// ended reports whether a process has ended, even if it is still a zombie.
func ended(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return true
	}
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err == nil && bytes.Contains(status, []byte(") Z "))
}

func start(t *testing.T, o ProgramOptions) *Program {
	t.Helper()
	program, err := StartProgram(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(program.Kill)
	return program
}

func TestProgramEnd(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		script string
		stop   bool
		code   int
	}{
		{name: "ends without an error", script: "exit 0"},
		{name: "ends with an error", script: "exit 3", code: 3},
		{name: "stops without an error", script: `trap 'exit 0' TERM; echo ready; while :; do sleep 0.01; done`, stop: true},
		{name: "stops with an error", script: `trap 'exit 4' TERM; echo ready; while :; do sleep 0.01; done`, stop: true, code: 4},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			program := start(t, ProgramOptions{Path: "sh", Args: []string{"-c", tt.script}})
			err := program.Err()
			if tt.stop {
				eventually(t, "the trap is set", func() bool { return program.Output() == "ready" })
				err = program.Stop(t.Context())
			} else {
				<-program.Done()
				err = errors.Join(err, program.Err())
			}
			if tt.code == 0 {
				require.NoError(t, err)
				return
			}
			var exit *exec.ExitError
			require.ErrorAs(t, err, &exit)
			require.Equal(t, tt.code, exit.ExitCode())
		})
	}
}

// A program that ignores the stop signal is killed, together with its children.
func TestProgramStopKills(t *testing.T) {
	t.Parallel()
	program := start(t, ProgramOptions{Path: "sh", Args: []string{"-c", `trap '' TERM; sleep 600 & echo $!; wait; wait`}})
	eventually(t, "the child's ID", func() bool { return program.Output() != "" })
	child, err := strconv.Atoi(program.Output())
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, program.Stop(ctx), context.DeadlineExceeded)
	require.True(t, ended(program.PID()))
	eventually(t, "the child has ended", func() bool { return ended(child) })
	require.NoError(t, program.Stop(t.Context()), "Stop after Kill is not an error")
}

func TestProgramOutput(t *testing.T) {
	t.Parallel()
	var log, stdout bytes.Buffer
	program := start(t, ProgramOptions{
		Path: "sh", Args: []string{"-c", `echo result; echo trouble >&2; echo $COLOUR >&2`},
		Env: []string{"COLOUR=blue"}, Log: &log, Stdout: &stdout,
	})
	<-program.Done()
	require.Equal(t, "result\n", stdout.String())
	require.Equal(t, "trouble\nblue\n", log.String())
	require.Equal(t, "trouble\nblue", program.Output())
}

func TestTailKeepsTheEnd(t *testing.T) {
	t.Parallel()
	output := newTail(nil)
	for i := range 10_000 {
		_, err := fmt.Fprintln(output, i)
		require.NoError(t, err)
	}
	require.LessOrEqual(t, len(output.String()), tailSize)
	require.True(t, strings.HasSuffix(output.String(), "9998\n9999"))
}

func TestStartProgramErrors(t *testing.T) {
	t.Parallel()
	_, err := StartProgram(t.Context(), ProgramOptions{Path: "no-such-program-here"})
	require.ErrorIs(t, err, exec.ErrNotFound)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = StartProgram(ctx, ProgramOptions{Path: "true"})
	require.ErrorIs(t, err, context.Canceled)
}

// await fails with the program's output if the program ends, and with the last error if the context ends.
func TestProgramAwait(t *testing.T) {
	t.Parallel()
	never := func(context.Context) error { return errors.New("refused") }
	t.Run("ended", func(t *testing.T) {
		t.Parallel()
		program := start(t, ProgramOptions{Path: "sh", Args: []string{"-c", "echo Address already in use; exit 1"}})
		var exit *exitError
		require.ErrorAs(t, program.await(t.Context(), never), &exit)
		require.True(t, exit.mentions("address already in use"))
		require.ErrorContains(t, exit, "exit status 1")
	})
	t.Run("never ready", func(t *testing.T) {
		t.Parallel()
		program := start(t, ProgramOptions{Path: "sleep", Args: []string{"600"}})
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		err := program.await(ctx, never)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorContains(t, err, "refused")
	})
}
