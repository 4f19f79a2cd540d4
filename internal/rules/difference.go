package rules

import (
	"cmp"
	"fmt"
	"slices"
)

// ContactField is the field of a Difference about the person whom an asset names: an affiliation in Accelo.
const ContactField = "contact"

// maxInNote is how many characters of a value the subject of a note shows.
const maxInNote = 100

// CarryNotes returns the differences found now, those marked that were known before and have been noted on the record.
func CarryNotes(found, before []Difference) []Difference {
	carried := slices.Clone(found)
	for i, difference := range carried {
		carried[i].Noted = slices.ContainsFunc(before, func(known Difference) bool { return known.Noted && known.Same(difference) })
	}
	return carried
}

// Unnoted counts the differences of which the record in Accelo says nothing yet.
func Unnoted(differences []Difference) int {
	count := 0
	for _, difference := range differences {
		if !difference.Noted {
			count++
		}
	}
	return count
}

// Same tells whether two differences are about the same values, noted or not.
func (d Difference) Same(other Difference) bool {
	return d.Field == other.Field && d.Kept == other.Kept && d.Ninja == other.Ninja
}

// Subject is one line that names the field and both values.
func (d Difference) Subject() string {
	return Truncate(fmt.Sprintf("Kept %s: %s; NinjaOne says %s", d.Field, shown(d.Kept), shown(d.Ninja)), MaxName)
}

// Body tells people what was kept and what NinjaOne has instead.
func (d Difference) Body() string {
	const text = "The %s was changed here by hand, so it stays as it is, although NinjaOne says otherwise.\n\nkept: %s\nNinjaOne says: %s\n\n" +
		"Nothing needs to be done. Where NinjaOne's value is entered here, NinjaOne's later changes come through again.\n"
	return fmt.Sprintf(text, d.Field, whole(d.Kept), whole(d.Ninja))
}

func shown(value string) string {
	return cmp.Or(Truncate(CleanName(value), maxInNote), "(nothing)")
}

func whole(value string) string {
	const limit = 4000
	return cmp.Or(Truncate(CleanText(value), limit), "(nothing)")
}
