package test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/flow"
)

// sendTestAlert presses the button through the API and returns the result.
func (e *alertEnv) sendTestAlert() flow.TestAlertResult {
	e.t.Helper()
	request, err := http.NewRequestWithContext(e.ctx, http.MethodPost, e.serveURL+"/api/v1/connections/default/test-alert", nil)
	require.NoError(e.t, err)
	request.Header.Set("Authorization", "Bearer a token for tests alone")
	response, err := http.DefaultClient.Do(request)
	require.NoError(e.t, err)
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	require.NoError(e.t, err)
	require.Equal(e.t, http.StatusOK, response.StatusCode, string(body))
	var result flow.TestAlertResult
	require.NoError(e.t, json.Unmarshal(body, &result))
	if result.State == flow.TestRunning { // on a busy machine
		require.NoError(e.t, e.temporal.GetWorkflow(e.ctx, result.WorkflowID, "").Get(e.ctx, &result))
	}
	return result
}

// A test alert goes through the real chain, whatever the options keep other alerts from, and leaves nothing behind. If the address can't be
// reached, it says so.
func TestTestAlert(t *testing.T) {
	t.Parallel()
	e := newConnectedAlertEnv(t, scenario{
		organizations: 2, devices: 4, companies: 1, ninjaOne: []string{"-alerts", "0"},
		settings: []string{"ALERT_MIN_SEVERITY=CRITICAL", "ALERT_HOLD_DOWN=1h", "ON_RESET=note", "ALERT_REOPEN_WINDOW=24h"},
	})
	result := e.sendTestAlert()
	require.Equal(t, flow.TestFailed, result.State)
	require.Contains(t, result.Text, "Not started: no organization is linked")
	require.Empty(t, e.runImport().Failures)
	e.waitUntilIdle()

	requests := map[int64]bool{}
	for range 2 {
		e.resetCalls()
		result = e.sendTestAlert()
		require.Equal(t, flow.TestPassed, result.State, result.Text)
		e.waitUntilIdle()
		request := e.requestOf(result.UID)
		require.Equal(t, request.ID, result.RequestID)
		require.True(t, strings.HasPrefix(request.Title, "TEST ALERT – no action needed"))
		require.Equal(t, "closed", request.Standing)
		require.Len(t, e.linkedAssets("request", request.ID), 1)
		requests[request.ID] = true
		for _, call := range e.calls() {
			require.NotContains(t, call, "DELETE", "NinjaOne doesn't know the alert")
		}
	}
	require.Len(t, requests, 2, "each test has its own request")
	e.requireIdle()

	e.webhooks.setTarget("http://127.0.0.1:1")
	result = e.sendTestAlert()
	require.Equal(t, flow.TestFailed, result.State)
	require.Contains(t, result.Text, "The test alert could not be delivered: "+e.webhooks.url+"/webhooks/ninjaone/default answers 502")
	require.Zero(t, result.RequestID)
	e.webhooks.setTarget(e.serveURL)

	reconciled := e.starter("reconcile", "--json")
	require.Equal(t, 0, reconciled.Code, reconciled.Stdout+reconciled.Stderr)
	var found flow.ReconcileResult
	require.NoError(t, json.Unmarshal([]byte(reconciled.Stdout), &found))
	require.Equal(t, flow.Healed{}, found.Healed)
	require.Empty(t, found.Held)
	require.Empty(t, found.Left)
	status := e.status()
	require.Empty(t, status.Failures)
	require.Empty(t, e.requestsOf(result.UID))
}
