package flow

import (
	"time"

	"ninjaone-accelo/internal/rules"
)

// AlertRules are the settings that decide whether and when an alert opens a request (interface.md 2).
type AlertRules struct {
	// MinSeverity is the lowest severity that opens a request.
	MinSeverity string `json:"min_severity,omitempty"`
	// HoldDown is how long to wait before a request is opened.
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
	// OrganizationID only makes the execution searchable; 0 if the event doesn't name it.
	OrganizationID int    `json:"organization_id,omitempty"`
	Message        string `json:"message,omitempty"`
}

// RequestClosedInput starts a RequestClosed.
type RequestClosedInput struct {
	Connection string `json:"connection"`
	RequestID  int64  `json:"request_id"`
	// Compared reports whether a reconciliation found the change, so it can't be the echo of one of ours.
	Compared bool `json:"compared,omitempty"`
}

// RequestChange is the payload of ChangedSignal.
type RequestChange struct {
	// Compared reports whether a reconciliation found the change, so it can't be the echo of one of ours.
	Compared bool `json:"compared,omitempty"`
}

// AlertResult is the result of an AlertTriggered, AlertReset or RequestClosed.
type AlertResult struct {
	Outcome   Outcome `json:"outcome"`
	RequestID int64   `json:"request_id,omitempty"`
	// Text describes what was done, for users.
	Text string `json:"text"`
	// Reset lists the uids of the alerts that were reset in NinjaOne.
	Reset []string `json:"reset_alerts,omitempty"`
	// APICalls counts calls to the vendors, without those of failed attempts.
	APICalls APICalls `json:"api_calls,omitzero"`
}
