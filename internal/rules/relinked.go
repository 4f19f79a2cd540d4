package rules

// Relinked is what is known of a record that a person has linked to another object of Accelo, whose values are given by field:
// as much as if it had been matched just now. A name that is not NinjaOne's is a person's, and stays. Of fields that were never
// compared nothing is known. What NinjaOne's own fields hold is forgotten, so that they are written again.
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
