package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"pgregory.net/rapid"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
)

// changedInput is the change of a request's status as a webhook delivers it.
var changedInput = flow.RequestClosedInput{Connection: "default", RequestID: 31}

// followInput is the input of the activity that reads the request after a number of changes.
func followInput(changes int) activities.AcceloFollowRequestInput {
	return activities.AcceloFollowRequestInput{Connection: "default", RequestID: 31, Changes: changes}
}

// resetAlertsInput is the input of the activity that resets alerts in NinjaOne.
func resetAlertsInput(uids ...string) activities.NinjaResetAlertsInput {
	return activities.NinjaResetAlertsInput{Connection: "default", UIDs: uids}
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

// A change that arrives during any step is followed by another read, and all changes before a read share it. Reset alerts add up,
// and the last read sets the outcome.
func TestRequestChangesWhileRunning(t *testing.T) {
	t.Parallel()
	// Each activity takes a minute; the wait before a second read takes two seconds.
	for _, test := range []struct {
		name          string
		signals       map[time.Duration]int
		followResults []activities.AcceloFollowRequestResult
		wantInputs    []any
		outcome       flow.Outcome
		reset         []string
	}{
		{
			name:          "several before the start",
			signals:       map[time.Duration]int{0: 3},
			followResults: []activities.AcceloFollowRequestResult{followResult(flow.Closed, "a")},
			wantInputs:    []any{followInput(3), resetAlertsInput("a")},
			outcome:       flow.Closed,
			reset:         []string{"a"},
		},
		{
			name:          "during the read",
			signals:       map[time.Duration]int{0: 1, 30 * time.Second: 2},
			followResults: []activities.AcceloFollowRequestResult{followResult(flow.Echo), followResult(flow.Reopened)},
			wantInputs:    []any{followInput(1), followInput(2)},
			outcome:       flow.Reopened,
		},
		{
			name:          "during the reset",
			signals:       map[time.Duration]int{0: 1, 90 * time.Second: 1},
			followResults: []activities.AcceloFollowRequestResult{followResult(flow.Closed, "a"), followResult(flow.Closed, "b")},
			wantInputs:    []any{followInput(1), resetAlertsInput("a"), followInput(1), resetAlertsInput("b")},
			outcome:       flow.Closed,
			reset:         []string{"a", "b"},
		},
		{
			name:    "before the second read",
			signals: map[time.Duration]int{0: 1, 61 * time.Second: 1},
			followResults: []activities.AcceloFollowRequestResult{
				followResult(flow.Unchanged), followResult(flow.Unchanged), followResult(flow.Closed, "a"),
			},
			wantInputs: []any{followInput(1), followInput(1), followInput(1), resetAlertsInput("a")},
			outcome:    flow.Closed,
			reset:      []string{"a"},
		},
		{
			name:    "during the second read",
			signals: map[time.Duration]int{0: 1, 90 * time.Second: 1},
			followResults: []activities.AcceloFollowRequestResult{
				followResult(flow.Unchanged), followResult(flow.Closed, "a"), followResult(flow.Reopened),
			},
			wantInputs: []any{followInput(1), followInput(1), resetAlertsInput("a"), followInput(1)},
			outcome:    flow.Reopened,
			reset:      []string{"a"},
		},
		{
			name:    "during every read",
			signals: map[time.Duration]int{0: 1, 30 * time.Second: 1, 90 * time.Second: 1, 150 * time.Second: 1},
			followResults: []activities.AcceloFollowRequestResult{
				followResult(flow.Echo), followResult(flow.Closed), followResult(flow.Reopened), followResult(flow.Converted),
			},
			wantInputs: []any{followInput(1), followInput(1), followInput(1), followInput(1)},
			outcome:    flow.Converted,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			env := newAlertEnv(t, alertScript{followResults: test.followResults, duration: time.Minute})
			for moment, times := range test.signals {
				env.signalChanges(moment, times)
			}
			env.run(flow.RequestClosed, changedInput)
			result := env.result()
			require.Equal(t, test.wantInputs, env.inputs())
			require.Equal(t, test.outcome, result.Outcome)
			require.Equal(t, test.reset, result.Reset)
		})
	}
}

// Whenever changes arrive and however long activities take, the request is read after the last change, and the reads are told of
// each change exactly once.
func TestNoRequestChangeIsLost(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		results := rapid.SliceOfN(rapid.SampledFrom([]activities.AcceloFollowRequestResult{
			followResult(flow.Echo), followResult(flow.Unchanged), followResult(flow.Closed, "a"), followResult(flow.Reopened),
		}), 1, 5).Draw(r, "results")
		duration := time.Duration(rapid.IntRange(0, 1500).Draw(r, "duration")) * time.Millisecond
		env := newAlertEnv(t, alertScript{duration: duration, followResults: results})
		sent, lastChange, lastRead := 1, startTime, startTime
		env.signalChanges(0, 1)
		for range rapid.IntRange(0, 6).Draw(r, "signals") {
			env.after(time.Duration(rapid.IntRange(1, 8000).Draw(r, "at"))*time.Millisecond, func() {
				now := env.Now()
				env.SignalWorkflow(flow.ChangedSignal, nil)
				env.after(0, func() { // once it is delivered: one that arrives after the end would start the next execution
					if !env.IsWorkflowCompleted() {
						sent, lastChange = sent+1, now
					}
				})
			})
		}
		env.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, _ converter.EncodedValues) {
			if info.ActivityType.Name == "AcceloFollowRequest" {
				lastRead = env.Now()
			}
		})
		env.run(flow.RequestClosed, changedInput)
		env.result()
		require.False(r, lastRead.Before(lastChange), "the last change was at %s, and the last read at %s", lastChange, lastRead)
		require.Equal(r, sent, countChanges(env.inputs(), results))
	})
}

// countChanges returns how many changes the reads were told of. A second read of the same changes, after one that saw none, doesn't
// count.
func countChanges(inputs []any, results []activities.AcceloFollowRequestResult) (sum int) {
	reads, isSecond := 0, false
	for _, in := range inputs {
		if read, ok := in.(activities.AcceloFollowRequestInput); ok {
			if reads++; isSecond {
				isSecond = false
				continue
			}
			sum += read.Changes
			isSecond = nthOrLast(results, reads).Outcome == flow.Unchanged
		}
	}
	return sum
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
