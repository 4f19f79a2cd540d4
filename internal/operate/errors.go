package operate

import (
	"errors"
	"fmt"

	"ninjaone-accelo/internal/corrections"
	"ninjaone-accelo/internal/launch"
	"ninjaone-accelo/internal/store"
)

// NotFoundError reports that what an operation is about does not exist.
type NotFoundError struct {
	// What is "connection", "import" or a kind of record.
	What string
	// Reason is the whole text for the user.
	Reason string
}

// Error implements error.
func (e *NotFoundError) Error() string { return e.Reason }

// Unwrap makes every NotFoundError a store.ErrNotFound.
func (e *NotFoundError) Unwrap() error { return store.ErrNotFound }

// InvalidError reports an input that can't be right.
type InvalidError struct {
	// Member is the member of the input at fault, in the names of the API; a dot separates the members of members.
	Member string
	Reason string
	Err    error
}

// Error implements error.
func (e *InvalidError) Error() string { return e.Reason }

// Unwrap returns the cause, if there is one.
func (e *InvalidError) Unwrap() error { return e.Err }

// ConflictError reports that the state of things doesn't allow an operation now.
type ConflictError struct {
	Reason string
	// Member is the member of the input that is in the way, or empty.
	Member string
	// Running is the import that is in the way, or nil.
	Running *Import
	Err     error
}

// Error implements error.
func (e *ConflictError) Error() string { return e.Reason }

// Unwrap returns the cause, if there is one.
func (e *ConflictError) Unwrap() error { return e.Err }

// NotReadyError reports a connection whose credentials the vendors have not accepted yet.
type NotReadyError struct{ Connection string }

// Error implements error.
func (e *NotReadyError) Error() string {
	return fmt.Sprintf("connection %q is not set up: connect it first", e.Connection)
}

// ForbiddenError reports that an operation needs a higher role.
type ForbiddenError struct{ Needs Role }

// Error implements error.
func (e *ForbiddenError) Error() string { return fmt.Sprintf("this needs the role %s", e.Needs) }

// UnavailableError reports that something an operation needs could not be reached. Trying again later may help.
type UnavailableError struct {
	// What could not be reached: "Temporal", "NinjaOne", "Accelo".
	What string
	Err  error
}

// Error returns the text of the cause.
func (e *UnavailableError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *UnavailableError) Unwrap() error { return e.Err }

func unknownConnection(name string) error {
	return &NotFoundError{What: "connection", Reason: fmt.Sprintf("unknown connection %q", name)}
}

// temporalError types an error of a call to Temporal. A connection that has moved meanwhile is a conflict.
func temporalError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, store.ErrFormerPair):
		return &ConflictError{Reason: err.Error(), Err: err}
	}
	return &UnavailableError{What: "Temporal", Err: err}
}

// correctionError types an error of a correction.
func correctionError(err error) error {
	var input *corrections.InputError
	var refused *corrections.RefusedError
	var held *store.HeldError
	var owned *store.OwnedError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &input):
		return &InvalidError{Member: input.Member, Reason: err.Error(), Err: err}
	case errors.As(err, &refused), errors.As(err, &held), errors.As(err, &owned), errors.Is(err, store.ErrFormerPair):
		return &ConflictError{Reason: err.Error(), Err: err}
	}
	if vendor := corrections.VendorOf(err); vendor != "" {
		return &UnavailableError{What: vendor, Err: err}
	}
	return err
}

// isEnded reports whether an execution has ended, so that it can't be signalled.
func isEnded(err error) bool {
	var ended *launch.EndedError
	return errors.As(err, &ended)
}
