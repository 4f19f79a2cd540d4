package operate

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"ninjaone-accelo/internal/launch"
	"ninjaone-accelo/internal/store"
)

// Retry says which failed syncs to start again.
type Retry struct {
	Connection string
	// Selection selects failures; its zero value selects all.
	Selection launch.Selection
}

// Retried are the failures whose syncs run again, each with the id of the workflow. They stay recorded until a sync succeeds.
type Retried struct{ Failures []store.Failure }

// Retry starts failed syncs again. What is already running is left alone.
func (o *Operator) Retry(ctx context.Context, actor Actor, in Retry) (Retried, error) {
	ctx, err := o.begin(ctx, actor, Operating, in.Connection)
	if err != nil {
		return Retried{}, err
	}
	launcher, err := o.launcher()
	if err != nil {
		return Retried{}, err
	}
	if err := o.note(ctx, entryOf(actor, in.Connection, "retry"), subjectOfSelection(in.Selection), nil, nil); err != nil {
		return Retried{}, err
	}
	failures, err := launcher.Retry(ctx, o.store, in.Connection, in.Selection)
	return Retried{Failures: failures}, temporalError(err)
}

func subjectOfSelection(selection launch.Selection) string {
	var subjects []string
	if selection.Organization != 0 {
		subjects = append(subjects, fmt.Sprintf("organization %d", selection.Organization))
	}
	if selection.Device != 0 {
		subjects = append(subjects, fmt.Sprintf("device %d", selection.Device))
	}
	if selection.Alert != "" {
		subjects = append(subjects, "alert "+selection.Alert)
	}
	if len(subjects) == 0 {
		return "all failed records"
	}
	return strings.Join(subjects, ", ")
}

// SelectRecord returns the selection of one failed record.
func SelectRecord(kind store.Kind, ninjaID string) (launch.Selection, error) {
	if kind == store.Alerts {
		return launch.Selection{Alert: ninjaID}, nil
	}
	id, err := ninjaNumber(ninjaID)
	switch {
	case err != nil:
		return launch.Selection{}, err
	case kind == store.Devices:
		return launch.Selection{Device: id}, nil
	case kind == store.Organizations, kind == store.Contacts: // a contact is synced with its organization
		return launch.Selection{Organization: id}, nil
	}
	return launch.Selection{}, unknownKind(string(kind))
}

// Dismiss takes a failure off the list. It changes nothing else: if the record fails again, by an import or a reconciliation, it is back.
// It returns the dismissed failure.
func (o *Operator) Dismiss(ctx context.Context, actor Actor, key store.Key) (store.Failure, error) {
	ctx, err := o.begin(ctx, actor, Operating, key.Connection)
	if err != nil {
		return store.Failure{}, err
	}
	failure, err := o.store.DismissFailure(audited(ctx, actor, key.Connection, "dismiss"), key)
	if errors.Is(err, store.ErrNotFound) {
		return failure, notFailed(key)
	}
	return failure, err
}

func notFailed(key store.Key) error {
	return &NotFoundError{What: string(key.Kind), Reason: fmt.Sprintf("%s %s has not failed", key.Kind, key.NinjaID)}
}

// ninjaNumber reads the id of an organization or a device.
func ninjaNumber(text string) (int, error) {
	id, err := strconv.Atoi(text)
	if err != nil || id <= 0 {
		return 0, &InvalidError{Member: "ninja_id", Reason: fmt.Sprintf("%q is not a NinjaOne ID (use a number)", text)}
	}
	return id, nil
}
