package rules

// ChangeKind is the kind of record that a Change is about.
type ChangeKind string

// The kinds of changes. A contact belongs to an organization and has its ID.
const (
	OrganizationChange ChangeKind = "organization"
	ContactChange      ChangeKind = "contact"
	DeviceChange       ChangeKind = "device"
	AlertChange        ChangeKind = "alert"
)

// Change is what an import plans to do about one record. Records that stay as they are have none.
type Change struct {
	Kind    ChangeKind `json:"kind"`
	NinjaID string     `json:"ninja_id"`
	// OrganizationID and Organization are the record's organization in NinjaOne; 0 and empty if NinjaOne doesn't say.
	OrganizationID int    `json:"organization_id,omitempty"`
	Organization   string `json:"organization,omitempty"`
	Name           string `json:"name"`
	Action         Action `json:"action"`
	// AcceloID is the existing object in Accelo that the change is about, 0 if there is none.
	AcceloID int64 `json:"accelo_id,omitempty"`
	// Fields are the values that would be written.
	Fields []FieldChange `json:"fields,omitempty"`
	// Cost is the vendor calls that the change takes.
	Cost APICalls `json:"cost"`
	// Why is one sentence that explains the action.
	Why string `json:"why"`
}

// FieldChange is a value that would be written. Before is empty if the field is empty or its value is unknown.
type FieldChange struct {
	Field  string `json:"field"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// APICalls counts calls to the vendors. AcceloWrites is the part of Accelo that creates, changes or deletes something.
type APICalls struct {
	Ninjaone     int64 `json:"ninjaone"`
	Accelo       int64 `json:"accelo"`
	AcceloWrites int64 `json:"accelo_writes"`
}

// Plus returns the sum of two counts.
func (c APICalls) Plus(more APICalls) APICalls {
	return APICalls{c.Ninjaone + more.Ninjaone, c.Accelo + more.Accelo, c.AcceloWrites + more.AcceloWrites}
}

// AcceloCalls returns the count of calls to Accelo that read and write this often.
func AcceloCalls(reads, writes int) APICalls {
	return APICalls{Accelo: int64(reads + writes), AcceloWrites: int64(writes)}
}
