package test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// Events commute: whatever the order and number of deliveries, there is at most one request, and it ends closed.
func TestAlertEventsCommute(t *testing.T) {
	t.Parallel()
	e := newImportedAlertEnv(t, scenario{organizations: 2, devices: 10, ninjaOne: []string{"-alerts", "0"}})
	device, _ := e.device(0)

	// Twenty copies of a delivery at once, and one more later.
	e.webhooks.intercept()
	uid := e.trigger(device.ID, condition(1))
	e.ninjaOne.act("deliveries/drain", nil)
	sent := e.webhooks.find(t, uid, "TRIGGERED")
	copies := make([]delivery, 20)
	for i := range copies {
		copies[i] = sent
	}
	e.deliverAll(copies...)
	e.waitForWorkflows(alertTriggered(uid))
	request := e.requestOf(uid)
	e.deliverAll(sent)
	e.waitForWorkflows(alertTriggered(uid))
	require.Len(t, e.requestsOf(uid), 1)
	require.Len(t, e.linkedAssets("request", request.ID), 1)

	// The reset arrives first, the trigger much later.
	early := e.trigger(device.ID, condition(2))
	e.reset(early)
	e.ninjaOne.act("deliveries/drain", nil)
	e.deliverAll(e.webhooks.find(t, early, "RESET"))
	e.waitForWorkflows(alertReset(early))
	e.deliverAll(e.webhooks.find(t, early, "TRIGGERED"))
	e.waitForWorkflows(alertTriggered(early))
	require.Empty(t, e.requestsOf(early))
	require.Contains(t, e.workflowDetails(alertReset(early)), "no request will be opened")

	e.testTriggerAndResetAtOnce()
	e.testFlapping()
	e.webhooks.passThrough()
	e.requireIdle()
}

// pairs is the number of alerts whose trigger and reset arrive at the same time. The tests of the state machine try many more.
const pairs = 50

// testTriggerAndResetAtOnce sends trigger and reset of an alert at the same time, in either order.
func (e *alertEnv) testTriggerAndResetAtOnce() {
	t := e.t
	t.Helper()
	device, _ := e.device(1)
	uids := make([]string, pairs)
	for i := range uids {
		uids[i] = e.trigger(device.ID, condition(100+i))
		e.reset(uids[i])
	}
	e.ninjaOne.act("deliveries/drain", nil)
	for i, uid := range uids {
		pair := []delivery{e.webhooks.find(t, uid, "TRIGGERED"), e.webhooks.find(t, uid, "RESET")}
		if i%2 == 1 {
			pair[0], pair[1] = pair[1], pair[0]
		}
		e.deliverAll(pair...)
	}
	opened := 0
	for _, uid := range uids {
		e.waitForWorkflows(alertTriggered(uid), alertReset(uid))
	}
	state := e.accelo.state()
	for _, uid := range uids {
		requests := requestsNaming(state, uid)
		require.LessOrEqual(t, len(requests), 1)
		for _, request := range requests {
			opened++
			require.Equal(t, "closed", request.Standing, "the request of a reset alert: %s, %s",
				e.workflowDetails(alertTriggered(uid)), e.workflowDetails(alertReset(uid)))
		}
	}
	t.Logf("%d of %d alerts that triggered and reset at once got a request", opened, pairs)
}

// testFlapping proves that an active alert always has an open request, even if it triggers while the previous one resets.
func (e *alertEnv) testFlapping() {
	t := e.t
	t.Helper()
	device, _ := e.device(2)
	for i := range pairs / 5 {
		e.webhooks.passThrough()
		first, _ := e.openRequest(device.ID, 200+i)
		e.webhooks.intercept()
		e.reset(first)
		second := e.trigger(device.ID, condition(200+i))
		e.ninjaOne.act("deliveries/drain", nil)
		e.deliverAll(e.webhooks.find(t, first, "RESET"), e.webhooks.find(t, second, "TRIGGERED"))
		e.waitForWorkflows(alertReset(first), alertTriggered(second))
		joined := e.workflowResult(alertTriggered(second))
		require.Contains(t, []string{"pending", "open"}, e.requestByID(joined.RequestID).Standing,
			"outcome %s, but the request is closed: %s", joined.Outcome, e.workflowDetails(alertReset(first)))
	}
}

// Of several status changes in a row the last one is never lost, not even behind the echo of our own close.
func TestRequestChangesInARow(t *testing.T) {
	t.Parallel()
	e := newImportedAlertEnv(t, scenario{organizations: 2, devices: 10, ninjaOne: []string{"-alerts", "0"}})
	device, _ := e.device(0)
	for i, last := range []string{"close-request", "convert-request"} {
		uid, request := e.openRequest(device.ID, i)
		for range 3 {
			e.accelo.act("reopen-request", map[string]any{"id": request.ID})
			e.accelo.act("close-request", map[string]any{"id": request.ID})
		}
		e.accelo.act("reopen-request", map[string]any{"id": request.ID})
		e.accelo.act(last, map[string]any{"id": request.ID, "target": "issue"})
		e.waitUntilIdle()
		require.False(t, e.isActive(uid))
		standing := e.requestByID(request.ID)
		if last == "convert-request" {
			require.Equal(t, []int64{e.assetIDOf(device)}, e.linkedAssets("issue", standing.ConversionID))
		}
	}

	// The webhooks of our own close and of a conversion arrive at the same time.
	uid, request := e.openRequest(device.ID, 10)
	e.webhooks.intercept()
	e.reset(uid)
	e.ninjaOne.act("deliveries/drain", nil)
	e.deliverAll(e.webhooks.find(t, uid, "RESET"))
	e.waitForWorkflows(alertReset(uid))
	e.accelo.act("reopen-request", map[string]any{"id": request.ID})
	ticket := e.accelo.actID("convert-request", map[string]any{"id": request.ID, "target": "issue"})
	e.accelo.act("deliveries/drain", nil)
	var changes []delivery
	for _, sent := range e.webhooks.recorded(0) {
		if sent.event().ID.String() == itoa(request.ID) && sent.header.Get("X-Accelo-Event") != "" && sent.status != http.StatusAccepted {
			changes = append(changes, sent)
		}
	}
	require.Len(t, changes, 3)
	e.deliverAll(changes...)
	e.waitForWorkflows(requestClosed(itoa(request.ID)))
	require.Equal(t, []int64{e.assetIDOf(device)}, e.linkedAssets("issue", ticket))
	e.webhooks.passThrough()
	e.requireIdle()
}

// Accelo may return the old state of a request for a moment after it announced a change (see accelo.md 10.4).
func TestAlertStaleReads(t *testing.T) {
	t.Parallel()
	e := newImportedAlertEnv(t, scenario{organizations: 2, devices: 10, ninjaOne: []string{"-alerts", "0"}})
	device, _ := e.device(0)
	uid, request := e.openRequest(device.ID, 1)
	e.accelo.act("set-switches", map[string]any{"stale_read_millis": 1000})
	e.accelo.act("close-request", map[string]any{"id": request.ID})
	e.waitUntilIdle()
	require.False(t, e.isActive(uid))
	e.requireIdle()
}
