package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"pgregory.net/rapid"

	"ninjaone-accelo/activities"
	"ninjaone-accelo/internal/flow"
)

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
