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

// triggeredInput is an alert as a webhook delivers it.
var triggeredInput = flow.AlertTriggeredInput{
	Connection: "default", Alert: rules.Alert{UID: "alert-1", ActivityID: 77, DeviceID: 12, OrganizationID: 7, Severity: "MODERATE", Message: "Disk C: is full"},
}

// The inputs of an AlertTriggered's activities.
var (
	openInput    = activities.AcceloOpenRequestInput{Connection: "default", Alert: triggeredInput.Alert}
	companyInput = activities.AcceloSyncAlertCompanyInput{Connection: "default", OrganizationID: 7, Alert: triggeredInput.Alert}
	deviceInput  = activities.AcceloSyncAlertDeviceInput{Connection: "default", Alert: triggeredInput.Alert}
	linkInput    = activities.AcceloSyncAlertDeviceInput{Connection: "default", Alert: triggeredInput.Alert, IncidentID: 5}
	closeInput   = activities.AcceloCloseRequestInput{Connection: "default", UID: "alert-1"}
)

// openCalls is the cost of openResult.
var openCalls = flow.APICalls{Accelo: 1, AcceloWrites: 1}

// closedResult is the result of closing the request.
var closedResult = activities.AcceloCloseRequestResult{Outcome: flow.Closed, Text: "request 31 closed", RequestID: 31}

// openResult is the result of opening the request.
func openResult(outcome flow.Outcome) activities.AcceloOpenRequestResult {
	return activities.AcceloOpenRequestResult{
		Outcome: outcome, Text: "request 31 " + string(outcome), RequestID: 31, IncidentID: 5, OrganizationID: 7, APICalls: openCalls,
	}
}

// unknownOrganization is the result of opening a request for an organization that was never synced.
func unknownOrganization(deviceKnown bool) activities.AcceloOpenRequestResult {
	return activities.AcceloOpenRequestResult{Outcome: flow.OrganizationUnknown, OrganizationID: 7, DeviceKnown: deviceKnown}
}

// triggeredPath is one of the paths that an AlertTriggered can take. Its name is also that of its recorded history.
type triggeredPath struct {
	name       string
	script     alertScript
	wantInputs []any
	want       flow.AlertResult
}

func triggeredPaths() []triggeredPath {
	opens := func(results ...activities.AcceloOpenRequestResult) alertScript {
		return alertScript{openResults: results}
	}
	withDevice := func(outcome flow.Outcome, text string) flow.AlertResult {
		return flow.AlertResult{
			Outcome: outcome, RequestID: 31, Text: text + "; device created; asset linked",
			APICalls: flow.APICalls{Ninjaone: 1, Accelo: 3, AcceloWrites: 2},
		}
	}
	joined := flow.AlertResult{Outcome: flow.Joined, RequestID: 31, Text: "request 31 joined", APICalls: openCalls}

	resetMeanwhile := openResult(flow.Opened)
	resetMeanwhile.ResetMeanwhile = true

	found, comparedInput := openResult(flow.Opened), followInput(1)
	found.Found, comparedInput.Compared = true, true
	closedBefore := withDevice(flow.Opened, "request 31 opened; request 31: closed; 1 alert reset in NinjaOne")
	closedBefore.Reset = []string{"a"}

	return []triggeredPath{
		{
			name:       "opened",
			script:     opens(openResult(flow.Opened)),
			wantInputs: []any{openInput, linkInput},
			want:       withDevice(flow.Opened, "request 31 opened"),
		},
		{
			name:       "reopened",
			script:     opens(openResult(flow.Reopened)),
			wantInputs: []any{openInput, linkInput},
			want:       withDevice(flow.Reopened, "request 31 reopened"),
		},
		{
			name:       "joined",
			script:     opens(openResult(flow.Joined)),
			wantInputs: []any{openInput},
			want:       joined,
		},
		{
			name:       "already reset",
			script:     opens(activities.AcceloOpenRequestResult{Outcome: flow.AlreadyReset, Text: "no request"}),
			wantInputs: []any{openInput},
			want:       flow.AlertResult{Outcome: flow.AlreadyReset, Text: "no request"},
		},
		{
			name:       "switched off",
			script:     opens(activities.AcceloOpenRequestResult{Outcome: flow.SwitchedOff, Text: "switched off"}),
			wantInputs: []any{openInput},
			want:       flow.AlertResult{Outcome: flow.SwitchedOff, Text: "switched off"},
		},
		{
			name:       "reset meanwhile",
			script:     alertScript{openResults: []activities.AcceloOpenRequestResult{resetMeanwhile}, closeResult: closedResult},
			wantInputs: []any{openInput, closeInput, linkInput},
			want:       withDevice(flow.Opened, "request 31 opened; request 31 closed"),
		},
		{
			name: "found, and closed by a person",
			script: alertScript{
				openResults:   []activities.AcceloOpenRequestResult{found},
				followResults: []activities.AcceloFollowRequestResult{followResult(flow.Closed, "a")},
				resetResult:   activities.NinjaResetAlertsResult{Reset: 1},
			},
			wantInputs: []any{openInput, comparedInput, resetAlertsInput("a"), linkInput},
			want:       closedBefore,
		},
		{
			name:       "nothing known",
			script:     opens(unknownOrganization(false), openResult(flow.Opened)),
			wantInputs: []any{openInput, companyInput, deviceInput, openInput, linkInput},
			want:       withDevice(flow.Opened, "request 31 opened"),
		},
		{
			name:       "organization unknown",
			script:     opens(unknownOrganization(true), openResult(flow.Opened)),
			wantInputs: []any{openInput, companyInput, openInput, linkInput},
			want:       withDevice(flow.Opened, "request 31 opened"),
		},
		{
			name:       "organization unknown, and another was faster",
			script:     opens(unknownOrganization(true), openResult(flow.Joined)),
			wantInputs: []any{openInput, companyInput, openInput},
			want:       joined,
		},
	}
}

// Each path calls its activities in order and no others, without waiting, and reports what it did and what it cost.
func TestAlertTriggered(t *testing.T) {
	t.Parallel()
	for _, path := range triggeredPaths() {
		t.Run(path.name, func(t *testing.T) {
			t.Parallel()
			env := newAlertEnv(t, path.script).searchable()
			env.run(flow.AlertTriggered, triggeredInput)
			require.Equal(t, path.want, env.result())
			require.Equal(t, path.wantInputs, env.inputs())
			require.Zero(t, env.elapsed(), "the workflow waited")
		})
	}
}

// An activity that fails permanently, which has recorded the failure by then, fails the workflow.
func TestAlertTriggeredFails(t *testing.T) {
	t.Parallel()
	for _, path := range triggeredPaths() {
		t.Run(path.name, func(t *testing.T) {
			t.Parallel()
			requireFailureAtEachStep(t, path.script, flow.AlertTriggered, triggeredInput, 0)
		})
	}
}

// An organization that stays unknown fails the workflow after a few attempts, so that it can be retried.
func TestAlertWithoutACompany(t *testing.T) {
	t.Parallel()
	env := newAlertEnv(t, alertScript{openResults: []activities.AcceloOpenRequestResult{unknownOrganization(true)}})
	env.run(flow.AlertTriggered, triggeredInput)
	require.Equal(t, activities.Refused, env.failure().Type())
	require.Equal(t, []any{openInput, companyInput, openInput, companyInput, openInput, companyInput}, env.inputs())
}

// An alert below the minimum severity calls no activity and doesn't wait for the hold-down; one at the minimum goes through.
func TestAlertBelowSeverity(t *testing.T) {
	t.Parallel()
	in := triggeredInput
	in.Rules = flow.AlertRules{MinSeverity: "MAJOR", HoldDown: time.Hour}
	env := newAlertEnv(t, alertScript{}).searchable()
	env.run(flow.AlertTriggered, in)
	result := env.result()
	require.Equal(t, flow.Skipped, result.Outcome)
	require.Equal(t, rules.BelowSeverity("MODERATE", "MAJOR"), result.Text)
	require.Empty(t, env.inputs())
	require.Empty(t, env.upserted)
	require.Zero(t, env.elapsed())

	in.Rules = flow.AlertRules{MinSeverity: "MODERATE"}
	env = newAlertEnv(t, alertScript{openResults: []activities.AcceloOpenRequestResult{openResult(flow.Joined)}})
	env.run(flow.AlertTriggered, in)
	require.Equal(t, flow.Joined, env.result().Outcome)
}

// The hold-down passes before any activity, and the details say so. An alert that was reset by then opens nothing.
func TestAlertHoldDown(t *testing.T) {
	t.Parallel()
	in := triggeredInput
	in.Rules.HoldDown = 5 * time.Minute
	for _, test := range []struct {
		result     activities.AcceloOpenRequestResult
		wantInputs []any
	}{
		{result: openResult(flow.Opened), wantInputs: []any{openInput, linkInput}},
		{
			result:     activities.AcceloOpenRequestResult{Outcome: flow.AlreadyReset, Text: "no request"},
			wantInputs: []any{openInput},
		},
	} {
		t.Run(string(test.result.Outcome), func(t *testing.T) {
			t.Parallel()
			env := newAlertEnv(t, alertScript{openResults: []activities.AcceloOpenRequestResult{test.result}})
			env.after(5*time.Minute-time.Millisecond, func() {
				require.Empty(t, env.inputs())
				require.Equal(t, "Holding for 5 minutes in case the alert clears on its own.", env.details())
			})
			env.run(flow.AlertTriggered, in)
			require.Equal(t, test.result.Outcome, env.result().Outcome)
			require.Equal(t, test.wantInputs, env.inputs())
			require.Equal(t, 5*time.Minute, env.elapsed())
		})
	}
}

// A workflow that is cancelled during the hold-down calls no activity.
func TestAlertCancelledInHoldDown(t *testing.T) {
	t.Parallel()
	in := triggeredInput
	in.Rules.HoldDown = 5 * time.Minute
	env := newAlertEnv(t, alertScript{})
	env.after(time.Minute, env.CancelWorkflow)
	env.run(flow.AlertTriggered, in)
	require.True(t, temporal.IsCanceledError(env.GetWorkflowError()))
	require.Empty(t, env.inputs())
}

// A workflow can be found by its request, if the namespace has our search attributes and there is a request.
func TestAlertIsSearchableByRequest(t *testing.T) {
	t.Parallel()
	byRequest := []temporal.SearchAttributes{temporal.NewSearchAttributes(flow.RequestAttribute.ValueSet("31"))}
	opened := alertScript{openResults: []activities.AcceloOpenRequestResult{openResult(flow.Opened)}, closeResult: closedResult}
	none := alertScript{
		openResults: []activities.AcceloOpenRequestResult{{Outcome: flow.Joined, Text: "the request is being opened", IncidentID: 5}},
		closeResult: activities.AcceloCloseRequestResult{Outcome: flow.Tombstone, Text: "the alert has no request"},
	}
	for _, test := range []struct {
		name       string
		script     alertScript
		searchable bool
		want       []temporal.SearchAttributes
	}{
		{name: "with attributes", script: opened, searchable: true, want: byRequest},
		{name: "without attributes", script: opened},
		{name: "without a request", script: none, searchable: true},
	} {
		for workflowType, in := range map[string]any{flow.AlertTriggered: triggeredInput, flow.AlertReset: resetInput} {
			t.Run(test.name+" "+workflowType, func(t *testing.T) {
				t.Parallel()
				env := newAlertEnv(t, test.script)
				if test.searchable {
					env.searchable()
				}
				env.run(workflowType, in)
				env.result()
				require.Equal(t, test.want, env.upserted)
			})
		}
	}
}
