package workflows_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/temporal"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
)

// changedInput is the change of a request's status as a webhook delivers it.
var changedInput = flow.RequestClosedInput{Connection: "default", RequestID: 31}

// manyUIDs are the alerts of a fault that occurred often.
var manyUIDs = func() []string {
	uids := make([]string, 120)
	for i := range uids {
		uids[i] = fmt.Sprintf("uid-%d", i)
	}
	return uids
}()

// followInput is the input of the activity that reads the request after a number of changes.
func followInput(changes int) activities.AcceloFollowRequestInput {
	return activities.AcceloFollowRequestInput{Connection: "default", RequestID: 31, Changes: changes}
}

// resetAlertsInput is the input of the activity that resets alerts in NinjaOne.
func resetAlertsInput(uids ...string) activities.NinjaResetAlertsInput {
	return activities.NinjaResetAlertsInput{Connection: "default", UIDs: uids, RequestID: 31}
}

// followResult is the result of reading the request.
func followResult(outcome flow.Outcome, reset ...string) activities.AcceloFollowRequestResult {
	result := activities.AcceloFollowRequestResult{Outcome: outcome, Text: "request 31: " + string(outcome), Reset: reset}
	if outcome != flow.NotOurs {
		result.AlertUID, result.DeviceID, result.OrganizationID = "a", 7, 4
	}
	return result
}

// closedPath is one of the paths that a RequestClosed can take after one change. Its name is also that of its recorded history.
type closedPath struct {
	name          string
	followResults []activities.AcceloFollowRequestResult
	wantInputs    []any
	want          flow.AlertResult
	elapsed       time.Duration
}

func closedPaths() []closedPath {
	type results = []activities.AcceloFollowRequestResult
	result := func(outcome flow.Outcome, text string, reset ...string) flow.AlertResult {
		return flow.AlertResult{Outcome: outcome, RequestID: 31, Text: "request 31: " + text, Reset: reset}
	}
	const resetText = "; 2 alerts reset in NinjaOne, 1 was already reset"
	return []closedPath{
		{
			name:          "echo",
			followResults: results{followResult(flow.Echo)},
			wantInputs:    []any{followInput(1)},
			want:          result(flow.Echo, "echo"),
		},
		{
			name:          "not ours",
			followResults: results{followResult(flow.NotOurs)},
			wantInputs:    []any{followInput(1), followInput(1)},
			want:          result(flow.NotOurs, "not-ours"),
			elapsed:       2 * time.Second,
		},
		{
			name:          "ours a moment later",
			followResults: results{followResult(flow.NotOurs), followResult(flow.Echo)},
			wantInputs:    []any{followInput(1), followInput(1)},
			want:          result(flow.Echo, "echo"),
			elapsed:       2 * time.Second,
		},
		{
			name:          "unchanged",
			followResults: results{followResult(flow.Unchanged)},
			wantInputs:    []any{followInput(1), followInput(1)},
			want:          result(flow.Unchanged, "unchanged"),
			elapsed:       2 * time.Second,
		},
		{
			name:          "read too early",
			followResults: results{followResult(flow.Unchanged), followResult(flow.Closed, "a")},
			wantInputs:    []any{followInput(1), followInput(1), resetAlertsInput("a")},
			want:          result(flow.Closed, "closed"+resetText, "a"),
			elapsed:       2 * time.Second,
		},
		{
			name:          "closed by a person",
			followResults: results{followResult(flow.Closed, "a", "b")},
			wantInputs:    []any{followInput(1), resetAlertsInput("a", "b")},
			want:          result(flow.Closed, "closed"+resetText, "a", "b"),
		},
		{
			name:          "closed with nothing to reset",
			followResults: results{followResult(flow.Closed)},
			wantInputs:    []any{followInput(1)},
			want:          result(flow.Closed, "closed"),
		},
		{
			name:          "converted",
			followResults: results{followResult(flow.Converted, "a")},
			wantInputs:    []any{followInput(1), resetAlertsInput("a")},
			want:          result(flow.Converted, "converted"+resetText, "a"),
		},
		{
			name:          "closed with many alerts",
			followResults: results{followResult(flow.Closed, manyUIDs[:60]...)},
			wantInputs:    []any{followInput(1), resetAlertsInput(manyUIDs[:50]...), resetAlertsInput(manyUIDs[50:60]...)},
			want:          result(flow.Closed, "closed; 4 alerts reset in NinjaOne, 2 were already reset", manyUIDs[:60]...),
		},
		{
			name:          "converted, and the alert is kept",
			followResults: results{followResult(flow.Converted)},
			wantInputs:    []any{followInput(1)},
			want:          result(flow.Converted, "converted"),
		},
		{
			name:          "reopened by a person",
			followResults: results{followResult(flow.Reopened)},
			wantInputs:    []any{followInput(1)},
			want:          result(flow.Reopened, "reopened"),
		},
	}
}

func (p closedPath) script() alertScript {
	return alertScript{followResults: p.followResults, resetResult: activities.NinjaResetAlertsResult{Reset: 2, AlreadyGone: 1}}
}

// Each path calls its activities and no others. A request that looks unchanged is read a second time, once Accelo must show the
// change.
func TestRequestClosed(t *testing.T) {
	t.Parallel()
	for _, path := range closedPaths() {
		t.Run(path.name, func(t *testing.T) {
			t.Parallel()
			env := newAlertEnv(t, path.script())
			env.signalChanges(0, 1)
			env.run(flow.RequestClosed, changedInput)
			require.Equal(t, path.want, env.result())
			require.Equal(t, path.wantInputs, env.inputs())
			require.Equal(t, path.elapsed, env.elapsed())
		})
	}
}

// The result counts the alerts that were reset in words.
func TestRequestClosedText(t *testing.T) {
	t.Parallel()
	for want, reset := range map[string]activities.NinjaResetAlertsResult{
		"1 alert reset in NinjaOne":                           {Reset: 1},
		"0 alerts reset in NinjaOne, 2 were already reset":    {AlreadyGone: 2},
		"1,200 alerts reset in NinjaOne, 1 was already reset": {Reset: 1200, AlreadyGone: 1},
	} {
		env := newAlertEnv(t, alertScript{
			followResults: []activities.AcceloFollowRequestResult{followResult(flow.Closed, "a")}, resetResult: reset,
		})
		env.run(flow.RequestClosed, changedInput)
		require.Equal(t, "request 31: closed; "+want, env.result().Text)
	}
}

// An activity that fails permanently fails the workflow.
func TestRequestClosedFails(t *testing.T) {
	t.Parallel()
	for _, path := range closedPaths() {
		t.Run(path.name, func(t *testing.T) {
			t.Parallel()
			requireFailureAtEachStep(t, path.script(), flow.RequestClosed, changedInput, 1)
		})
	}
}

// A workflow can be found by its request's alert, if the namespace has our search attributes. They are set once.
func TestRequestIsSearchableByAlert(t *testing.T) {
	t.Parallel()
	type results = []activities.AcceloFollowRequestResult
	byAlert := []temporal.SearchAttributes{flow.AlertAttributes("default", "a", 7, 4)}
	for _, test := range []struct {
		name          string
		followResults results
		searchable    bool
		want          []temporal.SearchAttributes
	}{
		{
			name: "ours", followResults: results{followResult(flow.Closed, "a"), followResult(flow.Reopened)},
			searchable: true, want: byAlert,
		},
		{
			name: "ours a moment later", followResults: results{followResult(flow.NotOurs), followResult(flow.Echo)},
			searchable: true, want: byAlert,
		},
		{name: "not ours", followResults: results{followResult(flow.NotOurs)}, searchable: true},
		{name: "without attributes", followResults: results{followResult(flow.Closed, "a")}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			env := newAlertEnv(t, alertScript{followResults: test.followResults, duration: time.Second})
			if test.searchable {
				env.searchable()
			}
			env.signalChanges(0, 1)
			env.signalChanges(500*time.Millisecond, 1)
			env.run(flow.RequestClosed, changedInput)
			env.result()
			require.Equal(t, test.want, env.upserted)
		})
	}
}

// Many alerts are reset in batches, and those that one read didn't name after another one.
func TestRequestWithManyAlerts(t *testing.T) {
	t.Parallel()
	uids := manyUIDs
	first, second := followResult(flow.Closed, uids...), followResult(flow.Closed, "another")
	first.More = true
	env := newAlertEnv(t, alertScript{
		followResults: []activities.AcceloFollowRequestResult{first, second}, resetResult: activities.NinjaResetAlertsResult{Reset: 50},
	})
	env.signalChanges(0, 1)
	env.run(flow.RequestClosed, changedInput)
	result := env.result()
	require.Equal(t, append(slices.Clone(uids), "another"), result.Reset)
	require.Contains(t, result.Text, "200 alerts reset")
	require.Equal(t, []any{
		followInput(1), resetAlertsInput(uids[:50]...), resetAlertsInput(uids[50:100]...), resetAlertsInput(uids[100:]...),
		followInput(0), resetAlertsInput("another"),
	}, env.inputs())
}
