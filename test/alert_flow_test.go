package test

import (
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/workflowservice/v1"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/ninjaone"
)

// A condition fires, clears, is closed or converted by a technician: what that means on the other side, in every mode of Accelo.
func TestAlertFlows(t *testing.T) {
	t.Parallel()
	for _, mode := range []accelo.Mode{accelo.ModeOpen, accelo.ModeNoExtensionKeys, accelo.ModeDocumented} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			w := importedAlerts(t, scenario{
				organizations: 3, devices: 12, companies: 3, accelo: []string{"-mode", string(mode)}, ninjaOne: []string{"-alerts", "0"},
			})
			w.triggeredAndReset(mode)
			w.joined()
			w.closedByTechnician()
			w.converted(mode)
			w.standStill()
		})
	}
}

// triggeredAndReset: one request with everything a technician wants to know, which closes when the condition clears.
func (w *alertWorld) triggeredAndReset(mode accelo.Mode) {
	t := w.t
	t.Helper()
	device, organization := w.device(0)
	uid := w.trigger(device.ID, map[string]any{
		"severity": "CRITICAL", "priority": "HIGH", "message": "Disk C: has less than 5% <free> space\n(“Daten” & more)", "subject": "C:",
	})
	w.quiet()
	request := w.request(uid)
	require.Equal(t, "Disk C: has less than 5% <free> space (“Daten” & more)", request.Title)
	require.Equal(t, "pending", request.Standing)
	o := &oracle{world: w.world, accelo: w.accelo.state()}
	require.Equal(t, o.companyOf(organization).DefaultAffiliationID, request.AffiliationID)
	for _, line := range []string{
		"Disk C: has less than 5% <free> space\n(“Daten” & more)\n", "\nDevice: " + deviceTitle(device) + "\n",
		"\nOrganization: " + clean(organization.Name) + "\n", "\nSeverity: CRITICAL\n", "\nPriority: HIGH\n",
		"\nDevice page: " + o.devicePage(device) + "\n", "\nTriggered: " + time.Now().UTC().Format("2006-"),
	} {
		require.Contains(t, request.Body, line)
	}
	if mode == accelo.ModeDocumented {
		require.Empty(t, w.linked("request", request.ID))
		notes := w.notes("request", request.ID)
		require.Len(t, notes, 1)
		require.Equal(t, "all", notes[0].Visibility)
		require.Contains(t, notes[0].Subject+notes[0].Body, deviceTitle(device))
	} else {
		require.Equal(t, []int64{w.assetOf(device)}, w.linked("request", request.ID))
		require.Empty(t, w.notes("request", request.ID))
	}
	w.findable(device, uid, request.ID)

	w.forgetCalls()
	w.reset(uid)
	w.quiet()
	require.Equal(t, "closed", w.request(uid).Standing)
	// The webhook of our own close starts a flow that ends without asking anybody.
	require.Equal(t, []string{"GET /requests/{id}", "PUT /requests/{id}"}, w.calls())
	require.Contains(t, w.details(requestClosed(strconv.FormatInt(request.ID, 10))), "we closed the request ourselves")
}

// findable: the execution is found by each of its ids, and says what it did.
func (w *alertWorld) findable(device ninjaone.Device, uid string, requestID int64) {
	w.t.Helper()
	for attribute, value := range map[string]string{
		"Connection": connection, "NinjaAlertUid": uid, "NinjaDeviceId": strconv.Itoa(device.ID),
		"NinjaOrganizationId": strconv.Itoa(device.OrganizationID), "AcceloRequestId": strconv.FormatInt(requestID, 10),
	} {
		query := fmt.Sprintf("WorkflowType = 'AlertTriggered' AND %s = '%s'", attribute, value)
		w.until("the execution is found by "+attribute, func() bool {
			found, err := w.temporal.ListWorkflow(w.ctx, &workflowservice.ListWorkflowExecutionsRequest{Query: query})
			require.NoError(w.t, err)
			for _, execution := range found.GetExecutions() {
				if execution.GetExecution().GetWorkflowId() == alertTriggered(uid) {
					return true
				}
			}
			return false
		})
	}
	require.Contains(w.t, w.details(alertTriggered(uid)), fmt.Sprintf("request %d opened", requestID))
	described, err := w.temporal.DescribeWorkflow(w.ctx, alertTriggered(uid), "")
	require.NoError(w.t, err)
	require.NotEmpty(w.t, described.WorkflowExecutionMetadata)
}

// joined: the same fault again, while its request is open, is counted there, with one note; the last reset closes it.
func (w *alertWorld) joined() {
	t := w.t
	t.Helper()
	device, _ := w.device(1)
	first, request := w.opens(device.ID, 1)
	before := len(w.notes("request", request.ID))
	again := []string{w.trigger(device.ID, condition(1)), w.trigger(device.ID, condition(1)), w.trigger(device.ID, condition(1))}
	w.quiet()
	for _, uid := range again {
		require.Empty(t, w.requests(uid), "a request of its own for a fault that has one")
		require.Equal(t, flow.Joined, w.result(alertTriggered(uid)).Outcome)
	}
	require.Len(t, w.notes("request", request.ID), before+1)
	for _, uid := range []string{first, again[1], again[0]} {
		w.reset(uid)
	}
	w.quiet()
	require.Equal(t, "pending", w.requestByID(request.ID).Standing, "closed although an alert is active")
	w.reset(again[2])
	w.quiet()
	require.Equal(t, "closed", w.requestByID(request.ID).Standing)

	next, fresh := w.opens(device.ID, 1)
	require.NotEqual(t, request.ID, fresh.ID, "without a reopen window the next occurrence has a request of its own")
	w.reset(next)
}

// closedByTechnician: every alert that the request stands for is reset, once, and the resets' own webhooks cost nothing.
func (w *alertWorld) closedByTechnician() {
	t := w.t
	t.Helper()
	device, _ := w.device(2)
	first, request := w.opens(device.ID, 2)
	second := w.trigger(device.ID, condition(2))
	w.quiet()
	w.forgetCalls()
	w.accelo.act("close-request", map[string]any{"id": request.ID})
	w.quiet()
	require.False(t, w.active(first))
	require.False(t, w.active(second))
	require.Equal(t, []string{"GET /requests/{id}", "DELETE /v2/alert/{id}", "DELETE /v2/alert/{id}"}, w.calls())
	require.Contains(t, w.details(requestClosed(strconv.FormatInt(request.ID, 10))), "2 alerts reset")

	// Reopened by hand, it counts for the same fault again; closed once more, it resets that.
	w.accelo.act("reopen-request", map[string]any{"id": request.ID})
	w.quiet()
	third := w.trigger(device.ID, condition(2))
	w.quiet()
	require.Empty(t, w.requests(third))
	w.accelo.act("close-request", map[string]any{"id": request.ID})
	w.quiet()
	require.False(t, w.active(third))

	// What NinjaOne has lost already counts as done.
	gone, request := w.opens(device.ID, 2)
	w.gate.close()
	w.reset(gone)
	w.ninjaOne.act("deliveries/drain", nil) // so that the last delivery is Accelo's
	w.accelo.act("close-request", map[string]any{"id": request.ID})
	w.accelo.act("deliveries/drain", nil)
	closed := w.gate.since(0)
	w.gate.open()
	require.Equal(t, http.StatusAccepted, w.deliver(closed[len(closed)-1]))
	require.Contains(t, w.result(requestClosed(strconv.FormatInt(request.ID, 10))).Text, "1 was already reset")
}

// converted: the alert is reset and the asset goes along to the ticket, the project or the sale, however Accelo spells it.
func (w *alertWorld) converted(mode accelo.Mode) {
	t := w.t
	t.Helper()
	device, _ := w.device(3)
	n := 10
	for _, target := range []string{"issue", "job", "prospect"} {
		for _, spelling := range []string{"default", "plural", "title"} {
			w.accelo.act("set-switches", map[string]any{"conversion_spelling": spelling})
			n++
			uid, request := w.opens(device.ID, n)
			w.forgetCalls()
			work := w.accelo.id("convert-request", map[string]any{"id": request.ID, "target": target})
			w.quiet()
			require.False(t, w.active(uid), "%s, spelt %s", target, spelling)
			require.Equal(t, "converted", w.requestByID(request.ID).Standing)
			calls := []string{"GET /requests/{id}", "DELETE /v2/alert/{id}"}
			if mode == accelo.ModeDocumented {
				require.Empty(t, w.linked(target, work))
			} else {
				require.Equal(t, []int64{w.assetOf(device)}, w.linked(target, work), "%s, spelt %s", target, spelling)
				calls = []string{"GET /requests/{id}", "GET /assets/links", "POST /assets/{id}/links", "DELETE /v2/alert/{id}"}
			}
			require.Equal(t, calls, w.calls(), "%s, spelt %s", target, spelling)
			require.Empty(t, w.notes(target, work), "a note about a reset that the conversion itself has caused")
		}
	}
}

// The request comes first, then what it does not need: three calls for an alert whose company and device are known and
// unchanged.
func TestAlertWarm(t *testing.T) {
	t.Parallel()
	w := importedAlerts(t, scenario{organizations: 2, devices: 6, ninjaOne: []string{"-alerts", "0"}})
	device, _ := w.device(0)
	w.opens(device.ID, 1) // the first one also finds out that assets can be linked to requests
	w.forgetCalls()
	w.opens(device.ID, 2)
	require.Equal(t, []string{"POST /requests", "GET /v2/device/{id}", "POST /assets/{id}/links"}, w.calls())
	w.standStill()
}

// Alerts that are active already come in with the full import, each once; a second import leaves them alone.
func TestAlertsImported(t *testing.T) {
	t.Parallel()
	w := connectedAlerts(t, scenario{organizations: 3, devices: 20, companies: 3, ninjaOne: []string{"-alerts", "7"}})
	active := w.ninjaOne.state().Alerts
	require.Len(t, active, 7)
	plan := w.imports("--plan")
	require.Equal(t, 7, plan.Alerts.total())
	require.Equal(t, w.before.Requests, w.accelo.state().Requests, "a plan opened requests")
	report := w.imports()
	require.Equal(t, 7, report.Alerts.Created+report.Alerts.Matched)
	require.Equal(t, 7, report.Alerts.total())
	w.quiet()
	opened := w.accelo.state()
	require.Len(t, opened.Requests, len(w.before.Requests)+report.Alerts.Created)
	for _, alert := range active {
		require.LessOrEqual(t, len(markedRequests(opened, alert.UID)), 1)
	}
	status := decodeStrict[statusReport](t, w.run("status", "--json").Stdout).Connections[0]
	require.Equal(t, 7, status.OpenAlerts)
	again := w.imports()
	require.Equal(t, counts{Unchanged: 7}, again.Alerts)
	for _, alert := range active {
		w.reset(alert.UID)
	}
	w.quiet()
	for _, request := range w.accelo.state().Requests[len(w.before.Requests):] {
		require.Equal(t, "closed", request.Standing)
	}
	require.Zero(t, decodeStrict[statusReport](t, w.run("status", "--json").Stdout).Connections[0].OpenAlerts)
	w.standStill()
}
