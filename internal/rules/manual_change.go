package rules

import (
	"cmp"
	"fmt"
	"slices"
)

// ContactField is the ManualChange field for an asset's contact, which is an affiliation in Accelo.
const ContactField = "contact"

// ManualChange is a field that someone changed in Accelo. The sync leaves it alone.
type ManualChange struct {
	Field string `json:"field"`
	// Accelo and Ninja are the two values.
	Accelo string `json:"kept"`
	Ninja  string `json:"ninja"`
	// AcceloName and NinjaName are the names behind values that are ids; empty if unknown.
	AcceloName string `json:"kept_name,omitempty"`
	NinjaName  string `json:"ninja_name,omitempty"`
	// Noted is set if the record in Accelo has a note about the change.
	Noted bool `json:"noted,omitempty"`
}

// CarryOverNotes returns the changes found now, with the names and the Noted flag of those that were already known.
func CarryOverNotes(found, known []ManualChange) []ManualChange {
	carried := slices.Clone(found)
	for i, change := range carried {
		if at := slices.IndexFunc(known, change.Same); at >= 0 {
			carried[i] = known[at]
		}
	}
	return carried
}

// CountUnnoted counts the changes that have no note in Accelo yet.
func CountUnnoted(changes []ManualChange) int {
	count := 0
	for _, change := range changes {
		if !change.Noted {
			count++
		}
	}
	return count
}

// AcceloText returns the name or value to show for Accelo's side.
func (c ManualChange) AcceloText() string { return cmp.Or(c.AcceloName, c.Accelo) }

// NinjaText returns the name or value to show for NinjaOne's side.
func (c ManualChange) NinjaText() string { return cmp.Or(c.NinjaName, c.Ninja) }

// Same reports whether two changes concern the same field and values. Names and notes do not count.
func (c ManualChange) Same(other ManualChange) bool {
	return c.Field == other.Field && c.Accelo == other.Accelo && c.Ninja == other.Ninja
}

// OfPlace reports whether the change is of where an asset belongs.
func (c ManualChange) OfPlace() bool { return c.Field == CompanyField || c.Field == ContactField }

// Subject returns the subject of the note about the change. Field is the field's label.
func (c ManualChange) Subject(field string) string {
	return Truncate(fmt.Sprintf("Manual change kept: %s %s (NinjaOne: %s)", field, quoted(c.AcceloText(), maxSubjectValue),
		quoted(c.NinjaText(), maxSubjectValue)), MaxName)
}

// Body returns the text of the note about the change. Field is the field's label.
func (c ManualChange) Body(field string) string {
	const text = "Someone changed the %[1]s in Accelo, so the sync left it alone.\n\nIn Accelo: %[2]s\nIn NinjaOne: %[3]s\n\n" +
		"No action is needed. To let NinjaOne manage the %[1]s again, set it to NinjaOne's value.\n"
	return fmt.Sprintf(text, field, cmp.Or(Truncate(CleanText(c.AcceloText()), maxBodyValue), empty),
		cmp.Or(Truncate(CleanText(c.NinjaText()), maxBodyValue), empty))
}

// Limits for values in a note, in characters.
const (
	maxSubjectValue = 90
	maxBodyValue    = 4000
)

// empty stands for an empty value in a note.
const empty = "(empty)"

// quoted returns a value on one line, in quotes.
func quoted(value string, limit int) string {
	if short := Truncate(CleanName(value), limit); short != "" {
		return `"` + short + `"`
	}
	return empty
}
