package test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/simulator/lab"
)

// An alert needs no import: it creates its company and asset. An alert of an unapproved or deleted device gets a request too.
func TestAlertBeforeImport(t *testing.T) {
	t.Parallel()
	e := newConnectedAlertEnv(t, scenario{organizations: 3, devices: 9, ninjaOne: []string{"-alerts", "0"}})
	device, organization := e.device(0)
	_, request := e.openRequest(device.ID, 1)
	o := e.newOracle()
	require.Equal(t, o.companyOf(organization).DefaultAffiliationID, request.AffiliationID)
	require.NotZero(t, e.assetIDOf(device))
	require.Equal(t, []int64{e.assetIDOf(device)}, e.linkedAssets("request", request.ID))

	pending := int(e.ninjaOne.actID("devices", map[string]any{"organization_id": organization.ID, "system_name": "fresh", "pending": true}))
	_, request = e.openRequest(pending, 2)
	require.Empty(t, e.linkedAssets("request", request.ID))
	require.Len(t, e.notes("request", request.ID), 1)
	require.Contains(t, request.Body, "\nDevice: fresh\n")

	e.testDeletedDevices()
	e.testDeletedAsset()
	e.requireIdle()
}

// testDeletedDevices proves that the organization is enough for a request, and that without it the alert fails with the reason.
func (e *alertEnv) testDeletedDevices() {
	t := e.t
	t.Helper()
	_, organization := e.device(1)
	named := int(e.ninjaOne.actID("devices", map[string]any{"organization_id": organization.ID, "system_name": "short-lived"}))
	nameless := int(e.ninjaOne.actID("devices", map[string]any{"organization_id": organization.ID, "system_name": "nameless"}))
	e.webhooks.intercept()
	known := e.trigger(named, condition(10))
	e.ninjaOne.act("switches", map[string]any{"webhook_without_device": true})
	unknown := e.trigger(nameless, condition(11))
	e.ninjaOne.act("switches", map[string]any{"webhook_without_device": false})
	e.ninjaOne.act("deliveries/drain", nil)
	e.ninjaOne.act("devices/delete", map[string]any{"id": named})
	e.ninjaOne.act("devices/delete", map[string]any{"id": nameless})
	e.deliverAll(e.webhooks.find(t, known, "TRIGGERED"), e.webhooks.find(t, unknown, "TRIGGERED"))
	e.webhooks.passThrough()
	e.waitForWorkflows(alertTriggered(known), alertTriggered(unknown))
	require.Contains(t, e.requestOf(known).Body, "short-lived")
	require.Empty(t, e.requestsOf(unknown))
	require.Equal(t, []string{unknown}, e.failedAlerts("no longer exists"))
}

// testDeletedAsset proves that after an asset was deleted in Accelo, other assets are still linked to their requests.
func (e *alertEnv) testDeletedAsset() {
	t := e.t
	t.Helper()
	first, _ := e.device(3)
	second, _ := e.device(4)
	e.openRequest(first.ID, 20)
	e.accelo.act("delete-asset", map[string]any{"id": e.assetIDOf(first)})
	e.openRequest(first.ID, 21)
	_, request := e.openRequest(second.ID, 22)
	require.Equal(t, []int64{e.assetIDOf(second)}, e.linkedAssets("request", request.ID))
}

// failedAlerts returns the UIDs of the alerts that `starter status` shows as failed with a reason that contains the text.
func (e *alertEnv) failedAlerts(reason string) []string {
	e.t.Helper()
	uids := []string{}
	for _, failure := range decodeStrict[statusReport](e.t, e.starter("status", "--json").Stdout).Connections[0].Failures {
		if failure.Kind == "alert" && strings.Contains(failure.Error, reason) {
			require.Equal(e.t, alertTriggered(failure.NinjaID), failure.WorkflowID)
			uids = append(uids, failure.NinjaID)
		}
	}
	slices.Sort(uids)
	return uids
}

// Without its request type an alert fails and `starter status` shows it; `starter connect` retries it once the type exists. An alert
// that Accelo rejected is retried by `starter retry`.
func TestFailedAlertsAreRetried(t *testing.T) {
	t.Parallel()
	e := newRunningAlertEnv(t, scenario{
		organizations: 2, devices: 6, ninjaOne: []string{"-alerts", "0"}, settings: []string{"ACCELO_REQUEST_TYPE=Alarms"},
	})
	require.Equal(t, 3, e.starter("connect").Code)
	device, _ := e.device(0)
	first, second := e.trigger(device.ID, condition(1)), e.trigger(device.ID, condition(2))
	e.waitUntilIdle()
	uids := []string{first, second}
	slices.Sort(uids)
	require.Equal(t, uids, e.failedAlerts("request type"))
	e.reset(second) // in the meantime
	e.waitUntilIdle()

	e.accelo.act("add-request-type", map[string]any{"title": "Alarms"})
	require.Equal(t, 0, e.starter("connect").Code)
	e.waitForWorkflows(alertTriggered(first), alertTriggered(second))
	require.Empty(t, e.failedAlerts(""))
	require.Equal(t, "pending", e.requestOf(first).Standing)
	require.Empty(t, e.requestsOf(second), "a request for an alert that was already reset")

	e.accelo.setFaults(lab.Fault{Kind: lab.FaultStatus, Status: http.StatusBadRequest, Method: http.MethodPost, Path: "/requests$"})
	refused := e.trigger(device.ID, condition(3))
	e.waitUntilIdle()
	require.Equal(t, []string{refused}, e.failedAlerts(""))
	e.accelo.setFaults()
	for _, arguments := range [][]string{{"retry", "--alert", first}, {"retry", "--organization", "4711"}} {
		require.Equal(t, 0, e.starter(arguments...).Code)
		require.Equal(t, []string{refused}, e.failedAlerts(""), "retried an alert that was not selected")
	}
	retried := e.starter("retry", "--json", "--alert", refused)
	require.Equal(t, 0, retried.Code)
	require.True(t, json.Valid([]byte(retried.Stdout)))
	e.waitForWorkflows(alertTriggered(refused))
	require.Empty(t, e.failedAlerts(""))
	require.Len(t, e.requestsOf(refused), 1)
	e.requireIdle()
}
