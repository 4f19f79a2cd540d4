package rules

import "maps"

// Keys of a Baseline besides the custom fields.
const (
	NameKeyField     = "name"
	CommentsField    = "comments"
	TitleField       = "title"
	CompanyField     = "company"
	AffiliationField = "affiliation"
)

// Value is one field as it was last synced.
type Value struct {
	// Ninja is NinjaOne's value at that time.
	Ninja string `json:"n,omitempty"`
	// Accelo is the value in Accelo afterwards: what we wrote, or what was there when the record was matched.
	Accelo string `json:"a,omitempty"`
	// ID identifies a custom field's value, so that it can be changed; 0 if it has none yet.
	ID int64 `json:"id,omitempty"`
}

// Baseline holds a record's values as last synced, by field. It is stored with the link. A nil Baseline means that the record is not
// linked.
type Baseline map[string]Value

// Clone returns a copy, which is never nil.
func (b Baseline) Clone() Baseline {
	if b == nil {
		return Baseline{}
	}
	return maps.Clone(b)
}

// merge compares one field three ways (design.md rule 7). It reports whether to write NinjaOne's value, which it does only if Accelo still
// holds the last synced value, and whether the value in Accelo is a manual change.
func merge(base Value, ninja, accelo string) (write, manual bool) {
	if ninja == base.Ninja {
		return false, accelo != base.Accelo && accelo != ninja
	}
	if accelo == ninja {
		return false, false
	}
	return accelo == base.Accelo, accelo != base.Accelo
}

// BaselineAfterRelink returns the baseline of a record that a user linked to another object, whose values are given by field. It is the
// baseline of a fresh match, except that a name that differs from NinjaOne's counts as a manual change. Fields that were never compared
// are left out, and so are NinjaOne's custom fields, so that the next sync writes them.
func BaselineAfterRelink(before Baseline, current map[string]string) Baseline {
	after := Baseline{}
	for field, accelo := range current {
		base, compared := before[field]
		if !compared {
			continue
		}
		after[field] = Value{Ninja: base.Ninja, Accelo: accelo}
		if field != CommentsField && !SameName(base.Ninja, accelo) {
			after[field] = Value{Ninja: base.Ninja, Accelo: base.Ninja}
		}
	}
	return after
}
