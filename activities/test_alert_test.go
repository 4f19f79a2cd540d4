package activities_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/clients/ninjaone"
	"ninjaone-accelo/internal/event"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
	"ninjaone-accelo/internal/store"
)

// testAlertUID is the uid of the tests' test alert.
var testAlertUID = rules.TestAlertUID([11]byte{1, 2, 3})

// webhookSecret creates the secrets of the connection's webhooks and returns that of NinjaOne's.
func (f *fixture) webhookSecret() string {
	f.t.Helper()
	secrets, err := f.tenants.EnsureWebhookSecrets(f.t.Context(), "default", false)
	require.NoError(f.t, err)
	return secrets.NinjaOne[0]
}

// receiver answers deliveries with a status, and remembers the last one.
type receiver struct {
	*httptest.Server
	status int
	path   string
	secret string
	body   []byte
}

// receiveAt makes the connection's webhook address lead to a server that answers with a status.
func (f *fixture) receiveAt(status int) *receiver {
	f.t.Helper()
	r := &receiver{status: status}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		r.path, r.secret = request.URL.Path, request.Header.Get("Authorization")
		r.body, _ = io.ReadAll(request.Body)
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(r.status)
	}))
	f.t.Cleanup(r.Close)
	f.change(func(s *store.Settings) { s.PublicURL = r.URL })
	return r
}

// delivered returns the alert of the last delivery, as the product's receiver reads it.
func (r *receiver) delivered(t *testing.T) (rules.Alert, event.Kind) {
	t.Helper()
	activities, err := ninjaone.ParseActivities(r.body)
	require.NoError(t, err)
	require.NoError(t, event.CheckUID(activities[0]))
	return event.Alert(activities[0]), event.KindOf(activities[0])
}

func (f *fixture) prepareTest() (activities.TestAlertPrepareResult, error) {
	return runIn[activities.TestAlertPrepareResult](f.env(), f.steps.TestAlertPrepare, activities.TestAlertPrepareInput{Connection: "default"})
}

func (f *alertFixture) deliverTest(reset bool) error {
	_, err := runIn[activities.TestAlertDeliverResult](f.env(), f.steps.TestAlertDeliver, activities.TestAlertDeliverInput{
		Connection: "default", UID: testAlertUID, Reset: reset, OrganizationID: f.organization, DeviceID: f.device,
	})
	return err
}

// testAlert is a test alert as the receiver hands it on.
func (f *alertFixture) testAlert() rules.Alert {
	f.t.Helper()
	r := f.receiveAt(http.StatusAccepted)
	require.NoError(f.t, f.deliverTest(false))
	alert, _ := r.delivered(f.t)
	return alert
}

// A test begins only where its request could be opened, and otherwise says what to do first.
func TestWhatATestAlertNeeds(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	refused := func(words string) {
		t.Helper()
		_, err := f.prepareTest()
		require.ErrorContains(t, err, words)
	}
	refused("set it to the address at which NinjaOne reaches `starter serve`")
	f.change(func(s *store.Settings) { s.PublicURL = "https://sync.example.com" })
	refused("run a full import, or link one on the tab Organizations")
	first, second := f.ninja.AddOrganization("First", ""), f.ninja.AddOrganization("Second", "")
	device := f.device(second, "SHIP")
	f.fullImport()
	ready, err := f.prepareTest()
	require.NoError(t, err)
	require.Equal(t, activities.TestAlertPrepareResult{OrganizationID: second, DeviceID: device, Request: "Request"}, ready, "one with a device first")
	f.switchSync(second, false)
	ready, err = f.prepareTest()
	require.NoError(t, err)
	require.Equal(t, activities.TestAlertPrepareResult{OrganizationID: first, Request: "Request"}, ready)
	f.switchSync(first, false)
	refused("switched on yet")
	f.change(func(s *store.Settings) { s.RequestType = store.ObjectType{} })
	refused("for alerts yet: create it or choose another one under Settings")
}

// A delivery is what NinjaOne would send: the secret, and an activity that the receiver reads as an alert of the lowest severity.
func TestTestAlertDelivery(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	r := f.receiveAt(http.StatusAccepted)
	require.ErrorContains(t, f.deliverTest(false), "no webhook secret yet")
	secret := f.webhookSecret()
	require.NoError(t, f.deliverTest(false))
	require.Equal(t, "/webhooks/ninjaone/default", r.path)
	require.Equal(t, "Bearer "+secret, r.secret)
	alert, kind := r.delivered(t)
	require.Equal(t, event.Triggered, kind)
	require.WithinDuration(t, time.Now(), alert.TriggeredAt, time.Minute)
	require.Equal(t, rules.Alert{
		UID: testAlertUID, ActivityID: 1, DeviceID: f.device, DeviceName: "SHIP", OrganizationID: f.organization, Condition: testAlertUID,
		Subject: "Test alert", Severity: "NONE", Priority: "NONE", TriggeredAt: alert.TriggeredAt,
		Message: "TEST ALERT – no action needed. It was sent to check the connection, and is closed again automatically.",
	}, alert)
	require.NoError(t, f.deliverTest(true))
	reset, kind := r.delivered(t)
	require.Equal(t, event.Reset, kind)
	require.Equal(t, int64(2), reset.ActivityID)

	for status, words := range map[int]string{
		http.StatusUnauthorized:       "refuses our secret (401)",
		http.StatusNotFound:           "answers 404 instead of 202",
		http.StatusOK:                 "answers 200 instead of 202",
		http.StatusFound:              "redirects (302)",
		http.StatusServiceUnavailable: "can't reach PostgreSQL or Temporal",
		http.StatusBadGateway:         "is not running behind it",
		http.StatusTeapot:             "correct PUBLIC_URL or the proxy",
	} {
		r.status = status
		err := f.deliverTest(false)
		require.ErrorContains(t, err, words)
		require.NotContains(t, err.Error(), secret)
	}
	r.Close()
	err := f.deliverTest(false)
	require.ErrorContains(t, err, "can't be reached from the worker")
	require.NotContains(t, err.Error(), secret)
}

// A test is closed again whatever ON_RESET says, is never asked for at NinjaOne, and counts nowhere.
func TestTestAlertIsClosedAgain(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{onReset: rules.OnResetNote})
	f.webhookSecret()
	alert := f.testAlert()
	opened := f.mustOpen(alert, flow.Opened)
	require.True(t, strings.HasPrefix(f.request(opened.RequestID).Title, "TEST ALERT – no action needed"))
	found, err := runIn[activities.TestAlertAwaitResult](f.env(), f.steps.TestAlertAwait,
		activities.TestAlertAwaitInput{Connection: "default", UID: testAlertUID, Within: time.Minute})
	require.NoError(t, err)
	require.Equal(t, activities.TestAlertAwaitResult{RequestID: opened.RequestID}, found)
	count, err := f.database.CountOpenAlerts(t.Context(), "default")
	require.NoError(t, err)
	require.Zero(t, count)
	links, err := f.database.CountLinks(t.Context(), "default")
	require.NoError(t, err)
	for _, link := range links {
		require.NotEqual(t, store.Alerts, link.Kind)
	}

	require.Equal(t, "This is a test alert. Its request "+itoa(int(opened.RequestID))+" closes again shortly.", f.decision(testAlertUID))
	f.mustClose(alert, flow.Closed)
	require.Equal(t, "closed", f.request(opened.RequestID).Standing)
	found, err = runIn[activities.TestAlertAwaitResult](f.env(), f.steps.TestAlertAwait,
		activities.TestAlertAwaitInput{Connection: "default", UID: testAlertUID, Ended: true, Within: time.Minute})
	require.NoError(t, err)
	require.Equal(t, activities.TestAlertAwaitResult{RequestID: opened.RequestID, Ended: true}, found)
	f.mustFollow(opened.RequestID, 1, flow.Echo)
	require.Equal(t, "This was a test alert. Its request "+itoa(int(opened.RequestID))+" was closed again.", f.decision(testAlertUID))
}

// A technician who closes the test's request resets nothing in NinjaOne.
func TestTestAlertClosedInAccelo(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	f.webhookSecret()
	alert := f.testAlert()
	opened := f.mustOpen(alert, flow.Opened)
	require.NoError(t, f.accelo.CloseRequest(opened.RequestID))
	require.Equal(t, []string{testAlertUID}, f.mustFollow(opened.RequestID, 1, flow.Closed).Reset)
	f.resetCalls()
	_, err := f.resetAlerts(testAlertUID)
	require.NoError(t, err)
	require.Empty(t, f.calls(), "NinjaOne doesn't know the alert")
	f.mustClose(alert, flow.AlreadyClosed)
}

// NinjaOne lists no test alert. A reconciliation takes none for missing, and ends one whose test was lost.
func TestReconciliationAndTestAlerts(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	f.webhookSecret()
	f.importedOnce()
	alert := f.testAlert()
	f.mustOpen(alert, flow.Opened)
	f.sql(`UPDATE alerts SET created_at = created_at - interval '3 minutes', updated_at = updated_at - interval '3 minutes'`)
	for range 3 {
		found := f.recheck()
		require.Empty(t, found.Missed)
		require.Empty(t, found.Doubts)
		require.Empty(t, found.Held)
	}
	f.ageAlerts()
	found := f.recheck()
	require.Equal(t, map[string]string{testAlertUID: "R"}, missedEvents(found.Missed))
	require.True(t, found.Missed[0].Again)
	require.Empty(t, found.Held)
	f.mustClose(alert, flow.Closed)
	f.ageAlerts()
	for range 3 {
		require.Empty(t, f.recheck().Missed, "it is never brought back")
	}
}

// A test whose request could not be opened is not opened later: what is left is reset.
func TestFailedTestAlertIsNotRetried(t *testing.T) {
	t.Parallel()
	f := newAlertFixture(t, settings{})
	f.webhookSecret()
	alert := f.testAlert()
	f.change(func(s *store.Settings) { s.RequestType = store.ObjectType{} })
	_, err := f.open(alert)
	require.Error(t, err)
	found, err := runIn[activities.TestAlertAwaitResult](f.env(), f.steps.TestAlertAwait,
		activities.TestAlertAwaitInput{Connection: "default", UID: testAlertUID, Within: time.Minute})
	require.NoError(t, err)
	require.Contains(t, found.Problem, "Accelo has no request type for alerts yet")
	due, err := runIn[activities.ReconcileOverdueResult](f.env(), f.steps.ReconcileOverdue, activities.ReconcileOverdueInput{Connection: "default", Now: true})
	require.NoError(t, err)
	require.Empty(t, due.Alerts)
	require.Equal(t, testAlertUID, due.Resets[0].UID)
	f.mustClose(alert, flow.Tombstone)
	failures, err := f.database.Failures(t.Context(), "default")
	require.NoError(t, err)
	require.Empty(t, failures)
}

// The last result is kept, and so is when a test last passed.
func TestResultOfATestAlert(t *testing.T) {
	t.Parallel()
	f := newFixture(t, settings{})
	_, err := f.database.LastTestAlert(t.Context(), "default")
	require.ErrorIs(t, err, store.ErrNotFound)
	var passed time.Time
	for _, state := range []string{flow.TestFailed, flow.TestPassed, flow.TestFailed} {
		_, err := runIn[any](f.env(), f.steps.TestAlertFinish, activities.TestAlertFinishInput{
			Result: flow.TestAlertResult{Connection: "default", State: state, Text: state},
		})
		require.NoError(t, err)
		last, err := f.database.LastTestAlert(t.Context(), "default")
		require.NoError(t, err)
		require.Contains(t, string(last.Result), `"state": "`+state+`"`)
		require.Equal(t, state == flow.TestPassed || !passed.IsZero(), last.PassedAt != nil)
		if last.PassedAt != nil {
			require.True(t, passed.IsZero() || passed.Equal(*last.PassedAt))
			passed = *last.PassedAt
		}
	}
}
