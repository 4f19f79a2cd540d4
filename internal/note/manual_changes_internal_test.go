package note

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// Keys of written notes are stored. If their format changed, every note would be written again.
func TestChangeKeyIsStable(t *testing.T) {
	t.Parallel()
	change := rules.ManualChange{Field: rules.TitleField, Accelo: "Bessie", Ninja: "SHIP"}
	require.Equal(t, "title of asset 12 kept: 7bc64fe486ffe2de", changeKey(Asset, 12, change))
	change.Noted = true
	require.Equal(t, "title of asset 12 kept: 7bc64fe486ffe2de", changeKey(Asset, 12, change), "only the values count")
}

// A link records the manual changes if it has exactly those, all of them noted.
func TestRecorded(t *testing.T) {
	t.Parallel()
	title := rules.ManualChange{Field: rules.TitleField, Accelo: "Bessie", Ninja: "SHIP"}
	noted := title
	noted.Noted = true
	other := rules.ManualChange{Field: rules.TitleField, Accelo: "Bessie", Ninja: "SHIP-II", Noted: true}
	for _, test := range []struct {
		name         string
		known, found []rules.ManualChange
		recorded     bool
	}{
		{"none", nil, nil, true},
		{"noted", []rules.ManualChange{noted}, []rules.ManualChange{title}, true},
		{"not noted", []rules.ManualChange{title}, []rules.ManualChange{title}, false},
		{"new", nil, []rules.ManualChange{title}, false},
		{"resolved", []rules.ManualChange{noted}, nil, false},
		{"other values", []rules.ManualChange{other}, []rules.ManualChange{title}, false},
	} {
		require.Equal(t, test.recorded, Recorded(&store.Link{ManualChanges: test.known}, test.found), test.name)
	}
	require.True(t, Recorded(nil, nil))
	require.False(t, Recorded(nil, []rules.ManualChange{title}))
}
