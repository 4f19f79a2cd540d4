package test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/lab"
)

// While webhooks are lost, alerts trigger and reset, and technicians close and convert requests. One reconciliation recovers all of it, in
// a number of calls that does not depend on the number of devices. A second one finds nothing.
func TestReconcileRecoversMissedEvents(t *testing.T) {
	t.Parallel()
	for _, size := range []int{20, 300} {
		t.Run(itoa(int64(size))+" devices", func(t *testing.T) {
			t.Parallel()
			e := newImportedAlertEnv(t, scenario{organizations: 4, devices: size, companies: 3})
			open, closed, converted, reopened := e.openAlert(0), e.openAlert(1), e.openAlert(2), e.openAlert(3)
			e.accelo.act("close-request", map[string]any{"id": e.requestOf(reopened).ID})
			e.waitUntilIdle()
			e.webhooks.intercept()
			e.reset(open)
			e.accelo.act("close-request", map[string]any{"id": e.requestOf(closed).ID})
			e.accelo.act("convert-request", map[string]any{"id": e.requestOf(converted).ID, "target": "issue"})
			fired, passed := e.trigger(e.deviceID(4), condition(4)), e.trigger(e.deviceID(5), condition(5))
			e.reset(passed)
			e.waitUntilIdle()
			require.Empty(t, e.requestsOf(fired))
			e.webhooks.passThrough()

			e.resetCalls()
			report := e.reconcile(0)
			require.Equal(t, flow.Healed{Triggers: 2, Resets: 2, Requests: 2}, report.Healed)
			require.Empty(t, report.Failures)
			require.Equal(t, flow.Webhooks{NinjaOne: flow.Registered, Accelo: flow.Registered}, report.Webhooks)
			e.waitUntilIdle()
			require.Equal(t, "closed", e.requestOf(open).Standing)
			require.False(t, e.isActive(closed), "its request was closed")
			require.False(t, e.isActive(converted), "its request was converted")
			require.Equal(t, "pending", e.requestOf(fired).Standing)
			require.Equal(t, "closed", e.requestOf(passed).Standing, "an alert that triggered and reset in the meantime gets a closed request")
			require.Contains(t, e.requestOf(fired).Body, "Organization: ")

			again := e.reconcile(0)
			require.Zero(t, again.Healed)
			require.Zero(t, again.APICalls.AcceloWrites)
			// NinjaOne: the activity log to its end, because all of it is recent; alerts, webhook, and the lists of organizations and
			// devices, of which the latter takes a call more to prove its end. Accelo: requests and subscriptions.
			require.Equal(t, flow.APICalls{Ninjaone: 7, Accelo: 2}, again.APICalls)
			e.requireIdle()
		})
	}
}

// Events that the activity log doesn't show are found by comparing active alerts: missed alerts at once, and missed resets once the
// device's own list agrees in two reconciliations.
func TestReconcileComparesActiveAlerts(t *testing.T) {
	t.Parallel()
	e := newImportedAlertEnv(t, scenario{organizations: 3, devices: 12, companies: 3})
	ended := e.openAlert(0)
	e.webhooks.intercept()
	e.reset(ended)
	missed := e.trigger(e.deviceID(1), condition(1))
	e.waitUntilIdle()
	e.webhooks.passThrough()
	e.ageAlerts()
	e.ninjaOne.setFaults(lab.Fault{Kind: "feed-lag", DelayMillis: 3_600_000})
	require.Equal(t, flow.Healed{Triggers: 1}, e.reconcile(0).Healed)
	require.Equal(t, "pending", e.requestOf(ended).Standing)
	require.Equal(t, flow.Healed{Resets: 1}, e.reconcile(0).Healed)
	require.Equal(t, "closed", e.requestOf(ended).Standing)
	require.Equal(t, "pending", e.requestOf(missed).Standing)
	device, organization := e.device(1)
	require.Contains(t, e.requestOf(missed).Body, "\nDevice: "+deviceTitle(device)+"\n")
	require.Contains(t, e.requestOf(missed).Body, "\nOrganization: "+collapseSpace(organization.Name)+"\n")
	e.ninjaOne.setFaults()
	require.Zero(t, e.reconcile(0).Healed, "recovered by comparison, and again from the log")
	e.requireIdle()
}

// Before the first import, a reconciliation opens no requests for active alerts: the import does.
func TestReconcileLeavesOldAlertsToImport(t *testing.T) {
	t.Parallel()
	e := newRunningAlertEnv(t, scenario{organizations: 3, devices: 12, companies: 3})
	uid := e.trigger(e.deviceID(0), condition(0))
	require.Equal(t, 0, e.starter("connect").Code)
	require.Zero(t, e.reconcile(0).Healed)
	require.Empty(t, e.requestsOf(uid))
	require.Equal(t, 1, e.runImport().Alerts.Created)
}

// If a device is deleted in NinjaOne, its asset gets one note and is not deleted.
func TestReconcileNotesDeletions(t *testing.T) {
	t.Parallel()
	e := newImportedAlertEnv(t, scenario{organizations: 4, devices: 40, companies: 3})
	device, _ := e.device(0)
	asset, assets := e.assetIDOf(device), len(e.accelo.state().Assets)
	e.ninjaOne.act("devices/delete", map[string]any{"id": device.ID})
	e.waitUntilIdle()
	require.Equal(t, flow.Gone{Devices: 1}, e.reconcile(0).Gone)
	notes := e.notes("asset", asset)
	require.Len(t, notes, 1)
	require.Contains(t, notes[0].Subject, "Removed from NinjaOne")
	require.Zero(t, e.reconcile(0).Gone)
	require.Len(t, e.notes("asset", asset), 1)
	require.Len(t, e.accelo.state().Assets, assets)

	e.ninjaOne.setFaults(lab.Fault{Kind: "list-empty", Path: "/devices"})
	require.Empty(t, e.reconcile(0).Held, "NinjaOne still has each of them")
	require.Empty(t, e.status().Approval)
}

// A reconciliation registers both webhooks again: the subscription that Accelo deleted, and the webhook that another tool replaced.
func TestReconcileRepairsWebhooks(t *testing.T) {
	t.Parallel()
	e := newImportedAlertEnv(t, scenario{organizations: 3, devices: 12, companies: 3})
	e.ninjaOne.act("webhook", map[string]any{"url": "http://127.0.0.1:9/other"})
	for _, subscription := range e.accelo.state().Subscriptions {
		e.accelo.act("delete-subscription", map[string]any{"id": subscription.ID})
	}
	e.reconcile(0)
	uid := e.openAlert(0)
	e.accelo.act("close-request", map[string]any{"id": e.requestOf(uid).ID})
	e.waitUntilIdle()
	require.False(t, e.isActive(uid))
}

// A reconciliation retries a failed alert.
func TestReconcileRetriesFailedAlerts(t *testing.T) {
	t.Parallel()
	e := newImportedAlertEnv(t, scenario{organizations: 3, devices: 12, companies: 3})
	e.accelo.setFaults(lab.Fault{Kind: accelo.FaultNotOK, Method: "POST", Path: "/requests$", Params: map[string]string{
		"status": "invalid_request", "message": "no",
	}})
	uid := e.trigger(e.deviceID(0), condition(0))
	e.waitUntilIdle()
	require.Empty(t, e.requestsOf(uid))
	failed := e.reconcile(4)
	require.Len(t, failed.Failures, 1)
	e.accelo.setFaults()
	require.Equal(t, 1, e.reconcile(0).Retried)
	require.Equal(t, "pending", e.requestOf(uid).Standing)
	require.Empty(t, e.status().Failures)
}

// openAlert triggers an alert on the n-th device and returns its UID when its request is open.
func (e *alertEnv) openAlert(n int) (uid string) {
	e.t.Helper()
	uid, _ = e.openRequest(e.deviceID(n), n)
	return uid
}

func (e *alertEnv) deviceID(n int) int {
	device, _ := e.device(n)
	return device.ID
}

// reconcile runs `starter reconcile`, requires its exit code and returns its report.
func (e *alertEnv) reconcile(code int, flags ...string) flow.ReconcileResult {
	e.t.Helper()
	result := e.starter(append([]string{"reconcile", "--json"}, flags...)...)
	require.Equal(e.t, code, result.Code, "%s%s", result.Stdout, result.Stderr)
	return decodeStrict[flow.ReconcileResult](e.t, result.Stdout)
}

// ageAlerts makes all known alerts an hour older. A new alert that is missing in the list doesn't count as reset yet.
func (e *alertEnv) ageAlerts() {
	e.t.Helper()
	database, err := pgx.Connect(e.ctx, e.database)
	require.NoError(e.t, err)
	defer func() { _ = database.Close(e.ctx) }()
	_, err = database.Exec(e.ctx, `UPDATE alerts SET created_at = created_at - interval '1 hour'`)
	require.NoError(e.t, err)
}

// A schedule that someone deletes in Temporal's UI comes back by itself, and its runs find what was missed.
func TestDeletedScheduleComesBack(t *testing.T) {
	t.Parallel()
	e := newImportedAlertEnv(t, scenario{organizations: 1, devices: 2, companies: 1, settings: []string{"RECONCILE_INTERVAL=2s"}})
	e.webhooks.intercept()
	require.NoError(t, e.temporal.ScheduleClient().GetHandle(e.ctx, "reconcile/default").Delete(e.ctx))
	missed := e.trigger(e.deviceID(0), condition(0))
	e.waitUntil("a scheduled reconciliation has found the alert", func() bool { return len(e.requestsOf(missed)) == 1 })
	_, err := e.temporal.ScheduleClient().GetHandle(e.ctx, "reconcile/default").Describe(e.ctx)
	require.NoError(t, err)
}
