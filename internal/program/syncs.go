package program

import (
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/internal/flow"
)

// syncCounter counts what workflows did, by kind of record and outcome.
type syncCounter struct {
	interceptor.WorkerInterceptorBase

	count func(kind, outcome string, records int)
}

// InterceptWorkflow implements interceptor.WorkerInterceptor.
func (c *syncCounter) InterceptWorkflow(
	_ workflow.Context, next interceptor.WorkflowInboundInterceptor,
) interceptor.WorkflowInboundInterceptor {
	return &countingWorkflow{WorkflowInboundInterceptorBase: interceptor.WorkflowInboundInterceptorBase{Next: next}, count: c.count}
}

type countingWorkflow struct {
	interceptor.WorkflowInboundInterceptorBase

	count func(kind, outcome string, records int)
}

// ExecuteWorkflow runs the workflow and counts its result, unless it is replayed.
func (w *countingWorkflow) ExecuteWorkflow(ctx workflow.Context, in *interceptor.ExecuteWorkflowInput) (any, error) {
	result, err := w.Next.ExecuteWorkflow(ctx, in)
	if workflow.IsReplaying(ctx) || workflow.IsContinueAsNewError(err) {
		return result, err
	}
	switch kind := workflow.GetInfo(ctx).WorkflowType.Name; kind {
	case flow.AlertTriggered:
		w.countAlert("alert", result, err)
	case flow.AlertReset:
		w.countAlert("reset", result, err)
	case flow.RequestClosed:
		w.countAlert("request", result, err)
	case flow.FullImport, flow.ImportOrganization:
		if imported, ok := result.(flow.ImportResult); ok && err == nil && !imported.Plan && !isPart(in) {
			w.countRecords("organization", imported.Organizations)
			w.countRecords("device", imported.Devices) // each alert has its own AlertTriggered
		}
	}
	return result, err
}

// isPart reports whether a workflow is a part of a full import, whose result includes it.
func isPart(in *interceptor.ExecuteWorkflowInput) bool {
	if len(in.Args) == 0 {
		return false
	}
	organization, ok := in.Args[0].(flow.ImportOrganizationInput)
	return ok && organization.ImportID != ""
}

func (w *countingWorkflow) countAlert(kind string, result any, err error) {
	outcome := "failed"
	if alert, ok := result.(flow.AlertResult); ok && err == nil {
		outcome = string(alert.Outcome)
	} else if temporal.IsCanceledError(err) {
		outcome = "canceled"
	}
	w.count(kind, outcome, 1)
}

func (w *countingWorkflow) countRecords(kind string, counts flow.Counts) {
	for outcome, records := range map[string]int{
		"created": counts.Created, "matched": counts.Matched, "updated": counts.Updated,
		"unchanged": counts.Unchanged, "waiting": counts.Waiting, "failed": counts.Failed,
		"switched-off": counts.SwitchedOff,
	} {
		if records > 0 {
			w.count(kind, outcome, records)
		}
	}
}
