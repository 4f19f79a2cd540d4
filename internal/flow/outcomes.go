package flow

// Outcome says in one word what an alert workflow, or one of its activities, did. Outcomes are part of recorded histories:
// never change a value.
type Outcome string

// Outcomes of a triggered alert.
const (
	// Skipped means that the alert is below the minimum severity.
	Skipped Outcome = "skipped"
	// Opened means that a request was created for the alert.
	Opened Outcome = "opened"
	// Joined means that the alert was added to the open request of the same fault.
	Joined Outcome = "joined"
	// AlreadyReset means that the alert was reset before its request was opened, so none was.
	AlreadyReset Outcome = "already-reset"
	// OrganizationUnknown means that the alert's organization has no company yet, so nothing was done.
	OrganizationUnknown Outcome = "organization-unknown"
	// SwitchedOff means that the sync of the alert's organization is switched off, so nothing was opened.
	SwitchedOff Outcome = "switched-off"
)

// Outcomes of a reset.
const (
	// Tombstone means that the reset came before its alert. It is remembered, so the alert opens no request.
	Tombstone Outcome = "tombstone"
	// OthersActive means that the request stays open for the other alerts on it.
	OthersActive Outcome = "others-active"
	// Opening means that the request is still being opened. The workflow that opens it closes it.
	Opening Outcome = "opening"
	// AlreadyClosed means that there was nothing left to close.
	AlreadyClosed Outcome = "already-closed"
	// Noted means that the reset was noted on the request, or on what it was converted to, instead of closing it.
	Noted Outcome = "noted"
	// Deleted means that someone deleted the request in Accelo.
	Deleted Outcome = "gone"
)

// Outcomes of a request's change.
const (
	// NotOurs means that the request was not opened for an alert.
	NotOurs Outcome = "not-ours"
	// Unchanged means that the request stands as we know it.
	Unchanged Outcome = "unchanged"
	// Converted means that someone converted the request to another object.
	Converted Outcome = "converted"
)

// Outcomes that more than one kind of workflow can have.
const (
	// Closed means that the request was closed: by us because of a reset, or by someone in Accelo.
	Closed Outcome = "closed"
	// Reopened means that the request is open again: reopened by us for a recurring alert, or by someone in Accelo.
	Reopened Outcome = "reopened"
	// Echo means that the event was caused by our own change, so nothing was done.
	Echo Outcome = "echo"
)
