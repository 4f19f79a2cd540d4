package flow

import "time"

// TestAlertInput starts a TestAlert.
type TestAlertInput struct {
	Connection string `json:"connection"`
	// UID is the uid of the test's alert, from rules.TestAlertUID.
	UID string `json:"uid"`
	// Searchable reports whether the namespace has our search attributes.
	Searchable bool `json:"searchable,omitempty"`
}

// How far a test alert came.
const (
	TestPassed  = "passed"
	TestFailed  = "failed"
	TestRunning = "running"
)

// TestAlertResult says how far a test alert came.
type TestAlertResult struct {
	Connection string `json:"connection"`
	WorkflowID string `json:"workflow_id"`
	UID        string `json:"uid"`
	// State is TestPassed, TestFailed, or TestRunning.
	State string `json:"state"`
	// Text says in plain words how far the test came, or what failed and what to do.
	Text string `json:"text"`
	// Steps are what was done, in order.
	Steps          []TestAlertStep `json:"steps"`
	RequestID      int64           `json:"request_id,omitempty"`
	OrganizationID int             `json:"organization_id,omitempty"`
	DeviceID       int             `json:"device_id,omitempty"`
	StartedAt      time.Time       `json:"started_at,omitzero"`
	Seconds        float64         `json:"seconds"`
}

// TestAlertStep is one step of a test: "delivered", "opened", "reset" or "closed".
type TestAlertStep struct {
	Name    string  `json:"name"`
	Done    bool    `json:"done"`
	Text    string  `json:"text"`
	Seconds float64 `json:"seconds"`
}

// LongestTestAlert is how long a test takes at most. One that is still active after that was lost: a reconciliation ends it.
const LongestTestAlert = 5 * time.Minute
