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

// fired is an alert as its webhook brings it.
var fired = flow.AlertTriggeredInput{
	Connection: "default", Alert: rules.Alert{UID: "alert-1", ActivityID: 77, DeviceID: 12, OrganizationID: 7, Severity: "MODERATE", Message: "Disk C: is full"},
}

// What an AlertTriggered asks for, in its steps.
var (
	opening  = activities.AcceloOpenRequestInput{Connection: "default", Alert: fired.Alert}
	company  = activities.AcceloSyncAlertCompanyInput{Connection: "default", OrganizationID: 7, Alert: fired.Alert}
	device   = activities.AcceloSyncAlertDeviceInput{Connection: "default", Alert: fired.Alert}
	linking  = activities.AcceloSyncAlertDeviceInput{Connection: "default", Alert: fired.Alert, IncidentID: 5}
	closing  = activities.AcceloCloseRequestInput{Connection: "default", UID: "alert-1"}
	resetBy  = activities.AcceloCloseRequestResult{Outcome: "closed", Text: "request 31 closed", RequestID: 31}
	opensOne = flow.APICalls{Accelo: 1, AcceloWrites: 1}
)

// opens is what opening the request came to.
func opens(outcome flow.Outcome) activities.AcceloOpenRequestResult {
	return activities.AcceloOpenRequestResult{Outcome: outcome, Text: "request 31 " + string(outcome), RequestID: 31, IncidentID: 5, OrganizationID: 7, APICalls: opensOne}
}

// nowhere is the answer for an organization that was never synced.
func nowhere(deviceKnown bool) activities.AcceloOpenRequestResult {
	return activities.AcceloOpenRequestResult{Outcome: flow.OrganizationUnknown, OrganizationID: 7, DeviceKnown: deviceKnown}
}

// triggeredPath is one of the paths that an AlertTriggered can take.
type triggeredPath struct {
	name   string
	script alertScript
	asked  []any
	want   flow.AlertResult
}

func triggeredPaths() []triggeredPath {
	type answers = []activities.AcceloOpenRequestResult
	resetMeanwhile := opens("opened")
	resetMeanwhile.ResetMeanwhile = true
	withDevice := func(outcome flow.Outcome, text string) flow.AlertResult {
		return flow.AlertResult{
			Outcome: outcome, RequestID: 31, Text: text + "; device created; asset linked",
			APICalls: flow.APICalls{Ninjaone: 1, Accelo: 3, AcceloWrites: 2},
		}
	}
	found, looking := opens("opened"), look(1)
	found.Found, looking.Compared = true, true
	foundClosed := withDevice("opened", "request 31 opened; request 31: closed; 1 alert reset in NinjaOne")
	foundClosed.Reset = []string{"a"}
	joined := flow.AlertResult{Outcome: "joined", RequestID: 31, Text: "request 31 joined", APICalls: opensOne}
	return []triggeredPath{
		{
			"opened",
			alertScript{opens: answers{opens("opened")}},
			[]any{opening, linking},
			withDevice("opened", "request 31 opened"),
		},
		{
			"reopened",
			alertScript{opens: answers{opens("reopened")}},
			[]any{opening, linking},
			withDevice("reopened", "request 31 reopened"),
		},
		{"joined", alertScript{opens: answers{opens("joined")}}, []any{opening}, joined},
		{
			"already reset",
			alertScript{opens: answers{{Outcome: flow.AlreadyReset, Text: "no request"}}},
			[]any{opening},
			flow.AlertResult{Outcome: "already-reset", Text: "no request"},
		},
		{
			"reset meanwhile",
			alertScript{opens: answers{resetMeanwhile}, closes: resetBy},
			[]any{opening, closing, linking},
			withDevice("opened", "request 31 opened; request 31 closed"),
		},
		{
			"found, and closed by a person",
			alertScript{
				opens: answers{found}, follows: []activities.AcceloFollowRequestResult{saw("closed", "a")},
				resets: activities.NinjaResetAlertsResult{Reset: 1},
			},
			[]any{opening, looking, resetting("a"), linking},
			foundClosed,
		},
		{
			"nothing known",
			alertScript{opens: answers{nowhere(false), opens("opened")}},
			[]any{opening, company, device, opening, linking},
			withDevice("opened", "request 31 opened"),
		},
		{
			"organization unknown",
			alertScript{opens: answers{nowhere(true), opens("opened")}},
			[]any{opening, company, opening, linking},
			withDevice("opened", "request 31 opened"),
		},
		{
			"organization unknown, and another was faster",
			alertScript{opens: answers{nowhere(true), opens("joined")}},
			[]any{opening, company, opening},
			joined,
		},
	}
}

// Each path asks for its steps in its order and no other, and tells what came of it and what it cost.
func TestAlertTriggered(t *testing.T) {
	t.Parallel()
	for _, path := range triggeredPaths() {
		t.Run(path.name, func(t *testing.T) {
			t.Parallel()
			s := newAlertScene(t, path.script).searchable()
			s.run(flow.AlertTriggered, fired)
			require.Equal(t, path.want, s.result())
			require.Equal(t, path.asked, s.inputs())
			require.Zero(t, s.elapsed(), "nothing is waited for")
		})
	}
}

// An activity that fails for good, which has parked the alert by then, fails the flow.
func TestAlertTriggeredFails(t *testing.T) {
	t.Parallel()
	for _, path := range triggeredPaths() {
		t.Run(path.name, func(t *testing.T) {
			t.Parallel()
			failsAtEachStep(t, path.script, flow.AlertTriggered, fired, 0)
		})
	}
}

// An alert below the least severity costs nothing, and neither does it wait; one at it is held back no more.
func TestAlertBelowSeverity(t *testing.T) {
	t.Parallel()
	in := fired
	in.Rules = flow.AlertRules{MinSeverity: "MAJOR", HoldDown: time.Hour}
	s := newAlertScene(t, alertScript{}).searchable()
	s.run(flow.AlertTriggered, in)
	require.Equal(t, flow.AlertResult{Outcome: "skipped", Text: "severity MODERATE is below MAJOR: nothing is opened"}, s.result())
	require.Empty(t, s.inputs())
	require.Empty(t, s.upserted)
	require.Zero(t, s.elapsed())

	in.Rules = flow.AlertRules{MinSeverity: "MODERATE"}
	s = newAlertScene(t, alertScript{opens: []activities.AcceloOpenRequestResult{opens("joined")}})
	s.run(flow.AlertTriggered, in)
	require.Equal(t, flow.Joined, s.result().Outcome)
}

// The hold-down passes before anything is asked, and says so meanwhile. An alert that was reset by then opens nothing.
func TestAlertHoldDown(t *testing.T) {
	t.Parallel()
	in := fired
	in.Rules.HoldDown = 5 * time.Minute
	for _, test := range []struct {
		answer activities.AcceloOpenRequestResult
		asked  []any
	}{
		{opens(flow.Opened), []any{opening, linking}},
		{activities.AcceloOpenRequestResult{Outcome: flow.AlreadyReset, Text: "no request"}, []any{opening}},
	} {
		t.Run(string(test.answer.Outcome), func(t *testing.T) {
			t.Parallel()
			s := newAlertScene(t, alertScript{opens: []activities.AcceloOpenRequestResult{test.answer}})
			s.at(5*time.Minute-time.Millisecond, func() {
				require.Empty(t, s.inputs())
				require.Equal(t, "Holding for 5 minutes in case the alert clears on its own.", s.details())
			})
			s.run(flow.AlertTriggered, in)
			require.Equal(t, test.answer.Outcome, s.result().Outcome)
			require.Equal(t, test.asked, s.inputs())
			require.Equal(t, 5*time.Minute, s.elapsed())
		})
	}
}

// Cancelled during the hold-down, a flow ends without a step.
func TestAlertCancelledInHoldDown(t *testing.T) {
	t.Parallel()
	in := fired
	in.Rules.HoldDown = 5 * time.Minute
	s := newAlertScene(t, alertScript{})
	s.at(time.Minute, s.CancelWorkflow)
	s.run(flow.AlertTriggered, in)
	require.True(t, temporal.IsCanceledError(s.GetWorkflowError()))
	require.Empty(t, s.inputs())
}

// A flow is findable by its request, where the namespace has our search attributes and there is a request to find it by.
func TestAlertIsFoundByItsRequest(t *testing.T) {
	t.Parallel()
	byRequest := []temporal.SearchAttributes{temporal.NewSearchAttributes(flow.RequestAttribute.ValueSet("31"))}
	opened := alertScript{opens: []activities.AcceloOpenRequestResult{opens("opened")}, closes: resetBy}
	none := alertScript{
		opens:  []activities.AcceloOpenRequestResult{{Outcome: flow.Joined, Text: "the request is being opened", IncidentID: 5}},
		closes: activities.AcceloCloseRequestResult{Outcome: "tombstone", Text: "the alert has no request"},
	}
	for _, test := range []struct {
		name       string
		script     alertScript
		searchable bool
		want       []temporal.SearchAttributes
	}{
		{"with attributes", opened, true, byRequest},
		{"without attributes", opened, false, nil},
		{"without a request", none, true, nil},
	} {
		for workflowType, in := range map[string]any{flow.AlertTriggered: fired, flow.AlertReset: over} {
			t.Run(test.name+" "+workflowType, func(t *testing.T) {
				t.Parallel()
				s := newAlertScene(t, test.script)
				if test.searchable {
					s.searchable()
				}
				s.run(workflowType, in)
				s.result()
				require.Equal(t, test.want, s.upserted)
			})
		}
	}
}
