package main

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every patch applies to the product as it is, and says what it takes out.
func TestPatchesApply(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("../../..")
	require.NoError(t, err)
	mends, err := readMends()
	require.NoError(t, err)
	require.NotEmpty(t, mends)
	for _, m := range mends {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			require.NotEmpty(t, m.title)
			_, err := m.takeOut(t.Context(), root, t.TempDir())
			require.NoError(t, err)
		})
	}
}

// A story is read as the simulation prints it.
func TestRead(t *testing.T) {
	t.Parallel()
	life, err := read(`--- FAIL: TestLives (10.08s)
    --- FAIL: TestLives/lives (0.00s)
        --- FAIL: TestLives/lives/lane (10.02s)
            simulation_test.go:85: 
                seed 17: lost: an alert is active and has no request
                  settings: defaults
                   1.       1s  alert 1 fires
                  12.     1m2s  alert 2 fires
                  also: stale: a request is open
            simulation_test.go:85: 
                seed 18: another
                   1.       1s  alert 1 fires
42 lives, 40000 steps in 10s
FAIL
`)
	require.NoError(t, err)
	require.Equal(t, found{
		seed: 17, promise: "lost: an alert is active and has no request", lives: 42, steps: 2,
		story: "  seed 17: lost: an alert is active and has no request\n    settings: defaults\n    1.       1s  alert 1 fires\n" +
			"    12.     1m2s  alert 2 fires\n    also: stale: a request is open\n",
	}, *life)
	_, err = read("panic: no story")
	require.ErrorContains(t, err, "without a story")
}
