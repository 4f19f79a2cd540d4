package rules_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/rules"
)

// A manual change is noted once, until one of its values changes.
func TestCarryOverNotes(t *testing.T) {
	t.Parallel()
	name := rules.ManualChange{Field: "name", Accelo: "Acme LLC", Ninja: "Acme"}
	noted := name
	noted.Noted = true
	renamed := rules.ManualChange{Field: "name", Accelo: "Acme LLC", Ninja: "Acme II"}
	named := rules.ManualChange{Field: "name", Accelo: name.Accelo, Ninja: name.Ninja, AcceloName: "one", NinjaName: "two", Noted: true}
	comments := rules.ManualChange{Field: "comments", Accelo: "Acme LLC", Ninja: "Acme"}
	for _, test := range []struct {
		name         string
		found, known []rules.ManualChange
		want         []rules.ManualChange
		unnoted      int
	}{
		{"new", []rules.ManualChange{name}, nil, []rules.ManualChange{name}, 1},
		{"noted before", []rules.ManualChange{name}, []rules.ManualChange{noted}, []rules.ManualChange{noted}, 0},
		{"known but not noted", []rules.ManualChange{name}, []rules.ManualChange{name}, []rules.ManualChange{name}, 1},
		{"named before", []rules.ManualChange{name}, []rules.ManualChange{named}, []rules.ManualChange{named}, 0},
		{"another value", []rules.ManualChange{renamed}, []rules.ManualChange{noted}, []rules.ManualChange{renamed}, 1},
		{"another field", []rules.ManualChange{name, comments}, []rules.ManualChange{noted}, []rules.ManualChange{noted, comments}, 1},
		{"resolved", nil, []rules.ManualChange{noted}, nil, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			carried := rules.CarryOverNotes(test.found, test.known)
			require.Equal(t, test.want, carried)
			require.Equal(t, test.unnoted, rules.CountUnnoted(carried))
		})
	}
}

// A note's subject names both values on one line, and its body holds them in full, both bounded.
func TestManualChangeNote(t *testing.T) {
	t.Parallel()
	change := rules.ManualChange{Field: "name", Accelo: "Acme LLC", Ninja: "Acme"}
	require.Equal(t, `Manual change kept: name "Acme LLC" (NinjaOne: "Acme")`, change.Subject("name"))
	require.Equal(t, "Someone changed the name in Accelo, so the sync left it alone.\n\nIn Accelo: Acme LLC\nIn NinjaOne: Acme\n\n"+
		"No action is needed. To let NinjaOne manage the name again, set it to NinjaOne's value.\n", change.Body("name"))
	emptied := rules.ManualChange{Field: "comments", Ninja: "one\r\ntwo"}
	require.Equal(t, `Manual change kept: comments (empty) (NinjaOne: "one two")`, emptied.Subject("comments"))
	require.Contains(t, emptied.Body("comments"), "In Accelo: (empty)\n")
	contact := rules.ManualChange{Field: "contact", Accelo: "12", Ninja: "9", AcceloName: "Jane Doe"}
	require.Equal(t, `Manual change kept: person "Jane Doe" (NinjaOne: "9")`, contact.Subject("person"), "labels and names are used where known")
	require.Contains(t, contact.Body("person"), "Someone changed the person in Accelo")
	require.Contains(t, contact.Body("person"), "In Accelo: Jane Doe\nIn NinjaOne: 9\n")
	long := rules.ManualChange{Field: "comments", Accelo: strings.Repeat("é", 70_000), Ninja: strings.Repeat("🍞", 70_000)}
	require.LessOrEqual(t, utf8.RuneCountInString(long.Subject("comments")), rules.MaxName)
	require.LessOrEqual(t, utf8.RuneCountInString(long.Body("comments")), 10_000)
}
