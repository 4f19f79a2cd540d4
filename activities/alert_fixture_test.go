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

// alertFixture is a fixture with one imported organization that has one device.
type alertFixture struct {
	*fixture
	organization, device int
}

func newAlertFixture(t *testing.T, s settings) *alertFixture {
	t.Helper()
	f := &alertFixture{fixture: newFixture(t, s)}
	f.organization = f.ninja.AddOrganization("Planet Express", "delivers")
	f.device = f.fixture.device(f.organization, "SHIP")
	f.fullImport()
	f.resetCalls()
	return f
}

// requestType returns the request type with a title.
func (f *fixture) requestType(title string) store.ObjectType {
	for _, each := range f.accelo.Snapshot().RequestTypes {
		if each.Title == title {
			return store.ObjectType{ID: each.ID, Title: each.Title}
		}
	}
	return store.ObjectType{}
}

// resetCalls forgets the calls so far.
func (f *fixture) resetCalls() {
	f.accelo.Lab().ResetCounters()
	f.ninja.Lab.ResetCounters()
}

// calls returns the sorted endpoints called since the last reset, those of Accelo first, and resets them.
func (f *fixture) calls() []string {
	called := []string{}
	for _, each := range []func() []string{
		func() []string { return endpoints(f.accelo.Lab().Counters().ByEndpoint) },
		func() []string { return endpoints(f.ninja.Lab.Counters().ByEndpoint) },
	} {
		called = append(called, each()...)
	}
	f.resetCalls()
	return called
}

// endpoints returns each endpoint as often as it was called, sorted, without token requests.
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

// triggerAlert triggers a condition on a device in NinjaOne, and returns the alert as its webhook describes it.
func (f *fixture) triggerAlert(device int, condition string) rules.Alert {
	f.t.Helper()
	made, err := f.ninja.TriggerAlert(device, ninjasim.AlertSpec{
		SourceConfigUID: condition, Subject: "C:", Message: "Disk C: is full", Severity: "MAJOR", Priority: "HIGH",
	})
	require.NoError(f.t, err)
	alert := rules.Alert{
		UID: made.UID, ActivityID: made.ActivityID, DeviceID: device, DeviceName: "SHIP", Condition: condition, Subject: "C:",
		Message: "Disk C: is full", Severity: "MAJOR", Priority: "HIGH", TriggeredAt: time.Now(),
	}
	for _, each := range f.ninja.Snapshot().Devices {
		if each.ID == device {
			alert.OrganizationID, alert.NodeClass = each.OrganizationID, each.NodeClass
		}
	}
	return alert
}

func (f *alertFixture) triggerAlert(condition string) rules.Alert {
	f.t.Helper()
	return f.fixture.triggerAlert(f.device, condition)
}

// open runs one attempt to open the request of an alert.
func (f *fixture) open(alert rules.Alert) (activities.AcceloOpenRequestResult, error) {
	return runIn[activities.AcceloOpenRequestResult](f.env(), f.steps.AcceloOpenRequest,
		activities.AcceloOpenRequestInput{Connection: "default", Alert: alert})
}

// mustOpen opens the request of an alert and requires an outcome.
func (f *fixture) mustOpen(alert rules.Alert, outcome flow.Outcome) activities.AcceloOpenRequestResult {
	f.t.Helper()
	result, err := f.open(alert)
	require.NoError(f.t, err)
	require.Equal(f.t, outcome, result.Outcome, result.Text)
	return result
}

// close runs one attempt to close the request of an alert that was reset.
func (f *fixture) close(alert rules.Alert) (activities.AcceloCloseRequestResult, error) {
	return runIn[activities.AcceloCloseRequestResult](f.env(), f.steps.AcceloCloseRequest, closeInput(alert))
}

func closeInput(alert rules.Alert) activities.AcceloCloseRequestInput {
	return activities.AcceloCloseRequestInput{Connection: "default", UID: alert.UID, ActivityID: alert.ActivityID + 1, Message: "Disk C: has room again"}
}

func (f *fixture) mustClose(alert rules.Alert, outcome flow.Outcome) activities.AcceloCloseRequestResult {
	f.t.Helper()
	result, err := f.close(alert)
	require.NoError(f.t, err)
	require.Equal(f.t, outcome, result.Outcome, result.Text)
	return result
}

// mustFollow follows a request after a number of changes and requires an outcome.
func (f *fixture) mustFollow(request int64, changes int, outcome flow.Outcome) activities.AcceloFollowRequestResult {
	f.t.Helper()
	result, err := runIn[activities.AcceloFollowRequestResult](f.env(), f.steps.AcceloFollowRequest,
		activities.AcceloFollowRequestInput{Connection: "default", RequestID: request, Changes: changes})
	require.NoError(f.t, err)
	require.Equal(f.t, outcome, result.Outcome, result.Text)
	return result
}

// resetAlerts runs one attempt to reset alerts in NinjaOne.
func (f *fixture) resetAlerts(uids ...string) (activities.NinjaResetAlertsResult, error) {
	return runIn[activities.NinjaResetAlertsResult](f.env(), f.steps.NinjaResetAlerts,
		activities.NinjaResetAlertsInput{Connection: "default", UIDs: uids})
}

// syncAlertDevice syncs the device of an alert and links its asset to the request of an incident; 0 links none.
func (f *fixture) syncAlertDevice(alert rules.Alert, incident int64) activities.AcceloSyncAlertDeviceResult {
	f.t.Helper()
	result, err := runIn[activities.AcceloSyncAlertDeviceResult](f.env(), f.steps.AcceloSyncAlertDevice, alertDeviceInput(alert, incident))
	require.NoError(f.t, err)
	return result
}

func alertDeviceInput(alert rules.Alert, incident int64) activities.AcceloSyncAlertDeviceInput {
	return activities.AcceloSyncAlertDeviceInput{Connection: "default", Alert: alert, IncidentID: incident}
}

// runWithRetries runs an activity in a workflow, with retries, on a clock that skips the waits.
func runWithRetries[R any](f *fixture, activity, in any) (R, error) {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(log.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	env := suite.NewTestWorkflowEnvironment()
	env.SetTestTimeout(time.Minute)
	env.SetWorkerOptions(f.workerOptions())
	env.RegisterActivity(f.steps)
	env.RegisterWorkflowWithOptions(func(ctx workflow.Context) (result R, err error) {
		ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
			StartToCloseTimeout: time.Minute, RetryPolicy: &temporal.RetryPolicy{InitialInterval: time.Second},
		})
		err = workflow.ExecuteActivity(ctx, activity, in).Get(ctx, &result)
		return result, err
	}, workflow.RegisterOptions{Name: "Retry"})
	env.ExecuteWorkflow("Retry")
	var result R
	if err := env.GetWorkflowError(); err != nil {
		return result, err
	}
	return result, env.GetWorkflowResult(&result)
}

// request returns the request with an ID.
func (f *fixture) request(id int64) accelosim.Request {
	f.t.Helper()
	requests := f.accelo.Snapshot().Requests
	at := slices.IndexFunc(requests, func(r accelosim.Request) bool { return r.ID == id })
	require.GreaterOrEqual(f.t, at, 0, "there is no request %d", id)
	return requests[at]
}

// notes returns the notes on an object, the oldest first.
func (f *fixture) notes(kind string, id int64) []accelosim.Activity {
	return slices.DeleteFunc(f.accelo.Snapshot().Activities, func(a accelosim.Activity) bool {
		return a.Medium != "note" || a.AgainstType != kind || a.AgainstID != id
	})
}

// linked returns the assets linked to an object.
func (f *fixture) linked(kind string, id int64) []int64 {
	assets := []int64{}
	for _, link := range f.accelo.Snapshot().AssetLinks {
		if link.LinkedType == kind && link.LinkedID == id {
			assets = append(assets, link.AssetID)
		}
	}
	return assets
}

// asset returns the asset of the fixture's device.
func (f *alertFixture) asset() int64 {
	f.t.Helper()
	return f.link(store.Devices, f.device).AcceloID
}

// active returns the UIDs of the active alerts in NinjaOne.
func (f *fixture) active() []string {
	uids := []string{}
	for _, alert := range f.ninja.Snapshot().Alerts {
		uids = append(uids, alert.UID)
	}
	return uids
}

// backdate moves a stored time of an incident into the past.
func (f *fixture) backdate(incident int64, column string, by time.Duration) {
	f.t.Helper()
	connection, err := pgx.Connect(f.t.Context(), f.url)
	require.NoError(f.t, err)
	tag, err := connection.Exec(f.t.Context(),
		fmt.Sprintf(`UPDATE incidents SET %[1]s = %[1]s - make_interval(secs => $2) WHERE id = $1 AND %[1]s IS NOT NULL`, column), incident, by.Seconds())
	require.NoError(f.t, err)
	require.EqualValues(f.t, 1, tag.RowsAffected())
	require.NoError(f.t, connection.Close(f.t.Context()))
}

// deleteRequest deletes a request that has existed for a while: a new one that Accelo doesn't show counts as not shown yet.
func (f *fixture) deleteRequest(id int64) error {
	f.t.Helper()
	incident, err := f.database.IncidentByRequest(f.t.Context(), "default", id)
	require.NoError(f.t, err)
	f.backdate(incident.ID, "created_at", time.Minute)
	connection, err := pgx.Connect(f.t.Context(), f.url)
	require.NoError(f.t, err)
	_, err = connection.Exec(f.t.Context(), `UPDATE links SET written_at = written_at - interval '1 minute' WHERE kind = 'alert'`)
	require.NoError(f.t, err)
	require.NoError(f.t, connection.Close(f.t.Context()))
	return f.accelo.DeleteRequest(id)
}

func itoa(n int) string { return strconv.Itoa(n) }

func ninjaSpec(severity string) ninjasim.AlertSpec {
	return ninjasim.AlertSpec{SourceConfigUID: full, Severity: severity}
}
