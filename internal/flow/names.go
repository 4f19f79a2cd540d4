package flow

import (
	"fmt"
	"regexp"
	"strings"
)

// Workflow types (interface.md 4). They are part of every recorded history: never rename one.
const (
	FullImport         = "FullImport"
	ImportOrganization = "ImportOrganization"
	AlertTriggered     = "AlertTriggered"
	AlertReset         = "AlertReset"
	RequestClosed      = "RequestClosed"
	Reconcile          = "Reconcile"
	TestAlert          = "TestAlert"
	ScheduledImport    = "ScheduledImport"
)

// Signals and queries.
const (
	// ProgressQuery asks a FullImport for its Progress.
	ProgressQuery = "progress"
	// PauseSignal stops a FullImport from starting more organizations; those already running finish.
	PauseSignal = "pause"
	// ResumeSignal ends a pause.
	ResumeSignal = "resume"
	// ChangedSignal notifies a RequestClosed, with a RequestChange, that its request's status changed again.
	ChangedSignal = "changed"
	// ApproveSignal approves the mass change that a Reconcile is holding.
	ApproveSignal = "approve"
)

// Priorities, 1 the most urgent (design.md rule 9).
const (
	PriorityAlert     = 1
	PriorityReconcile = 4
	PriorityImport    = 5
)

// BulkQueue returns the task queue of an import's activities. It has workers of its own, so that imports, which keep a slot for hours, never take
// that of an alert or a reconciliation.
func BulkQueue(taskQueue string) string { return taskQueue + "-bulk" }

// FullImportID identifies the one full import that a connection can have running.
func FullImportID(connection string) string {
	return "full-import/" + connection
}

// ImportOrganizationID identifies the one import of an organization that can be running.
func ImportOrganizationID(connection string, organizationID int) string {
	return fmt.Sprintf("import-organization/%s/%d", connection, organizationID)
}

// AlertTriggeredID identifies the sync of an alert's trigger. The uid of an alert is the seriesUid of its activities.
func AlertTriggeredID(connection, uid string) string {
	return "alert-triggered/" + connection + "/" + uid
}

// AlertResetID identifies the sync of an alert's reset.
func AlertResetID(connection, uid string) string {
	return "alert-reset/" + connection + "/" + uid
}

// RequestClosedID identifies the sync of a request's status changes.
func RequestClosedID(connection string, requestID int64) string {
	return fmt.Sprintf("request-closed/%s/%d", connection, requestID)
}

// ReconcileID identifies a connection's schedule and a reconciliation that a user starts. Temporal appends the time to the ids
// of scheduled runs.
func ReconcileID(connection string) string {
	return "reconcile/" + connection
}

// TestAlertID identifies the one test alert that a connection can have running.
func TestAlertID(connection string) string {
	return "test-alert/" + connection
}

// ScheduledImportID identifies the schedule of a connection's imports. Temporal appends the time to the ids of its runs.
func ScheduledImportID(connection string) string {
	return "scheduled-import/" + connection
}

// ConnectionOf returns the connection that the id of an execution names, or "" if the id is not one of ours.
func ConnectionOf(workflowID string) string {
	kind, rest, _ := strings.Cut(workflowID, "/")
	switch kind {
	case "reconcile", "scheduled-import":
		return scheduledAt.ReplaceAllString(rest, "")
	case "full-import", "test-alert":
		return rest
	case "import-organization", "alert-triggered", "alert-reset", "request-closed":
		connection, _, _ := strings.Cut(rest, "/")
		return connection
	}
	return ""
}

// scheduledAt is what Temporal appends to the ids of scheduled runs.
var scheduledAt = regexp.MustCompile(`-\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$`)
