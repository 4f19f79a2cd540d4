package workflows

import (
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/internal/flow"
)

// runScheduledImport implements the ScheduledImport workflow: it starts a full import under the id that all full imports of a connection
// share, so that one that runs already is not joined by a second one. Temporal gives each run of a schedule an id of its own, which is why
// the schedule can't start the import itself.
func runScheduledImport(ctx workflow.Context, in flow.ScheduledImportInput) (flow.ScheduledImportResult, error) {
	full := flow.FullImportInput{Connection: in.Connection, Searchable: in.Searchable}
	result := flow.ScheduledImportResult{WorkflowID: full.Execution().ID}
	var started workflow.Execution
	err := startDetached(ctx, full, flow.PriorityImport, in.Searchable).GetChildWorkflowExecution().Get(ctx, &started)
	switch {
	case temporal.IsWorkflowExecutionAlreadyStartedError(err):
		workflow.SetCurrentDetails(ctx, "Skipped: an import is already running.")
		return result, nil
	case err != nil:
		return result, err
	}
	result.Started, result.RunID = true, started.RunID
	workflow.SetCurrentDetails(ctx, "Started the import.")
	return result, nil
}
