package rules_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/rules"
)

// A difference is noted once: as long as both values stay as they are.
func TestCarryNotes(t *testing.T) {
	t.Parallel()
	name := rules.ManualChange{Field: "name", Accelo: "Acme LLC", Ninja: "Acme"}
	noted := name
	noted.Noted = true
	renamed := rules.ManualChange{Field: "name", Accelo: "Acme LLC", Ninja: "Acme II"}
	named := rules.ManualChange{Field: "name", Accelo: name.Accelo, Ninja: name.Ninja, AcceloName: "one", NinjaName: "two", Noted: true}
	comments := rules.ManualChange{Field: "comments", Accelo: "Acme LLC", Ninja: "Acme"}
	for _, test := range []struct {
		name          string
		found, before []rules.ManualChange
		want          []rules.ManualChange
		unnoted       int
	}{
		{"new", []rules.ManualChange{name}, nil, []rules.ManualChange{name}, 1},
		{"noted before", []rules.ManualChange{name}, []rules.ManualChange{noted}, []rules.ManualChange{noted}, 0},
		{"known, but not noted", []rules.ManualChange{name}, []rules.ManualChange{name}, []rules.ManualChange{name}, 1},
		{"named before", []rules.ManualChange{name}, []rules.ManualChange{named}, []rules.ManualChange{named}, 0},
		{"another value", []rules.ManualChange{renamed}, []rules.ManualChange{noted}, []rules.ManualChange{renamed}, 1},
		{"another field", []rules.ManualChange{name, comments}, []rules.ManualChange{noted}, []rules.ManualChange{noted, comments}, 1},
		{"gone", nil, []rules.ManualChange{noted}, nil, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			carried := rules.CarryOverNotes(test.found, test.before)
			require.Equal(t, test.want, carried)
			require.Equal(t, test.unnoted, rules.CountUnnoted(carried))
		})
	}
}

// What the note says is one line that names both values, and a body with all of them, however long and strange they are.
func TestDifferenceText(t *testing.T) {
	t.Parallel()
	difference := rules.ManualChange{Field: "name", Accelo: "Acme LLC", Ninja: "Acme"}
	require.Equal(t, "Kept name: Acme LLC; NinjaOne says Acme", difference.Subject("name"))
	require.Contains(t, difference.Body("name"), "kept: Acme LLC\nNinjaOne says: Acme\n")
	emptied := rules.ManualChange{Field: "comments", Ninja: "one\r\ntwo"}
	require.Equal(t, "Kept comments: (nothing); NinjaOne says one two", emptied.Subject("comments"))
	require.Contains(t, emptied.Body("comments"), "kept: (nothing)")
	contact := rules.ManualChange{Field: "contact", Accelo: "12", Ninja: "9", AcceloName: "Jane Doe"}
	require.Equal(t, "Kept person: Jane Doe; NinjaOne says 9", contact.Subject("person"), "the deployment's word; a name as far as it is known")
	require.Contains(t, contact.Body("person"), "The person was changed here by hand")
	require.Contains(t, contact.Body("person"), "kept: Jane Doe\nNinjaOne says: 9\n")
	long := rules.ManualChange{Field: "comments", Accelo: strings.Repeat("é", 70_000), Ninja: strings.Repeat("🍞", 70_000)}
	require.LessOrEqual(t, utf8.RuneCountInString(long.Subject("comments")), rules.MaxName)
	require.LessOrEqual(t, utf8.RuneCountInString(long.Body("comments")), 10_000)
}
