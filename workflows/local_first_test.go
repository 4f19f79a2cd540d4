package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
)

// outage is a temporary error.
var outage = temporal.NewApplicationError("Accelo is not answering", activities.Unavailable)

// claimHeld is a temporary error that says how long to wait.
func claimHeld(delay time.Duration) error {
	return temporal.NewApplicationErrorWithOptions("another worker is creating it", activities.ClaimHeld,
		temporal.ApplicationErrorOptions{NextRetryDelay: delay})
}

// failEachFirst fails the first call of each activity of an alert whose organization is known.
func failEachFirst(failure error) map[string]error {
	return map[string]error{"AcceloOpenRequest": failure, "AcceloSyncAlertDevice": failure}
}

// If a first attempt fails temporarily, a regular activity with the same input follows, at once or after the time that the error asks
// for. The result is the same as that of a first attempt that succeeds.
func TestFirstAttemptFails(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		failure error
		elapsed time.Duration
	}{
		{name: "outage", failure: outage},
		{name: "claim", failure: claimHeld(time.Minute), elapsed: 2 * time.Minute}, // once for each of the two activities
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			script := alertScript{openResults: []activities.AcceloOpenRequestResult{openResult(flow.Opened)}, failFirst: failEachFirst(test.failure)}
			env := newAlertEnv(t, script).searchable()
			env.run(flow.AlertTriggered, triggeredInput)
			require.Equal(t, "request 31 opened; device created; asset linked", env.result().Text)
			require.Equal(t, []any{openInput, openInput, linkInput, linkInput}, env.inputs())
			require.Equal(t, test.elapsed, env.elapsed())
		})
	}
}

// A workflow that is cancelled while it waits for the second attempt calls no further activity.
func TestCancelledBeforeTheSecondAttempt(t *testing.T) {
	t.Parallel()
	env := newAlertEnv(t, alertScript{failFirst: failEachFirst(claimHeld(time.Minute))})
	env.after(time.Second, env.CancelWorkflow)
	env.run(flow.AlertTriggered, triggeredInput)
	require.True(t, temporal.IsCanceledError(env.GetWorkflowError()))
	require.Equal(t, []any{openInput}, env.inputs())
}
