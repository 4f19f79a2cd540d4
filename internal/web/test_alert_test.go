package web_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/flow"
)

// The overview shows the last test alert step by step, and the button says how it went.
func TestTestAlertOnTheOverview(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.connect("default")
	session := f.logIn()
	require.Contains(t, textOf(f.get("/integrations/default", session).body), "Test alert None yet.")
	result := flow.TestAlertResult{
		State: flow.TestFailed, WorkflowID: "test-alert/default", UID: "7e57a1e7-0000-8000-8000-000000000000", Text: "all of it",
		Steps: []flow.TestAlertStep{{Name: "delivered", Done: true, Text: "Delivered to <b>", Seconds: 0.21}, {Name: "opened", Text: "No request", Seconds: 60}},
	}
	store := func(passed bool) {
		data, err := json.Marshal(result)
		require.NoError(t, err)
		require.NoError(t, f.store.SaveTestAlert(t.Context(), "default", data, passed))
	}
	store(false)
	f.buttons.test = result
	body := f.press(session, "/integrations/default/test-alert", nil).body
	require.Contains(t, body, "Delivered to &lt;b&gt; (0.2 s).")
	require.Contains(t, body, "No request (60.0 s).")
	require.Contains(t, body, "/integrations/default/records/alert/7e57a1e7-0000-8000-8000-000000000000")
	require.Contains(t, textOf(body), "The test alert failed; the steps above say where and what to do.")
	result.Steps, result.Text = nil, "Not started: PUBLIC_URL is not set."
	store(false)
	require.Contains(t, textOf(f.get("/integrations/default", session).body), "What became of it Not started: PUBLIC_URL is not set.")
	result.State, result.Text = flow.TestRunning, "It is still on its way."
	f.buttons.test = result
	require.Contains(t, textOf(f.press(session, "/integrations/default/test-alert", nil).body), "It is still on its way.")
}
