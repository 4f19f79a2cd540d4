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
	// Accelo is the value that Accelo held afterwards: as the reply to our write or a reading showed it, or what was there when the record
	// was matched.
	Accelo string `json:"a,omitempty"`
	// Unread is set as long as Accelo may hold another form of that value: what we sent, if the reply did not contain the field, or what the
	// reply may only have repeated. The next reading shows the form.
	Unread bool `json:"u,omitempty"`
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

// with returns a copy of the baseline with another value for a field.
func (b Baseline) with(field string, value Value) Baseline {
	changed := b.Clone()
	changed[field] = value
	return changed
}

// comparison is the result of comparing one field three ways (design.md rule 7).
type comparison struct {
	// write is set if NinjaOne's value is to be written: it changed, and Accelo still holds the last synced one.
	write bool
	// manual is set if the value in Accelo is a manual change.
	manual bool
	// now is the field's baseline after the comparison, as long as nothing is written.
	now Value
}

// compare compares a field's last synced value with both sides. Values that Accelo only stores or shows otherwise are the same.
func (v Value) compare(kind FieldType, ninja, accelo string) comparison {
	changed := !kind.Same(v.Ninja, ninja)
	held := kind.Same(v.Accelo, accelo) || v.Unread && kind.MayBecome(v.Accelo, accelo)
	switch {
	case held && !changed:
		return comparison{now: v.read(accelo)}
	case kind.Same(ninja, accelo), changed && !held && kind.MayBecome(ninja, accelo): // equal on both sides, or an update whose reply was lost
		return comparison{now: Value{Ninja: ninja, Accelo: accelo, ID: v.ID}}
	case held:
		return comparison{write: true, now: v.read(accelo)}
	}
	return comparison{manual: true, now: v}
}

// read returns the value after a reading that showed it in this form.
func (v Value) read(accelo string) Value {
	if v.Unread {
		v.Accelo, v.Unread = accelo, false
	}
	return v
}

// written returns the value after NinjaOne's value was sent. Reply is what the reply to the write holds, nil if it does not contain the field.
// A reply that holds the value of before says nothing about the one that was sent: the next reading shows what became of it.
func (v Value) written(kind FieldType, sent string, reply *string) Value {
	if reply == nil || *reply != "" && kind.Same(v.Accelo, *reply) && !kind.MayBecome(sent, *reply) {
		return Value{Ninja: sent, Accelo: sent, Unread: true, ID: v.ID}
	}
	return Value{Ninja: sent, Accelo: *reply, Unread: kind.MayLose(*reply), ID: v.ID}
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
