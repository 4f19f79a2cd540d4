package workflows

import (
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
)

// steps is only used for method references: the compiler checks them, and Temporal takes the activities' names from them.
var steps *activities.Activities

// RegisterAll registers every workflow and activity.
func RegisterAll(registry worker.Registry, implementation *activities.Activities) {
	RegisterWorkflows(registry)
	registry.RegisterActivity(implementation)
}

// RegisterWorkflows registers the workflows alone, as a replayer needs them.
func RegisterWorkflows(registry worker.WorkflowRegistry) {
	registry.RegisterWorkflowWithOptions(runFullImport, workflow.RegisterOptions{Name: flow.FullImport})
	registry.RegisterWorkflowWithOptions(runImportOrganization, workflow.RegisterOptions{Name: flow.ImportOrganization})
	registry.RegisterWorkflowWithOptions(runAlertTriggered, workflow.RegisterOptions{Name: flow.AlertTriggered})
	registry.RegisterWorkflowWithOptions(runAlertReset, workflow.RegisterOptions{Name: flow.AlertReset})
	registry.RegisterWorkflowWithOptions(runRequestClosed, workflow.RegisterOptions{Name: flow.RequestClosed})
	registry.RegisterWorkflowWithOptions(runReconcile, workflow.RegisterOptions{Name: flow.Reconcile})
	registry.RegisterWorkflowWithOptions(runTestAlert, workflow.RegisterOptions{Name: flow.TestAlert})
	registry.RegisterWorkflowWithOptions(runScheduledImport, workflow.RegisterOptions{Name: flow.ScheduledImport})
}
