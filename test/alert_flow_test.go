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

// In every mode of Accelo, an alert opens a request and its reset closes it; closing or converting the request resets the alert.
func TestAlertFlows(t *testing.T) {
	t.Parallel()
	for _, mode := range []accelo.Mode{accelo.ModeOpen, accelo.ModeNoExtensionKeys, accelo.ModeDocumented} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			e := newImportedAlertEnv(t, scenario{
				organizations: 3, devices: 12, companies: 3, accelo: []string{"-mode", string(mode)}, ninjaOne: []string{"-alerts", "0"},
			})
			e.testTriggerAndReset(mode)
			e.testJoin()
			e.testCloseByTechnician()
			e.testConversion(mode)
			e.requireIdle()
		})
	}
}

// testTriggerAndReset proves that an alert opens one complete request, which closes when the alert resets.
func (e *alertEnv) testTriggerAndReset(mode accelo.Mode) {
	t := e.t
	t.Helper()
	device, organization := e.device(0)
	uid := e.trigger(device.ID, map[string]any{
		"severity": "CRITICAL", "priority": "HIGH", "message": "Disk C: has less than 5% <free> space\n(“Daten” & more)", "subject": "C:",
	})
	e.waitUntilIdle()
	request := e.requestOf(uid)
	require.Equal(t, "Disk C: has less than 5% <free> space (“Daten” & more)", request.Title)
	require.Equal(t, "pending", request.Standing)
	o := e.newOracle()
	require.Equal(t, o.companyOf(organization).DefaultAffiliationID, request.AffiliationID)
	for _, line := range []string{
		"Disk C: has less than 5% <free> space\n(“Daten” & more)\n", "\nDevice: " + deviceTitle(device) + "\n",
		"\nOrganization: " + collapseSpace(organization.Name) + "\n", "\nSeverity: CRITICAL\n", "\nPriority: HIGH\n",
		"\nDevice page: " + o.devicePage(device) + "\n", "\nTriggered: " + time.Now().UTC().Format("2006-"),
	} {
		require.Contains(t, request.Body, line)
	}
	if mode == accelo.ModeDocumented {
		require.Empty(t, e.linkedAssets("request", request.ID))
		notes := e.notes("request", request.ID)
		require.Len(t, notes, 1)
		require.Equal(t, "all", notes[0].Visibility)
		require.Contains(t, notes[0].Subject+notes[0].Body, deviceTitle(device))
	} else {
		require.Equal(t, []int64{e.assetIDOf(device)}, e.linkedAssets("request", request.ID))
		require.Empty(t, e.notes("request", request.ID))
	}
	e.requireFindable(device, uid, request.ID)

	e.resetCalls()
	e.reset(uid)
	e.waitUntilIdle()
	require.Equal(t, "closed", e.requestOf(uid).Standing)
	// The webhook of our own close starts a workflow that ends without calling a vendor.
	require.Equal(t, []string{"GET /requests/{id}", "PUT /requests/{id}"}, e.calls())
	require.Contains(t, e.workflowDetails(requestClosed(strconv.FormatInt(request.ID, 10))), "We closed the request ourselves")
}

// requireFindable requires that search attributes find the alert's workflow, and that its details say what it did.
func (e *alertEnv) requireFindable(device ninjaone.Device, uid string, requestID int64) {
	e.t.Helper()
	for attribute, value := range map[string]string{
		"Connection": connection, "NinjaAlertUid": uid, "NinjaDeviceId": strconv.Itoa(device.ID),
		"NinjaOrganizationId": strconv.Itoa(device.OrganizationID), "AcceloRequestId": strconv.FormatInt(requestID, 10),
	} {
		query := fmt.Sprintf("WorkflowType = 'AlertTriggered' AND %s = '%s'", attribute, value)
		e.waitUntil("the workflow is found by "+attribute, func() bool {
			found, err := e.temporal.ListWorkflow(e.ctx, &workflowservice.ListWorkflowExecutionsRequest{Query: query})
			require.NoError(e.t, err)
			for _, execution := range found.GetExecutions() {
				if execution.GetExecution().GetWorkflowId() == alertTriggered(uid) {
					return true
				}
			}
			return false
		})
	}
	require.Contains(e.t, e.workflowDetails(alertTriggered(uid)), fmt.Sprintf("Request %d opened", requestID))
	described, err := e.temporal.DescribeWorkflow(e.ctx, alertTriggered(uid), "")
	require.NoError(e.t, err)
	require.NotEmpty(e.t, described.WorkflowExecutionMetadata)
}

// testJoin proves that repeated alerts join the open request, which gets one note and closes with the last reset.
func (e *alertEnv) testJoin() {
	t := e.t
	t.Helper()
	device, _ := e.device(1)
	first, request := e.openRequest(device.ID, 1)
	before := len(e.notes("request", request.ID))
	again := []string{e.trigger(device.ID, condition(1)), e.trigger(device.ID, condition(1)), e.trigger(device.ID, condition(1))}
	e.waitUntilIdle()
	for _, uid := range again {
		require.Empty(t, e.requestsOf(uid), "a repeated alert opened a second request")
		require.Equal(t, flow.Joined, e.workflowResult(alertTriggered(uid)).Outcome)
	}
	require.Len(t, e.notes("request", request.ID), before+1)
	for _, uid := range []string{first, again[1], again[0]} {
		e.reset(uid)
	}
	e.waitUntilIdle()
	require.Equal(t, "pending", e.requestByID(request.ID).Standing, "closed although one of its alerts is active")
	e.reset(again[2])
	e.waitUntilIdle()
	require.Equal(t, "closed", e.requestByID(request.ID).Standing)

	next, fresh := e.openRequest(device.ID, 1)
	require.NotEqual(t, request.ID, fresh.ID, "without a reopen window the next alert opens a new request")
	e.reset(next)
}

// testCloseByTechnician proves that closing a request resets each of its alerts once, and that the webhooks of these resets cause
// no call.
func (e *alertEnv) testCloseByTechnician() {
	t := e.t
	t.Helper()
	device, _ := e.device(2)
	first, request := e.openRequest(device.ID, 2)
	second := e.trigger(device.ID, condition(2))
	e.waitUntilIdle()
	e.resetCalls()
	e.accelo.act("close-request", map[string]any{"id": request.ID})
	e.waitUntilIdle()
	require.False(t, e.isActive(first))
	require.False(t, e.isActive(second))
	require.Equal(t, []string{"GET /requests/{id}", "DELETE /v2/alert/{id}", "DELETE /v2/alert/{id}"}, e.calls())
	require.Contains(t, e.workflowDetails(requestClosed(strconv.FormatInt(request.ID, 10))), "2 alerts reset")

	// After a technician reopens it, the next alert joins it, and closing it again resets that alert.
	e.accelo.act("reopen-request", map[string]any{"id": request.ID})
	e.waitUntilIdle()
	third := e.trigger(device.ID, condition(2))
	e.waitUntilIdle()
	require.Empty(t, e.requestsOf(third))
	e.accelo.act("close-request", map[string]any{"id": request.ID})
	e.waitUntilIdle()
	require.False(t, e.isActive(third))

	// An alert that NinjaOne has already reset counts as reset.
	ended, request := e.openRequest(device.ID, 2)
	e.webhooks.intercept()
	e.reset(ended)
	e.ninjaOne.act("deliveries/drain", nil) // makes Accelo's delivery the last one
	e.accelo.act("close-request", map[string]any{"id": request.ID})
	e.accelo.act("deliveries/drain", nil)
	closed := e.webhooks.recorded(0)
	e.webhooks.passThrough()
	require.Equal(t, http.StatusAccepted, e.deliver(closed[len(closed)-1]))
	require.Contains(t, e.workflowResult(requestClosed(strconv.FormatInt(request.ID, 10))).Text, "1 was already reset")
}

// testConversion proves that a conversion resets the alert and links the asset to the new ticket, project or sale, however Accelo
// spells its type.
func (e *alertEnv) testConversion(mode accelo.Mode) {
	t := e.t
	t.Helper()
	device, _ := e.device(3)
	n := 10
	for _, target := range []string{"issue", "job", "prospect"} {
		for _, spelling := range []string{"default", "plural", "title"} {
			e.accelo.act("set-switches", map[string]any{"conversion_spelling": spelling})
			n++
			uid, request := e.openRequest(device.ID, n)
			e.resetCalls()
			work := e.accelo.actID("convert-request", map[string]any{"id": request.ID, "target": target})
			e.waitUntilIdle()
			require.False(t, e.isActive(uid), "%s, spelt %s", target, spelling)
			require.Equal(t, "converted", e.requestByID(request.ID).Standing)
			calls := []string{"GET /requests/{id}", "DELETE /v2/alert/{id}"}
			if mode == accelo.ModeDocumented {
				require.Empty(t, e.linkedAssets(target, work))
			} else {
				require.Equal(t, []int64{e.assetIDOf(device)}, e.linkedAssets(target, work), "%s, spelt %s", target, spelling)
				calls = []string{"GET /requests/{id}", "GET /assets/links", "POST /assets/{id}/links", "DELETE /v2/alert/{id}"}
			}
			require.Equal(t, calls, e.calls(), "%s, spelt %s", target, spelling)
			require.Empty(t, e.notes(target, work), "a note about a reset that the conversion itself caused")
		}
	}
}

// An alert whose company and device are linked and unchanged takes three calls, the first of which opens the request.
func TestAlertWarm(t *testing.T) {
	t.Parallel()
	e := newImportedAlertEnv(t, scenario{organizations: 2, devices: 6, ninjaOne: []string{"-alerts", "0"}})
	device, _ := e.device(0)
	e.openRequest(device.ID, 1) // the first one also learns that assets can be linked to requests
	e.resetCalls()
	e.openRequest(device.ID, 2)
	require.Equal(t, []string{"POST /requests", "GET /v2/device/{id}", "POST /assets/{id}/links"}, e.calls())
	e.requireIdle()
}

// An import opens one request for each alert that is already active. A second import leaves them alone.
func TestAlertsImported(t *testing.T) {
	t.Parallel()
	e := newConnectedAlertEnv(t, scenario{organizations: 3, devices: 20, companies: 3, ninjaOne: []string{"-alerts", "7"}})
	active := e.ninjaOne.state().Alerts
	require.Len(t, active, 7)
	plan := e.runImport("--plan")
	require.Equal(t, 7, plan.Alerts.total())
	require.Equal(t, e.initial.Requests, e.accelo.state().Requests, "the plan opened requests")
	report := e.runImport()
	require.Equal(t, 7, report.Alerts.Created+report.Alerts.Matched)
	require.Equal(t, 7, report.Alerts.total())
	e.waitUntilIdle()
	opened := e.accelo.state()
	require.Len(t, opened.Requests, len(e.initial.Requests)+report.Alerts.Created)
	for _, alert := range active {
		require.LessOrEqual(t, len(requestsNaming(opened, alert.UID)), 1)
	}
	status := decodeStrict[statusReport](t, e.starter("status", "--json").Stdout).Connections[0]
	require.Equal(t, 7, status.OpenAlerts)
	again := e.runImport()
	require.Equal(t, counts{Unchanged: 7}, again.Alerts)
	for _, alert := range active {
		e.reset(alert.UID)
	}
	e.waitUntilIdle()
	for _, request := range e.accelo.state().Requests[len(e.initial.Requests):] {
		require.Equal(t, "closed", request.Standing)
	}
	require.Zero(t, decodeStrict[statusReport](t, e.starter("status", "--json").Stdout).Connections[0].OpenAlerts)
	e.requireIdle()
}
