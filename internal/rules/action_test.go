package rules_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/rules"
)

// The outcomes are stored in the database and in workflow histories, so they never change.
func TestActionOutcome(t *testing.T) {
	t.Parallel()
	want := map[rules.Action]rules.Outcome{
		rules.Create: "created", rules.Match: "matched", rules.Update: "updated", rules.NoChange: "unchanged",
	}
	for action, outcome := range want {
		require.Equal(t, outcome, action.Outcome())
	}
	require.Equal(t, []rules.Outcome{"waiting", "failed"}, []rules.Outcome{rules.Waiting, rules.Failed})
}
