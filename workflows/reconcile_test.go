package workflows_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
	"ninjaone-accelo/internal/rules"
)

// Page after page, the cursor moves only once the workflows of missed events have started. An alert's trigger goes before its reset.
func TestReconcileStartsMissedAlertsBeforeTheCursorMoves(t *testing.T) {
	t.Parallel()
	env := newReconcileEnv(t)
	env.missedPages = []activities.NinjaReadMissedResult{
		{Missed: []flow.MissedAlert{missedAlert("a", true, true)}, Mark: 10, More: true},
		{Missed: []flow.MissedAlert{missedAlert("b", false, true)}, Mark: 20},
	}
	result := env.run()
	require.Equal(t, []string{"alert-triggered/default/a", "alert-reset/default/a", "cursor", "alert-reset/default/b", "cursor"}, env.started)
	require.Equal(t, flow.Healed{Triggers: 1, Resets: 2}, result.Healed)
	require.Equal(t, int64(3), result.APICalls.Accelo, "the calls of the started workflows count")
	require.Equal(t, []int64{10, 20}, []int64{env.cursors[0].Mark, env.cursors[1].Mark})
	require.False(t, env.cursors[0].Whole, "there was more above the first cursor")
	require.True(t, env.cursors[1].Whole)
	require.True(t, env.registered[0].Again, "events were missed, so the webhook is registered again")
}

// Active alerts are compared page by page, each page after the last alert of the one before.
func TestReconcileComparesPageByPage(t *testing.T) {
	t.Parallel()
	env := newReconcileEnv(t)
	env.comparedPages = []activities.NinjaCompareAlertsResult{
		{Missed: []flow.MissedAlert{missedAlert("a", true, false), missedAlert("b", true, false)}, More: true}, {},
	}
	require.Equal(t, flow.Healed{Triggers: 2}, env.run().Healed)
	require.Equal(t, []string{"", "b"}, []string{env.compared[0].After, env.compared[1].After})
}

// Changed requests, failed syncs and deletions are each handled and counted. The request cursor moves after their workflows have
// started.
func TestReconcileCountsWhatItDoes(t *testing.T) {
	t.Parallel()
	env := newReconcileEnv(t)
	seen := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	env.changed = activities.AcceloReadChangedRequestsResult{RequestIDs: []int64{31, 32}, Seen: seen}
	env.overdue = activities.ReconcileOverdueResult{
		Alerts: []rules.Alert{{UID: "failed"}}, Resets: []flow.AlertResetInput{{Connection: "default", UID: "failed"}},
		Organizations: []flow.ImportOrganizationInput{{Connection: "default", OrganizationID: 7}},
		Requests:      []int64{33}, Notes: []int64{4, 5},
	}
	env.deleted = activities.NinjaFindGoneResult{Devices: []int{1, 2}, Organizations: []int{3}}
	result := env.run()
	require.Equal(t, 2, result.Healed.Requests)
	require.Equal(t, 4, result.Retried)
	require.Equal(t, [][]int64{{4, 5}}, env.noted)
	require.Equal(t, flow.Gone{Devices: 2, Organizations: 1}, result.Gone)
	require.Equal(t, []time.Time{seen}, env.seen)
	require.Subset(t, env.started, []string{
		"request-closed/default/31", "request-closed/default/32", "request-closed/default/33", "import-organization/default/7", "alert-triggered/default/failed",
		"alert-reset/default/failed",
	})
}

// A workflow that fails is reported with its record, and the rest goes on.
func TestReconcileReportsFailures(t *testing.T) {
	t.Parallel()
	env := newReconcileEnv(t)
	env.missedPages = []activities.NinjaReadMissedResult{{Missed: []flow.MissedAlert{missedAlert("a", false, true)}, Mark: 10}}
	env.failing = map[string]bool{"alert-reset/default/a": true, "import-organization/default/7": true}
	env.overdue = activities.ReconcileOverdueResult{
		Alerts:        []rules.Alert{{UID: "b"}},
		Organizations: []flow.ImportOrganizationInput{{Connection: "default", OrganizationID: 7, Name: "Planet Express"}},
	}
	result := env.run()
	require.Equal(t, []flow.ImportFailure{
		{Kind: "alert", NinjaID: "a", Error: "this cannot succeed"},
		{Kind: "organization", NinjaID: "7", Name: "Planet Express", Error: "this cannot succeed"},
	}, result.Failures)
	require.Equal(t, 2, result.Retried)
	require.Len(t, env.cursors, 1)
}

// If Accelo's budget is used up, its part is left for the next run and the others go on.
func TestReconcileLeavesPartsForTheNextRun(t *testing.T) {
	t.Parallel()
	env := newReconcileEnv(t)
	env.changedError = temporal.NewApplicationErrorWithOptions("waiting for Accelo's budget until 14:00", activities.WaitingForBudget,
		temporal.ApplicationErrorOptions{NextRetryDelay: time.Hour})
	result := env.run()
	require.Len(t, result.Left, 1)
	require.Contains(t, result.Left[0], "changes in Accelo")
	require.Contains(t, result.Left[0], "waiting for Accelo's budget until 14:00")
	require.Equal(t, flow.Registered, result.Webhooks.NinjaOne)
	require.Empty(t, env.seen)
}

// A connection that is not set up ends the run with the activity's error.
func TestReconcileEndsWithoutAConnection(t *testing.T) {
	t.Parallel()
	env := newReconcileEnv(t)
	env.logError = temporal.NewNonRetryableApplicationError("run connect", activities.NotConnected, nil)
	env.ExecuteWorkflow(flow.Reconcile, flow.ReconcileInput{Connection: "default"})
	require.ErrorContains(t, env.GetWorkflowError(), "run connect")
	require.Empty(t, env.compared)
}

// A mass change waits until a user approves it, and then goes through. Until then the run checks again every interval.
func TestReconcileWaitsForApproval(t *testing.T) {
	t.Parallel()
	env := newReconcileEnv(t)
	held := activities.NinjaCompareAlertsResult{Held: "14 of 14 open alerts are no longer listed by NinjaOne"}
	env.comparedPages = []activities.NinjaCompareAlertsResult{held, held, {Missed: []flow.MissedAlert{missedAlert("a", false, true)}}}
	env.RegisterDelayedCallback(func() { env.SignalWorkflow(flow.ApproveSignal, nil) }, 90*time.Second)
	result := env.run()
	require.Empty(t, result.Held)
	require.Equal(t, 1, result.Healed.Resets)
	require.Equal(t, []bool{false, false, true}, []bool{env.compared[0].Approved, env.compared[1].Approved, env.compared[2].Approved},
		"the second comparison is that of the next interval, the third follows the approval")
	require.True(t, env.finished[0].Waiting)
	require.Equal(t, held.Held, env.finished[0].Result.Held)
	require.False(t, env.finished[2].Waiting)
}

// A run that found missed events, or was asked for everything, registers NinjaOne's webhook again once. While it waits for approval, it does so only
// for events that it finds then: each registration leaves an entry in the customer's activity log.
func TestReconcileRegistersOnceWhileItWaits(t *testing.T) {
	t.Parallel()
	held := activities.NinjaCompareAlertsResult{Held: "14 of 14 open alerts are no longer listed by NinjaOne"}
	missed := func(uids ...string) activities.NinjaReadMissedResult {
		found := activities.NinjaReadMissedResult{Mark: 10}
		for _, uid := range uids {
			found.Missed = append(found.Missed, missedAlert(uid, true, false))
		}
		return found
	}
	for _, test := range []struct {
		name string
		in   flow.ReconcileInput
		want []bool
	}{
		{"scheduled", flow.ReconcileInput{}, []bool{true, false, true, false, false}},
		{"by hand", flow.ReconcileInput{Everything: true}, []bool{true, false, true, false, false}},
		{
			"continued",
			flow.ReconcileInput{Everything: true, Carried: &flow.ReconcileResult{Healed: flow.Healed{Triggers: 7}}},
			[]bool{true, false, true, false, false},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			env := newReconcileEnv(t)
			env.missedPages = []activities.NinjaReadMissedResult{missed("a"), missed(), missed("b", "c"), missed()}
			env.comparedPages = []activities.NinjaCompareAlertsResult{held, held, held, held, {}}
			in := test.in
			in.Connection, in.Interval = "default", time.Minute
			env.ExecuteWorkflow(flow.Reconcile, in)
			require.NoError(t, env.GetWorkflowError())
			var again []bool
			for _, registration := range env.registered {
				again = append(again, registration.Again)
			}
			require.Equal(t, test.want, again)
			require.Equal(t, test.in.Carried != nil || !test.in.Everything, env.registered[0].Missed, "a user's wish counts as one")
			require.True(t, env.registered[2].Missed)
		})
	}
}

// A webhook that lost events and brought the newest one leads to us: registering it again would change nothing.
func TestReconcileLeavesAWorkingWebhookAlone(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		silence int
		want    bool
	}{{"the newest event came", 0, false}, {"the newest event is missing", 1, true}} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			env := newReconcileEnv(t)
			env.missedPages = []activities.NinjaReadMissedResult{
				{Missed: []flow.MissedAlert{missedAlert("a", true, false)}, Mark: 10, Silence: test.silence, Heard: true, More: true},
				{Missed: []flow.MissedAlert{missedAlert("b", true, false)}, Mark: 20, Heard: true},
			}
			require.Equal(t, 2, env.run().Healed.Triggers)
			require.Equal(t, []activities.RegisterWebhooksInput{{
				Connection: "default", Again: test.want, Missed: test.want, Silence: test.silence, Heard: true,
			}}, env.registered)
		})
	}
}

// A continued run has registered the webhook before, and looks only at what it finds itself.
func TestContinuedReconcileRegistersNothing(t *testing.T) {
	t.Parallel()
	env := newReconcileEnv(t)
	env.ExecuteWorkflow(flow.Reconcile, flow.ReconcileInput{
		Connection: "default", Interval: time.Minute, Everything: true, Carried: &flow.ReconcileResult{Healed: flow.Healed{Triggers: 7}},
	})
	require.NoError(t, env.GetWorkflowError())
	require.Len(t, env.registered, 1)
	require.False(t, env.registered[0].Again)
}

// An approval is for what its sender could read. A signal without a payload, as from Temporal's UI, approves what was shown when it
// came, and not what a check finds that is running at that moment.
func TestReconcileApprovesWhatWasShown(t *testing.T) {
	t.Parallel()
	held := activities.NinjaCompareAlertsResult{Held: "14 of 14 open alerts are no longer listed by NinjaOne"}
	first := time.Date(2026, 11, 22, 8, 1, 0, 0, time.UTC)
	for _, test := range []struct {
		name    string
		payload any
		after   time.Duration
		want    time.Time
	}{
		{name: "what the user read", payload: flow.Approval{ShownAt: first}, after: 90 * time.Second, want: first},
		{name: "what is shown now", after: 90 * time.Second, want: first.Add(time.Minute)},
		{name: "what is shown now, in the first interval", after: 30 * time.Second, want: first},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			env := newReconcileEnv(t)
			env.shownAt = first.Add(-time.Minute)
			env.comparedPages = []activities.NinjaCompareAlertsResult{held, held, {}}
			if test.after < time.Minute {
				env.comparedPages = env.comparedPages[1:]
			}
			env.RegisterDelayedCallback(func() { env.SignalWorkflow(flow.ApproveSignal, test.payload) }, test.after)
			env.run()
			last := env.compared[len(env.compared)-1]
			require.True(t, last.Approved)
			require.True(t, test.want.Equal(last.ApprovedAt), "%s", last.ApprovedAt)
			require.False(t, env.compared[0].Approved)
			require.True(t, env.compared[0].ApprovedAt.IsZero())
			require.Equal(t, env.compared[0].Check, env.holds[0].Check)
			require.True(t, last.Check.After(env.compared[0].Check), "every check is a look of its own")
			require.Equal(t, []string{"alert a", "alert b"}, env.finished[0].Result.HeldChanges)
			require.Equal(t, 14, env.finished[0].Result.HeldCount)
		})
	}
}

// What an approval did not cover waits for another one. Approvals are used once.
func TestReconcileWaitsForAnotherApproval(t *testing.T) {
	t.Parallel()
	env := newReconcileEnv(t)
	held := activities.NinjaCompareAlertsResult{Held: "too many"}
	env.comparedPages = []activities.NinjaCompareAlertsResult{held, held, held, {}}
	env.RegisterDelayedCallback(func() { env.SignalWorkflow(flow.ApproveSignal, nil) }, 30*time.Second)
	env.run()
	require.Equal(t, []bool{false, true, false, false}, []bool{
		env.compared[0].Approved, env.compared[1].Approved, env.compared[2].Approved, env.compared[3].Approved,
	})
	require.True(t, env.holds[0].ApprovedAt.IsZero())
	require.False(t, env.holds[1].ApprovedAt.IsZero(), "what was carried out")
}

// An alert that counted as reset by mistake is opened whatever the rules are now, and counted on its own. The request that a person
// ended is followed again. What the lists left open is reported, and registers no webhook again.
func TestReconcilePutsMistakesRight(t *testing.T) {
	t.Parallel()
	env := newReconcileEnv(t)
	revived := missedAlert("a", true, false)
	revived.Again, revived.Revived = true, true
	env.comparedPages = []activities.NinjaCompareAlertsResult{{
		Missed: []flow.MissedAlert{revived}, Requests: []int64{31}, Rules: flow.AlertRules{MinSeverity: "MAJOR", HoldDown: time.Hour},
		Doubts: []string{"the list lacks 3 alerts"},
	}}
	env.deleted = activities.NinjaFindGoneResult{Doubts: []string{"1 missing device could not be checked"}}
	result := env.run()
	require.Equal(t, flow.Healed{Revived: 1, Requests: 1}, result.Healed)
	require.Equal(t, []flow.AlertRules{{}}, env.rules)
	require.Equal(t, []string{
		"NinjaOne's active alerts: the list lacks 3 alerts", "deletions in NinjaOne: 1 missing device could not be checked",
	}, result.Left)
	require.Contains(t, env.started, "request-closed/default/31")
}

// A list that is complete again needs no approval any more.
func TestReconcileNoLongerNeedsApproval(t *testing.T) {
	t.Parallel()
	env := newReconcileEnv(t)
	env.comparedPages = []activities.NinjaCompareAlertsResult{{Held: "too many"}, {}}
	require.Empty(t, env.run().Held)
	require.Len(t, env.compared, 2)
}

// If another run already waits for approval, this one ends and reports why approval is needed.
func TestReconcileWaitsOnlyOnce(t *testing.T) {
	t.Parallel()
	env := newReconcileEnv(t)
	env.heldElsewhere = true
	env.comparedPages = []activities.NinjaCompareAlertsResult{{Held: "too many"}}
	require.Equal(t, "too many", env.run().Held)
	require.Len(t, env.compared, 1)
	require.False(t, env.finished[0].Waiting)
}

// A missed alert is held down only for the rest of its hold-down.
func TestReconcileShortensTheHoldDown(t *testing.T) {
	t.Parallel()
	env := newReconcileEnv(t)
	triggeredAt := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	env.SetStartTime(triggeredAt.Add(20 * time.Second))
	fresh, old := missedAlert("a", true, false), missedAlert("b", true, false)
	fresh.Trigger.TriggeredAt, old.Trigger.TriggeredAt = triggeredAt, triggeredAt.Add(-time.Hour)
	env.missedPages = []activities.NinjaReadMissedResult{{
		Missed: []flow.MissedAlert{fresh, old}, Rules: flow.AlertRules{HoldDown: time.Minute}, Mark: 10,
	}}
	env.run()
	require.ElementsMatch(t, []time.Duration{40 * time.Second, 0}, env.holdDowns)
}
