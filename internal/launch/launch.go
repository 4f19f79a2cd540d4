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
	"ninjaone-accelo/workflows"
)

// Launcher starts workflows in one namespace and task queue.
type Launcher struct {
	temporal   client.Client
	taskQueue  string
	searchable bool
}

// New makes a Launcher. Attributes are those of our search attributes that the namespace has: unless it has all, executions
// are started without any.
func New(temporal client.Client, taskQueue string, attributes []string) *Launcher {
	return &Launcher{temporal: temporal, taskQueue: taskQueue, searchable: len(attributes) == len(flow.SearchAttributes())}
}

// RunningError says that an execution with the same id runs already.
type RunningError struct{ WorkflowID string }

// Error implements error.
func (e *RunningError) Error() string { return e.WorkflowID + " runs already" }

// FullImport starts a full import, or a plan of one; a *RunningError says that one runs already.
func (l *Launcher) FullImport(ctx context.Context, connection string, plan bool) (client.WorkflowRun, error) {
	in := flow.FullImportInput{Connection: connection, Plan: plan, Searchable: l.searchable}
	summary := "Full import of connection " + connection
	if plan {
		summary = "Plan of a full import of connection " + connection
	}
	options := l.options(flow.FullImportID(connection), summary, flow.PriorityImport,
		workflows.ConnectionAttributes(connection))
	return l.start(ctx, options, flow.FullImport, in)
}

// ImportOrganization starts the import of one organization; a *RunningError says that one runs already.
func (l *Launcher) ImportOrganization(ctx context.Context, in flow.ImportOrganizationInput) (client.WorkflowRun, error) {
	options := l.options(flow.ImportOrganizationID(in.Connection, in.OrganizationID), workflows.OrganizationSummary(in),
		flow.PriorityImport, workflows.OrganizationAttributes(in))
	return l.start(ctx, options, flow.ImportOrganization, in)
}

// AlertTriggered makes sure that an alert's trigger is synced, once: a second delivery starts nothing, unless the first
// execution failed. It returns when Temporal has it.
func (l *Launcher) AlertTriggered(ctx context.Context, in flow.AlertTriggeredInput) error {
	options := l.options(flow.AlertTriggeredID(in.Connection, in.Alert.UID), workflows.AlertSummary(in), flow.PriorityAlert,
		workflows.AlertAttributes(in.Connection, in.Alert.UID, in.Alert.DeviceID, in.Alert.OrganizationID))
	return l.once(ctx, options, flow.AlertTriggered, in)
}

// AlertReset makes sure that an alert's reset is synced, once.
func (l *Launcher) AlertReset(ctx context.Context, in flow.AlertResetInput) error {
	return l.once(ctx, l.resetOptions(in), flow.AlertReset, in)
}

// AlertResetAgain syncs an alert's reset once more, also where an execution for it has ended well: it may have left the closing to
// the one of the trigger.
func (l *Launcher) AlertResetAgain(ctx context.Context, in flow.AlertResetInput) error {
	_, err := l.start(ctx, l.resetOptions(in), flow.AlertReset, in)
	var running *RunningError
	if errors.As(err, &running) {
		return nil
	}
	return err
}

func (l *Launcher) resetOptions(in flow.AlertResetInput) client.StartWorkflowOptions {
	return l.options(flow.AlertResetID(in.Connection, in.UID), "Reset of alert "+in.UID, flow.PriorityAlert,
		workflows.AlertAttributes(in.Connection, in.UID, in.DeviceID, in.OrganizationID))
}

// RequestChanged makes sure that a request's change of status is followed: by the execution that runs, or by a new one.
func (l *Launcher) RequestChanged(ctx context.Context, in flow.RequestClosedInput) error {
	options := l.options(flow.RequestClosedID(in.Connection, in.RequestID), workflows.RequestSummary(in),
		flow.PriorityAlert, workflows.RequestAttributes(in))
	options.WorkflowIDConflictPolicy = enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING
	change := flow.RequestChange{Compared: in.Compared}
	_, err := l.temporal.SignalWithStartWorkflow(ctx, options.ID, flow.ChangedSignal, change, options, flow.RequestClosed, in)
	if err != nil {
		return fmt.Errorf("tell %s: %w", options.ID, err)
	}
	return nil
}

// options are those that all our executions share.
func (l *Launcher) options(id, summary string, priority int, attributes temporal.SearchAttributes) client.StartWorkflowOptions {
	options := client.StartWorkflowOptions{
		ID: id, TaskQueue: l.taskQueue, StaticSummary: summary, Priority: temporal.Priority{PriorityKey: priority},
		WorkflowIDReusePolicy:                    enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		WorkflowIDConflictPolicy:                 enumspb.WORKFLOW_ID_CONFLICT_POLICY_FAIL,
		WorkflowExecutionErrorWhenAlreadyStarted: true,
	}
	if l.searchable {
		options.TypedSearchAttributes = attributes
	}
	return options
}

// once starts an execution for an event that happens once. A worker in this process gets the first task along with the
// reply, which saves a round trip.
func (l *Launcher) once(ctx context.Context, options client.StartWorkflowOptions, workflowType string, in any) error {
	options.WorkflowIDReusePolicy = enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY
	options.EnableEagerStart = true
	_, err := l.start(ctx, options, workflowType, in)
	var running *RunningError
	if errors.As(err, &running) {
		return nil // it runs, or has been done
	}
	return err
}

func (l *Launcher) start(ctx context.Context, options client.StartWorkflowOptions, workflowType string, in any) (client.WorkflowRun, error) {
	run, err := l.temporal.ExecuteWorkflow(ctx, options, workflowType, in)
	var already *serviceerror.WorkflowExecutionAlreadyStarted
	if errors.As(err, &already) {
		return nil, &RunningError{WorkflowID: options.ID}
	}
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", options.ID, err)
	}
	return run, nil
}
