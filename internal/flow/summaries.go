package flow

import (
	"strconv"

	"ninjaone-accelo/internal/rules"
)

// Summaries are one-line texts that users read in Temporal's UI. Temporal limits them to 200 bytes. They don't say company, asset or
// request: a deployment can rename these, and neither a launcher nor a workflow knows its names.
const (
	maxOrganizationName = 90
	maxDeviceName       = 60
	maxAlertTitle       = 110
)

// FullImportSummary describes a FullImport.
func FullImportSummary(in FullImportInput) string {
	if in.Plan {
		return "Plan a full import of connection " + in.Connection
	}
	return "Full import of connection " + in.Connection
}

// OrganizationSummary describes an ImportOrganization.
func OrganizationSummary(in ImportOrganizationInput) string {
	summary := "Import " + OrganizationName(in)
	if in.Devices == 0 {
		return summary
	}
	return summary + ": " + rules.Count(in.Devices, "device")
}

// CompanySummary describes the sync of an organization's company.
func CompanySummary(in ImportOrganizationInput) string {
	return "Sync " + OrganizationName(in)
}

// DevicesSummary describes the sync of an organization's devices.
func DevicesSummary(in ImportOrganizationInput, count int) string {
	return "Sync " + rules.Count(count, "device") + " of " + OrganizationName(in)
}

// OrganizationName returns an organization's name and id, such as "Planet Express (7)".
func OrganizationName(in ImportOrganizationInput) string {
	id := strconv.Itoa(in.OrganizationID)
	name := rules.TruncateBytes(rules.CleanName(in.Name), maxOrganizationName)
	if name == "" {
		return "organization " + id
	}
	return name + " (" + id + ")"
}

// AlertSummary describes an AlertTriggered.
func AlertSummary(alert rules.Alert) string {
	device := rules.TruncateBytes(alert.DeviceName, maxDeviceName)
	if device == "" {
		device = "Device " + strconv.Itoa(alert.DeviceID)
	}
	return device + ": " + rules.TruncateBytes(alert.RequestTitle(), maxAlertTitle)
}

// ResetSummary describes an AlertReset.
func ResetSummary(uid string) string {
	return "Reset of alert " + uid
}

// RequestSummary describes a RequestClosed.
func RequestSummary(requestID int64) string {
	return "#" + strconv.FormatInt(requestID, 10) + " changed in Accelo"
}

// ReconcileSummary describes a Reconcile.
func ReconcileSummary(connection string) string {
	return "Reconcile connection " + connection
}
