package flow

import (
	"fmt"

	"go.temporal.io/sdk/temporal"
)

// Workflow types (interface section 4). They are part of every running history: never rename one.
const (
	FullImport         = "FullImport"
	ImportOrganization = "ImportOrganization"
)

// Messages that FullImport understands.
const (
	// ProgressQuery answers with a Progress.
	ProgressQuery = "progress"
	// PauseSignal stops the import from taking up further organizations; those under way finish.
	PauseSignal = "pause"
	// ResumeSignal ends a pause.
	ResumeSignal = "resume"
)

// FullImportID is the one full import that a connection can have running.
func FullImportID(connection string) string {
	return "full-import/" + connection
}

// ImportOrganizationID is the one import of an organization that can be running.
func ImportOrganizationID(connection string, organizationID int) string {
	return fmt.Sprintf("import-organization/%s/%d", connection, organizationID)
}

// Priorities, 1 the most urgent (design rule 7).
const (
	PriorityAlert     = 1
	PriorityReconcile = 4
	PriorityImport    = 5
)

// Search attributes, all of type Keyword.
var (
	ConnectionAttribute      = temporal.NewSearchAttributeKeyKeyword("Connection")
	OrganizationAttribute    = temporal.NewSearchAttributeKeyKeyword("NinjaOrganizationId")
	DeviceAttribute          = temporal.NewSearchAttributeKeyKeyword("NinjaDeviceId")
	AlertAttribute           = temporal.NewSearchAttributeKeyKeyword("NinjaAlertUid")
	RequestAttribute         = temporal.NewSearchAttributeKeyKeyword("AcceloRequestId")
	allSearchAttributeValues = []temporal.SearchAttributeKeyKeyword{
		ConnectionAttribute, OrganizationAttribute, DeviceAttribute, AlertAttribute, RequestAttribute,
	}
)

// SearchAttributes lists the names of every search attribute that the workflows set.
func SearchAttributes() []string {
	names := make([]string, 0, len(allSearchAttributeValues))
	for _, key := range allSearchAttributeValues {
		names = append(names, key.GetName())
	}
	return names
}
