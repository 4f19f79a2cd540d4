package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
)

// outage is a failure that passes by itself.
var outage = temporal.NewApplicationError("Accelo does not answer", activities.Unavailable)

// claimed is a failure that says how long to wait.
func claimed(delay time.Duration) error {
	return temporal.NewApplicationErrorWithOptions("somebody else is making it", activities.ClaimHeld,
		temporal.ApplicationErrorOptions{NextRetryDelay: delay})
}

// atFirst lets each step of a warm alert fail once.
func atFirst(failure error) map[string]error {
	return map[string]error{"AcceloOpenRequest": failure, "AcceloSyncAlertDevice": failure}
}

// A first attempt that fails for now is followed by an activity with the same input: at once, or after the time that the
// failure asks for. What comes of it is what would have come of the first attempt.
func TestFirstAttemptFails(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		stumble error
		waits   time.Duration
	}{
		{"outage", outage, 0},
		{"claim", claimed(time.Minute), 2 * time.Minute}, // once for each of the two steps
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			script := alertScript{opens: []activities.AcceloOpenRequestResult{opens("opened")}, stumbles: atFirst(test.stumble)}
			s := newAlertScene(t, script).searchable()
			s.run(flow.AlertTriggered, fired)
			require.Equal(t, "request 31 opened; device created; asset linked", s.result().Text)
			require.Equal(t, []any{opening, opening, linking, linking}, s.inputs())
			require.Equal(t, test.waits, s.elapsed())
		})
	}
}

// Cancelled while it waits for the second attempt, a flow takes no further step.
func TestCancelledBeforeTheSecondAttempt(t *testing.T) {
	t.Parallel()
	s := newAlertScene(t, alertScript{stumbles: atFirst(claimed(time.Minute))})
	s.at(time.Second, s.CancelWorkflow)
	s.run(flow.AlertTriggered, fired)
	require.True(t, temporal.IsCanceledError(s.GetWorkflowError()))
	require.Equal(t, []any{opening}, s.inputs())
}

// A warm alert is done within its first workflow task.
// While its device is waited for, a flow is found by its request already.
// A first attempt that takes longer than a workflow task may is not taken for lost: it goes on, and stays the only one.
