package flow

import (
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
)

// Execution describes an execution of one of our workflows to Temporal. Launchers turn it into the options of a start, and
// workflows into those of a child, so both start the same execution.
type Execution struct {
	Workflow string
	ID       string
	// Reuse says whether the id may run again after an execution has ended.
	Reuse      enumspb.WorkflowIdReusePolicy
	Priority   int
	Summary    string
	Attributes temporal.SearchAttributes
}

// What an id stands for decides whether it may run again. An import, a reconciliation or a request's change can happen any
// number of times. An alert fires and resets once, so its executions run again only if they failed.
const (
	repeatable = enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE
	once       = enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY
)

// Execution describes the FullImport with this input.
func (in FullImportInput) Execution() Execution {
	return Execution{
		Workflow: FullImport, ID: FullImportID(in.Connection), Reuse: repeatable, Priority: PriorityImport,
		Summary: FullImportSummary(in), Attributes: ConnectionAttributes(in.Connection),
	}
}

// Execution describes the ImportOrganization with this input.
func (in ImportOrganizationInput) Execution() Execution {
	return Execution{
		Workflow: ImportOrganization, ID: ImportOrganizationID(in.Connection, in.OrganizationID), Reuse: repeatable, Priority: PriorityImport,
		Summary: OrganizationSummary(in), Attributes: OrganizationAttributes(in.Connection, in.OrganizationID),
	}
}

// Execution describes the AlertTriggered with this input.
func (in AlertTriggeredInput) Execution() Execution {
	return Execution{
		Workflow: AlertTriggered, ID: AlertTriggeredID(in.Connection, in.Alert.UID), Reuse: once, Priority: PriorityAlert,
		Summary:    AlertSummary(in.Alert),
		Attributes: AlertAttributes(in.Connection, in.Alert.UID, in.Alert.DeviceID, in.Alert.OrganizationID),
	}
}

// Execution describes the AlertReset with this input.
func (in AlertResetInput) Execution() Execution {
	return Execution{
		Workflow: AlertReset, ID: AlertResetID(in.Connection, in.UID), Reuse: once, Priority: PriorityAlert,
		Summary: ResetSummary(in.UID), Attributes: AlertAttributes(in.Connection, in.UID, in.DeviceID, in.OrganizationID),
	}
}

// Execution describes the RequestClosed with this input.
func (in RequestClosedInput) Execution() Execution {
	return Execution{
		Workflow: RequestClosed, ID: RequestClosedID(in.Connection, in.RequestID), Reuse: repeatable, Priority: PriorityAlert,
		Summary: RequestSummary(in.RequestID), Attributes: RequestAttributes(in.Connection, in.RequestID),
	}
}

// Execution describes the Reconcile with this input.
func (in ReconcileInput) Execution() Execution {
	return Execution{
		Workflow: Reconcile, ID: ReconcileID(in.Connection), Reuse: repeatable, Priority: PriorityReconcile,
		Summary: ReconcileSummary(in.Connection), Attributes: ConnectionAttributes(in.Connection),
	}
}

// Execution describes the TestAlert with this input.
func (in TestAlertInput) Execution() Execution {
	return Execution{
		Workflow: TestAlert, ID: TestAlertID(in.Connection), Reuse: repeatable, Priority: PriorityAlert,
		Summary: "Test alert of connection " + in.Connection, Attributes: AlertAttributes(in.Connection, in.UID, 0, 0),
	}
}

// Execution describes the ScheduledImport with this input.
func (in ScheduledImportInput) Execution() Execution {
	return Execution{
		Workflow: ScheduledImport, ID: ScheduledImportID(in.Connection), Reuse: repeatable, Priority: PriorityImport,
		Summary: "Start the scheduled import of connection " + in.Connection, Attributes: ConnectionAttributes(in.Connection),
	}
}
