package workflows_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
)

// over is an alert's reset as its webhook brings it.
var over = flow.AlertResetInput{Connection: "default", UID: "alert-1", ActivityID: 78, DeviceID: 12, Message: "Disk C: has room again"}

// resetOutcomes are what a reset can come to. Those without a request know none.
func resetOutcomes() []activities.AcceloCloseRequestResult {
	outcomes := []activities.AcceloCloseRequestResult{{Outcome: "tombstone", Text: "the alert has no request"}, {Outcome: "opening", Text: "opening"}}
	for _, outcome := range []flow.Outcome{"others-active", "already-closed", "echo", "closed", "noted"} {
		outcomes = append(outcomes, activities.AcceloCloseRequestResult{Outcome: outcome, Text: "request 31: " + string(outcome), RequestID: 31})
	}
	return outcomes
}

// A reset is one step, which gets everything that the webhook said, and its outcome is the flow's.
func TestAlertReset(t *testing.T) {
	t.Parallel()
	for _, outcome := range resetOutcomes() {
		t.Run(string(outcome.Outcome), func(t *testing.T) {
			t.Parallel()
			s := newAlertScene(t, alertScript{closes: outcome})
			s.run(flow.AlertReset, over)
			require.Equal(t, flow.AlertResult{Outcome: outcome.Outcome, RequestID: outcome.RequestID, Text: outcome.Text}, s.result())
			require.Equal(t, []any{activities.AcceloCloseRequestInput{
				Connection: "default", UID: "alert-1", ActivityID: 78, Message: "Disk C: has room again",
			}}, s.inputs())
		})
	}
}

// What cannot succeed fails the flow.
func TestAlertResetFails(t *testing.T) {
	t.Parallel()
	failsAtEachStep(t, alertScript{closes: resetBy}, flow.AlertReset, over, 0)
}
