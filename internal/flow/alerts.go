package flow

import (
	"fmt"
	"time"

	"ninjaone-accelo/internal/rules"
)

// Workflow types of the alert flows (interface section 4).
const (
	AlertTriggered = "AlertTriggered"
	AlertReset     = "AlertReset"
	RequestClosed  = "RequestClosed"
)

// ChangedSignal tells a RequestClosed, with a RequestChange, that the status of its request has changed once more.
const ChangedSignal = "changed"

// RequestChange is what ChangedSignal carries.
type RequestChange struct {
	// Compared tells that a comparison has seen the change: it is not the echo of one of ours.
	Compared bool `json:"compared,omitempty"`
}

// AlertTriggeredID is the one sync of an alert's trigger. An alert is its uid, the seriesUid of its activities.
func AlertTriggeredID(connection, uid string) string {
	return "alert-triggered/" + connection + "/" + uid
}

// AlertResetID is the one sync of an alert's reset.
func AlertResetID(connection, uid string) string {
	return "alert-reset/" + connection + "/" + uid
}

// RequestClosedID is the sync of a request's status changes.
func RequestClosedID(connection string, requestID int64) string {
	return fmt.Sprintf("request-closed/%s/%d", connection, requestID)
}

// AlertRules are the operator's settings that decide before anything is asked (interface section 2).
type AlertRules struct {
	// MinSeverity is the least severity that opens a request.
	MinSeverity string `json:"min_severity,omitempty"`
	// HoldDown is the wait before a request is opened.
	HoldDown time.Duration `json:"hold_down,omitempty"`
}

// AlertTriggeredInput starts an AlertTriggered.
type AlertTriggeredInput struct {
	Connection string      `json:"connection"`
	Alert      rules.Alert `json:"alert"`
	Rules      AlertRules  `json:"rules,omitzero"`
}

// AlertResetInput starts an AlertReset.
type AlertResetInput struct {
	Connection string `json:"connection"`
	UID        string `json:"uid"`
	ActivityID int64  `json:"activity_id,omitempty"`
	DeviceID   int    `json:"device_id,omitempty"`
	// OrganizationID is 0 where that is not told; it serves to find the execution.
	OrganizationID int    `json:"organization_id,omitempty"`
	Message        string `json:"message,omitempty"`
}

// RequestClosedInput starts a RequestClosed.
type RequestClosedInput struct {
	Connection string `json:"connection"`
	RequestID  int64  `json:"request_id"`
	// Compared tells that a comparison has seen the change: it is not the echo of one of ours.
	Compared bool `json:"compared,omitempty"`
}

// AlertResult is what an alert flow did, in one word and in a sentence for people.
type AlertResult struct {
	Outcome   string   `json:"outcome"`
	RequestID int64    `json:"request_id,omitempty"`
	Text      string   `json:"text"`
	Reset     []string `json:"reset_alerts,omitempty"`
	// APICalls is what it cost the vendors, attempts that failed left out.
	APICalls APICalls `json:"api_calls,omitzero"`
}
