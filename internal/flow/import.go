package flow

import "time"

// FullImportInput starts a FullImport.
type FullImportInput struct {
	Connection string `json:"connection"`
	// Plan reads and compares, and writes nothing to Accelo.
	Plan bool `json:"plan,omitempty"`
	// Searchable tells that the namespace has our search attributes.
	Searchable bool `json:"searchable,omitempty"`
	// Carried is the state of a run that continued as new; starters leave it out.
	Carried *ImportState `json:"carried,omitempty"`
}

// ImportState is what a full import carries from one run to the next when it continues as new.
type ImportState struct {
	ImportID      string    `json:"import_id"`
	StartedAt     time.Time `json:"started_at"`
	After         int       `json:"after"`
	AfterAlert    string    `json:"after_alert,omitempty"`
	Organizations Share     `json:"organizations"`
	Devices       Share     `json:"devices"`
	Paused        bool      `json:"paused,omitempty"`
}

// Share is how far a kind of record has come.
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

// Progress answers ProgressQuery.
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
	// ImportID is the full import that this is a part of; empty for one by itself, which then reads the vendors itself.
	ImportID string `json:"import_id,omitempty"`
	// Name and Devices only describe the work for people.
	Name    string `json:"name,omitempty"`
	Devices int    `json:"devices,omitempty"`
}

// ImportResult is what an import did, or with Plan would do (interface section 6).
type ImportResult struct {
	Connection       string          `json:"connection"`
	WorkflowID       string          `json:"workflow_id"`
	RunID            string          `json:"run_id"`
	Seconds          float64         `json:"seconds"`
	Plan             bool            `json:"plan"`
	EstimatedSeconds *float64        `json:"estimated_seconds,omitempty"`
	Cancelled        bool            `json:"cancelled,omitempty"`
	Organizations    Counts          `json:"organizations"`
	Devices          Counts          `json:"devices"`
	Alerts           Counts          `json:"alerts"`
	APICalls         APICalls        `json:"api_calls"`
	Failures         []ImportFailure `json:"failures"`
	// Ambiguities are records that several objects of Accelo matched; the text says which one was taken.
	Ambiguities []ImportFailure `json:"ambiguities,omitempty"`
}

// Counts are records by what became of them.
type Counts struct {
	Created   int `json:"created"`
	Matched   int `json:"matched"`
	Updated   int `json:"updated"`
	Unchanged int `json:"unchanged"`
	Waiting   int `json:"waiting"`
	Failed    int `json:"failed"`
}

// Add counts records that met an outcome, named as in the JSON; one that is none of the six is not counted.
func (c *Counts) Add(outcome string, count int) {
	switch outcome {
	case "created":
		c.Created += count
	case "matched":
		c.Matched += count
	case "updated":
		c.Updated += count
	case "unchanged":
		c.Unchanged += count
	case "waiting":
		c.Waiting += count
	case "failed":
		c.Failed += count
	}
}

// APICalls are calls to the vendors; AcceloWrites are those of Accelo that were meant to change something.
type APICalls struct {
	Ninjaone     int64 `json:"ninjaone"`
	Accelo       int64 `json:"accelo"`
	AcceloWrites int64 `json:"accelo_writes"`
}

// Plus adds up calls.
func (c APICalls) Plus(more APICalls) APICalls {
	return APICalls{c.Ninjaone + more.Ninjaone, c.Accelo + more.Accelo, c.AcceloWrites + more.AcceloWrites}
}

// ImportFailure is a record with something to say about it: why it could not be imported, for one.
type ImportFailure struct {
	Kind    string `json:"kind"`
	NinjaID string `json:"ninja_id"`
	Name    string `json:"name"`
	Error   string `json:"error"`
}
