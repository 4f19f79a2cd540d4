package operate

import (
	"context"
	"errors"
	"fmt"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/launch"
	"ninjaone-accelo/internal/store"
)

// ImportAction is what a user may do to an import that runs.
type ImportAction string

// The actions.
const (
	// PauseImport stops an import from starting more organizations.
	PauseImport ImportAction = "pause"
	// ResumeImport ends a pause.
	ResumeImport ImportAction = "resume"
	// CancelImport ends an import between two records. What it has done stays.
	CancelImport ImportAction = "cancel"
)

// signalAttempts is how often a signal follows an import that continues as new at the same time.
const signalAttempts = 3

// ImportSignal names an import and what to do to it.
type ImportSignal struct {
	Connection string
	// ID is the id of the import.
	ID     string
	Action ImportAction
}

// SignalImport pauses, resumes or cancels an import that runs. It returns once Temporal has stored the signal: the import heeds it after
// the records in hand.
func (o *Operator) SignalImport(ctx context.Context, actor Actor, in ImportSignal) (Import, error) {
	ctx, err := o.begin(ctx, actor, Operating, in.Connection)
	if err != nil {
		return Import{}, err
	}
	launcher, err := o.launcher()
	if err != nil {
		return Import{}, err
	}
	workflowID, err := o.importWorkflow(ctx, in.Connection, in.ID)
	if err != nil {
		return Import{}, err
	}
	if in.Action != CancelImport && workflowID != flow.FullImportID(in.Connection) {
		return Import{}, &ConflictError{Reason: "the import of a single organization can only be cancelled"}
	}
	if err := o.note(ctx, entryOf(actor, in.Connection, string(in.Action)+" import"), "import "+in.ID, nil, nil); err != nil {
		return Import{}, err
	}
	for range signalAttempts {
		var latest launch.Latest
		if latest, err = launcher.Latest(ctx, workflowID); err == nil && (latest.FirstRunID != in.ID || !latest.Running) {
			return Import{}, endedImport(in.ID, nil)
		}
		if err == nil {
			err = send(ctx, launcher, latest, in.Action)
		}
		if err == nil {
			return Import{ID: in.ID, WorkflowID: workflowID, Attached: true}, nil
		}
		if !isEnded(err) {
			return Import{}, temporalError(err)
		}
	}
	return Import{}, endedImport(in.ID, err)
}

// ImportRuns reports whether an import runs. One that was stored and neither runs nor has a result has failed.
func (o *Operator) ImportRuns(ctx context.Context, connection, id string) (bool, error) {
	launcher, err := o.launcher()
	if err != nil {
		return false, err
	}
	workflowID, err := o.importWorkflow(ctx, connection, id)
	if err != nil {
		return false, err
	}
	latest, err := launcher.Latest(ctx, workflowID)
	if isEnded(err) {
		return false, nil
	}
	return latest.Running && latest.FirstRunID == id, temporalError(err)
}

// ImportPaused reports whether the full import of a connection that runs is paused. It asks a worker, which may not answer in time.
func (o *Operator) ImportPaused(ctx context.Context, connection string) (bool, error) {
	launcher, err := o.launcher()
	if err != nil {
		return false, err
	}
	progress, err := launcher.ImportProgress(ctx, flow.FullImportID(connection))
	return progress.Paused, temporalError(err)
}

// importWorkflow returns the workflow id of an import. An import that has just started is not stored yet: it can only be a full one that
// runs.
func (o *Operator) importWorkflow(ctx context.Context, connection, id string) (string, error) {
	stored, err := o.store.Import(ctx, id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		if latest, err := o.options.Launcher.Latest(ctx, flow.FullImportID(connection)); err == nil && latest.FirstRunID == id {
			return latest.WorkflowID, nil
		}
		return "", unknownImport(id)
	case err != nil:
		return "", err
	case stored.Connection != connection:
		return "", unknownImport(id)
	}
	return stored.WorkflowID, nil
}

func unknownImport(id string) error {
	return &NotFoundError{What: "import", Reason: fmt.Sprintf("unknown import %q", id)}
}

func endedImport(id string, err error) error {
	return &ConflictError{Reason: fmt.Sprintf("import %s has ended", id), Err: err}
}

func send(ctx context.Context, launcher *launch.Launcher, latest launch.Latest, action ImportAction) error {
	switch action {
	case PauseImport:
		return launcher.Signal(ctx, latest.WorkflowID, latest.RunID, flow.PauseSignal)
	case ResumeImport:
		return launcher.Signal(ctx, latest.WorkflowID, latest.RunID, flow.ResumeSignal)
	default:
		return launcher.Cancel(ctx, latest.WorkflowID, latest.RunID)
	}
}
