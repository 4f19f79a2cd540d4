package launch

import (
	"context"
	"errors"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"ninjaone-accelo/internal/flow"
)

// Latest is the latest execution of a workflow id.
type Latest struct {
	WorkflowID, RunID string
	// FirstRunID is the run that the execution began with, before it continued as new.
	FirstRunID string
	Running    bool
}

// EndedError reports that there is no running execution of a workflow id.
type EndedError struct {
	WorkflowID string
	// Err is Temporal's answer.
	Err error
}

// Error implements error.
func (e *EndedError) Error() string { return e.WorkflowID + " is not running" }

// Unwrap returns Temporal's answer.
func (e *EndedError) Unwrap() error { return e.Err }

// Latest returns the latest execution of a workflow id. It returns an *EndedError if Temporal knows none.
func (l *Launcher) Latest(ctx context.Context, workflowID string) (Latest, error) {
	description, err := l.temporal.DescribeWorkflowExecution(ctx, workflowID, "")
	if isGone(err) {
		return Latest{}, &EndedError{WorkflowID: workflowID, Err: err}
	}
	if err != nil {
		return Latest{}, fmt.Errorf("look at %s: %w", workflowID, err)
	}
	info := description.GetWorkflowExecutionInfo()
	return Latest{
		WorkflowID: workflowID, RunID: info.GetExecution().GetRunId(), FirstRunID: info.GetFirstRunId(),
		Running: info.GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING,
	}, nil
}

// Run returns a handle of an execution: of its latest run if runID is empty.
func (l *Launcher) Run(ctx context.Context, workflowID, runID string) client.WorkflowRun {
	return l.temporal.GetWorkflow(ctx, workflowID, runID)
}

// ImportProgress asks a full import that runs how far it is. A worker has to answer, so the caller bounds the wait.
func (l *Launcher) ImportProgress(ctx context.Context, workflowID string) (flow.Progress, error) {
	var progress flow.Progress
	answer, err := l.temporal.QueryWorkflow(ctx, workflowID, "", flow.ProgressQuery)
	if err == nil {
		err = answer.Get(&progress)
	}
	return progress, ended(workflowID, "ask", err)
}

// Signal sends a signal without payload to one run. It returns an *EndedError if the run has ended.
func (l *Launcher) Signal(ctx context.Context, workflowID, runID, signal string) error {
	return ended(workflowID, "signal", l.temporal.SignalWorkflow(ctx, workflowID, runID, signal, nil))
}

// Cancel asks one run to end early. It returns an *EndedError if the run has ended.
func (l *Launcher) Cancel(ctx context.Context, workflowID, runID string) error {
	return ended(workflowID, "cancel", l.temporal.CancelWorkflow(ctx, workflowID, runID))
}

func ended(workflowID, action string, err error) error {
	switch {
	case isGone(err):
		return &EndedError{WorkflowID: workflowID, Err: err}
	case err != nil:
		return fmt.Errorf("%s %s: %w", action, workflowID, err)
	}
	return nil
}

func isGone(err error) bool {
	var gone *serviceerror.NotFound
	return errors.As(err, &gone)
}
