package program_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/program"
	"ninjaone-accelo/internal/temporalx"
)

// Each kind of error has its exit code, wrapped or not.
func TestExitCode(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		err  error
		want int
	}{
		{"success", nil, program.ExitDone},
		{"wrong settings", config.Faults{{Variable: "DATABASE_URL"}}, program.ExitBadUsage},
		{"wrong settings of Temporal", fmt.Errorf("%w: no such profile", temporalx.ErrSettings), program.ExitBadUsage},
		{"wrong arguments", &program.UsageError{Err: errors.New("unknown flag")}, program.ExitBadUsage},
		{"administrator has something to do", &program.StatusError{Code: program.ExitToDo}, program.ExitToDo},
		{"some records failed", &program.StatusError{Code: program.ExitSomeFailures}, program.ExitSomeFailures},
		{"unreachable server", temporalx.ErrUnreachable, program.ExitCouldNotRun},
		{"any other error", errors.New("disk full"), program.ExitCouldNotRun},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, program.ExitCode(test.err))
			if test.err != nil {
				require.Equal(t, test.want, program.ExitCode(fmt.Errorf("connect: %w", test.err)))
			}
		})
	}
}
