package test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// The demo succeeds twice in a row in the same directory and leaves no process behind. It says where the page is before anything else, and shows a
// second connection that is made on the page.
func TestDemo(t *testing.T) {
	t.Parallel()
	directory, program := t.TempDir(), filepath.Join(binaries(t), "local")
	for _, round := range []string{"first", "second"} {
		ctx, cancel := context.WithTimeout(t.Context(), testTimeout)
		defer cancel()
		demo := exec.CommandContext(ctx, program, "demo")
		demo.Dir = directory
		demo.Env = append(os.Environ(), "DEMO_ONCE=1")
		demo.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		output, err := demo.CombinedOutput()
		require.NoError(t, err, "the %s round:\n%s", round, output)
		for _, shown := range []string{"Temporal UI ", "Integrations page ", "NinjaOne, simulated ", "Accelo, simulated "} {
			require.Contains(t, string(output), shown)
		}
		page, tour, found := strings.Cut(string(output), "$ starter ")
		require.True(t, found)
		require.Regexp(t, `http://127\.0\.0\.1:\d+/integrations\n  Admin token: \S+\n`, page)
		require.Contains(t, tour, "✓ allow access to NinjaOne")
		require.Contains(t, tour, "✓ allow access to Accelo")
		_, status, found := strings.Cut(tour, "$ starter status")
		require.True(t, found)
		for _, connection := range []string{"default", "momcorp"} {
			require.Contains(t, status, "Connection "+connection+": ready\n")
		}
		require.Contains(t, tour, "Retry a failure: the tab Failures of momcorp.")
		require.Empty(t, sessionProcesses(t, demo.Process.Pid), "processes are left behind by the %s round", round)
	}
}

// sessionProcesses returns the processes of a session, or none if the system has no /proc.
func sessionProcesses(t *testing.T, session int) []string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	require.NoError(t, err)
	var left []string
	for _, file := range files {
		stat, err := os.ReadFile(file)
		if err != nil {
			continue // the process has ended
		}
		// pid (name) state ppid pgrp session …; the name may hold any character.
		text := string(stat)
		fields := strings.Fields(text[strings.LastIndex(text, ")")+1:])
		if len(fields) > 3 && fields[3] == strconv.Itoa(session) && fields[0] != "Z" {
			left = append(left, text)
		}
	}
	return left
}
