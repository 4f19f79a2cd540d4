package rules

import (
	"cmp"
	"fmt"
	"slices"
)

// ContactField is the field of a ManualChange about the person whom an asset names: an affiliation in Accelo.
const ContactField = "contact"

// maxInNote is how many characters of a value the subject of a note shows.
const maxInNote = 100

// CarryNotes returns the differences found now; of those that were known before it keeps the names, and whether they have been
// noted on the record.
func CarryOverNotes(found, before []ManualChange) []ManualChange {
	carried := slices.Clone(found)
	for i, difference := range carried {
		if at := slices.IndexFunc(before, difference.Same); at >= 0 {
			carried[i] = before[at]
		}
	}
	return carried
}

// KeptText is the kept value as people know it.
func (d ManualChange) AcceloText() string { return cmp.Or(d.AcceloName, d.Accelo) }

// NinjaText is NinjaOne's value as people know it.
func (d ManualChange) NinjaText() string { return cmp.Or(d.NinjaName, d.Ninja) }

// Unnoted counts the differences of which the record in Accelo says nothing yet.
func CountUnnoted(differences []ManualChange) int {
	count := 0
	for _, difference := range differences {
		if !difference.Noted {
			count++
		}
	}
	return count
}

// Same tells whether two differences are about the same values, noted or not, and whatever those are called.
func (d ManualChange) Same(other ManualChange) bool {
	return d.Field == other.Field && d.Accelo == other.Accelo && d.Ninja == other.Ninja
}

// Subject is one line that names the field, as people call it, and both values.
func (d ManualChange) Subject(field string) string {
	return Truncate(fmt.Sprintf("Kept %s: %s; NinjaOne says %s", field, shown(d.AcceloText()), shown(d.NinjaText())), MaxName)
}

// Body tells people what was kept of a field and what NinjaOne has instead.
func (d ManualChange) Body(field string) string {
	const text = "The %s was changed here by hand, so it stays as it is, although NinjaOne says otherwise.\n\nkept: %s\nNinjaOne says: %s\n\n" +
		"Nothing needs to be done. Where NinjaOne's value is entered here, NinjaOne's later changes come through again.\n"
	return fmt.Sprintf(text, field, whole(d.AcceloText()), whole(d.NinjaText()))
}

func shown(value string) string {
	return cmp.Or(Truncate(CleanName(value), maxInNote), "(nothing)")
}

func whole(value string) string {
	const limit = 4000
	return cmp.Or(Truncate(CleanText(value), limit), "(nothing)")
}
