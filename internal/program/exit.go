package program

import (
	"errors"
	"fmt"

	"ninjaone-accelo/internal/config"
	"ninjaone-accelo/internal/temporalx"
	"ninjaone-accelo/internal/tenant"
)

// The exit codes of worker and starter (interface.md 1).
const (
	ExitDone         = 0
	ExitCouldNotRun  = 1
	ExitBadUsage     = 2
	ExitToDo         = 3
	ExitSomeFailures = 4
)

// UsageError reports that a program was called with wrong arguments or settings.
type UsageError struct{ Err error }

// Error returns the text of the cause.
func (e *UsageError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *UsageError) Unwrap() error { return e.Err }

// StatusError ends a program with an exit code, after the program has printed everything.
type StatusError struct{ Code int }

// Error returns the exit code as text.
func (e *StatusError) Error() string { return fmt.Sprintf("exit code %d", e.Code) }

// ExitCode returns the exit code for the error of a program.
func ExitCode(err error) int {
	var faults config.Faults
	var usage *UsageError
	var status *StatusError
	var wrongKey *tenant.WrongKeyError
	switch {
	case err == nil:
		return ExitDone
	case errors.As(err, &status):
		return status.Code
	case errors.As(err, &faults), errors.As(err, &usage), errors.As(err, &wrongKey), errors.Is(err, temporalx.ErrSettings):
		return ExitBadUsage
	}
	return ExitCouldNotRun
}
