package workflows_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
)

// resetInput is the reset of an alert as a webhook delivers it.
var resetInput = flow.AlertResetInput{Connection: "default", UID: "alert-1", ActivityID: 78, DeviceID: 12, Message: "Disk C: has room again"}

// resetOutcomes returns every result of closing a request; the first two have no request.
func resetOutcomes() []activities.AcceloCloseRequestResult {
	outcomes := []activities.AcceloCloseRequestResult{{Outcome: flow.Tombstone, Text: "the alert has no request"}, {Outcome: flow.Opening, Text: "opening"}}
	for _, outcome := range []flow.Outcome{flow.OthersActive, flow.AlreadyClosed, flow.Echo, flow.Closed, flow.Noted} {
		outcomes = append(outcomes, activities.AcceloCloseRequestResult{Outcome: outcome, Text: "request 31: " + string(outcome), RequestID: 31})
	}
	return outcomes
}

// A reset is one activity, which gets everything from the webhook and sets the workflow's result.
func TestAlertReset(t *testing.T) {
	t.Parallel()
	for _, outcome := range resetOutcomes() {
		t.Run(string(outcome.Outcome), func(t *testing.T) {
			t.Parallel()
			env := newAlertEnv(t, alertScript{closeResult: outcome})
			env.run(flow.AlertReset, resetInput)
			require.Equal(t, flow.AlertResult{Outcome: outcome.Outcome, RequestID: outcome.RequestID, Text: outcome.Text}, env.result())
			require.Equal(t, []any{activities.AcceloCloseRequestInput{
				Connection: "default", UID: "alert-1", ActivityID: 78, Message: "Disk C: has room again",
			}}, env.inputs())
		})
	}
}

// An activity that fails permanently fails the workflow.
func TestAlertResetFails(t *testing.T) {
	t.Parallel()
	requireFailureAtEachStep(t, alertScript{closeResult: closedResult}, flow.AlertReset, resetInput, 0)
}
