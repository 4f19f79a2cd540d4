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

// changed is a request whose status has changed.
var changed = flow.RequestClosedInput{Connection: "default", RequestID: 31}

// look is the step that reads it, after so many changes.
func look(changes int) activities.AcceloFollowRequestInput {
	return activities.AcceloFollowRequestInput{Connection: "default", RequestID: 31, Changes: changes}
}

// resetting is the step that resets alerts in NinjaOne.
func resetting(uids ...string) activities.NinjaResetAlertsInput {
	return activities.NinjaResetAlertsInput{Connection: "default", UIDs: uids}
}

// saw is what a look came to.
func saw(outcome flow.Outcome, reset ...string) activities.AcceloFollowRequestResult {
	result := activities.AcceloFollowRequestResult{Outcome: outcome, Text: "request 31: " + string(outcome), Reset: reset}
	if outcome != flow.NotOurs {
		result.AlertUID, result.DeviceID, result.OrganizationID = "a", 7, 4
	}
	return result
}

// closedPath is one of the paths that a RequestClosed can take after one change.
type closedPath struct {
	name  string
	looks []activities.AcceloFollowRequestResult
	asked []any
	want  flow.AlertResult
	waits time.Duration
}

func closedPaths() []closedPath {
	type looks = []activities.AcceloFollowRequestResult
	result := func(outcome flow.Outcome, text string, reset ...string) flow.AlertResult {
		return flow.AlertResult{Outcome: outcome, RequestID: 31, Text: "request 31: " + text, Reset: reset}
	}
	return []closedPath{
		{"echo", looks{saw("echo")}, []any{look(1)}, result("echo", "echo"), 0},
		{"not ours", looks{saw("not-ours")}, []any{look(1), look(1)}, result("not-ours", "not-ours"), 2 * time.Second},
		{"ours a moment later", looks{saw("not-ours"), saw("echo")}, []any{look(1), look(1)}, result("echo", "echo"), 2 * time.Second},
		{"unchanged", looks{saw("unchanged")}, []any{look(1), look(1)}, result("unchanged", "unchanged"), 2 * time.Second},
		{
			"read too early",
			looks{saw("unchanged"), saw("closed", "a")},
			[]any{look(1), look(1), resetting("a")},
			result("closed", "closed; 2 alerts reset in NinjaOne, 1 was already reset", "a"), 2 * time.Second,
		},
		{
			"closed by a person",
			looks{saw("closed", "a", "b")},
			[]any{look(1), resetting("a", "b")},
			result("closed", "closed; 2 alerts reset in NinjaOne, 1 was already reset", "a", "b"), 0,
		},
		{"closed with nothing to reset", looks{saw("closed")}, []any{look(1)}, result("closed", "closed"), 0},
		{
			"converted",
			looks{saw("converted", "a")},
			[]any{look(1), resetting("a")},
			result("converted", "converted; 2 alerts reset in NinjaOne, 1 was already reset", "a"), 0,
		},
		{"converted, and the alert is kept", looks{saw("converted")}, []any{look(1)}, result("converted", "converted"), 0},
		{"reopened by a person", looks{saw("reopened")}, []any{look(1)}, result("reopened", "reopened"), 0},
	}
}

func (p closedPath) script() alertScript {
	return alertScript{follows: p.looks, resets: activities.NinjaResetAlertsResult{Reset: 2, AlreadyGone: 1}}
}

// Each path asks for its steps and no other. Only what looks unchanged is read a second time, when Accelo is surely up to date.
func TestRequestClosed(t *testing.T) {
	t.Parallel()
	for _, path := range closedPaths() {
		t.Run(path.name, func(t *testing.T) {
			t.Parallel()
			s := newAlertScene(t, path.script())
			s.signals(0, 1)
			s.run(flow.RequestClosed, changed)
			require.Equal(t, path.want, s.result())
			require.Equal(t, path.asked, s.inputs())
			require.Equal(t, path.waits, s.elapsed())
		})
	}
}

// What cannot succeed fails the flow.
func TestRequestClosedFails(t *testing.T) {
	t.Parallel()
	for _, path := range closedPaths() {
		t.Run(path.name, func(t *testing.T) {
			t.Parallel()
			failsAtEachStep(t, path.script(), flow.RequestClosed, changed, 1)
		})
	}
}

// A change that comes while the flow is at any of its steps is looked at once more; those that have come before are all seen by
// one look. What was reset adds up, and the last look gives the outcome.
func TestRequestChangesMeanwhile(t *testing.T) {
	t.Parallel()
	// Each step takes a minute; the look again waits two seconds.
	for _, test := range []struct {
		name    string
		signals map[time.Duration]int
		looks   []activities.AcceloFollowRequestResult
		asked   []any
		outcome flow.Outcome
		reset   []string
	}{
		{
			"several before",
			map[time.Duration]int{0: 3},
			[]activities.AcceloFollowRequestResult{saw("closed", "a")},
			[]any{look(3), resetting("a")},
			"closed",
			[]string{"a"},
		},
		{
			"during the look",
			map[time.Duration]int{0: 1, 30 * time.Second: 2},
			[]activities.AcceloFollowRequestResult{saw("echo"), saw("reopened")},
			[]any{look(1), look(2)},
			"reopened", nil,
		},
		{
			"during the reset",
			map[time.Duration]int{0: 1, 90 * time.Second: 1},
			[]activities.AcceloFollowRequestResult{saw("closed", "a"), saw("closed", "b")},
			[]any{look(1), resetting("a"), look(1), resetting("b")},
			"closed",
			[]string{"a", "b"},
		},
		{
			"while it waits to look again",
			map[time.Duration]int{0: 1, 61 * time.Second: 1},
			[]activities.AcceloFollowRequestResult{saw("unchanged"), saw("unchanged"), saw("closed", "a")},
			[]any{look(1), look(1), look(1), resetting("a")},
			"closed",
			[]string{"a"},
		},
		{
			"during the second look",
			map[time.Duration]int{0: 1, 90 * time.Second: 1},
			[]activities.AcceloFollowRequestResult{saw("unchanged"), saw("closed", "a"), saw("reopened")},
			[]any{look(1), look(1), resetting("a"), look(1)},
			"reopened",
			[]string{"a"},
		},
		{
			"again and again",
			map[time.Duration]int{0: 1, 30 * time.Second: 1, 90 * time.Second: 1, 150 * time.Second: 1},
			[]activities.AcceloFollowRequestResult{saw("echo"), saw("closed"), saw("reopened"), saw("converted")},
			[]any{look(1), look(1), look(1), look(1)},
			"converted", nil,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newAlertScene(t, alertScript{follows: test.looks, takes: time.Minute})
			for moment, times := range test.signals {
				s.signals(moment, times)
			}
			s.run(flow.RequestClosed, changed)
			result := s.result()
			require.Equal(t, test.asked, s.inputs())
			require.Equal(t, test.outcome, result.Outcome)
			require.Equal(t, test.reset, result.Reset)
		})
	}
}

// Whenever changes come, and however long the steps take: the last one is looked at after it came, and each is told once.
func TestNoRequestChangeIsLost(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		looks := rapid.SliceOfN(rapid.SampledFrom([]activities.AcceloFollowRequestResult{
			saw("echo"), saw("unchanged"), saw("closed", "a"), saw("reopened"),
		}), 1, 5).Draw(r, "looks")
		takes := time.Duration(rapid.IntRange(0, 1500).Draw(r, "takes")) * time.Millisecond
		s := newAlertScene(t, alertScript{takes: takes, follows: looks})
		sent, last, looked := 1, start, start
		s.signals(0, 1)
		for range rapid.IntRange(0, 6).Draw(r, "signals") {
			s.at(time.Duration(rapid.IntRange(1, 8000).Draw(r, "at"))*time.Millisecond, func() {
				now := s.Now()
				s.SignalWorkflow(flow.ChangedSignal, nil)
				s.at(0, func() { // when it has been delivered: one that came after the end starts the next execution
					if !s.IsWorkflowCompleted() {
						sent, last = sent+1, now
					}
				})
			})
		}
		s.SetOnActivityStartedListener(func(info *activity.Info, _ context.Context, _ converter.EncodedValues) {
			if info.ActivityType.Name == "AcceloFollowRequest" {
				looked = s.Now()
			}
		})
		s.run(flow.RequestClosed, changed)
		s.result()
		require.False(r, looked.Before(last), "the last change came at %s, and the last look was at %s", last, looked)
		require.Equal(r, sent, told(s.inputs(), looks))
	})
}

// told is how many changes the looks were told of. A second look at the same changes, after one that saw none, does not count.
func told(asked []any, looks []activities.AcceloFollowRequestResult) (sum int) {
	n, again := 0, false
	for _, in := range asked {
		if look, ok := in.(activities.AcceloFollowRequestInput); ok {
			if n++; again {
				again = false
				continue
			}
			sum += look.Changes
			again = turn(looks, n).Outcome == flow.Unchanged
		}
	}
	return sum
}

// A flow that follows a request is findable by what that was opened for, said once and where the namespace has our search attributes.
func TestRequestIsFoundByItsAlert(t *testing.T) {
	t.Parallel()
	byAlert := []temporal.SearchAttributes{flow.AlertAttributes("default", "a", 7, 4)}
	for _, test := range []struct {
		name       string
		looks      []activities.AcceloFollowRequestResult
		searchable bool
		want       []temporal.SearchAttributes
	}{
		{"ours", []activities.AcceloFollowRequestResult{saw("closed", "a"), saw("reopened")}, true, byAlert},
		{"ours a moment later", []activities.AcceloFollowRequestResult{saw("not-ours"), saw("echo")}, true, byAlert},
		{"not ours", []activities.AcceloFollowRequestResult{saw("not-ours")}, true, nil},
		{"without attributes", []activities.AcceloFollowRequestResult{saw("closed", "a")}, false, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := newAlertScene(t, alertScript{follows: test.looks, takes: time.Second})
			if test.searchable {
				s.searchable()
			}
			s.signals(0, 1)
			s.signals(500*time.Millisecond, 1)
			s.run(flow.RequestClosed, changed)
			s.result()
			require.Equal(t, test.want, s.upserted)
		})
	}
}
