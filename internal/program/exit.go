package program

import (
	"errors"
	"fmt"

	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/temporalx"
)

// The exit codes of worker and starter (interface section 1).
const (
	ExitDone         = 0
	ExitCouldNotRun  = 1
	ExitBadUsage     = 2
	ExitToDo         = 3
	ExitSomeFailures = 4
)

// UsageError says that a program was called in a way it does not know.
type UsageError struct{ Err error }

// Error implements error.
func (e *UsageError) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *UsageError) Unwrap() error { return e.Err }

// StatusError ends a program with an exit code of its own, after everything has been said.
type StatusError struct{ Code int }

// Error implements error.
func (e *StatusError) Error() string { return fmt.Sprintf("exit code %d", e.Code) }

// ExitCode is the exit code that an error means.
func ExitCode(err error) int {
	var faults config.Faults
	var usage *UsageError
	var status *StatusError
	switch {
	case err == nil:
		return ExitDone
	case errors.As(err, &status):
		return status.Code
	case errors.As(err, &faults), errors.As(err, &usage), errors.Is(err, temporalx.ErrSettings):
		return ExitBadUsage
	}
	return ExitCouldNotRun
}
