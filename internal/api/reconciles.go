package api

import (
	"context"
	"net/http"

	"ninjaone-accelo/internal/operate"
)

// startedWorkflow is a workflow that runs.
type startedWorkflow struct {
	WorkflowID string `json:"workflow_id"`
	// Running reports that it ran already.
	Running bool `json:"running,omitempty" doc:"The workflow was running already."`
}

func (a *API) registerReconciles() {
	const tag, path = "Reconciliation", "/api/v1/connections/{name}/reconciles"
	start := func(do func(context.Context, operate.Actor, string) (operate.Reconciliation, error)) func(
		context.Context, operate.Actor, *ConnectionPath) (*response[startedWorkflow], error) {
		return func(ctx context.Context, actor operate.Actor, in *ConnectionPath) (*response[startedWorkflow], error) {
			started, err := do(ctx, actor, in.Name)
			return respond(startedWorkflow{WorkflowID: started.WorkflowID, Running: started.Attached}), err
		}
	}
	register(a, operation(http.MethodPost, path, "Reconcile now", tag, http.StatusAccepted), start(a.operator.Reconcile))
	register(a, operation(http.MethodPost, path+"/approve", "Approve the change that a reconciliation is holding", tag, http.StatusAccepted),
		start(a.operator.Approve))
}
