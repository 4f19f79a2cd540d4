package flow

import (
	"time"

	"ninjaone-accelo/internal/rules"
)

// ReconcileInput starts a Reconcile.
type ReconcileInput struct {
	Connection string `json:"connection"`
	// Searchable reports whether the namespace has our search attributes.
	Searchable bool `json:"searchable,omitempty"`
	// Everything also does what scheduled runs do only now and then: look for deleted devices and organizations, and retry all
	// failed syncs at once.
	Everything bool `json:"everything,omitempty"`
	// Interval bounds how long to wait for anything slow. It is also the time between checks while approval is needed.
	Interval time.Duration `json:"interval,omitempty"`
	// Carried is the result so far of a run that continued as new. Starters leave it out.
	Carried *ReconcileResult `json:"carried,omitempty"`
	// Unfinished means that the run that continued as new had not handed out everything; active alerts up to AfterAlert it had. Starters leave both
	// out.
	Unfinished bool   `json:"unfinished,omitempty"`
	AfterAlert string `json:"after_alert,omitempty"`
}

// ReconcileResult is what a reconciliation found and did.
type ReconcileResult struct {
	Connection string    `json:"connection"`
	WorkflowID string    `json:"workflow_id"`
	RunID      string    `json:"run_id"`
	StartedAt  time.Time `json:"started_at,omitzero"`
	Seconds    float64   `json:"seconds"`
	// Healed counts the workflows started for missed events.
	Healed Healed `json:"healed"`
	// Retried counts the failed or interrupted syncs that were started again.
	Retried int `json:"retried"`
	// Gone counts the records found to be deleted in NinjaOne.
	Gone     Gone     `json:"gone"`
	Webhooks Webhooks `json:"webhooks"`
	// Removed counts the rows of ours that were past their retention.
	Removed int `json:"removed,omitempty"`
	// Held is why a mass change needs approval; empty if none does.
	Held string `json:"held,omitempty"`
	// HeldChanges names the first records whose change waits, as kind and id, and HeldCount how many there are.
	HeldChanges []string `json:"held_changes,omitempty"`
	HeldCount   int      `json:"held_count,omitempty"`
	// HeldShownAt is when they could be read first, as the pending approval has it.
	HeldShownAt *time.Time `json:"held_shown_at,omitempty"`
	// Left lists what this run could not do or did not trust; the next run looks at it again.
	Left []string `json:"left"`
	// APICalls counts calls to the vendors.
	APICalls APICalls        `json:"api_calls"`
	Failures []ImportFailure `json:"failures"`
}

// Healed counts workflows by the missed event that they were started for.
type Healed struct {
	Triggers int `json:"triggers"`
	Resets   int `json:"resets"`
	// Requests counts the requests that someone changed in Accelo.
	Requests int `json:"requests"`
	// Revived counts the alerts that counted as reset by mistake.
	Revived int `json:"revived,omitempty"`
}

// Gone counts records that were deleted in NinjaOne.
type Gone struct {
	Organizations int `json:"organizations"`
	Devices       int `json:"devices"`
}

// Registered is the value in Webhooks of a registration that is in place.
const Registered = "registered"

// Webhooks is the state of our webhook registrations: Registered, or the reason why one is missing.
type Webhooks struct {
	NinjaOne string `json:"ninjaone"`
	Accelo   string `json:"accelo"`
	// Todo is what an administrator has to do about NinjaOne's, or empty.
	Todo string `json:"todo,omitempty"`
}

// MissedAlert is an alert with events that never reached us. The trigger is synced before the reset.
type MissedAlert struct {
	UID     string           `json:"uid"`
	Trigger *rules.Alert     `json:"trigger,omitempty"`
	Reset   *AlertResetInput `json:"reset,omitempty"`
	// Again means that it is synced although an earlier sync for the same alert may have completed.
	Again bool `json:"again,omitempty"`
	// Revived means that the alert counted as reset by mistake and gets its request back, whatever the rules are now.
	Revived bool `json:"revived,omitempty"`
}

// Approval is the payload of ApproveSignal. Without one, the signal approves what was shown last.
type Approval struct {
	// ShownAt is the shown time of the pending approval that the user read: the approval covers nothing that was found later.
	ShownAt time.Time `json:"shown_at,omitzero"`
}
