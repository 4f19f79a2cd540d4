package test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/simulator/lab"
)

// openAlerts opens requests for n alerts on as many devices, an hour ago.
func (e *alertEnv) openAlerts(n int) []string {
	e.t.Helper()
	uids := make([]string, n)
	for i := range uids {
		uids[i] = e.trigger(e.deviceID(i), condition(i))
	}
	e.waitUntilIdle()
	e.ageAlerts()
	return uids
}

func (e *alertEnv) requireStanding(standing string, uids ...string) {
	e.t.Helper()
	for _, uid := range uids {
		require.Equal(e.t, standing, e.requestOf(uid).Standing)
	}
}

func emptyAlerts() lab.Fault { return lab.Fault{Kind: "list-empty", Path: "^/v2/alerts$"} }

// A list of active alerts that is wrong, however often, closes no request: the devices' own lists have the alerts.
func TestWrongListClosesNothing(t *testing.T) {
	t.Parallel()
	e := newImportedAlertEnv(t, scenario{organizations: 4, devices: 40, companies: 3})
	uids := e.openAlerts(12)
	for _, fault := range []lab.Fault{
		{Kind: "list-empty", Path: "^/v2/alerts$"},
		{Kind: "list-shrunken", Path: "^/v2/alerts$"},
		{Kind: "list-reversed", Path: "^/v2/alerts$"},
		{Kind: "list-duplicated", Path: "^/v2/alerts$"},
	} {
		e.ninjaOne.setFaults(fault)
		for range 3 {
			report := e.reconcile(0)
			require.Zero(t, report.Healed, fault.Kind)
			require.Empty(t, report.Held)
			if fault.Kind == "list-empty" {
				require.Len(t, report.Left, 1)
				require.Contains(t, report.Left[0], "12 alerts that their devices list as active: nothing was closed")
			}
		}
		e.requireStanding("pending", uids...)
	}
	e.ninjaOne.setFaults()
	require.Zero(t, e.reconcile(0).Healed)
	require.Nil(t, e.status().Approval)
	for _, uid := range uids {
		require.Len(t, e.requestsOf(uid), 1)
	}
	e.requireIdle()
}

// If every list is wrong for long enough, requests are closed. When the lists are whole again, the same requests are open again, and
// their real resets close them later.
func TestWronglyClosedRequestsComeBack(t *testing.T) {
	t.Parallel()
	e := newImportedAlertEnv(t, scenario{organizations: 4, devices: 40, companies: 3})
	uids := e.openAlerts(3)
	requests := map[string]int64{}
	for _, uid := range uids {
		requests[uid] = e.requestOf(uid).ID
	}
	e.ninjaOne.setFaults(emptyAlerts(), lab.Fault{Kind: "device-alerts-empty"})
	require.Zero(t, e.reconcile(0).Healed)
	require.Equal(t, flow.Healed{Resets: 3}, e.reconcile(0).Healed)
	e.requireStanding("closed", uids...)

	e.ninjaOne.setFaults()
	require.Equal(t, flow.Healed{Revived: 3}, e.reconcile(0).Healed)
	e.waitUntilIdle()
	for _, uid := range uids {
		require.NotEqual(t, "closed", e.requestOf(uid).Standing)
		require.Equal(t, requests[uid], e.requestOf(uid).ID)
		require.True(t, e.isActive(uid))
	}
	require.Zero(t, e.reconcile(0).Healed)

	e.reset(uids[0])
	e.waitUntilIdle()
	e.reconcile(0)
	require.Equal(t, "closed", e.requestOf(uids[0]).Standing)
	require.Zero(t, e.reconcile(0).Healed)
	e.requireIdle()
}

// Alerts that end without a trace need approval if they are many. It lets through what was shown: neither an alert that fired since nor
// one that vanished since.
func TestReconcileNeedsApproval(t *testing.T) {
	t.Parallel()
	e := newImportedAlertEnv(t, scenario{organizations: 4, devices: 60, companies: 3})
	uids := e.openAlerts(16)
	gone, later := uids[:14], uids[14]
	for _, uid := range gone {
		e.ninjaOne.act("vanish", map[string]any{"uid": uid})
	}
	report := e.reconcile(3)
	require.Equal(t, "14 of 16 open alerts are no longer listed by NinjaOne", report.Held)
	require.Equal(t, 14, report.HeldCount)
	require.Contains(t, report.HeldChanges, "alert "+gone[0])
	status := e.status()
	require.NotNil(t, status.Approval)
	require.Equal(t, report.Held, status.Approval.Reason)
	require.Len(t, status.Approval.Changes, 14)
	require.Contains(t, e.workflowDetails(status.Approval.WorkflowID), "Waiting for approval: 14 of 16")
	require.Contains(t, e.workflowDetails(status.Approval.WorkflowID), "alert "+gone[0])
	e.requireStanding("pending", uids...)

	fresh := e.trigger(e.deviceID(20), condition(20))
	e.waitUntilIdle()
	e.ninjaOne.act("vanish", map[string]any{"uid": fresh})
	e.ninjaOne.act("vanish", map[string]any{"uid": later})
	e.ageAlerts()
	approved := e.reconcile(3, "--approve")
	require.Equal(t, 14, approved.Healed.Resets)
	require.Equal(t, "2 of 3 open alerts are no longer listed by NinjaOne (14 more were closed for that reason in the last 24 hours)", approved.Held)
	e.requireStanding("closed", gone...)
	e.requireStanding("pending", fresh, later, uids[15])

	require.Equal(t, 16, e.reconcile(0, "--approve").Healed.Resets, "all of this run")
	e.requireStanding("closed", fresh, later)
	e.requireStanding("pending", uids[15])
	e.waitUntil("the approval is no longer needed", func() bool { return e.status().Approval == nil })
}

// What waits for approval and turns out to be active needs none any more.
func TestApprovalIsWithdrawn(t *testing.T) {
	t.Parallel()
	e := newImportedAlertEnv(t, scenario{organizations: 4, devices: 60, companies: 3, settings: []string{"RECONCILE_INTERVAL=2s"}})
	uids := e.openAlerts(14)
	e.ninjaOne.setFaults(emptyAlerts(), lab.Fault{Kind: "device-alerts-empty"})
	require.Equal(t, "14 of 14 open alerts are no longer listed by NinjaOne", e.reconcile(3).Held)
	e.ninjaOne.setFaults()
	e.waitUntil("the approval is no longer needed", func() bool { return e.status().Approval == nil })
	e.requireStanding("pending", uids...)
}

// Where NinjaOne's list names no severity, the activity log does: an import and a reconciliation open what is severe enough and nothing
// else. A severity that nobody knows is never taken for a mild one.
func TestSeverityThatTheListLeavesOut(t *testing.T) {
	t.Parallel()
	e := newConnectedAlertEnv(t, scenario{organizations: 3, devices: 12, companies: 3, settings: []string{"ALERT_MIN_SEVERITY=MAJOR"}})
	e.ninjaOne.act("switches", map[string]any{"alerts_without_severity": true})
	e.webhooks.intercept()
	fire := func(n int, severity string) string {
		spec := condition(n)
		spec["severity"] = severity
		return e.trigger(e.deviceID(n), spec)
	}
	critical, minor := fire(0, "CRITICAL"), fire(1, "MINOR")
	e.waitUntilIdle()
	require.Equal(t, 1, e.runImport().Alerts.Created)
	require.Contains(t, e.requestOf(critical).Body, "\nSeverity: CRITICAL\n")
	require.Empty(t, e.requestsOf(minor))

	missed, mild := fire(2, "MAJOR"), fire(3, "MODERATE")
	e.waitUntilIdle()
	require.Equal(t, 1, e.reconcile(0).Healed.Triggers)
	require.Len(t, e.requestsOf(missed), 1)
	require.Empty(t, e.requestsOf(mild))

	e.webhooks.passThrough()
	e.ninjaOne.act("switches", map[string]any{"webhook_without_severity": true})
	told, quiet := fire(4, "CRITICAL"), fire(5, "MINOR")
	e.waitUntilIdle()
	require.Contains(t, e.requestOf(told).Body, "\nSeverity: CRITICAL\n")
	require.Empty(t, e.requestsOf(quiet), "the log says that it is mild")
	e.ninjaOne.act("switches", map[string]any{"log_without_severity": true})
	unknown := fire(6, "MINOR")
	e.waitUntilIdle()
	require.Len(t, e.requestsOf(unknown), 1, "nobody knows its severity")
	require.Zero(t, e.reconcile(0).Healed)
}
