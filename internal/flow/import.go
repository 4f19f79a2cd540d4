package flow

import (
	"time"

	"ninjaone-accelo/internal/rules"
)

// FullImportInput starts a FullImport.
type FullImportInput struct {
	Connection string `json:"connection"`
	// Plan reads and compares, and writes nothing to Accelo.
	Plan bool `json:"plan,omitempty"`
	// The selection says what it brings in; left out, everything.
	rules.Selection
	// Searchable reports whether the namespace has our search attributes.
	Searchable bool `json:"searchable,omitempty"`
	// Carried is the state of a run that continued as new. Starters leave it out.
	Carried *ImportState `json:"carried,omitempty"`
}

// ImportState is what a full import carries from one run to the next when it continues as new.
type ImportState struct {
	ImportID  string    `json:"import_id"`
	StartedAt time.Time `json:"started_at"`
	// After is the last organization started, and AfterAlert the last alert.
	After         int    `json:"after"`
	AfterAlert    string `json:"after_alert,omitempty"`
	Organizations Share  `json:"organizations"`
	Devices       Share  `json:"devices"`
	Paused        bool   `json:"paused,omitempty"`
}

// Share is how many records of a kind are done.
type Share struct {
	Done  int `json:"done"`
	Total int `json:"total"`
}

// Phases of an import, in order.
const (
	PhaseReading   = "reading"
	PhaseComparing = "comparing"
	PhaseImporting = "importing"
	PhaseDone      = "done"
)

// Progress is the answer to ProgressQuery.
type Progress struct {
	Phase         string    `json:"phase"`
	Paused        bool      `json:"paused"`
	Organizations Share     `json:"organizations"`
	Devices       Share     `json:"devices"`
	Running       []int     `json:"running_organizations"`
	StartedAt     time.Time `json:"started_at"`
}

// ImportOrganizationInput starts an ImportOrganization.
type ImportOrganizationInput struct {
	Connection     string `json:"connection"`
	OrganizationID int    `json:"organization_id"`
	// ImportID is the full import that this is a part of. If it is empty, the workflow reads the organization itself.
	ImportID string `json:"import_id,omitempty"`
	// Name and Devices are only used in texts for users.
	Name    string `json:"name,omitempty"`
	Devices int    `json:"devices,omitempty"`
}

// ImportResult is what an import did, or with Plan would do (interface.md 6).
type ImportResult struct {
	Connection string  `json:"connection"`
	WorkflowID string  `json:"workflow_id"`
	RunID      string  `json:"run_id"`
	Seconds    float64 `json:"seconds"`
	Plan       bool    `json:"plan"`
	// Selection is what it was to bring in; left out, everything.
	Selection        *rules.Selection `json:"selection,omitempty"`
	EstimatedSeconds *float64         `json:"estimated_seconds,omitempty"`
	Cancelled        bool             `json:"cancelled,omitempty"`
	Organizations    Counts           `json:"organizations"`
	Devices          Counts           `json:"devices"`
	Alerts           Counts           `json:"alerts"`
	APICalls         APICalls         `json:"api_calls"`
	Failures         []ImportFailure  `json:"failures"`
	// Ambiguities lists the records that matched several objects in Accelo; the text says which one was chosen.
	Ambiguities []ImportFailure `json:"ambiguities,omitempty"`
}

// SwitchedOff says in words which records the import left out because users have switched off the sync of their organizations. It is empty
// if there are none.
func (r ImportResult) SwitchedOff() string {
	if r.Organizations.SwitchedOff+r.Devices.SwitchedOff+r.Alerts.SwitchedOff == 0 {
		return ""
	}
	return "Switched off: " + rules.Count(r.Organizations.SwitchedOff, "organization") + ", " + rules.Count(r.Devices.SwitchedOff, "device") +
		", " + rules.Count(r.Alerts.SwitchedOff, "alert")
}

// Counts counts records by what an import did with them.
type Counts struct {
	Created   int `json:"created"`
	Matched   int `json:"matched"`
	Updated   int `json:"updated"`
	Unchanged int `json:"unchanged"`
	Waiting   int `json:"waiting"`
	Failed    int `json:"failed"`
	// SwitchedOff counts the records of organizations whose sync is switched off.
	SwitchedOff int `json:"switched_off,omitempty"`
}

// Add counts records with the same outcome. An unknown outcome is not counted.
func (c *Counts) Add(outcome rules.Outcome, count int) {
	switch outcome {
	case rules.Created:
		c.Created += count
	case rules.Matched:
		c.Matched += count
	case rules.Updated:
		c.Updated += count
	case rules.Unchanged:
		c.Unchanged += count
	case rules.Waiting:
		c.Waiting += count
	case rules.Failed:
		c.Failed += count
	case rules.SwitchedOff:
		c.SwitchedOff += count
	}
}

// APICalls counts calls to the vendors.
type APICalls = rules.APICalls

// ImportFailure is a record with a problem, such as the reason why it could not be imported.
type ImportFailure struct {
	Kind    string `json:"kind"`
	NinjaID string `json:"ninja_id"`
	Name    string `json:"name"`
	Error   string `json:"error"`
}
