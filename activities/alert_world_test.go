package activities_test

import (
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	accelosim "ninjaone-accelo/internal/simulator/accelo"
	ninjasim "ninjaone-accelo/internal/simulator/ninjaone"
	"ninjaone-accelo/internal/store"
)

// office is a world with one organization that was imported, with one device.
type office struct {
	*world
	organization, device int
}

func newOffice(t *testing.T, s settings) *office {
	t.Helper()
	w := newWorld(t, s)
	o := &office{world: w, organization: w.ninja.AddOrganization("Planet Express", "delivers")}
	o.device = w.device(o.organization, "SHIP")
	w.fullImport()
	w.forget()
	return o
}

// requestType is a request type of Accelo's by its title.
func (w *world) requestType(title string) store.ObjectType {
	for _, each := range w.accelo.Snapshot().RequestTypes {
		if each.Title == title {
			return store.ObjectType{ID: each.ID, Title: each.Title}
		}
	}
	return store.ObjectType{}
}

// forget forgets the calls so far.
func (w *world) forget() {
	w.accelo.Lab().ResetCounters()
	w.ninja.Lab.ResetCounters()
}

// calls are the endpoints that were called since they were last forgotten, in order, those of Accelo first.
func (w *world) calls() []string {
	called := []string{}
	for _, each := range []func() []string{
		func() []string { return endpoints(w.accelo.Lab().Counters().ByEndpoint) },
		func() []string { return endpoints(w.ninja.Lab.Counters().ByEndpoint) },
	} {
		called = append(called, each()...)
	}
	w.forget()
	return called
}

// endpoints are sorted, each as often as it was called; tokens do not count.
func endpoints(counted map[string]int) []string {
	called := []string{}
	for endpoint, count := range counted {
		if !slices.Contains([]string{"POST /oauth2/v0/token", "POST /ws/oauth/token", "POST /oauth/token"}, endpoint) {
			called = append(called, slices.Repeat([]string{endpoint}, count)...)
		}
	}
	slices.Sort(called)
	return called
}

// fires makes a condition of NinjaOne fire on a device, and returns the alert as its webhook tells it.
func (w *world) fires(device int, condition string) rules.Alert {
	w.t.Helper()
	made, err := w.ninja.TriggerAlert(device, ninjasim.AlertSpec{
		SourceConfigUID: condition, Subject: "C:", Message: "Disk C: is full", Severity: "MAJOR", Priority: "HIGH",
	})
	require.NoError(w.t, err)
	alert := rules.Alert{
		UID: made.UID, ActivityID: made.ActivityID, DeviceID: device, DeviceName: "SHIP", Condition: condition, Subject: "C:",
		Message: "Disk C: is full", Severity: "MAJOR", Priority: "HIGH", TriggeredAt: time.Now(),
	}
	for _, each := range w.ninja.Snapshot().Devices {
		if each.ID == device {
			alert.OrganizationID, alert.NodeClass = each.OrganizationID, each.NodeClass
		}
	}
	return alert
}

func (o *office) fires(condition string) rules.Alert {
	o.t.Helper()
	return o.world.fires(o.device, condition)
}

// open opens an alert's request in one attempt.
func (w *world) open(alert rules.Alert) (activities.AcceloOpenRequestResult, error) {
	return runIn[activities.AcceloOpenRequestResult](w.env(), w.steps.AcceloOpenRequest,
		activities.AcceloOpenRequestInput{Connection: "default", Alert: alert})
}

// opens opens an alert's request, which has to come to an outcome.
func (w *world) opens(alert rules.Alert, outcome flow.Outcome) activities.AcceloOpenRequestResult {
	w.t.Helper()
	result, err := w.open(alert)
	require.NoError(w.t, err)
	require.Equal(w.t, outcome, result.Outcome, result.Text)
	return result
}

// close tells Accelo that an alert was reset, in one attempt.
func (w *world) close(alert rules.Alert) (activities.AcceloCloseRequestResult, error) {
	return runIn[activities.AcceloCloseRequestResult](w.env(), w.steps.AcceloCloseRequest, closeInput(alert))
}

func closeInput(alert rules.Alert) activities.AcceloCloseRequestInput {
	return activities.AcceloCloseRequestInput{Connection: "default", UID: alert.UID, ActivityID: alert.ActivityID + 1, Message: "Disk C: has room again"}
}

func (w *world) closes(alert rules.Alert, outcome flow.Outcome) activities.AcceloCloseRequestResult {
	w.t.Helper()
	result, err := w.close(alert)
	require.NoError(w.t, err)
	require.Equal(w.t, outcome, result.Outcome, result.Text)
	return result
}

// follows reads where a request stands after so many changes.
func (w *world) follows(request int64, changes int, outcome flow.Outcome) activities.AcceloFollowRequestResult {
	w.t.Helper()
	result, err := runIn[activities.AcceloFollowRequestResult](w.env(), w.steps.AcceloFollowRequest,
		activities.AcceloFollowRequestInput{Connection: "default", RequestID: request, Changes: changes})
	require.NoError(w.t, err)
	require.Equal(w.t, outcome, result.Outcome, result.Text)
	return result
}

// resets resets alerts in NinjaOne in one attempt.
func (w *world) resets(uids ...string) (activities.NinjaResetAlertsResult, error) {
	return runIn[activities.NinjaResetAlertsResult](w.env(), w.steps.NinjaResetAlerts,
		activities.NinjaResetAlertsInput{Connection: "default", UIDs: uids})
}

// links brings an alert's device up to date and links it to the incident's request, 0 for none, in one attempt.
func (w *world) links(alert rules.Alert, incident int64) activities.AcceloSyncAlertDeviceResult {
	w.t.Helper()
	result, err := runIn[activities.AcceloSyncAlertDeviceResult](w.env(), w.steps.AcceloSyncAlertDevice, linkInput(alert, incident))
	require.NoError(w.t, err)
	return result
}

func linkInput(alert rules.Alert, incident int64) activities.AcceloSyncAlertDeviceInput {
	return activities.AcceloSyncAlertDeviceInput{Connection: "default", Alert: alert, IncidentID: incident}
}

// persist runs an activity as a workflow does, attempt after attempt, on a clock that jumps over the waits.
func persist[R any](w *world, activity, in any) (R, error) {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestWorkflowEnvironment()
	env.SetTestTimeout(time.Minute)
	env.SetWorkerOptions(w.workerOptions())
	env.RegisterActivity(w.steps)
	env.RegisterWorkflowWithOptions(func(ctx workflow.Context) (result R, err error) {
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
			StartToCloseTimeout: time.Minute, RetryPolicy: &temporal.RetryPolicy{InitialInterval: time.Second},
		})
		err = workflow.ExecuteActivity(ctx, activity, in).Get(ctx, &result)
		return result, err
	}, workflow.RegisterOptions{Name: "Persist"})
	env.ExecuteWorkflow("Persist")
	var result R
	if err := env.GetWorkflowError(); err != nil {
		return result, err
	}
	return result, env.GetWorkflowResult(&result)
}

// request is a request of Accelo's by its id.
func (w *world) request(id int64) accelosim.Request {
	w.t.Helper()
	requests := w.accelo.Snapshot().Requests
	at := slices.IndexFunc(requests, func(r accelosim.Request) bool { return r.ID == id })
	require.GreaterOrEqual(w.t, at, 0, "there is no request %d", id)
	return requests[at]
}

// notes are the notes on an object of Accelo's, the oldest first.
func (w *world) notes(kind string, id int64) []accelosim.Activity {
	return slices.DeleteFunc(w.accelo.Snapshot().Activities, func(a accelosim.Activity) bool {
		return a.Medium != "note" || a.AgainstType != kind || a.AgainstID != id
	})
}

// linked are the assets that are linked to an object of Accelo's.
func (w *world) linked(kind string, id int64) []int64 {
	assets := []int64{}
	for _, link := range w.accelo.Snapshot().AssetLinks {
		if link.LinkedType == kind && link.LinkedID == id {
			assets = append(assets, link.AssetID)
		}
	}
	return assets
}

// asset is the asset of the office's device.
func (o *office) asset() int64 {
	o.t.Helper()
	return o.link(store.Devices, o.device).AcceloID
}

// active are the alerts that are active in NinjaOne.
func (w *world) active() []string {
	uids := []string{}
	for _, alert := range w.ninja.Snapshot().Alerts {
		uids = append(uids, alert.UID)
	}
	return uids
}

// ages makes a time that is stored of an incident older.
func (w *world) ages(incident int64, column string, by time.Duration) {
	w.t.Helper()
	connection, err := pgx.Connect(w.t.Context(), w.url)
	require.NoError(w.t, err)
	tag, err := connection.Exec(w.t.Context(),
		fmt.Sprintf(`UPDATE incidents SET %[1]s = %[1]s - make_interval(secs => $2) WHERE id = $1 AND %[1]s IS NOT NULL`, column), incident, by.Seconds())
	require.NoError(w.t, err)
	require.EqualValues(w.t, 1, tag.RowsAffected())
	require.NoError(w.t, connection.Close(w.t.Context()))
}

func itoa(n int) string { return strconv.Itoa(n) }

func ninjaSpec(severity string) ninjasim.AlertSpec {
	return ninjasim.AlertSpec{SourceConfigUID: full, Severity: severity}
}
