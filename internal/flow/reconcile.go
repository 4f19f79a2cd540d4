package flow

import "time"

// Reconcile is the workflow type of the comparison of both sides (interface section 4).
const Reconcile = "Reconcile"

// ApproveSignal lets a mass change through that the brake of a Reconcile holds back.
const ApproveSignal = "approve"

// ReconcileID is the id of a connection's schedule, of the executions it starts (with the time behind it), and of one that a
// person starts.
func ReconcileID(connection string) string {
	return "reconcile/" + connection
}

// ReconcileInput starts a Reconcile.
type ReconcileInput struct {
	Connection string `json:"connection"`
	// Searchable tells that the namespace has our search attributes.
	Searchable bool `json:"searchable,omitempty"`
	// Everything asks for what a scheduled run does only now and then: it looks for deleted devices and organizations, and
	// takes up all that is parked at once.
	Everything bool `json:"everything,omitempty"`
	// Interval is how long to wait for whatever is slow, and between two looks while the brake is on.
	Interval time.Duration `json:"interval,omitempty"`
	// Carried is the result so far of a run that continued as new; starters leave it out.
	Carried *ReconcileResult `json:"carried,omitempty"`
}

// ReconcileResult is what a reconcile found and did.
type ReconcileResult struct {
	Connection string    `json:"connection"`
	WorkflowID string    `json:"workflow_id"`
	RunID      string    `json:"run_id"`
	StartedAt  time.Time `json:"started_at,omitzero"`
	Seconds    float64   `json:"seconds"`
	// Healed counts the flows that were started because an event had not arrived.
	Healed Healed `json:"healed"`
	// Retried counts what was parked, or begun and never ended, and was started again.
	Retried int `json:"retried"`
	// Gone counts what was found to be deleted in NinjaOne.
	Gone     Gone     `json:"gone"`
	Webhooks Webhooks `json:"webhooks"`
	// Held is why a mass change waits for the signal approve; empty where none does.
	Held string `json:"held,omitempty"`
	// Left says what this run could not look at; the next one does.
	Left []string `json:"left"`
	// APICalls is what it cost the vendors.
	APICalls APICalls        `json:"api_calls"`
	Failures []ImportFailure `json:"failures"`
}

// Healed counts flows by the event that had not arrived.
type Healed struct {
	Triggers int `json:"triggers"`
	Resets   int `json:"resets"`
	// Requests are requests that people changed in Accelo.
	Requests int `json:"requests"`
}

// Gone counts records that were deleted in NinjaOne.
type Gone struct {
	Organizations int `json:"organizations"`
	Devices       int `json:"devices"`
}

// Registered is what Webhooks says of a registration that is in place.
const Registered = "registered"

// Webhooks tells how our webhook registrations stand: "registered" or the reason why not.
type Webhooks struct {
	NinjaOne string `json:"ninjaone"`
	Accelo   string `json:"accelo"`
}
