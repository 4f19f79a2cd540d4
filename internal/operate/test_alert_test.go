package operate_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/operate"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// A test answers with its result and is audited. One runs at a time.
func TestSendTestAlert(t *testing.T) {
	t.Parallel()
	inputs := make(chan flow.TestAlertInput, 1)
	f := newFixture(t).withTemporal(map[string]any{
		flow.TestAlert: func(ctx workflow.Context, in flow.TestAlertInput) (flow.TestAlertResult, error) {
			inputs <- in
			workflow.GetSignalChannel(ctx, "finish").Receive(ctx, nil)
			return flow.TestAlertResult{State: flow.TestPassed, UID: in.UID}, nil
		},
	})
	_, err := f.SendTestAlert(t.Context(), viewer, "msp")
	var forbidden *operate.ForbiddenError
	require.ErrorAs(t, err, &forbidden)
	_, err = f.LastTestAlert(t.Context(), viewer, "msp")
	var none *operate.NotFoundError
	require.ErrorAs(t, err, &none)

	type answer struct {
		flow.TestAlertResult
		err error
	}
	answers := make(chan answer, 1)
	go func() {
		result, err := f.SendTestAlert(t.Context(), jane, "msp")
		answers <- answer{result, err}
	}()
	in := <-inputs
	_, err = f.SendTestAlert(t.Context(), jane, "msp")
	require.Equal(t, "a test alert is already running; wait for its result", requireConflict(t, err).Reason)
	last, err := f.LastTestAlert(t.Context(), viewer, "msp")
	require.NoError(t, err)
	require.Equal(t, flow.TestRunning, last.State)
	require.NoError(t, f.temporal.SignalWorkflow(t.Context(), flow.TestAlertID(in.Connection), "", "finish", nil))
	got := <-answers
	require.NoError(t, got.err)
	result := got.TestAlertResult
	require.Equal(t, flow.TestPassed, result.State)
	require.True(t, rules.IsTestAlert(result.UID))
	require.Equal(t, in.UID, result.UID)
	entries, err := f.store.Audit(t.Context(), store.AuditQuery{About: "msp", Limit: 10})
	require.NoError(t, err)
	require.Equal(t, "send test alert", entries[0].Action)

	data, err := json.Marshal(result)
	require.NoError(t, err)
	require.NoError(t, f.store.SaveTestAlert(t.Context(), "msp", data, true))
	last, err = f.LastTestAlert(t.Context(), viewer, "msp")
	require.NoError(t, err)
	require.Equal(t, result.UID, last.UID)
}
