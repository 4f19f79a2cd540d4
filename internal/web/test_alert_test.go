package web_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/store"
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
	save := func(passed bool) {
		data, err := json.Marshal(result)
		require.NoError(t, err)
		require.NoError(t, f.store.SaveTestAlert(t.Context(), "default", data, passed))
	}
	save(false)
	f.buttons.test = result
	body := f.press(session, "/integrations/default/test-alert", nil).body
	require.Contains(t, body, "Delivered to &lt;b&gt; (0.2 s).")
	require.Contains(t, body, "No request (60.0 s).")
	require.Contains(t, body, "/integrations/default/records/alert/7e57a1e7-0000-8000-8000-000000000000")
	require.Contains(t, textOf(body), "The test alert failed; the steps above say where and what to do.")
	result.Steps, result.Text = nil, "Not started: PUBLIC_URL is not set."
	save(false)
	require.Contains(t, textOf(f.get("/integrations/default", session).body), "What became of it Not started: PUBLIC_URL is not set.")
	result.State, result.Text = flow.TestRunning, "It is still on its way."
	f.buttons.test = result
	require.Contains(t, textOf(f.press(session, "/integrations/default/test-alert", nil).body), "It is still on its way.")
}

// The checklist says where each step that is left is done, and goes once all are.
func TestChecklist(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.connect("default")
	session := f.logIn()
	text := func() string { return textOf(f.get("/integrations/default", session).body) }
	require.Contains(t, text(), "Checklist ✓ NinjaOne connected – done ✓ Accelo connected – done ○ Request type chosen – to do: Import "+
		"○ Organizations reviewed – to do: Organizations ○ Preview seen – to do: Import ○ Test alert passed – to do: Send a test alert")
	body := f.get("/integrations/default", session).body
	for _, link := range []string{"/integrations/default/import", "/integrations/default/organizations", "#test-alert"} {
		require.Contains(t, body, `to do: <a href="`+link+`">`)
	}
	require.Contains(t, body, `id="test-alert"`)
	f.finishImport("default", flow.ImportResult{})
	require.Contains(t, text(), "✓ Organizations reviewed – done ✓ Preview seen – done ○ Test alert passed")
	settings := store.Settings{Connected: true, RequestType: store.ObjectType{ID: 3, Title: "NinjaOne Alerts"}}
	require.NoError(t, f.store.SaveSettings(t.Context(), "default", settings, true, nil))
	require.NoError(t, f.store.SaveTestAlert(t.Context(), "default", json.RawMessage(`{}`), true))
	require.NotContains(t, text(), "Checklist")
}
