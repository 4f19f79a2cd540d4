package test

import (
	"net/http"
	"strconv"
	"testing"

	enumspb "go.temporal.io/api/enums/v1"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/simulator/lab"
)

// A workflow that waits for a vendor may be terminated in Temporal's UI, cancelled, or deleted there. The next reconciliation finds what
// is owed and does it, although the workflows' ids have been used.
func TestTerminatedWorkflows(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(e *alertEnv, id string) error{
		"terminated": func(e *alertEnv, id string) error { return e.temporal.TerminateWorkflow(e.ctx, id, "", "by mistake") },
		"cancelled":  func(e *alertEnv, id string) error { return e.temporal.CancelWorkflow(e.ctx, id, "") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newImportedAlertEnv(t, scenario{organizations: 3, devices: 12, companies: 3, settings: []string{"ALERT_MIN_SEVERITY=MAJOR"}})
			end := func(id string) {
				e.waitUntil(id+" waits", func() bool { return e.waits(id) })
				require.NoError(t, end(e, id))
				e.waitUntilIdle()
			}
			cleared, closed, reset := e.openAlert(0), e.openAlert(1), e.openAlert(2)
			requestOf := func(uid string) string { return strconv.FormatInt(e.requestOf(uid).ID, 10) }

			e.accelo.setFaults(lab.Fault{Kind: lab.FaultStatus, Status: http.StatusServiceUnavailable, Path: "/requests"})
			abandoned := e.trigger(e.deviceID(3), condition(3))
			end(flow.AlertTriggeredID("default", abandoned))
			e.reset(cleared)
			end(flow.AlertResetID("default", cleared))
			e.accelo.setFaults()

			e.ninjaOne.setFaults(lab.Fault{Kind: lab.FaultStatus, Status: http.StatusServiceUnavailable, Method: http.MethodDelete})
			e.accelo.act("close-request", map[string]any{"id": e.requestOf(closed).ID})
			end("request-closed/default/" + requestOf(closed))
			e.accelo.act("close-request", map[string]any{"id": e.requestOf(reset).ID})
			end("request-closed/default/" + requestOf(reset))
			e.accelo.act("reopen-request", map[string]any{"id": e.requestOf(reset).ID})
			e.ninjaOne.setFaults()

			e.reconcile(0)
			e.waitUntilIdle()
			require.Equal(t, "pending", e.requestOf(abandoned).Standing)
			require.Contains(t, e.requestOf(abandoned).Body, "condition 3 is met")
			require.Equal(t, "closed", e.requestOf(cleared).Standing)
			require.False(t, e.isActive(closed), "its request was closed")
			require.True(t, e.isActive(reset), "its request is open again")
			again := e.reconcile(0)
			require.Zero(t, again.Healed)
			require.Zero(t, again.Retried)
			require.Zero(t, again.APICalls.AcceloWrites)
			e.requireIdle()
		})
	}
}

// waits reports whether a workflow has a failing activity.
func (e *alertEnv) waits(id string) bool {
	description, err := e.temporal.DescribeWorkflowExecution(e.ctx, id, "")
	if err != nil || description.GetWorkflowExecutionInfo().GetStatus() != enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING {
		return false
	}
	for _, activity := range description.GetPendingActivities() {
		if activity.GetLastFailure() != nil {
			return true
		}
	}
	return false
}

// When the workflow that opens a request is terminated and its alert clears, the fault is not swallowed: its next alerts get a request.
func TestFaultAfterTerminatedOpening(t *testing.T) {
	t.Parallel()
	e := newImportedAlertEnv(t, scenario{organizations: 3, devices: 12, companies: 3, settings: []string{"ALERT_MIN_SEVERITY=MAJOR"}})
	e.accelo.setFaults(lab.Fault{Kind: lab.FaultStatus, Status: http.StatusServiceUnavailable, Path: "/requests"})
	first := e.trigger(e.deviceID(0), condition(0))
	id := flow.AlertTriggeredID("default", first)
	e.waitUntil(id+" waits", func() bool { return e.waits(id) })
	require.NoError(t, e.temporal.TerminateWorkflow(e.ctx, id, "", "by mistake"))
	e.reset(first)
	e.waitUntilIdle()
	e.accelo.setFaults()
	e.reconcile(0)
	for range 3 {
		e.trigger(e.deviceID(0), condition(0))
	}
	e.waitUntilIdle()
	open := 0
	for _, request := range e.accelo.state().Requests {
		if len(alertUIDsIn(request)) > 0 && request.Standing != "closed" {
			open++
		}
	}
	require.Equal(t, 1, open, "one request stands for the three alerts")
}
