package launch

import (
	"context"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/store"
	"ninjaone-accelo/internal/temporalx"
)

// formerPairReason is what Temporal's UI shows for an execution that was ended.
const formerPairReason = "its connection has moved to another pair of NinjaOne and Accelo accounts, or was removed"

// carryPair makes a start carry the pair that its context is bound to. Without one, the execution belongs to the pair that is
// current when it starts.
func carryPair(ctx context.Context) context.Context {
	pair, bound := store.PairFrom(ctx)
	if !bound {
		return ctx
	}
	return flow.WithPair(ctx, flow.Pair{Connection: pair.Connection, Number: pair.Number})
}

// endFormer reports whether the latest execution of an id began under a former pair, and ends it if it is still running. What it
// did was about other records, so it must not stand for an execution of the current pair.
func (l *Launcher) endFormer(ctx context.Context, workflowID string) (bool, error) {
	pair, bound := store.PairFrom(ctx)
	if !bound || pair.Number < 2 || pair.Since.IsZero() {
		return false, nil
	}
	description, err := l.temporal.DescribeWorkflowExecution(ctx, workflowID, "")
	if err != nil {
		return false, fmt.Errorf("look at %s: %w", workflowID, err)
	}
	info := description.GetWorkflowExecutionInfo()
	if !info.GetStartTime().AsTime().Before(pair.Since) {
		return false, nil
	}
	if info.GetStatus() != enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING {
		return true, nil
	}
	return true, l.terminate(ctx, info)
}

// EndFormer ends every running execution that began before a connection moved to its current pair, and returns how many there
// were. It is not what keeps the pairs apart, since the database refuses such executions anyway. It removes those that would wait:
// for a signal, for approval, or for the next attempt.
func (l *Launcher) EndFormer(ctx context.Context, pair store.Pair) (int, error) {
	if pair.Number < 2 {
		return 0, nil
	}
	return l.endBefore(ctx, pair.Connection, pair.Since)
}

// Retire deletes the schedules of a connection that was removed, and ends what still runs for it. It returns how many executions there were.
func (l *Launcher) Retire(ctx context.Context, connection string) (int, error) {
	for _, id := range []string{flow.ReconcileID(connection), flow.ScheduledImportID(connection)} {
		if err := temporalx.RemoveSchedule(ctx, l.temporal, id); err != nil {
			return 0, err
		}
	}
	return l.endBefore(ctx, connection, time.Now())
}

// endBefore ends every running execution of a connection that began before a time.
func (l *Launcher) endBefore(ctx context.Context, connection string, before time.Time) (int, error) {
	query := fmt.Sprintf("ExecutionStatus = 'Running' AND StartTime < '%s'", before.UTC().Format(time.RFC3339Nano))
	request := &workflowservice.ListWorkflowExecutionsRequest{Query: query}
	for ended := 0; ; {
		page, err := l.temporal.ListWorkflow(ctx, request)
		if err != nil {
			return ended, fmt.Errorf("list the running executions: %w", err)
		}
		for _, info := range page.GetExecutions() {
			if flow.ConnectionOf(info.GetExecution().GetWorkflowId()) != connection || info.GetTaskQueue() != l.taskQueue {
				continue
			}
			if err := l.terminate(ctx, info); err != nil {
				return ended, err
			}
			ended++
		}
		if request.NextPageToken = page.GetNextPageToken(); len(request.NextPageToken) == 0 {
			return ended, nil
		}
	}
}

func (l *Launcher) terminate(ctx context.Context, info *workflowpb.WorkflowExecutionInfo) error {
	execution := info.GetExecution()
	err := l.temporal.TerminateWorkflow(ctx, execution.GetWorkflowId(), execution.GetRunId(), formerPairReason)
	if err != nil && !isGone(err) { // it may have ended since
		return fmt.Errorf("end %s: %w", execution.GetWorkflowId(), err)
	}
	return nil
}
