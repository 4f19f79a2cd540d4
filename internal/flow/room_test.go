package flow_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
)

// Records fill a payload by their size as encoded, which can be six times that of the text. They keep their order: after the first that had no
// room, none has any.
func TestRoom(t *testing.T) {
	t.Parallel()
	var room flow.Room
	require.True(t, room.Take(rules.Alert{Message: strings.Repeat("<", rules.MaxMessage)}), "the first has room, whatever its size")
	require.False(t, room.Take(rules.Alert{UID: "small"}))
	require.False(t, room.Take(rules.Alert{UID: "small"}))

	room = flow.Room{}
	for range 200 {
		require.True(t, room.Take(rules.Alert{UID: "0f2c", Message: strings.Repeat("x", 300)}))
	}
}

// Whatever the records are, what fits is less than what Temporal takes.
func TestRoomIsBounded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		var room flow.Room
		var taken []rules.Alert
		for range rapid.IntRange(1, 300).Draw(r, "alerts") {
			text := rapid.SampledFrom([]string{"x", "<", "\"", "é", "🔥", "\n"}).Draw(r, "text")
			alert := rules.Alert{Message: strings.Repeat(text, rapid.IntRange(0, rules.MaxMessage).Draw(r, "length"))}
			if !room.Take(alert) {
				break
			}
			taken = append(taken, alert)
		}
		encoded, err := json.Marshal(taken)
		require.NoError(r, err)
		require.Less(r, len(encoded), 1<<20)
	})
}
