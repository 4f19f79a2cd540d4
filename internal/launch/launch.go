package launch

import (
	"context"
	"errors"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
)

// Launcher starts workflows in one namespace and task queue.
type Launcher struct {
	temporal   client.Client
	taskQueue  string
	searchable bool
}

// New returns a Launcher. The attributes list which of our search attributes the namespace has registered. If any is missing,
// workflows start without search attributes.
func New(temporal client.Client, taskQueue string, attributes []string) *Launcher {
	return &Launcher{temporal: temporal, taskQueue: taskQueue, searchable: len(attributes) == len(flow.SearchAttributes())}
}

// RunningError reports that an execution with the same id is already running, or that it has completed and must not run again.
type RunningError struct{ WorkflowID string }

// Error implements error.
func (e *RunningError) Error() string { return e.WorkflowID + " is already running" }

// FullImport starts a full import, or plans one. It returns a *RunningError if one is already running.
func (l *Launcher) FullImport(ctx context.Context, connection string, plan bool) (client.WorkflowRun, error) {
	return l.ChosenImport(ctx, connection, plan, rules.Selection{})
}

// ChosenImport is FullImport for the records of a selection.
func (l *Launcher) ChosenImport(ctx context.Context, connection string, plan bool, selection rules.Selection) (client.WorkflowRun, error) {
	return l.start(ctx, flow.FullImportInput{Connection: connection, Plan: plan, Selection: selection, Searchable: l.searchable})
}

// ImportOrganization starts the import of one organization. It returns a *RunningError if one is already running.
func (l *Launcher) ImportOrganization(ctx context.Context, in flow.ImportOrganizationInput) (client.WorkflowRun, error) {
	return l.start(ctx, in)
}

// AlertTriggered ensures that an alert's trigger is synced once: a second delivery starts nothing, unless the first execution
// failed. It returns once Temporal has stored the start.
func (l *Launcher) AlertTriggered(ctx context.Context, in flow.AlertTriggeredInput) error {
	return l.startOnce(ctx, in)
}

// AlertReset ensures that an alert's reset is synced once, as AlertTriggered does for its trigger.
func (l *Launcher) AlertReset(ctx context.Context, in flow.AlertResetInput) error {
	return l.startOnce(ctx, in)
}

// RetryAlertReset syncs an alert's reset again, even if an earlier execution completed: it may have left closing the request to
// the trigger's workflow, which then failed.
func (l *Launcher) RetryAlertReset(ctx context.Context, in flow.AlertResetInput) error {
	options := l.options(in.Execution())
	options.WorkflowIDReusePolicy = enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE
	_, err := l.execute(ctx, options, in)
	return ignoreRunning(err)
}

// RequestChanged ensures that a request's change is followed: by the running execution, or else by a new one.
func (l *Launcher) RequestChanged(ctx context.Context, in flow.RequestClosedInput) error {
	options := l.options(in.Execution())
	options.WorkflowIDConflictPolicy = enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING
	change := flow.RequestChange{Compared: in.Compared}
	_, err := l.temporal.SignalWithStartWorkflow(carryPair(ctx), options.ID, flow.ChangedSignal, change, options, flow.RequestClosed, in)
	if err != nil {
		return fmt.Errorf("signal %s: %w", options.ID, err)
	}
	return nil
}

// workflowInput is the input of any of our workflows.
type workflowInput interface{ Execution() flow.Execution }

func (l *Launcher) start(ctx context.Context, in workflowInput) (client.WorkflowRun, error) {
	return l.execute(ctx, l.options(in.Execution()), in)
}

// startOnce starts an execution for an event that happens once. If this process also runs a worker, the first workflow task
// comes with the reply, which saves a round trip.
func (l *Launcher) startOnce(ctx context.Context, in workflowInput) error {
	options := l.options(in.Execution())
	options.EnableEagerStart = true
	_, err := l.execute(ctx, options, in)
	return ignoreRunning(err)
}

func ignoreRunning(err error) error {
	var running *RunningError
	if errors.As(err, &running) {
		return nil
	}
	return err
}

// options returns the start options of an execution. Search attributes are left out if the namespace lacks them, because it would
// reject the start.
func (l *Launcher) options(execution flow.Execution) client.StartWorkflowOptions {
	options := client.StartWorkflowOptions{
		ID: execution.ID, TaskQueue: l.taskQueue, StaticSummary: execution.Summary,
		Priority:                                 temporal.Priority{PriorityKey: execution.Priority},
		WorkflowIDReusePolicy:                    execution.Reuse,
		WorkflowIDConflictPolicy:                 enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
	}
	if l.searchable {
		options.TypedSearchAttributes = execution.Attributes
	}
	return options
}

func (l *Launcher) execute(ctx context.Context, options client.StartWorkflowOptions, in workflowInput) (client.WorkflowRun, error) {
	ctx = carryPair(ctx)
	run, err := l.temporal.ExecuteWorkflow(ctx, options, in.Execution().Workflow, in)
	if isStarted(err) {
		if former, endErr := l.endFormer(ctx, options.ID); endErr != nil {
			return nil, endErr
		} else if !former {
			return nil, &RunningError{WorkflowID: options.ID}
		}
		options.WorkflowIDReusePolicy = enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE
		if run, err = l.temporal.ExecuteWorkflow(ctx, options, in.Execution().Workflow, in); isStarted(err) {
			return nil, &RunningError{WorkflowID: options.ID}
		}
	}
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", options.ID, err)
	}
	return run, nil
}

func isStarted(err error) bool {
	var already *serviceerror.WorkflowExecutionAlreadyStarted
	return errors.As(err, &already)
}
