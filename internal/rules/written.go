package rules

import "maps"

// Keys of Baseline for what is no custom field.
const (
	NameKeyField     = "name"
	CommentsField    = "comments"
	TitleField       = "title"
	CompanyField     = "company"
	AffiliationField = "affiliation"
)

// Value is what is known of one field since it was last synced.
type Value struct {
	// Ninja is NinjaOne's value at that time.
	Ninja string `json:"n,omitempty"`
	// Accelo is what Accelo held after it: what was written, or what stood there when the record was matched.
	Accelo string `json:"a,omitempty"`
	// ID is the id of a custom field's value, needed to change it; 0 where there is none yet.
	ID int64 `json:"id,omitempty"`
}

// Baseline is what was last written of a record, by field. It is stored with the link.
type Baseline map[string]Value

// Clone is an independent copy, never nil.
func (w Baseline) Clone() Baseline {
	if w == nil {
		return Baseline{}
	}
	return maps.Clone(w)
}

// ManualChange is a field that a person changed in Accelo and that is therefore kept as it is.
type ManualChange struct {
	Field  string `json:"field"`
	Accelo string `json:"kept"`
	Ninja  string `json:"ninja"`
	// KeptName and NinjaName are what people call the two, where the values are ids of Accelo's; empty where nobody knows.
	AcceloName string `json:"kept_name,omitempty"`
	NinjaName  string `json:"ninja_name,omitempty"`
	// Noted tells that the record in Accelo has a note that says so.
	Noted bool `json:"noted,omitempty"`
}

// merge is the three-way comparison of one field (design rule 5): NinjaOne's change goes through only where Accelo still
// holds what was last written. It tells what to write, or that a person's value is kept.
func merge(base Value, ninja, accelo string) (write, kept bool) {
	if ninja == base.Ninja {
		return false, accelo != base.Accelo && accelo != ninja
	}
	if accelo == ninja {
		return false, false
	}
	return accelo == base.Accelo, accelo != base.Accelo
}
