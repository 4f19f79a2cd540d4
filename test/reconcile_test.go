package test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/simulator/accelo"
	"ninjaone-accelo/internal/simulator/lab"
)

// While nobody listens, alerts fire and clear and technicians close and convert requests: one reconcile heals all of it, in a
// number of calls that does not grow with what is known, and a second one finds nothing.
func TestReconcileHealsWhatWebhooksDidNotTell(t *testing.T) {
	t.Parallel()
	for _, size := range []int{20, 300} {
		t.Run(itoa(int64(size))+" devices", func(t *testing.T) {
			t.Parallel()
			w := importedAlerts(t, scenario{organizations: 4, devices: size, companies: 3})
			open, closed, converted, reopened := w.fires(0), w.fires(1), w.fires(2), w.fires(3)
			w.accelo.act("close-request", map[string]any{"id": w.request(reopened).ID})
			w.quiet()
			w.gate.close()
			w.reset(open)
			w.accelo.act("close-request", map[string]any{"id": w.request(closed).ID})
			w.accelo.act("convert-request", map[string]any{"id": w.request(converted).ID, "target": "issue"})
			fired, passed := w.trigger(w.deviceID(4), condition(4)), w.trigger(w.deviceID(5), condition(5))
			w.reset(passed)
			w.quiet()
			require.Empty(t, w.requests(fired))
			w.gate.open()

			w.forgetCalls()
			report := w.reconcile(0)
			require.Equal(t, flow.Healed{Triggers: 2, Resets: 2, Requests: 2}, report.Healed)
			require.Empty(t, report.Failures)
			require.Equal(t, flow.Webhooks{NinjaOne: flow.Registered, Accelo: flow.Registered}, report.Webhooks)
			w.quiet()
			require.Equal(t, "closed", w.request(open).Standing)
			require.False(t, w.active(closed), "its request was closed")
			require.False(t, w.active(converted), "its request was converted")
			require.Equal(t, "pending", w.request(fired).Standing)
			require.Equal(t, "closed", w.request(passed).Standing, "an alert that came and went leaves its trace")
			require.Contains(t, w.request(fired).Body, "Organization: ")

			again := w.reconcile(0)
			require.Zero(t, again.Healed)
			require.Zero(t, again.APICalls.AcceloWrites)
			// The log, to its end, as all of it is fresh; the alerts, the webhook, both lists for what was deleted; requests and
			// subscriptions.
			require.Equal(t, flow.APICalls{Ninjaone: 6, Accelo: 2}, again.APICalls)
			w.standStill()
		})
	}
}

// What the activity log no longer tells is found by comparing: alerts that are active, and alerts that are not any more.
func TestReconcileComparesActiveAlerts(t *testing.T) {
	t.Parallel()
	w := importedAlerts(t, scenario{organizations: 3, devices: 12, companies: 3})
	gone := w.fires(0)
	w.gate.close()
	w.reset(gone)
	missed := w.trigger(w.deviceID(1), condition(1))
	w.quiet()
	w.gate.open()
	w.age()
	w.ninjaOne.fail(lab.Fault{Kind: "feed-lag", DelayMillis: 3_600_000})
	report := w.reconcile(0)
	require.Equal(t, flow.Healed{Triggers: 1, Resets: 1}, report.Healed)
	require.Equal(t, "closed", w.request(gone).Standing)
	require.Equal(t, "pending", w.request(missed).Standing)
	device, organization := w.device(1)
	require.Contains(t, w.request(missed).Body, "\nDevice: "+deviceTitle(device)+"\n")
	require.Contains(t, w.request(missed).Body, "\nOrganization: "+clean(organization.Name)+"\n")
	w.ninjaOne.fail()
	require.Zero(t, w.reconcile(0).Healed, "what was healed by comparison is not healed once more from the log")
	w.standStill()
}

// Before the first import, alerts that were active already are the import's business: connecting writes nothing.
func TestReconcileLeavesOldAlertsToTheImport(t *testing.T) {
	t.Parallel()
	w := startAlerts(t, scenario{organizations: 3, devices: 12, companies: 3})
	uid := w.trigger(w.deviceID(0), condition(0))
	require.Equal(t, 0, w.run("connect").Code)
	require.Zero(t, w.reconcile(0).Healed)
	require.Empty(t, w.requests(uid))
	require.Equal(t, 1, w.imports().Alerts.Created)
}

// An empty or shrunken list closes nothing in bulk: it waits for a person, and ends by itself when the list is whole again.
func TestReconcileBrake(t *testing.T) {
	t.Parallel()
	w := importedAlerts(t, scenario{organizations: 4, devices: 60, companies: 3, settings: []string{"RECONCILE_INTERVAL=2s"}})
	uids := make([]string, 14)
	for i := range uids {
		uids[i] = w.trigger(w.deviceID(i), condition(i))
	}
	w.quiet()
	w.ninjaOne.fail(lab.Fault{Kind: "list-empty", Path: "/alerts"})
	report := w.reconcile(3)
	require.Equal(t, "14 of 14 open alerts are no longer listed by NinjaOne", report.Held)
	status := w.status()
	require.NotNil(t, status.Brake)
	require.Equal(t, report.Held, status.Brake.Reason)
	require.Contains(t, w.details(status.Brake.WorkflowID), "Waiting for approval: 14 of 14")
	for _, uid := range uids {
		require.Equal(t, "pending", w.request(uid).Standing)
	}
	w.ninjaOne.fail()
	w.until("the brake is off again", func() bool { return w.status().Brake == nil })

	w.ninjaOne.fail(lab.Fault{Kind: "list-empty", Path: "/alerts"})
	w.reconcile(3)
	approved := w.reconcile(0, "--approve")
	require.Empty(t, approved.Held)
	require.Equal(t, 14, approved.Healed.Resets)
	for _, uid := range uids {
		require.Equal(t, "closed", w.request(uid).Standing)
	}
	w.until("the brake is off again", func() bool { return w.status().Brake == nil })
}

// Devices and organizations that are deleted in NinjaOne are noted on what they are in Accelo, once, and nothing is deleted.
func TestReconcileFollowsDeletions(t *testing.T) {
	t.Parallel()
	w := importedAlerts(t, scenario{organizations: 4, devices: 40, companies: 3})
	device, _ := w.device(0)
	asset, assets := w.assetOf(device), len(w.accelo.state().Assets)
	w.ninjaOne.act("devices/delete", map[string]any{"id": device.ID})
	w.quiet()
	require.Equal(t, flow.Gone{Devices: 1}, w.reconcile(0).Gone)
	notes := w.notes("asset", asset)
	require.Len(t, notes, 1)
	require.Contains(t, notes[0].Subject, "Removed from NinjaOne")
	require.Zero(t, w.reconcile(0).Gone)
	require.Len(t, w.notes("asset", asset), 1)
	require.Len(t, w.accelo.state().Assets, assets)

	w.ninjaOne.fail(lab.Fault{Kind: "list-empty", Path: "/devices"})
	require.Equal(t, "39 of 39 linked devices are no longer listed by NinjaOne", w.reconcile(3).Held)
}

// Both registrations are made anew: the subscription that Accelo has deleted, and the webhook that another tool has replaced.
func TestReconcileRepairsWebhooks(t *testing.T) {
	t.Parallel()
	w := importedAlerts(t, scenario{organizations: 3, devices: 12, companies: 3})
	w.ninjaOne.act("webhook", map[string]any{"url": "http://127.0.0.1:9/other"})
	for _, subscription := range w.accelo.state().Subscriptions {
		w.accelo.act("delete-subscription", map[string]any{"id": subscription.ID})
	}
	w.reconcile(0)
	uid := w.fires(0)
	w.accelo.act("close-request", map[string]any{"id": w.request(uid).ID})
	w.quiet()
	require.False(t, w.active(uid))
}

// A parked alert is started again by a reconcile once what it lacked is there.
func TestReconcileRetriesWhatIsParked(t *testing.T) {
	t.Parallel()
	w := importedAlerts(t, scenario{organizations: 3, devices: 12, companies: 3})
	w.accelo.fail(lab.Fault{Kind: accelo.FaultNotOK, Method: "POST", Path: "/requests$", Params: map[string]string{
		"status": "invalid_request", "message": "no",
	}})
	uid := w.trigger(w.deviceID(0), condition(0))
	w.quiet()
	require.Empty(t, w.requests(uid))
	failed := w.reconcile(4)
	require.Len(t, failed.Failures, 1)
	w.accelo.fail()
	require.Equal(t, 1, w.reconcile(0).Retried)
	require.Equal(t, "pending", w.request(uid).Standing)
	require.Empty(t, w.status().Failures)
}

// fires is an alert whose request is open.
func (w *alertWorld) fires(n int) (uid string) {
	w.t.Helper()
	uid, _ = w.opens(w.deviceID(n), n)
	return uid
}

func (w *alertWorld) deviceID(n int) int {
	device, _ := w.device(n)
	return device.ID
}

// reconcile runs one and returns its report.
func (w *alertWorld) reconcile(code int, flags ...string) flow.ReconcileResult {
	w.t.Helper()
	result := w.run(append([]string{"reconcile", "--json"}, flags...)...)
	require.Equal(w.t, code, result.Code, "%s%s", result.Stdout, result.Stderr)
	return decodeStrict[flow.ReconcileResult](w.t, result.Stdout)
}

// status is how the connection stands.
func (w *alertWorld) status() connectionReport {
	w.t.Helper()
	return decodeStrict[statusReport](w.t, w.run("status", "--json").Stdout).Connections[0]
}

// age makes alerts an hour older that we know of: what a list lacks counts only of those that are not fresh.
func (w *alertWorld) age() {
	w.t.Helper()
	database, err := pgx.Connect(w.ctx, w.database)
	require.NoError(w.t, err)
	defer func() { _ = database.Close(w.ctx) }()
	_, err = database.Exec(w.ctx, `UPDATE alerts SET created_at = created_at - interval '1 hour'`)
	require.NoError(w.t, err)
}
