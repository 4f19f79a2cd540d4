package workflows

import (
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/internal/flow"
)

// workflowInput is the input of any of our workflows.
type workflowInput interface{ Execution() flow.Execution }

// startOrganization starts an organization's import as a part of a full import. Cancelling the full import cancels it, and the
// full import waits until it has finished its current record.
func startOrganization(ctx workflow.Context, in flow.ImportOrganizationInput, searchable bool) workflow.ChildWorkflowFuture {
	options := childOptions(ctx, in, searchable)
	options.ParentClosePolicy = enumspb.PARENT_CLOSE_POLICY_REQUEST_CANCEL
	options.WaitForCancellation = true
	return startChild(ctx, in, options)
}

// retryOrganization starts an organization's import on its own. It outlives its parent.
func retryOrganization(ctx workflow.Context, in flow.ImportOrganizationInput, searchable bool) workflow.ChildWorkflowFuture {
	options := childOptions(ctx, in, searchable)
	options.ParentClosePolicy = enumspb.PARENT_CLOSE_POLICY_ABANDON
	options.WaitForCancellation = true
	return startChild(ctx, in, options)
}

// startDetached starts a workflow that outlives its parent: it is durable once it has started. A live event has priority over
// the same event found by an import or a reconciliation, so these pass their own priority.
func startDetached(ctx workflow.Context, in workflowInput, priority int, searchable bool) workflow.ChildWorkflowFuture {
	return startChild(ctx, in, detachedOptions(ctx, in, priority, searchable))
}

// startAgain is startDetached for work that is still owed although an earlier execution for the same alert may have completed.
func startAgain(ctx workflow.Context, in workflowInput, priority int, searchable bool) workflow.ChildWorkflowFuture {
	options := detachedOptions(ctx, in, priority, searchable)
	options.WorkflowIDReusePolicy = enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE
	return startChild(ctx, in, options)
}

func detachedOptions(ctx workflow.Context, in workflowInput, priority int, searchable bool) workflow.ChildWorkflowOptions {
	options := childOptions(ctx, in, searchable)
	options.ParentClosePolicy = enumspb.PARENT_CLOSE_POLICY_ABANDON
	options.Priority = temporal.Priority{PriorityKey: priority}
	return options
}

func startChild(ctx workflow.Context, in workflowInput, options workflow.ChildWorkflowOptions) workflow.ChildWorkflowFuture {
	return workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, options), in.Execution().Workflow, in)
}

// childOptions returns the options that all children share. Search attributes are left out if the namespace lacks them, because
// it would reject the start.
func childOptions(ctx workflow.Context, in workflowInput, searchable bool) workflow.ChildWorkflowOptions {
	execution := in.Execution()
	options := workflow.ChildWorkflowOptions{
		WorkflowID:            execution.ID,
		WorkflowIDReusePolicy: execution.Reuse,
		Priority:              temporal.Priority{PriorityKey: execution.Priority},
		StaticSummary:         execution.Summary,
	}
	if flow.PairOf(ctx).Number > 1 {
		// What completed under this id may have been about the accounts before. The database knows what was done for these.
		options.WorkflowIDReusePolicy = enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE
	}
	if searchable {
		options.TypedSearchAttributes = execution.Attributes
	}
	return options
}
