package program

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/internal/flow"
)

// Each workflow is counted by the kind of its records and by their outcome, and no record twice.
func TestSyncCounter(t *testing.T) {
	t.Parallel()
	imported := flow.ImportResult{
		Organizations: flow.Counts{Matched: 2}, Devices: flow.Counts{Created: 30, Failed: 1}, Alerts: flow.Counts{Created: 4},
	}
	plan := imported
	plan.Plan = true
	counts := map[string]int{"organization matched": 2, "device created": 30, "device failed": 1}
	tests := []struct {
		name     string
		workflow string
		input    any
		result   any
		err      error
		want     map[string]int
	}{
		{"alert", flow.AlertTriggered, flow.AlertTriggeredInput{}, flow.AlertResult{Outcome: "opened"}, nil, map[string]int{"alert opened": 1}},
		{"reset", flow.AlertReset, flow.AlertResetInput{}, flow.AlertResult{Outcome: "closed"}, nil, map[string]int{"reset closed": 1}},
		{"request", flow.RequestClosed, flow.RequestClosedInput{}, flow.AlertResult{Outcome: "echo"}, nil, map[string]int{"request echo": 1}},
		{"failed alert", flow.AlertTriggered, flow.AlertTriggeredInput{}, flow.AlertResult{}, errors.New("no"), map[string]int{"alert failed": 1}},
		{
			"canceled reset", flow.AlertReset,
			flow.AlertResetInput{},
			flow.AlertResult{},
			temporal.NewCanceledError(),
			map[string]int{"reset canceled": 1},
		},
		{"full import", flow.FullImport, flow.FullImportInput{}, imported, nil, counts},
		{"failed import", flow.FullImport, flow.FullImportInput{}, imported, errors.New("no"), map[string]int{}},
		{"plan", flow.FullImport, flow.FullImportInput{Plan: true}, plan, nil, map[string]int{}},
		{"organization on its own", flow.ImportOrganization, flow.ImportOrganizationInput{}, imported, nil, counts},
		{"organization of a full import", flow.ImportOrganization, flow.ImportOrganizationInput{ImportID: "1"}, imported, nil, map[string]int{}},
		{"reconciliation", flow.Reconcile, flow.ReconcileInput{}, flow.ReconcileResult{}, nil, map[string]int{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := map[string]int{}
			counter := &syncCounter{count: func(kind, outcome string, records int) { got[kind+" "+outcome] += records }}
			var suite testsuite.WorkflowTestSuite
			env := suite.NewTestWorkflowEnvironment()
			env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{counter}})
			env.RegisterWorkflowWithOptions(returning(test.input, test.result, test.err), workflow.RegisterOptions{Name: test.workflow})
			env.ExecuteWorkflow(test.workflow, test.input)
			require.True(t, env.IsWorkflowCompleted())
			require.Equal(t, test.err == nil, env.GetWorkflowError() == nil)
			require.Equal(t, test.want, got)
		})
	}
}

// returning returns a workflow with the right types that returns a result.
func returning(input, result any, err error) any {
	switch result := result.(type) {
	case flow.ImportResult:
		if _, ok := input.(flow.ImportOrganizationInput); ok {
			return func(workflow.Context, flow.ImportOrganizationInput) (flow.ImportResult, error) { return result, err }
		}
		return func(workflow.Context, flow.FullImportInput) (flow.ImportResult, error) { return result, err }
	case flow.ReconcileResult:
		return func(workflow.Context, flow.ReconcileInput) (flow.ReconcileResult, error) { return result, err }
	}
	alert, _ := result.(flow.AlertResult)
	return func(workflow.Context, any) (flow.AlertResult, error) { return alert, err }
}
