package test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/flow"
)

// The settings hold: an alert below the minimum severity opens no request and says so, a claimed request is not closed, a conversion
// leaves the alert active, and an alert within the reopen window reopens the request.
func TestAlertSettings(t *testing.T) {
	t.Parallel()
	e := newImportedAlertEnv(t, scenario{
		organizations: 2, devices: 8, ninjaOne: []string{"-alerts", "0"},
		settings: []string{"ALERT_MIN_SEVERITY=MAJOR", "ALERT_REOPEN_WINDOW=1h", "ON_RESET=close-unclaimed", "ON_CONVERT=keep"},
	})
	e.testMinSeverity()
	e.testCloseUnclaimed()
	e.testReopenWindow()
	e.testKeepOnConvert()
	e.requireIdle()
}

func (e *alertEnv) testMinSeverity() {
	t := e.t
	t.Helper()
	device, _ := e.device(0)
	e.resetCalls()
	minor := e.trigger(device.ID, map[string]any{"severity": "MINOR"})
	e.waitUntilIdle()
	require.Empty(t, e.calls())
	require.Contains(t, e.workflowDetails(alertTriggered(minor)), "severity MINOR is below MAJOR: no request is opened")
	e.reset(minor)
	e.waitUntilIdle()
	require.Empty(t, e.calls(), "the reset of an alert without a request")
	critical := e.trigger(device.ID, map[string]any{"severity": "CRITICAL", "subject": "critical"})
	e.waitUntilIdle()
	require.Len(t, e.requestsOf(critical), 1)
}

func (e *alertEnv) testCloseUnclaimed() {
	t := e.t
	t.Helper()
	device, _ := e.device(1)
	uid, request := e.openRequest(device.ID, 1)
	staff := e.accelo.state().Staff[0].ID
	e.accelo.act("claim-request", map[string]any{"id": request.ID, "staff": staff})
	e.reset(uid)
	e.waitUntilIdle()
	require.NotEqual(t, "closed", e.requestByID(request.ID).Standing, "a claimed request was closed")
	notes := e.notes("request", request.ID)
	require.Len(t, notes, 1)
	require.Contains(t, notes[0].Body, uid)
	// When the technician closes it, there is nothing to reset.
	e.resetCalls()
	e.accelo.act("close-request", map[string]any{"id": request.ID})
	e.waitUntilIdle()
	require.Zero(t, e.ninjaOne.counters().Total)
}

func (e *alertEnv) testReopenWindow() {
	t := e.t
	t.Helper()
	device, _ := e.device(2)
	first, request := e.openRequest(device.ID, 2)
	e.reset(first)
	e.waitUntilIdle()
	require.Equal(t, "closed", e.requestByID(request.ID).Standing)
	e.resetCalls()
	again := e.trigger(device.ID, condition(2))
	e.waitUntilIdle()
	require.Empty(t, e.requestsOf(again))
	require.Equal(t, "open", e.requestByID(request.ID).Standing)
	require.Equal(t, flow.Reopened, e.workflowResult(alertTriggered(again)).Outcome)
	require.Equal(t, []string{"GET /requests/{id}", "PUT /requests/{id}", "GET /v2/device/{id}"}, e.calls(), "the asset is still linked")
	e.reset(again)
	e.waitUntilIdle()
	require.Equal(t, "closed", e.requestByID(request.ID).Standing)

	// A request that a technician closed stays closed, and the fault gets a new one.
	third := e.trigger(device.ID, condition(2))
	e.waitUntilIdle()
	e.accelo.act("close-request", map[string]any{"id": request.ID})
	e.waitUntilIdle()
	require.False(t, e.isActive(third))
	fourth := e.trigger(device.ID, condition(2))
	e.waitUntilIdle()
	require.Equal(t, flow.Opened, e.workflowResult(alertTriggered(fourth)).Outcome)
	require.Equal(t, "closed", e.requestByID(request.ID).Standing)
}

func (e *alertEnv) testKeepOnConvert() {
	t := e.t
	t.Helper()
	device, _ := e.device(3)
	uid, request := e.openRequest(device.ID, 3)
	ticket := e.accelo.actID("convert-request", map[string]any{"id": request.ID, "target": "issue"})
	e.waitUntilIdle()
	require.True(t, e.isActive(uid), "ON_CONVERT=keep")
	require.Equal(t, []int64{e.assetIDOf(device)}, e.linkedAssets("issue", ticket))
	e.reset(uid)
	e.waitUntilIdle()
	require.Equal(t, "converted", e.requestByID(request.ID).Standing)
	notes := e.notes("issue", ticket)
	require.Len(t, notes, 1, "a note on the ticket says that the alert was reset")
	require.Contains(t, notes[0].Body, uid)
}

// An alert that resets within the hold-down opens no request; one that lasts does. ON_RESET=note closes no request.
func TestAlertHoldDown(t *testing.T) {
	t.Parallel()
	const holdDown = 3 * time.Second
	e := newImportedAlertEnv(t, scenario{
		organizations: 2, devices: 8, ninjaOne: []string{"-alerts", "0"},
		settings: []string{"ALERT_HOLD_DOWN=" + holdDown.String(), "ON_RESET=note"},
	})
	device, _ := e.device(0)
	e.resetCalls()
	passing, lasting := e.trigger(device.ID, condition(1)), e.trigger(device.ID, condition(2))
	e.ninjaOne.act("deliveries/drain", nil)
	require.Contains(t, e.workflowDetails(alertTriggered(passing)), "Holding for 3 seconds")
	e.reset(passing)
	e.workflowResult(alertReset(passing))
	require.Empty(t, e.calls())
	e.waitUntilIdle()
	require.Empty(t, e.requestsOf(passing))
	require.Contains(t, e.workflowDetails(alertTriggered(passing)), "no request")
	request := e.requestOf(lasting)
	require.Less(t, time.Since(time.Unix(request.DateCreated, 0)), testTimeout)
	e.reset(lasting)
	e.waitUntilIdle()
	require.Equal(t, "pending", e.requestByID(request.ID).Standing)
	require.Len(t, e.notes("request", request.ID), 1)
	e.accelo.act("close-request", map[string]any{"id": request.ID})
	e.requireIdle()
}
